"""How far faces are apart, and the rule by which a photo's get names: by itself, by asking, or not at all.

Measured on real photos (docs/decisions/08): the nearest of up to five references, filed by itself to 0.50; no stranger
was named there in 3,200 trials and no pair of 10,161 different faces came closer than 0.518. Up to 0.60 somebody is
asked. Where many are enrolled somebody is within that of every stranger, and nearly as near as others are: that counts
against it. And a face is judged together with those of its event that look like it: one part by itself, two by them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from agent.faces import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Encodings: TypeAlias = "NDArray[np.floating]"  # (n, 128)
Apart: TypeAlias = "NDArray[np.float64]"  # (faces, people)


@dataclass(frozen=True, slots=True)
class Rule:
    """`margin`: two people whose distances differ by less are both possible (true pairs: 0.16 at least, n = 4,040)."""

    tolerance: float = 0.50
    review: float = 0.60
    margin: float = 0.05


ALIKE = 0.53  # from a face to a group that it is in, and between two that are one
# Above the tolerance, for a face that is judged together with few others, by how many references of somebody are
# compared: the nearest of several is nearer to strangers, too. The middle of many faces is near to whose they are.
SUPPORT = (0.0, 0.02, 0.01, 0.0)
FEW = 4
VERSION = 3  # raised when the same distances are judged otherwise: all is planned anew
MANY = 10  # other people, of whom a crowd is
CROWD = 0.67  # the mean distance to the ten nearest, below which they are one
DOUBT = 0.6  # of what they are nearer than that: so much farther a face is taken to be
SPARSE = 0.75  # the mean distance to them, beyond which nobody else comes into question
ROOM = 0.02  # at most, above the tolerance and the support, where they are farther than that: a third of it


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a photo's faces besides how they look; keys are their places in the list, and people's."""

    poor: Mapping[int, str] = field(default_factory=dict[int, str])  # good enough to ask about, and why not for more
    useless: Set[int] = frozenset()  # never compared: too small, say
    supported: Set[int] = frozenset()  # judged together with few others
    support: Sequence[float] = ()  # of each person, above the tolerance, for such a face
    unasked: Set[int] = frozenset()  # nobody to ask about; whoever is clearly known is known all the same
    yes: Mapping[int, int] = field(default_factory=dict[int, int])  # face -> person, decided
    no: Set[tuple[int, int]] = frozenset()  # (face, person), decided
    guests: Set[int] = frozenset()  # people who were only found, on faces of nobody: they take none of anybody's


@dataclass(frozen=True, slots=True)
class Verdict:
    """One face. `person` it is (None: nobody); or `ask` whether it is this one, and `why` it is not clear.

    `distance` is to that person; `rival` is somebody as near.
    """

    person: int | None = None
    ask: int | None = None
    distance: float = 0.0
    why: str = ""
    rival: int | None = None
    rival_distance: float | None = None


NOBODY = Verdict()
NEAR_MISS = "near miss"
AS_NEAR = "somebody else is as near"
ANOTHER_FACE = "another face of the photo is nearer"


def distances(encodings: Encodings, references: Encodings) -> NDArray[np.float64]:
    """Return the (n, m) Euclidean distances between (n, 128) and (m, 128): 0 the same face; exact to 1e-7."""
    one, other = encodings.astype(np.float64), references.astype(np.float64)
    squares = (one**2).sum(1)[:, None] + (other**2).sum(1)[None] - 2 * one @ other.T
    return np.sqrt(np.maximum(squares, 0.0))


def others(apart: Apart) -> Apart:
    """The mean distance to the ten nearest people besides each one (n, people); where fewer are known: a crowd's."""
    if apart.shape[1] <= MANY:
        return np.full_like(apart, CROWD)
    known = np.minimum(apart, 2.0)  # infinite: of somebody without references
    near = np.sort(np.partition(known, MANY, axis=1)[:, : MANY + 1], axis=1)
    ten, eleven = near[:, :MANY].sum(1, keepdims=True), near.sum(1, keepdims=True)
    is_of_ten = known <= near[:, MANY - 1 : MANY]
    return (ten + is_of_ten * (eleven - known - ten)) / MANY


def doubted(apart: Apart, beside: Apart | None = None) -> Apart:
    """The same distances (n, people), longer where the ten nearest `others` (`beside`) are a crowd."""
    return apart + DOUBT * np.maximum(0.0, CROWD - (others(apart) if beside is None else beside))


def room(beside: Apart) -> Apart:
    """How much farther than else a face may be that is judged together with few others (n, people), by how far the
    `others` are from their group.
    """
    return np.clip((beside - SPARSE) / 3, 0.0, ROOM)


