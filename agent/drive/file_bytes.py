"""A file's bytes on their way to Drive and back: in blocks, off the event loop, hashed as they pass, compared by MD5.

Up, the last block is held back until the MD5 of all is known: a file that is not what was queued is never sent whole,
and of a body that ends short Drive keeps nothing. Down, the bytes are on the disk before anybody is told that they are.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import re
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from agent.disk.atomic import free_bytes, open_given
from agent.drive import reasons
from agent.drive.errors import drive_error, from_row
from agent.drive.limiter import Bandwidth
from agent.drive.reasons import Next

BLOCK = 1_048_576  # bytes read at once

Progress = Callable[[int], None]


class FileBody:
    """The bytes of `path` from `offset` on, between `head` and `tail`. Iterated again, it begins again.

    `progress` is called with the bytes of the file that were handed to the network so far. Iterating raises
    `DriveError`: `changed` if the file has not exactly `size` bytes with this MD5 (hex), `unreadable` if it cannot be
    read.
    """

    def __init__(
        self,
        path: Path,
        size: int,
        md5: str,
        threads: Executor,
        bandwidth: Bandwidth,
        progress: Progress,
        *,
        offset: int = 0,
        head: bytes = b"",
        tail: bytes = b"",
    ) -> None:
        self.path = path
        self._size = size
        self._md5 = md5
        self._threads = threads
        self._bandwidth = bandwidth
        self._progress = progress
        self._offset = offset
        self._head = head
        self._tail = tail
        self._hash = hashlib.md5(usedforsecurity=False)
        self._read = 0
        self._file: BinaryIO | None = None
        self.whole = False  # all of it was handed to the network: Drive may have it
        self.ours: Callable[[], None] = lambda: None  # told when a piece was taken, and
        self.theirs: Callable[[], None] = lambda: None  # when the next one is there to be taken

    @property
    def length(self) -> int:
        """Bytes that iterating gives."""
        return len(self._head) + self._size - self._offset + len(self._tail)

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        run = asyncio.get_running_loop().run_in_executor
        self.whole = False
        sent = self._offset
        block = await run(self._threads, self._first_block)
        if self._head:
            yield self._head
        while block:
            for start in range(0, len(block), piece := self._bandwidth.piece):
                part = block[start : start + piece]
                await self._bandwidth.take(len(part))
                sent += len(part)
                self.whole = sent == self._size and not self._tail
                self.theirs()
                yield part
                self.ours()
                self._progress(sent)
            block = await run(self._threads, self._next_block)
        self.whole = True
        self.theirs()
        if self._tail:
            yield self._tail

    def close(self) -> None:
        """Let go of the file, however far it was read."""
        if self._file is not None:
            self._file.close()
            self._file = None

    # ---- in a thread

    def _first_block(self) -> bytes:
        """Opened, and what Drive has already read over, so that the hash is that of the whole file."""
        self.close()
        self._hash, self._read = hashlib.md5(usedforsecurity=False), 0
        try:
            self._file = open_given(self.path)
        except OSError as error:
            raise self._unreadable(error) from error
        while self._read < self._offset:
            self._take(min(BLOCK, self._offset - self._read))
        if self._size in {0, self._offset}:
            self._check()
        return self._next_block()

    def _next_block(self) -> bytes:
        """The next bytes; the last ones only once the whole file has proved to be the expected one."""
        if self._read >= self._size:
            return b""
        block = self._take(min(BLOCK, self._size - self._read))
        if self._read == self._size:
            self._check()
        return block

    def _take(self, count: int) -> bytes:
        assert self._file is not None  # noqa: S101 - opened before
        try:
            block = self._file.read(count)
        except OSError as error:
            raise self._unreadable(error) from error
        if len(block) < count:
            raise self._changed(f"it has {self._read + len(block)} bytes, not {self._size}")
        self._hash.update(block)
        self._read += count
        return block

    def _check(self) -> None:
        assert self._file is not None  # noqa: S101 - opened before
        if self._file.read(1):
            raise self._changed(f"it has more than {self._size} bytes")
        if self._hash.hexdigest() != self._md5:
            raise self._changed("its bytes are others")

    def _changed(self, how: str) -> Exception:
        return from_row(reasons.CHANGED, how, where=self.path.name)

    def _unreadable(self, error: OSError) -> Exception:
        return from_row(reasons.UNREADABLE, error.strerror or str(error), where=str(self.path))


class PartFile:
    """The bytes that came so far. `length` counts those that are hashed, whether on disk yet or not."""

    def __init__(self, path: Path, file: BinaryIO, threads: Executor, keep_free: int) -> None:
        self.path = path
        self._file = file
        self._threads = threads
        self._keep_free = keep_free
        self._hash = hashlib.md5(usedforsecurity=False)
        self._buffer = bytearray()
        self.name = path.name
        self.length = 0

    @classmethod
    @asynccontextmanager
    async def opened(cls, path: Path, threads: Executor, keep_free: int) -> AsyncGenerator[PartFile]:
        """The part file at `path`, made if missing, what it has already read and hashed; what comes is not written into
        the last `keep_free` bytes of its disk. Raises `DriveError`.
        """
        run = asyncio.get_running_loop().run_in_executor
        part = await run(threads, cls._open, path, threads, keep_free)
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
        """Sync and compare; returns the MD5. Too short: kept, raised as broken off; wrong: removed, `damaged`."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._finish, size, md5)

    # ---- in a thread

    @classmethod
    def _open(cls, path: Path, threads: Executor, keep_free: int) -> PartFile:
        try:
            file = path.open("r+b") if path.exists() else path.open("x+b")
            part = cls(path, file, threads, keep_free)
            os.utime(file.fileno())  # else it would be taken for what nobody has written to for days
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
            if free_bytes(self._file.fileno()) - len(block) < self._keep_free:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self._file.write(block)
        except OSError as error:
            raise unwritable(self.path, error) from error

    def _empty(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        self._hash = hashlib.md5(usedforsecurity=False)
        self._buffer.clear()
        self.length = 0

    def _finish(self, size: int | None, md5: str | None) -> str:
        self._flush()
        if size is not None and self.length < size:
            raise from_row(reasons.CUT_SHORT, f"{self.length} of {size} bytes came", where=self.path.name)
        found = self._hash.hexdigest()
        if (md5 is not None and found != md5) or (size is not None and self.length != size):
            self.path.unlink(missing_ok=True)
            raise from_row(reasons.DAMAGED, f"{self.length} bytes with MD5 {found}", where=self.path.name)
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise unwritable(self.path, error) from error
        return found

    def _close(self) -> None:
        with self._file:
            if self._buffer:  # what came before a break is worth keeping
                self._flush()


def unwritable(path: Path, error: OSError) -> Exception:
    """A full disk waits, any other trouble of the disk does not."""
    known = drive_error(error)
    if known.next is Next.WAIT_FOR_DISK:
        return known
    return from_row(reasons.UNWRITABLE, error.strerror or "", where=str(path))


def content_start(status: int, content_range: str) -> int:
    """The first byte's place in the file that an answer begins with (`Content-Range: bytes 5-9/10`)."""
    found = re.match(r"bytes (\d+)-", content_range)
    return int(found.group(1)) if status == 206 and found else 0


def whole_length(status: int, content_length: str, content_range: str) -> int | None:
    """How long the whole file is by an answer: one with a range has that behind `/`, also where none of it is left."""
    told = content_length if status == 200 else content_range.rpartition("/")[2]
    return int(told) if told.isdecimal() else None
