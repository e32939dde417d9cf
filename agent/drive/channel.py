"""Requests with photo bytes in them: httpx over kept-alive HTTP/1.1 connections, authorised, watched for standstill.

HTTP/2 would share one flow-control window among all photos and costs more processor time in Python; eight plain
connections fill the line.
"""

from __future__ import annotations

import asyncio
import socket
import urllib.request
from collections import Counter
from collections.abc import AsyncGenerator
from concurrent.futures import Executor
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from agent.drive.access import Token
from agent.drive.answer import Answer
from agent.drive.body import FileBody
from agent.drive.endpoint import Endpoint, tls
from agent.drive.errors import Aim, DriveError, drive_error
from agent.drive.wire import GIVE_UP, NO_DELAY

if TYPE_CHECKING:
    import httpx

CONNECTIONS = 32
KEPT_FOR = 220.0  # seconds idle: Google closes after four minutes
CONNECT = 10.0  # seconds
ANSWER = 30.0  # seconds for the answer to a request without a file in it
UNSENT = 131_072  # bytes that the kernel may hold unsent: progress stays true, and a stop takes effect at once


class Transfer:
    """One request under way, and when a byte of it moved last."""

    def __init__(self, scope: asyncio.Timeout) -> None:
        self._scope = scope
        self.moved()

    def moved(self) -> None:
        self.moved_at = asyncio.get_running_loop().time()

    def break_off(self) -> None:
        if not self._scope.expired():
            self._scope.reschedule(asyncio.get_running_loop().time())


