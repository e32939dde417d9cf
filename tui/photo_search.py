"""Finding photos to choose from: the newest ones that arrived, or any by path and pattern.

Reads folders and may block; whoever calls does so outside the event loop. What it offers is a suggestion by name: the
agent looks at the content.
"""

from __future__ import annotations

import glob
import heapq
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".heic", ".heif", ".tif", ".tiff", ".webp", ".gif", ".bmp"})
SUFFIXES_RAW = frozenset({".cr2", ".cr3", ".nef", ".arw", ".raf", ".dng", ".orf", ".rw2"})
LIMIT = 200
SECONDS = 2.0  # a search ends after this and offers what it has


@dataclass(frozen=True, slots=True)
class Found:
    """A photo, or a folder to go into; `at` is when it was last changed."""

    path: str
    name: str
    where: str
    at: float
    folder: bool = False


def is_path(text: str) -> bool:
    """Whether the text means a place or a pattern, rather than a part of a photo's name."""
    return "/" in text or text.startswith("~") or is_pattern(text)


def is_pattern(text: str) -> bool:
    return "*" in text or "?" in text


def newest(folders: Sequence[str], limit: int = LIMIT, seconds: float = SECONDS) -> list[Found]:
    """The newest photos below these folders, newest first."""
    ends = time.monotonic() + seconds
    found = (entry for folder in folders for entry in _walk(Path(folder), ends))
    return heapq.nlargest(limit, found, key=lambda photo: (photo.at, photo.name))


def _walk(top: Path, ends: float) -> Iterator[Found]:
    folders = [top]
    while folders and time.monotonic() < ends:
        here = folders.pop()
        for entry in _entries(here):
            if entry.is_dir(follow_symlinks=False):
                folders.append(Path(entry.path))
            elif looks_like_photo(entry.name):
                where = os.path.relpath(here, top.parent)
                yield Found(entry.path, entry.name, where, _changed(entry))
            if time.monotonic() >= ends:
                return


def by_path(text: str, start: str, limit: int = LIMIT) -> list[Found]:
    """What a typed path or pattern means, from `start` on where it is relative: folders first, then photos by name."""
    typed = os.path.join(start, os.path.expanduser(text))  # noqa: PTH111, PTH118 - what is typed keeps its last slash
    if is_pattern(text):
        names = sorted(glob.glob(typed.replace("[", "[[]")))  # noqa: PTH207 - absolute patterns
        return [_offer(Path(name)) for name in names if _takes(Path(name), pattern=True)][:limit]
    here, _, prefix = typed.rpartition("/")
    begins = prefix.casefold()
    entries = [entry for entry in _entries(Path(here or "/")) if entry.name.casefold().startswith(begins)]
    offers = [_offer(Path(entry.path)) for entry in entries if _takes(Path(entry.path), pattern=False)]
    return sorted(offers, key=lambda found: (not found.folder, found.name.casefold()))[:limit]


def completed(text: str, offers: Sequence[Found]) -> str:
    """The typed path made longer, as far as all offers agree."""
    names = [offer.name + ("/" if offer.folder else "") for offer in offers]
    typed = text.rpartition("/")[2]
    if not names:
        return text
    folded = [name.casefold() for name in names]
    first, last = min(folded), max(folded)  # what these two share, all share
    common = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return text if common <= len(typed) else text[: len(text) - len(typed)] + names[0][:common]


def looks_like_photo(name: str) -> bool:
    suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122 - a name, not a path
    return not name.startswith(".") and (suffix in SUFFIXES or suffix in SUFFIXES_RAW)


def _takes(path: Path, pattern: bool) -> bool:
    if path.is_dir():
        return not pattern and not path.name.startswith(".")
    return looks_like_photo(path.name)


def _offer(path: Path) -> Found:
    try:
        at = path.stat().st_mtime
    except OSError:
        at = 0.0
    return Found(str(path), path.name, str(path.parent), at, path.is_dir())


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What lies in a folder; nothing where it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if not entry.name.startswith(".")]
    except OSError:
        return []


def _changed(entry: os.DirEntry[str]) -> float:
    try:
        return entry.stat(follow_symlinks=False).st_mtime
    except OSError:
        return 0.0
