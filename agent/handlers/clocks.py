"""Cameras' clocks: how they stand, and an operator's word for one."""

from __future__ import annotations

import re

from agent import clock
from agent.errors import NotThere, UsageError
from agent.handlers.changes import alone
from agent.ledger import Ledger, clocks, meta
from agent.ledger.clocks import Clock
from agent.people.clocks import CameraClocks
from agent.people.deciding import Decider
from agent.requests.events import ClockRow, ListClocks, SetClock, spoken
from agent.roster import Roster
from agent.roster.decisions import Draft, Verb, clock_key

AUTO = "auto"
ACCEPTED = "+H:MM or +H:MM:SS (its clock is ahead), -H:MM (behind), 0 (it is right), or auto"
BY_COLONS = re.compile(r"([+-]?)(\d{1,6}):([0-5]\d)(?::([0-5]\d))?")
BY_UNITS = re.compile(r"([+-]?)(?:(\d{1,6}) ?h)? ?(?:(\d{1,6}) ?m(?:in)?)? ?(?:(\d{1,6}) ?s)?")
MOST = 100 * 366 * 86400  # seconds: a clock that was never set begins in 1970, or stands anywhere


class ClockHandlers:
    def __init__(self, ledger: Ledger, roster: Roster, decider: Decider, cameras: CameraClocks) -> None:
        self._ledger = ledger
        self._roster = roster
        self._decider = decider
        self._cameras = cameras

    async def clocks(self, asked: ListClocks) -> list[ClockRow]:
        event = self._roster.event(asked.id)
        return [row_of(one) for one in await self._ledger.read(clocks.clocks, event.id)]

    @alone
    async def set(self, asked: SetClock) -> list[ClockRow]:
        event = self._roster.event(asked.event)
        ahead = ahead_of(asked.ahead)
        await self._cameras.follow(event.id)  # who has just arrived is known
        known = await self._ledger.read(clocks.clocks, event.id)
        camera = camera_of(known, asked.camera)
        how = "found out" if ahead is None else spoken(ahead)

        def intend(draft: Draft) -> tuple[None, str]:
            draft.set_clock(event.id, camera, ahead)
            return None, f"{camera}: its clock is {how}, in {event.name}"

        async with self._decider.alone() as deciding:
            _, before = await deciding.intend(Verb.CLOCK, intend)
            text = f"{camera}: its clock is {how}"
            await self._ledger.write(meta.note_activity, "decided", text, clock.wall(), event.id)
            await deciding.follow_photos([clock_key(camera)], before)
        await self._cameras.follow(event.id)
        return [row_of(one) for one in await self._ledger.read(clocks.clocks, event.id)]


def row_of(one: Clock) -> ClockRow:
    return {
        "camera": one.camera,
        "photos": one.photos,
        "ahead": one.ahead,
        "told_by": one.told_by or "unknown",
        "found": one.found,
        "sureness": round(one.sureness, 3),
        "moments": one.moments,
    }


def camera_of(known: list[Clock], said: str) -> str:
    """The camera of that name, or the only one whose name has that in it. Raises `UsageError`."""
    low = said.casefold()
    found = [one.camera for one in known if one.camera.casefold() == low]
    found = found or [one.camera for one in known if low in one.camera.casefold()]
    if len(found) == 1:
        return found[0]
    names = "; ".join(found or [one.camera for one in known])
    if found:
        raise UsageError("Which camera is meant?", f"{said}: {names}", "Give more of its name")
    raise NotThere("There is no such camera", said, f"It has photos of {names}" if names else "It has no photos yet")


def ahead_of(value: str) -> float | None:
    """Seconds; `None`: it is to be found out. Raises `UsageError` with what is accepted."""
    said = value.strip().lower()
    if said == AUTO:
        return None
    found = BY_COLONS.fullmatch(said) or (BY_UNITS.fullmatch(said) if said.strip("+- ") else None)
    if said.strip("+-") == "0":
        return 0.0
    if found is None:
        raise UsageError("That is no clock's time", f"{value!r} was given", f"Give {ACCEPTED}")
    hours, minutes, seconds = (int(one or 0) for one in found.groups()[1:])
    amount = (hours * 60 + minutes) * 60 + seconds
    if amount > MOST:
        said = f"{value!r} was given, more than a hundred years"
        raise UsageError("That is no clock's time", said, f"Give {ACCEPTED}")
    return float(-amount if said.startswith("-") else amount)
