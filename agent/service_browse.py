"""What can be looked through in an agent's ledger, page by page: `BrowseService`, a part of `AgentService`.

Lists of many thousands never come whole: a page begins below the smallest number of the one before, newest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from typing_extensions import TypedDict


class PersonStatus(TypedDict):
    id: str
    name: str
    event: str
    guest: bool
    references: int
    solo: int
    group: int
    on_drive: int
    link: str | None
    last_seen_at: str | None


class ActivityEntry(TypedDict):
    id: int
    at: float
    kind: str
    event: str | None
    text: str
    photo: int | None  # whose line it is, where it is one photo's


class PhotoQuery(TypedDict, total=False):
    """Which photos, and which page of them: those of a smaller id than `before`, newest first."""

    event: str
    person: str
    state: str
    words: str  # that the name holds, in this order
    before: int
    limit: int  # 200 at most


class PhotoLine(TypedDict):
    id: int
    event: str
    name: str
    state: str
    to: list[str]  # the persons' names, or one of `No Faces`, `Unknown`, `Videos`
    arrived_at: float
    filed_at: float | None
    verified_at: float | None
    distance: float | None  # to the person that was asked for


class PhotoPage(TypedDict):
    rows: list[PhotoLine]
    more: bool


class ReferenceRow(TypedDict):
    name: str  # the file's name when it was given
    sha256: str
    face_id: str  # for `face_picture`
    learned: bool  # from an answer about a photo, not given for the purpose
    width: int  # pixels of the face in it


class PersonDetails(TypedDict):
    person: PersonStatus
    references: list[ReferenceRow]
    folder: str | None  # on disk, absolute
    drive_id: str | None  # of her folder there, once it is made
    enrolled_at: float


class TroubleRow(TypedDict):
    """One of the troubles that a `Trouble` stands for."""

    id: int
    photo: int | None
    subject: str
    detail: str
    remedy: str
    count: int
    first_at: float
    last_at: float


class AsideRow(TypedDict):
    """Something that an operator set aside: a failed photo, or a file that could not be read, fetched or found."""

    id: int | None  # the trouble's, for `restore`
    photo: int | None
    event: str
    name: str
    title: str
    detail: str
    at: float | None
    only: str  # where it is whole, as far as is known: here, card or source
    files: list[str]  # what lies here of it, absolute
    on_drive: list[str]  # folders there that hold it all the same


class BrowseService(Protocol):
    """Every method may raise `VenueError`."""

    async def search_activity(self, words: str, before: int | None = None, limit: int = 100) -> list[ActivityEntry]:
        """Of what happened, the lines that hold these words."""
        ...

    async def trouble_rows(self, ids: Sequence[int]) -> list[TroubleRow]:
        """The first 200 of these troubles, newest first."""
        ...

    async def browse_photos(self, query: PhotoQuery) -> PhotoPage:
        """A page of photos."""
        ...

    async def person(self, id: str) -> PersonDetails: ...
