"""Photos: looked through page by page, one with all that is known of it, and what is decided about whole photos.

Lists of many thousands never come whole: a page begins below the smallest number of the one before, newest first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NotRequired

from typing_extensions import TypedDict

from agent.model import PhotoState
from agent.requests.ask import Command, Query

if TYPE_CHECKING:
    from agent.requests.fields import (
        Before,
        Event,
        Id,
        Number,
        Page,
        PerPage,
        Person,
        PhotoOrder,
        Photos,
        UploadState,
        Words,
    )

Company = Literal["solo", "group", "auto"]


class PhotoRow(TypedDict):
    """A photo in a list. `people`: names of those in whose folders it is; `folders`: where, below the workspace."""

    id: int
    event: str
    name: str
    state: str
    kind: str  # image | video
    mime: str
    bytes: int
    width: int | None
    height: int | None
    camera: str  # or photographer, by the name of its folder
    device: str  # the camera by make, model and number, as the photo says
    taken_at: str | None  # by a clock that is right
    clock_ahead: float  # seconds by which the camera's clock is not: it wrote `taken_at` and this
    arrived_at: str
    filed_at: str | None
    verified_at: str | None
    only_here: NotRequired[bool]  # Drive is to have nothing of it. Agents of earlier versions do not tell
    amiss: NotRequired[bool]  # by `verify` it does not lie on Drive as it was sent any more; neither do they
    faces: int
    people: list[str]
    to: list[str]  # the persons' names, or one of `No Faces`, `Unknown`, `Videos`
    folders: list[str]
    distance: float | None  # to the person that was asked for
    burst: int  # photos of its burst, itself among them; 0: it is in none
    sharpest: bool  # of its burst


class PhotoPage(TypedDict):
    """`more`: there are others after it; `total`: of all pages, where that was asked."""

    rows: list[PhotoRow]
    more: bool
    total: int | None


class PhotoFace(TypedDict):
    """A face on a photo: of whom, or about whom it is asked."""

    face_id: str  # for `face_picture`, `enroll_face` and `deny_person`
    box: tuple[int, int, int, int]  # left, top, right, bottom: pixels of the photo, or of a video's poster at that size
    person: str | None  # id
    name: str | None
    guest: bool
    sure: bool  # false: it is asked whether it is they
    distance: float | None  # by which it was judged: from the nearest reference, or half that of the faces like it
    alike: int  # faces of the event that it was judged together with, itself among them; 1: by itself
    unknown: str | None  # the guest or the group of strangers, for `name_unknown` and `ignore_unknown`


class PhotoDetails(TypedDict):
    id: int
    event: str
    name: str
    state: str
    mime: str
    bytes: int
    width: int | None
    height: int | None
    camera: str
    device: str
    taken_at: str | None
    clock_ahead: float
    taken_for: (
        str  # of a video that does not say its zone: `utc`, or `local` to this machine, it is believed; "": it does
    )
    arrived_at: str
    filed_at: str | None
    verified_at: str | None
    people: list[dict[str, Any]]  # {"id", "name", "distance", "box"}
    faces: int
    each_face: list[PhotoFace]  # from left to right
    placements: list[dict[str, Any]]  # {"folder", "wanted", "disk", "path", "drive", "drive_id"}
    originals: list[str]  # where it lies in incoming folders
    looked_at: str | None
    burst: int
    sharpest: bool
    error: NotRequired[str | None]


class UploadRow(TypedDict):
    id: int
    photo: str
    folder: str
    state: str  # queued | active | verified | failed
    attempts: int
    next_try_at: str | None  # of what was refused and waits
    error: str | None
    kept_back: str | None  # by a metered line, and how


# ---- what is asked


class ListPhotos(Query[PhotoPage]):
    """A page of photos. `page` counts from 1 after photo `before`; the last one's number is the next `before`."""

    path = "/photos"
    event: Id | None = None
    person: Person | None = None
    state: PhotoState | None = None
    q: Words | None = None  # that the name holds, in this order
    before: Before = None
    limit: PerPage = 200
    page: Page = 1
    count: bool = False
    order: PhotoOrder = "newest"
    sharpest: bool = False  # of each burst this one alone


class GetPhoto(Query[PhotoDetails]):
    """One photo with all that is known of it."""

    path = "/photos/{id}"
    id: Number


class GetThumbnail(Query[bytes | None]):
    """A small JPEG of a photo; none where there is none."""

    path = "/photos/{id}/thumbnail"
    id: Number


class ListUploads(Query[list[UploadRow]]):
    """What is wanted on Drive, newest first."""

    path = "/uploads"
    state: UploadState | None = None


class WithdrawPhotos(Command[int]):
    """Out of every folder, here and on Drive, never placed again. Returns how many."""

    path = "/commands/photos-withdraw"
    ids: Photos


class ApprovePhotos(Command[int]):
    """File and send what waits for a yes: these, or all of a person, of an event, or all. Returns how many."""

    path = "/commands/photos-approve"
    ids: Photos | None = None
    person: Words | None = None
    event: Event | None = None


class MovePhotos(Command[int]):
    """Into another event. Returns how many."""

    path = "/commands/photos-move"
    ids: Photos
    event: Event


class FilePhotosAs(Command[int]):
    """File these as portraits, as groups, or by the rule again. Returns how many."""

    path = "/commands/photos-company"
    ids: Photos
    company: Company
