"""What a decision did to photos: which lie elsewhere, whose they are now, and whose they are not any more."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field

from agent.model import EventPhotoId, PersonId


@dataclass(slots=True)
class Tally:
    """What was planned otherwise while somebody counted, whoever planned it: a look that ends meanwhile plans, too.

    Photo -> the people whose it is now and was not before, and the other way round. Photos that had no plan before are
    not among them.
    """

    photos: dict[EventPhotoId, set[PersonId]] = field(default_factory=dict[EventPhotoId, set[PersonId]])
    left: dict[EventPhotoId, set[PersonId]] = field(default_factory=dict[EventPhotoId, set[PersonId]])

    def note(self, photo: EventPhotoId, was: Set[PersonId] = frozenset(), now: Set[PersonId] = frozenset()) -> None:
        self.photos.setdefault(photo, set()).update(now - was)
        self.left.setdefault(photo, set()).update(was - now)

    def clear(self) -> None:
        self.photos.clear()
        self.left.clear()

    def gained(self, person: PersonId | None) -> int:
        return sum(person in people for people in self.photos.values())
