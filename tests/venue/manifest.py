"""What a campaign did to a venue, as it knows itself: every photo that arrived, and every file that is somebody's own.

It is what the invariants are checked against: they ask neither the agent nor its stores what should be there.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Photo:
    """Bytes that lay completely in an incoming folder or in a source. `at`: since when, by `time.monotonic()`."""

    sha256: str
    md5: str
    name: str
    event: str = "default"
    path: str | None = None  # of the original
    drive_id: str | None = None  # of the file in a source
    at: float = 0.0


@dataclass
class Manifest:
    """Each field is a promise: `photos` are never lost, `kept` and `foreign` never touched.

    What the campaign did as a person would is named, too: `gone` (originals that it took away), `removed` (filed files
    it deleted, by path below the workspace or by id), `withdrawn` and `dismissed` (photos, by SHA-256).
    """

    photos: list[Photo] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)  # path -> SHA-256 and mode
    foreign: dict[str, dict[str, Any]] = field(default_factory=dict)  # id on Drive -> name, md5Checksum, parent
    gone: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    dismissed: list[str] = field(default_factory=list)

    def arrived(self, path: Path, event: str = "default") -> Photo:
        """A photo lies at this path now; from here on it is nobody's to touch."""
        data = path.read_bytes()
        photo = Photo(sha256(data), md5(data), path.name, event, str(path), at=time.monotonic())
        self.photos.append(photo)
        self.keep(path)
        return photo

    def put(self, drive_id: str, data: bytes, name: str, event: str = "default") -> Photo:
        """A photo lies in a source now."""
        photo = Photo(sha256(data), md5(data), name, event, None, drive_id, time.monotonic())
        self.photos.append(photo)
        return photo

    def keep(self, path: Path) -> None:
        """Somebody's own file, which stays as it is."""
        self.kept[str(path)] = look_of(path)

    def took_away(self, path: Path) -> None:
        """The campaign itself moved or deleted this original."""
        self.kept.pop(str(path), None)
        self.gone.append(str(path))

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=1))

    @classmethod
    def load(cls, path: Path) -> Self:
        found = json.loads(path.read_text())
        return cls(**{**found, "photos": [Photo(**one) for one in found["photos"]]})


def look_of(path: Path) -> str:
    """What must stay of a file: its bytes and its mode."""
    return f"{sha256(path.read_bytes())} {path.stat().st_mode & 0o7777:o}"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
