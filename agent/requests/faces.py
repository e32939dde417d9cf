"""Faces that nobody has named, near misses, and pictures of faces.

Ids of faces and of reference pictures are texts, to be handed back as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from agent.requests.ask import Command, Query
from agent.requests.people import PersonChange, ReferenceVerdict

if TYPE_CHECKING:
    from agent.requests.fields import Consented, Id, Name, PerPage, Question, Side, Stranger, Until


class UnknownRow(TypedDict):
    """Faces that belong together and that nobody has named: a guest (with folders), or a group on its way there."""

    id: str  # for `name_unknown` and `ignore_unknown`
    name: str | None  # `Guest 01`; None until it is in enough photos
    event: str
    faces: int
    photos: int
    last_seen_at: str | None  # arrival of the newest of its photos
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
    faces: int  # of the event that look like this one: the answer is about all of them
    rival: str | None  # name of the person who is as near
    rival_distance: float | None
    face_id: str
    reference_id: str | None  # the picture of that person that is nearest
    seen_at: str  # the photo's arrival


class ReviewAnswer(TypedDict):
    id: int
    photo: int
    name: str  # of the person
    yes: bool
    faces: int  # about which it was asked
    photos: int  # that lie in other folders because of it


class LatestFace(TypedDict):
    """A face in a photo that is here, and whether somebody can be enrolled by it."""

    face_id: str  # for `face_picture` and `enroll_face`
    photo: int
    name: str | None  # of whom it was taken for
    arrived_at: str
    verdict: ReferenceVerdict


# ---- what is asked


class ListUnknown(Query[list[UnknownRow]]):
    """Guests and groups of faces that nobody has named, most photos first."""

    path = "/unknown"
    event: Id | None = None


class NameUnknown(Command[PersonChange]):
    """Give a guest or group a name: the folder is renamed, here and on Drive; a known name, or somebody's id: they are
    one.
    """

    path = "/commands/unknown-name"
    id: Stranger
    name: Name
    consent: Consented = ""
    until: Until = None


class IgnoreUnknown(Command[PersonChange]):
    """Strangers who are not to be asked about again; their folders go."""

    path = "/commands/unknown-ignore"
    id: Stranger


class ListReview(Query[list[ReviewRow]]):
    """Near misses, newest photo first."""

    path = "/review"
    event: Id | None = None


class ConfirmMatch(Command[ReviewAnswer]):
    """Yes, it is that person: kept for ever, and they are known better by it."""

    path = "/commands/review-yes"
    id: Question


class DenyMatch(Command[ReviewAnswer]):
    """No, it is somebody else: kept for ever."""

    path = "/commands/review-no"
    id: Question


class ListFaces(Query[list[LatestFace]]):
    """The faces of the latest photos, newest first: whom to enroll by one of them."""

    path = "/faces"
    event: Id | None = None
    limit: PerPage = 48


class GetFacePicture(Query[bytes | None]):
    """A square JPEG of a face or of a reference, `side` pixels; none where there is none."""

    path = "/faces/{id}"
    id: Id
    side: Side = 160
