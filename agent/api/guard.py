"""Over TCP everything needs a token, but what has to be open: see `OPEN`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from fastapi.responses import JSONResponse

from agent.api.errors import to_body
from agent.errors import Cause, VenueError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

OPEN = {  # the last three bring a secret of their own: a one-time state, or a channel's token
    ("GET", "/"),
    ("GET", "/health"),
    ("GET", "/api/cloud/oauth/callback"),
    ("GET", "/api/cloud/gmail-callback"),
    ("POST", "/drive/notifications"),
}
REFUSED = VenueError(
    "That needs an access token",
    "the request carries none that is good here",
    "Make one on the agent's machine with `venuesync token`, and send it as Authorization: Bearer …",
    cause=Cause.AUTH,
    kind="token",
)


class Guard:
    """An ASGI application before another one. `is_good` says whether a token is."""

    def __init__(self, app: App, is_good: Callable[[str], bool]) -> None:
        self._app = app
        self._is_good = is_good

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (scope["method"], scope["path"]) in OPEN or self._is_good(bearer(scope)):
            await self._app(scope, receive, send)
            return
        refusal = JSONResponse(to_body(REFUSED), 401, {"WWW-Authenticate": "Bearer"})
        await refusal(scope, receive, send)


def bearer(scope: Message) -> str:
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, token = value.decode("latin-1").partition(" ")
            return token.strip() if scheme.lower() == "bearer" else ""
    return ""
