"""The operator's verbs and questions, answered in the agent's own process: `AgentService` at its near end."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from agent import clock
from agent.desk import aside_verbs, browsing, details, held_verbs, sections
from agent.desk.ending import Ending
from agent.desk.event_verbs import EventVerbs
from agent.desk.house import House
from agent.desk.link_verbs import link_person
from agent.desk.people_verbs import PeopleVerbs
from agent.desk.publisher import Publisher
from agent.desk.signing_in import SignInDesk
from agent.desk.verifying import Verifier
from agent.errors import NotThere
from agent.ledger import activity, disk_queue, downloads, outlived, photos, placements, twins, waits
from agent.model import EventPhotoId, PersonId
from agent.roster.roster import Switches
from agent.service import EnrollResult, Lane, PhotoDetails, RetryResult, Stopping, UploadRow, VerifyReport
from agent.service_browse import ActivityEntry, AsideRow, PersonDetails, PersonStatus, PhotoPage, PhotoQuery, TroubleRow
from agent.service_people import HeldRow
from agent.service_sign_in import SignInAttempt, SignInState
from agent.service_snapshot import Change, IncomingFolder, Snapshot, TroubleSection
from agent.service_status import PausedStatus, StatusDocument
from agent.times import iso_or_none


class Operator(EventVerbs, PeopleVerbs):
    """Implements `AgentService` on a house. A verb answers when its effect is durable; the parts follow."""

    def __init__(self, house: House, publisher: Publisher, ending: Ending) -> None:
        EventVerbs.__init__(self, house, publisher)
        PeopleVerbs.__init__(self, house)
        self._verifier = Verifier(house)
        self._sign_in = SignInDesk(house)
        self._ending = ending
        self._one_switches = asyncio.Lock()  # two at once would each keep what the other one switched as it was

    # ---- questions

    async def snapshot(self) -> Snapshot:
        return await self._publisher.snapshot()

    def events(self, boot: str, since: int) -> AsyncIterator[Change]:
        return self._publisher.events(boot, since)

    async def status(self) -> StatusDocument:
        return await self._publisher.document()

    async def people(self) -> list[PersonStatus]:
        return (await self._publisher.document())["people"]

    async def folders(self) -> list[IncomingFolder]:
        return (await self._publisher.snapshot())["folders"]

    async def errors(self) -> TroubleSection:
        return (await self._publisher.snapshot())["troubles"]

    async def activity(self, before: int | None = None, limit: int = 100) -> list[ActivityEntry]:
        return await self._house.ledger.read(sections.read_activity, before, max(1, min(limit, 1000)))

    async def search_activity(self, words: str, before: int | None = None, limit: int = 100) -> list[ActivityEntry]:
        return await self._house.ledger.read(browsing.activity_page, words, before, limit)

    async def trouble_rows(self, ids: Sequence[int]) -> list[TroubleRow]:
        return await self._house.ledger.read(browsing.trouble_rows, ids)

    async def browse_photos(self, query: PhotoQuery) -> PhotoPage:
        return await self._house.ledger.read(browsing.photo_page, query)

    async def person(self, id: str) -> PersonDetails:
        found = self._house.roster.person(PersonId(id))
        if found is None:
            raise NotThere("There is no such person", id, "See the list of people")
        shared = self._house.roster.shared(found.id)
        return await self._house.ledger.read(browsing.person_details, found, self._house.workspace.root, shared)

    async def uploads(self, state: str | None = None) -> list[UploadRow]:
        queue = self._house.queue
        active: set[int] = set() if queue is None else set(queue.active)
        return await self._house.ledger.read(details.upload_rows, active, state)

    async def photo(self, event_photo: int) -> PhotoDetails:
        names: dict[str, str] = {person.id: person.name for person in self._house.roster.people()}
        found = await self._house.ledger.read(
            details.photo_details, EventPhotoId(event_photo), names, self._house.workspace.root
        )
        if found is None:
            raise NotThere("There is no such photo", str(event_photo), "See `venuesync photos` for their numbers")
        return found

    async def thumbnail(self, event_photo: int) -> bytes | None:
        sha256 = await self._house.ledger.read(twins.shown_as, event_photo)
        return None if sha256 is None else await self._house.pipeline.thumbnail(sha256)

    # ---- pause, resume, sync

    async def pause(self, what: Lane) -> PausedStatus:
        return await self._switch(what, off=True)

    async def resume(self, what: Lane) -> PausedStatus:
        return await self._switch(what, off=False)

    async def _switch(self, what: Lane, *, off: bool) -> PausedStatus:
        """`uploads` switches sending alone, `all` everything; going on with everything goes on with sending, too."""
        house = self._house
        async with self._one_switches:
            now = house.roster.switches
            uploads = off if what == "uploads" or not off else now.uploads
            everything = off if what == "all" else now.all
            since = (now.since or clock.wall()) if uploads or everything else None
            switches = Switches(uploads, everything, since)
            if switches != now:
                await house.ledger.on_writer(house.roster.set_switches, switches)
                word = {True: "paused", False: "going on"}[off]
                thing = "Uploads" if what == "uploads" else "Everything"
                await house.ledger.write(activity.note, "pause", f"{thing} {word}", clock.wall())
        self._ring_all()
        return {"uploads": uploads, "all": everything, "since": iso_or_none(since)}

    async def sync(self, events: Sequence[str]) -> list[str]:
        return await self._look(events, whole=False)

    async def resync(self, events: Sequence[str]) -> list[str]:
        names = await self._look(events, whole=True)
        await self.retry([], everything=True)
        return names

    async def _look(self, events: Sequence[str], *, whole: bool) -> list[str]:
        """Sweep the folders and look at the sources; without names: at all events that are switched on."""
        roster = self._house.roster
        chosen = [roster.event(name) for name in events] or [one for one in roster.events() if one.enabled]
        if self._house.watcher is not None:
            await self._house.watcher.sweep_now()
        if self._house.lane is not None:
            self._house.lane.look_now()
        await self.sync_sources(chosen, whole=whole)
        self._ring_all()
        return [one.name for one in chosen]

    async def retry(self, ids: Sequence[int], everything: bool = False) -> RetryResult:
        """What was removed by hand a moment ago is put back as well as what was noticed before."""
        chosen = None if everything else list(ids)
        if chosen and not await self._house.ledger.read(photos.chosen, [EventPhotoId(one) for one in chosen]):
            numbers = ", ".join(map(str, chosen))
            raise NotThere("There is no such photo", numbers, "See `venuesync photos` for their numbers")
        await self._house.disk_check.check()
        again = await self._house.ledger.write(try_again, chosen, clock.wall())
        if self._house.lane is not None:
            self._house.lane.look_now()
        self._ring_all()
        return again

    def _ring_all(self) -> None:
        """Everybody looks at once."""
        house = self._house
        house.pipeline.bell.ring()
        house.router.bell.ring()
        house.planner.strangers()
        for part in (house.folder_lane, house.queue, house.downloader, house.feeds):
            if part is not None:
                part.bell.ring()
        self._publisher.bell.ring()

    async def verify(self, repair: bool = False) -> VerifyReport:
        report = await self._verifier.verify(repair, self._publisher.verifying)
        if repair:
            self._ring_all()
        return report

    async def stop(self, finish: bool = False) -> Stopping:
        if finish:
            self._ending.when_sent()
        else:
            self._ending.now()
        return {"pid": os.getpid(), "finish": finish}

    async def signed_in(self) -> None:
        if self._house.lane is not None:
            self._house.lane.signed_in()

    async def begin_sign_in(self, client: str | None = None) -> SignInAttempt:
        return await self._sign_in.begin(client)

    async def finish_sign_in(self, pasted: str) -> SignInState:
        return await self._sign_in.finish(pasted)

    async def sign_in_state(self) -> SignInState:
        return await self._sign_in.state()

    # ---- people

    async def enroll(self, name: str, photos: Sequence[str], event: str | None = None) -> EnrollResult:
        return await self._house.enroller.enroll(name, [Path(photo) for photo in photos], event)

    async def link_person(self, person: str, on: bool, event: str | None = None) -> str | None:
        link = await link_person(self._house, self._person(person, event), on=on)
        self._publisher.bell.ring()
        return link

    # ---- troubles and held things

    async def dismiss(self, ids: Sequence[int]) -> int:
        return await aside_verbs.dismiss(self._house, ids)

    async def restore(self, ids: Sequence[int]) -> int:
        done = await aside_verbs.restore(self._house, ids)
        self._ring_all()
        return done

    async def set_aside(self) -> list[AsideRow]:
        return await self._house.ledger.read(aside_verbs.rows, self._house.workspace.root)

    async def held(self) -> list[HeldRow]:
        return await held_verbs.rows(self._house)

    async def approve(self, ids: Sequence[str], everything: bool = False) -> int:
        done = await held_verbs.approve(self._house, ids, everything=everything)
        self._ring_all()
        return done

    async def reject(self, ids: Sequence[str], everything: bool = False) -> int:
        done = await held_verbs.reject(self._house, ids, everything=everything)
        self._ring_all()
        return done


def try_again(db: Any, chosen: list[int] | None, now: float) -> RetryResult:
    """Failed photos and placements, and what a person removed. A trouble is over once its photo has come through."""
    waits.end(db)
    looks = photos.look_again(db, chosen)
    again = placements.try_again(db, None if chosen is None else json.dumps(chosen))
    if chosen is None:
        downloads.try_again(db)
    outlived.heal(db, now)
    photos.settle_states(db, {EventPhotoId(one) for one in disk_queue.photos_due(db)}, now)
    return {"photos": len(looks), "placements": again}
