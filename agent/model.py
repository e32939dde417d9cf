"""The words of the house: states and facts that every room shares.

Pure data without behaviour of its own, so that stores, pipeline and screens mean the same thing by the same name.
Times are seconds since 1970 in UTC (`float`); durations are seconds; sizes are bytes.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import NewType

EventId = NewType("EventId", str)
PersonId = NewType("PersonId", str)
PhotoId = NewType("PhotoId", int)
EventPhotoId = NewType("EventPhotoId", int)
PlacementId = NewType("PlacementId", int)
FolderId = NewType("FolderId", int)
DriveId = NewType("DriveId", str)
SourceId = NewType("SourceId", str)

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
    WITHDRAWN = "withdrawn"  # by the operator, out of every folder; neither counted nor shown
    MOVED = "moved"  # by the operator, into another event


class End(StrEnum):
    """What is true of a placement at one of its two ends: the disk, or Drive."""

    ABSENT = "absent"
    RESERVED = "reserved"  # a name (disk) or an id (Drive) is kept for it, nothing is there yet
    SENDING = "sending"  # Drive only: bytes may be on their way, or there without our knowing
    THERE = "there"  # on disk; on Drive: verified
    REMOVED = "removed"  # a person took it away: left so until asked for
    TRASHED = "trashed"  # Drive only: by us, as it is not wanted any more


class Effect(StrEnum):
    """From when on a setting holds that is another one now."""

    NOW = "now"
    MONITOR = "monitor"  # when a monitor is opened next
    RESTART = "restart"  # of the agent


class Mend(StrEnum):
    """What becomes of a difference between ledger, disk, Drive and sources."""

    REPAIR = "repair"  # `verify --repair` mends it
    BY_HAND = "by hand"  # only a person can
    WAITS = "waits"  # it is on its way: that is waited for
    NONE = "none"  # somebody's own file, or what was set aside: there is nothing to mend


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
    ALL_PHOTOS = "all_photos"


FOLDER_NAMES = {
    FolderKind.ROOT: "venuesync",
    FolderKind.PEOPLE: "People",
    FolderKind.SOLO: "Solo",
    FolderKind.GROUP: "Group",
    FolderKind.UNSORTED: "Unsorted",
    FolderKind.NO_FACES: "No Faces",
    FolderKind.UNKNOWN: "Unknown",
    FolderKind.VIDEOS: "Videos",
    FolderKind.ALL_PHOTOS: "All Photos",
}


NO_AGENT = "no agent runs here"


class DriveState(StrEnum):
    """How Drive can be used right now."""

    DISABLED = "disabled"
    NEEDS_LOGIN = "needs_login"
    ONLINE = "online"
    OFFLINE = "offline"
    THROTTLED = "throttled"
    FULL = "full"


class Whole(StrEnum):
    """Where a photo that was set aside is whole, as far as is known."""

    HERE = "here"  # on this machine, and not on Drive
    CARD = "card"  # where it was copied from: what lies here is broken, or nothing does
    SOURCE = "source"  # in a photographer's folder on Drive


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


TO_BE_SYNCED = frozenset({SyncStatus.NEVER_SYNCED, SyncStatus.SYNC_REQUIRED, SyncStatus.ERROR})


class SourceCheck(StrEnum):
    """How sure it is that all that a source on Drive holds is known, and here: the first of these that holds."""

    LOST = "lost"  # its folder cannot be reached
    NOT_POLLED = "not_polled"  # not looked at, or not well, since the last arrival
    LISTING_AGAIN = "listing_again"  # looked at, but Drive's lists may not have shown all of it yet
    MISSING = "missing"  # photos are known there that are not here
    CHECKED = "checked"


class SafeCode(StrEnum):
    """Whether all may be packed up: `SAFE`, or the first of these that is so. What waits names why it waits."""

    SAFE = "safe"
    STOPPED = "stopped"  # no agent runs, so nobody knows
    STORE_TROUBLE = "store_trouble"  # a store was lost, or nothing can be written down
    # The ledger: a lost one, one checked after a crash, as somebody else is signed in, or an event goes elsewhere.
    REBUILDING = "rebuilding"
    PEOPLE_CHANGED = "people_changed"  # photos are matched again
    NEEDS_SIGN_IN = "needs_sign_in"
    PAUSED = "paused"  # everything
    DISK_FULL = "disk_full"
    DRIVE_FULL = "drive_full"
    SENDING_OFF = "sending_off"  # by a setting: nothing is ever verified
    UPLOADS_PAUSED = "uploads_paused"
    DAY_SPENT = "day_spent"  # the day's budget is used up, and photos wait for the next day
    DRIVE_OFFLINE = "drive_offline"
    NOT_WHOLE = "not_whole"  # files that do not open yet: it is waited whether they grow
    WAITING = "waiting"  # photos that are not filed yet
    SENDING = "sending"  # photos that are not verified yet
    FETCHING = "fetching"
    STILL_OPEN = "still_open"  # a file of which nothing comes is open all the same in the program that writes it
    ARRIVING = "arriving"
    COMPARING = "comparing"  # faces that nobody knows
    MAKING_FOLDERS = "making_folders"
    REMOVING = "removing"
    ONLY_SMALL = "only_small"  # small copies are on Drive, and what is to take their places is on its way
    METERED = "metered"  # the same, or other files wait: all for a line that is not metered
    NOT_WATCHED = "not_watched"
    FOLDER_MISSING = "folder_missing"
    FOLDER_REFUSED = "folder_refused"  # by Drive: what waits for it goes on once somebody acts
    HELD = "held"
    FAILED = "failed"  # photos, by their own fault
    UNREADABLE = "unreadable"
    TAKEN_AWAY = "taken_away"  # photos that left before they were filed, or were deleted wherever they were
    NOT_FETCHED = "not_fetched"
    NO_PHOTO = "no_photo"
    SWEEP_PENDING = "sweep_pending"
    SOURCE_LOST = "source_lost"
    SOURCE_NOT_CHECKED = "source_not_checked"
    SOURCE_MISSING_PHOTOS = "source_missing_photos"
    SOURCE_LISTING_AGAIN = "source_listing_again"


class Outlook(StrEnum):
    """What becomes of it if nobody does anything: how long `--until-done` waits, and with which code it ends."""

    DONE = "done"  # nothing is left to do
    WAITS = "waits"  # it goes on by itself
    FAILED = "failed"  # all is done but what failed
    NEEDS_YOU = "needs_you"  # it stands still until somebody acts
    NEEDS_SIGN_IN = "needs_sign_in"


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


@dataclass(frozen=True, slots=True, order=True)
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

    @property
    def area(self) -> int:
        return (self.right - self.left) * (self.bottom - self.top)


def worth(width: float, sharpness: float, yaw: float) -> float:
    """Of a face to be known by: larger for one that is larger, sharper and seen from the front."""
    return min(width, 400) * min(1.0, sharpness / 100) * max(0.1, 1 - 2 * abs(yaw))


def overlap(one: Box, other: Box) -> float:
    """The share of the area covered by either that both cover: 0 to 1."""
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (one.area + other.area - shared)


@dataclass(frozen=True, slots=True)
class Reference:
    """A picture that shows who a person is: its bytes' SHA-256 (hex) and their face's box in it."""

    sha256: str
    box: Box
    name: str  # the file's name when it was given, for people to recognise it
    learned: bool = False  # from an answer about a photo, not given for the purpose


@dataclass(frozen=True, slots=True)
class Consent:
    """That somebody lets their face be known here: `how`, in the words of whoever wrote it down.

    `at`: seconds UTC. `until`: a date, the last day that it holds; "" without an end.
    """

    how: str
    at: float
    until: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody enrolled in an event, a guest found there, or a stranger whom nobody wants to be asked about."""

    id: PersonId
    event: EventId
    name: str
    folder: str  # the safe, distinct name of their folder on disk
    guest: bool = False
    ignored: bool = False  # a stranger: no folders
    merged_into: PersonId | None = None
    references: tuple[Reference, ...] = ()
    created_at: float = 0.0
    look: str = ""  # of somebody forgotten who is not to be known again: the engine, and the mean encoding in hex
    blur: bool = False  # and whose face is blurred wherever it is known by that
    consent: Consent | None = None
    names_before: tuple[str, ...] = ()  # of theirs and of their folder: what was said of them by these goes with them


