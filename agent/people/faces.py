"""Faces as operators name and see them: by the ids that rows give, as pictures, on a picture that somebody shows."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog

from agent.disk.atomic import write_whole
from agent.errors import Cause, NotThere, VenueError
from agent.faces.quality import poor, prominent, refusal, useless
from agent.faces.results import Fault, FoundFace, LookError
from agent.faces.workers import FaceWorkers
from agent.ledger import Ledger, faces, matches
from agent.ledger.faces import StoredFace
from agent.ledger.matches import PlannedPhoto
from agent.ledger.meta import row_number
from agent.ledger.sqlite.rows import Db
from agent.model import Box, Event, EventId, EventPhotoId, Person, PersonId
from agent.people.intents import FaceAt
from agent.people.planner import Planner
from agent.people.recognise import quality_of, recognise
from agent.people.references import Pictures
from agent.roster import Roster
from agent.roster.known_by import At, denied_of, is_same

log = structlog.get_logger(__name__)

CACHED = 2000  # pictures; then the cache begins anew


def face_id(number: int) -> str:
    return f"face:{number}"


def reference_id(person: PersonId, sha256: str) -> str:
    return f"reference:{person}:{sha256}"


def number_of(id: str) -> int | None:
    """The number of a face's id."""
    kind, _, number = id.partition(":")
    return row_number(number) if kind == "face" else None


class FacePictures:
    """`cache` is a folder of ours."""

    def __init__(self, ledger: Ledger, roster: Roster, pictures: Pictures, workers: FaceWorkers, cache: Path) -> None:
        self._ledger = ledger
        self._roster = roster
        self._pictures = pictures
        self._workers = workers
        self._cache = cache
        self._one = asyncio.Lock()  # photos that arrive have the workers, too

    async def picture(self, id: str, side: int) -> bytes | None:
        """A square JPEG; `None` where there is no such face, or its photo lies nowhere any more."""
        where = await self._where(id)
        if where is None:
            return None
        sha256, box = where
        blurred = self._roster.is_blurred(sha256)  # what was cut before that was said is not it
        kept = self._cache / cached_as(f"{sha256} blurred" if blurred else sha256, box, side)
        async with self._one:
            try:
                return await asyncio.to_thread(kept.read_bytes)
            except OSError:
                pass

            async def cut(path: Path, of: str) -> bytes:
                made = await self._workers.cut(path, of, box.edges, side)
                with contextlib.suppress(OSError):  # it is made again when it is asked for again
                    await asyncio.to_thread(keep_in_cache, kept, made)
                return made

            try:
                made = await self._pictures.use_shown(sha256, cut, self._roster.is_blurred)
            except LookError as error:
                log.info("face.no_picture", face=id, fault=error.fault, detail=error.detail)
                return None
            if made is None or await self._where(id) != where:  # they were forgotten meanwhile, and all others went
                await asyncio.to_thread(kept.unlink, missing_ok=True)
            return made

    async def _where(self, id: str) -> tuple[str, Box] | None:
        number = number_of(id)
        if number is not None:
            row = await self._ledger.read(faces.by_id, number)
            return None if row is None else (str(row["sha256"]), faces.box_of(row))
        kind, _, rest = id.partition(":")
        person, _, sha256 = rest.partition(":")
        found = self._roster.person(PersonId(person)) if kind == "reference" else None
        if found is None:
            return None
        return next(((one.sha256, one.box) for one in found.references if one.sha256 == sha256), None)


def cached_as(sha256: str, box: Box, side: int) -> str:
    """The name in the cache of a face's picture."""
    return f"{hashlib.sha256(f'{sha256} {box.edges} {side}'.encode()).hexdigest()[:32]}.jpg"


