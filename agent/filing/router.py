"""The router: brings the disk to what is wanted, a batch at a time.

Each arrow is recorded before (the name is reserved) and after (it is there). Killed in between, it finishes what was
reserved: never a second copy, never over somebody's file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import ParamSpec, TypeVar

from agent import clock
from agent.disk.atomic import free_bytes
from agent.disk.mounts import left_bare
from agent.faces.results import LookError
from agent.filing import reports
from agent.filing.blurring import Blurring, passes
from agent.filing.disk_work import DiskWork, Done, Found, Ready, Sources, as_found, is_exchanged, is_unwanted
from agent.filing.names import candidates
from agent.ledger import Ledger, counts, disk_folders, disk_queue, drive_folders, in_place, meta, placements, sightings
from agent.ledger.disk_queue import DiskTask
from agent.ledger.sqlite.rows import Db, at_once
from agent.model import ORIGINAL, DiskState, End, EventPhotoId, PhotoId, PlacementId
from agent.running.tally import Durations
from agent.running.waiting import Bell

P = ParamSpec("P")
T = TypeVar("T")

BATCH = 32  # placements in one go: small enough that the first of a burst is recorded soon
MADE_AT_ONCE = 4  # to be filed in photos' places
MOVED_AT_ONCE = 512  # where none of them has to be copied
LOOK_ANYWAY = 10.0  # seconds, should a ring be missed
RETRY_AFTER = 5.0  # seconds, when the disk would not
NAMES_TRIED = 1000  # names of other people's files that are passed over in one folder
LOW_BELOW = 10 * 10**9  # bytes free


async def nobody_plans(photo: PhotoId) -> None: ...


class Router:
    """One per workspace. `root` is the workspace's folder, `work` what is done in it, `keep_free` in bytes.

    `paused`: whether an operator stopped everything. `filed` is called after each batch, with the photos that are whole
    on disk by it; `room` when the disk has become too full to file, and when there is room again;
    `stale` with files in incoming folders that hold other bytes than they did. `blurring` makes what is
    filed in the place of photos with faces that nobody is to be known by. `plan` is asked for photos to which another
    one's shot came as that gave way. `drive`: whether what lies nowhere here may come from Drive.
    """

    def __init__(
        self,
        ledger: Ledger,
        root: Path,
        work: DiskWork,
        blurring: Blurring,
        keep_free: int,
        *,
        filed: Callable[[Sequence[EventPhotoId]], None],
        room: Callable[[], None],
        stale: Callable[[Sequence[Path]], None],
        paused: Callable[[], bool] = lambda: False,
        plan: Callable[[PhotoId], Awaitable[None]] = nobody_plans,
        drive: bool = True,
    ) -> None:
        self.bell = Bell()
        self.disk = DiskState.OK
        self.free_bytes = 0
        self._ledger = ledger
        self._root = root
        self._work = work
        self._blurring = blurring
        self._keep_free = keep_free
        self._filed = filed
        self._room = room
        self._stale = stale
        self._paused = paused
        self._plan = plan
        self._drive = drive
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="router")
        self._rebuilding = self._at_work = False
        self._wished = False  # since the batch began, that all is tried at once: of that nothing rests
        self._cleared = False  # of what an earlier life left of folders on their way
        self.folders_refused = 0  # of those that are to be made, by the disk when it was last tried
        self.refused = 0  # times that the disk did not do what a decision led to: to file, take away, call otherwise
        self.begun = 0  # times that it did something on the disk
        self.took = Durations()  # from a photo's arrival until it was filed
        self._short_of_room: bool | None = None  # not known: what an earlier run said may be over

    async def run(self) -> None:
        """File what is wanted, until cancelled."""
        while True:
            if not await self.step():
                await self.bell.wait(await self._pause())

    def close(self) -> None:
        self._thread.shutdown(wait=True)

    def go_on(self) -> None:
        """Somebody wants that what the disk refused is tried again, also what it refuses amid that."""
        self._wished = True
        self.bell.ring()

    async def step(self) -> bool:
        """File one batch. Returns whether there may be more to do at once."""
        await self._in_thread(self._measure)
        if self._paused():
            return False
        self._rebuilding = await self._ledger.read(meta.rebuilding, drive=False)
        if self._rebuilding:
            return False  # first it has to be known what lies where, else it would be put there a second time
        await self._rename_folders()
        tried = await self._make_folders()
        full = self.disk is DiskState.FULL
        if full is not self._short_of_room:
            await self._tell_room(full)
        if full:
            return False
        tasks, more = await self._ledger.read(at_once, due_of, clock.steady(), tried)
        if not tasks:
            return more or await self._remove_folders()
        done = await self._file(tasks)
        return more or any(one.filed or one.gone or one.elsewhere for one in done)  # others may have room

    async def _tell_room(self, full: bool) -> None:
        """Once when the disk is too full to file, and once when there is room again."""
        now = clock.wall()
        if full:
            await self._ledger.write(reports.disk_full, self._root, self.free_bytes, self._keep_free, now)
        else:
            await self._ledger.write(reports.room_again, now)
        self._short_of_room = full
        self._room()

    async def _pause(self) -> float:
        if self.disk is DiskState.FULL or self._rebuilding or self._paused():
            return RETRY_AFTER
        due = await self._ledger.read(disk_queue.next_due_at)
        return LOOK_ANYWAY if due is None else max(0.05, min(due - clock.steady(), RETRY_AFTER))

    async def waits(self) -> bool:
        if self._at_work or self.disk is DiskState.FULL or self._rebuilding or self._paused():
            return False
        return bool(await self._ledger.read(disk_queue.due, clock.steady(), 1))

    async def _in_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        self.begun += 1
        self._at_work = True  # with the disk, which takes as long as it takes
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*args, **kwargs))
        finally:
            self._at_work = False

    def _measure(self) -> None:
        """How much room there is; filing waits below `keep_free`."""
        self.free_bytes = free_bytes(self._root)
        low = DiskState.LOW if self.free_bytes < LOW_BELOW else DiskState.OK
        self.disk = DiskState.FULL if self.free_bytes < self._keep_free else low

    async def _make_folders(self) -> set[str]:
        """Wanted folders are there at once, whether or not a photo follows. Returns the paths that were tried."""
        if not self._cleared:
            paths = await self._ledger.read(disk_folders.not_there)
            await self._in_thread(self._work.clear_asides, paths)
            self._cleared = True
        absent = await self._ledger.read(disk_folders.to_make)
        if absent:
            staged = await self._in_thread(self._work.stage_folders, absent)
            refused = await self._ledger.write(disk_folders.reserve, absent, staged.made) if staged.made else []
            made = await self._in_thread(self._work.name_folders, staged, absent, refused)
            await self._ledger.write(reports.folders_made, made, clock.wall())
            failed = {path for path, _ in made.failed}
            self.folders_refused = sum(path in failed for _, path in absent)
        return {path for _, path in absent}

    async def _rename_folders(self) -> None:
        """A folder that is called otherwise goes there with all that lies in it, in one step."""
        for one in await self._ledger.read(disk_folders.renames):
            try:
                path, how = await self._in_thread(self._work.rename_folder, one)
            except OSError as error:  # tried again at the next step
                self.refused += 1
                await self._ledger.write(reports.folder_not_renamed, one, error, clock.wall())
            else:
                await self._ledger.write(reports.folder_renamed, one, path, how, clock.wall())

    async def _remove_folders(self) -> bool:
        """Folders that are not wanted any more go when nothing of ours is in them; what a person put there stays."""
        empty = await self._ledger.read(disk_folders.empty, clock.steady())
        if not empty:
            return False
        done = await self._in_thread(self._work.remove_folders, [(one.path, one.identity) for one in empty])
        gone = [one.folder for one, away in zip(empty, done, strict=True) if away]
        left = [one.folder for one, away in zip(empty, done, strict=True) if not away]
        later = clock.steady() + drive_folders.AGAIN_AFTER
        await self._ledger.write(disk_folders.removed, gone, left, later)
        return True

    # ---- a batch

    async def _file(self, tasks: list[DiskTask]) -> list[Done]:
        """Take away, make ready, write down, name; where a name turned out to be somebody's, the same with the next."""
        self._wished = False
        sources = await self._ledger.read(sources_of, {task.photo for task in tasks if task.wanted or task.may_be_last})
        tasks = tasks[: max(BATCH, without_copying(tasks, sources))]
        found = await self._ledger.read(found_of, self._root, [one for one in tasks if one.wanted or one.made is None])
        unwanted = [as_found(task, found.get(task.placement)) for task in tasks if is_unwanted(task)]
        done = await self._in_thread(self._work.take_back, unwanted, sources) if unwanted else []
        wanted = [task for task in tasks if not is_unwanted(task)]
        wanted, unmade = await self._make(wanted, sources, found)
        done += unmade
        wanted, refused = await self._vacate(wanted, sources, found)
        done += refused
        await self._keep([*unwanted, *wanted], sources)
        ready, failed = await self._in_thread(self._work.make_ready, wanted, sources, found)
        if self._work.copied_at is not None:
            await self._ledger.write(reports.copied, self._root, self._work.copied_at, clock.wall())
            self._work.copied_at = None
        done += failed + await self._give_names(ready)
        await self._record(done)
        return done

    async def _make(
        self, tasks: Sequence[DiskTask], sources: Mapping[PhotoId, Sources], found: Mapping[PlacementId, Found]
    ) -> tuple[list[DiskTask], list[Done]]:
        """What is to be filed in photos' places, each photo's once, where it is not filed in another place already.

        A few at a time, so that photos that arrive meanwhile do not wait for all of them: the rest stays due.
        """
        lies = await self._in_thread(self._work.lie_so, tasks, sources)
        if asked := [one for one in tasks if one.placement not in lies and one.placement in found]:
            lies |= await self._in_thread(self._work.lie_there, asked, found)
        wanted = {task.made_of: task for task in tasks if task.placement not in lies}
        chosen = list(wanted.items())[:MADE_AT_ONCE]
        came = await asyncio.gather(*(self._made(task, sources[task.photo]) for _, task in chosen))
        made = dict(zip((key for key, _ in chosen), came, strict=True))
        ready: list[DiskTask] = []
        failed: list[Done] = []
        for task in tasks:
            one = task if task.placement in lies else made.get(task.made_of)
            if isinstance(one, Done):
                failed.append(replace(one, task=task))
            elif one is not None:
                ready.append(replace(task, file_sha256=one.file_sha256, file_bytes=one.file_bytes))
        return ready, failed

    async def _made(self, task: DiskTask, sources: Sources) -> DiskTask | Done:
        filed = [self._root / one.folder_path / one.name for one in sources.filed if one.lies_as == ORIGINAL]
        files = [*filed, *sources.originals, self._work.kept(task.sha256)]
        try:
            made = await self._blurring.make(task, files)
        except LookError as error:
            return Done(task, later=True) if passes(error) else Done(task, unmade=error)
        except OSError as error:
            return Done(task, error=error)
        return Done(task, stale=tuple(sources.originals)) if made is None else made

    async def _vacate(
        self, tasks: Sequence[DiskTask], sources: Mapping[PhotoId, Sources], found: Mapping[PlacementId, Found]
    ) -> tuple[list[DiskTask], list[Done]]:
        """Where another file of ours has the place, it goes first: now that what is to lie there is at hand."""
        exchanged = [task for task in tasks if is_exchanged(task, found.get(task.placement))]
        if not exchanged:
            return [*tasks], []
        done = await self._in_thread(self._work.vacate, exchanged, sources, found)
        gone = {one.task.placement for one in done if one.gone}
        await self._ledger.write(disk_queue.vacated, sorted(gone))
        left = {task.placement for task in exchanged} - gone
        still = [vacant(task) if task.placement in gone else task for task in tasks if task.placement not in left]
        return still, [one for one in done if not one.gone]

    async def _keep(self, tasks: Sequence[DiskTask], sources: Mapping[PhotoId, Sources]) -> None:
        """The photos themselves, of which something else is filed."""
        if any(task.filed_as != ORIGINAL for task in tasks):
            kept = await self._in_thread(self._work.kept_of, tasks, sources)
            await self._ledger.write(sightings.note_kept, kept, clock.wall())

    async def _give_names(self, ready: list[Ready]) -> list[Done]:
        done: list[Done] = []
        taken: dict[int, list[str]] = {}
        while ready:
            named = await self._ledger.write(reserve_names, ready, taken)
            kept = {one.task.placement for one, _ in named}
            given_up = [one.task for one in ready if one.task.placement not in kept]
            outcomes = await self._in_thread(self._work.give_names, named, given_up)
            done += [one for one in outcomes if not one.taken]
            refused = {one.task.placement for one in outcomes if one.taken}
            for one, name in named:
                if one.task.placement in refused:
                    taken.setdefault(one.task.placement, []).append(name)
            ready = [one for one, _ in named if one.task.placement in refused]
        return done

    async def _record(self, done: list[Done]) -> None:
        stale = {path for one in done for path in one.stale}
        gone = await self._gone(stale) if stale else {}
        if self._wished:
            done = [once_more(one) for one in done]
        again_at = clock.steady() + (0.0 if self._wished else RETRY_AFTER)
        filed, took, again = await self._ledger.write(record, done, gone, clock.wall(), again_at, self._drive)
        self.took.add(took)
        self.refused += sum(one.error is not None and not isinstance(one.error, FileNotFoundError) for one in done)
        if any(map(reports.is_out_of_room, done)):
            self.disk = DiskState.FULL
        self._filed(filed)
        for photo in again:
            await self._plan(photo)
        await self._blurring.filed({one.task.sha256 for one in done if one.filed and one.task.filed_as != ORIGINAL})
        if stale:
            self._stale(sorted(stale))

    async def _gone(self, stale: Collection[Path]) -> dict[str, str | None]:
        folders = await self._ledger.read(sightings.folders_of, [str(path) for path in stale])
        of = {path: folders.get(str(path)) for path in stale}
        return await self._in_thread(not_there, of)  # a share may take long to answer


