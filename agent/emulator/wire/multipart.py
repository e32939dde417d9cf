"""multipart bodies, part by part, as they arrive.

A photo of eight megabytes is hashed and stored while it comes in; nothing waits for the closing boundary. Clients
differ in line ends, quoting and encoding, and all of them are taken.
"""

import base64
import binascii
import re
from collections.abc import AsyncIterator
from email.message import Message

from agent.emulator.errors import DriveError

_MAX_HEADERS = 64 * 1024


def boundary_of(content_type: str) -> bytes:
    """The boundary that a Content-Type names, quoted or not; 400 where there is none."""
    message = Message()
    message["content-type"] = content_type
    boundary = message.get_boundary()
    if not boundary:
        raise DriveError(400, "badContent", "Missing end boundary in multipart body.")
    return boundary.encode()


class Multipart:
    """Reads `--boundary`, headers, content, and again. Each part's content is to be read to its end before the next
    one.
    """

    def __init__(self, chunks: AsyncIterator[bytes], boundary: bytes) -> None:
        self._chunks = chunks
        self._buffer = bytearray()
        self._ended = False
        self._mark = b"\n--" + boundary
        self._crlf = True
        self._inside = False
        self._enter()

    def _enter(self) -> None:
        """Begins a content. A line end of our own goes before it: its boundary may follow at once."""
        self._inside = True
        self._buffer[:0] = b"\n"
        self._own = 1  # bytes at the buffer's start that are ours

    async def next_part(self) -> dict[str, str] | None:
        """The headers of the next part, names in lower case; None after the last."""
        async for _ in self.content():
            pass
        line = await self._line()
        if line.startswith(b"--"):
            return None
        self._crlf = line.endswith(b"\r")
        headers: dict[str, str] = {}
        while line := (await self._line()).strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        self._enter()
        return headers

    async def content(self) -> AsyncIterator[bytes]:
        """The bytes up to the next boundary; none once it was reached."""
        while self._inside:
            found = self._buffer.find(self._mark)
            if found >= 0:
                end = found - 1 if found and self._crlf and self._buffer[found - 1] == 13 else found
                piece = bytes(self._buffer[self._own : end])
                del self._buffer[: found + len(self._mark)]
                self._inside = False
                if piece:
                    yield piece
                return
            keep = len(self._mark) + 1
            if len(self._buffer) > keep:
                piece = bytes(self._buffer[self._own : -keep])
                del self._buffer[:-keep]
                self._own = 0
                yield piece
            await self._more()

    async def finish(self) -> None:
        """Takes in what follows the last boundary."""
        async for _ in self._chunks:
            pass

    async def _line(self) -> bytes:
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > _MAX_HEADERS or self._ended:
                if self._ended and self._buffer.startswith(b"--"):
                    return bytes(self._buffer)  # the last boundary needs no line end
                raise _broken()
            await self._more(at_end=False)
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line

    async def _more(self, *, at_end: bool = True) -> None:
        if self._ended and at_end:
            raise _broken()
        try:
            self._buffer += await anext(self._chunks)
        except StopAsyncIteration:
            self._ended = True


def _broken() -> DriveError:
    return DriveError(400, "badContent", "Malformed multipart body.")


_WHITE = re.compile(rb"\s+")


async def decoded(pieces: AsyncIterator[bytes], encoding: str) -> AsyncIterator[bytes]:
    """The pieces without their Content-Transfer-Encoding: base64, or none."""
    if encoding.lower() != "base64":
        async for piece in pieces:
            yield piece
        return
    rest = b""
    try:
        async for piece in pieces:
            rest += _WHITE.sub(b"", piece)
            whole = len(rest) // 4 * 4
            yield base64.b64decode(rest[:whole], validate=True)
            rest = rest[whole:]
        yield base64.b64decode(rest, validate=True)
    except binascii.Error:
        raise DriveError(400, "badContent", "Invalid base64 in multipart body.") from None
