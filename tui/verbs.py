"""The operator's verbs as the keys mean them: each asks the agent and answers what to say about it.

Every one may raise `VenueError`; whoever calls shows it.
"""

from __future__ import annotations

from agent.model import DEFAULT_EVENT
from agent.service import AgentService, Lane, PausedStatus
from tui import words
from tui.answer import need_you
from tui.notes import Note
from tui.safe_text import safe_text
from tui.state import ScreenState

NAMED = 3  # events that a note names


async def pause_or_go_on(service: AgentService, state: ScreenState, lane: Lane) -> PausedStatus:
    """Pause the lane, or end the pause that there is: `p` goes on whatever was paused, `P` only everything."""
    paused = state.status["paused"] if state.status else (await service.status())["paused"]
    if paused["all"]:
        return await service.resume("all")
    if lane == "uploads" and paused["uploads"]:
        return await service.resume("uploads")
    return await service.pause(lane)


async def sync_now(service: AgentService) -> Note:
    names = [safe_text(name) for name in await service.sync([])]
    if names in ([], [DEFAULT_EVENT]):
        return Note("Looking now", "in every folder")
    shown = names if len(names) <= NAMED else names[: NAMED - 1]
    more = f" and {len(names) - len(shown)} more" if len(shown) < len(names) else ""
    return Note("Looking now", ", ".join(shown) + more)


async def retry_failed(service: AgentService, state: ScreenState) -> Note:
    """Try all that failed again. Not asked when nothing has: a retry also brings back what was removed by hand."""
    status = state.status
    if status and not state.troubles["open"] and not need_you(status):
        return Note("Nothing to try again")
    result = await service.retry([], everything=True)
    count = max(result["photos"], result["placements"])
    return Note("Trying again", words.photos(count)) if count else Note("Nothing to try again")
