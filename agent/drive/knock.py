"""Whether anybody answers at Drive's door: a tiny request over a new connection, without a token, that costs no quota.

While the line is away, a connection that is being made may wait for seconds after its return until the system tries
once more (its pauses double). So knocks overlap: one goes out every while, and the first that is answered counts.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

from agent.drive.answer import PORTAL
from agent.drive.endpoint import Endpoint, tls
from agent.drive.wire import proxy_for, proxy_headers

EVERY = 0.7  # seconds between two knocks
AT_ONCE = 12  # that may wait for an answer
PATIENCE = 8.0  # seconds for an answer
DOOR = "/drive/v3/about?fields=kind"  # Drive itself refuses it without a token; a portal shows a page, or leads to one


async def until_answered(endpoint: Endpoint) -> None:
    """Knock every while until Drive's answer comes."""
    answered = asyncio.Event()
    knocks: set[asyncio.Task[None]] = set()
    try:
        while not answered.is_set():
            knocks = {one for one in knocks if not one.done()}
            if len(knocks) < AT_ONCE:
                knocks.add(asyncio.create_task(_knock(endpoint, answered)))
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY):
                    await answered.wait()
    finally:
        for one in knocks:
            one.cancel()


async def _knock(endpoint: Endpoint, answered: asyncio.Event) -> None:
    with suppress(OSError, ValueError, asyncio.IncompleteReadError):
        async with asyncio.timeout(PATIENCE):
            if await _is_answered(endpoint):
                answered.set()


async def _is_answered(endpoint: Endpoint) -> bool:
    """Whether Drive answers; where a proxy stands between, whether that one reaches it."""
    parts = urlsplit(endpoint.root)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    proxy = proxy_for(host) if secure else None
    if proxy is not None:
        more = "".join(f"{key}: {value}\r\n" for key, value in proxy_headers(proxy).items())
        request = f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n{more}\r\n"
        return await _status(proxy.hostname or "", proxy.port or 8080, request, secure=False) == 200
    request = f"GET {DOOR} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n"
    status = await _status(host, port, request, secure=secure)
    return status >= 400 and status != PORTAL


async def _status(host: str, port: int, request: str, *, secure: bool) -> int:
    """The status of an answer, over a connection of its own. Raises `OSError` or `ValueError` where there is none."""
    context = await asyncio.to_thread(tls) if secure else None
    reader, writer = await asyncio.open_connection(host, port, ssl=context)
    try:
        writer.write(request.encode())
        line = await reader.readuntil(b"\n")
        return int(line.split(b" ", 2)[1]) if line.startswith(b"HTTP/") else 0
    except IndexError as error:
        raise ValueError("no answer of HTTP's") from error
    finally:
        writer.transport.abort()
