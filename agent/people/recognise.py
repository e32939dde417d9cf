"""Who is on a photo: its faces, what is known of the event's people, and what was decided, taken together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from agent.faces.quality import Quality, poor, unsure, useless
from agent.faces.rule import AS_NEAR, Facts, Verdict, decide
from agent.ledger.faces import StoredFace
from agent.ledger.reviews import Question
from agent.model import PersonId, overlap
from agent.people.known import KnownFaces
from agent.roster.decisions import FaceDecision

SAME = 0.4  # share of the union from which two boxes are one face


@dataclass(frozen=True, slots=True)
class Taken:
    """A face that was taken for somebody; `decided`: by an operator."""

    person: PersonId
    distance: float
    decided: bool = False


@dataclass(frozen=True, slots=True)
class Recognised:
    """What came of a photo's faces, by their ids. Strangers are good faces of nobody known."""

    taken: dict[int, Taken] = field(default_factory=dict[int, Taken])
    questions: dict[int, Question] = field(default_factory=dict[int, Question])
    strangers: list[int] = field(default_factory=list[int])
    doubtful: set[int] = field(default_factory=set[int])  # may be no faces at all


def recognise(
    faces: Sequence[StoredFace], known: KnownFaces, decisions: Sequence[FaceDecision], engine: str
) -> Recognised:
    """Nobody is taken for two faces. A face that another engine encoded stays whom it was taken for, for the while."""
    found = Recognised()
    if not faces:
        return found
    decided = pair(faces, decisions)
    comparable = [face.encoding is not None and face.engine == engine for face in faces]
    apart, which = np.full((len(faces), len(known.people)), np.inf), np.zeros((len(faces), len(known.people)))
    rows = [at for at, yes in enumerate(comparable) if yes]
    if rows and known.people:
        encodings = np.stack([np.asarray(faces[at].encoding, dtype=np.float32) for at in rows])
        apart[rows], which[rows] = known.apart(encodings)
    facts = _facts(faces, known, decided, comparable)
    verdicts = decide(apart, known.rule, facts)
    for at, (face, verdict) in enumerate(zip(faces, verdicts, strict=True)):
        ignored = at in decided and decided[at].ignored and at not in facts.yes
        reference = None if verdict.ask is None else known.picture(which[at, verdict.ask])
        _sort(found, face, verdict, known, decided=at in facts.yes, ignored=ignored, reference=reference)
    for at, face in enumerate(faces):
        if not comparable[at] and at not in facts.yes:
            _stay(found, face, known, {person for one, person in facts.no if one == at})
    return found


def pair(faces: Sequence[StoredFace], decisions: Sequence[FaceDecision]) -> dict[int, FaceDecision]:
    """Which decision is about which face: by their boxes, the best pair first."""
    if not decisions:
        return {}
    pairs = sorted(
        (
            (overlap(face.box, decision.box), at, number)
            for at, face in enumerate(faces)
            for number, decision in enumerate(decisions)
        ),
        reverse=True,
    )
    found: dict[int, FaceDecision] = {}
    used: set[int] = set()
    for share, at, number in pairs:
        if share >= SAME and at not in found and number not in used:
            found[at] = decisions[number]
            used.add(number)
    return found


def quality_of(face: StoredFace) -> Quality:
    return Quality(face.box.width, face.score, face.sharpness, face.yaw, face.light, face.contrast)


def _facts(
    faces: Sequence[StoredFace], known: KnownFaces, decided: dict[int, FaceDecision], comparable: Sequence[bool]
) -> Facts:
    bad: dict[int, str] = {}
    yes: dict[int, int] = {}
    no: set[tuple[int, int]] = set()
    out = {at for at, can in enumerate(comparable) if not can}
    for at, face in enumerate(faces):
        quality = quality_of(face)
        reason = poor(quality)
        if useless(quality) is not None:
            out.add(at)
        elif reason is not None:
            bad[at] = reason
    taken: set[int] = set()
    for at, decision in sorted(decided.items(), key=lambda one: -one[1].at):  # of two answers the later one counts
        place = None if decision.yes is None else known.place(decision.yes)
        if place is not None and place not in taken:
            yes[at] = place
            taken.add(place)
        elif decision.ignored:
            out.add(at)
        denied = (known.place(person) for person in decision.no)
        no |= {(at, person) for person in denied if person is not None and yes.get(at) != person}
    return Facts(bad, frozenset(out - set(yes)), yes, frozenset(no))


def _sort(
    found: Recognised,
    face: StoredFace,
    verdict: Verdict,
    known: KnownFaces,
    *,
    decided: bool,
    ignored: bool,
    reference: str | None,
) -> None:
    """One face's verdict: taken, asked about, a stranger, or nobody to speak of."""
    quality = quality_of(face)
    if verdict.person is not None:
        person = known.people[verdict.person]
        if not person.ignored:
            found.taken[face.id] = Taken(person.id, verdict.distance, decided)
        return
    asked = None if verdict.ask is None else known.people[verdict.ask]
    if asked is not None and not asked.guest and not asked.ignored:
        rival = None if verdict.rival is None else known.people[verdict.rival]
        why = f"{rival.name or 'a stranger'} is as near" if rival and verdict.why == AS_NEAR else verdict.why
        found.questions[face.id] = Question(
            asked.id,
            verdict.distance,
            why,
            None if rival is None or rival.ignored else rival.id,
            verdict.rival_distance,
            reference,
        )
        return
    if unsure(quality):
        found.doubtful.add(face.id)
    elif not ignored and useless(quality) is None and poor(quality) is None and face.encoding is not None:
        found.strangers.append(face.id)


def _stay(found: Recognised, face: StoredFace, known: KnownFaces, denied: set[int]) -> None:
    """Whom the face was taken for, unless that was denied or another face of the photo is hers."""
    if face.was is None:
        return
    person, distance = face.was
    place = known.place(person)
    if place is None or place in denied or known.people[place].ignored:
        return
    if all(one.person != known.people[place].id for one in found.taken.values()):
        found.taken[face.id] = Taken(known.people[place].id, distance)
