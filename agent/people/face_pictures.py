"""Pictures of single faces, by the ids that rows give: `face:12` of a photo, `reference:p1:abc…` of a person.

Kept in the cache once cut, by what they show.
"""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

from agent.atomic import write_whole
from agent.faces.faults import LookError
from agent.faces.workers import FaceWorkers
from agent.ledger import Ledger, faces
from agent.ledger.numbers import row_number
from agent.model import Box, PersonId
from agent.people.references import Pictures
from agent.roster import Roster

KEPT = 2000  # pictures; then the cache begins anew


def face_id(number: int) -> str:
    return f"face:{number}"


def reference_id(person: PersonId, sha256: str) -> str:
    return f"reference:{person}:{sha256}"


def number_of(id: str) -> int | None:
    """The number of a face's id."""
    kind, _, number = id.partition(":")
    return row_number(number) if kind == "face" else None


class FacePictures:
    """`cache` is a folder of ours."""

    def __init__(self, ledger: Ledger, roster: Roster, pictures: Pictures, workers: FaceWorkers, cache: Path) -> None:
        self._ledger = ledger
        self._roster = roster
        self._pictures = pictures
        self._workers = workers
        self._cache = cache
        self._one = asyncio.Lock()  # photos that arrive have the workers, too

    async def picture(self, id: str, side: int) -> bytes | None:
        """A square JPEG; `None` where there is no such face, or its photo lies nowhere any more."""
        where = await self._where(id)
        if where is None:
            return None
        sha256, box = where
        name = hashlib.sha256(f"{sha256} {box.edges} {side}".encode()).hexdigest()[:32]
        kept = self._cache / f"{name}.jpg"
        async with self._one:
            try:
                return await asyncio.to_thread(kept.read_bytes)
            except OSError:
                pass
            path = await self._pictures.path(sha256)
            if path is None:
                return None
            try:
                made = await self._workers.cut(path, box.edges, side)
                await asyncio.to_thread(keep, kept, made)
            except (LookError, OSError):
                return None
            return made

    async def _where(self, id: str) -> tuple[str, Box] | None:
        number = number_of(id)
        if number is not None:
            row = await self._ledger.read(faces.by_id, number)
            return None if row is None else (str(row["sha256"]), faces.box_of(row))
        kind, _, rest = id.partition(":")
        person, _, sha256 = rest.partition(":")
        found = self._roster.person(PersonId(person)) if kind == "reference" else None
        if found is None:
            return None
        return next(((one.sha256, one.box) for one in found.references if one.sha256 == sha256), None)


def keep(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sum(1 for _ in path.parent.iterdir()) > KEPT:
        for old in path.parent.iterdir():
            old.unlink(missing_ok=True)
    write_whole(path, data, sync=False)
