"""The workspace as a whole: `init` makes one, `verify` compares it, `restore` puts a backup of its stores back."""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from agent.errors import StoresInUse
from agent.model import LockRole, Mend
from agent.requests.ask import Agent
from agent.requests.control import BackupRow, Verify, VerifyReport
from agent.requests.status import GetStatus
from tui.cli import say
from tui.cli.commands import Chosen, Json, finish, group
from tui.cli.embed import existing, new_workspace, reach, take_or_attach

app = group()

SHOWN = 200  # differences, without --json
WIDTH = 30  # cells of the bar
ONE = {"people": "person", "events": "event", "photos": "photo"}


@app.command(epilog="Example: venuesync init ~/Weddings/Mia-Tom")
def init(
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="The workspace's folder.")] = None,
    json: Json = False,
) -> None:
    """Make a workspace with a commented config.toml; what is there stays."""
    workspace, there = new_workspace(folder or Chosen.workspace)
    config = workspace.root / "config.toml"
    found = {"root": workspace.root, "incoming": workspace.incoming, "config": config}
    say.answer(
        {**{key: str(path) for key, path in found.items()}, "new": not there},
        f"{'Already a workspace' if there else 'Made a workspace'}: {workspace.root}",
        f"  photos arrive in   {workspace.incoming}",
        f"  settings are in    {config}",
        f"Next: venuesync --workspace {shlex.quote(str(workspace.root))}",
        json=json,
    )


# ---- what differs


@app.command(epilog="Example: venuesync verify --repair")
def verify(
    repair: Annotated[bool, typer.Option("--repair", help="Mend the differences.")] = False, json: Json = False
) -> None:
    """Compare disk, ledger, Drive and sources; exit 1 while differences remain."""
    finish(compare(Chosen.workspace, repair=repair, json=json))


async def compare(chosen: Path | None, *, repair: bool, json: bool) -> int:
    """Exit 0 where all is the same, or was mended; 1 while differences remain."""
    async with reach(existing(chosen), drive=True) as reached:
        watching = asyncio.create_task(show_progress(reached.agent)) if sys.stderr.isatty() else None
        try:
            report = await reached.agent.ask(Verify(repair=repair))
        finally:
            if watching is not None:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
                sys.stderr.write("\r\x1b[K")
        if repair:
            await reached.file_now()
    say.answer(report, *report_lines(report, repair=repair), json=json)
    left = (Mend.NONE, Mend.REPAIR) if repair else (Mend.NONE,)
    return 1 if any(one["mend"] not in left for one in report["differences"]) else 0


def report_lines(report: VerifyReport, *, repair: bool) -> Iterator[str]:
    for one in report["differences"][:SHOWN]:
        yield f"{one['kind']:<9} on {one['where']:<6} {one['path']}: {one['repair']}"
    more = len(report["differences"]) - SHOWN
    if more > 0:
        yield f"and {more:,} more: see --json"
    places = [f"{report['checked_disk']:,} files here", f"{report['checked_drive']:,} on Drive"]
    places += [f"{report['checked_sources']:,} in sources"] if report["checked_sources"] else []
    looked = f"{', '.join(places[:-1])} and {places[-1]} were compared"
    mends = {Mend(one["mend"]) for one in report["differences"]}
    if Mend.REPAIR in mends and repair:
        yield f"{looked}; being mended: {report['repaired']:,}"
    elif Mend.REPAIR in mends:
        yield f"{looked}; mend with: venuesync verify --repair"
    elif mends & {Mend.BY_HAND, Mend.WAITS}:
        yield f"{looked}, but for what stands above"
    elif mends:
        yield f"All the same, but for files that are left alone or set aside: {looked}"
    else:
        yield f"All the same: {looked}"


async def show_progress(agent: Agent) -> None:
    """A bar on the terminal, as the changes tell it."""
    boot, seq = "", 0
    async for change in agent.events(boot, seq):
        if change["section"] != "verify":
            continue
        what, done, of = change["data"]["what"], change["data"]["done"], max(1, change["data"]["of"])
        cells = min(WIDTH, WIDTH * done // of)
        sys.stderr.write(f"\r{what:<6} [{'#' * cells}{'.' * (WIDTH - cells)}] {done:,} of {of:,}\x1b[K")
        sys.stderr.flush()


# ---- backups


@app.command(epilog="Example: venuesync restore")
def restore(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A backup's name, or a path")] = None,
    json: Json = False,
) -> None:
    """Show the backups of people and ledger, or put one back; what is there now is kept beside it."""
    if file is not None:
        finish(put_back(Chosen.workspace, file, json=json))
    from agent.jobs.backups import backup_rows

    heads = ["FILE", "MADE", "HOLDS", "SIZE"]
    nothing = "There is no backup yet: the first ones are made within a day"
    say.rows(backup_rows(existing(Chosen.workspace).workspace), backup_cells, heads, nothing=nothing, json=json)


def backup_cells(row: BackupRow) -> list[str]:
    made = datetime.fromisoformat(row["made_at"]).astimezone()
    holds = ", ".join(
        f"{number:,} {ONE.get(what, what) if number == 1 else what}" for what, number in row["holds"].items()
    )
    return [row["file"], f"{made:%Y-%m-%d %H:%M}", holds or "cannot be read", f"{row['bytes'] / 1e6:,.1f} MB"]


async def put_back(chosen: Path | None, file: Path, *, json: bool) -> int:
    """Exit 0 once it lies in its place. Raises `StoresInUse` beside a running agent."""
    from agent.jobs import backups

    found = existing(chosen)
    lock, remote = await take_or_attach(found.workspace, LockRole.COMMAND)
    if lock is None or remote is not None:
        pid = 0
        if remote is not None:
            pid = (await remote.ask(GetStatus()))["pid"]
            await remote.close()
        raise StoresInUse(str(file), pid)
    try:
        done = await asyncio.to_thread(backups.put_back, found.workspace, file)
    finally:
        lock.release()
    ledger = done["kind"] == "ledger"
    what = "The ledger" if ledger else "The list of people"
    kept = f"What was there is kept in {done['kept']}"
    say.answer(done, f"{what} is as in {done['file']}", kept, json=json)
    if not json:
        say.message(AFTER_A_LEDGER if ledger else AFTERWARDS)
    return 0


AFTER_A_LEDGER = (
    "The next start brings it up to date; what was still to be taken out then is named by: venuesync verify"
)
AFTERWARDS = "After the next start: check the people, then say yes: venuesync held approve --all"