def keep_in_cache(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sum(1 for _ in path.parent.iterdir()) > CACHED:
        for old in path.parent.iterdir():
            old.unlink(missing_ok=True)
    write_whole(path, data, sync=False)


def faces_of_person(db: Db, person: Person) -> list[FaceAt]:
    """All that were taken for them."""
    photos = matches.photos_of_person(db, person.event, person.id, -1)
    return faces_on_photos(db, person, photos)


def not_denied(
    db: Db, roster: Roster, guests: Sequence[PersonId], person: Person | None, but: Sequence[FaceAt] = ()
) -> list[PersonId]:
    """Those of these guests of none of whose faces somebody said that it is not this person's; `but` of these faces it
    may have been said.
    """
    found: list[PersonId] = []
    for guest in filter(None, map(roster.person, guests)):
        theirs: list[At] = [*guest.references, *faces_of_person(db, guest)]
        left = [one for one in theirs if not any(is_same(one, each) for each in but)]
        if person is None or person.id not in denied_of(left, partial(roster.face_decisions, guest.event)):
            found.append(guest.id)
    return found


def faces_on_photos(db: Db, person: Person, photos: Sequence[int], ids: Sequence[str] = ()) -> list[FaceAt]:
    """Faces on these photos that were taken for them, or about which it is asked whether they are theirs.

    `ids`: only those, where there are any.
    """
    only = {number_of(one) for one in ids}
    sights = matches.planned_among(db, [EventPhotoId(one) for one in photos])
    asked = matches.asked(db, person.event, [face.id for sight in sights for face in sight.faces])
    found: list[FaceAt] = []
    for sight in sights:
        if sight.event == person.event:
            found += [
                FaceAt(sight.sha256, face.box, sight.name)
                for face in sight.faces
                if (not only or face.id in only)
                and (sight.was.get(face.id) == person.id or asked.get(face.id, (None,))[0] == person.id)
            ]
    return found


@dataclass(frozen=True, slots=True)
class ChosenFace:
    """`owner`: whom it was taken for; `refusal`: why it cannot be a reference."""

    at: FaceAt
    event: EventId
    owner: PersonId | None
    refusal: str | None

    def no_reference(self) -> VenueError:
        why = f"{self.at.name}: {self.refusal}"
        return VenueError(
            "That face cannot be a reference", why, "Choose another", cause=Cause.USAGE, kind="no_reference"
        )


def face_to_enroll(db: Db, id: str, event: EventId | None) -> ChosenFace:
    """The face with this id, or the only prominent one of `photo:12`. Raises `VenueError` for what is none."""
    sight, face = _face(db, id, event)
    at = FaceAt(sight.sha256, face.box, sight.name)
    return ChosenFace(at, sight.event, sight.was.get(face.id), refusal(quality_of(face)))


def _face(db: Db, id: str, event: EventId | None) -> tuple[PlannedPhoto, StoredFace]:
    kind, _, number = id.partition(":")
    if kind == "photo":
        return _only_face(db, number)
    chosen = number_of(id)
    row = None if chosen is None else faces.by_id(db, chosen)
    if row is not None:
        for sight in matches.planned_of_content(db, row["photo"]):
            if event in (None, sight.event):
                return sight, next(face for face in sight.faces if face.id == chosen)
    raise NotThere("There is no such face", id, "Give a face's id, or photo:NUMBER")


def _only_face(db: Db, photo: str) -> tuple[PlannedPhoto, StoredFace]:
    number = row_number(photo)
    found = [] if number is None else matches.planned_among(db, [EventPhotoId(number)])
    if not found:
        raise NotThere("There is no such photo", photo, "Look for it: venuesync photos")
    sight = found[0]
    out = prominent([one.box.edges for one in sight.faces], [one.sharpness for one in sight.faces])
    big = [face for face, stands_out in zip(sight.faces, out, strict=True) if stands_out]
    if len(big) != 1:
        many = f"{len(big)} faces stand out in it" if big else "there is no face in it"
        raise VenueError(
            "That photo cannot be a reference",
            f"{sight.name}: {many}",
            "Choose a face",
            cause=Cause.USAGE,
            kind="no_reference",
        )
    return sight, big[0]


@dataclass(frozen=True, slots=True)
class Match:
    """One face of the picture. `sure`: it would be filed by itself; `why`, in words, where nobody is named."""

    box: Box
    person: Person | None = None
    distance: float | None = None
    sure: bool = False
    why: str = ""


async def find_people(workers: FaceWorkers, planner: Planner, roster: Roster, path: Path) -> list[Match]:
    """The faces, the largest first. Raises `VenueError` where the picture cannot be looked at."""
    try:
        seen = await workers.look(path, None)
    except LookError as error:
        raise VenueError(
            "The picture cannot be looked at", error.detail, error.remedy, cause=blame(error), kind="photo"
        ) from error
    shown = [as_stored(number, face, planner.engine) for number, face in enumerate(seen.faces)]
    best: dict[int, Match] = {}
    for event in roster.events():
        for number, match in (await _in_event(planner, event, shown)).items():
            if number not in best or _rank(match) < _rank(best[number]):
                best[number] = match
    found = [best.get(face.id) or Match(face.box, why=_why_nobody(face)) for face in shown]
    return sorted(found, key=lambda one: -one.box.area)


def blame(error: LookError) -> Cause:
    """Whether another picture is wanted, or only another moment."""
    match error.fault:
        case Fault.MISSING:
            return Cause.MISSING
        case Fault.ENGINE | Fault.CLOSED:
            return Cause.TRANSIENT
        case _:
            return Cause.USAGE


async def _in_event(planner: Planner, event: Event, shown: Sequence[StoredFace]) -> dict[int, Match]:
    known = await planner.known(event)
    found = recognise(shown, known, [], planner.engine)
    boxes = {face.id: face.box for face in shown}
    sure = {
        number: Match(boxes[number], known.person(one.person), round(one.distance, 4), sure=True)
        for number, one in found.taken.items()
    }
    likely = {
        number: Match(boxes[number], known.person(one.person), round(one.distance, 4), why=one.why)
        for number, one in found.questions.items()
    }
    return {**likely, **sure}


def _rank(match: Match) -> tuple[bool, float]:
    return not match.sure, math.inf if match.distance is None else match.distance


def _why_nobody(face: StoredFace) -> str:
    quality = quality_of(face)
    return useless(quality) or poor(quality) or "nobody known looks like this"


def as_stored(number: int, face: FoundFace, engine: str) -> StoredFace:
    box = Box(*face.box)
    known = (face.score, face.sharpness, face.yaw, face.light, face.contrast)
    return StoredFace(number, box, face.encoding, engine, *known)
