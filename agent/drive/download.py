"""A download's part file: written behind what lies there already, hashed, compared at the end.

The bytes are written in threads, in large blocks, and are on the disk before anybody is told that they are.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from collections.abc import AsyncGenerator
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from agent.drive import reasons
from agent.drive.errors import drive_error, from_row

BLOCK = 1_048_576  # bytes


class PartFile:
    """The bytes that came so far. `length` counts those that are hashed, whether on disk yet or not."""

    def __init__(self, path: Path, file: BinaryIO, threads: Executor) -> None:
        self._path = path
        self._file = file
        self._threads = threads
        self._hash = hashlib.md5(usedforsecurity=False)
        self._buffer = bytearray()
        self.name = path.name
        self.length = 0

    @classmethod
    @asynccontextmanager
    async def opened(cls, path: Path, threads: Executor) -> AsyncGenerator[PartFile]:
        """The part file at `path`, made if missing, what it has already read and hashed. Raises `DriveError`."""
        run = asyncio.get_running_loop().run_in_executor
        part = await run(threads, cls._open, path, threads)
        try:
            yield part
        finally:
            await run(threads, part._close)

    async def write(self, block: bytes) -> None:
        self._buffer += block
        self.length += len(block)
        if len(self._buffer) >= BLOCK:
            await asyncio.get_running_loop().run_in_executor(self._threads, self._flush)

    async def restart(self) -> None:
        """Drop everything: the server gives the file from its beginning."""
        await asyncio.get_running_loop().run_in_executor(self._threads, self._empty)

    async def finished(self, size: int | None, md5: str | None) -> str:
        """Sync and compare; answers the MD5. Too short: kept, raised as broken off; wrong: removed, `damaged`."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._finish, size, md5)

    # ---- in a thread

    @classmethod
    def _open(cls, path: Path, threads: Executor) -> PartFile:
        try:
            file = path.open("r+b") if path.exists() else path.open("x+b")
            part = cls(path, file, threads)
            while block := file.read(BLOCK):
                part._hash.update(block)
                part.length += len(block)
        except OSError as error:
            raise unwritable(path, error) from error
        return part

    def _flush(self) -> None:
        block, self._buffer = self._buffer, bytearray()
        self._hash.update(block)
        try:
            self._file.write(block)
        except OSError as error:
            raise unwritable(self._path, error) from error

    def _empty(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        self._hash = hashlib.md5(usedforsecurity=False)
        self._buffer.clear()
        self.length = 0

    def _finish(self, size: int | None, md5: str | None) -> str:
        self._flush()
        if size is not None and self.length < size:
            raise from_row(reasons.CUT_SHORT, f"{self.length} of {size} bytes came", where=self._path.name)
        found = self._hash.hexdigest()
        if (md5 is not None and found != md5) or (size is not None and self.length != size):
            self._path.unlink(missing_ok=True)
            raise from_row(reasons.DAMAGED, f"{self.length} bytes with MD5 {found}", where=self._path.name)
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise unwritable(self._path, error) from error
        return found

    def _close(self) -> None:
        if self._buffer:  # what came before a break is worth keeping
            self._flush()
        self._file.close()


def unwritable(path: Path, error: OSError) -> Exception:
    """A full disk waits, any other trouble of the disk does not."""
    known = drive_error(error)
    return known if known.kind == "disk_full" else from_row(reasons.UNWRITABLE, error.strerror or "", where=str(path))


def content_start(status: int, content_range: str) -> int:
    """The first byte's place in the file that an answer begins with (`Content-Range: bytes 5-9/10`)."""
    found = re.match(r"bytes (\d+)-", content_range)
    return int(found.group(1)) if status == 206 and found else 0
