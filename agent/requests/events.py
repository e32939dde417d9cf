"""Events and their sources on Drive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NotRequired

from typing_extensions import TypedDict

from agent.requests.ask import Command, Query
from agent.requests.control import JobRow

if TYPE_CHECKING:
    from agent.requests.fields import (
        Ahead,
        Date,
        Destination,
        Event,
        GoogleAccount,
        Id,
        Interval,
        Key,
        Links,
        Name,
        Only,
        Path,
        Paths,
        Source,
        Value,
        Yes,
    )


Action = Literal["add", "remove", "enable", "disable"]


class SourceStatus(TypedDict):
    """`state`: ok, or lost (its folder cannot be reached)."""

    id: str
    name: str
    folder_id: str
    state: str
    enabled: bool


class EventStatus(TypedDict):
    """An event in the status document. `to_fetch`: photos of its sources that are still to be fetched."""

    id: str
    name: str
    sync_status: str
    auto_sync: bool
    interval_minutes: float
    last_synced_at: str | None
    next_sync_at: str | None
    error: str | None
    photos: int
    to_fetch: int
    cameras: int
    bytes_today: int  # fetched or to be fetched since midnight
    ended: bool  # its end date has passed
    send: bool  # false: recorded, and not sent to Drive
    smaller: NotRequired[bool]  # Drive has its photos made smaller, and no originals
    unsent: int  # photos that are filed and not whole on Drive
    sources: list[SourceStatus]


class EventFolder(TypedDict):
    path: str
    enabled: bool


class EventSettings(TypedDict):
    """What is set of an event; `None` follows the workspace's settings. `interval` is in minutes."""

    id: str
    name: str
    enabled: bool
    ended: bool
    interval: float | None
    tolerance: float | None
    account: str | None  # the Google account's address; None: the one that all events use
    accounts_before: list[str]  # where its photos went before, and lie still; "": to the one that all events use
    destination: str | None  # id of a folder on Drive; None: made by us
    gone: str | None  # keep | remove
    send: bool
    folder_depth: int
    review: bool
    all_photos: bool
    long_side: int | None  # pixels to which photos are made smaller for Drive; None: the originals go there
    quality: int
    watermark: str | None  # a PNG's path
    without_faces: bool  # false: photos without faces are filed here alone
    exclude: list[str]  # patterns of names that are filed here alone
    name_template: str | None  # how photos are called as they are filed
    ends: str | None  # a date: 2026-11-22
    folders: list[EventFolder]


class SourceDetails(TypedDict):
    id: str
    name: str
    folder_id: str
    enabled: bool
    only: list[str]  # ids of the chosen folders in it; none: all of it
    state: str
    detail: str
    last_listed_at: str | None  # in full
    last_synced_at: str | None
    photos: int
    to_fetch: int


class CameraRow(TypedDict):
    camera_name: str
    last_filename: str
    last_file_timestamp: str | None
    total_files: int
    total_size_mb: float


class SyncRun(TypedDict):
    """One look at the sources that brought something, or was asked for. `kind`: full | changes."""

    kind: str
    began_at: str | None
    seconds: float | None
    found: int
    gone: int
    photos: int
    faces: int
    outcome: str  # running, ok, broken off, or what went wrong


class EventDetails(TypedDict):
    status: EventStatus
    settings: EventSettings
    sources: list[SourceDetails]
    cameras: list[CameraRow]
    runs: list[SyncRun]  # newest first, 20 at most
    jobs: list[JobRow]
    warning: NotRequired[str]  # of how often it is looked at; "": none. Agents of earlier versions do not tell
    incoming: NotRequired[str]  # its own folder in which photos arrive; it keeps its name though the event gets another
    notes: NotRequired[list[str]]  # what is easily mistaken of its folders; of a new event, what one before it left
    unfiled: NotRequired[int]  # photos that lie in none of its folders yet: they wait, failed, or were set aside


