"""`AgentService`: all that can be asked of an agent, the same in its own process and over the socket.

The monitor, the commands and the API see the agent through this alone. Documents are plain JSON values, so that both
ends mean the same. Times inside the status document are texts (`2026-11-20T22:14:07.123Z`); in all other sections they
are seconds since 1970 in UTC.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Literal, NotRequired, Protocol, TypedDict

from agent.service_browse import ActivityEntry, BrowseService, PersonStatus
from agent.service_events import EventService, EventStatus
from agent.service_people import HeldRow, PeopleService, ReferenceVerdict
from agent.service_sign_in import SignInService

Lane = Literal["uploads", "all"]


# ---- the status document (`status --json`, `GET /status`)


class PausedStatus(TypedDict):
    uploads: bool
    all: bool
    since: str | None


class WatcherStatus(TypedDict):
    state: str
    folders: int
    detail: str | None


class Quota(TypedDict):
    used: int
    limit: int


class PaceStatus(TypedDict):
    """Calls to Drive: under way, at once at most, waiting; Google's pause; the line's own limits, 0: none."""

    in_flight: int
    at_once: int
    waiting: int
    pause_seconds: float
    up_mbps: float
    down_mbps: float


class DriveStatus(TypedDict):
    """`connecting`: offline only because nothing is known yet, in the first moments."""

    state: str
    connecting: bool
    since: str
    detail: str
    account: str | None
    quota: Quota
    next_try_at: str | None
    pace: PaceStatus


class DiskStatus(TypedDict):
    state: str
    free_bytes: int


class PhotoCounts(TypedDict):
    """`seen` = waiting + filed + unsorted + failed + held + dismissed; `verified` of them are whole on Drive."""

    seen: int
    waiting: int
    filed: int
    unsorted: int
    failed: int
    held: int
    dismissed: int
    skipped: int
    verified: int


class QueueCounts(TypedDict):
    """Photos in each step; a photo is in one step at a time, so they add up to all that are on their way."""

    arriving: int
    faces: int
    filing: int
    uploading: int


class SecondLookCounts(TypedDict):
    """Photos that wait for a slower look and that had one, and the faces that it found."""

    waiting: int
    done: int
    found: int


class FaceCounts(TypedDict):
    found: int
    unknown: int
    clusters: int  # guests and groups of faces that nobody has named
    to_review: int
    second_looks: SecondLookCounts
    changes: int  # another number whenever `unknown` or `review` would answer otherwise


class UploadCounts(TypedDict):
    """Placements: queued + active + verified + failed are all that are wanted on Drive.

    `folders_left`: folders that are still to be made there; `removals`: files that are still to be taken out.
    """

    queued: int
    active: int
    verified: int
    failed: int
    bytes_left: int
    bytes_per_second: float
    eta_seconds: float | None
    folders_left: int
    removals: int


class DownloadCounts(TypedDict):
    queued: int
    active: int
    failed: int
    bytes_left: int
    bytes_per_second: float


class SafeToLeave(TypedDict):
    """`swept`: since the last arrival one whole sweep of every folder ended well."""

    safe: bool
    reason: str
    checked_at: str
    swept: bool


class StatusDocument(TypedDict):
    version: str
    workspace: str
    pid: int
    mode: str
    started_at: str
    paused: PausedStatus
    watcher: WatcherStatus
    drive: DriveStatus
    disk: DiskStatus
    photos: PhotoCounts
    queue: QueueCounts
    faces: FaceCounts
    uploads: UploadCounts
    downloads: DownloadCounts
    people: list[PersonStatus]
    events: list[EventStatus]
    errors: int
    held: int
    safe_to_leave: SafeToLeave


# ---- the other sections of a snapshot, for screens


class StepDepth(TypedDict):
    count: int
    oldest_at: float | None  # since when the oldest photo in this step has been in the house


class QueueSection(TypedDict):
    """The four steps by name (`arriving`, `faces`, `filing`, `uploading`)."""

    steps: dict[str, StepDepth]
    per_minute: list[int]  # photos finished in each of the last 60 minutes, the running one last


class ActiveUpload(TypedDict):
    placement: int
    photo: str  # the file's name
    to: str  # `Mia Lindqvist/Group`, `Unsorted/No Faces`
    sent: int  # bytes
    bytes: int
    rate: float  # bytes a second


class WaitingUpload(TypedDict):
    placement: int
    photo: str
    to: str


class UploadingSection(TypedDict):
    active: list[ActiveUpload]
    waiting: list[WaitingUpload]  # the next ones, 30 at most; how many there are in all is in the status document


class LatestPhoto(TypedDict):
    """A photo that is finished: verified on Drive, or filed where Drive is off."""

    id: int
    at: float
    photo: str
    to: list[str]  # the persons' names, or one of `No Faces`, `Unknown`, `Videos`
    took: float  # seconds from its arrival


class Trouble(TypedDict):
    """One cause of trouble, with everything that suffers from it."""

    kind: str
    cause: str
    severity: str
    title: str  # `Photo cut short`
    detail: str  # why, of the newest one: `DSC_4402.jpg ends early`
    remedy: str  # begins with a verb
    subjects: list[str]  # names of photos, folders, persons; 20 at most
    ids: list[int]  # troubles, for `dismiss`
    photos: list[int]  # photos that suffer from it, for `retry`
    count: int
    first_at: float
    last_at: float
    ended_at: float | None  # when it healed; None while it is open


class TroubleSection(TypedDict):
    open: list[Trouble]  # newest first
    healed: list[Trouble]  # newest first, 20 at most
    healed_today: int


class IncomingFolder(TypedDict):
    """One watched folder, and whether all in it is copied and checked (apart from Drive)."""

    id: str
    path: str
    event: str
    state: str  # running | missing | unreadable
    detail: str | None
    photos: int
    waiting: int
    skipped: list[str]  # names of files that are no photos, 20 at most
    skipped_count: int
    copied: bool
    line: str  # `all copied: the card can go`, `3 of 120 still to copy`, …


class Snapshot(TypedDict):
    """All that a fresh screen needs. `boot` names the agent's run, `seq` the last change it contains."""

    boot: str
    seq: int
    at: float
    status: StatusDocument
    queue: QueueSection
    uploading: UploadingSection
    latest: list[LatestPhoto]  # newest first, 60 at most
    troubles: TroubleSection
    folders: list[IncomingFolder]
    activity: list[ActivityEntry]  # newest first, 100 at most


