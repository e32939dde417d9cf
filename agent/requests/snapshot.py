"""The other sections of a snapshot, for screens, and how they change."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from agent.requests.ask import Query
from agent.requests.status import StatusDocument
from agent.requests.troubles import ActivityEntry, TroubleSection


class StepDepth(TypedDict):
    count: int
    oldest_at: str | None  # since when the oldest photo in this step has been in the house


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
    at: str
    photo: str
    to: list[str]  # the persons' names, or one of `No Faces`, `Unknown`, `Videos`
    took: float | None  # seconds from its arrival; `None`: it is done anew, as it was wanted elsewhere since
    only_here: NotRequired[bool]  # Drive is to have nothing of it


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
    line: str  # `all copied: the card may be erased`, `3 of 120 still to copy`, …


class Snapshot(TypedDict):
    """All that a fresh screen needs. `boot` names the agent's run, `seq` the last change it contains."""

    boot: str
    seq: int
    at: str
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


class Folders(TypedDict):
    total_folders: int
    folders: list[IncomingFolder]


class GetSnapshot(Query[Snapshot]):
    """All that a fresh screen needs, of one moment."""

    path = "/snapshot"


class ListFolders(Query[Folders]):
    """The watched folders, and which card may be erased."""

    path = "/folders"
