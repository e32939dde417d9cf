"""Signing in to Drive as the agent's verb: `SignInService`, a part of `AgentService`.

One attempt at a time. The browser comes back to this machine's loopback, or a person pastes what its address bar shows.
"""

from __future__ import annotations

from typing import Literal, Protocol

from typing_extensions import TypedDict

NO_CLIENT = "no_oauth_client"  # kind of the error where Google's OAuth client is still to be given


class SignInAttempt(TypedDict):
    """`url` is to be opened in any browser; `start`, a short address on this machine's loopback, leads there.

    `port`: where the browser comes back to. Both are `None` where that port is somebody else's: what the address bar
    shows at the end is pasted then.
    """

    url: str
    start: str | None
    port: int | None
    redirect_uri: str
    scopes: list[str]


class SignInState(TypedDict):
    """How the newest attempt stands. `account`: who is signed in; `ends_at`: seconds, if Google said when it ends."""

    state: Literal["none", "waiting", "done", "failed"]
    account: str | None
    ends_at: float | None
    title: str  # why it failed, and what to do
    remedy: str


class SignInService(Protocol):
    async def begin_sign_in(self, client: str | None = None) -> SignInAttempt:
        """A new attempt; an earlier one is over. `client`: path of the OAuth client's JSON file, kept from then on.

        Raises `UsageError` of the kind `NO_CLIENT` where none is known and none was given.
        """
        ...

    async def finish_sign_in(self, pasted: str) -> SignInState:
        """Complete the attempt with what the address bar showed, its query, or the bare code."""
        ...

    async def sign_in_state(self) -> SignInState: ...
