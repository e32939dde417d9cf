"""Who is on a picture that somebody shows: compared with everybody in every event, and nothing of it is kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.errors import Cause, VenueError
from agent.faces.faults import Fault, LookError
from agent.faces.quality import poor, useless
from agent.faces.seen import FoundFace
from agent.faces.workers import FaceWorkers
from agent.ledger.faces import StoredFace
from agent.model import Box, Event, Person
from agent.people.planner import Planner
from agent.people.recognise import quality_of, recognise
from agent.roster import Roster


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
        told = error.detail.rstrip(".")
        raise VenueError(
            "The picture cannot be looked at", told, error.remedy.rstrip("."), cause=blame(error), kind="photo"
        ) from error
    shown = [as_stored(number, face, planner.engine) for number, face in enumerate(seen.faces)]
    best: dict[int, Match] = {}
    for event in roster.events():
        for number, match in (await _in_event(planner, event, shown)).items():
            if number not in best or _rank(match) < _rank(best[number]):
                best[number] = match
    found = [best.get(face.id) or Match(face.box, why=_why(face)) for face in shown]
    return sorted(found, key=lambda one: -one.box.area)


def blame(error: LookError) -> Cause:
    """Whether another picture is wanted, or only another moment."""
    match error.kind:
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


def _why(face: StoredFace) -> str:
    quality = quality_of(face)
    return useless(quality) or poor(quality) or "nobody known looks like this"


def as_stored(number: int, face: FoundFace, engine: str) -> StoredFace:
    box = Box(*face.box)
    known = (face.score, face.sharpness, face.yaw, face.light, face.contrast)
    return StoredFace(number, box, face.encoding, engine, *known)
