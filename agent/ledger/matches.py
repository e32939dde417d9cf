"""Whose a face is: what planning needs of a photo, who was found, and what is asked."""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from agent.ledger import faces, live_photos, photos, seen
from agent.ledger.faces import StoredFace, alike_of, stored
from agent.ledger.sqlite.rows import Db, Row, from_row
from agent.model import EventId, EventPhotoId, PersonId, PhotoId, PhotoState

JudgedBy: TypeAlias = tuple[int, int | None, int | None]  # a face, its group, and how many faces that is known by
PlannedBy: TypeAlias = tuple[set[JudgedBy], set[int]]  # and the other files of its shot
CHANGES = seen.CHANGES


@dataclass(frozen=True, slots=True)
class PlannedPhoto:
    """A photo in an event that was looked at, or a video. `twins`: files of the same shot, placed together with it.

    `blurred`: what is said of the faces that are, or were, not to be seen in what lay in its place. `stills`: of a
    film, the photos beside it, looked at or not.
    """

    event_photo: EventPhotoId
    event: EventId
    photo: PhotoId
    sha256: str
    name: str
    kind: str
    state: PhotoState
    arrived_at: float
    faces: list[StoredFace] = field(default_factory=list[StoredFace])
    twins: tuple[EventPhotoId, ...] = ()
    blurred: tuple[str, ...] = ()
    stills: tuple[PlannedPhoto, ...] = ()

    @property
    def planned_by(self) -> PlannedBy:
        judged_by = {(one.id, one.alike and one.alike.id, one.alike and one.alike.faces) for one in self.faces}
        return judged_by, {*self.twins}

    @property
    def was(self) -> dict[int, PersonId]:
        """Face -> whom it was taken for."""
        return {face.id: face.was[0] for face in self.faces if face.was is not None}


TWINS = (  # of `event_photo ep`
    "(SELECT json_group_array(t.id) FROM event_photo t JOIN photo tp ON tp.id = t.photo WHERE t.twin_of = ep.id"
    " AND t.state <> 'superseded' AND (tp.look = 'done' OR t.planned_at IS NOT NULL))"  # it was whole before
)
PLANNED_PHOTOS = (
    "SELECT ep.id AS event_photo, ep.event AS of_event, ep.photo AS of_photo, ep.name AS of_name, ep.state AS of_state,"  # noqa: S608 - ours
    " ep.arrived_at AS of_arrived_at, ph.sha256 AS of_sha256, ph.kind AS of_kind, f.*, a.person, a.distance,"
    " g.id AS alike, g.faces AS alike_faces, g.middle, g.spread,"
    f" {TWINS} AS twins,"
    " (SELECT json_group_array(substr(r.made_as, instr(r.made_as, '~') + 1)) FROM rendition r"
    " WHERE r.sha256 = ph.sha256 AND instr(r.made_as, '~')) AS blurred"
    " FROM event_photo ep JOIN photo ph ON ph.id = ep.photo LEFT JOIN face f ON f.photo = ep.photo"
    " LEFT JOIN assignment a ON a.face = f.id AND a.event = ep.event"
    " LEFT JOIN alike_face i ON i.face = f.id AND i.event = ep.event LEFT JOIN alike g ON g.id = i.alike"
)
IS_PLANNED = " AND ph.look = 'done' AND ep.state <> 'superseded' AND ep.twin_of IS NULL"


def planned_in_event(db: Db, event: EventId) -> array[int]:
    """Every photo of an event that is planned, newest first: their places in the event, eight bytes each."""
    query = "SELECT ep.id FROM event_photo ep JOIN photo ph ON ph.id = ep.photo WHERE ep.event = ?"
    return array("q", (row[0] for row in db.execute(f"{query}{IS_PLANNED} ORDER BY ep.id DESC", (event,))))


def planned_of_content(db: Db, photo: PhotoId) -> list[PlannedPhoto]:
    """The photo in all its events."""
    rows = db.execute(f"{PLANNED_PHOTOS} WHERE ep.photo = ?{IS_PLANNED} ORDER BY ep.id, f.id", (photo,))
    return _with_stills(db, [*_gathered(rows)])


