"""Who is on a photo: its faces, the faces that are known in its event, and what was decided, taken together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from agent.faces import np
from agent.faces.quality import Quality, poor, unsure, useless
from agent.faces.rule import (
    ALIKE,
    AS_NEAR,
    FEW,
    Apart,
    Encodings,
    Facts,
    Rule,
    Verdict,
    decide,
    distances,
    doubted,
    others,
    room,
    together,
)
from agent.ledger import Ledger, faces, matches
from agent.ledger.faces import Encoding, ReferenceKey, StoredFace
from agent.ledger.matches import Question
from agent.model import Box, Event, EventId, Person, PersonId, overlap
from agent.people.known_faces import CLEAR, KnownFaces, Near, known_faces
from agent.roster.decisions import FaceDecision
from agent.roster.known_by import SAME

MIDDLE = Box(0, 0, 200, 200)  # of a face that was good enough when it was looked at


@dataclass(frozen=True, slots=True)
class Taken:
    """A face that was taken for somebody; `decided`: by an operator."""

    person: PersonId
    distance: float
    decided: bool = False


@dataclass(frozen=True, slots=True)
class Recognised:
    """What came of a photo's faces, by their ids. Strangers are good faces of nobody known.

    `blurred`: boxes of faces that are to be blurred, as what is kept of somebody forgotten says; where something is
    decided of such a face, the box in that.
    """

    taken: dict[int, Taken] = field(default_factory=dict[int, Taken])
    questions: dict[int, Question] = field(default_factory=dict[int, Question])
    strangers: list[int] = field(default_factory=list[int])
    doubtful: set[int] = field(default_factory=set[int])  # may be no faces at all
    forgotten: list[int] = field(default_factory=list[int])  # whose encodings are not to be kept
    blurred: list[Box] = field(default_factory=list[Box])


def recognise(
    faces: Sequence[StoredFace], known: KnownFaces, decisions: Sequence[FaceDecision], engine: str
) -> Recognised:
    """Nobody is taken for two faces. A face that another engine encoded stays whom it was taken for, for the while."""
    found = Recognised()
    if not faces:
        return found
    decided = pair(faces, decisions)
    comparable = [face.encoding is not None and face.engine == engine for face in faces]
    looks = Looks(faces, comparable)
    near = known.near(looks.encodings, _told_of(faces, decisions))
    facts = _facts(faces, near, decided, looks)
    apart, which = _judged(looks, near, facts)
    verdicts = decide(apart, known.rule, facts)
    for at, (face, verdict) in enumerate(zip(faces, verdicts, strict=True)):
        ignored = at in decided and decided[at].ignored and at not in facts.yes
        if face.encoding is not None and is_forgotten(decided.get(at), verdict, near):
            found.forgotten.append(face.id)
            if verdict.person is not None and near.people[verdict.person].blur:
                found.blurred.append(decided[at].box if at in decided else face.box)
        reference = None if verdict.ask is None else near.picture(which[at, verdict.ask])
        _sort(found, face, verdict, near, decided=at in facts.yes, ignored=ignored, reference=reference)
    for at, face in enumerate(faces):
        if not comparable[at] and at not in facts.yes:
            _stay(found, face, near, {person for one, person in facts.no if one == at})
    return found


def _told_of(faces: Sequence[StoredFace], decisions: Sequence[FaceDecision]) -> set[PersonId]:
    """Who matters however far their faces are."""
    told = {face.was[0] for face in faces if face.was is not None}
    for one in decisions:
        told |= {*one.no, *([] if one.yes is None else [one.yes])}
    return told


class Looks:
    """How a photo's faces look, and the groups that they are in: `encodings` (rows, then groups; 128) float32.

    `rows`: the places of the faces that can be compared. `groups`: by the row, the group that is judged with it.
    """

    def __init__(self, faces: Sequence[StoredFace], comparable: Sequence[bool]) -> None:
        self.count = len(faces)
        self.rows = [at for at, can in enumerate(comparable) if can]
        groups = ((at, faces[face].alike) for at, face in enumerate(self.rows))
        self.groups = {at: one for at, one in groups if one is not None and one.faces > 1}
        self.supported = frozenset(self.rows[at] for at, one in self.groups.items() if one.faces <= FEW)
        looks = [faces[at].encoding for at in self.rows] + [one.middle for one in self.groups.values()]
        self.encodings = np.array(looks, dtype=np.float32).reshape(-1, 128)
        self.spreads = np.array([[one.spread] for one in self.groups.values()])


def _judged(looks: Looks, near: Near, facts: Facts) -> tuple[Apart, Apart]:
    """How far each face is from each person as it is judged, and which reference of theirs is nearest to it.

    Whoever is not clearly that person and looks more like a face that was denied is asked about: just too far; where
    such a one is of the same group, it was answered for all of them. Of whom nothing is held beside one look is known
    by that, whatever it is near to besides.
    """
    shape, rule, rows = (looks.count, len(near.people)), near.known.rule, looks.rows
    apart, which = np.full(shape, np.inf), np.zeros(shape)
    if not rows or not near.people:
        return apart, which
    own, which[rows] = near.apart[: len(rows)], near.which[: len(rows)]
    denied = near.denied_apart(looks.encodings)
    judged, far, asked = doubted(own), np.zeros(own.shape), np.zeros(own.shape, np.bool_)
    if looks.groups:
        places = list(looks.groups)
        theirs = np.sqrt(near.apart[len(rows) :] ** 2 + looks.spreads)
        beside = others(theirs)
        judged[places] = together(judged[places], doubted(theirs, beside))
        far[places] = room(beside)
        refused = np.sqrt(denied[len(rows) :] ** 2 + looks.spreads)
        asked[places] = (refused <= ALIKE) & (refused < theirs)
    kept = [at for at, person in enumerate(near.people) if person.look]
    judged[:, kept] = np.minimum(own[:, kept], judged[:, kept])
    supported = np.array([[at in facts.supported] for at in rows])
    limits = rule.tolerance + supported * np.array([near.support])
    judged = np.where(judged <= limits + supported * far, np.minimum(judged, limits), judged)
    unclear = (own > CLEAR * rule.tolerance) & (judged <= limits)
    judged = np.where(unclear & (denied[: len(rows)] < own), limits + 0.001, judged)
    unnamed = (judged > limits) | np.array([[at in facts.poor] for at in rows])
    apart[rows] = np.where(asked & unnamed, np.inf, judged)
    return apart, which


def whose(look: Encoding, known: KnownFaces, engine: str) -> Person | None:
    """Whom a face alone would be filed as, guests without a name among them."""
    found = recognise([StoredFace(0, MIDDLE, look, engine)], known, [], engine).taken.get(0)
    return None if found is None else known.person(found.person)


def is_forgotten(decision: FaceDecision | None, verdict: Verdict, near: Near) -> bool:
    """Whether it is the face of somebody of whom nothing is to be held."""
    if decision is not None and decision.forgotten:
        return True
    return verdict.person is not None and bool(near.people[verdict.person].look)


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


def _facts(faces: Sequence[StoredFace], near: Near, decided: dict[int, FaceDecision], looks: Looks) -> Facts:
    bad: dict[int, str] = {}
    yes: dict[int, int] = {}
    no: set[tuple[int, int]] = set()
    out = set(range(len(faces))) - set(looks.rows)
    for at, face in enumerate(faces):
        quality = quality_of(face)
        reason = poor(quality)
        if useless(quality) is not None:
            out.add(at)
        elif reason is not None:
            bad[at] = reason
    taken: set[int] = set()
    unasked: set[int] = set()
    for at, decision in sorted(decided.items(), key=lambda one: -one[1].at):  # of two answers the later one counts
        place = None if decision.yes is None else near.place(decision.yes)
        if place is not None and place not in taken:
            yes[at] = place
            taken.add(place)
        elif decision.ignored:
            (out if decision.forgotten else unasked).add(at)
        denied = (near.place(person) for person in decision.no)
        no |= {(at, person) for person in denied if person is not None and yes.get(at) != person}
    return Facts(
        bad,
        frozenset(out - set(yes)),
        looks.supported,
        near.support,
        frozenset(unasked),
        yes,
        frozenset(no),
        frozenset(at for at, person in enumerate(near.people) if person.guest and not person.ignored),
    )


def _sort(
    found: Recognised,
    face: StoredFace,
    verdict: Verdict,
    near: Near,
    *,
    decided: bool,
    ignored: bool,
    reference: str | None,
) -> None:
    """One face's verdict: taken, asked about, a stranger, or nobody to speak of."""
    quality = quality_of(face)
    if verdict.person is not None:
        person = near.people[verdict.person]
        if not person.ignored:
            found.taken[face.id] = Taken(person.id, verdict.distance, decided)
        return
    asked = None if verdict.ask is None else near.people[verdict.ask]
    if asked is not None and not asked.guest and not asked.ignored:
        rival = None if verdict.rival is None else near.people[verdict.rival]
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


