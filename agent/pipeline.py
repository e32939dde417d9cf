"""The way of a photo, top to bottom: settled, taken in, looked at, planned; then the router and the queue have it.

Each step is durable before the next begins, and can be done again without a second effect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import structlog

from agent import clock
from agent.disk.mounts import left_bare
from agent.errors import PhotoDefect
from agent.faces.dask_cluster import Looks
from agent.faces.results import Depth, Fault, LookError, NoVideo, Seen
from agent.faces.workers import FaceWorkers
from agent.intake.folders import WatchedFolder
from agent.intake.growing import Growing
from agent.intake.kinds import holds_video
from agent.intake.photo_files import PhotoFiles
from agent.intake.reading import Photo, Skipped, Unreadable, called, classify
from agent.intake.replaced import ReplacedPolicy, begins_with, is_no_other
from agent.ledger import (
    Ledger,
    disk_queue,
    faces,
    photos,
    sightings,
    superseded,
    troubles,
    twins,
)
from agent.ledger.sightings import FileFacts, Sighting
from agent.ledger.sqlite.rows import Db, Row
from agent.ledger.superseded import Overwritten
from agent.model import EventId, PhotoId
from agent.people.planner import Planner
from agent.people.thumbnails import Thumbnails
from agent.running.waiting import DEATH, Bell, Rest
from agent.steps import (
    ENGINE,
    broken_off,
    cannot_look,
    fail,
    forget,
    goes_along,
    leave_alone,
    looked,
    nowhere,
    take_in,
    unreadable,
)
from agent.sync.downloads import Fetched

log = structlog.get_logger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

LOOK_ANYWAY = 5.0  # seconds, should a ring be missed
RETRY_AFTER = 5.0  # seconds, for a photo that nobody could look at, by no fault of its own
GROWING_FOR = 30.0  # seconds that a damaged file may go on arriving after its last change
SOON = 0.5  # seconds
HALF = (Fault.CUT_SHORT, Fault.EMPTY)
BROKEN_FOR = 60.0  # seconds, for a photo whose look ended in no known way


class Pipeline:
    """`looks`: whoever takes the first look at photos; at videos, and for a lost thumbnail, the `workers` look. `root`
    is the workspace's folder; thumbnails are kept by the photo's SHA-256.

    `replace`: a file overwritten in place takes the old one's place, instead of being one more photo. `depth`: how far
    the first look goes. `paused`: whether an operator stopped everything. `planned` is called when a photo has its
    plan, `stale` with originals that changed, `left` when some are gone, which may have to be fetched. `watches`:
    whether an incoming folder is watched for an event (still).
    """

    def __init__(
        self,
        ledger: Ledger,
        planner: Planner,
        workers: FaceWorkers,
        looks: Looks,
        *,
        root: Path,
        thumbnails: Path,
        replace: bool = False,
        depth: Depth = Depth.WHOLE,
        paused: Callable[[], bool] = lambda: False,
        planned: Callable[[], None] = lambda: None,
        stale: Callable[[Sequence[Path]], None] = lambda _: None,
        left: Callable[[], None] = lambda: None,
        watches: Callable[[EventId, str], bool] = lambda event, folder: True,
    ) -> None:
        self.bell = Bell()
        self.last_arrival = 0.0  # since the start, on the steady line; 0: none yet
        self.begun = 0  # looks
        self._paused = paused
        self._planned = planned
        self._stale = stale
        self._left = left
        self._watches = watches
        self._ledger = ledger
        self._planner = planner
        self._workers = workers
        self._looks = looks
        self._files = PhotoFiles(ledger, root)
        self.thumbnails = Thumbnails(
            ledger, workers, self._files, thumbnails, planner.blurred_faces, busy=lambda: bool(self._looking)
        )
        self._replaced = ReplacedPolicy(gives_way=replace)
        self._depth = depth
        self._looking: dict[PhotoId, asyncio.Task[None]] = {}
        self._engine_failed = False
        self.rest = Rest(DEATH)  # after looks that ended in no known way
        self._growing = Growing()

    # ---- 1. a file in an incoming folder is whole, by all that can be told

    async def settled(self, folder: WatchedFolder, path: Path, waited: float) -> None:
        """Take a file in, seconds after it was first seen: one read, one row for its content.

        Raises `Vanished`, `StillChanging`: hand it on later.
        """
        arrived_at, came_at = clock.wall(), clock.steady() - waited
        found, name = await asyncio.to_thread(lambda: (classify(path, folder.path), called(path, folder.path)))
        match found:
            case Photo(content, facts):
                seen = Sighting(str(path), folder.event, str(folder.path), facts, came_at)
                await self._take_in(seen, content, arrived_at, sightings.shown(name))
            case Skipped(facts, reason):
                seen = Sighting(str(path), folder.event, str(folder.path), facts)
                await self._keep(leave_alone, seen, sightings.shown(path.name), reason, arrived_at)
            case Unreadable(facts):
                seen = Sighting(str(path), folder.event, str(folder.path), facts or FileFacts(0, 0, 0))
                name = sightings.shown(path.name)
                await self._keep(unreadable, seen, name, found, arrived_at, self._planner.is_aside)

    async def fetched(self, file: Fetched) -> PhotoId | None:
        """The same for a file that was fetched from a source; `None`: it is no photo after all, or nobody's any more.

        Raises `PhotoDefect` where it cannot be read.
        """
        found = await asyncio.to_thread(classify, file.path)
        if isinstance(found, Unreadable):
            raise PhotoDefect("A fetched photo cannot be read", found.reason, found.remedy)
        of = sightings.fetched_from(file.source)
        sighting = Sighting(str(file.path), file.event, of, found.facts, clock.steady())
        if isinstance(found, Skipped):
            await self._keep(leave_alone, sighting, file.name, found.reason, clock.wall())
            return None
        return await self._take_in(sighting, found.content, file.arrived_at, file.name, file)

    # ---- 2. intake: hashes and type are known; a photo is its content

    async def _take_in(
        self, sighting: Sighting, content: photos.Content, arrived_at: float, name: str, fetched: Fetched | None = None
    ) -> PhotoId | None:
        self.last_arrival = clock.steady()
        shot = await self._shot_in_place(sighting, content) if self._replaced.gives_way else None
        lately = self._replaced.lately(sighting.event, self.last_arrival)
        given = sighting, content, arrived_at, name, lately, fetched
        try:
            taken = await self._keep(take_in, *given, shot)
        except Overwritten as before:
            shot = shot or await self._shot_in_place(sighting, content)
            lost = not await self._is_no_other(sighting.path, before, shot)
            taken = await self._keep(take_in, *given, shot, lost)
        if taken is None:
            return None
        arrival, look = taken
        if content.hollow and look == "due":
            self._growing.hollow.add(arrival.photo)
        if arrival.replaced is not None:
            self._replaced.note(sighting.event, self.last_arrival)
        if (arrival.new or arrival.joined) and look != "due":
            main = await self._ledger.read(twins.main_of, sighting.event, arrival.photo)
            await self._planner.plan_photo(main or arrival.photo)
        if look != "due":  # what was known may have waited for its bytes alone
            self._planned()
        self.bell.ring()
        return arrival.photo

    async def _shot_in_place(self, sighting: Sighting, content: photos.Content) -> superseded.Shot | None:
        """What the camera says of a photo that lies where another one lay; `None`: nothing can be told."""
        if content.kind != photos.IMAGE or not await self._ledger.read(
            sightings.is_another_there, sighting.path, content.sha256
        ):
            return None
        try:
            seen = await self._workers.look(Path(sighting.path), content.sha256, Depth.NONE)
        except LookError:
            return None
        return superseded.Shot(seen.taken_at or "", seen.device)

    async def _is_no_other(self, path: str, before: Overwritten, shot: superseded.Shot | None) -> bool:
        """Whether what lay there is no photo of its own: a part of the one that does now, or that before an edit."""
        if is_no_other(before, shot, gives_way=self._replaced.gives_way) or self._growing.may_be(before.photo):
            return True
        return await asyncio.to_thread(begins_with, Path(path), before)

    async def _keep(
        self, record: Callable[Concatenate[Db, Sighting, P], T], seen: Sighting, *given: P.args, **named: P.kwargs
    ) -> T | None:
        """Record what a file turned out to be; `None`: its event or source was removed meanwhile, or its folder is
        another one's, and nothing is kept of it.
        """

        def kept(db: Db) -> T | None:
            return record(db, seen, *given, **named) if self._is_wanted(seen) else None

        return await self._ledger.write(kept)

    def _is_wanted(self, seen: Sighting) -> bool:
        """Asked where it is written: what is found to be so no more after that, is forgotten behind it."""
        kind = sightings.fetched_from("")
        if seen.folder.startswith(kind):
            return self._planner.has_source(seen.event, seen.folder.removeprefix(kind))
        return self._planner.has_event(seen.event) and self._watches(seen.event, seen.folder)

    async def fetched_before(self, event: EventId, photo: PhotoId) -> None:
        """A photo that is here already, and by a source one of this event's, too."""
        main = await self._ledger.read(twins.main_of, event, photo)
        await self._planner.plan_photo(main or photo)
        self.bell.ring()
        self._planned()

    async def gone(self, folder: WatchedFolder, paths: list[str]) -> None:
        """Files left an incoming folder: nothing that is filed goes with them."""
        went_too = await asyncio.to_thread(left_bare, [str(folder.path)])
        bare = dict.fromkeys(paths if went_too else (), str(folder.path))
        await self._ledger.write(forget, paths, clock.wall(), bare)
        self._left()

    # ---- 3. decode and faces, in the workers

    async def run(self) -> None:
        """Look at what is due, newest first, until cancelled."""
        try:
            while True:
                if self.paused or not await self._begin():
                    await self.bell.wait(await self._pause())
        finally:
            for look in self._looking.values():
                look.cancel()
            await asyncio.gather(*self._looking.values(), return_exceptions=True)

    @property
    def paused(self) -> bool:
        """Photos are taken in all the same, so that they are counted; nobody looks at them."""
        return self._paused()

    @property
    def looking(self) -> int:
        return len(self._looking)

    @property
    def growing(self) -> list[PhotoId]:
        """Photos that did not open when they were looked at last: it is waited whether their files grow."""
        return self._growing.photos

    async def waits(self) -> bool:
        return not self.paused and bool(await self._due())

    @property
    def _room(self) -> int:
        """While some are looked at, others are made ready."""
        return self._looks.at_once * 3 // 2 + 1 - len(self._looking)

    async def _due(self) -> list[Row]:
        if self._room <= 0 or self.rest.left:
            return []
        return await self._ledger.read(faces.due, list(self._looking), clock.steady(), self._room)

    async def _begin(self) -> bool:
        due = await self._due()
        self.begun += len(due)
        for row in due:
            photo, along, began = PhotoId(row["id"]), bool(row["goes_along"]), clock.steady()
            look = asyncio.create_task(self._look(photo, str(row["sha256"]), str(row["name"]), row["kind"], along))
            self._looking[photo] = look
            look.add_done_callback(lambda done, photo=photo, began=began: self._looked(photo, began, done))
        return bool(due)

    def _looked(self, photo: PhotoId, began: float, done: asyncio.Task[None]) -> None:
        self._looking.pop(photo, None)
        error = None if done.cancelled() else done.exception()
        if error is None:
            self.rest.over()
        else:  # nothing that is known to go wrong: what goes wrong each time is not tried all the time
            rests = BROKEN_FOR if self.rest.begin(began) else 0.0  # not if somebody says amid it: try again
            self._ledger.submit(broken_off, photo, error, clock.wall(), clock.steady() + rests)
            log.error("look.broken", photo=photo, error=repr(error))
        self.bell.ring()

    async def _pause(self) -> float:
        if self.paused or self._room <= 0:
            return LOOK_ANYWAY
        due = await self._ledger.read(faces.next_due_at, list(self._looking))
        return LOOK_ANYWAY if due is None else max(0.05, self.rest.left, min(LOOK_ANYWAY, due - clock.steady()))

    async def _look(self, photo: PhotoId, sha256: str, name: str, kind: str, along: bool) -> None:
        """One photo, and the boundary around it: whatever is wrong with it fails it alone.

        `along`: it is the other file of a shot, and only has to be whole; one that has no picture inside is as good.
        """
        originals, path = await self._files.of(photo)
        if path is None:
            self._growing.over(photo)
            bare, again_at = await self._files.disconnected(originals), clock.steady() + RETRY_AFTER
            await self._ledger.write(nowhere, photo, originals, clock.wall(), again_at, bare)
            self._left()
            return
        try:
            by = self._looks if kind == photos.IMAGE else self._workers
            seen = await by.look(path, sha256, Depth.NONE if along else self._depth)
        except LookError as error:
            if error.photos_own and error.fault not in HALF and await self._ledger.read(twins.goes_along, photo):
                await self._goes_along(photo)
                return
            if kind == photos.IMAGE or not error.photos_own or error.fault is Fault.CUT_SHORT:
                await self._not_seen(photo, path, name, titled(error, kind))
                return
            if error.fault in (Fault.EMPTY, Fault.NOT_AN_IMAGE) and not await asyncio.to_thread(holds_video, path):
                await self._not_seen(photo, path, name, NoVideo(error.fault))
                return
            if await self._may_grow(photo, path, error):
                return
            # Whoever filmed it may have what plays it: it is filed as a video of nobody known, and not held back.
            log.info("video.not_watched", photo=photo, fault=error.fault, detail=error.detail)
            seen = Seen(sha256, 0, 0, "video", None, None, (), b"", {})
        if along or await self._ledger.read(twins.goes_along, photo):  # by now
            await self._goes_along(photo, seen)
            return
        self._growing.over(photo)
        await self._record_look(photo, sha256, seen)
        if self._engine_failed:
            self._engine_failed = False
            await self._ledger.write(troubles.heal, ENGINE.key, clock.wall())
        self._planned()

    async def _record_look(self, photo: PhotoId, sha256: str, seen: Seen) -> None:
        if not self._planner.is_blurred(sha256) and await self._ledger.read(disk_queue.is_shown, photo):
            await self.thumbnails.keep(sha256, seen)
        await self._planner.record_look(photo, looked(seen, self._planner.engine))
        if self._planner.is_blurred(sha256):  # by now
            await self.thumbnails.drop(sha256)

    async def _goes_along(self, photo: PhotoId, seen: Seen | None = None) -> None:
        """It is whole, and is placed with the photo whose shot it is of; its time is its own, where it was `seen`."""
        self._growing.over(photo)
        for main in await self._ledger.write(goes_along, photo, seen, clock.wall()):
            await self._planner.plan_photo(main)
        self._planned()

    async def path_of(self, photo: PhotoId) -> Path | None:
        """Where the photo's bytes lie."""
        return (await self._files.of(photo))[1]

    async def _not_seen(self, photo: PhotoId, path: Path, name: str, error: LookError) -> None:
        """The photo's own defect fails it, once its file has not changed for a while; all else is tried again."""
        now = clock.wall()
        if error.fault in (Fault.CHANGED, Fault.MISSING):
            await self._ledger.write(faces.put_off, photo, clock.steady() + SOON)
            self._stale([path])
            return
        if not error.photos_own:
            self._engine_failed = self._engine_failed or error.fault is Fault.ENGINE
            await self._ledger.write(cannot_look, photo, error, now, clock.steady() + RETRY_AFTER)
            return
        if not await self._may_grow(photo, path, error):
            self._growing.over(photo)
            await self._ledger.write(self._fail, photo, name, error, now)

    def _fail(self, db: Db, photo: PhotoId, name: str, error: LookError, now: float) -> None:
        """What was set aside before, by a ledger that was lost, is so again."""
        fail(db, photo, name, error, now, self._planner.called)
        troubles.follow(db, self._planner.is_aside, [photos.sha256_of(db, photo)], now)

    async def _may_grow(self, photo: PhotoId, path: Path, error: LookError) -> bool:
        """Whether its file may be arriving still: then it is looked at later."""
        calm = await self._growing.unchanged_for(photo, path)
        if calm >= GROWING_FOR or error.fault in (Fault.WORKER_DIED, Fault.COSTLY):
            return False
        until = clock.steady() + max(SOON, min(GROWING_FOR - calm, RETRY_AFTER))
        await self._ledger.write(faces.put_off, photo, until)
        return True


def titled(error: LookError, kind: str) -> LookError:
    """The same, told of a photo or a video."""
    if kind == photos.VIDEO and error.fault is Fault.CUT_SHORT:
        error.title = "Video cut short"
    return error
