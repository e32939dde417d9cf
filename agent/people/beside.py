"""A film beside a photo, as phones make them: what was said of the photo is so of the film, though that came later.

Such films are larger, and are looked at when no photo waits: by then somebody may have decided about the photo. What is
said of the film itself goes before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agent.ledger.matches import PlannedPhoto
from agent.model import PhotoState
from agent.people.known_faces import KnownFaces
from agent.people.recognise import pair, recognise
from agent.roster import Roster
from agent.roster.decisions import FaceDecision, PhotoDecision
from agent.roster.moves import Along


def as_stills(roster: Roster, sight: PlannedPhoto, said: PhotoDecision | None) -> PhotoDecision | None:
    """What was `said` of a film that is in its event, and of the photo beside it: withdrawn, approved, as what it is
    filed.
    """
    for still in sight.stills:
        if beside := roster.photo_decision(sight.event, still.sha256):
            said = said or PhotoDecision(sight.sha256)
            withdrawn, approved = said.withdrawn or beside.withdrawn, said.approved or beside.approved
            said = replace(said, withdrawn=withdrawn, approved=approved, company=said.company or beside.company)
    return said


def moved_along(roster: Roster, sight: PlannedPhoto) -> Along | None:
    """That it goes where the photo beside it was moved, and it was not there to go with that; `None`: it does not."""
    if sight.state != PhotoState.WAITING or roster.photo_decision(sight.event, sight.sha256) is not None:
        return None
    for still in sight.stills:
        to = roster.moved_along(sight.event, still.sha256)[1:2]
        if to and roster.find_event(to[0]) is not None:
            return Along(sight.event, still.sha256, sight.sha256, sight.name)
    return None


def with_stills(
    roster: Roster, sight: PlannedPhoto, said: Sequence[FaceDecision], known: KnownFaces, engine: str
) -> Sequence[FaceDecision]:
    """What was `said` of a film's faces, and that none of them is of whoever was said not to be on the photo beside it,
    and is not.
    """
    gone: set[int | None] = set()
    for still in sight.stills:
        decisions = roster.face_decisions(sight.event, still.sha256)
        if denied := {known.place(person) for one in decisions for person in one.no}:
            there = recognise(still.faces, known, decisions, engine).taken.values()
            gone |= denied - {known.place(one.person) for one in there}
    no = tuple(known.people[place].id for place in gone if place is not None)
    if not no:
        return said
    of = pair(sight.faces, said)
    rest = [one for one in said if one not in of.values()]
    each = [of.get(at) or FaceDecision(sight.sha256, face.box) for at, face in enumerate(sight.faces)]
    return [*rest, *(replace(one, no=(*one.no, *no)) for one in each)]
