"""One photo's plan in one event, and what stands in the way of writing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.filing.plan import Plan
from agent.ledger.matches import PlannedPhoto
from agent.model import ORIGINAL, EventId, PersonId, PhotoState
from agent.people.recognise import Recognised, Taken
from agent.roster.decisions import FaceDecision, PhotoDecision

OUT = {PhotoState.WITHDRAWN, PhotoState.MOVED, PhotoState.HELD}
PLACED = {PhotoState.FILED, PhotoState.UNSORTED, PhotoState.FAILED, PhotoState.DISMISSED}
UNPLANNED = -1  # no revision of the roster


class StalePlan(Exception):
    """The roster changed while the plan was made."""


class Undecided(Exception):
    """Faces on a photo are known by what is kept of somebody forgotten, and to be blurred: the roster says so first."""

    def __init__(self, event: EventId, faces: Sequence[FaceDecision]) -> None:
        super().__init__(event, faces)
        self.event, self.faces = event, faces


@dataclass(frozen=True, slots=True)
class Planned:
    """One photo's plan in one event: who its faces are, what is to be asked, and where it is wanted."""

    sight: PlannedPhoto
    found: Recognised
    plan: Plan
    decision: PhotoDecision | None = None
    held: bool = False  # nobody approved it yet, and somebody has to
    made_as: str = ORIGINAL  # what Drive has of it
    filed_as: str = ORIGINAL  # what lies of it here
    undecided: Sequence[FaceDecision] = ()  # faces that are to be blurred, which nothing says yet

    @property
    def taken_for(self) -> Mapping[int, Taken]:
        return self.found.taken

    @property
    def people(self) -> set[PersonId]:
        return {one.person for one in self.found.taken.values()}

    @property
    def out(self) -> PhotoState | None:
        """The state of a photo that is placed nowhere by an operator's word, or for want of it."""
        return out_of(self.decision) or (PhotoState.HELD if self.held else None)


def out_of(decision: PhotoDecision | None) -> PhotoState | None:
    """The state of a photo of which this was decided; `None`: it is placed."""
    if decision is None:
        return None
    if decision.withdrawn:
        return PhotoState.WITHDRAWN
    return None if decision.moved_to is None else PhotoState.MOVED
