"""The router: brings the disk to what is wanted, a batch at a time.

Each arrow is recorded before (the name is reserved) and after (it is there). Killed in between, it finishes what was
reserved: never a second copy, never over somebody's file.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar

from agent.bell import Bell
from agent.filing import reports
from agent.filing.carry_out import FULL_CODES, Done, Sources, carry_out
from agent.filing.ends import Step, disk_step
from agent.filing.moving import remove_folders, rename_folder
from agent.filing.names import file_names, safe_file_name
from agent.ledger import Ledger, disk_queue, folder_changes, folders, meta, placements
from agent.ledger.disk_queue import DiskTask
from agent.model import DiskState, End, EventPhotoId, FolderId, PhotoId

P = ParamSpec("P")
T = TypeVar("T")

BATCH = 32  # placements in one go: small enough that the first of a burst is recorded soon
MOVED_AT_ONCE = 512  # where none of them has to be copied
LOOK_EVERY = 10.0  # seconds, should a ring be missed
RETRY_AFTER = 5.0  # seconds, when the disk would not
NAMES_TRIED = 1000  # names of other people's files that are passed over in one folder
LOW_BELOW = 10 * 10**9  # bytes free


class Listener(Protocol):
    """Who hears of what the router did."""

    def filed(self, photos: Sequence[EventPhotoId]) -> None:
        """These are whole on disk."""
        ...

    def stale(self, paths: Sequence[Path]) -> None:
        """These files in incoming folders hold other bytes than they did: they want to be looked at again."""
        ...


class Router:
    """One per workspace. `root` is the workspace's folder, `keep_free` in bytes."""

    def __init__(self, ledger: Ledger, root: Path, keep_free: int, listener: Listener) -> None:
        self.bell = Bell()
        self.disk = DiskState.OK
        self.free_bytes = 0
        self._ledger = ledger
        self._root = root
        self._keep_free = keep_free
        self._listener = listener
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="router")
        self._rebuilding = False
        self._short_of_room = True  # until the first look: what an earlier run said is over then

    async def run(self) -> None:
        """File what is wanted, until cancelled."""
        while True:
            if not await self.step():
                await self.bell.wait(await self._pause())

    def close(self) -> None:
        self._thread.shutdown(wait=True)

    async def step(self) -> bool:
        """File one batch. Answers whether there may be more to do at once."""
        await self._in_thread(self._measure)
        await self._rename_folders()
        await self._make_folders()
        if self.disk is DiskState.FULL:
            self._short_of_room = True
            await self._ledger.write(reports.disk_full, self._root, self.free_bytes, self._keep_free, time.time())
            return False
        if self._short_of_room:
            self._short_of_room = False
            await self._ledger.write(reports.room_again, time.time())
        self._rebuilding = await self._ledger.read(meta.rebuilding, drive=False)
        if self._rebuilding:
            return False  # first it has to be known what lies where, else it would be put there a second time
        tasks = await self._ledger.read(disk_queue.due, time.time(), MOVED_AT_ONCE)
        if not tasks:
            return await self._remove_folders()
        done = await self._file(tasks)
        return any(one.filed or one.gone for one in done)

    async def _pause(self) -> float:
        if self.disk is DiskState.FULL or self._rebuilding:
            return RETRY_AFTER
        due = await self._ledger.read(disk_queue.next_due_at)
        return LOOK_EVERY if due is None else max(0.05, min(due - time.time(), RETRY_AFTER))

    async def _in_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*args, **kwargs))

    def _measure(self) -> None:
        """How much room there is; filing waits below `keep_free`."""
        self.free_bytes = shutil.disk_usage(self._root).free
        low = DiskState.LOW if self.free_bytes < LOW_BELOW else DiskState.OK
        self.disk = DiskState.FULL if self.free_bytes < self._keep_free else low

    async def _make_folders(self) -> None:
        """Wanted folders are there at once, whether or not a photo follows."""
        absent = await self._ledger.read(folders.absent_on_disk)
        if absent:
            made, failed = await self._in_thread(self._mkdirs, absent)
            await self._ledger.write(reports.folders_made, made, failed, time.time())

    async def _rename_folders(self) -> None:
        """A folder that is called otherwise goes there with all that lies in it, in one step."""
        for one in await self._ledger.read(folder_changes.renames_on_disk):
            path, there = await self._in_thread(rename_folder, self._root, one.now, one.wanted)
            await self._ledger.write(folder_changes.renamed_on_disk, one, path, gone=not there)

    async def _remove_folders(self) -> bool:
        """Folders that are not wanted any more go when nothing of ours is in them; what a person put there stays."""
        empty = await self._ledger.read(folder_changes.empty_on_disk, time.time())
        if not empty:
            return False
        done = await self._in_thread(remove_folders, [self._root / path for _, path in empty])
        gone = [folder for (folder, _), away in zip(empty, done, strict=True) if away]
        left = [folder for (folder, _), away in zip(empty, done, strict=True) if not away]
        later = time.time() + folder_changes.AGAIN_AFTER
        await self._ledger.write(folder_changes.removed_from_disk, gone, left, later)
        return True

    def _mkdirs(self, absent: list[tuple[FolderId, str]]) -> tuple[list[FolderId], list[tuple[str, OSError]]]:
        made: list[FolderId] = []
        failed: list[tuple[str, OSError]] = []
        for folder, path in absent:
            try:
                (self._root / path).mkdir(parents=True, exist_ok=True)
                made.append(folder)
            except OSError as error:
                failed.append((path, error))
        return made, failed

    # ---- a batch

    async def _file(self, tasks: list[DiskTask]) -> list[Done]:
        """Reserve, carry out, record; where a reserved name turned out to be somebody's, the same with the next one."""
        sources = await self._ledger.read(sources_of, self._root, {task.photo for task in tasks if task.wanted})
        tasks = tasks[: max(BATCH, without_copying(tasks, sources))]
        named = await self._ledger.write(reserve_names, self._root, tasks, {})
        done: list[Done] = []
        taken: dict[int, list[str]] = {}
        while named:
            outcomes = await self._in_thread(carry_out, self._root, named, sources)
            names = {task.placement: name for task, name in named}
            again = [one.task for one in outcomes if one.taken]
            for task in again:
                taken.setdefault(task.placement, []).append(names[task.placement])
            done += [one for one in outcomes if not one.taken]
            again = [task for task in again if len(taken[task.placement]) < NAMES_TRIED]
            named = await self._ledger.write(reserve_names, self._root, again, taken) if again else []
        await self._record(done)
        return done

    async def _record(self, done: list[Done]) -> None:
        filed = await self._ledger.write(reports.outcomes, done, time.time(), RETRY_AFTER)
        if any(one.error is not None and one.error.errno in FULL_CODES for one in done):
            self.disk = DiskState.FULL
        self._listener.filed(filed)
        stale = {path for one in done for path in one.stale}
        if stale:
            self._listener.stale(sorted(stale))


