"""The faces that are known in an event: the encodings of its people's reference pictures, ready to be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.faces.match import match
from agent.filing.plan import Known
from agent.ledger.faces import Encoding
from agent.model import EventId, Person, PersonId


@dataclass(frozen=True, slots=True)
class KnownFaces:
    """One event's people as they were at one revision of the roster. `encodings` is (m, 128) float32."""

    revision: int
    event: EventId
    tolerance: float
    people: dict[PersonId, Person]
    encodings: NDArray[np.float32]
    owners: list[str]

    def recognise(self, faces: Sequence[Encoding | None]) -> list[Known | None]:
        """Who these faces of one photo are; nobody is taken for two of them. A face without encoding is nobody."""
        usable = [index for index, face in enumerate(faces) if face is not None]
        found: list[Known | None] = [None] * len(faces)
        if not usable or not self.owners:
            return found
        stack = np.stack([np.asarray(faces[index], dtype=np.float32) for index in usable])
        for index, one in zip(usable, match(stack, self.encodings, self.owners, self.tolerance), strict=True):
            if one is not None:
                found[index] = Known(PersonId(one.owner), float(one.distance))
        return found


def known_faces(
    event: EventId,
    people: Sequence[Person],
    encodings: dict[tuple[PersonId, str], Encoding],
    tolerance: float,
    revision: int,
) -> KnownFaces:
    """Gather the references of an event's people; one whose encoding is missing is left out."""
    rows: list[Encoding] = []
    owners: list[str] = []
    for person in people:
        for reference in person.references:
            encoding = encodings.get((person.id, reference.sha256))
            if encoding is not None:
                rows.append(encoding)
                owners.append(person.id)
    stack = np.stack(rows) if rows else np.empty((0, 128), dtype=np.float32)
    return KnownFaces(revision, event, tolerance, {person.id: person for person in people}, stack, owners)
