"""People: who is known, how somebody becomes known, and what is decided about them.

`person` is a name or an id; `event` a name or an id, none the default event, or the one other that has that person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NotRequired

from typing_extensions import TypedDict

from agent.requests.ask import Command, Query
from agent.requests.consent import ConsentRow

if TYPE_CHECKING:
    from agent.requests.fields import (
        AsReference,
        Blur,
        Consented,
        Face,
        Faces,
        Id,
        InEvent,
        LinkTo,
        LinkUntil,
        Name,
        Never,
        Open,
        Path,
        Person,
        Photos,
        Previews,
        References,
        Until,
        ZipFile,
    )


class PersonStatus(TypedDict):
    id: str
    name: str
    event: str
    guest: bool
    references: int
    solo: int
    group: int
    on_drive: int
    only_here: NotRequired[int]  # Drive is to have nothing of them, by a rule or by hand
    link: str | None
    last_seen_at: str | None


class ReferenceRow(TypedDict):
    name: str  # the file's name when it was given
    sha256: str
    face_id: str  # for `face_picture`
    learned: bool  # from an answer about a photo, not given for the purpose
    width: int  # pixels of the face in it


class Reader(TypedDict):
    address: str
    until: str | None  # the last day


class PersonDetails(TypedDict):
    person: PersonStatus
    references: list[ReferenceRow]
    folder: str | None  # on disk, absolute
    drive_id: str | None  # of their folder there, once it is made
    link_until: str | None  # the last day of their link, where it has one
    readers: list[Reader]  # addresses that may read their folder on Drive
    consent: ConsentRow | None  # where one is recorded
    enrolled_at: str
    bytes_left: int  # that are sent until all of theirs are on Drive: theirs, and what goes before


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


class EnrollResult(TypedDict):
    person: PersonStatus
    new: bool
    references: list[ReferenceVerdict]
    folders: list[str]  # on disk, absolute
    matched: int  # earlier photos that are theirs now
    added: NotRequired[int]  # references by which they were not known before. Earlier agents tell neither this
    told: NotRequired[list[str]]  # nor what came of it to others, in words
    seconds: float


class PersonChange(TypedDict):
    """What a verb about a person came to. `photos`: how many lie in other folders because of it."""

    id: str
    name: str
    event: str
    photos: int
    folders: list[str]  # on disk, absolute; none where the person has none (any more)
    merged: bool  # the name was somebody's already: the two are one now
    changed: NotRequired[bool]  # else it was so already: there is nothing to undo. Earlier agents tell neither this
    told: NotRequired[list[str]]  # nor what came of it to others, in words
    seconds: float


class HeldOfPerson(TypedDict):
    """What is held of somebody. `copies`: backups of the stores, and what was set aside, that hold them."""

    id: str
    name: str
    event: str
    photos: int  # that show them, as far as is known
    folders: list[str]  # on disk, absolute
    on_drive: int  # files there
    references: int
    copies: int
    originals: list[str]  # files that show them and are nobody's to delete but yours
    blur: bool  # their faces are blurred in what is filed of photos, here and on Drive


class SearchedFiles(TypedDict):
    """A search by bytes through all files of ours. `found`: what is left, and where."""

    files: int
    bytes: int
    found: list[str]


class Forgotten(TypedDict):
    """`held`: what there was; `waits`: what is still to be done by itself, "" if nothing."""

    held: HeldOfPerson
    kept: str  # what is, so that they are not known again; "" if nothing
    copies: list[str]  # that held them and are gone
    lines: int  # of logs, that named them
    searched: SearchedFiles
    named: list[str]  # files and folders that bear the name and stay, as they are yours
    waits: str
    blurred: int  # photos on which their faces are blurred in what is filed
    unblurred: list[str]  # videos, and photos of which that cannot be made, that show them as they did


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


class PersonExport(TypedDict):
    """What was written to `file`; `missing`: names of what is known of them and lies nowhere here (any more)."""

    person: PersonStatus
    file: str
    bytes: int
    photos: int
    references: int
    decisions: int
    missing: list[str]


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


# ---- what is asked


class ListPeople(Query[list[PersonStatus]]):
    """Everybody who has a folder."""

    path = "/people"


class GetPerson(Query[PersonDetails]):
    """One person with all that is known of them."""

    path = "/people/{id}"
    id: Id


class EnrollPerson(Command[EnrollResult]):
    """Make somebody known, or known better, by reference photos."""

    path = "/commands/enroll"
    name: Name
    photos: References
    event: Id | None = None
    consent: Consented = ""
    until: Until = None


class EnrollFace(Command[PersonChange]):
    """Make a person known, or known better, by a face in a photo that is already here."""

    path = "/commands/enroll-face"
    name: Name
    face: Face
    reference: AsReference = True
    event: InEvent = None
    consent: Consented = ""
    until: Until = None


class PreviewReferences(Command[list[ReferencePreview]]):
    """Whether these pictures are good enough to enroll with; nothing of them is kept."""

    path = "/commands/enroll-preview"
    photos: Previews


class FindPeople(Command[list[FoundPerson]]):
    """Who is on a picture; nothing of it is kept."""

    path = "/commands/people-find"
    photo: Path


class RenamePerson(Command[PersonChange]):
    """Give a person another name; the folders follow, here and on Drive."""

    path = "/commands/people-rename"
    person: Person
    name: Name
    event: InEvent = None


class MergePeople(Command[PersonChange]):
    """Two names, one person: all that was the first one's is the second one's; a guest's, somebody's with a name."""

    path = "/commands/people-merge"
    person: Person
    into: Person
    event: InEvent = None


class WeighForgetting(Command[HeldOfPerson]):
    """What would go if this person were forgotten. Nothing is changed."""

    path = "/commands/people-forget-preview"
    person: Person
    blur: Blur = None
    event: InEvent = None


class ForgetPerson(Command[Forgotten]):
    """Remove all that is held of a person, here and on Drive, for good. It cannot be undone."""

    path = "/commands/people-forget"
    person: Person
    never: Never = False
    blur: Blur = None
    event: InEvent = None


class DenyPerson(Command[PersonChange]):
    """That person is not on these photos, whatever the distance; of `faces`, where there are any, none is theirs."""

    path = "/commands/people-not"
    person: Person
    photos: Photos
    faces: Faces = ()
    event: InEvent = None


class ExportPerson(Command[PersonExport]):
    """Write everything held about a person to a zip file; one that is there is replaced only by their next export."""

    path = "/commands/people-export"
    patience = 3600.0
    person: Person
    file: ZipFile
    event: InEvent = None


class LinkPerson(Command[str | None]):
    """Let anyone with the link read a person's folder on Drive, or nobody any more. Returns the link that there is.

    `to`: a single address is let in, or kept out again; Drive writes to it.
    """

    path = "/commands/people-link"
    person: Person
    on: Open = True
    to: LinkTo = None
    until: LinkUntil = None
    event: InEvent = None


class Undo(Command[Undone]):
    """Take back the last of all that was decided. Raises `VenueError` where there is none."""

    path = "/commands/undo"


class Redo(Command[Undone]):
    """Do again what was taken back last; not after something new was decided."""

    path = "/commands/redo"


class ListDecisions(Query[Decisions]):
    """All that can be taken back, and done again."""

    path = "/undo"
