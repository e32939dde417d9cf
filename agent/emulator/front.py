"""The front door: one HTTP request, from its first line to its last byte.

Plain ASGI and not FastAPI: a framework's routing and validation cost more per request than the whole of Drive here
does, and faults have to reach below both. In this order: its own endpoints, outage, count, fault, sign-in, scopes, the
method itself, latency, and the answer, bent where a fault says so.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from agent.emulator import routes
from agent.emulator.accounts import Caller
from agent.emulator.api.batch import BATCH_PATHS, batch
from agent.emulator.api.call import Call
from agent.emulator.api.resumable import file_of, kind_of, serve_session
from agent.emulator.control.endpoints import control
from agent.emulator.control.faults import Fault
from agent.emulator.control.web import find_page
from agent.emulator.errors import DriveError, refusal, unauthorized
from agent.emulator.parts import Parts
from agent.emulator.signin.endpoints import find_endpoint
from agent.emulator.wire.answer import HTML, JSON, Answer, json_answer
from agent.emulator.wire.request import Disconnected, Request, from_scope
from agent.emulator.wire.stranger import stranger

_LOG = logging.getLogger(__name__)
Send = Callable[[dict[str, Any]], Awaitable[None]]
Work = Callable[[], Awaitable[Answer]]


class Cut(Exception):
    """A fault wants the connection closed without an answer."""


class Front:
    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    async def __call__(self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Send) -> None:
        if scope["type"] != "http":
            return
        request = from_scope(scope, receive, self.parts.link)
        try:
            turned_away = stranger(request)
            if turned_away is not None:
                status, words = turned_away
                await _send(Answer(status, words.encode(), "text/plain; charset=utf-8"), request, send)
                return
            if request.path == "/" or request.path.startswith("/_emulator"):
                await _send(await control(self.parts, request), request, send)
                return
            if self.parts.board.out:
                raise Cut
            await self._connect(request)
            answer = await self.answer(request)
            await self.parts.link.round_trip()
            if self.parts.board.out:
                raise Cut
            self.parts.counts.statuses[str(answer.status)] += 1
            self.parts.counts.bytes_out += await _send(answer, request, send)
        except Cut:
            self.parts.counts.cut += 1
            await _cut(request)
        except Disconnected:
            await _cut(request)
        finally:
            self.parts.counts.bytes_in += request.body.received

    async def _connect(self, request: Request) -> None:
        """The round trip that a new connection costs before it can be used."""
        if request.line is not None and request.line.is_new:
            request.line.is_new = False
            await self.parts.link.round_trip()

    async def answer(self, request: Request) -> Answer:
        """Whatever is due to this request, faults included. Raises Cut where nothing is."""
        name, file_id, work = self._find(request)
        counts = self.parts.counts
        counts.began(name)
        try:
            faults = self.parts.faults
            fault = faults.take(name, file_id, self._who(request) if faults.asks_who else None)
            if fault is None:
                return await self._guarded(request, work)
            return await self._with_fault(request, work, fault)
        finally:
            counts.ended()

    def _find(self, request: Request) -> tuple[str, str | None, Work]:
        """Name, file and work of a request."""
        path = request.path
        if "upload_id" in request.query and "/upload/" in path:
            return kind_of(request), file_of(self.parts, request), lambda: serve_session(self.parts, request)
        if path.startswith(BATCH_PATHS):
            return "batch", None, lambda: batch(self.parts, request, self.answer)
        found = routes.find(request.method, path, media=request.query.get("alt") == "media")
        if found is not None:
            route, params = found
            return route.name, params.get("file_id"), lambda: self._drive(route, request, params)
        other = find_endpoint(request) or find_page(request)
        if other is not None:
            name, handler = other
            return name, None, lambda: handler(self.parts, request)
        return "unknown", None, lambda: _unknown(request)

    async def _drive(self, route: routes.Route, request: Request, params: dict[str, str]) -> Answer:
        caller = self._caller(request)
        if not caller.scopes & route.scopes:
            raise refusal("insufficientPermissions", status_word="PERMISSION_DENIED")
        call = Call(self.parts, request, caller, params, route.name)
        if route.flow is not None:
            return await route.flow(call)
        assert route.handler is not None  # noqa: S101 - a route has one of the two
        if request.method == "GET":
            return _as_answer(route.handler(call), request)
        call.body = await request.json()
        with self.parts.database.transaction():
            return _as_answer(route.handler(call), request)

    def _who(self, request: Request) -> str | None:
        """The address of whoever asks; none where nobody can tell."""
        caller = self.parts.grants.caller(request.headers.get("authorization", "").partition(" ")[2].strip())
        return None if caller is None else caller.user.email

    def _caller(self, request: Request) -> Caller:
        given = request.headers.get("authorization", "")
        scheme, _, token = given.partition(" ")
        if scheme.lower() != "bearer":
            token = request.query.get("access_token", "")
            if not token:
                raise (
                    unauthorized()
                    if given
                    else refusal("required", "Login Required.", status=401, location="Authorization")
                )
        caller = self.parts.grants.caller(token.strip())
        if caller is None:
            raise unauthorized()
        keys = request.headers.get("x-goog-drive-resource-keys", "")
        return replace(caller, keys=frozenset(keys.split(","))) if keys else caller

    async def _guarded(self, request: Request, work: Work) -> Answer:
        """The work's answer, its refusal as Drive words it, or 500 for what should never happen."""
        try:
            return await work()
        except DriveError as refused:
            await request.body.drain()
            return Answer(refused.status, refused.body(), JSON, refused.headers)
        except (Disconnected, Cut, asyncio.CancelledError):
            raise
        # The boundary around one request: a defect here must not take the server with it, and must be seen.
        except Exception:  # noqa: BLE001
            _LOG.exception("%s %s", request.method, request.path)
            error = refusal("internalError")
            return Answer(error.status, error.body(), JSON)

    async def _with_fault(self, request: Request, work: Work, fault: Fault) -> Answer:
        request.attributes["fault"] = fault
        request.body.interruption = fault.interruption(request)
        answer: Answer | None = None
        if fault.after_commit or not fault.refuses or fault.persist_chunks is not None:
            answer = await self._guarded(request, work)
        else:
            await request.body.drain()
        if fault.delay_ms:
            await asyncio.sleep(fault.delay_ms / 1000)
        if fault.without_answer:
            raise Cut
        if fault.refuses or answer is None:
            return fault.answer()
        return fault.bend(request, answer)