LINK_PERMISSION = "anyoneWithLink"  # the id that Drive gives to every link share


@dataclass(frozen=True, slots=True)
class Share:
    """A person's folder on Drive, and who may read it: whoever has its link, or one e-mail address."""

    folder: DriveId
    permission: str  # its id on Drive
    to: str = ""  # an address; "": anyone with the link
    ends: str = ""  # its last day, a date; "": without an end


@dataclass(frozen=True, slots=True)
class Source:
    """A Drive folder that photographers fill. `only`: ids of the chosen folders in it; none chosen: all of it."""

    id: SourceId
    folder: DriveId
    name: str
    enabled: bool = True
    shared_drive: str | None = None
    resource_key: str | None = None
    only: tuple[str, ...] = ()
    resolved: bool = False  # Drive was asked for its name and its drive


@dataclass(frozen=True, slots=True)
class Rendition:
    """A JPEG in a photo's place: `long_side` pixels at most, 0: as many as the photo; `quality` as libjpeg counts.

    Of the photo's own data it keeps the colour profile alone. `watermark`: the first digits of that file's SHA-256.
    `blurred`: those of the faces that nobody is to be known by in it. Equal ones have equal names.
    """

    long_side: int
    quality: int
    watermark: str = ""
    blurred: str = ""

    @property
    def name(self) -> str:
        """`2560 90`, `2560 90 5f3a09c1`, `0 95 ~09c15f3a`."""
        parts = (str(self.long_side), str(self.quality), self.watermark, self.blurred and f"~{self.blurred}")
        return " ".join(filter(None, parts))

    @classmethod
    def named(cls, name: str) -> Rendition:
        long_side, quality, *rest = name.split()
        watermark = next((one for one in rest if not one.startswith("~")), "")
        return cls(int(long_side), int(quality), watermark, blurred_in(name))