class SyncStatistics(TypedDict):
    totalEvents: int
    byStatus: dict[str, int]
    totalPhotos: int
    lastRuns: list[dict[str, Any]]


# ---- what is asked


class ListEvents(Query[list[EventStatus]]):
    """All events."""

    path = "/events"


class GetEvent(Query[EventDetails]):
    """One event with its sources, cameras and looks."""

    path = "/events/{id}"
    id: Id


class AddEvent(Command[EventDetails]):
    """A new event, its first sync on the way."""

    path = "/commands/events-add"
    name: Name
    sources: Links = ()
    account: GoogleAccount = ""
    destination: Destination = None
    folders: Paths = ()
    ends: Date | None = None


class RemoveEvent(Command[str]):
    """Forget it and its people; files stay, here and on Drive. Returns its name."""

    path = "/commands/events-remove"
    event: Event


class EnableEvent(Command[EventDetails]):
    """Look at its sources by itself."""

    path = "/commands/events-enable"
    event: Event


class DisableEvent(Command[EventDetails]):
    """Look at its sources only when somebody asks for it."""

    path = "/commands/events-disable"
    event: Event


class SetEventInterval(Command[EventDetails]):
    """How often its sources are looked at."""

    path = "/commands/events-interval"
    event: Event
    minutes: Interval


class SetEvent(Command[EventDetails]):
    """Set one key of an event. Another `account` needs a `yes` once photos lie on Drive: all are sent there anew."""

    path = "/commands/events-set"
    event: Event
    key: Key
    value: Value
    yes: Yes = False


class ChangeEventSource(Command[EventDetails]):
    """Add, remove, enable or disable a folder on Drive as a source of an event."""

    path = "/commands/events-source"
    event: Event
    change: Action
    source: Source
    only: Only = ()


class ChangeEventFolder(Command[EventDetails]):
    """Add, remove, enable or disable an incoming folder of an event."""

    path = "/commands/events-folder"
    event: Event
    change: Action
    folder: Path


class SyncPending(Command[list[str]]):
    """List all events that need it, a second apart. Returns their names."""

    path = "/commands/sync-pending"


class GetSyncStatistics(Query[SyncStatistics]):
    """How all events stand, counted, and their last looks."""

    path = "/events/sync/statistics"


# ---- cameras' clocks: how far each is ahead of true time in an event


class ClockRow(TypedDict):
    """`ahead` is what counts, and what photos' times are corrected by; all in seconds."""

    camera: str
    photos: int
    ahead: float
    told_by: str  # hand | gps | phone | people | reference; unknown: nothing is, and its times are as it wrote them
    found: float | None  # what it is without an operator's word; None: that is not known
    sureness: float  # 0 to 1, of what photos of the same people say: from 0.5 on it counts
    moments: int  # at so many moments they were met by two cameras at once


class ListClocks(Query[list[ClockRow]]):
    """The clocks of all cameras of an event, most photos first."""

    path = "/events/{id}/clocks"
    id: Id


class SetClock(Command[list[ClockRow]]):
    """Say how far a camera's clock is ahead, or `auto`: it is found out. Returns all of the event. Can be undone."""

    path = "/commands/events-clock"
    event: Event
    camera: Name
    ahead: Ahead


def spoken(ahead: float) -> str:
    """`right`, `12 min ahead`, `1 h 30 s behind`."""
    if not round(ahead):
        return "right"
    return f"{amount(ahead)} {'ahead' if ahead > 0 else 'behind'}"


def signed(ahead: float) -> str:
    """`+12 min`, `-1 h`, `0`."""
    return f"{'+' if ahead > 0 else '-'}{amount(ahead)}" if round(ahead) else "0"


def amount(ahead: float) -> str:
    """`9 h 12 min 30 s`, without what is none."""
    minutes, seconds = divmod(abs(round(ahead)), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24) if hours >= 48 else (0, hours)
    parts = ((days, "days"), (hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number)
