"""How a metadata call goes: its turn at the limiter, a thread, a connection, one request, a time limit.

Google's library blocks, so it runs in threads of its own. What a task stops waiting for is broken off, not left behind.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from agent.drive.access import Token
from agent.drive.endpoint import Endpoint
from agent.drive.errors import Aim, DriveError, drive_error
from agent.drive.google import DriveApi
from agent.drive.pacing import Limiter, Priority
from agent.drive.wire import Limits, Wire, Wires

THREADS = 8
WHOLE_CALL = 75.0  # seconds: connect, answer, a refreshed token and all of it again
PROBE_LIMITS = Limits(connect=5.0, answer=10.0)


class Calls:
    """The calls of one account, each sent once. Raises `DriveError` only."""

    def __init__(self, endpoint: Endpoint, token: Token, limiter: Limiter, limits: Limits) -> None:
        self._endpoint = endpoint
        self._token = token
        self._limiter = limiter
        self._limits = limits
        self._wires = Wires(endpoint.root)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="drive")
        self._probe_thread = ThreadPoolExecutor(1, thread_name_prefix="drive-probe")
        self._api: asyncio.Future[DriveApi] | None = None
        self._closed = False

    async def call(self, resource: str, method: str, parameters: dict[str, Any], aim: Aim) -> dict[str, Any]:
        """One call in its turn; folders and other small ones go before bytes."""
        api = await self._ready()
        async with self._limiter.slot(Priority.SMALL):
            return await self._sent(self._threads, api, resource, method, parameters, aim, self._limits)

    async def probe(self, resource: str, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """One reading call past the limiter and every busy thread, with short limits."""
        api = await self._ready()
        return await self._sent(self._probe_thread, api, resource, method, parameters, Aim.READ, PROBE_LIMITS)

    async def warm(self, count: int) -> None:
        """Have `count` connections stand, token fetched. Never raises."""
        with suppress(DriveError):
            api = await self._ready()
            count = min(count, THREADS)
            together = threading.Barrier(count)
            run = asyncio.get_running_loop().run_in_executor
            await asyncio.gather(*(run(self._threads, self._touch, api, together) for _ in range(count)))

    def drop(self) -> None:
        self._wires.drop()

    async def close(self) -> None:
        self._closed = True
        self._wires.close()
        self._token.cut()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._probe_thread.shutdown(wait=False, cancel_futures=True)

    async def _sent(
        self,
        threads: ThreadPoolExecutor,
        api: DriveApi,
        resource: str,
        method: str,
        parameters: dict[str, Any],
        aim: Aim,
        limits: Limits,
    ) -> dict[str, Any]:
        lent: list[Wire] = []

        def send() -> dict[str, Any]:
            wire = self._wires.borrow()
            lent.append(wire)
            try:
                return api.call(resource, method, parameters, wire, self._token, limits, aim)
            finally:
                lent.clear()
                self._wires.give_back(wire)

        run = asyncio.get_running_loop().run_in_executor(threads, send)
        try:
            async with asyncio.timeout(WHOLE_CALL):
                return await run
        except TimeoutError as error:
            raise drive_error(error, aim=aim, sent=True) from error
        finally:
            for wire in lent:  # nobody waits for its answer any more
                wire.cut()

    def _touch(self, api: DriveApi, together: threading.Barrier) -> None:
        """In a thread: one connection, while the others hold theirs."""
        with suppress(DriveError):
            wire = self._wires.borrow()
            try:
                with suppress(threading.BrokenBarrierError):
                    together.wait(timeout=1.0)
                api.call("about", "get", {"fields": "kind"}, wire, self._token, self._limits, Aim.READ)
            finally:
                self._wires.give_back(wire)

    async def _ready(self) -> DriveApi:
        """Google's library, imported and built once, in a thread: a third of a second."""
        if self._closed:
            raise drive_error(ConnectionError("the agent is ending"), sent=False)
        if self._api is None:
            self._api = asyncio.get_running_loop().run_in_executor(self._threads, DriveApi, self._endpoint)
        return await asyncio.shield(self._api)