def planned_among(db: Db, event_photos: Sequence[EventPhotoId]) -> list[PlannedPhoto]:
    """These photos, as far as they were looked at; one of a shot's files stands for all of it."""
    chosen = json.dumps(list(event_photos))
    rows = db.execute(
        f"{PLANNED_PHOTOS} WHERE ep.id IN (SELECT value FROM json_each(?1) UNION"  # noqa: S608
        " SELECT twin_of FROM event_photo WHERE id IN (SELECT value FROM json_each(?1)))"
        f"{IS_PLANNED} ORDER BY ep.id DESC, f.id",
        (chosen,),
    )
    return _with_stills(db, [*_gathered(rows)])


def _with_stills(db: Db, found: list[PlannedPhoto]) -> list[PlannedPhoto]:
    """What is said of the photo beside a film is so of the film."""
    films = [one.event_photo for one in found if one.kind == photos.VIDEO]
    beside = live_photos.stills_of(db, films) if films else {}
    if not beside:
        return found
    chosen = json.dumps([row["id"] for rows in beside.values() for row in rows])
    query = f"{PLANNED_PHOTOS} WHERE ep.id IN (SELECT value FROM json_each(?)) ORDER BY ep.id, f.id"  # noqa: S608
    stills = {one.event_photo: one for one in _gathered(db.execute(query, (chosen,)))}
    of = {film: tuple(stills[row["id"]] for row in rows) for film, rows in beside.items()}
    return [replace(one, stills=of.get(one.event_photo, ())) for one in found]


def planned_by(db: Db, event_photos: Sequence[EventPhotoId]) -> dict[EventPhotoId, PlannedBy]:
    """The faces of these, how their groups are known, and the other files of their shots, as far as they are planned by
    them (still).
    """
    found: dict[EventPhotoId, PlannedBy] = {}
    rows = db.execute(
        f"SELECT ep.id AS event_photo, f.id AS face, g.id, g.faces, {TWINS} AS twins"  # noqa: S608 - our own words
        " FROM event_photo ep JOIN photo ph ON ph.id = ep.photo LEFT JOIN face f ON f.photo = ep.photo"
        " LEFT JOIN alike_face i ON i.face = f.id AND i.event = ep.event LEFT JOIN alike g ON g.id = i.alike"
        f" WHERE ep.id IN (SELECT value FROM json_each(?)){IS_PLANNED}",
        (json.dumps(list(event_photos)),),
    )
    for event_photo, face, group, known_by, twins in rows:
        judged_by, _ = found.setdefault(EventPhotoId(event_photo), (set(), {*json.loads(twins)}))
        judged_by.update([] if face is None else [(face, group, known_by)])
    return found


def _gathered(rows: Iterator[Row] | sqlite3.Cursor) -> Iterator[PlannedPhoto]:
    current: PlannedPhoto | None = None
    for row in rows:
        if current is None or current.event_photo != row["event_photo"]:
            if current is not None:
                yield current
            current = _planned_photo(row)
        if row["id"] is not None:
            was = None if row["person"] is None else (PersonId(row["person"]), float(row["distance"]))
            current.faces.append(stored(row, was, alike_of(row)))
    if current is not None:
        yield current


def _planned_photo(row: Row) -> PlannedPhoto:
    about = {name: row[f"of_{name}"] for name in ("event", "photo", "sha256", "name", "kind", "arrived_at")}
    twins, state = tuple(json.loads(row["twins"])), PhotoState(row["of_state"])
    blurred = tuple(json.loads(row["blurred"]))
    return PlannedPhoto(event_photo=row["event_photo"], state=state, twins=twins, blurred=blurred, **about)


def faces_of_contents(db: Db, sha256s: Sequence[str]) -> dict[str, list[StoredFace]]:
    """The faces of photos by their SHA-256, for what was decided of them."""
    rows = db.execute(
        "SELECT ph.sha256, f.* FROM photo ph JOIN face f ON f.photo = ph.id"
        " WHERE ph.sha256 IN (SELECT value FROM json_each(?)) ORDER BY f.id",
        (json.dumps(list(sha256s)),),
    )
    found: dict[str, list[StoredFace]] = {}
    for row in rows:
        found.setdefault(str(row["sha256"]), []).append(stored(row))
    return found


