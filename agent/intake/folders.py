"""The incoming folders: which are watched (each event's own Incoming, and those that were registered), and how they do.

The safe-to-leave line and the monitor are made of the report; it is a picture of one moment and costs no file access.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from agent.disk.own_folders import OwnFolders
from agent.model import DEFAULT_EVENT, Event, EventId, WatcherState
from agent.settings import Settings
from agent.workspace import Workspace, absolute


def incoming_folders(workspace: Workspace, settings: Settings, events: Sequence[Event]) -> list[WatchedFolder]:
    """Every folder that is watched, without those that are switched off."""
    watched: list[WatchedFolder] = []
    for event in events:
        own = own_folder(workspace, event)
        more = [one for one in event.folders if one not in event.folders_off]
        if event.id == DEFAULT_EVENT:
            more = [*settings.incoming.folders, *more]
        watched += [
            WatchedFolder(event.id, path) for path in [own, *(absolute(Path(one), workspace.root) for one in more)]
        ]
    return watched


@dataclass(slots=True)
class WantedFolders:
    """All that is to be watched by what the events say now; reckoned anew only where they say something else."""

    _workspace: Workspace
    _settings: Settings
    _events: Callable[[], list[Event]]
    _by: list[Event] | None = None
    _found: frozenset[WatchedFolder] = frozenset()

    def __call__(self) -> frozenset[WatchedFolder]:
        if (events := self._events()) != self._by:
            self._by, self._found = events, frozenset(incoming_folders(self._workspace, self._settings, events))
        return self._found


def own_folder(workspace: Workspace, event: Event) -> Path:
    return workspace.incoming if event.id == DEFAULT_EVENT else workspace.folder_of(event.folder) / "Incoming"


def make_own(own: OwnFolders, events: Sequence[Event]) -> None:
    """An event's own Incoming is made where it is not there; folders of others are not.

    One that cannot be, or is a link which leads nowhere now, is left: the watcher says so, and watches all others.
    """
    for event in events:
        with (
            suppress(OSError),
            own.opened("Incoming" if event.id == DEFAULT_EVENT else f"Events/{event.folder}/Incoming", {}),
        ):
            pass


@dataclass(frozen=True, slots=True)
class WatchedFolder:
    """An incoming folder of an event; `path` is absolute."""

    event: EventId
    path: Path


class FolderState(StrEnum):
    RUNNING = "running"
    MISSING = "missing"  # not there, or its disk is not
    UNREADABLE = "unreadable"  # it, or a folder in it, cannot be listed, or does not answer


@dataclass(frozen=True, slots=True)
class FolderReport:
    """One folder. Of the last whole sweep that ended well: when it began and ended, on the steady line.

    `seen_at`: when its last file was taken in or lost sight of, or a folder came into it, on the same line; 0: no such
    thing since the start. `still_open`: files that their writers have open and write nothing to, and for how long.
    """

    folder: WatchedFolder
    state: FolderState
    detail: str | None
    settling: int
    sweep_began_at: float | None
    sweep_ended_at: float | None
    seen_at: float = 0.0
    still_open: Sequence[tuple[str, float]] = ()

    @property
    def is_looked_through(self) -> bool:
        """Whether it was swept since its last file came."""
        return self.sweep_began_at is not None and self.sweep_began_at >= self.seen_at


@dataclass(frozen=True, slots=True)
class WatcherReport:
    """`settling` counts files not handed on yet, those being handed on and those to be tried again among them."""

    state: WatcherState
    detail: str | None
    folders: list[FolderReport]
    settling: int
    oldest_settling_at: float | None
    anew_since: float  # sweeps that began earlier are not enough, as somebody asked

    def whole_sweep_since(self, at: float) -> bool:
        """Whether every folder is there and a whole sweep of it, begun at `at` or later (steady), ended well."""
        return self.state is not WatcherState.STOPPED and all(
            folder.state is FolderState.RUNNING
            and folder.sweep_began_at is not None
            and folder.sweep_began_at >= max(at, self.anew_since, folder.seen_at)
            for folder in self.folders
        )


def summed_up(
    running: bool, folders: list[FolderReport], oldest: Sequence[float], anew_since: float = 0.0
) -> WatcherReport:
    """The report over all folders: degraded by name where one is not well; `oldest` are their oldest paths' times."""
    ill = [folder for folder in folders if folder.state is not FolderState.RUNNING]
    state = WatcherState.DEGRADED if ill else WatcherState.RUNNING
    if ill:
        detail = f"{ill[0].folder.path} is {ill[0].state}: {ill[0].detail}"
        detail += f", and {len(ill) - 1} more" if len(ill) > 1 else ""
    else:
        detail = next((f"{folder.folder.path}: {folder.detail}" for folder in folders if folder.detail), None)
    return WatcherReport(
        state if running else WatcherState.STOPPED,
        detail,
        folders,
        sum(folder.settling for folder in folders),
        min(oldest, default=None),
        anew_since,
    )


class Unwatched:
    """The watcher of an agent that watches nothing."""

    async def run(self) -> None:
        """It ends at once."""

    def event_of(self, _folder: str) -> EventId | None:
        """It watches none."""

    async def follow(self, folders: Callable[[], Sequence[WatchedFolder]]) -> None:
        """They are watched by whoever does."""

    async def sweep_now(self, *, anew: bool = False) -> bool:
        return False

    @property
    def is_catching_up(self) -> bool:
        return False

    def look_again(self) -> None:
        """Nobody sweeps."""

    def settling(self) -> list[str]:
        return []

    def report(self) -> WatcherReport:
        return summed_up(False, [], [])
