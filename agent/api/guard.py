"""Over TCP everything needs a token, but what has to be open (see `OPEN`), and a name that is this machine's own.

A page in somebody's browser may lead its own name to this machine and ask as if it were its server: a name that the
whole world could have is answered only where the operator has said that it is ours.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

from agent.api.errors import to_body
from agent.api.problems import ProblemJson
from agent.api.tokens import Scope
from agent.drive.endpoint import split
from agent.errors import Cause, Kind, VenueError

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
GUESTS = "/guest"
LOOKS = {  # asked by POST, and changing nothing
    ("POST", "/api/cloud/lazy-folders/list_subfolders"),
    ("POST", "/api/cloud/lazy-folders/validate_selection"),
}
MAY_GO_ON = "venuesync.may_go_on"  # of a request that lasts: whether its token is good still
LOCAL_NAMES = (".local", ".lan", ".internal", ".home.arpa", ".localhost", ".test")  # nobody's in the world's DNS
REFUSED = VenueError(
    "That needs an access token",
    "the request carries none that is good here",
    "Make one on the agent's machine with `venuesync token`, and send it as Authorization: Bearer …",
    cause=Cause.AUTH,
    kind=Kind.TOKEN,
)
READ_ONLY = VenueError(
    "This access token is for looking only",
    "it was made with --read-only",
    "Make another one on the agent's machine with `venuesync token`",
    cause=Cause.AUTH,
    kind=Kind.READ_ONLY,
)
ELSEWHERE = VenueError(
    "This is not the server that was asked for",
    "the request names another one",
    "Ask by an address, or by the name in api.listen, guests.address or drive.push",
    cause=Cause.USAGE,
    kind="host",
)


class Guard:
    """An ASGI application before another one. `scope_of` says what a token allows; `names` are the operator's own.

    `guests` answers below `/guest`, to whoever asks: it has no way to what lies behind.
    """

    def __init__(
        self,
        app: App,
        scope_of: Callable[[str], Scope | None],
        names: Collection[str] = (),
        guests: App | None = None,
    ) -> None:
        self._app = app
        self._guests = guests
        self._scope_of = scope_of
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if not is_ours(header(scope, b"host"), self._names):
                await ProblemJson(to_body(ELSEWHERE, 421), 421)(scope, receive, send)
                return
            if self._guests is not None and (scope["path"] == GUESTS or scope["path"].startswith(f"{GUESTS}/")):
                await self._guests(scope, receive, send)
                return
        refusal = await self._refusal(scope) if scope["type"] == "http" else None

        async def is_good() -> bool:
            return await self._refusal(scope) is None

        scope = {**scope, MAY_GO_ON: is_good}
        await (self._app if refusal is None else refusal)(scope, receive, send)

    async def _refusal(self, scope: Message) -> ProblemJson | None:
        asked = (scope["method"], scope["path"])
        if asked in OPEN:
            return None
        allowed = await asyncio.to_thread(self._scope_of, bearer(scope))
        if allowed is None:
            return ProblemJson(to_body(REFUSED), 401, {"WWW-Authenticate": "Bearer"})
        if allowed is Scope.READ and asked[0] != "GET" and asked not in LOOKS:
            return ProblemJson(to_body(READ_ONLY, 403), 403)
        return None


def is_ours(host: str, names: Collection[str]) -> bool:
    """Whether a `Host` may be this machine: an address, a name of the house, or one that the operator gave."""
    name = (split(f"//{host}").hostname or "").rstrip(".")
    if "." not in name or name in names or name.endswith(LOCAL_NAMES):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def bearer(scope: Message) -> str:
    scheme, _, token = header(scope, b"authorization").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def header(scope: Message, wanted: bytes) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == wanted), "")