def _as_answer(result: routes.Result, request: Request) -> Answer:
    if isinstance(result, Answer):
        return result
    if result is None:
        return Answer(204)
    return json_answer(result, pretty=request.query.get("prettyPrint") == "true")


async def _unknown(request: Request) -> Answer:
    await request.body.drain()
    return Answer(404, b"<html><title>Error 404 (Not Found)</title><p>404. That's an error.</html>", HTML)


async def _cut(request: Request) -> None:
    if request.line is not None:
        request.line.cut()
        await request.line.gone.wait()


async def _send(answer: Answer, request: Request, send: Send) -> int:
    """Sends an answer, and returns how many bytes of its body went out. A faulty one ends with the connection."""
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in answer.headers]
    headers.append((b"content-length", str(answer.length).encode()))
    if answer.content_type is not None:
        headers.append((b"content-type", answer.content_type.encode("latin-1", "replace")))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if isinstance(answer.body, bytes) and not answer.bent:
        await send({"type": "http.response.body", "body": answer.body})
        return len(answer.body)
    sent = 0
    try:
        async for piece in answer.pieces():
            if request.line is not None and request.line.gone.is_set():
                return sent  # nobody takes any more of it
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            sent += len(piece)
    except OSError:
        answer.cut_after = sent  # the file went while it was being sent
    if answer.cut_after is not None and sent < answer.length:
        if request.line is not None:
            request.line.hang_up()
            await request.line.gone.wait()
        return sent
    await send({"type": "http.response.body", "body": b""})
    return sent
