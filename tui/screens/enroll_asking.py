"""Enrolling by photos, by faces, or by both: asked of the agent one after the other, and told as one thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.errors import VenueError
from agent.service import AgentService, EnrollResult
from agent.service_people import LatestFace, ReferenceVerdict


@dataclass(frozen=True, slots=True)
class Enrolled:
    """`matched`: earlier photos that are hers now; `seconds` it took."""

    name: str
    new: bool
    references: tuple[ReferenceVerdict, ...] = ()
    folders: tuple[str, ...] = ()
    matched: int = 0
    seconds: float = 0.0

    @property
    def used(self) -> int:
        return sum(1 for reference in self.references if reference["used"])


def by_photos(result: EnrollResult) -> Enrolled:
    """What the agent answered."""
    return Enrolled(
        result["person"]["name"],
        result["new"],
        tuple(result["references"]),
        tuple(result["folders"]),
        result["matched"],
        result["seconds"],
    )


async def enroll(
    service: AgentService, name: str, paths: Sequence[str], faces: Sequence[LatestFace], *, new: bool
) -> Enrolled:
    """Raises `VenueError` where nothing came of it; what is refused after that is a verdict among the others."""
    made = Enrolled(name, new)
    if paths:
        made = by_photos(await service.enroll(name, paths))
    for face in faces:
        verdict: ReferenceVerdict = face["verdict"]
        try:
            change = await service.enroll_face(name, face["face_id"])
        except VenueError as error:
            if not made.used:
                raise
            verdict = {**verdict, "used": False, "verdict": error.detail}
            made = Enrolled(made.name, made.new, (*made.references, verdict), made.folders, made.matched, made.seconds)
            continue
        made = Enrolled(
            change["name"],
            made.new,
            (*made.references, verdict),
            made.folders or tuple(change["folders"]),
            made.matched + change["photos"],
            made.seconds + change["seconds"],
        )
    return made
