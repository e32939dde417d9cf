"""The watcher: all incoming folders at any depth, their whole files handed on newest first, and how they are doing.

The first step of a photo's way. Nothing here is remembered over a restart: the first sweep finds whatever the ledger
does not know.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from pathlib import Path

import structlog
from watchdog.observers.api import BaseObserver

from agent.clock import SYSTEM_CLOCK, Clock, SleepWatch
from agent.intake.folder_watch import FolderWatch
from agent.intake.folders import FolderReport, FolderState, WatchedFolder, WatcherReport, summed_up
from agent.intake.listener import FileEvent, Listener, make_observer
from agent.intake.listing import Threads, identities_of
from agent.intake.settle import QUIET
from agent.intake.sweep import Surroundings
from agent.ledger.sightings import FileFacts
from agent.model import EventId

log = structlog.get_logger(__name__)

HANDS = 4  # files handed on at a time; one of them is kept from a folder whose files hang, where there are others
THREADS = 8  # for looking at folders and files
REPORT_SECONDS = 0.1  # between two calls of `changed`
TICK_SECONDS = 1.0
ROOTS_SECONDS = 5.0  # between checks that each folder is still the one that is listened to
ASK_SECONDS = 60.0  # that `sweep_now` waits at most
STOP_SECONDS = 0.9


class Watcher:
    """Watches while `run` runs. Everything else is for the event loop's thread and touches no file.

    - `known` goes through the ledger's facts of one folder, of what lies below a path in it: the ledger's texts of
      paths, in its order. It may block. `known_among` returns those of these paths, as the system has them.
    - `settled` is called for each whole file whose facts are others, four at a time, the newest first. When it
      returns, what it did is durable. `StillChanging` sends the file back to wait, `Vanished` lets it go; after
      any other error it is tried again at the next sweep.
    - `gone` is called with known paths at which there is certainly no file any more; called twice, it changes nothing.
    - `changed` is called when the report reads differently, at most ten times a second.
    - `quiet_seconds` without a change make a file whole where nobody tells of its close.
    - `observer` makes watchdog's observer; `None`: sweeps alone.

    Errors of `known` and `gone` are the stores', and end `run`; it may be run again.
    """

    def __init__(
        self,
        *,
        folders: Sequence[WatchedFolder],
        known: Callable[[str, str], Iterator[tuple[str, FileFacts]]],
        known_among: Callable[[str, list[str]], Awaitable[dict[str, FileFacts]]],
        settled: Callable[[WatchedFolder, Path, float], Awaitable[None]],
        gone: Callable[[WatchedFolder, list[str]], Awaitable[None]],
        changed: Callable[[], None],
        sweep_seconds: float = 60.0,
        quiet_seconds: float = QUIET,
        clock: Clock = SYSTEM_CLOCK,
        observer: Callable[[], BaseObserver] | None = make_observer,
    ) -> None:
        self._folders = {str(folder.path): folder for folder in folders}
        self._known, self._known_among = known, known_among
        self._settled, self._gone, self._changed = settled, gone, changed
        self._sweep_seconds, self._quiet_seconds = sweep_seconds, quiet_seconds
        self._clock, self._observer = clock, observer
        self._round: _Round | None = None
        self._following = asyncio.Lock()
        self._anew_since = 0.0  # on the steady line

    async def run(self) -> None:
        """Watch until cancelled; ends within a second then, and its threads with it."""
        self._round = _Round(self._surroundings, self._changed, self._clock, self._observer)
        try:
            await self._round.run(list(self._folders.values()))
        finally:
            self._round = None
            self._changed()

    def add(self, folder: WatchedFolder) -> None:
        """Watch this folder, too; one that is watched already stays as it is."""
        if self._folders.get(str(folder.path)) == folder:
            return
        self.remove(folder)
        self._folders[str(folder.path)] = folder
        if self._round:
            self._round.begin(folder)

    def remove(self, folder: WatchedFolder) -> None:
        """Watch this folder no more. Its files are not reported gone."""
        self._folders.pop(str(folder.path), None)
        if self._round:
            self._round.end(str(folder.path))

    def event_of(self, folder: str) -> EventId | None:
        """For which event this folder is watched; `None`: it is not. From any thread."""
        found = self._folders.get(folder)
        return None if found is None else found.event

    async def follow(self, folders: Callable[[], Sequence[WatchedFolder]]) -> None:
        """Watch these and no others; `folders` may block. Of two calls the later one holds, however long each takes."""
        async with self._following:
            after = {str(one.path): one for one in await asyncio.to_thread(folders)}
            for path in self._folders.keys() - after.keys():
                self.remove(self._folders[path])
            for one in after.values():
                self.add(one)

    async def sweep_now(self, *, anew: bool = False) -> bool:
        """Sweep every folder; returns when that has ended (after a minute at most), and whether it ended well.

        What the sweep found may still be on its way: `report().settling`. `anew`: somebody asks, and no sweep that
        began earlier is enough for them to be sure, however long this one takes.
        """
        if self._round is None:
            return False
        if anew:
            self._anew_since = self._clock.steady()
            self._changed()
        asked = [watch.sweeper.ask() for watch in self._round.watches.values()]
        if not asked:
            return True
        done, waiting = await asyncio.wait(asked, timeout=ASK_SECONDS)
        return not waiting and all(answer.result() for answer in done)

    @property
    def is_catching_up(self) -> bool:
        """Whether a first sweep is under way: what it sees no sweep after it has to see again."""
        return self._round is not None and any(one.sweeper.is_catching_up for one in self._round.watches.values())

    def look_again(self) -> None:
        """The same, without waiting for it."""
        if self._round is not None:
            self._round.look_again()

    def report(self) -> WatcherReport:
        if self._round is None:
            idle = [FolderReport(folder, FolderState.RUNNING, None, 0, None, None) for folder in self._folders.values()]
            return summed_up(False, idle, [])
        watches = self._round.watches.values()
        oldest = [at for watch in watches if (at := watch.index.settler.oldest_at) is not None]
        return summed_up(True, [watch.report() for watch in watches], oldest, self._anew_since)

    def settling(self) -> list[str]:
        """The paths that are not handed on yet."""
        watches = () if self._round is None else self._round.watches.values()
        return [path for watch in [*watches] for path in watch.index.settler.paths()]

    def _surroundings(self, threads: Threads, listener: Listener, stirred: Callable[[], None]) -> Surroundings:
        return Surroundings(
            known=self._known,
            known_among=self._known_among,
            settled=self._settled,
            gone=self._gone,
            stirred=stirred,
            threads=threads,
            listener=listener,
            clock=self._clock,
            sweep_seconds=self._sweep_seconds,
            quiet_seconds=self._quiet_seconds,
        )


class _Round:
    """One run of the watcher: its threads, its tasks and the folders under watch."""

    def __init__(
        self,
        surroundings: Callable[[Threads, Listener, Callable[[], None]], Surroundings],
        changed: Callable[[], None],
        clock: Clock,
        observer: Callable[[], BaseObserver] | None,
    ) -> None:
        self.watches: dict[str, FolderWatch] = {}
        self._threads = Threads(THREADS)
        self._listener = Listener(self._told, clock, observer)
        self._around = surroundings(self._threads, self._listener, self._stirred)
        self._changed = changed
        self._clock = clock
        self._ready = asyncio.Event()
        self._notice: asyncio.TimerHandle | None = None
        self._group = asyncio.TaskGroup()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def run(self, folders: list[WatchedFolder]) -> None:
        try:
            async with self._group as group:
                for folder in folders:
                    self.begin(folder)
                for _ in range(HANDS):
                    group.create_task(self._hand_on())
                group.create_task(self._mind_sleep())
                group.create_task(self._mind_roots())
        finally:
            if self._notice:
                self._notice.cancel()
            await self._stop()

    def begin(self, folder: WatchedFolder) -> None:
        watch = FolderWatch(folder, self._around)
        self.watches[watch.index.root] = watch
        self._tasks[watch.index.root] = self._group.create_task(watch.run())

    def look_again(self) -> None:
        """Sweep every folder, as soon as the sweep of it that runs has ended."""
        self._look_again(self.watches.values())

    def end(self, root: str) -> None:
        if self.watches.pop(root, None):
            self._tasks.pop(root).cancel()
            self._group.create_task(self._threads.run(self._listener.unwatch, root))
            self._stirred()

    async def _stop(self) -> None:
        self._threads.close()
        stopping = asyncio.ensure_future(asyncio.to_thread(self._listener.stop))
        _, late = await asyncio.wait({stopping}, timeout=STOP_SECONDS)
        if late:
            log.warning("watcher.slow_stop")

    def _told(self, root: str, event: FileEvent, path: str) -> None:
        watch = self.watches.get(root)
        if watch is not None:
            watch.happened(event, path)

    def _stirred(self) -> None:
        self._ready.set()
        if self._notice is None:
            self._notice = asyncio.get_running_loop().call_later(REPORT_SECONDS, self._tell_changed)

    def _tell_changed(self) -> None:
        self._notice = None
        self._changed()

    async def _hand_on(self) -> None:
        while True:
            watch = self._newest()
            if watch is None:
                self._ready.clear()
                await self._ready.wait()
            else:
                await watch.hand_on_next()

    def _newest(self) -> FolderWatch | None:
        """The folder with the newest whole file; none gets all hands while there are others."""
        most = HANDS if len(self.watches) == 1 else HANDS - 1
        ready = ((watch.index.settler.newest_ready(), watch) for watch in self.watches.values() if watch.handing < most)
        best: tuple[float, FolderWatch] | None = None
        for at, watch in ready:
            if at is not None and (best is None or at > best[0]):
                best = (at, watch)
        return best[1] if best else None

    async def _mind_sleep(self) -> None:
        """The machine slept: events may be lost, and shares have moved on."""
        watch = SleepWatch(self._clock)
        while True:
            await asyncio.sleep(TICK_SECONDS)
            if slept := watch.slept():
                log.info("watcher.woke", seconds=round(slept))
                self.look_again()

    async def _mind_roots(self) -> None:
        """A folder that was renamed away or unmounted tells nothing of it."""
        while True:
            await asyncio.sleep(ROOTS_SECONDS)
            watches = [watch for watch in self.watches.values() if watch.sweeper.coverage.notified]
            identities = await self._threads.run(identities_of, [watch.index.root for watch in watches])
            pairs = zip(watches, identities, strict=True)
            self._look_again(watch for watch, identity in pairs if identity != watch.sweeper.identity)

    def _look_again(self, watches: Iterable[FolderWatch]) -> None:
        for watch in watches:
            watch.sweeper.look_again()
