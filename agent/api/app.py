"""The application of the control API: the requests' routes, the live events, and all else, made when it is wanted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Literal
from urllib.parse import quote, unquote

from starlette.requests import Request as Http
from starlette.responses import Response, StreamingResponse
from starlette.routing import Match, Route
from typing_extensions import TypedDict

from agent.api.browser_sign_in import BY_COMMAND, BrowserSignIn
from agent.api.guard import MAY_GO_ON, App, Message, Receive, Send
from agent.api.problems import Json, problem
from agent.api.routes import in_address, routes
from agent.errors import VenueError
from agent.model import DiskState, DriveState, SafeCode, WatcherState
from agent.requests.ask import Agent, Query
from agent.requests.checking import made
from agent.requests.fields import SequenceNumber, Words
from agent.requests.status import GetStatus

HEARTBEAT = 3.0  # seconds without a change before a comment shows that the line is alive


class ControlApi:
    """An ASGI application; it holds nothing but the agent, and sign-ins that were begun, or why none can be."""

    def __init__(self, agent: Agent, sign_in: BrowserSignIn | VenueError = BY_COMMAND) -> None:
        self._agent = agent
        self._sign_in = sign_in
        self._routes = [*routes(agent), Route(Follow.path, following(agent), methods=["GET"])]
        self._routes.append(Route(HEALTH, self._health, methods=["GET"]))
        self._others: App | None = None
        self._one = asyncio.Lock()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        scope = {**scope, "path": by_parts(scope)}
        for route in self._routes:
            match, found = route.matches(scope)
            if match is Match.FULL and scope["method"] != "HEAD":  # which nobody described: refused with all others
                answer = await self._answer(route, Http({**scope, **found}, receive))
                await answer(scope, receive, send)
                return
        await (await self._all_others())(scope, receive, send)

    async def _health(self, _http: Http) -> Response:
        return await health_of(self._agent)

    async def _answer(self, route: Route, http: Http) -> Response:
        try:
            return await route.endpoint(http)
        except Exception as error:  # noqa: BLE001 - the boundary around one request
            return await problem(self._agent, http.url.path, error)

    async def _all_others(self) -> App:
        async with self._one:
            if self._others is None:
                self._others = await asyncio.to_thread(self._described)
            return self._others

    def _described(self) -> App:
        """Takes half a second of processor; several of them on a machine that is busy."""
        from agent.api.described import make_described

        return make_described(self._agent, self._sign_in)


def by_parts(scope: Message) -> str:
    """The address as it was asked, each of its parts quoted alike: a `/` in a name stands between no two of them."""
    raw = scope.get("raw_path") or quote(scope["path"]).encode()
    return "/".join(quote(unquote(part), safe="") for part in raw.decode("latin-1").split("/"))


class Follow(Query[bytes]):
    """Server-sent events: every change after `since`; `resync` where some are lost."""

    path = "/stream"
    boot: Words = ""
    since: SequenceNumber = 0


def following(agent: Agent) -> Callable[[Http], Awaitable[Response]]:
    async def follow(http: Http) -> Response:
        asked = made(Follow, await in_address(Follow, http))
        since = max(asked.since, last_heard(http.headers.get("last-event-id", "")))
        may = http.scope.get(MAY_GO_ON, always)
        return StreamingResponse(server_sent(agent, asked.boot, since, may), media_type="text/event-stream")

    return follow


def last_heard(told: str) -> int:
    """A browser whose line broke follows again at the address of before, and tells what it heard last."""
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 16 else 0


async def always() -> bool:
    return True


async def server_sent(
    agent: Agent, boot: str, since: int, may_go_on: Callable[[], Awaitable[bool]] = always
) -> AsyncIterator[str]:
    """Changes as server-sent events, with a comment now and then so that a dead line is noticed; its end, once whoever
    asked may not ask any more.
    """
    changes = aiter(agent.events(boot, since))
    coming = asyncio.ensure_future(anext(changes))
    yield ": venuesync\n\n"
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=HEARTBEAT)
            if not await may_go_on():
                return
            if not done:
                yield ": alive\n\n"
                continue
            change = coming.result()
            yield f"id: {change['seq']}\nevent: {change['section']}\ndata: {json.dumps(change)}\n\n"
            coming = asyncio.ensure_future(anext(changes))
    except StopAsyncIteration:
        return
    finally:
        coming.cancel()


# ---- whether it works, for whoever looks every few seconds: without a token, and without the framework that takes long


HEALTH = "/health"
AT_WORK = frozenset({DriveState.ONLINE, DriveState.DISABLED, DriveState.THROTTLED})


class Health(TypedDict):
    status: Literal["healthy", "degraded", "unhealthy"]
    database: Literal["connected", "error"]
    watcher: str
    drive: str


async def health_of(agent: Agent) -> Json:
    try:
        document = await agent.ask(GetStatus())
    except VenueError:
        body: Health = {"status": "unhealthy", "database": "error", "watcher": "stopped", "drive": "unknown"}
        return Json(body, 503)
    watcher, drive = document["watcher"]["state"], document["drive"]["state"]
    if document["safe_to_leave"]["code"] == SafeCode.STORE_TROUBLE:  # it can be read, and nothing can be written down
        return Json(Health(status="unhealthy", database="error", watcher=watcher, drive=drive), 503)
    room = document["disk"]["state"] != DiskState.FULL
    word = "healthy" if room and watcher == WatcherState.RUNNING and drive in AT_WORK else "degraded"
    return Json({"status": word, "database": "connected", "watcher": watcher, "drive": drive})