def reserve_names(
    db: sqlite3.Connection, root: Path, tasks: Sequence[DiskTask], taken: dict[int, list[str]]
) -> list[tuple[DiskTask, str]]:
    """Keep a name for each task that has none, or whose name is taken. One that was kept before is kept on.

    A file of ours that was found there while the ledger was rebuilt keeps the name that it has.
    """
    named: list[tuple[DiskTask, str]] = []
    for task in tasks:
        fresh = task.placement in taken or task.disk is End.ABSENT or task.disk_name is None
        found = disk_queue.found_as(db, root / task.folder_path, task.photo)
        if task.wanted and found is not None and found not in taken.get(task.placement, ()):
            placements.keep_name(db, task.placement, found)
            name = found
        elif disk_step(wanted=task.wanted, disk=task.disk) is not Step.TAKE_BACK and fresh:
            name = placements.reserve_name(db, task.placement, file_names, taken.get(task.placement, ()))
        else:
            name = task.disk_name or safe_file_name(task.name)
        named.append((task, name))
    return sorted(named, key=lambda one: one[0].wanted)  # what goes makes room for what takes its place


def without_copying(tasks: Sequence[DiskTask], sources: Mapping[PhotoId, Sources]) -> int:
    """How many at the beginning are linked or taken away only."""
    copied = (at for at, task in enumerate(tasks) if task.wanted and not sources[task.photo].filed)
    return next(copied, len(tasks))


def sources_of(db: sqlite3.Connection, root: Path, photos: set[PhotoId]) -> dict[PhotoId, Sources]:
    """Where the bytes of these photos lie."""
    return {
        photo: Sources(
            [(root / path, facts) for path, facts in disk_queue.filed_copies(db, photo)],
            [Path(path) for path, _ in disk_queue.originals(db, photo)],
        )
        for photo in photos
    }
