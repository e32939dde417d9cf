"""One request as the rest of the emulator sees it.

The body comes at the link's pace, and may be broken on the way by a fault; everything else is there from the start.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from agent.emulator.errors import DriveError
from agent.emulator.wire.link import Link
from agent.emulator.wire.switchboard import Line

Receive = Callable[[], Awaitable[Any]]
MAX_JSON = 32 * 1024 * 1024  # bytes


class Disconnected(Exception):
    """The client has gone, or was cut off: nobody waits for an answer."""


@dataclass(slots=True)
class Interruption:
    """What happens to a body on its way in: after `after` bytes it stalls for `stall` seconds, and then goes on or is
    cut.
    """

    after: int
    stall: float = 0.0
    cut: bool = False


class Body:
    """The bytes of a request as they arrive. They come once."""

    def __init__(self, receive: Receive | None, link: Link, line: Line | None, held: bytes = b"") -> None:
        self._receive = receive
        self._link = link
        self._line = line
        self._held = held
        self.received = 0  # bytes so far
        self.interruption: Interruption | None = None

    async def chunks(self) -> AsyncIterator[bytes]:
        """Each piece when it has crossed the link. Raises Disconnected where the client goes before the end."""
        if self._held:
            held, self._held = self._held, b""
            yield held
        while self._receive is not None:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self._receive = None
                raise Disconnected
            chunk: bytes = message.get("body", b"")
            if not message.get("more_body"):
                self._receive = None
            if chunk:
                await self._link.carry(len(chunk), flowing=self.received > 0)
                yield await self._through(chunk)

    async def read(self, limit: int = MAX_JSON) -> bytes:
        pieces = bytearray()
        async for chunk in self.chunks():
            pieces += chunk
            if len(pieces) > limit:
                raise DriveError(413, "uploadTooLarge", "Request entity too large")
        return bytes(pieces)

    async def drain(self) -> None:
        """Takes in whatever is left, as a front end does before it refuses."""
        async for _ in self.chunks():
            pass

    async def _through(self, chunk: bytes) -> bytes:
        self.received += len(chunk)
        trouble = self.interruption
        if trouble is None or self.received <= trouble.after:
            return chunk
        self.interruption = None
        if trouble.stall:
            await asyncio.sleep(trouble.stall)
        if trouble.cut and self._line is not None:
            self._line.cut()
            self._receive = None
            raise Disconnected
        return chunk


@dataclass(slots=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Body
    line: Line | None = None
    base: str = ""  # scheme and host as the client sees them
    attributes: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")

    async def json(self) -> dict[str, Any]:
        """The body as a JSON object; an empty body is an empty one."""
        return parse_object(await self.body.read())

    async def form(self) -> dict[str, str]:
        """The fields of a form; Google takes JSON there, too."""
        body = await self.body.read()
        if "json" in self.content_type:
            return {key: str(value) for key, value in parse_object(body).items()}
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def from_scope(scope: Any, receive: Receive, link: Link) -> Request:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    line = scope["state"].get("connection")
    has_body = "content-length" in headers or "transfer-encoding" in headers
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=parse_query(scope["query_string"].decode("latin-1")),
        headers=headers,
        body=Body(receive if has_body else None, link, line),
        line=line,
        base=base_url(headers.get("host", "")),
    )


def parse_query(text: str) -> dict[str, str]:
    return dict(parse_qsl(text, keep_blank_values=True)) if text else {}


def from_target(method: str, target: str, headers: dict[str, str], held: bytes, outer: Request, link: Link) -> Request:
    """A request that came inside another one (batch)."""
    parts = urlsplit(target)
    body = Body(None, link, outer.line, held)
    return Request(method, parts.path, parse_query(parts.query), headers, body, outer.line, outer.base)


def base_url(host: str) -> str:
    """Where this client reaches the server: behind a name of Google's it came through TLS that somebody else ended."""
    name = host.partition(":")[0]
    return f"https://{host}" if name.endswith("googleapis.com") else f"http://{host}"


def parse_object(data: bytes) -> dict[str, Any]:
    """A JSON object, or 400 as Drive words it. Lone surrogates become question marks: nothing else could store them."""
    if not data.strip():
        return {}
    try:
        value = json.loads(data)
        if b"\\ud" in data.lower():
            value = json.loads(
                json.dumps(value, ensure_ascii=False).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            )
    except ValueError:
        raise DriveError(400, "parseError", "Parse Error") from None
    if not isinstance(value, dict):
        raise DriveError(400, "parseError", "Parse Error")
    return value  # pyright: ignore[reportUnknownVariableType]
