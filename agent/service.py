"""`AgentService`: all that can be asked of an agent, the same in its own process and over the socket.

The monitor, the commands and the API see the agent through this alone. Documents are plain JSON values, so that both
ends mean the same. Times inside the status document are texts (`2026-11-20T22:14:07.123Z`); in all other sections they
are seconds since 1970 in UTC.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Literal, NotRequired, Protocol

from typing_extensions import TypedDict

from agent.model import Mend
from agent.service_browse import ActivityEntry, AsideRow, BrowseService, PersonStatus
from agent.service_events import EventService
from agent.service_people import HeldRow, PeopleService, ReferenceVerdict
from agent.service_sign_in import SignInService
from agent.service_snapshot import Change, IncomingFolder, Snapshot, TroubleSection
from agent.service_status import PausedStatus, StatusDocument

Lane = Literal["uploads", "all"]


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


class Stopping(TypedDict):
    """The agent that ends; `finish`: once all is sent."""

    pid: int
    finish: bool


class Difference(TypedDict):
    """`kind`: missing, changed, gone, copied, extra, doubled, untagged or unseen; `where`: disk, drive or source.

    `mend`: who mends it, `repair`: what that does.
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

    async def restore(self, ids: Sequence[int]) -> int:
        """Take that back, by the same ids: they need somebody again. Answers how many."""
        ...

    async def set_aside(self) -> list[AsideRow]:
        """All that is set aside, the latest first, with the files that there are of it."""
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
        """Hold ledger, disk, Drive and sources against each other; progress comes as changes of section `verify`."""
        ...

    async def stop(self, finish: bool = False) -> Stopping:
        """End the agent within ten seconds; `finish`: once all is sent. It has not ended yet when this answers."""
        ...

    async def signed_in(self) -> None:
        """Somebody signed in, or out: look at the sign-in again at once."""
        ...
