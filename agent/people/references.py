"""Reference pictures: kept by their SHA-256, so that encodings can be made again from them at any time.

A face in a photo of the event can be a reference, too: then the photo is its picture, wherever it lies.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import structlog

from agent.disk.atomic import in_words, read_given, write_whole
from agent.errors import VenueError
from agent.faces.quality import Quality, advice, prominent, refusal
from agent.faces.results import Fault, FoundFace, LookError, Seen
from agent.faces.workers import FaceWorkers
from agent.ledger import Ledger, disk_queue, faces, photos, sightings
from agent.ledger.faces import Encoding, reference_key
from agent.ledger.sqlite.rows import Db
from agent.model import Box, Reference, overlap
from agent.requests.people import ReferencePreview, ReferenceVerdict
from agent.roster import Roster

log = structlog.get_logger(__name__)

T = TypeVar("T")

NO_FACE = "no face was found in it"
LARGEST_KEPT = 256 << 20  # bytes; a face of a video that is larger is known by its encoding alone
SAME_FACE = 0.3  # share of the union from which a face of another look is the one that was meant
FOUND_AGAIN = 3  # times; a photo may be filed elsewhere twice in a row


@dataclass(frozen=True, slots=True)
class Candidate:
    """A picture that was offered as a reference, and what came of it."""

    path: Path
    verdict: ReferenceVerdict
    reference: Reference | None = None
    encoding: Encoding | None = None


async def examine(workers: FaceWorkers, path: Path) -> Candidate:
    """Look at a picture: it is good if exactly one face in it stands out. Never raises for the picture's sake;
    `VenueError` where none can be looked at.
    """
    try:
        seen = await workers.look(path, None)
    except LookError as error:
        if error.fault is Fault.ENGINE:
            raise VenueError("Photos cannot be examined", error.detail, error.remedy, kind="engine") from error
        return refused(path, 0, error.detail)
    return examine_seen(path, seen)


def examine_seen(path: Path, seen: Seen) -> Candidate:
    """The same of a picture that was looked at already."""
    face, reason = only_face(seen)
    if face is None:
        return refused(path, len(seen.faces), reason)
    reference = Reference(seen.sha256, Box(*face.box), path.name)
    verdict: ReferenceVerdict = {
        "photo": path.name,
        "used": True,
        "faces": len(seen.faces),
        "verdict": advice(quality_of(face)) or "good",
    }
    return Candidate(path, verdict, reference, face.encoding)


def refused(path: Path, count: int, reason: str) -> Candidate:
    return Candidate(path, {"photo": path.name, "used": False, "faces": count, "verdict": reason})


def quality_of(face: FoundFace) -> Quality:
    return Quality(face.box[2] - face.box[0], face.score, face.sharpness, face.yaw, face.light, face.contrast)


def only_face(seen: Seen) -> tuple[FoundFace | None, str]:
    """The one face that a picture is of, or why there is none."""
    if not seen.faces:
        return None, NO_FACE
    out = prominent([face.box for face in seen.faces], [face.sharpness for face in seen.faces])
    big = [face for face, stands_out in zip(seen.faces, out, strict=True) if stands_out]
    if len(big) > 1:
        return None, f"{len(big)} faces were found in it, and it has to be one"
    reason = refusal(quality_of(big[0]))
    return (big[0], "") if reason is None else (None, reason)


def keep_picture(folder: Path, candidate: Candidate) -> None:
    """Copy the picture under its SHA-256, synced. Raises `VenueError`, also if it changed meanwhile."""
    if candidate.reference is None:
        raise ValueError(f"{candidate.path.name} is no reference")
    keep_file(folder, candidate.path, candidate.reference.sha256)


def keep_file(folder: Path, path: Path, sha256: str) -> None:
    """The same for any file. Raises `VenueError` where the disk refuses."""
    target = folder / sha256
    if target.exists():
        return
    data = read_given(path, LARGEST_KEPT)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise VenueError("A photo changed while it was looked at", path.name, "Give it again", kind="changed")
    with in_words(folder):
        write_whole(target, data)


class Pictures:
    """Where the pictures of references lie: kept in `folder`, or photos of the workspace at `root`."""

    def __init__(self, ledger: Ledger, root: Path, folder: Path) -> None:
        self._ledger = ledger
        self._root = root
        self._folder = folder

    async def path(self, sha256: str) -> Path | None:
        paths = await self._paths(sha256)
        return await asyncio.to_thread(lambda: next((one for one in paths if one.exists()), None))

    async def use(self, sha256: str, work: Callable[[Path], Awaitable[T]]) -> T | None:
        """What `work` makes of the picture, wherever it lies; `None` where it lies nowhere.

        Raises `LookError`.
        """
        async for path in self._wherever(sha256):
            try:
                return await work(path)
            except LookError as error:
                if error.fault not in (Fault.MISSING, Fault.CHANGED):
                    raise
        return None

    async def use_shown(
        self, sha256: str, work: Callable[[Path, str], Awaitable[T]], is_blurred: Callable[[str], bool]
    ) -> T | None:
        """The same of what may be shown of the photo, `work` being given its SHA-256, too; `None`, too, where that is
        another picture by then, as somebody on it was forgotten meanwhile.
        """
        shown = await self._ledger.read(shown_of, self._root, sha256, blurred=is_blurred(sha256))
        made = await self._use_shown(shown, sha256, work)
        now = await self._ledger.read(shown_of, self._root, sha256, blurred=is_blurred(sha256))
        return made if now.sha256 == shown.sha256 else None

    async def _use_shown(self, shown: Shown, sha256: str, work: Callable[[Path, str], Awaitable[T]]) -> T | None:
        if shown.sha256 == sha256:
            return await self.use(sha256, lambda path: work(path, sha256))
        for path in shown.paths:
            try:
                return await work(path, shown.sha256)
            except LookError as error:
                if error.fault not in (Fault.MISSING, Fault.CHANGED):
                    raise
        return None

    async def _wherever(self, sha256: str) -> AsyncIterator[Path]:
        """Where it lies. A photo may be filed elsewhere between being found and being read: then it is found again."""
        for _ in range(FOUND_AGAIN):
            for path in await self._paths(sha256):
                yield path

    async def _paths(self, sha256: str) -> list[Path]:
        return [self._folder / sha256, *await self._ledger.read(paths_of, self._root, sha256)]

    async def keep(self, given: Sequence[Reference]) -> None:
        """Keep the photos that these are faces of; one that lies nowhere any more is not kept."""
        for reference in given:
            trouble: Exception | None = None
            async for path in self._wherever(reference.sha256):
                try:
                    await asyncio.to_thread(keep_file, self._folder, path, reference.sha256)
                except FileNotFoundError:
                    continue
                except (OSError, VenueError) as error:
                    trouble = error
                else:
                    break
            else:
                if trouble is not None:
                    log.warning("reference.not_kept", sha256=reference.sha256, detail=str(trouble))


@dataclass(frozen=True, slots=True)
class Shown:
    """What may be shown of a photo: it itself, or what is filed in its place, by its SHA-256, and where it lies."""

    sha256: str
    paths: list[Path]


def shown_of(db: Db, root: Path, sha256: str, *, blurred: bool) -> Shown:
    """`blurred`: a face on it is to be."""
    photo = photos.by_sha256(db, sha256)
    instead = None if photo is None else disk_queue.stand_in(db, photo, blurred=blurred)
    if instead is None:
        return Shown(sha256, paths_of(db, root, sha256))
    return Shown(instead.sha256, [root / path for path in instead.paths])


def paths_of(db: Db, root: Path, sha256: str) -> list[Path]:
    """Where a photo's bytes lie, ours first; empty for what is no photo of the ledger."""
    photo = photos.by_sha256(db, sha256)
    if photo is None:
        return []
    filed = [root / path for path in disk_queue.filed_paths(db, photo)]
    return filed + [Path(path) for path, _ in sightings.originals(db, photo)]


