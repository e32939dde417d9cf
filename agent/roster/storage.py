"""A TinyDB storage that a pulled plug cannot tear, and that keeps the last generations of its file; and its rows.

TinyDB's own JSONStorage truncates the file and then writes it; this one writes beside it, syncs, and renames.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from tinydb.middlewares import CachingMiddleware
from tinydb.storages import Storage

from agent import clock
from agent.disk.atomic import beside, sync_folder

GENERATIONS = 5

Tables = dict[str, dict[str, Any]]


Spare = Callable[[str], Tables | None]  # a file's name -> what is kept of it elsewhere


def nothing_spare(_name: str) -> None:
    return None


def as_it_is(tables: Tables) -> Tables:
    return tables


class AtomicStorage(Storage):
    """One JSON file. After `read`, `damaged` names the file that was set aside if the newest could not be read.

    `check` raises `LookupError`, `TypeError`, `ValueError` or `AttributeError` for tables that are none of ours.
    `spare` is asked where no generation is left; `expected`: that there is nothing means that it was removed. `older`
    gives what holds of earlier tables that are read in their place.
    """

    def __init__(
        self,
        path: Path,
        check: Callable[[Tables], object],
        spare: Spare = nothing_spare,
        *,
        expected: bool = False,
        older: Callable[[Tables], Tables] = as_it_is,
    ) -> None:
        self.path = path
        self.check = check
        self.damaged: Path | None = None
        self._spare = spare
        self._expected = expected
        self._older = older

    def read(self) -> Tables | None:
        """The newest generation that is whole, else the spare one; a damaged file is set aside. `None`: there is none.

        A file that the system does not let us read is not damaged: that raises `OSError`.
        """
        there = self.path.exists()
        tables = parse(self.path, self.check) if there else None
        if tables is not None:
            return tables
        tables = self._newest_generation() or self._spare(self.path.name)
        if there:
            self.damaged = self.path.with_name(f"{self.path.stem}.damaged-{int(clock.wall())}{self.path.suffix}")
            self.path.rename(self.damaged)
        elif tables is not None or self._expected or self._generations():
            self.damaged = self.path  # removed altogether
        if tables is not None:
            tables = self._older(tables)
            self.write(tables)
        return tables

    def _newest_generation(self) -> Tables | None:
        for generation in self._generations():
            with contextlib.suppress(OSError):
                tables = parse(generation, self.check)
                if tables is not None:
                    return tables
        return None

    def write(self, data: Tables) -> None:
        """Replace the file in one step; the one before becomes a generation."""
        new = beside(self.path, json.dumps(data, ensure_ascii=False, indent=1).encode())
        try:
            self._keep_generation()
            new.replace(self.path)
        except OSError:
            new.unlink(missing_ok=True)
            raise
        sync_folder(self.path.parent)

    def _generation(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")

    def _generations(self) -> list[Path]:
        """Newest first."""
        return [path for number in range(1, GENERATIONS + 1) if (path := self._generation(number)).exists()]

    def drop_generations(self) -> None:
        """What the file was before is gone. Raises `OSError`."""
        for path in self._generations():
            path.unlink()
        sync_folder(self.path.parent)

    def _keep_generation(self) -> None:
        if not self.path.exists():
            return
        for number in range(GENERATIONS - 1, 0, -1):
            if self._generation(number).exists():
                self._generation(number).replace(self._generation(number + 1))
        try:
            os.link(self.path, self._generation(1))
        except OSError:  # a file system without hard links
            copy = self.path.with_name(f".{self.path.name}.copy")
            shutil.copyfile(self.path, copy)
            copy.replace(self._generation(1))


class OneWrite(CachingMiddleware):
    """Keeps the changes of several tables in memory until `flush` writes them as one generation."""

    WRITE_CACHE_SIZE = 2**62

    @property
    def damaged(self) -> Path | None:
        return cast(AtomicStorage, self.storage).damaged

    def drop_generations(self) -> None:
        cast(AtomicStorage, self.storage).drop_generations()

    def roll_back(self) -> None:
        """Forget what was not flushed."""
        self.cache = None
        self._cache_modified_count = 0


def parse(path: Path, check: Callable[[Tables], object]) -> Tables | None:
    """The tables of a roster file, or `None` if it is not one."""
    try:
        tables = cast(Tables, json.loads(path.read_bytes()))
        check(tables)
    except (FileNotFoundError, LookupError, TypeError, ValueError, AttributeError):
        return None
    return tables


Row = dict[str, Any]
T = TypeVar("T")


def value_of(kind: type[T], row: Row) -> T:
    """What a row stands for; what a newer program wrote beside it stays in the file, and is passed over.

    Raises `ValueError` where anything in it is of another type than `kind` says.
    """
    return _adapter(kind).validate_json(json.dumps(row), strict=True)


@cache
def _adapter(kind: type[Any]) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def check_id(id: str) -> None:
    """Raise where it could be no file's name: files are named by ids of events and by SHA-256."""
    if id in ("", ".", "..") or "/" in id or "\0" in id:
        raise ValueError(f"{id!r} is no id")


def check_folder(name: str) -> None:
    """Raise where it could be no folder of ours but something elsewhere; "" is the one above."""
    if "\0" in name or (name and any(part in ("", ".", "..") for part in name.split("/"))):
        raise ValueError(f"{name!r} is no folder's name")
