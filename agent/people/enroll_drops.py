"""What lies in a folder `Enroll/`: pictures that were dropped there, and our notes beside those that cannot be used.

A note is ours by its name and its first and last words; whatever else lies under that name stays as it is.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from agent.filing import files
from agent.filing.files import Spot
from agent.filing.names import candidates
from agent.own_folders import Astray, OwnFolders, is_folder, names_in
from agent.regular import NotRegular

log = structlog.get_logger(__name__)

USED = "Enrolled"
NOTE = ".txt"
SAID, GOES = "Not enrolled: ", "This note goes by itself.\n"
LONGEST_NOTE = 4096  # bytes
NUMBERED = re.compile(r"[ _-]+\(?\d{1,3}\)?$")
PICTURES = {".jpg", ".jpeg", ".png", ".heic", ".heif", ".avif", ".webp", ".tif", ".tiff", ".bmp", ".gif"}

Stamp = tuple[int, int]  # size in bytes, time of change in nanoseconds


@dataclass(frozen=True, slots=True)
class Dropped:
    """A picture that lies in `folder` (below the workspace); `name`: whose it is."""

    folder: str
    path: Path
    name: str
    stamp: Stamp

    @property
    def note(self) -> str:
        return f"{self.path.name}{NOTE}"


def listed(own: OwnFolders, folder: str) -> list[Dropped]:
    """Pictures that wait in the folder, which is made where it is missing; notes without a picture go.

    Raises `Astray`; other trouble is logged.
    """
    found: list[Dropped] = []
    try:
        with own.opened(folder, {}) as opened:
            names = names_in(opened)
            found += _pictures(own, folder, opened, names, None)
            inner = [name for name in names if name != USED and not name.startswith(".") and is_folder(opened, name)]
        for name in inner:
            path = f"{folder}/{name}"
            with own.opened(path) as opened:
                found += _pictures(own, path, opened, names_in(opened), name)
    except Astray as error:
        if error.path == folder:
            raise
    except OSError as error:
        log.warning("enroll_folder", folder=folder, error=error.strerror)
    return found


def _pictures(own: OwnFolders, path: str, folder: int, names: list[str], whose: str | None) -> Iterator[Dropped]:
    """Those of one folder; `whose` they are, where the folder says so."""
    notes = {name for name in names if name.endswith(NOTE) and _is_picture(name.removesuffix(NOTE))}
    for name in names:
        if name.startswith(".") or not _is_picture(name):
            continue
        found = files.made_at(Spot(folder, name))
        if found is None or not found.bytes:
            continue
        notes.discard(f"{name}{NOTE}")
        yield Dropped(path, own.root / path / name, whose or name_of(Path(name).stem), (found.bytes, found.mtime_ns))
    for note in notes:
        remove_note(Spot(folder, note))


def _is_picture(name: str) -> bool:
    return Path(name).suffix.lower() in PICTURES


def name_of(stem: str) -> str:
    """Whose picture it is: `Mia`, also by `Mia 2`, `Mia (3)`, `Mia_04`."""
    return NUMBERED.sub("", stem) or stem


# ---- notes


def remove_note(note: Spot) -> bool:
    """Remove a note of ours. Answers whether nothing is in its place any more."""
    said = _said(note)
    if said is None:
        return files.made_at(note) is None
    sha256 = hashlib.sha256(said).hexdigest()
    return files.take_away(note, Spot(note.folder, ".venuesync-note.gone"), files.made_at(note), sha256)


def _said(note: Spot) -> bytes | None:
    """What a note of ours says; `None`: there is none."""
    try:
        with files.open_spot(note) as file:
            text = file.read(LONGEST_NOTE)
    except (OSError, NotRegular):
        return None
    return text if text.startswith(SAID.encode()) and text.endswith(GOES.encode()) else None


def write_note(own: OwnFolders, one: Dropped, why: str) -> bool:
    """Say beside the picture why it was not used, if that name is free. Answers whether that is news."""
    text = f"{SAID}{why}.\nPut a picture here that shows {one.name} alone, large and sharp. {GOES}".encode()
    try:
        with own.opened(one.folder) as folder:
            note, new = Spot(folder, one.note), Spot(folder, ".venuesync-note.part")
            if _said(note) == text:
                return False
            files.write(new, text)
            if not (remove_note(note) and files.rename_new(new, note)):
                files.remove(new)
    except OSError as error:
        log.warning("enroll_note", path=str(one.path), error=error.strerror)
    return True


# ---- what was used


def put_away(own: OwnFolders, one: Dropped, enroll: str) -> None:
    """Out of the way, into `Enrolled` below the folder `enroll`, under a name that nothing has there."""
    try:
        with own.opened(one.folder) as folder, own.opened(f"{enroll}/{USED}", {}) as used:
            remove_note(Spot(folder, one.note))
            for name in candidates(one.path.name):
                if files.rename_new(Spot(folder, one.path.name), Spot(used, name)):
                    break
    except OSError as error:  # taken away meanwhile, or on a share that lets nobody rename
        log.warning("enroll_folder", path=str(one.path), error=error.strerror)
        return
    if one.folder != enroll:
        with contextlib.suppress(OSError), own.opened_above(one.folder) as (above, name):
            os.rmdir(name, dir_fd=above)  # the person's own folder, once it is empty
