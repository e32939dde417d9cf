"""A file's bytes on their way to Drive: read in blocks off the event loop, hashed while read, stopped if they changed.

The last block is held back until the MD5 of all is known. A file that is not what was queued is never sent whole, and
of a body that ends short Drive keeps nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import BinaryIO

from agent.drive import reasons
from agent.drive.bandwidth import Bandwidth
from agent.drive.errors import from_row
from agent.given import open_given

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
        self._path = path
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
        self.moved: Callable[[], None] = nobody  # told at each piece

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
                yield part
                self.moved()
                self._progress(sent)
            block = await run(self._threads, self._next_block)
        self.whole = True
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
            self._file = open_given(self._path)
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
        return from_row(reasons.CHANGED, how, where=self._path.name)

    def _unreadable(self, error: OSError) -> Exception:
        return from_row(reasons.UNREADABLE, error.strerror or str(error), where=str(self._path))


def nobody() -> None:
    """Nobody wants to know."""