async def restore_encodings(
    ledger: Ledger, roster: Roster, workers: FaceWorkers, pictures: Pictures, engine: str
) -> int:
    """Make the encodings of references that the ledger lost, or that another engine made. Returns how many.

    Also of those by which somebody is known once something is taken back or done again: nobody would make them then.
    """
    have = await ledger.read(faces.reference_keys, engine)
    missing = {key: reference for key, reference in known_by(roster).items() if key not in have}
    if not missing:
        return 0
    known = await ledger.write(take_over_known, roster, missing, engine)
    made = await asyncio.gather(
        *(
            encode_again(ledger, roster, workers, pictures, engine, reference)
            for key, reference in missing.items()
            if key not in known
        )
    )
    return len(known) + sum(made)


def known_by(roster: Roster) -> dict[faces.ReferenceKey, Reference]:
    """By what people are known, or would be. Asked on the writer, it is so still when it is written: somebody may be
    forgotten.
    """
    people = (*roster.turned(), *roster.known_people())
    return {reference_key(one): one for person in people for one in person.references}


def take_over_known(
    db: Db, roster: Roster, wanted: Mapping[faces.ReferenceKey, Reference], engine: str
) -> set[faces.ReferenceKey]:
    """As `take_over`, of those by which somebody is known still, or would be."""
    known = known_by(roster)
    return take_over(db, [one for key, one in wanted.items() if key in known], engine)


