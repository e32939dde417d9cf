"""What can be asked of an agent about people and faces: the rows, the answers, and `PeopleService`.

A part of `AgentService`, which has it all; apart from it because faces are a subject of their own. Ids of faces and of
reference pictures are texts that `face_picture` understands, to be handed back as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from typing_extensions import TypedDict

Company = Literal["solo", "group", "auto"]


class UnknownRow(TypedDict):
    """Faces that belong together and that nobody has named: a guest (with folders), or a group on its way there."""

    id: str  # for `name_unknown` and `ignore_unknown`
    name: str | None  # `Guest 01`; None until it is in enough photos
    event: str
    faces: int
    photos: int
    last_seen_at: float | None  # seconds UTC, arrival of the newest of its photos
    face_ids: list[str]  # best first, 8 at most
    photo_ids: list[int]  # newest first, 8 at most


class ReviewRow(TypedDict):
    """One question: is this face that person?"""

    id: int
    event: str
    photo: int
    photo_name: str
    person: str  # id
    name: str
    distance: float
    limits: tuple[float, float]  # filed by itself up to the first, asked up to the second
    why: str  # `near miss`, `Anna is as near`, `the face is blurred` …
    rival: str | None  # name of the person who is as near
    rival_distance: float | None
    face_id: str
    reference_id: str | None  # the picture of that person that is nearest
    seen_at: float  # seconds UTC, the photo's arrival


class PhotoRow(TypedDict):
    """`people`: names; `folders`: where it is wanted, below the workspace."""

    id: int
    event: str
    name: str
    state: str
    kind: str  # image | video
    taken_at: str | None
    arrived_at: float
    faces: int
    people: list[str]
    folders: list[str]


class HeldRow(TypedDict):
    id: str
    what: str  # `120 photos would be taken out of folders`
    why: str
    event: str | None
    count: int


class ReferenceVerdict(TypedDict):
    photo: str  # the file's name
    used: bool
    faces: int
    verdict: str  # `good`, or why it cannot be used


class ReferencePreview(TypedDict):
    """What enrolling with this picture would say of it. `picture`: its largest face, a square JPEG in base64."""

    path: str
    verdict: ReferenceVerdict
    picture: str | None


class LatestFace(TypedDict):
    """A face in a photo that is here, and whether somebody can be enrolled by it."""

    face_id: str  # for `face_picture` and `enroll_face`
    photo: int
    name: str | None  # of whom it was taken for
    arrived_at: float
    verdict: ReferenceVerdict


class PersonChange(TypedDict):
    """What a verb about a person came to. `photos`: how many lie in other folders because of it."""

    id: str
    name: str
    event: str
    photos: int
    folders: list[str]  # on disk, absolute; none where the person has none (any more)
    merged: bool  # the name was somebody's already: the two are one now
    seconds: float


class ReviewAnswer(TypedDict):
    id: int
    photo: int
    name: str  # of the person
    yes: bool
    photos: int  # that lie in other folders because of it


class FoundPerson(TypedDict):
    """One face of a picture that was asked about, and who it is."""

    box: tuple[int, int, int, int]
    person: str | None  # id
    name: str | None
    event: str | None
    guest: bool
    distance: float | None
    sure: bool  # it would be filed by itself
    folder: str | None  # on disk, absolute
    link: str | None
    why: str  # in words, where nobody is named


class Undone(TypedDict):
    """`what`: the decision that was taken back (or done again), in words; `left`: how many more can be."""

    what: str
    photos: int  # that lie in other folders because of it
    left: int


class DecisionRow(TypedDict):
    """Something that was decided. `events`: names."""

    verb: str
    what: str
    at: str
    events: list[str]


class Decisions(TypedDict):
    """Newest first: what `undo` takes back one by one, and what `redo` does again."""

    done: list[DecisionRow]
    undone: list[DecisionRow]


class PeopleService(Protocol):
    """People, faces, and what was decided about them. Every method may raise `VenueError`.

    `person` is a name or an id; `event` a name or an id, `None` the first event, or any where one has that person.
    """

    async def unknown(self, event: str | None = None) -> list[UnknownRow]:
        """Guests and groups of faces that nobody has named, most photos first."""
        ...

    async def name_unknown(self, id: str, name: str) -> PersonChange:
        """Give a guest or group a name: the folder is renamed, here and on Drive; a known name: they are one."""
        ...

    async def ignore_unknown(self, id: str) -> PersonChange:
        """Strangers who are not to be asked about again; their folders go."""
        ...

    async def review(self, event: str | None = None) -> list[ReviewRow]:
        """Near misses, newest photo first."""
        ...

    async def answer_review(self, id: int, yes: bool) -> ReviewAnswer:
        """Decide one: kept for ever, and the person is known better by a yes."""
        ...

    async def not_this_person(self, person: str, photos: Sequence[int], event: str | None = None) -> PersonChange:
        """She is not on these photos, whatever the distance."""
        ...

    async def rename_person(self, person: str, name: str, event: str | None = None) -> PersonChange: ...

    async def merge_people(self, person: str, into: str, event: str | None = None) -> PersonChange:
        """Two names, one person: all that was the first one's is the second one's."""
        ...

    async def link_person(self, person: str, on: bool, event: str | None = None) -> str | None:
        """Let anyone with the link read her folder on Drive, or nobody any more. Answers the link that there is then.

        Raises `VenueError` where Drive cannot be asked now, or her folder is not there yet.
        """
        ...

    async def enroll_face(self, name: str, face: str, event: str | None = None) -> PersonChange:
        """Make a person known, or known better, by a face in a photo that is already here (`face_id`, `photo:N`)."""
        ...

    async def latest_faces(self, event: str | None = None, limit: int = 48) -> list[LatestFace]:
        """The faces of the latest photos, newest first: whom to enroll by one of them."""
        ...

    async def preview_references(self, photos: Sequence[str]) -> list[ReferencePreview]:
        """Whether these pictures (absolute paths on the agent's machine) are good enough; nothing of them is kept."""
        ...

    async def find_people(self, photo: str) -> list[FoundPerson]:
        """Who is on a picture (an absolute path on the agent's machine); nothing of it is kept."""
        ...

    async def photos(
        self,
        event: str | None = None,
        person: str | None = None,
        state: str | None = None,
        before: int | None = None,
        limit: int = 200,
    ) -> list[PhotoRow]:
        """Photos, newest first; `before`: those with smaller numbers."""
        ...

    async def withdraw(self, ids: Sequence[int]) -> int:
        """Out of every folder, here and on Drive, never placed again. Answers how many."""
        ...

    async def move_photos(self, ids: Sequence[int], event: str) -> int:
        """Into another event. Answers how many."""
        ...

    async def set_company(self, ids: Sequence[int], company: Company) -> int:
        """File these as portraits, as groups, or by the rule again. Answers how many."""
        ...

    async def undo(self) -> Undone:
        """Take back the last of all that was decided. Raises `VenueError` (`kind` nothing) if there is none."""
        ...

    async def redo(self) -> Undone:
        """Do again what was taken back last; not after something new was decided. Raises as `undo` does."""
        ...

    async def decisions(self) -> Decisions:
        """All that can be taken back, and done again."""
        ...

    async def face_picture(self, id: str, side: int = 160) -> bytes | None:
        """A square JPEG of a face (`face_ids`, `face_id`, `reference_id`), `side` pixels; None where there is none."""
        ...