class Channel:
    """Connections to one Drive for one account. Every request is sent once, but again with a new token after a 401."""

    def __init__(self, endpoint: Endpoint, token: Token, threads: Executor, progress_timeout: float) -> None:
        self._endpoint = endpoint
        self._token = token
        self._threads = threads
        self._progress_timeout = progress_timeout
        self._client: asyncio.Future[httpx.AsyncClient] | None = None
        self._under_way: set[Transfer] = set()
        self._users: Counter[httpx.AsyncClient] = Counter()
        self._left: set[httpx.AsyncClient] = set()  # closed once nobody uses them any more
        self._closed = False

    async def send(
        self, method: str, url: str, headers: dict[str, str], content: bytes | FileBody, aim: Aim, where: str = ""
    ) -> Answer:
        """One request and its whole answer: 2xx, and 308 of a session. Anything else is raised as `DriveError`."""
        async with self.request(method, url, headers, content, aim, where) as response:
            answer = Answer(response.status_code, dict(response.headers), await response.aread())
        if (200 <= answer.status < 300 and not answer.is_portal) or (answer.status == 308 and aim is Aim.SESSION):
            return answer
        raise drive_error(answer, aim=aim, where=where, sent=is_whole(content))

    @asynccontextmanager
    async def request(
        self, method: str, url: str, headers: dict[str, str], content: bytes | FileBody, aim: Aim, where: str = ""
    ) -> AsyncGenerator[httpx.Response]:
        """An answer of whatever status, its body not read yet. Raises `DriveError` where none came."""
        import httpx

        client = await self._ready()
        self._users[client] += 1
        try:
            async with asyncio.timeout(None) as scope:
                transfer = Transfer(scope)
                self._under_way.add(transfer)
                if isinstance(content, FileBody):
                    content.moved = transfer.moved
                try:
                    response = await self._answered(client, method, url, headers, content, aim)
                    response.extensions["moved"] = transfer.moved
                    try:
                        yield response
                    finally:
                        await response.aclose()
                finally:
                    self._under_way.discard(transfer)
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            raise drive_error(error, aim=aim, sent=is_whole(content), where=where) from error
        finally:
            if isinstance(content, FileBody):
                content.close()
            await self._let_go(client)

    async def _let_go(self, client: httpx.AsyncClient) -> None:
        self._users[client] -= 1
        if not self._users[client]:
            del self._users[client]
            if client in self._left:
                self._left.discard(client)
                await client.aclose()

    async def _answered(
        self,
        client: httpx.AsyncClient,
        method: str,
        url: str,
        headers: dict[str, str],
        content: bytes | FileBody,
        aim: Aim,
    ) -> httpx.Response:
        import httpx

        waits = self._progress_timeout if isinstance(content, FileBody) or aim is Aim.DOWNLOAD else ANSWER
        length = content.length if isinstance(content, FileBody) else len(content)
        token = await self._token.bearer()
        keys = self._token.resource_keys.header(url)
        request = client.build_request(
            method,
            url,
            headers={**headers, **keys, "Authorization": f"Bearer {token}", "Content-Length": str(length)},
            content=content,
            timeout=httpx.Timeout(waits, connect=CONNECT),
        )
        response = await client.send(request, stream=True)
        if response.status_code != 401:
            return response
        await response.aclose()
        self._token.invalidate(token)
        request.headers["Authorization"] = f"Bearer {await self._token.bearer()}"
        return await client.send(request, stream=True)

    async def warm(self, count: int) -> None:
        """Have `count` connections stand. Never raises."""
        url = f"{self._endpoint.root}/drive/v3/about?fields=kind"

        async def touch() -> None:
            with suppress(DriveError):
                await self.send("GET", url, {}, b"", Aim.READ)

        async with asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(touch())

    def moved_within(self, seconds: float) -> bool:
        """Whether a byte of any transfer under way moved so lately."""
        since = asyncio.get_running_loop().time() - seconds
        return any(one.moved_at > since for one in self._under_way)

    def stands_for(self, seconds: float) -> bool:
        """Whether there are transfers under way, and none has moved a byte for so long."""
        return bool(self._under_way) and not self.moved_within(seconds)

    def break_off(self, standing_for: float) -> int:
        """Break off what has not moved a byte for so many seconds; answers how many. They raise as broken off."""
        end = asyncio.get_running_loop().time() - standing_for
        standing = [one for one in self._under_way if one.moved_at <= end]
        for one in standing:
            one.break_off()
        return len(standing)

    def renew(self, standing_for: float) -> None:
        """The same, and new connections for whatever is begun from now on; what still moves ends where it is."""
        self.break_off(standing_for)
        if self._client is not None:
            self._leaving = asyncio.ensure_future(self._leave(self._client))
            self._client = None

    async def _leave(self, before: asyncio.Future[httpx.AsyncClient]) -> None:
        client = await before
        self._users[client] += 1
        self._left.add(client)
        await self._let_go(client)

    async def drop(self) -> None:
        """Break off everything and forget all connections; the next request opens new ones."""
        self.break_off(0.0)
        client, self._client = self._client, None
        if client is not None:
            await (await client).aclose()

    async def close(self) -> None:
        """Drop everything, for good."""
        self._closed = True
        await self.drop()

    async def _ready(self) -> httpx.AsyncClient:
        if self._closed:
            raise drive_error(ConnectionError("the agent is ending"), sent=False)
        if self._client is None:
            self._client = asyncio.get_running_loop().run_in_executor(self._threads, self._made)
        return await asyncio.shield(self._client)

    def _made(self) -> httpx.AsyncClient:
        """In a thread: httpx and the certificates take 0.15 s to load."""
        import httpx

        secure = self._endpoint.root.startswith("https")
        context = tls() if secure else False
        limits = httpx.Limits(
            max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS, keepalive_expiry=KEPT_FOR
        )
        if secure and not self._endpoint.is_loopback and urllib.request.getproxies():
            return httpx.AsyncClient(verify=context, limits=limits)
        options = [NO_DELAY, *GIVE_UP]
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            options.append((socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT))
        transport = httpx.AsyncHTTPTransport(verify=context, limits=limits, trust_env=False, socket_options=options)
        return httpx.AsyncClient(transport=transport, trust_env=False)


def is_whole(content: bytes | FileBody) -> bool:
    """Whether a request's body was handed over to its end, so that Drive may have acted on it."""
    return content.whole if isinstance(content, FileBody) else True
