"""The words of the house: states and facts that every room shares.

Pure data without behaviour of its own, so that stores, pipeline and screens mean the same thing by the same name.
Times are seconds since 1970 in UTC (`float`); durations are seconds; sizes are bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

EventId = NewType("EventId", str)
PersonId = NewType("PersonId", str)
PhotoId = NewType("PhotoId", int)
EventPhotoId = NewType("EventPhotoId", int)
PlacementId = NewType("PlacementId", int)
FolderId = NewType("FolderId", int)
DriveId = NewType("DriveId", str)

DEFAULT_EVENT = EventId("default")


class PhotoState(StrEnum):
    """Where a photo stands in an event. `SUPERSEDED` is neither counted nor shown."""

    WAITING = "waiting"
    FILED = "filed"
    UNSORTED = "unsorted"
    FAILED = "failed"
    HELD = "held"
    DISMISSED = "dismissed"
    SUPERSEDED = "superseded"


class LookState(StrEnum):
    """Whether a photo's faces have been looked for."""

    DUE = "due"
    DONE = "done"
    FAILED = "failed"


class End(StrEnum):
    """What is true of a placement at one of its two ends: the disk, or Drive."""

    ABSENT = "absent"
    RESERVED = "reserved"  # a name (disk) or an id (Drive) is kept for it, nothing is there yet
    SENDING = "sending"  # Drive only: bytes may be on their way, or there without our knowing
    THERE = "there"  # on disk; on Drive: verified
    REMOVED = "removed"  # a person took it away: left so until asked for
    TRASHED = "trashed"  # Drive only: by us, as it is not wanted any more


class FolderKind(StrEnum):
    """What a folder of ours is for. `ROOT` and `EVENT` have no people in them themselves."""

    ROOT = "root"
    EVENT = "event"
    PEOPLE = "people"
    PERSON = "person"
    SOLO = "solo"
    GROUP = "group"
    UNSORTED = "unsorted"
    NO_FACES = "no_faces"
    UNKNOWN = "unknown"
    VIDEOS = "videos"


FOLDER_NAMES = {
    FolderKind.ROOT: "venuesync",
    FolderKind.PEOPLE: "People",
    FolderKind.SOLO: "Solo",
    FolderKind.GROUP: "Group",
    FolderKind.UNSORTED: "Unsorted",
    FolderKind.NO_FACES: "No Faces",
    FolderKind.UNKNOWN: "Unknown",
    FolderKind.VIDEOS: "Videos",
}


class DriveState(StrEnum):
    """How Drive can be used right now."""

    DISABLED = "disabled"
    NEEDS_LOGIN = "needs_login"
    ONLINE = "online"
    OFFLINE = "offline"
    THROTTLED = "throttled"
    FULL = "full"


class WatcherState(StrEnum):
    RUNNING = "running"
    DEGRADED = "degraded"
    STOPPED = "stopped"


class DiskState(StrEnum):
    OK = "ok"
    LOW = "low"
    FULL = "full"


class SyncStatus(StrEnum):
    NEVER_SYNCED = "NEVER_SYNCED"
    SYNC_REQUIRED = "SYNC_REQUIRED"
    SYNCING = "SYNCING"
    UP_TO_DATE = "UP_TO_DATE"
    ERROR = "ERROR"


class Mode(StrEnum):
    MONITOR = "monitor"
    HEADLESS = "headless"
    STOPPED = "stopped"


class LockRole(StrEnum):
    """Who holds the workspace: an agent may be attached to, a command is waited for."""

    AGENT = "agent"
    COMMAND = "command"


class Step(StrEnum):
    """The four steps whose depth the monitor shows."""

    ARRIVING = "arriving"
    FACES = "faces"
    FILING = "filing"
    UPLOADING = "uploading"


@dataclass(frozen=True, slots=True)
class Box:
    """A face's place in the upright full-size picture, in pixels; right and bottom are outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def edges(self) -> tuple[int, int, int, int]:
        return self.left, self.top, self.right, self.bottom


@dataclass(frozen=True, slots=True)
class Reference:
    """A picture that shows who a person is: its bytes' SHA-256 (hex) and her face's box in it."""

    sha256: str
    box: Box
    name: str  # the file's name when it was given, for people to recognise it


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody enrolled in an event, or a guest found there."""

    id: PersonId
    event: EventId
    name: str
    folder: str  # the safe, distinct name of her folder on disk
    guest: bool = False
    references: tuple[Reference, ...] = ()
    created_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Event:
    """One wedding, party or match."""

    id: EventId
    name: str
    folder: str  # its folder on disk below Events/; "" for the default event, which has the workspace itself
    folders: tuple[str, ...] = ()  # further incoming folders, absolute
    tolerance: float | None = None  # None: the workspace's
    destination: str | None = None  # a Drive folder's id; None: made by us
    created_at: float = 0.0