Section = Literal["status", "queue", "uploading", "latest", "troubles", "folders", "activity", "verify", "resync"]


class Change(TypedDict):
    """A section that is new, whole (`activity`: the new entries only, oldest first).

    `resync` says that changes were lost, or that this is another run of the agent: take a new snapshot.
    """

    boot: str
    seq: int
    section: Section
    data: Any


# ---- answers of the verbs


class EnrollResult(TypedDict):
    person: PersonStatus
    new: bool
    references: list[ReferenceVerdict]
    folders: list[str]  # on disk, absolute
    matched: int  # earlier photos that are hers now
    seconds: float


class RetryResult(TypedDict):
    photos: int
    placements: int


class Difference(TypedDict):
    """`kind`: missing, changed, extra, doubled or untagged; `where`: disk or drive; `repair`: what mending does."""

    kind: str
    where: str
    path: str
    repair: str


class VerifyReport(TypedDict):
    checked_disk: int
    checked_drive: int
    differences: list[Difference]
    repaired: int


class UploadRow(TypedDict):
    id: int
    photo: str
    folder: str
    state: str  # queued | active | verified | failed
    attempts: int
    next_try_at: float | None
    error: str | None


class PhotoDetails(TypedDict):
    id: int
    event: str
    name: str
    state: str
    mime: str
    bytes: int
    width: int | None
    height: int | None
    taken_at: str | None
    arrived_at: float
    filed_at: float | None
    verified_at: float | None
    people: list[dict[str, Any]]  # {"id", "name", "distance", "box"}
    faces: int
    placements: list[dict[str, Any]]  # {"folder", "wanted", "disk", "path", "drive", "drive_id"}
    originals: list[str]  # where it lies in incoming folders
    looked_at: float | None
    error: NotRequired[str | None]


class AgentService(BrowseService, EventService, PeopleService, SignInService, Protocol):
    """The operator's verbs and questions. A verb answers when its effect is durable.

    Every method may raise `VenueError`; over the socket it arrives as the same error.
    """

    async def snapshot(self) -> Snapshot: ...

    def events(self, boot: str, since: int) -> AsyncIterator[Change]:
        """The changes after `since`, for ever. A gap, or another `boot`, is answered by one `resync`."""
        ...

    async def status(self) -> StatusDocument: ...

    async def pause(self, what: Lane) -> PausedStatus: ...

    async def resume(self, what: Lane) -> PausedStatus: ...

    async def sync(self, events: Sequence[str]) -> list[str]:
        """Sweep the folders and poll Drive now. Answers the names of the events that were asked."""
        ...

    async def resync(self, events: Sequence[str]) -> list[str]:
        """List everything again and put back what was removed by hand."""
        ...

    async def retry(self, ids: Sequence[int], everything: bool = False) -> RetryResult:
        """Try failed photos and placements again, and put back what was removed by hand; `ids` are photos' ids."""
        ...

    async def enroll(self, name: str, photos: Sequence[str], event: str | None = None) -> EnrollResult:
        """Add reference photos of a person; `photos` are absolute paths on the agent's machine."""
        ...

    async def people(self) -> list[PersonStatus]: ...

    async def uploads(self, state: str | None = None) -> list[UploadRow]: ...

    async def errors(self) -> TroubleSection: ...

    async def dismiss(self, ids: Sequence[int]) -> int:
        """Set troubles aside by their ids, and the failed photos they speak of. Answers how many."""
        ...

    async def activity(self, before: int | None = None, limit: int = 100) -> list[ActivityEntry]: ...

    async def photo(self, event_photo: int) -> PhotoDetails: ...

    async def thumbnail(self, event_photo: int) -> bytes | None: ...

    async def folders(self) -> list[IncomingFolder]: ...

    async def held(self) -> list[HeldRow]: ...

    async def approve(self, ids: Sequence[str], everything: bool = False) -> int:
        """Say yes to what is held. Answers how many."""
        ...

    async def reject(self, ids: Sequence[str], everything: bool = False) -> int:
        """Say no: what would be taken away stays. Answers how many."""
        ...

    async def verify(self, repair: bool = False) -> VerifyReport:
        """Hold ledger, disk and Drive against each other; progress comes as changes of the section `verify`."""
        ...

    async def signed_in(self) -> None:
        """Somebody signed in, or out: look at the sign-in again at once."""
        ...
