"""What is asked of the agent itself: pause, go on, look now, try again, compare, how much of the line, end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from typing_extensions import TypedDict

from agent.model import Effect, Mend
from agent.requests.ask import Command, Query

if TYPE_CHECKING:
    from agent.requests.fields import Backup, DailyMb, Events, Finish, Mbps, Metered, Off, SomePhotos

Lane = Literal["uploads", "all"]


class PausedStatus(TypedDict):
    uploads: bool
    all: bool
    since: str | None


class MeteredStatus(TypedDict):
    """Whether small copies go first; `said`: as somebody said, and not as the settings say."""

    metered: bool
    said: bool


class RetryResult(TypedDict):
    photos: int
    placements: int


class Stopping(TypedDict):
    """The agent that ends; `finish`: once all is sent."""

    pid: int
    finish: bool


class Difference(TypedDict):
    """`kind`: missing, changed, moved, gone, copied, extra, doubled, untagged or unseen.

    `where`: disk, drive or source; `mend`: who mends it, `repair`: what that does.
    """

    kind: str
    where: str
    path: str
    repair: str
    mend: Mend


class VerifyReport(TypedDict):
    checked_disk: int
    checked_drive: int
    checked_sources: int
    differences: list[Difference]
    repaired: int


class LineLimit(TypedDict):
    """Megabits a second for each direction, and megabytes to send a day; 0: no limit. `sent_mb`: today."""

    up_mbps: float
    down_mbps: float
    daily_mb: float
    sent_mb: float


class JobRow(TypedDict):
    name: str
    what: str
    last_at: str | None
    next_at: str | None
    outcome: str


class SettingChange(TypedDict):
    """A key that is another one than the agent goes by; a secret is not shown."""

    key: str
    before: str
    now: str
    holds: Effect


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


# ---- what is asked


class Pause(Command[PausedStatus]):
    """Stop sending, or everything."""

    path = "/commands/pause"
    what: Lane = "uploads"


class Resume(Command[PausedStatus]):
    """Go on with sending; with everything, too, where everything was paused."""

    path = "/commands/resume"
    what: Lane = "uploads"


class SetMetered(Command[MeteredStatus]):
    """The line is metered, or not; `auto`: as the settings say. Kept across restarts. Returns what holds."""

    path = "/commands/metered"
    to: Metered = None


class Sync(Command[list[str]]):
    """Sweep the folders and poll Drive now. Returns the names of the events that were asked."""

    path = "/commands/sync"
    events: Events = ()


class Resync(Command[list[str]]):
    """List everything again and put back what was removed by hand. Returns as `Sync` does."""

    path = "/commands/resync"
    events: Events = ()


class Retry(Command[RetryResult]):
    """Try failed photos and placements again, and put back what was removed by hand."""

    path = "/commands/retry"
    ids: SomePhotos = ()
    all: bool = False


class Verify(Command[VerifyReport]):
    """Hold ledger, disk, Drive and sources against each other; progress comes as changes of section `verify`."""

    path = "/commands/verify"
    patience = 3600.0  # of many photos on a slow disk, or from one, each is read
    repair: bool = False


class Stop(Command[Stopping]):
    """End the agent within ten seconds. It has not ended yet when this is answered."""

    path = "/commands/stop"
    finish: Finish = False


class LimitLine(Command[LineLimit]):
    """How much of the line may be used from now on, until the agent ends. Returns what holds then."""

    path = "/commands/limit"
    up_mbps: Mbps = None
    down_mbps: Mbps = None
    daily_mb: DailyMb = None
    off: Off = False


class ReadSettings(Command[list[SettingChange]]):
    """Read config.toml and .env again: what is another one, and from when on it holds."""

    path = "/commands/read-settings"


class ListJobs(Query[list[JobRow]]):
    """The work of the night, and of every few hours."""

    path = "/jobs"


class ListBackups(Query[list[BackupRow]]):
    """Backups of people and ledger, the newest first."""

    path = "/backups"


class RestoreBackup(Command[PutBack]):
    """Put a backup back. A running agent, which has the stores open, refuses and says how it is done."""

    path = "/commands/restore"
    file: Backup
