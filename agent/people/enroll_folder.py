"""The folder `Enroll/`: a picture dropped there, over FTP or a share, makes somebody known by its name.

`Enroll/Mia.jpg`, `Enroll/Mia 2.jpg` or `Enroll/Mia/whatever.jpg`. What was used goes to `Enroll/Enrolled`; beside what
cannot be used a text says why, for as long as it lies there.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from agent import clock
from agent.errors import VenueError
from agent.filing import reports
from agent.ledger import Ledger, activity
from agent.model import Event
from agent.own_folders import Astray, OwnFolders
from agent.people.enroll import Enroller, Unusable
from agent.people.enroll_drops import Dropped, Stamp, listed, put_away, write_note
from agent.people.references import NO_FACE
from agent.roster import Roster
from agent.service_people import ReferenceVerdict

LOOK_EVERY = 2.0  # seconds
STILL_FOR = 2.0  # seconds unchanged: it has arrived
GROWING_FOR = 30.0  # seconds that what cannot be read may go on arriving after its last change


class EnrollFolder:
    """One for each event, looked at every two seconds."""

    def __init__(self, ledger: Ledger, roster: Roster, enroller: Enroller, own: OwnFolders) -> None:
        self._ledger = ledger
        self._roster = roster
        self._enroller = enroller
        self._own = own
        self._seen: dict[Path, tuple[Stamp, float]] = {}  # and since when it is so, by the monotonic clock
        self._refused: dict[Path, Stamp] = {}

    async def run(self) -> None:
        while True:
            await self.step()
            await asyncio.sleep(LOOK_EVERY)

    async def step(self) -> None:
        """Look once; enroll from what has arrived, unless everything is paused."""
        if self._roster.switches.all:
            return
        for event in self._roster.events():
            try:
                dropped = await asyncio.to_thread(listed, self._own, folder_of(event))
            except Astray as error:
                await self._ledger.write(reports.astray, error, clock.wall())
                continue
            ready = [one for one in dropped if self._is_ready(one)]
            for name in dict.fromkeys(one.name for one in ready):
                await self._enroll(event, name, [one for one in ready if one.name == name])

    def _is_ready(self, one: Dropped) -> bool:
        """Whether it is unchanged for long enough, and not refused as it is."""
        stamp, since = self._seen.get(one.path, (None, 0.0))
        if stamp != one.stamp:
            self._seen[one.path] = one.stamp, time.monotonic()
            return False
        return time.monotonic() - since >= STILL_FOR and self._refused.get(one.path) != one.stamp

    async def _enroll(self, event: Event, name: str, pictures: list[Dropped]) -> None:
        try:
            result = await self._enroller.enroll(name, [one.path for one in pictures], event.id)
            verdicts = result["references"]
        except Unusable as error:
            verdicts = error.verdicts
        except VenueError as error:  # the name is none, say
            if error.pauses_lane:
                return  # the disk is full: it lies there still at the next look
            told = f"{error.title}: {error.detail}"
            verdicts = [refusal(one, told) for one in pictures]
        for one, verdict in zip(pictures, verdicts, strict=True):
            if verdict["used"]:
                await asyncio.to_thread(put_away, self._own, one, folder_of(event))
            elif not self._may_grow(one, verdict):
                await self._refuse(event, one, verdict["verdict"])

    def _may_grow(self, one: Dropped, verdict: ReferenceVerdict) -> bool:
        """Whether it may be arriving still: it could not be read to its end, and changed a moment ago."""
        if verdict["faces"] or verdict["verdict"] == NO_FACE:
            return False
        _, since = self._seen[one.path]
        return time.monotonic() - since < GROWING_FOR

    async def _refuse(self, event: Event, one: Dropped, why: str) -> None:
        self._refused[one.path] = one.stamp
        if await asyncio.to_thread(write_note, self._own, one, why):
            text = f"{one.path.name} was dropped to enroll {one.name} and cannot be used: {why}"
            await self._ledger.write(activity.note, "enroll_refused", text, clock.wall(), event.id)


def folder_of(event: Event) -> str:
    """Below the workspace."""
    return f"Events/{event.folder}/Enroll" if event.folder else "Enroll"


def refusal(one: Dropped, why: str) -> ReferenceVerdict:
    return {"photo": one.path.name, "used": False, "faces": 1, "verdict": why}
