"""What the system tells of changes in the watched folders, brought to the event loop in our own words.

watchdog speaks in threads of its own and in each system's dialect; where it cannot tell (network shares see no other
host's writes, the system's limits are reached), the listener says so, and the folder is looked at every few seconds.
"""

from __future__ import annotations

import asyncio
import errno
import os
import sys
import threading
import warnings
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import NamedTuple

import structlog
from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileClosedNoWriteEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers.api import BaseObserver, ObservedWatch

from agent.clock import Clock
from agent.disk.mounts import NETWORK_FILE_SYSTEMS, file_system, keeps_inodes
from agent.intake.kinds import left_alone_below
from agent.intake.listing import identity_of

log = structlog.get_logger(__name__)

ON_LINUX = sys.platform == "linux"
AT_ONCE = 2000  # tellings handled before the event loop's other work has its turn: some 10 ms
RETRY_SECONDS = 60.0  # after a limit was reached: making all watches anew is dear

_EVENTS: list[type[FileSystemEvent]] = [
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
]


class FileEvent(Enum):
    """What happened at a path."""

    WHOLE = auto()  # a file was closed by its writer, or renamed to here
    MADE = auto()  # a file is new, or changed and nobody will tell when it is whole
    WRITING = auto()  # a file is written to, and its close will be told
    GONE = auto()
    FOLDER = auto()  # a folder is new here, with whatever is in it
    FOLDER_GONE = auto()


class Coverage(NamedTuple):
    """How well a folder is seen. `detail` is for people, where it is worse than it should be."""

    notified: bool  # changes are told; else look every few seconds
    local: bool  # nobody but this machine writes there, by this machine's clock
    inodes: bool  # a file keeps its inode
    detail: str | None = None


Deliver = Callable[[str, FileEvent, str], None]  # root, what, path; on the event loop


def make_observer() -> BaseObserver:
    """The system's own. On Linux with events for what is renamed into the folder from outside: it is whole at once."""
    if ON_LINUX:
        from watchdog.observers.inotify import InotifyObserver

        # Folders made in quick succession are registered twice, as they should be; the warning would hit the screen.
        warnings.filterwarnings("ignore", "Callback with id", RuntimeWarning)
        return InotifyObserver(generate_full_events=True)
    from watchdog.observers import Observer

    return Observer()


class Listener:
    """`watch`, `unwatch` and `stop` block, and are for threads; `deliver` is called on the loop that made this."""

    def __init__(self, deliver: Deliver, clock: Clock, make: Callable[[], BaseObserver] | None) -> None:
        self._clock = clock
        self._make = make
        self._lock = threading.Lock()  # around what the threads share: the watches, not the tellings
        self._observer: BaseObserver | None = None
        self._watches: dict[str, _Watch] = {}
        self._inbox = _Inbox(asyncio.get_running_loop(), deliver)

    def watch(self, root: str) -> Coverage:
        """Watch a folder, or go on to: called before each sweep, it heals what has broken since."""
        kind = file_system(Path(root))
        local, inodes = kind not in NETWORK_FILE_SYSTEMS, keeps_inodes(kind)
        with self._lock:
            if not local or self._make is None:
                return Coverage(False, local, inodes)
            watch = self._watch(root, self._make)
        if watch is None:
            return Coverage(False, local, inodes)  # not there: the sweep says so
        return Coverage(watch.refusal is None, local, inodes, watch.refusal)

    def watches(self, root: str) -> bool:
        """Whether the folder is watched already, or will not be."""
        return root in self._watches or self._make is None

    def unwatch(self, root: str) -> None:
        with self._lock:
            self._drop(root)

    def stop(self) -> None:
        """Ends within a second, its threads with it."""
        with self._lock:
            observer, self._observer, self._make = self._observer, None, None
            self._watches.clear()
        if observer is not None:
            observer.stop()
            observer.join(1.0)

    def _watch(self, root: str, make: Callable[[], BaseObserver]) -> _Watch | None:
        identity, now = identity_of(root), self._clock.monotonic()
        watch = self._watches.get(root)
        stands = watch is not None and watch.identity == identity and self._stands(watch, now)
        if not stands:
            self._drop(root)
            if identity is None:
                return None
            watch = self._watches[root] = _Watch(identity)
        if watch is None or watch.refusal is not None:
            return watch
        try:
            if not stands:
                watch.observed = self._schedule(root, make)
            self._ensure_room()
        except OSError as error:
            watch.refusal, watch.refused_at = _instruction(error), now
            log.warning("watcher.not_told", folder=root, reason=watch.refusal)
        return watch

    def _stands(self, watch: _Watch, now: float) -> bool:
        """Whether there is nothing to be made anew: refused not long ago, or watched by a thread that lives."""
        if watch.refusal is not None:
            return now - watch.refused_at < RETRY_SECONDS
        emitters = self._observer.emitters if self._observer else ()
        return any(emitter.watch == watch.observed and emitter.is_alive() for emitter in emitters)

    def _schedule(self, root: str, make: Callable[[], BaseObserver]) -> ObservedWatch:
        observer = self._observer
        if observer is None:
            observer = make()
            observer.start()
            self._observer = observer
        real = str(Path(root).resolve())  # a watch on a link would watch the link
        handler = _Handler(root, real, self._inbox.put)
        return observer.schedule(handler, real, recursive=True, event_filter=_EVENTS)

    def _ensure_room(self) -> None:
        """Raise if no further watch can be had: watchdog keeps quiet about subfolders that it could not watch."""
        if ON_LINUX and self._observer is not None:
            handler = FileSystemEventHandler()
            spare = self._observer.schedule(handler, "/", recursive=False, event_filter=[FileClosedNoWriteEvent])
            self._observer.unschedule(spare)

    def _drop(self, root: str) -> None:
        watch = self._watches.pop(root, None)
        if watch is not None and watch.observed is not None and self._observer is not None:
            with suppress(KeyError, OSError):
                self._observer.unschedule(watch.observed)


