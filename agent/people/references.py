"""Reference pictures: kept by their SHA-256, so that encodings can be made again from them at any time."""

from __future__ import annotations

import asyncio
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import structlog

from agent.errors import VenueError
from agent.faces.faults import LookError
from agent.faces.prominent import prominent
from agent.faces.seen import FoundFace, Seen
from agent.faces.workers import FaceWorkers
from agent.ledger import Ledger, faces
from agent.ledger.faces import Encoding
from agent.model import Box, Person, Reference
from agent.roster import Roster
from agent.service import ReferenceVerdict

log = structlog.get_logger(__name__)

SMALLEST = 40  # pixels of a face's width: below that encodings fall apart (28 % right at 24 pixels)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A picture that was offered as a reference, and what came of it."""

    path: Path
    verdict: ReferenceVerdict
    reference: Reference | None = None
    encoding: Encoding | None = None


async def examine(workers: FaceWorkers, path: Path) -> Candidate:
    """Look at a picture: it is good if exactly one face in it stands out. Never raises for the picture's sake."""
    try:
        seen = await workers.look(path, None)
    except LookError as error:
        return refused(path, 0, error.detail.rstrip("."))
    face, reason = only_face(seen)
    if face is None:
        return refused(path, len(seen.faces), reason)
    reference = Reference(seen.sha256, Box(*face.box), path.name)
    verdict: ReferenceVerdict = {"photo": path.name, "used": True, "faces": len(seen.faces), "verdict": "good"}
    return Candidate(path, verdict, reference, face.encoding)


def refused(path: Path, count: int, reason: str) -> Candidate:
    return Candidate(path, {"photo": path.name, "used": False, "faces": count, "verdict": reason})


def only_face(seen: Seen) -> tuple[FoundFace | None, str]:
    """The one face that a picture is of, or why there is none."""
    if not seen.faces:
        return None, "no face was found in it"
    big = [face for face, out in zip(seen.faces, prominent([face.box for face in seen.faces]), strict=True) if out]
    if len(big) > 1:
        return None, f"{len(big)} faces were found in it, and it has to be one"
    width = big[0].box[2] - big[0].box[0]
    if width < SMALLEST:
        return None, f"the face is too small: {width} pixels wide, and {SMALLEST} are needed"
    return big[0], ""


def keep(folder: Path, candidate: Candidate) -> None:
    """Copy the picture under its SHA-256, synced. Raises `OSError`, and `VenueError` if it changed meanwhile."""
    if candidate.reference is None:
        raise ValueError(f"{candidate.path.name} is no reference")
    sha256 = candidate.reference.sha256
    target = folder / sha256
    if target.exists():
        return
    data = candidate.path.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise VenueError("A photo changed while it was looked at", candidate.path.name, "Give it again", kind="changed")
    new = folder / f".{sha256}.{os.getpid()}.new"
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.replace(target)


async def restore_encodings(ledger: Ledger, roster: Roster, workers: FaceWorkers, folder: Path, engine: str) -> int:
    """Make the encodings of references that the ledger lost, or that another engine made. Answers how many."""
    have = set(await ledger.read(faces.references, engine))
    missing = [
        (person, reference)
        for person in roster.people()
        for reference in person.references
        if (person.id, reference.sha256) not in have
    ]
    made = await asyncio.gather(
        *(encode_again(ledger, workers, folder, engine, person, reference) for person, reference in missing)
    )
    return sum(made)


async def encode_again(
    ledger: Ledger, workers: FaceWorkers, folder: Path, engine: str, person: Person, reference: Reference
) -> bool:
    try:
        seen = await workers.look(folder / reference.sha256, reference.sha256)
    except LookError as error:
        log.warning("reference.lost", person=person.id, sha256=reference.sha256, detail=error.detail)
        return False
    face = max(seen.faces, key=lambda face: overlap(face.box, reference.box.edges), default=None)
    if face is None:
        return False
    await ledger.write(faces.record_reference, person.id, reference.sha256, engine, face.encoding)
    return True


def overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> int:
    """Pixels that two boxes share."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0, width) * max(0, height)
