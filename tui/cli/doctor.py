"""`doctor`: what is well and what is not, a line each as it is found, with what to do about it."""

from __future__ import annotations

import asyncio
import shlex
import time
from collections.abc import Awaitable, Iterator
from dataclasses import asdict
from typing import Annotated

import typer

from agent.clock import from_iso
from agent.doctor.findings import Finding, State, examine, ok, problem, warning
from agent.errors import AgentSilent
from agent.model import SafeCode
from agent.requests.status import GetAbout, GetStatus, StatusDocument
from tui.cli import say
from tui.cli.commands import Chosen, Json, group
from tui.cli.embed import Place, agent_file, be_there, connect, unchecked_place, unheard_agent

app = group()

PINGS, ENOUGH = 5, 0.5  # answers, fewer where they have taken so many seconds: late ones are no silence
LATE = 0.5  # seconds for an answer that costs nothing: whatever else is asked of the agent waits as long
SILENT = 3.0  # seconds


@app.command(epilog="Example: venuesync doctor --json")
def doctor(
    json: Json = False,
    trial: Annotated[
        bool, typer.Option("--trial", help="Send a photo to the real Drive, too, and delete it again.")
    ] = False,
) -> None:
    """Check machine, folders, config, stores, sign-in, clock, disk, Drive and its pace; exit 1: something needs you."""
    from agent.doctor.checks import checks

    found = be_there(unchecked_place(Chosen.workspace))
    findings: list[Finding] = []
    for one in examine(checks(found.workspace, lambda: agent(found), trial=trial)):
        findings.append(one)
        if not json:
            say.line(line_of(one))
    if json:
        say.value([asdict(one) for one in findings])
    raise typer.Exit(int(any(one.state is State.PROBLEM for one in findings)))


def line_of(one: Finding) -> str:
    """`problem  disk         1.2 GB free at …. Make room: …`"""
    remedy = f". {one.remedy}" if one.remedy else ""
    return f"{one.state.value:<8} {one.check:<12} {one.detail}{remedy}"


# ---- the agent


def agent(found: Place) -> Iterator[Finding]:
    """Whether one runs, how quickly it answers, which of its parts had to be started again, what needs somebody."""
    from agent.doctor import stores

    try:
        asked = asyncio.run(asked_agent(found))
    except AgentSilent as error:
        yield problem("agent", f"{error.title}: {error.detail}", error.remedy)
        return
    if asked is None:
        yield no_agent(found)
    else:
        document, late = asked
        told = f"pid {document['pid']}, {document['mode']}, answers within {1000 * late:,.0f} ms{moving(document)}"
        if late > LATE:
            yield warning("agent", told, "See what keeps the machine busy; the log names what held it up: loop.held_up")
        else:
            yield ok("agent", told)
        yield from restarted(found, document)
    errors = stores.open_errors(found.workspace)
    if errors:
        yield warning("errors", f"{errors:,} open", "See them with: venuesync errors")


def no_agent(found: Place) -> Finding:
    """None answers; where none runs, and there is a unit for it, one should."""
    from tui.cli.managers import manager_of

    if (pid := unheard_agent(found.workspace)) is not None:
        told = f"pid {pid} has this workspace, and does not listen: it begins, or ends"
        return warning("agent", told, f"Ask again in a moment; what it does stands in {found.workspace.logs}")
    known = (manager_of(found, system) for system in (False, True))
    manager = next((one for one in known if one.file.path.exists()), None)
    if manager is None:
        return ok("agent", "none runs here")
    told = f"none runs here, though {manager.file.name} is installed: {manager.state()['state']}"
    return warning("agent", told, f"Run: {shlex.join(manager.start_words)}")


async def asked_agent(found: Place) -> tuple[StatusDocument, float] | None:
    """Its status, and the longest of some answers; `None`: none runs. Raises `AgentSilent`."""
    try:
        async with asyncio.timeout(SILENT):
            remote = await connect(found.workspace)
            if remote is None:
                return None
            try:
                times = [await timed(remote.ask(GetAbout()))]
                while len(times) < PINGS and sum(times) < ENOUGH:
                    times.append(await timed(remote.ask(GetAbout())))
                return await remote.ask(GetStatus()), max(times)
            finally:
                await remote.close()
    except TimeoutError:
        pid = agent_file(found.workspace).get("pid")
        raise AgentSilent(
            "The agent does not answer",
            f"pid {pid}, within {SILENT:g} s",
            f"End it, by which nothing is lost: kill -9 {pid}",
        ) from None


async def timed(answer: Awaitable[object]) -> float:
    """Seconds until it came."""
    began = time.monotonic()
    await answer
    return time.monotonic() - began


def moving(document: StatusDocument) -> str:
    """How fast photos go to Drive just now, and what holds them back."""
    pace, uploads = document["drive"]["pace"], document["uploads"]
    told = f", sends {uploads['bytes_per_second'] / 1e6:.1f} MB/s" if uploads["active"] else ""
    limited = [f"{pace[key]:g} Mbit/s {way}" for key, way in (("up_mbps", "up"), ("down_mbps", "down")) if pace[key]]
    told += f", limited to {' and '.join(limited)}" if limited else ""
    told += kept_back(document)
    return f"{told}, asked by Google to wait {pace['pause_seconds']:g} s" if pace["pause_seconds"] else told


def kept_back(document: StatusDocument) -> str:
    """What a metered line, or the day's budget, keeps back."""
    drive, told = document["drive"], ""
    if drive["metered"]:
        told = ", over a metered line: small copies go first"
    if most := drive["today"]["limit"]:
        told += f", has sent {drive['today']['sent'] / 1e6:,.0f} of the day's {most / 1e6:,g} MB"
    if document["safe_to_leave"]["code"] in (SafeCode.DAY_SPENT, SafeCode.METERED):
        told += f" ({document['safe_to_leave']['reason']})"
    return told


def restarted(found: Place, document: StatusDocument) -> Iterator[Finding]:
    """Parts that stopped since this agent started; each was started again by itself."""
    from agent.doctor import stores

    since = from_iso(document["started_at"])
    for row in stores.parts_stopped(found.workspace, since):
        detail = (
            f"the {row['subject']} stopped {times(row['count'])}, last at {say.minute(row['last_at'])}: {row['detail']}"
        )
        remedy = f"Please report it, with {found.workspace.logs}"
        stopped = problem if row["state"] == "open" else warning
        yield stopped("parts", detail, remedy)


def times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
