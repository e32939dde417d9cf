"""How a metadata call goes: its turn at the limiter, a thread, a connection, one request, a time limit.

Google's library blocks, so it runs in threads of its own. What a task stops waiting for is broken off, not left behind.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from agent.drive.access import Token
from agent.drive.endpoint import Endpoint
from agent.drive.errors import Aim, DriveError, drive_error
from agent.drive.google import DriveApi
from agent.drive.knock import until_answered
from agent.drive.pacing import Limiter, Priority
from agent.drive.reasons import Scope
from agent.drive.wire import Limits, Wire, Wires

T = TypeVar("T")

THREADS = 8
WHOLE_CALL = 75.0  # seconds: connect, answer, a refreshed token and all of it again
PROBE_LIMITS = Limits(connect=5.0, answer=10.0)
PROBES = 4  # threads: those whose question hangs leave room for the next
SOON = 0.7  # seconds in which an answer comes where all is well
AFTER_ALL = 0.15  # seconds that a question has left once somebody answers elsewhere
BATCH_LIMITS = Limits(answer=60.0)  # the answer comes when the last of its calls is done


class Calls:
    """The calls of one account, each sent once. Raises `DriveError` only."""

    def __init__(
        self, endpoint: Endpoint, token: Token, limiter: Limiter, limits: Limits, hung: Callable[[], None]
    ) -> None:
        self._hung = hung
        self._endpoint = endpoint
        self._token = token
        self._limiter = limiter
        self._limits = limits
        self._wires = Wires(endpoint.root)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="drive")
        self._probe_threads = ThreadPoolExecutor(PROBES, thread_name_prefix="drive-probe")
        self._api: asyncio.Future[DriveApi] | None = None
        self._closed = False

    async def call(
        self, resource: str, method: str, parameters: dict[str, Any], aim: Aim, where: str = ""
    ) -> dict[str, Any]:
        """One call in its turn; folders and other small ones go before bytes. `where` names its object for people."""
        api = await self._ready()
        async with self._limiter.slot(Priority.SMALL):
            return await self._sent(
                self._threads,
                lambda wire: api.call(resource, method, parameters, wire, self._token, self._limits, aim, where),
                aim,
            )

    async def batch(
        self, resource: str, method: str, calls: Sequence[tuple[dict[str, Any], str]], aim: Aim
    ) -> list[dict[str, Any] | DriveError]:
        """Many calls in one request, in one turn; a rate answer to any of them slows everybody down."""
        api = await self._ready()
        async with self._limiter.slot(Priority.SMALL):
            began = asyncio.get_running_loop().time()
            found = await self._sent(
                self._threads,
                lambda wire: api.batch(resource, method, calls, wire, self._token, BATCH_LIMITS, aim),
                aim,
            )
            slowed = [one for one in found if isinstance(one, DriveError) and one.scope is Scope.RATE]
            if slowed:
                asked = max((one.retry_after for one in slowed if one.retry_after is not None), default=None)
                pause = self._limiter.refused(asked, began)
                for one in slowed:
                    one.retry_after = pause
        return found

    async def probe(self, resource: str, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """One reading call past the limiter and every busy thread, with short limits.

        A question that was asked while the line was away may hang on after its return. So the line is tried beside it,
        over new connections, and once somebody answers there, the question is asked anew.
        """
        api = await self._ready()

        def ask() -> asyncio.Task[dict[str, Any]]:
            def work(wire: Wire) -> dict[str, Any]:
                return api.call(resource, method, parameters, wire, self._token, PROBE_LIMITS, Aim.READ)

            return asyncio.create_task(self._sent(self._probe_threads, work, Aim.READ))

        asked = ask()
        beside = asyncio.create_task(self._line_answers())
        try:
            await asyncio.wait({asked, beside}, return_when=asyncio.FIRST_COMPLETED)
            if not asked.done():
                await asyncio.wait({asked}, timeout=AFTER_ALL)
            if not asked.done():
                asked.cancel()
                self._token.cut()
                self._wires.drop(SOON)
                self._hung()
                asked = ask()
            return await asked
        finally:
            asked.cancel()
            beside.cancel()

    async def _line_answers(self) -> None:
        await asyncio.sleep(SOON)
        await until_answered(self._endpoint)

    async def warm(self, count: int) -> None:
        """Have `count` connections stand, token fetched. Never raises."""
        with suppress(DriveError):
            api = await self._ready()
            count = min(count, THREADS)
            together = threading.Barrier(count)
            run = asyncio.get_running_loop().run_in_executor
            await asyncio.gather(*(run(self._threads, self._touch, api, together) for _ in range(count)))

    def waits_for(self, seconds: float) -> bool:
        return self._wires.waits_for(seconds)

    def drop(self, waiting_for: float = 0.0) -> None:
        self._wires.drop(waiting_for)

    async def close(self) -> None:
        self._closed = True
        self._wires.close()
        self._token.cut()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._probe_threads.shutdown(wait=False, cancel_futures=True)

    async def _sent(self, threads: ThreadPoolExecutor, work: Callable[[Wire], T], aim: Aim) -> T:
        """Do `work` in a thread with a wire, in bounded time; when nobody waits any more, it is broken off."""
        lent: list[Wire] = []

        def send() -> T:
            wire = self._wires.borrow()
            lent.append(wire)
            try:
                return work(wire)
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
