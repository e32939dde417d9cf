"""The faces that are known in an event: which references of whom are compared, and how far they are from others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from agent.faces import np
from agent.faces.gallery import Gallery
from agent.faces.rule import ROOM, SUPPORT, Apart, Rule, distances
from agent.ledger.faces import Encoding, ReferenceKey, reference_key
from agent.model import EventId, Person, PersonId, Reference

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 5  # references of a person that are compared: more make strangers likelier, and nobody surer

CLEAR = 0.9  # of the tolerance: nearer than that, one denial says nothing of other faces

Stack: TypeAlias = "NDArray[np.float32]"  # (m, 128)


@dataclass(frozen=True, slots=True)
class KnownFaces:
    """One event's people as they were at one revision of the roster, ignored strangers among them.

    `references` (m, 128) belong to `owners`, places in `people`, and are the pictures `pictures`: all that the
    `gallery` has. `denied`: faces that somebody said are not theirs. `merged`: who somebody is now that was merged.
    `support`: of each, as they are known by many references or few.
    """

    revision: int
    event: EventId
    rule: Rule
    people: list[Person]
    references: Stack
    owners: list[int]
    pictures: list[str]
    gallery: Gallery
    denied: Gallery
    merged: Mapping[PersonId, PersonId]
    places: Mapping[PersonId, int]
    support: Sequence[float]

    def person(self, id: PersonId) -> Person:
        return self.people[self.places[id]]

    def place(self, person: PersonId) -> int | None:
        """The place of a person, or of whom they were merged into."""
        return self.places.get(self.merged.get(person, person))

    def near(self, faces: Stack, besides: Collection[PersonId] = ()) -> Near:
        """Whoever may be asked about these faces (n, 128) or is among the nearest to one, and who is named besides."""
        places = {place for one in besides if (place := self.place(one)) is not None}
        found = self.gallery.near(faces, max(self.rule.review, self.rule.tolerance + max(SUPPORT) + ROOM))
        people = np.union1d(found, sorted(places)).astype(np.int64)
        apart, which = self.gallery.apart(faces, people)
        listed: list[int] = people.tolist()
        support: list[float] = [self.support[place] for place in listed]
        return Near(
            self,
            [self.people[place] for place in listed],
            support,
            people,
            {place: at for at, place in enumerate(listed)},
            apart,
            which,
        )


@dataclass(frozen=True, slots=True)
class Near:
    """Those of the known who matter to some faces. `apart` (faces, people): each one's distance to their nearest
    reference; `which` (faces, people): which of all references that is.
    """

    known: KnownFaces
    people: list[Person]
    support: Sequence[float]
    _places: NDArray[np.int64]
    _at: Mapping[int, int]
    apart: Apart
    which: Apart

    def place(self, person: PersonId) -> int | None:
        """The place in `people` of a person, or of whom they were merged into."""
        place = self.known.place(person)
        return None if place is None else self._at.get(place)

    def picture(self, reference: float) -> str | None:
        """The SHA-256 of a reference's picture."""
        return self.known.pictures[int(reference)] if self.known.pictures else None

    def denied_apart(self, faces: Stack) -> Apart:
        """Each face's distance to the nearest face that was said not to be a person (n, people)."""
        return self.known.denied.apart(faces, self._places)[0]


def known_faces(
    event: EventId,
    people: Sequence[Person],
    encodings: Mapping[ReferenceKey, Encoding],
    rule: Rule,
    revision: int,
    denied: Sequence[tuple[PersonId, Encoding]] = (),
    merged: Mapping[PersonId, PersonId] | None = None,
    engine: str = "",
) -> KnownFaces:
    """Gather the references of an event's people; one whose encoding is missing is left out."""
    rows: list[Encoding] = []
    owners: list[int] = []
    pictures: list[str] = []
    for place, person in enumerate(people):
        kept = look_of(person, engine)
        if kept is not None:
            rows.append(kept)
            owners.append(place)
            pictures.append("")
        usable = [one for one in person.references if reference_key(one) in encodings]
        for reference in chosen(usable, encodings):
            rows.append(encodings[reference_key(reference)])
            owners.append(place)
            pictures.append(reference.sha256)
    places = {person.id: place for place, person in enumerate(people)}
    known = Counter(owners)
    no = [(places[person], encoding) for person, encoding in denied if person in places]
    references = _stack(rows)
    return KnownFaces(
        revision,
        event,
        rule,
        list(people),
        references,
        owners,
        pictures,
        Gallery(references, owners),
        Gallery(_stack([encoding for _, encoding in no]), [place for place, _ in no]),
        merged or {},
        places,
        [0.0 if one.look else SUPPORT[min(known[at], len(SUPPORT) - 1)] for at, one in enumerate(people)],
    )


def look_text(engine: str, encodings: Sequence[Encoding]) -> str:
    """All that is kept of somebody who is not to be known again; "" where nothing is known of their looks."""
    if not encodings:
        return ""
    return f"{engine} {np.mean(np.stack(encodings), axis=0).astype('<f4').tobytes().hex()}"


def look_of(person: Person, engine: str) -> Encoding | None:
    """The encoding in it, where this engine made it."""
    by, _, text = person.look.rpartition(" ")
    return np.frombuffer(bytes.fromhex(text), dtype="<f4").astype(np.float32) if text and by == engine else None


def chosen(
    references: Sequence[Reference], encodings: Mapping[ReferenceKey, Encoding], most: int = MOST
) -> list[Reference]:
    """The ones to compare with: those that were given before those that were learned, then the most different ones."""
    ordered = sorted(references, key=lambda one: one.learned)
    given = [one for one in ordered if not one.learned]
    if len(ordered) <= most:
        return ordered
    kept = _diverse(given, encodings, most, start=given[:1])
    return _diverse(ordered, encodings, most, start=kept or ordered[:1])


def _diverse(
    among: Sequence[Reference], encodings: Mapping[ReferenceKey, Encoding], most: int, start: Sequence[Reference]
) -> list[Reference]:
    """Grow `start` by what is farthest from all that is in it, up to `most`."""
    kept = list(start)
    left = [one for one in among if one not in kept]
    while left and kept and len(kept) < most:
        apart = distances(
            np.stack([encodings[reference_key(one)] for one in left]),
            np.stack([encodings[reference_key(one)] for one in kept]),
        ).min(1)
        kept.append(left.pop(int(apart.argmax())))
    return kept


def _stack(rows: Sequence[Encoding]) -> Stack:
    return np.stack(rows) if rows else np.empty((0, 128), np.float32)