def together(own: Apart, alike: Apart) -> Apart:
    """How far faces are from people, judged by themselves and by those that look like them."""
    return (own + 2 * np.minimum(alike, 1.0)) / 3


def decide(apart: Apart, rule: Rule, facts: Facts) -> list[Verdict]:
    """Who the faces of one photo are, from their distances (faces, people). Nobody is taken for two of them.

    First what was decided; then, as long as there is one, the pair of face and person who are nearest to each other
    among those left, if nobody else is as near, guests last; then, of what is left, who is to be asked about.
    """
    faces, people = apart.shape
    verdicts = [NOBODY] * faces
    if not people:
        return verdicts
    left = apart.copy()
    for face, person in facts.no:
        left[face, person] = np.inf
    for face in facts.useless:
        left[face] = np.inf
    for face, person in facts.yes.items():
        verdicts[face] = Verdict(person, distance=_finite(apart[face, person]))
        left[face] = left[:, person] = np.inf
    first = left.min(1)
    if facts.guests:
        guests = sorted(facts.guests)
        enrolled = left.copy()
        enrolled[:, guests] = np.inf
        _take_sure(enrolled, enrolled.min(1), rule, facts, verdicts)
        taken = [verdict.person for verdict in verdicts if verdict.person is not None]
        left[[verdict is not NOBODY for verdict in verdicts]] = left[:, taken] = np.inf
    _take_sure(left, first, rule, facts, verdicts)
    _ask(left, rule, facts, verdicts)
    return verdicts


def _take_sure(left: Apart, first: Apart, rule: Rule, facts: Facts, verdicts: list[Verdict]) -> None:
    """One pair after the other: who is taken can be nobody else's rival any more.

    `first`: each face's nearest before anybody was taken: who clearly looked like somebody else is asked about.
    """
    while (sure := _next_sure(left, first, rule, facts)) is not None:
        face, person = sure
        verdicts[face] = Verdict(person, distance=float(left[face, person]))
        left[face] = left[:, person] = np.inf


def _next_sure(left: Apart, first: Apart, rule: Rule, facts: Facts) -> tuple[int, int] | None:
    for face, person in _in_order(left, rule.tolerance + max(SUPPORT) if facts.supported else rule.tolerance):
        distance = left[face, person]
        if distance > limit_of(face, person, rule, facts):
            continue
        nearest_to_each_other = left[:, person].min() >= distance and left[face].min() >= distance
        clear = distance < first[face] + rule.margin and _rival(left, face, person, rule) is None
        if face not in facts.poor and nearest_to_each_other and clear:
            return face, person
    return None


def _ask(left: Apart, rule: Rule, facts: Facts, verdicts: list[Verdict]) -> None:
    """The nearest first; each face and each person once, so that a second question comes after the first answer."""
    asked: set[int] = set()
    for face, person in _in_order(left, rule.review):
        if verdicts[face] is not NOBODY or person in asked or face in facts.unasked:
            continue
        asked.add(person)
        rival = _rival(left, face, person, rule)
        if face in facts.poor:
            why = facts.poor[face]
        elif rival is not None:
            why = AS_NEAR
        else:
            why = NEAR_MISS if left[face, person] > limit_of(face, person, rule, facts) else ANOTHER_FACE
        distance = float(left[face, person])
        other = None if rival is None else float(left[face, rival])
        verdicts[face] = Verdict(ask=person, distance=distance, why=why, rival=rival, rival_distance=other)


def limit_of(face: int, person: int, rule: Rule, facts: Facts) -> float:
    """Up to which distance a face is filed by itself."""
    return rule.tolerance + (facts.support[person] if face in facts.supported else 0.0)


def _in_order(left: Apart, limit: float) -> list[tuple[int, int]]:
    """Pairs up to the limit, nearest first; equal ones by face and person: the same input has the same answer."""
    faces, people = np.nonzero(left <= limit)
    order = left[faces, people].argsort(kind="stable")
    return [(int(faces[at]), int(people[at])) for at in order]


def _rival(left: Apart, face: int, person: int, rule: Rule) -> int | None:
    """Somebody else whom this face may be as well."""
    others = left[face].copy()
    others[person] = np.inf
    rival = int(others.argmin())
    near = others[rival] < left[face, person] + rule.margin and others[rival] <= rule.review
    return rival if near else None


def _finite(distance: float) -> float:
    """A face without encoding was decided without a distance."""
    return float(distance) if np.isfinite(distance) else 0.0
