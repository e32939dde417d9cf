"""The far end: the same requests over the socket of an agent that runs, with every error as it was raised there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import quote

import httpx

from agent.api.errors import UNDER_WAY, from_body
from agent.errors import AgentSilent, Cause, NoAgent, NotThere, VenueError
from agent.requests.ask import Command, Query, Request, answer_of, is_text, parts_of

if TYPE_CHECKING:
    from agent.requests.snapshot import Change

Answer = TypeVar("Answer")

LINE = 30.0  # seconds; how long an answer itself may take is the request's `patience`
PING = httpx.Timeout(5.0)  # seconds; a busy agent answers within one
KEPT = 1.0  # seconds that a connection is used again; one that somebody else relays may be closed just when it is
SILENCE = httpx.Timeout(30.0, read=45.0)  # seconds; the stream shows a sign of life every 3, of an older agent every 15
QUIET = 4.0  # seconds without one, until somebody who follows asks whether it is there
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)  # before anything of a request has left


class Remote:
    """Raises `NoAgent` where nobody answers at the socket, `AgentSilent` where somebody listens and does not."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self._http = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(
                uds=str(socket),
                verify=False,  # certificates take 25 ms to load
                limits=httpx.Limits(keepalive_expiry=KEPT),
            ),
            base_url="http://agent",
            timeout=LINE,
            trust_env=False,  # a proxy of this machine leads to others, not to the agent
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def ping(self) -> None:
        """Whether somebody answers; `NoAgent` if nobody is there, `AgentSilent` if somebody is and says nothing."""
        await self._send("GET", "/", timeout=PING)

    async def ask(self, request: Request[Answer]) -> Answer:
        fields = {name: one for name, one in vars(request).items() if one is not None}
        path = request.path.format(**{name: part_of(fields.pop(name)) for name in parts_of(request.path)})
        timeout = httpx.Timeout(LINE, read=request.patience)
        given = {"params": fields} if isinstance(request, Query) else {"json": fields}
        asked = self._send(request.method, path, changes=isinstance(request, Command), timeout=timeout, **given)
        if answer_of(type(request)) == bytes | None:
            return cast(Answer, await picture(asked))
        answer = await asked
        return cast(Answer, answer.text if is_text(type(request)) else answer.json())

    async def events(self, boot: str, since: int) -> AsyncIterator[Change]:
        """The changes as they come; ends by `NoAgent` or `AgentSilent`."""
        params = {"boot": boot, "since": since}
        try:
            async with self._http.stream("GET", "/stream", params=params, timeout=SILENCE) as answer:
                async for line in self._minded(answer.aiter_lines()):
                    if line.startswith("data: "):
                        yield cast("Change", json.loads(line.removeprefix("data: ")))
        except httpx.TimeoutException as error:
            raise silent() from error
        except httpx.TransportError as error:
            raise lost(error) from error
        raise lost(None)

    async def _minded(self, lines: AsyncIterator[str]) -> AsyncIterator[str]:
        """The same lines. One that hangs keeps the line open, and says nothing: it is asked for a word."""
        coming = asyncio.ensure_future(anext(lines, None))
        try:
            while True:
                done, _ = await asyncio.wait({coming}, timeout=QUIET)
                if not done:
                    await self.ping()
                elif (line := coming.result()) is None:
                    return
                else:
                    yield line
                    coming = asyncio.ensure_future(anext(lines, None))
        finally:
            coming.cancel()
            await asyncio.wait({coming})

    async def _send(self, method: str, path: str, *, changes: bool = False, **options: Any) -> httpx.Response:
        """What `changes` something and has left may be done though no answer came, and that is said."""
        try:
            answer = await self._http.request(method, path, **options)
        except httpx.TransportError as error:
            wrong = silent() if isinstance(error, httpx.TimeoutException) else lost(error)
            if changes and not isinstance(error, NOT_SENT):
                wrong.detail, wrong.remedy = UNDER_WAY
            raise wrong from error
        if answer.is_success:
            return answer
        raise refused(answer)


def part_of(name: object) -> str:
    """As one part of an address; bare, `.` and `..` would lead to another one."""
    text = quote(str(name), safe="")
    return text.replace(".", "%2E") if text in (".", "..") else text


async def picture(asked: Any) -> bytes | None:
    try:
        return cast(httpx.Response, await asked).content
    except NotThere:
        return None


def lost(error: httpx.TransportError | None) -> VenueError:
    detail = "the line broke" if error is None else str(error) or type(error).__name__
    return NoAgent("The agent does not answer", detail, "Start it with `venuesync`", cause=Cause.TRANSIENT)


def silent() -> VenueError:
    return AgentSilent(
        "The agent does not answer",
        "it runs, and takes requests without answering any",
        "Wait a moment; if that does not help, end it by force, by which nothing is lost, and start it again",
    )


def refused(answer: httpx.Response) -> VenueError:
    try:
        return from_body(answer.json())
    except ValueError:
        return VenueError("The agent gave an error", f"HTTP {answer.status_code}", "See its log in .venuesync/logs")
