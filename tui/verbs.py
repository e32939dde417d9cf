"""The operator's verbs as the keys mean them: each asks the agent and answers what to say about it.

Every one may raise `VenueError`; whoever calls shows it.
"""

from __future__ import annotations

from agent.model import DEFAULT_EVENT
from agent.service import AgentService, Lane
from agent.service_events import EventStatus
from agent.service_people import Undone
from agent.service_status import PausedStatus
from tui import words
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


async def resync(service: AgentService, event: EventStatus) -> Note:
    await service.resync([event["id"]])
    name = "" if event["id"] == event["name"] == DEFAULT_EVENT else f"{safe_text(event['name'])}: "
    return Note("Listing anew", f"{name}what was removed by hand comes back")


async def undo(service: AgentService) -> Note:
    """Take back the last decision, and say which it was."""
    return _turned("Undone", await service.undo(), "can be undone; U does it again")


async def redo(service: AgentService) -> Note:
    """Do again what was taken back last."""
    return _turned("Done again", await service.redo(), "can be done again")


def _turned(word: str, undone: Undone, more: str) -> Note:
    left = f"; {undone['left']:,} more {more}" if undone["left"] else ""
    return Note(f"{word}: {safe_text(undone['what'])}", words.moved(undone["photos"]) + left)


async def retry_first(service: AgentService, state: ScreenState) -> Note:
    """Try again all photos of the first error's cause."""
    first = next((one for one in state.troubles["open"] if one["photos"]), None)
    if first is None:
        return Note("Nothing to try again")
    await service.retry(first["photos"])
    return Note("Trying again", f"{words.photos(len(first['photos']))}: {safe_text(first['title'])}")
