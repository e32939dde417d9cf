"""What is asked of the agent itself: `sync`, `resync`, `retry`, `pause`, `resume`, `limit`, `metered`, `stop`."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from agent.errors import NoAgent, UsageError, VenueError, WorkspaceBusy
from agent.model import LockRole
from agent.requests.control import (
    Lane,
    LimitLine,
    LineLimit,
    Pause,
    PausedStatus,
    Resume,
    Resync,
    Retry,
    SetMetered,
    Stop,
    Sync,
)
from agent.requests.status import GetStatus, StatusDocument
from tui import words
from tui.cli import say
from tui.cli.commands import Chosen, Json, ask, ask_and_file, ask_running, finish, group
from tui.cli.embed import Place, agent_pid, existing, no_agent, reach, remote_agent, take_or_attach, until_free
from tui.cli.headless import wait_until_done

app = group()

ANSWERS_IN = 5.0  # seconds; who does not is told by a signal, which every agent answers
ENDS_IN = 15.0  # seconds, of which it needs ten at most
DONE = (0, 5)  # exit codes of an evening that is over: all is sent, or nothing more can be

LaneName = Annotated[str, typer.Argument(help="uploads, or all", metavar="[uploads|all]")]
Events = Annotated[list[str] | None, typer.Argument(help="Events by name; none: all", metavar="[EVENT]...")]
Mbps = Annotated[float | None, typer.Option(min=0, max=100_000, help="Mbit/s; 0: no limit")]


@app.command(epilog="Example: venuesync sync")
def sync(events: Events = None, json: Json = False) -> None:
    """Look for new photos now."""
    names = ask_running(Sync(events=events or []))
    say.answer(names, f"Looked for new photos: {', '.join(names)}", json=json)


@app.command(epilog='Example: venuesync resync "Mia & Tom"')
def resync(events: Events = None, json: Json = False) -> None:
    """List everything again and repair."""
    names = ask_running(Resync(events=events or []))
    say.answer(names, f"Listed again: {', '.join(names)}", json=json)


@app.command(epilog="Example: venuesync retry")
def retry(
    ids: Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="Numbers of photos")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that failed, as without numbers.")] = False,
    json: Json = False,
) -> None:
    """Try failed photos again, and put back what was removed by hand: all of it, or these photos alone."""
    (result,) = ask_and_file(Retry(ids=ids or [], all=everything or not ids))
    said = f"Trying again: {words.photos(result['photos'])}, {words.placements(result['placements'])}"
    say.answer(result, said, json=json)


@app.command(epilog="Example: venuesync pause all")
def pause(what: LaneName = "uploads", json: Json = False) -> None:
    """Stop sending, or everything; kept across restarts."""
    tell_paused(ask(Pause(what=lane(what))), what, json=json)


@app.command(epilog="Example: venuesync resume")
def resume(what: LaneName = "uploads", json: Json = False) -> None:
    """Go on."""
    tell_paused(ask(Resume(what=lane(what))), what, json=json)


def lane(what: str) -> Lane:
    if what not in get_args(Lane):
        raise UsageError("There is nothing of that name to pause", f"{what!r} was given", "Give uploads or all")
    return cast(Lane, what)


def tell_paused(now: PausedStatus, what: str, *, json: bool) -> None:
    on = "Everything goes on" if what == "all" else "Uploads go on"
    uploads = "Uploads are paused" if now["uploads"] else on
    say.answer(now, "Everything is paused" if now["all"] else uploads, json=json)


@app.command(epilog="Example: venuesync limit --up 20")
def limit(
    up: Mbps = None,
    down: Mbps = None,
    day: Annotated[float | None, typer.Option(min=0, max=999_999, help="Megabytes to send a day; 0: no limit")] = None,
    off: Annotated[bool, typer.Option("--off", help="As the settings have it again.")] = False,
    json: Json = False,
) -> None:
    """Use so much of the line from now on, until the agent ends; without options: how much that is."""
    now = ask_running(LimitLine(up_mbps=up, down_mbps=down, daily_mb=day, off=off))
    said = f"Sending: {speed(now['up_mbps'])}, fetching: {speed(now['down_mbps'])}; {today(now)}"
    say.answer(now, said, json=json)


def today(now: LineLimit) -> str:
    """`120 of 500 MB sent today`."""
    most = f" of {now['daily_mb']:,g}" if now["daily_mb"] else ""
    return f"{now['sent_mb']:,g}{most} MB sent today"


@app.command(epilog="Example: venuesync metered on")
def metered(
    to: Annotated[
        str | None, typer.Argument(help="on, off, or auto: as drive.metered says", metavar="[on|off|auto]")
    ] = None,
    json: Json = False,
) -> None:
    """Send small copies first, and originals when the line is not metered any more; kept across restarts."""
    if to not in (None, "on", "off", "auto"):
        raise UsageError("The line is metered, or it is not", f"{to!r} was given", "Give on, off or auto")
    now = ask(SetMetered(to=to))
    line = "metered: small copies go first" if now["metered"] else "not metered"
    say.answer(now, f"The line is {line}{'' if now['said'] else ', as the settings say'}", json=json)


def speed(mbps: float) -> str:
    return f"{mbps:g} Mbit/s" if mbps else "no limit"


# ---- stop


@app.command(epilog="Example: venuesync stop --finish")
def stop(
    when_sent: Annotated[bool, typer.Option("--finish", help="Not before all is sent.")] = False, json: Json = False
) -> None:
    """End the agent that runs here, in a monitor or without one, within ten seconds."""
    finish(stop_agent(Chosen.workspace, when_sent=when_sent, json=json))


async def stop_agent(chosen: Path | None, *, when_sent: bool, json: bool) -> int:
    """Exit 0 once it has ended, 5 where it ended with some that failed, 1 where it was ended otherwise before all was
    sent; else what `--until-done` says.

    Raises `NoAgent` where none runs, `WorkspaceBusy` where it does not end.
    """
    found = existing(chosen)
    pid = await agent_pid(found.workspace)
    try:
        code = await finished(found, json=json) if when_sent else 0
    except NoAgent:  # as it was to, or somebody else was first
        document = await status_of(found)
        if document["pid"] == pid:
            raise
        return tell_ended(pid, document, json=json)
    answer = {"pid": pid, "finish": when_sent, "ended": code in DONE}
    if code not in DONE:
        say.message(f"The agent, pid {pid}, goes on, and ends when all is sent")
        say.answer(answer, json=json)
        return code
    await tell_to_stop(found, pid)
    if not await until_free(found.workspace, ENDS_IN):
        raise WorkspaceBusy("The agent does not end", f"pid {pid}", f"End it by force: kill -9 {pid}")
    say.answer(answer, f"The agent has ended, pid {pid}", json=json)
    return code


async def tell_to_stop(found: Place, pid: int) -> None:
    """One that is only beginning, or hangs, gets the signal that means the same."""
    try:
        async with asyncio.timeout(ANSWERS_IN):
            remote = remote_agent(found)
            try:
                await remote.ask(Stop())
            finally:
                await remote.close()
    except (VenueError, TimeoutError, KeyError):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)


async def finished(found: Place, *, json: bool) -> int:
    """Have it end when all is sent, and wait for that. Returns how it went."""
    lock, remote = await take_or_attach(found.workspace, LockRole.COMMAND)
    if lock is not None:
        lock.release()
    if remote is None:
        raise no_agent(found.workspace)
    try:
        await remote.ask(Stop(finish=True))
        return await wait_until_done(remote, None, say_done=say.message if json else say.line)
    finally:
        await remote.close()


async def status_of(found: Place) -> StatusDocument:
    async with reach(found) as reached:
        return await reached.agent.ask(GetStatus())


def tell_ended(pid: int, left: StatusDocument, *, json: bool) -> int:
    """Whether an agent that ended while it was waited for had sent all, by what it left. Returns the exit code."""
    told, photos = left["safe_to_leave"], left["photos"]
    waits = told["on_the_way"] + left["downloads"]["queued"] + photos["only_small"] + photos["held"]
    said = f"The agent has ended, pid {pid}"
    say.answer({"pid": pid, "finish": True, "ended": True}, *([] if waits else [said]), json=json)
    if waits:
        say.message(f"{said}, before all was sent: {words.photos(waits)} {'waits' if waits == 1 else 'wait'} still")
        return 1
    return 5 if told["needs_you"] else 0
