"""A picture before it becomes a reference: the face that it would be known by, and whether it is good enough."""

from __future__ import annotations

import base64
from pathlib import Path

from agent.faces.faults import LookError
from agent.faces.workers import FaceWorkers
from agent.people.references import examine_seen, refused
from agent.service_people import ReferencePreview

SIDE = 160  # pixels


async def preview(workers: FaceWorkers, path: Path) -> ReferencePreview:
    """Never raises for the picture's sake; nothing of it is kept."""
    try:
        seen = await workers.look(path, None)
    except LookError as error:
        return {"path": str(path), "verdict": refused(path, 0, error.detail.rstrip(".")).verdict, "picture": None}
    picture = None
    if seen.faces:
        largest = max(seen.faces, key=lambda face: (face.box[2] - face.box[0]) * (face.box[3] - face.box[1]))
        try:
            picture = base64.b64encode(await workers.cut(path, largest.box, SIDE)).decode()
        except LookError:
            picture = None  # it has gone meanwhile; its verdict stands
    return {"path": str(path), "verdict": examine_seen(path, seen).verdict, "picture": picture}
