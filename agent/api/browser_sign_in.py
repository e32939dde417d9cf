"""Signing in to Google through the API: an address to open, and Google's way back to us."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from typing_extensions import TypedDict

from agent.drive.sign_in.kept import Account, SignIn
from agent.drive.sign_in.login import Level, LoginAttempt
from agent.errors import Cause, VenueError

CALLBACK = "/api/cloud/oauth/callback"
LIFE = 600.0  # seconds that an address is good for
ANEW = "Ask for a new address"  # as it was asked for the first time
MOST = 20  # addresses given out and not used
BY_COMMAND = VenueError(  # without `api.listen` a browser cannot come back here
    "Sign in with the command",
    "this API is reached by its socket alone",
    "Run: venuesync login",
    cause=Cause.CONFLICT,
    kind="sign_in",
)


class SignInStarted(TypedDict):
    success: bool
    auth_url: str
    state: str
    redirect_uri: str
    scopes: list[str]


@dataclass(eq=False, slots=True)
class BrowserSignIn:
    """`origin`: where a browser reaches this API, as `http://127.0.0.1:8080`. `signed_in` is told of a success.

    `level` answers how much is needed at present.
    """

    _sign_in: SignIn
    _origin: str
    _level: Callable[[], Level]
    _signed_in: Callable[[], Awaitable[None]]
    _attempts: dict[str, tuple[LoginAttempt, float]] = field(
        default_factory=dict[str, tuple[LoginAttempt, float]], init=False
    )

    async def begin(self, *, drive: bool) -> SignInStarted:
        """`drive` false: who it is alone. Raises `UsageError` where no OAuth client is known."""
        level = self._level() if drive else Level.IDENTITY
        attempt = await self._sign_in.begin(level, redirect_uri=self._origin + CALLBACK)
        self._forget_old()
        self._attempts[attempt.state] = (attempt, time.monotonic() + LIFE)
        return {
            "success": True,
            "auth_url": attempt.url,
            "state": attempt.state,
            "redirect_uri": attempt.redirect_uri,
            "scopes": list(attempt.scopes),
        }

    async def finish(self, state: str, query: str) -> Account:
        """Raises `VenueError` for a state that was not given out, was used, or is too old."""
        self._forget_old()
        found = self._attempts.pop(state, None)
        if found is None:
            raise VenueError(
                "This sign-in is not known here",
                "its address was used already, is too old, or was made elsewhere",
                ANEW,
                cause=Cause.CONFLICT,
                kind="sign_in",
            )
        account = await self._sign_in.finish(found[0], f"?{query}")
        await self._signed_in()
        return account

    def _forget_old(self) -> None:
        now = time.monotonic()
        kept = [(state, one) for state, one in self._attempts.items() if one[1] > now]
        self._attempts = dict(kept[-MOST + 1 :])
