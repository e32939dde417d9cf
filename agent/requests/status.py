"""The status document (`status --json`, `GET /status`)."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict

from agent.model import Outlook, SafeCode
from agent.requests.ask import Query
from agent.requests.control import PausedStatus
from agent.requests.events import EventStatus
from agent.requests.people import PersonStatus


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


class DayStatus(TypedDict):
    """Bytes that went to Drive today, and how many may; 0: as many as there are."""

    sent: int
    limit: int


class AccountStatus(TypedDict):
    """The Drive of one account. `default`: all events use it that name none."""

    account: str | None
    default: bool
    state: str
    connecting: bool
    since: str
    detail: str
    quota: Quota
    next_try_at: str | None
    events: list[str]  # the names of those that use it


class DriveStatus(TypedDict):
    """Where there are several accounts: how the worst of them stands; `accounts` says it of each.

    `connecting`: offline only because nothing is known yet, in the first moments.

    `sending` false: a setting says that nothing is sent, whatever the state is. `metered`: small copies go first.
    """

    state: str
    connecting: bool
    sending: bool
    since: str
    detail: str
    account: str | None
    quota: Quota
    next_try_at: str | None
    pace: PaceStatus
    metered: bool
    today: DayStatus
    accounts: list[AccountStatus]


class DiskStatus(TypedDict):
    state: str
    free_bytes: int


class PhotoCounts(TypedDict):
    """`seen` = waiting + filed + unsorted + failed + held + dismissed; `verified` of them are whole on Drive, of
    these `only_small` as small copies: originals follow when the line is not metered.
    """

    seen: int
    waiting: int
    filed: int
    unsorted: int
    failed: int
    held: int
    dismissed: int
    skipped: int
    verified: int
    only_small: int


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


class ElsewhereCounts(TypedDict):
    """Photos that other machines look at at once, and that they have looked at by now; `executor` empty: none do."""

    executor: str
    at_once: int
    looked: int


class FaceCounts(TypedDict):
    found: int
    unknown: int
    clusters: int  # guests and groups of faces that nobody has named
    to_review: int
    second_looks: SecondLookCounts
    elsewhere: ElsewhereCounts
    changes: int  # another number whenever `unknown` or `review` would answer otherwise


class UploadCounts(TypedDict):
    """Placements: queued + active + verified + failed are all that are wanted on Drive.

    `folders_left`: folders that are still to be made there; `removals`: files that are still to be taken out, or to be
    renamed there; `for_line`: of those that are queued, what waits for a line that is not metered.
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
    for_line: int


class DownloadCounts(TypedDict):
    queued: int
    active: int
    failed: int
    bytes_left: int
    bytes_per_second: float


class SafeToLeave(TypedDict):
    """May I pack up? Decided once, in the agent; whoever tells it puts `code` and the numbers into words.

    `outlook`: what becomes of it by itself. `verified`: photos that are whole on Drive, or filed, where that is off;
    `only_here`: that are filed, and Drive is not to have. `set_aside` are never among these. `on_the_way` and
    `needs_you` count the others. `note` names files that are no photos, and what `gone` took out today;
    `needs_somebody`: it goes on only when somebody acts.
    """

    safe: bool
    code: SafeCode
    reason: str
    remedy: str
    note: str
    outlook: Outlook
    needs_somebody: bool
    set_aside: int
    verified: int
    only_here: NotRequired[int]  # agents of earlier versions do not tell
    on_the_way: int
    needs_you: int
    checked_at: str


class StatusDocument(TypedDict):
    version: str
    workspace: str  # its folder
    workspace_id: str  # the same wherever it is moved
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


class About(TypedDict):
    service: str
    version: str
    docs: str


class GetAbout(Query[About]):
    """Who answers here, and where its description is."""

    path = "/"


class GetMetrics(Query[str]):
    """How everything stands, as numbers for Prometheus."""

    path = "/metrics"


class GetStatus(Query[StatusDocument]):
    """How everything stands."""

    path = "/status"
