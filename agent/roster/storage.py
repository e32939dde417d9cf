"""A TinyDB storage that a pulled plug cannot tear, and that keeps the last generations of its file.

TinyDB's own JSONStorage truncates the file and then writes it; this one writes beside it, syncs, and renames.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any, cast

from tinydb.middlewares import CachingMiddleware
from tinydb.storages import Storage

GENERATIONS = 5

Tables = dict[str, dict[str, Any]]


class AtomicStorage(Storage):
    """One JSON file. After `read`, `damaged` names the file that was set aside if the newest could not be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged: Path | None = None

    def read(self) -> Tables | None:
        """The newest generation that can be read; a damaged file is set aside. `None`: there is none yet."""
        if not self.path.exists() and not self._generations():
            return None
        tables = parse(self.path)
        if tables is not None:
            return tables
        if self.path.exists():
            self.damaged = self.path.with_name(f"{self.path.stem}.damaged-{int(time.time())}{self.path.suffix}")
            self.path.rename(self.damaged)
        else:
            self.damaged = self.path  # removed altogether
        for generation in self._generations():
            tables = parse(generation)
            if tables is not None:
                self.write(tables)
                return tables
        return None

    def write(self, data: Tables) -> None:
        """Replace the file in one step; the one before becomes a generation."""
        text = json.dumps(data, ensure_ascii=False, indent=1).encode()
        new = self.path.with_name(f".{self.path.name}.new")
        fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        self._keep_generation()
        new.replace(self.path)
        sync_folder(self.path.parent)

    def _generation(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")

    def _generations(self) -> list[Path]:
        """Newest first."""
        return [path for number in range(1, GENERATIONS + 1) if (path := self._generation(number)).exists()]

    def _keep_generation(self) -> None:
        if not self.path.exists():
            return
        for number in range(GENERATIONS - 1, 0, -1):
            if self._generation(number).exists():
                self._generation(number).replace(self._generation(number + 1))
        os.link(self.path, self._generation(1))


class OneWrite(CachingMiddleware):
    """Keeps the changes of several tables in memory until `flush` writes them as one generation."""

    WRITE_CACHE_SIZE = 2**62

    @property
    def damaged(self) -> Path | None:
        return cast(AtomicStorage, self.storage).damaged

    def roll_back(self) -> None:
        """Forget what was not flushed."""
        self.cache = None
        self._cache_modified_count = 0


def parse(path: Path) -> Tables | None:
    """The tables of a roster file, or `None` if it is not one."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict):
        return None
    tables = cast(dict[str, Any], found)
    is_roster = "workspace" in tables and all(isinstance(table, dict) for table in tables.values())
    return cast(Tables, tables) if is_roster else None


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder survive a pulled plug."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
