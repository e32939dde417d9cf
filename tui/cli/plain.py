"""The monitor on a terminal that draws nothing (`TERM=dumb`: an editor's shell, a log): plain lines instead."""

from __future__ import annotations

from pathlib import Path

from agent.requests.status import GetStatus
from tui.cli import say
from tui.cli.embed import existing, reach, take_or_look_on
from tui.cli.headless import headless, tell


async def plain(chosen: Path | None) -> int:
    """What happens, line by line: of the agent that runs here, or of one of its own, which ends with it."""
    found = existing(chosen)
    say.message("This terminal draws no screen (TERM=dumb): what happens is told in lines. Ctrl-C ends them")
    lock = None if found.far else await take_or_look_on(found.workspace)
    if lock is not None:
        lock.release()
        return await headless(found, until_done=False, timeout=None)
    from tui.cli.status import print_status

    async with reach(found) as reached:
        print_status(await reached.agent.ask(GetStatus()), json=False, in_one_line=False)
        await tell(reached.agent)
    return 0
