"""Whether a photo's bytes lie here still: asked before it is promised to put them back."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from agent.filing.files import Spot, open_spot
from agent.filing.looks import look_at_open
from agent.ledger import disk_queue, photos
from agent.ledger.made import Made
from agent.ledger.sightings import FileFacts
from agent.own_folders import OwnFolders
from agent.regular import NotRegular, open_regular


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """A photo, and every file that held it when it was looked at last: ours (folder, name, as made), and originals."""

    sha256: str
    bytes: int
    filed: list[tuple[str, str, Made | None]]
    arrived: list[tuple[Path, FileFacts]]

    def is_here(self, own: OwnFolders) -> bool:
        """Whether one of them holds it still. Blocks; reads a file only where its facts are others than they were.

        As when it is put back: what lies behind a link in a folder of ours does not count.
        """
        ours = (self._in_ours(own, folder, name, made) for folder, name, made in self.filed)
        return any(ours) or any(self._in_original(path, facts) for path, facts in self.arrived)

    def _in_ours(self, own: OwnFolders, folder: str, name: str, made: Made | None) -> bool:
        with suppress(OSError, NotRegular), own.opened(folder) as at, open_spot(Spot(at, name)) as file:
            return (made is not None and made.is_as_left(look_at_open(file.fileno()))) or self._holds(file)
        return False

    def _in_original(self, path: Path, facts: FileFacts) -> bool:
        with suppress(OSError, NotRegular), open_regular(path) as file:
            now = os.fstat(file.fileno())
            return facts == FileFacts(now.st_size, now.st_mtime_ns, now.st_ino) or self._holds(file)
        return False

    def _holds(self, file: BufferedReader) -> bool:
        size = os.fstat(file.fileno()).st_size
        return size == self.bytes and hashlib.file_digest(file, "sha256").hexdigest() == self.sha256


def whereabouts(db: sqlite3.Connection, sha256s: Sequence[str]) -> list[Whereabouts]:
    """Of those of these photos that the ledger knows."""
    return [
        Whereabouts(
            photos.sha256_of(db, photo),
            photos.size_of(db, photo),
            disk_queue.filed_copies(db, photo),
            [(Path(path), facts) for path, facts in disk_queue.originals(db, photo)],
        )
        for photo in photos.by_contents(db, sha256s)
    ]