def once_more(one: Done) -> Done:
    """What was not filed is neither set aside by that nor left until a disk has room: somebody wants it at once."""
    return replace(one, later=True, elsewhere=False, unmade=None) if one.later or one.unmade else one


def not_there(folders: Mapping[Path, str | None]) -> dict[str, str | None]:
    """Of these files those that are gone, and with which incoming folder, if that went along. Blocks."""
    gone = {str(path): folder for path, folder in folders.items() if not path.exists()}
    bare = left_bare({folder for folder in gone.values() if folder is not None})
    return {path: folder if folder in bare else None for path, folder in gone.items()}


def due_of(db: Db, now: float, tried: Collection[str]) -> tuple[list[DiskTask], bool]:
    """What is due, but for what belongs into folders that were wanted too late to be `tried` this time; and whether
    there is any of that.
    """
    unmade = {path for _, path in disk_folders.to_make(db)}.difference(tried)
    due = disk_queue.due(db, now, MOVED_AT_ONCE)
    tasks = [one for one in due if one.folder_path not in unmade]
    return tasks, len(tasks) < len(due)


def record(
    db: Db, done: Sequence[Done], gone: Mapping[str, str | None], now: float, again_at: float, drive: bool
) -> tuple[list[EventPhotoId], list[float], list[PhotoId]]:
    """What came of a batch. Returns the photos that are whole on disk by it, how many seconds each took, and what is to
    be planned as another photo gave way to it.
    """
    filed = reports.outcomes(db, done, gone, now, again_at, drive=drive)
    took = counts.took(db, filed, counts.TO_BE_FILED)
    return filed, took, in_place.are_filed(db, {one.task.event_photo for one in done if one.filed}, now)


