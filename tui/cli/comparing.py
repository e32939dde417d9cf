"""`verify`: what differs between disk, ledger, Drive and the sources, and how far the comparison has come."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from agent.model import Mend
from agent.service import AgentService, VerifyReport
from tui.cli import say
from tui.cli.embed import existing, reach

SHOWN = 200  # differences, without --json
WIDTH = 30  # cells of the bar


async def compare(chosen: Path | None, *, repair: bool, json: bool) -> int:
    """Exit 0 where all is the same, or was mended; 1 while differences remain."""
    async with reach(existing(chosen), drive=True) as reached:
        watching = asyncio.create_task(show_progress(reached.service)) if sys.stderr.isatty() else None
        try:
            report = await reached.service.verify(repair)
        finally:
            if watching is not None:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
                sys.stderr.write("\r\x1b[K")
        if reached.agent is not None and repair:
            await reached.agent.file_now()
    if json:
        say.value(report)
    else:
        tell(report, repair=repair)
    left = (Mend.NONE, Mend.REPAIR) if repair else (Mend.NONE,)
    return 1 if any(one["mend"] not in left for one in report["differences"]) else 0


def tell(report: VerifyReport, *, repair: bool) -> None:
    for one in report["differences"][:SHOWN]:
        say.line(f"{one['kind']:<9} on {one['where']:<6} {one['path']}: {one['repair']}")
    more = len(report["differences"]) - SHOWN
    if more > 0:
        say.line(f"and {more:,} more: see --json")
    places = [f"{report['checked_disk']:,} files here", f"{report['checked_drive']:,} on Drive"]
    places += [f"{report['checked_sources']:,} in sources"] if report["checked_sources"] else []
    looked = f"{', '.join(places[:-1])} and {places[-1]} were compared"
    mends = {Mend(one["mend"]) for one in report["differences"]}
    if Mend.REPAIR in mends and repair:
        say.line(f"{looked}; {report['repaired']:,} are being mended")
    elif Mend.REPAIR in mends:
        say.line(f"{looked}; mend with: venuesync verify --repair")
    elif Mend.BY_HAND in mends:
        say.line(f"{looked}, but for what stands above")
    elif mends:
        say.line(f"All the same, but for files that are left alone: {looked}")
    else:
        say.line(f"All the same: {looked}")


async def show_progress(service: AgentService) -> None:
    """A bar on the terminal, as the changes tell it."""
    boot, seq = "", 0
    async for change in service.events(boot, seq):
        if change["section"] != "verify":
            continue
        what, done, of = change["data"]["what"], change["data"]["done"], max(1, change["data"]["of"])
        cells = min(WIDTH, WIDTH * done // of)
        sys.stderr.write(f"\r{what:<6} [{'#' * cells}{'.' * (WIDTH - cells)}] {done:,} of {of:,}\x1b[K")
        sys.stderr.flush()