def take_over(db: Db, wanted: Sequence[Reference], engine: str) -> set[faces.ReferenceKey]:
    """References that are faces of photos have those encodings. Returns which are done by that."""
    done: set[faces.ReferenceKey] = set()
    for reference in wanted:
        encoding = faces.encoding_at(db, reference.sha256, reference.box, engine)
        if encoding is not None:
            faces.record_reference(db, reference, engine, encoding)
            done.add(reference_key(reference))
    return done


async def encode_again(
    ledger: Ledger, roster: Roster, workers: FaceWorkers, pictures: Pictures, engine: str, reference: Reference
) -> bool:
    try:
        seen = await pictures.use(reference.sha256, lambda path: workers.look(path, reference.sha256))
    except LookError as error:
        log.warning("reference.lost", sha256=reference.sha256, detail=error.detail)
        return False
    if seen is None:
        log.debug("reference.lost", sha256=reference.sha256)
        return False
    face = max(seen.faces, key=lambda one: overlap(Box(*one.box), reference.box), default=None)
    if face is None or overlap(Box(*face.box), reference.box) < SAME_FACE:
        return False
    return await ledger.write(record_if_known, roster, reference, engine, face.encoding)


def record_if_known(db: Db, roster: Roster, reference: Reference, engine: str, encoding: Encoding) -> bool:
    """Whether somebody is known by it still, or would be."""
    known = reference_key(reference) in known_by(roster)
    if known:
        faces.record_reference(db, reference, engine, encoding)
    return known


SIDE = 160  # pixels


async def preview(workers: FaceWorkers, path: Path) -> ReferencePreview:
    """Never raises for the picture's sake; nothing of it is kept."""
    try:
        seen = await workers.look(path, None)
    except LookError as error:
        return {"path": str(path), "verdict": refused(path, 0, error.detail).verdict, "picture": None}
    picture = None
    if seen.faces:
        largest = max(seen.faces, key=lambda face: (face.box[2] - face.box[0]) * (face.box[3] - face.box[1]))
        try:
            picture = base64.b64encode(await workers.cut(path, seen.sha256, largest.box, SIDE)).decode()
        except LookError:
            picture = None  # it has gone meanwhile; its verdict stands
    return {"path": str(path), "verdict": examine_seen(path, seen).verdict, "picture": picture}
