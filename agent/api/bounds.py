"""What a request may bring, whoever sends it: a body of a bounded size, whole within a bounded time.

And what it is answered when the agent ends before it is done.
"""

from __future__ import annotations

import asyncio
from typing import Any

from agent.api.errors import UNDER_WAY, to_body
from agent.api.guard import App, Message, Receive, Send
from agent.api.problems import ProblemJson
from agent.errors import Cause, UsageError, VenueError

MOST = 1 << 20  # bytes: the largest that is ever sent is a list of some thousand numbers
PATIENCE = 30.0  # seconds
TOO_LARGE = UsageError(
    "The request is too large", f"up to {MOST:,} bytes are taken", "Ask for less at once", kind="too_large"
)
TOO_SLOW = UsageError(
    "The request did not come to its end", f"it was waited for {PATIENCE:g} s", "Send it again", kind="too_slow"
)

ENDING = VenueError("The agent is ending", *UNDER_WAY, cause=Cause.TRANSIENT, kind="ending")


class Answered:
    """An ASGI application before another one: what the server breaks off, as it ends, gets an answer in words."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        begun = whole = False

        async def sent(message: Message) -> None:
            nonlocal begun, whole
            begun, whole = True, message["type"] == "http.response.body" and not message.get("more_body")
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except asyncio.CancelledError:
            if not begun:
                await ProblemJson(to_body(ENDING), 503)(scope, receive, send)
            elif not whole:  # the live events: their end
                await send({"type": "http.response.body", "body": b"", "more_body": False})


class Bounds:
    """An ASGI application before another one, which gets each body as a whole."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] == "GET":
            await self._app(scope, receive, send)
            return
        refusal: ProblemJson | None = None
        body = b""
        try:
            async with asyncio.timeout(PATIENCE):
                body = await whole_body(receive)
        except OverflowError:
            refusal = ProblemJson(to_body(TOO_LARGE, 413), 413, {"Connection": "close"})
        except TimeoutError:
            refusal = ProblemJson(to_body(TOO_SLOW, 408), 408, {"Connection": "close"})
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        await self._app(scope, given_again(body, receive), send)


async def whole_body(receive: Receive) -> bytes:
    """Raises `OverflowError` for what is too large: heard to its end, so that the answer is read, and not kept."""
    pieces = bytearray()
    size, more = 0, True
    while more:
        message = await receive()
        piece = message.get("body", b"")
        size += len(piece)
        if size <= MOST:
            pieces += piece
        more = message["type"] == "http.request" and bool(message.get("more_body"))
    if size > MOST:
        raise OverflowError
    return bytes(pieces)


def given_again(body: bytes, receive: Receive) -> Receive:
    """The body once, then whatever else there is to be heard of the client."""
    given = False

    async def again() -> dict[str, Any]:
        nonlocal given
        if given:
            return dict(await receive())
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