def _stay(found: Recognised, face: StoredFace, near: Near, denied: set[int]) -> None:
    """Whom the face was taken for, unless that was denied or another face of the photo is theirs."""
    if face.was is None:
        return
    person, distance = face.was
    place = near.place(person)
    if place is None or place in denied or near.people[place].ignored:
        return
    if all(one.person != near.people[place].id for one in found.taken.values()):
        found.taken[face.id] = Taken(near.people[place].id, distance)


class People(Protocol):
    """What is asked of a roster."""

    @property
    def revision(self) -> int: ...

    def known_people(self, event: EventId | None = None) -> list[Person]: ...

    def merged(self, event: EventId) -> dict[PersonId, PersonId]: ...

    def denials(self, event: EventId) -> list[FaceDecision]: ...


class Knower:
    """`engine` tells whose encodings are compared."""

    def __init__(self, ledger: Ledger, roster: People, engine: Callable[[], str], rule: Rule) -> None:
        self._ledger = ledger
        self._roster = roster
        self._engine = engine
        self._rule = rule
        self._known: dict[EventId, KnownFaces] = {}
        self._encodings: Mapping[ReferenceKey, Encoding] | None = None
        self._forgotten = 0  # times

    async def known(self, event: Event) -> KnownFaces:
        """The event's people as the roster has them now."""
        kept = self._known.get(event.id)
        if kept is not None and kept.revision == self._roster.revision:
            return kept
        revision, forgotten = self._roster.revision, self._forgotten
        people, merged = self._roster.known_people(event.id), self._roster.merged(event.id)
        encodings = self._encodings or await self._ledger.read(faces.reference_encodings, self._engine())
        denied = await self._denied(event)
        made = known_faces(event.id, people, encodings, self.rule_of(event), revision, denied, merged, self._engine())
        if forgotten == self._forgotten:  # else they were read before they changed
            self._encodings = encodings
            self._known[event.id] = made
        return made

    @property
    def changes(self) -> int:
        """How often encodings changed without the roster."""
        return self._forgotten

    def forget(self) -> None:
        """Encodings changed without the roster: read them anew. For any thread."""
        self._forgotten += 1
        self._encodings = None
        self._known.clear()

    def is_fresh(self, known: KnownFaces) -> bool:
        return known.revision == self._roster.revision and self._known.get(known.event) is known

    def rule_of(self, event: Event) -> Rule:
        """The workspace's, or with the event's own tolerance."""
        tolerance = event.tolerance or self._rule.tolerance
        return Rule(tolerance, max(self._rule.review, tolerance), self._rule.margin)

    async def _denied(self, event: Event) -> list[tuple[PersonId, Encoding]]:
        """Faces that somebody said are not this person: what looks like them is not, either."""
        denials = self._roster.denials(event.id)
        if not denials:
            return []
        looks = await self._ledger.read(matches.faces_of_contents, sorted({one.sha256 for one in denials}))
        found: list[tuple[PersonId, Encoding]] = []
        for sha256, known in looks.items():
            decisions = pair(known, [one for one in denials if one.sha256 == sha256])
            for at, decision in decisions.items():
                encoding = known[at].encoding
                if encoding is not None and known[at].engine == self._engine():
                    found += [(person, encoding) for person in decision.no]
        return found