def composed(text: str) -> str:
    """Each letter in one way: a Mac writes an accent as a sign of its own, a camera's card does not."""
    return unicodedata.normalize("NFC", text)


def plain(name: str) -> str:
    """A name as it is kept: each letter in one way, no line but one, single blanks."""
    return " ".join(composed(name).split())


def folded(name: str) -> str:
    """A person's or an event's name as it is compared: capitals and blanks tell nobody apart."""
    return plain(name).casefold()


def blurred_in(name: str) -> str:
    """Which faces are blurred in a rendition of that name; "" where none is, as in the photo itself."""
    return name.partition("~")[2]


def faces_blurred(boxes: Iterable[Box]) -> str:
    """What a rendition says of these faces in a photo; "" for none."""
    text = " ".join(sorted(",".join(map(str, one.edges)) for one in boxes))
    return hashlib.sha256(text.encode()).hexdigest()[:8] if text else ""


@dataclass(frozen=True, slots=True)
class Watermark:
    """A PNG of the operator's, absolute, and the first digits of its SHA-256 when it was set."""

    path: str
    digest: str


ORIGINAL = ""  # in a rendition's place: the photo itself, byte by byte
HERE = "-"  # likewise: nothing, it is filed on this machine alone
JPEG, EXTENSION = "image/jpeg", ".jpg"  # of a rendition
BLURRED = Rendition(0, 95)  # of a photo with a face that nobody is to be known by, where it is not made smaller


@dataclass(frozen=True, slots=True)
class Event:
    """One wedding, party or match. What is `None` follows the workspace's settings."""

    id: EventId
    name: str
    folder: str  # its folder on disk below Events/; "" for the default event, which has the workspace itself
    folders: tuple[str, ...] = ()  # further incoming folders, absolute
    folders_off: tuple[str, ...] = ()  # of these, the ones that are switched off
    sources: tuple[Source, ...] = ()
    enabled: bool = True
    interval: float | None = None  # minutes
    tolerance: float | None = None
    account: str | None = None  # the Google account's address; None: the one that all events use
    accounts_before: tuple[str, ...] = ()  # where its photos went before; "": to the one that all events use
    destination: str | None = None  # a Drive folder's id; None: made by us
    gone: str | None = None  # keep, remove
    send: bool = True  # false: recorded, and not sent to Drive
    folder_depth: int = 0  # only folders so deep may be chosen (4: Project/Area/Location/Camera); 0: any
    review: bool = False  # nothing is filed before somebody approved it
    all_photos: bool = False  # besides, everything is filed in one folder
    long_side: int | None = None  # pixels to which photos are made smaller for Drive; None: the originals go there
    quality: int = 90  # of what is made smaller
    watermark: Watermark | None = None  # on what is made smaller
    without_faces: bool = True  # false: photos without faces are filed here alone
    name_template: str | None = None  # how photos are called as they are filed
    exclude: tuple[str, ...] = ()  # patterns of names that are filed here alone: `*.NEF`
    ends: str | None = None  # a date; after it one last full listing, then off
    ended: bool = False
    created_at: float = 0.0
    names_before: tuple[str, ...] = ()  # settings may still name it so

    @property
    def is_awake(self) -> bool:
        """Whether its sources are looked at by themselves."""
        return self.enabled and not self.ended

    @property
    def looked_at(self) -> list[Source]:
        """The sources that are looked at by themselves."""
        return [one for one in self.sources if one.enabled] if self.is_awake else []

    @property
    def lane(self) -> str:
        """Whose Drive it goes over: "" is the account that all events use, else an address."""
        return self.account or ""

    @property
    def made_as(self) -> str:
        """What its pictures are on Drive: `ORIGINAL`, or a rendition's name."""
        return self.blurred_as("")

    def blurred_as(self, blurred: str) -> str:
        """The same of one with these faces blurred; "": none."""
        if self.long_side is None:
            return replace(BLURRED, blurred=blurred).name if blurred else ORIGINAL
        mark = "" if self.watermark is None else self.watermark.digest
        return Rendition(self.long_side, self.quality, mark, blurred).name

    def sent_as(self, name: str, made_as: str) -> str:
        """What Drive has of a file of that name, which is `made_as` this by all else."""
        low = name.lower()
        return HERE if any(fnmatchcase(low, one.lower()) for one in self.exclude) else made_as