def assign(db: Db, event: EventId, photo: PhotoId, taken_for: dict[int, tuple[PersonId, float]]) -> None:
    """Who the photo's faces are in this event: face id -> (person, distance). Replaces what was thought before."""
    db.execute(
        "DELETE FROM assignment WHERE event = ? AND face IN (SELECT id FROM face WHERE photo = ?)", (event, photo)
    )
    db.executemany(
        "INSERT INTO assignment (face, event, person, distance) VALUES (?, ?, ?, ?)",
        [(face, event, person, distance) for face, (person, distance) in taken_for.items()],
    )


def assignments(db: Db, event: EventId, photo: PhotoId) -> list[Row]:
    return db.execute(
        "SELECT a.person, a.distance, f.box_left, f.box_top, f.box_right, f.box_bottom FROM assignment a"
        " JOIN face f ON f.id = a.face WHERE a.event = ? AND f.photo = ?",
        (event, photo),
    ).fetchall()


def distance(db: Db, event_photo: int, person: PersonId) -> float | None:
    """How far the photo's face is from the person's nearest reference."""
    return db.value(
        "SELECT MIN(a.distance) FROM event_photo ep JOIN face f ON f.photo = ep.photo"
        " JOIN assignment a ON a.face = f.id AND a.event = ep.event WHERE ep.id = ? AND a.person = ?",
        (event_photo, person),
    )


# ---- questions to the operator: is this face that person?


@dataclass(frozen=True, slots=True)
class Question:
    """One face and whom it may be. `reference`: the nearest picture of that person, by its SHA-256."""

    person: PersonId
    distance: float
    why: str
    rival: PersonId | None = None
    rival_distance: float | None = None
    reference: str | None = None


def ask(db: Db, event: EventId, photo: PhotoId, questions: Mapping[int, Question]) -> bool:
    """What is to be asked about the photo's faces: face -> question. Replaces what was asked before.

    The same question keeps its number, another one about the same face gets a new one. Returns whether any is new or
    gone.
    """
    before = {
        int(row["face"]): row
        for row in db.execute(
            "SELECT * FROM review WHERE event = ? AND face IN (SELECT id FROM face WHERE photo = ?)", (event, photo)
        )
    }
    changed = False
    for face, row in before.items():
        now = questions.get(face)
        if now is None or now.person != row["person"]:
            db.execute("DELETE FROM review WHERE id = ?", (row["id"],))
            changed = True
    for face, one in questions.items():
        values = (one.distance, one.why, one.rival, one.rival_distance, one.reference)
        kept = before.get(face)
        if kept is not None and kept["person"] == one.person:
            db.execute(
                "UPDATE review SET distance = ?, why = ?, rival = ?, rival_distance = ?, reference = ? WHERE id = ?",
                (*values, kept["id"]),
            )
            continue
        db.execute(
            "INSERT INTO review (face, event, person, distance, why, rival, rival_distance, reference)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (face, event, one.person, *values),
        )
        changed = True
    return changed


def asked(db: Db, event: EventId, among: Sequence[int]) -> dict[int, tuple[PersonId, str]]:
    """Of these faces: face -> whom is asked about, and why."""
    query = "SELECT face, person, why FROM json_each(?) one CROSS JOIN review ON face = one.value WHERE event = ?"
    return {face: (person, why) for face, person, why in db.tuples(query, (json.dumps(list(among)), event))}


