"""Signing in over the socket: `SignInService` at its far end."""

from __future__ import annotations

from typing import cast

from agent.client_line import SocketLine
from agent.service_sign_in import SignInAttempt, SignInState


class RemoteSignIn(SocketLine):
    """Asks the running agent."""

    async def begin_sign_in(self, client: str | None = None) -> SignInAttempt:
        return cast(SignInAttempt, await self._command("sign-in-begin", client=client))

    async def finish_sign_in(self, pasted: str) -> SignInState:
        return cast(SignInState, await self._command("sign-in-finish", pasted=pasted))

    async def sign_in_state(self) -> SignInState:
        return cast(SignInState, await self._get("/sign-in"))
