"""Rebuilding a lost ledger from what disk and Drive hold; references and roster give the rest.

Nothing is doubled by it: what lies filed is found under its name by the same bytes, what lies on Drive is taken over
by its tags.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from agent import clock
from agent.building.rebuilt import (
    filed_files,
    folders_made,
    is_original,
    learned_again,
    rebuilt,
    stands_in,
    take_in_filed,
    take_in_kept,
)
from agent.disk.own_folders import OwnFolders
from agent.drive.client import DriveClient
from agent.drive.connection import DriveLane
from agent.drive.errors import DriveError
from agent.drive.files import DriveFile
from agent.errors import VenueError
from agent.filing.check import remove_unfinished
from agent.filing.names import candidates
from agent.filing.ownership import EverMade, MadeLog
from agent.filing.withdrawn import LastFiles, whereabouts
from agent.intake.reading import Photo, StillChanging, Vanished, classify
from agent.ledger import (
    Ledger,
    accounts,
    counts,
    disk_folders,
    disk_queue,
    folders,
    forgotten,
    given_names,
    meta,
    ours_on_drive,
    rebuilding,
    twins,
)
from agent.ledger.placements import Made
from agent.ledger.sightings import Sighting
from agent.ledger.sqlite.rows import Db
from agent.model import ORIGINAL, DriveId, Event, EventId, blurred_in
from agent.people import guests
from agent.people.planner import Planner
from agent.people.plans import out_of
from agent.roster import Roster
from agent.roster.decisions import FaceDecision
from agent.running.waiting import Stumbles
from agent.uploads import tags
from agent.uploads.send import if_there
from agent.uploads.tags import IdLog
from agent.uploads.verify import event_of, marks_of, shows_face

log = structlog.get_logger(__name__)

DISK, DRIVE = meta.REBUILD_DISK, meta.REBUILD_DRIVE
REFUSED = 5.0  # seconds until Drive is asked again
LOOKS_AGAIN = 0.2  # seconds until it is looked again whether all is filed


@dataclass(eq=False, slots=True)
class Rebuild:
    """Both halves return when theirs needs no reading (any more): nothing is filed here, or made there, before."""

    _ledger: Ledger
    _roster: Roster
    _planner: Planner
    _own: OwnFolders
    _made_log: MadeLog
    _id_log: IdLog
    _last: LastFiles

    async def disk(self) -> None:
        """Take in what lies filed: its photos are known again, and planned; the router finds each in its place.

        What we never made, or somebody changed, is left alone, as far as our log tells; what it names is ours again.
        """
        if await self._ledger.read(meta.get, DISK) != "1":
            return
        made = await asyncio.to_thread(self._made_log.read)
        count = left = 0
        for event in self._roster.events():
            await asyncio.to_thread(remove_unfinished, self._own, event, self._roster.workspace_id)
            ours = await asyncio.to_thread(folders_made, self._own, event, made)
            await self._ledger.write(disk_folders.are_found, ours)
            for path, found in await asyncio.to_thread(filed_files, self._own, event):
                taken = await self._take_in(event, path, found, made)
                count += taken is True
                left += taken is False
        count += await self._take_in_kept()
        await self._join_shots(made)
        told = f"Ledger rebuilt from disk: {counts.plural(count)}"
        if left:
            told += f"; {counts.plural(left, 'file')} that venuesync did not make, or somebody changed, left alone"
        await self._ledger.write(rebuilding.done, DISK, told, clock.wall(), self._roster.is_expected)

    async def _take_in(self, event: Event, path: str, found: Made, made: EverMade) -> bool | None:
        """Whether it is one of our photos; `None`: no photo."""
        where = self._own.root / path
        try:
            read = await asyncio.to_thread(classify, where)
        except (StillChanging, Vanished):
            return None
        if not isinstance(read, Photo):
            return None
        if made.was_left(event.id, found) or (made.files and read.content.sha256 not in made.contents):
            return False
        if (stands_for := made.stands_for(found.inode, found.born_us, read.content.sha256)) is not None:
            known = found if made.has(found, read.content.sha256) else replace(found, inode=disk_queue.NOBODYS)
            await self._ledger.write(stands_in, event.id, str(where), known, read.content, stands_for)
            return True
        sighting = Sighting(str(where), event.id, "", read.facts)
        through = [] if is_original(event, path) else self._roster.came_through(event.id, read.content.sha256)
        arrival, look = await self._ledger.write(take_in_filed, sighting, read, through)
        if not is_original(event, path):
            await self._ledger.write(given_names.was_filed_as, event.id, read.content.sha256, where.name, candidates)
        if made.has(found, read.content.sha256):
            await self._ledger.write(disk_queue.note_found, str(where), found)
        if arrival.new and look != "due":
            await self._planner.plan_photo(arrival.photo)
        return True

    async def _take_in_kept(self) -> int:
        """Photos of which nothing is left but what was kept: when they were withdrawn, waited for a yes, or a face was
        blurred; also where that was taken back since, and nothing is filed again yet.
        """
        count = 0
        for sha256 in await asyncio.to_thread(self._last.all):
            path, called = self._last.path(sha256), await asyncio.to_thread(self._called, sha256)
            read = await asyncio.to_thread(classify, path, None, called)  # of some raw files the ending alone tells
            if not isinstance(read, Photo) or read.content.sha256 != sha256:
                continue
            known = await self._ledger.read(whereabouts, [sha256])  # also by an older ledger: then of other places
            is_here = [await asyncio.to_thread(one.is_here, self._own) for one in known]
            names = {} if any(is_here) else await asyncio.to_thread(self._last.names_of, sha256)
            for event in self._roster.events():
                name = self._kept_as(event, sha256)
                name = names.get(event.id) if name is None else name
                if name is None:
                    continue
                sighting = Sighting(str(path), event.id, "", read.facts)
                through = self._roster.came_through(event.id, sha256)
                arrival = await self._ledger.write(take_in_kept, sighting, read, name, through)
                await self._planner.plan_photo(arrival.photo)
                count += 1
        return count

    async def _join_shots(self, made: EverMade) -> None:
        """What was blurred as another photo is to be is the other file of its shot: nothing else is decided of it.

        Where something is decided of the other file alone, that had come first: it stands for both, as it did.
        """
        for event in self._roster.events():
            for twin, sha256, main in await self._ledger.read(twins.joined, event.id):
                if self._is_decided(event, sha256) and not self._is_decided(event, main):
                    await self._ledger.write(twins.stand_for_both, twin)
        lay = {(sha256, blurred) for sha256, made_as in made.stand_ins.values() if (blurred := blurred_in(made_as))}
        for event in self._roster.events() if lay else ():
            known = self._roster.blurred_photos(event.id)
            for twin, mains in [(sha256, known[blurred]) for sha256, blurred in sorted(lay) if blurred in known]:
                out = {one: out_of(self._roster.photo_decision(event.id, one)) for one in (twin, *mains)}
                if not self._roster.blurred_faces(event.id, twin):
                    alike = [one for one in mains if out[one] == out[twin]]
                    await self._ledger.write(twins.join_known, event.id, twin, alike)

    def _is_decided(self, event: Event, sha256: str) -> bool:
        """Whether something was said of that file of a shot."""
        of_photo = self._roster.photo_decision(event.id, sha256)
        return of_photo is not None or bool(self._roster.face_decisions(event.id, sha256))

    def _called(self, sha256: str) -> str:
        """What was kept came under that name into some event; "": nobody knows."""
        named = [self._kept_as(event, sha256) for event in self._roster.events()]
        return next((one for one in (*named, *self._last.names_of(sha256).values()) if one), "")

    def _kept_as(self, event: Event, sha256: str) -> str | None:
        """By whose decision it is kept, under that name; `None`: by none."""
        decision = self._roster.photo_decision(event.id, sha256)
        if decision is not None and decision.withdrawn:
            return decision.name
        return next((one.name for one in self._blurred(event.id, sha256)), None)

    def _blurred(self, event: EventId, sha256: str) -> list[FaceDecision]:
        return [one for one in self._roster.face_decisions(event, sha256) if one.forgotten and one.blurred]

    async def drive(self, client: DriveClient, lane: DriveLane, account: str = "") -> None:
        """Learn what an account's Drive holds of ours. Goes on until it is done, whatever the line does."""
        stumbles = Stumbles()
        half = meta.of_account(DRIVE, account)
        while await self._ledger.read(meta.get, half) == "1":
            await lane.open()
            try:
                found = await self._ours_on(client, account)
            except DriveError as error:
                waits = stumbles.next()
                if not lane.report(error):
                    log.warning("rebuild.refused", kind=error.kind, detail=error.detail)
                    waits = REFUSED
                await asyncio.sleep(waits)
                continue
            expected, earlier = self._roster.is_expected, self._earlier_names()
            await self._ledger.write_much(
                rebuilt, found, self._of(account), expected, half, account, earlier, clock.wall()
            )

    def _earlier_names(self) -> dict[str, tuple[str, ...]]:
        """Of people's and events' folders, by their keys."""
        people = {folders.key_of_person(one.id): one.names_before for one in self._roster.everybody()}
        return people | {f"event:{one.id}": one.names_before for one in self._roster.events()}

    async def learn(self, client: DriveClient, account: str, learning: asyncio.Lock) -> None:
        """Take over what lies there of events that come back to this account. What shows somebody who was blurred
        meanwhile goes for good, out of its trash, too. Raises `DriveError`.

        `learning` is held meanwhile, so that nobody is forgotten there between its being listed and written down.
        """
        async with learning:
            await self._learn(client, account)

    async def _learn(self, client: DriveClient, account: str) -> None:
        times, belongs = await self._ledger.read(meta.to_learn, account), self._of(account)
        found = await self._ours_on(client, account)
        tagged = await client.find_tagged(*tags.workspace(self._roster.workspace_id), trashed=True)
        trashed = [one for one in tagged if one.mine]
        known = [one for one in await self._ledger.read(accounts.left_there, account) if belongs(one.event)]
        unlisted = {one.drive_id for one in known} - {one.id for one in (*found, *trashed)}
        for each in (await client.get_all(unlisted)).values():  # lists lag
            if each is not None:
                (trashed if each.trashed else found).append(each)
        shown = await self._shown([*found, *trashed], belongs)
        for one in shown:
            with if_there():
                await client.delete(one)
        left = [one for one in found if one.id not in shown]
        is_sure = not self._roster.restored  # else an older list of people would say what is to go
        await self._ledger.write_much(
            learned_again, times, left, belongs, self._is_nobodys, account, known, clock.wall(), is_sure=is_sure
        )

    async def _shown(self, found: Sequence[DriveFile], belongs: Callable[[EventId | None], bool]) -> set[DriveId]:
        """Files of photos in which a face is not blurred that is to be: there, or, of what is to lie there no more,
        in whatever event. What lies in the folder of an event that was removed stays as it is.
        """
        known = await self._ledger.read(ours_on_drive.all_drive_ids)
        marks = await self._ledger.read(forgotten.blurred_photos)
        photos = {one.tags.get(tags.PHOTO, "") for one in found}
        shots = await self._ledger.read(twins.shots_of, sorted(photos))
        blurred = {one for one in photos if self._roster.is_blurred(one)}
        blurred |= {twin for twin, main in shots if self._roster.is_blurred(main)}
        there = await self._ledger.read(forgotten.wanted_in, sorted(blurred))
        anywhere = marks_of(marks)
        listed = {str(one.id): one for one in found}
        events = {one.id for one in self._roster.events()}

        def is_shown(event: EventId, sha256: str, file: DriveFile) -> bool:
            made = blurred_in(file.tags.get(tags.MADE, ORIGINAL))
            if (event, sha256) in marks:
                return made != marks[event, sha256]
            if sha256 not in blurred or (event, sha256) in there:
                return False
            return shows_face(file, anywhere) if sha256 in anywhere else not made

        shown: set[DriveId] = set()
        for one in found:
            event, sha256 = event_of(one, listed), one.tags.get(tags.PHOTO)
            if event is None or sha256 is None or one.id in known or not belongs(event):
                continue
            if event not in events and not one.trashed:
                continue
            if is_shown(event, sha256, one):
                shown.add(one.id)
        return shown

    async def rest(self, take_out: Callable[[], Awaitable[int]], engine: Callable[[], str], *, drive: bool) -> None:
        """Take out what both halves found and nobody is to have there any more, by what was decided since it was put
        there. Ends when that is done; nothing goes while it is not known of each photo where it is to lie.
        """
        stumbles, last = Stumbles(), None

        def is_decided(db: Db, until: int) -> bool:
            behind = meta.planned_revision(db) != self._roster.revision or guests.due_events(db, engine)
            return not behind and rebuilding.is_decided(db, until)

        while await self._ledger.read(meta.get, meta.REBUILD_REST) == "1":
            await asyncio.sleep(LOOKS_AGAIN)
            if self._roster.restored or await self._ledger.read(meta.rebuilding, drive=drive):
                continue
            last = await self._ledger.read(rebuilding.newest) if last is None else last
            if not await self._ledger.read(is_decided, last):
                continue
            try:
                count = await take_out()
            except VenueError as error:
                log.warning("rebuild.refused", detail=error.detail)
                await asyncio.sleep(stumbles.next())
            else:
                await self._ledger.write(rebuilding.rested, count, clock.wall())

    async def _ours_on(self, client: DriveClient, account: str) -> list[DriveFile]:
        """All that carries our mark there; what was sent last is asked for by its id, as lists lag.

        But for what lies on another one's Drive, whatever this one may do there: an event left it there, say.
        """
        key, value = tags.workspace(self._roster.workspace_id)
        found = await client.find_tagged(key, value)
        last = await asyncio.to_thread(self._id_log.read, account)
        unused = await self._ledger.read(ours_on_drive.unused, account)
        unlisted = await client.get_all({*last} - {one.id for one in found} - unused)
        ours = [one for one in unlisted.values() if one is not None and not one.trashed]
        found += [one for one in ours if one.tags.get(key) == value]
        others = {one.id for one in found if not one.mine}
        return [one for one in found if one.id not in others and others.isdisjoint(one.parents)]

    def _of(self, account: str) -> Callable[[EventId | None], bool]:
        """Whether an event's files belong on that Drive; `None`: what lies above all events."""
        others = {one.id for one in self._roster.events() if one.lane != account}
        return lambda event: event not in others

    def _is_nobodys(self, file: DriveFile) -> bool:
        """Whether it is a folder of a person whom nobody knows any more."""
        person = folders.person_of(file.tags.get(tags.FOLDER, ""))
        return person is not None and all(one.id != person for one in self._roster.everybody())