@dataclass(slots=True)
class _Watch:
    identity: tuple[int, int]
    observed: ObservedWatch | None = None
    refusal: str | None = None  # why not all of its changes are told
    refused_at: float = 0.0


def _instruction(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return (
            "the system watches no more folders, so photos are found within seconds instead of at once:"
            " sudo sysctl fs.inotify.max_user_watches=1048576"
        )
    if error.errno == errno.EMFILE:
        return (
            "the system has no watcher left, so photos are found within seconds instead of at once:"
            " sudo sysctl fs.inotify.max_user_instances=1024"
        )
    return f"changes are not told ({error.strerror or error}), so photos are found within seconds instead of at once"


class _Inbox:
    """From watchdog's threads to the loop: one wake-up for many tellings, and never so many that the loop stands."""

    def __init__(self, loop: asyncio.AbstractEventLoop, hand_over: Deliver) -> None:
        self._loop = loop
        self._hand_over = hand_over
        self._lock = threading.Lock()
        self._waiting: deque[tuple[str, FileEvent, str]] = deque()
        self._called = False

    def put(self, root: str, event: FileEvent, path: str) -> None:
        with self._lock:
            self._waiting.append((root, event, path))
            if self._called:
                return
            self._called = True
        with suppress(RuntimeError):  # the loop has ended, and with it whoever wanted to know
            self._loop.call_soon_threadsafe(self._empty)

    def _empty(self) -> None:
        for _ in range(AT_ONCE):
            with self._lock:
                if not self._waiting:
                    self._called = False
                    return
                telling = self._waiting.popleft()
            self._hand_over(*telling)
        self._loop.call_soon(self._empty)


class _Handler(FileSystemEventHandler):
    """Puts watchdog's events in our words, in watchdog's thread."""

    def __init__(self, root: str, real: str, put: Deliver) -> None:
        self._root, self._real, self._put = root, real, put

    def on_any_event(self, event: FileSystemEvent) -> None:
        source, target = os.fsdecode(event.src_path), os.fsdecode(event.dest_path)
        match event:
            case FileClosedEvent():
                self._say(FileEvent.WHOLE, source)
            case FileCreatedEvent():
                self._say(FileEvent.MADE, source)
            case FileModifiedEvent():
                self._say(FileEvent.WRITING if ON_LINUX else FileEvent.MADE, source)
            case FileMovedEvent():
                self._say(FileEvent.WHOLE, target)
                self._say(FileEvent.GONE, source)
            case FileDeletedEvent():
                self._say(FileEvent.GONE, source)
            case DirCreatedEvent():
                self._say(FileEvent.FOLDER, source)
            case DirMovedEvent():
                self._say(FileEvent.FOLDER, target)
                self._say(FileEvent.FOLDER_GONE, source)
            case DirDeletedEvent():
                self._say(FileEvent.FOLDER_GONE, source)
            case _:
                pass

    def _say(self, event: FileEvent, path: str) -> None:
        if path.startswith(self._real) and not left_alone_below(path, self._real):
            self._put(self._root, event, self._root + path[len(self._real) :])
