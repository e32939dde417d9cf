"""Signing in through the agent: one attempt at a time, completed by the browser on the loopback or by a pasted address.

So the monitor signs in wherever it is attached, and over SSH, without ending anything.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from agent.desk.house import House
from agent.drive.endpoint import Endpoint
from agent.drive.listener import start_path
from agent.drive.login import PORT, Level, LoginAttempt, OAuthClient
from agent.drive.sign_in import Account, SignIn
from agent.errors import Cause, UsageError, VenueError
from agent.service_sign_in import NO_CLIENT, SignInAttempt, SignInState
from agent.workspace import absolute

PATIENCE = 900.0  # seconds that the browser may take


def level_for(house: House) -> Level:
    """Enough to write where photos are to go."""
    elsewhere = house.settings.drive.destination or any(one.destination for one in house.roster.events())
    return Level.MANAGE if elsewhere else Level.FULL


class SignInDesk:
    """`SignInService` in the agent's own process."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._sign_in = SignIn(house.workspace, Endpoint(house.settings.drive.endpoint))
        self._attempt: LoginAttempt | None = None
        self._listening: asyncio.Task[None] | None = None
        self._account: Account | None = None
        self._failed: VenueError | None = None

    async def begin(self, client: str | None) -> SignInAttempt:
        if self._house.lane is None:
            raise UsageError(
                "Drive is off",
                "there is nothing to sign in to",
                "Set drive.enabled = true, and start again",
                cause=Cause.CONFLICT,
            )
        given = None if client is None else await asyncio.to_thread(OAuthClient.from_file, absolute(Path(client)))
        if given is None and await asyncio.to_thread(lambda: self._sign_in.client) is None:
            raise UsageError(
                "Google has to know this app first",
                "no OAuth client is known here",
                "Give the JSON file from Google's console, as docs/google-setup.md shows",
                cause=Cause.CONFLICT,
                kind=NO_CLIENT,
            )
        await self._stop_listening()
        attempt = await self._sign_in.begin(level_for(self._house), given)
        if given is not None:
            await asyncio.to_thread(self._sign_in.keep_client, given)
        self._attempt, self._account, self._failed = attempt, None, None
        listens = await self._listen(attempt)
        return {
            "url": attempt.url,
            "start": f"http://127.0.0.1:{PORT}{start_path(attempt)}" if listens else None,
            "port": PORT if listens else None,
            "redirect_uri": attempt.redirect_uri,
            "scopes": list(attempt.scopes),
        }

    async def _listen(self, attempt: LoginAttempt) -> bool:
        """Wait for the browser in the background. False: the port is somebody else's."""
        self._listening = self._house.errands.run("sign-in", self._wait(attempt))
        await asyncio.wait({self._listening}, timeout=0.1)
        if not self._listening.done():
            return True
        self._failed = None
        return False

    async def _wait(self, attempt: LoginAttempt) -> None:
        try:
            code = await self._sign_in.listen(attempt, PORT, PATIENCE)
            await self._complete(attempt, code)
        except VenueError as error:
            if self._attempt is attempt:
                self._failed = error

    async def _stop_listening(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening
            self._listening = None

    async def finish(self, pasted: str) -> SignInState:
        attempt = self._attempt
        if attempt is None:
            raise UsageError("No sign-in has begun", "", "Begin one first", cause=Cause.CONFLICT)
        await self._complete(attempt, pasted)
        await self._stop_listening()
        return await self.state()

    async def _complete(self, attempt: LoginAttempt, pasted: str) -> None:
        account = await self._sign_in.finish(attempt, pasted)
        if self._attempt is attempt:
            self._attempt, self._account, self._failed = None, account, None
        if self._house.lane is not None:
            self._house.lane.signed_in()

    async def state(self) -> SignInState:
        kept = self._account or await asyncio.to_thread(lambda: self._sign_in.account)
        failed = self._failed
        word = "failed" if failed else "waiting" if self._attempt else "done" if self._account else "none"
        return {
            "state": word,
            "account": kept.name if kept else None,
            "ends_at": kept.ends_at if kept else None,
            "title": str(failed.title) if failed else "",
            "remedy": failed.remedy if failed else "",
        }