def reserve_names(db: Db, ready: Sequence[Ready], taken: Mapping[int, Sequence[str]]) -> list[tuple[Ready, str]]:
    """Keep a name for each that has none, or whose name is taken; with it, what tells its file from others.

    One that was kept before is kept on. Left out is what is not wanted any more, and what found no name.
    """
    named: list[tuple[Ready, str]] = []
    for one in ready:
        task, tried = one.task, taken.get(one.task.placement, ())
        name = one.name or task.disk_name
        if one.name is None and (tried or task.disk is End.ABSENT or name is None):
            name = placements.next_name(db, task.placement, candidates, tried)
        if (
            name is not None
            and len(tried) < NAMES_TRIED
            and disk_queue.reserve(db, task.placement, name, one.made, task.filed_as)
        ):
            named.append((replace(one, instead=in_place.vacate(db, task.placement, name)), name))
    return named


def without_copying(tasks: Sequence[DiskTask], sources: Mapping[PhotoId, Sources]) -> int:
    """How many at the beginning are linked or taken away only."""
    copied = (
        at
        for at, task in enumerate(tasks)
        if task.wanted and not any(one.lies_as == task.filed_as for one in sources[task.photo].filed)
    )
    return next(copied, len(tasks))


def sources_of(db: Db, photos: set[PhotoId]) -> dict[PhotoId, Sources]:
    """Where the bytes of these photos lie."""
    return {
        photo: Sources(
            disk_queue.filed_copies(db, photo),
            [Path(path) for path, _ in sightings.originals(db, photo)],
        )
        for photo in photos
    }


def found_of(db: Db, root: Path, tasks: Sequence[DiskTask]) -> dict[PlacementId, Found]:
    """What was found in its place already, while the ledger was rebuilt."""
    found = (
        (task.placement, disk_queue.found_as(db, root / task.folder_path, task.photo, task.filed_as)) for task in tasks
    )
    return {placement: Found(one.name, one.made, one.lies_as) for placement, one in found if one is not None}


def vacant(task: DiskTask) -> DiskTask:
    """Nothing of ours lies there any more; the name that it had is looked for again."""
    return replace(task, disk_name=None, made=None, lies_as=task.filed_as)
