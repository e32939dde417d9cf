"""What can be asked of an agent about events and their sources on Drive: the rows, and `EventService`.

A part of `AgentService`, which has it all. Times in these rows are texts (`2026-11-20T22:14:07.123Z`), as the API and
`--json` give them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol

from typing_extensions import TypedDict

Change = Literal["add", "remove", "enable", "disable"]


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
    destination: str | None  # id of a folder on Drive; None: made by us
    gone: str | None  # keep | remove
    send: bool
    folder_depth: int
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


class JobRow(TypedDict):
    name: str
    what: str
    last_at: str | None
    next_at: str | None
    outcome: str


class BackupRow(TypedDict):
    """A copy of the people with all that was decided, or of the ledger."""

    file: str  # its name, as `restore` takes it
    kind: str  # people, ledger
    made_at: str
    bytes: int
    holds: dict[str, int]  # people, events; or photos; nothing where it cannot be read


class PutBack(TypedDict):
    """What was put back, and the folder in which lies what was there before."""

    file: str
    kind: str
    kept: str


class LineLimit(TypedDict):
    """Megabits a second for each direction; 0: no limit."""

    up_mbps: float
    down_mbps: float


class EventDetails(TypedDict):
    status: EventStatus
    settings: EventSettings
    sources: list[SourceDetails]
    cameras: list[CameraRow]
    runs: list[SyncRun]  # newest first, 20 at most
    jobs: list[JobRow]


class DriveFolderRow(TypedDict):
    """A folder of the tree from which a source is chosen."""

    id: str
    name: str
    type: str
    parent_id: str
    depth: int
    selectable: bool
    has_subfolders: bool
    created: str | None
    modified: str | None
    path: str


class FolderInfo(TypedDict):
    id: str
    name: str
    depth: int
    path: str


class CacheInfo(TypedDict):
    cached_folders: int
    cache_size: str


class Subfolders(TypedDict):
    success: bool
    folders: list[DriveFolderRow]
    parent_info: FolderInfo
    total_count: int
    has_more: bool
    cache_info: CacheInfo
    timestamp: str


class Selection(TypedDict):
    """Rows: `id, name, depth, selectable, path, reason`."""

    success: bool
    valid_selections: list[dict[str, Any]]
    invalid_selections: list[dict[str, Any]]
    total_valid: int
    total_invalid: int


class SourceSync(TypedDict):
    """How a source stands, in the predecessors' shape."""

    success: bool
    source_id: str
    source_name: str
    sync_enabled: bool
    last_sync_timestamp: str | None
    next_sync_timestamp: str | None
    sync_interval_minutes: float
    last_sync_status: str
    last_sync_message: str
    files_downloaded_count: int
    total_download_size_mb: float
    cameras: list[CameraRow]


class EventPhoto(TypedDict):
    id: int
    name: str
    mime_type: str
    size: int
    width: int | None
    height: int | None
    camera: str
    taken_at: str | None
    arrived_at: str
    people: list[str]
    state: str


class EventPhotos(TypedDict):
    """A page. `cursor` asks for the next one and stays right while photos come; `None`: that was all."""

    photos: list[EventPhoto]
    page: int
    per_page: int
    total: int
    cursor: str | None


class SyncStatistics(TypedDict):
    totalEvents: int
    byStatus: dict[str, int]
    totalPhotos: int
    lastRuns: list[dict[str, Any]]


class EventService(Protocol):
    """Events are given by id or name. Every method may raise `VenueError`."""

    async def event(self, event: str) -> EventDetails: ...

    async def add_event(
        self,
        name: str,
        sources: Sequence[str] = (),
        destination: str | None = None,
        folders: Sequence[str] = (),
        ends: str | None = None,
    ) -> EventDetails:
        """A new event, its first sync on the way. `sources`: addresses or ids of Drive folders; `ends`: a date."""
        ...

    async def remove_event(self, event: str) -> str:
        """Forget it and its people; files stay, here and on Drive. Answers its name."""
        ...

    async def set_event(self, event: str, key: str, value: str) -> EventDetails:
        """`key`: name, enabled, interval, tolerance, destination, gone, send, folder_depth or ends.

        An empty value follows the workspace again.
        """
        ...

    async def event_source(self, event: str, change: Change, source: str, only: Sequence[str] = ()) -> EventDetails:
        """`source`: address or id of a folder to add; else a source's id, folder or name. `only`: chosen subfolders."""
        ...

    async def event_folder(self, event: str, change: Change, folder: str) -> EventDetails:
        """`folder`: an incoming folder, absolute, on the agent's machine."""
        ...

    async def list_subfolders(
        self, parent: str = "root", most: int = 50, event: str | None = None, refresh: bool = False
    ) -> Subfolders:
        """One level of Drive's folders. `parent`: an id, `root` or `shared-with-me`; `event`: whose depth rule holds.

        `refresh`: ask Drive, whatever is remembered.
        """
        ...

    async def validate_selection(self, folders: Sequence[str], event: str | None = None) -> Selection:
        """Which of these folders may be chosen as sources, and why not."""
        ...

    async def sync_pending(self) -> list[str]:
        """List all events that need it, a second apart. Answers their names."""
        ...

    async def sync_statistics(self) -> SyncStatistics: ...

    async def source_sync(self, source: str) -> SourceSync: ...

    async def event_photos(
        self,
        event: str,
        page: int = 1,
        per_page: int = 50,
        cursor: str | None = None,
        words: str | None = None,
        person: str | None = None,
        state: str | None = None,
    ) -> EventPhotos:
        """A page of an event's photos, newest first; `person` by name or id."""
        ...

    async def jobs(self) -> list[JobRow]: ...

    async def backups(self) -> list[BackupRow]:
        """Of people and ledger, the newest first."""
        ...

    async def put_back(self, file: str) -> PutBack:
        """Put a backup back. A running agent, which has the stores open, refuses and says how it is done."""
        ...

    async def limit_line(self, up_mbps: float | None, down_mbps: float | None, off: bool = False) -> LineLimit:
        """How much of the line may be used from now on, until the agent ends; 0: all, `None`: as it is.

        `off`: before that, as the settings have it again. Answers what holds then.
        """
        ...

    async def notified(self, channel: str, token: str, state: str) -> bool:
        """Drive says that something changed. Answers whether the channel and its token are known."""
        ...