TOGETHER = "r.event, r.person, COALESCE(i.alike, -r.id)"  # faces that look alike: one answer is about all of them
OPEN_QUESTIONS = (
    "SELECT r.*, f.photo, ph.sha256, ep.id AS event_photo, ep.name, ep.arrived_at,"  # noqa: S608 - our own words
    f" COUNT(*) OVER (PARTITION BY {TOGETHER}) AS faces,"
    f" ROW_NUMBER() OVER (PARTITION BY {TOGETHER} ORDER BY r.distance, r.id) AS place"
    " FROM review r JOIN face f ON f.id = r.face JOIN photo ph ON ph.id = f.photo"
    " JOIN event_photo ep ON ep.photo = f.photo AND ep.event = r.event"
    " LEFT JOIN alike_face i ON i.face = r.face AND i.event = r.event"
)


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that waits for its answer, with all that an answer needs of its photo and face."""

    event: EventId
    event_photo: EventPhotoId
    person: PersonId
    name: str  # the photo's
    sha256: str  # the photo's
    face: StoredFace


def open_questions(db: Db, event: EventId | None, limit: int = 500) -> list[Row]:
    """Open questions with their photos, newest first; of `faces` that look alike the nearest one stands for all."""
    return db.execute(
        f"SELECT * FROM ({OPEN_QUESTIONS} WHERE (?1 IS NULL OR r.event = ?1)) WHERE place = 1"  # noqa: S608 - ours
        " ORDER BY event_photo DESC, id LIMIT ?2",
        (event, limit),
    ).fetchall()


def questions_about(db: Db, event: EventId, person: PersonId) -> list[Row]:
    """All about somebody, one for each face."""
    return db.execute(
        f"{OPEN_QUESTIONS} WHERE r.event = ? AND r.person = ? ORDER BY ep.id DESC, r.id", (event, person)
    ).fetchall()


def asked_together(db: Db, number: int) -> list[OpenQuestion]:
    """A question, and those that are answered with it: about faces like it, of one event and person; none if it is
    over.
    """
    asked = db.execute("SELECT * FROM review WHERE id = ?", (number,)).fetchone()
    rows = [] if asked is None else questions_about(db, EventId(asked["event"]), PersonId(asked["person"]))
    groups = {int(row["id"]): group for row in rows if (group := _group_of(db, row)) is not None}
    chosen = [
        row for row in rows if row["id"] == number or (number in groups and groups.get(row["id"]) == groups[number])
    ]
    found: list[OpenQuestion] = []
    for row in sorted(chosen, key=lambda row: row["id"] != number):
        face = faces.by_id(db, row["face"])
        if face is not None:
            found.append(from_row(OpenQuestion, row, face=faces.stored(face)))
    return found


def _group_of(db: Db, question: Row) -> int | None:
    return db.value("SELECT alike FROM alike_face WHERE face = ? AND event = ?", (question["face"], question["event"]))


def count_questions(db: Db) -> int:
    """As `open_questions` gives them."""
    return db.value(
        f"SELECT COUNT(*) FROM (SELECT DISTINCT {TOGETHER} FROM review r"  # noqa: S608 - our own words
        " LEFT JOIN alike_face i ON i.face = r.face AND i.event = r.event)"
    )


FACES_OF_PERSON = "SELECT f.id FROM assignment a JOIN face f ON f.id = a.face WHERE a.person = ? AND a.event = ?"


def best_of_person(db: Db, event: EventId, person: PersonId, limit: int) -> list[int]:
    """Somebody's best faces, for the eye."""
    return db.column(FACES_OF_PERSON + faces.BEST_FIRST, (person, event, limit))


def tally_of_person(db: Db, event: EventId, person: PersonId) -> Row:
    """`faces, photos, last` of somebody in an event."""
    return db.execute(
        "SELECT COUNT(*) AS faces, COUNT(DISTINCT f.photo) AS photos, MAX(ep.arrived_at) AS last FROM assignment a"
        " JOIN face f ON f.id = a.face JOIN event_photo ep ON ep.photo = f.photo AND ep.event = a.event"
        " WHERE a.person = ? AND a.event = ?",
        (person, event),
    ).fetchone()


def are_all_of(db: Db, person: PersonId, faces: Sequence[int]) -> bool:
    """Whether all of these that there are still were taken for that person."""
    row = db.execute(
        "SELECT COUNT(*) AS faces, COUNT(a.face) AS theirs FROM face f"
        " LEFT JOIN assignment a ON a.face = f.id AND a.person = ?2 WHERE f.id IN (SELECT value FROM json_each(?1))",
        (json.dumps(list(faces)), person),
    ).fetchone()
    return 0 < row["theirs"] == row["faces"]


def photos_of_person(db: Db, event: EventId, person: PersonId, limit: int) -> list[int]:
    """Photos in the event on which somebody is, newest first."""
    return db.column(
        "SELECT DISTINCT ep.id FROM assignment a JOIN face f ON f.id = a.face"
        " JOIN event_photo ep ON ep.photo = f.photo AND ep.event = a.event WHERE a.person = ? AND a.event = ?"
        " ORDER BY ep.id DESC LIMIT ?",
        (person, event, limit),
    )