@dataclass(frozen=True, slots=True)
class Resemblance:
    """`guests`: the same person, nearest first; `warnings`: one for each picture, empty where all is well."""

    guests: list[PersonId]
    warnings: list[str]


def guests_like(known: KnownFaces, encodings: Sequence[Encoding]) -> list[PersonId]:
    """Guests who are the same person as these faces, nearest first."""
    if not encodings:
        return []
    near = known.near(np.stack(encodings))
    least = near.apart.min(axis=0)
    order = [int(at) for at in np.argsort(least)]
    return [near.people[at].id for at in order if near.people[at].guest and least[at] <= known.rule.tolerance]


def resemble(name: str, known: KnownFaces, pictures: Sequence[Encoding | None]) -> Resemblance:
    """Compare the pictures of somebody called `name` with everybody in the event, and with each other."""
    encodings = np.stack([np.asarray(one, dtype=np.float32) for one in pictures if one is not None])
    near = known.near(encodings)
    least = {
        at: float(near.apart[:, at].min())
        for at, person in enumerate(near.people)
        if person.name != name and near.apart[:, at].min() <= known.rule.tolerance
    }
    guests = sorted((at for at in least if near.people[at].guest), key=lambda at: least[at])
    own = [at for at, owner in enumerate(known.owners) if known.people[owner].name == name]
    return Resemblance(
        [near.people[at].id for at in guests],
        [_warning(at, encodings, near, own) for at in range(len(encodings))],
    )


def _warning(at: int, encodings: Encodings, near: Near, own: Sequence[int]) -> str:
    """Of one picture: that it looks like somebody else, or unlike the others of the same person."""
    known = near.known
    for place in np.argsort(near.apart[at]):
        person, apart = near.people[int(place)], near.apart[at, place]
        if apart > known.rule.tolerance:
            break
        theirs = own and person is known.people[known.owners[own[0]]]
        if not theirs and not person.guest and not person.ignored:
            return f"looks like {person.name}, too ({apart:.2f}): compare the two"
    others = np.vstack([np.delete(encodings, at, axis=0), known.references[list(own)]])
    if len(others) and distances(encodings[at : at + 1], others).min() > known.rule.review:
        return "unlike the other pictures: check that it is the same person"
    return ""
