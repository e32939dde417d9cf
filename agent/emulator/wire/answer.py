"""What goes back: a status, headers, and bytes from memory or from a file.

Kept apart from sending, so that a fault can still change it.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

JSON = "application/json; charset=UTF-8"
HTML = "text/html; charset=UTF-8"
_PIECE = 256 * 1024  # bytes read and sent at a time


@dataclass(slots=True)
class Slice:
    """Part of a file: `length` bytes from `start` on."""

    path: Path
    start: int
    length: int

    async def pieces(self) -> AsyncIterator[bytes]:
        # A quarter of a megabyte comes from the page cache in a tenth of a millisecond: no thread would be quicker.
        file = os.open(self.path, os.O_RDONLY)
        try:
            at, end = self.start, self.start + self.length
            while at < end:
                piece = os.pread(file, min(_PIECE, end - at), at)
                if not piece:
                    return
                at += len(piece)
                yield piece
        finally:
            os.close(file)


@dataclass(slots=True)
class Answer:
    status: int = 200
    body: bytes | Slice = b""
    content_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    # What a fault makes of the sending: where the connection is cut, where it stalls and for how many seconds, which
    # byte is flipped.
    cut_after: int | None = None
    stall_after: int | None = None
    stall: float = 0.0
    corrupt_at: int | None = None

    @property
    def length(self) -> int:
        return self.body.length if isinstance(self.body, Slice) else len(self.body)

    @property
    def bent(self) -> bool:
        """Whether a fault changes how the body goes out."""
        return self.cut_after is not None or self.corrupt_at is not None or self.stall > 0

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it is to be sent, stalls and damage included; ends early where it is to be cut."""
        sent = 0
        async for piece in self._whole():
            for part in self._broken(piece, sent):
                if sent == (self.stall_after or 0) and self.stall:
                    await asyncio.sleep(self.stall)
                    self.stall = 0
                sent += len(part)
                if part:
                    yield part
            if self.cut_after is not None and sent >= self.cut_after:
                return

    async def _whole(self) -> AsyncIterator[bytes]:
        if isinstance(self.body, Slice):
            async for piece in self.body.pieces():
                yield piece
        elif self.body:
            yield self.body

    def _broken(self, piece: bytes, sent: int) -> list[bytes]:
        """A piece cut short, damaged, and split where it stalls."""
        if self.cut_after is not None:
            piece = piece[: max(self.cut_after - sent, 0)]
        if self.corrupt_at is not None and sent <= self.corrupt_at < sent + len(piece):
            at = self.corrupt_at - sent
            piece = piece[:at] + bytes([piece[at] ^ 0xFF]) + piece[at + 1 :]
        if self.stall and self.stall_after is not None and sent < self.stall_after < sent + len(piece):
            at = self.stall_after - sent
            return [piece[:at], piece[at:]]
        return [piece]


def json_answer(
    value: Any, *, status: int = 200, pretty: bool = False, headers: tuple[tuple[str, str], ...] = ()
) -> Answer:
    text = json.dumps(value, indent=1) if pretty else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Answer(status, text.encode(), JSON, headers)


def html_answer(text: str, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    return Answer(status, text.encode(), HTML, headers)


def redirect(target: str) -> Answer:
    return Answer(302, b"", HTML, (("Location", target),))
