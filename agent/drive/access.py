"""The access token that every request carries: fetched ahead of its end, by one thread for all.

google-auth's credentials are not safe across threads and repeat a failed refresh by themselves; here one lock stands
around them, and a failure leaves at once, for the lane to wait.
"""

from __future__ import annotations

import asyncio
import datetime
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from agent import clock
from agent.drive import reasons
from agent.drive.answer import Answer
from agent.drive.endpoint import Endpoint
from agent.drive.errors import Aim, DriveError, drive_error, from_row
from agent.drive.reasons import Scope
from agent.drive.resource_keys import ResourceKeys
from agent.drive.wire import Limits, Wire, target_of
from agent.errors import Cause, VenueError

AHEAD = 300.0  # seconds before its end that a token is renewed
LAST_MOMENT = 20.0  # seconds before its end that it is not used any more
OPEN_REFRESH_TOKEN = "emulator"  # noqa: S105 - what an emulator honours from anybody
OPEN_CLIENT = "venuesync"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in leaves: good for new access tokens until it is revoked. Secret."""

    refresh_token: str
    client_id: str
    client_secret: str
    token_uri: str

    def __repr__(self) -> str:
        return f"Credentials(client_id={self.client_id!r}, token_uri={self.token_uri!r})"


def open_credentials(endpoint: Endpoint) -> Credentials | None:
    """What an emulator takes from anybody; `None` for Google."""
    if endpoint.is_google:
        return None
    return Credentials(OPEN_REFRESH_TOKEN, OPEN_CLIENT, "none", endpoint.token_uri)


@dataclass(frozen=True, slots=True)
class Current:
    """An access token and when it ends, by the steady clock."""

    token: str = ""
    ends_at: float = 0.0


class Token:
    """An access token for all threads and tasks. `load` reads the sign-in; `None`: nobody has signed in.

    Only `access_token` and `reload` block; whatever else is called never waits for Google.
    """

    def __init__(self, load: Callable[[], Credentials | None], clock: Callable[[], float] = clock.steady) -> None:
        self._load = load
        self._clock = clock
        self._fetching = threading.Lock()
        self._state = threading.Lock()  # never held while anything is waited for
        self._credentials: Credentials | None = None
        self._refused: Credentials | None = None
        self._current = Current()
        self._endpoint = TokenEndpoint()
        self.resource_keys = ResourceKeys()

    def access_token(self) -> str:
        """A token that is good now; blocks while one is fetched, at most once for all who ask.

        A token that is still good is given out while another thread fetches the next, and if that fails. Raises
        `DriveError`: of scope `auth` if somebody has to sign in, transient if Google cannot be asked.
        """
        known = self.fresh()
        if known is not None:
            return known
        current = self._current
        usable = current.token if self._clock() < current.ends_at - LAST_MOMENT else ""
        if not self._fetching.acquire(blocking=not usable):
            return usable
        try:
            return self.fresh() or self._fetch()
        except DriveError:
            if usable:
                return usable
            raise
        finally:
            self._fetching.release()

    async def bearer(self) -> str:
        """The same for a task: never blocks the event loop."""
        known = self.fresh()
        return known if known is not None else await asyncio.to_thread(self.access_token)

    def fresh(self) -> str | None:
        """The token, if it is far from its end."""
        current = self._current
        return current.token if self._clock() < current.ends_at - AHEAD else None

    def invalidate(self, token: str) -> None:
        """Drive refused this one (401): the next call fetches another. No effect if that has happened already."""
        with self._state:
            if token == self._current.token:
                self._current = Current()

    def refused(self) -> None:
        """This sign-in is good for nothing any more: `reload` tells when there is another."""
        with self._state:
            self._refused = self._credentials

    def reload(self) -> bool:
        """Read the sign-in again (somebody signed in, or out). Whether there is one that was not refused.

        An emulator's open one may be honoured again at any time. Blocks for a small file.
        """
        try:
            found = self._read()
        except DriveError:
            found = None
        with self._state:
            self._credentials = found
            self._current = Current()
            is_open = found is not None and found.refresh_token == OPEN_REFRESH_TOKEN
            return found is not None and (is_open or found != self._refused)

    def cut(self) -> None:
        """Break off a token being fetched: nobody wants it any more."""
        self._endpoint.cut()

    def _fetch(self) -> str:
        """A new token, by the sign-in in force; begun again if that was replaced meanwhile."""
        while True:
            with self._state:
                credentials = self._credentials
            credentials = credentials or self._read()
            if credentials is None:
                raise from_row(reasons.NOT_SIGNED_IN)
            with self._state:
                self._credentials = self._credentials or credentials
            token, life = renewed(credentials, self._endpoint)
            with self._state:
                if self._credentials == credentials:
                    self._current = Current(token, self._clock() + life)
                    return token

    def _read(self) -> Credentials | None:
        try:
            return self._load()
        except VenueError as error:  # a sign-in that cannot be read is none: somebody has to sign in
            words = (error.title, error.detail, error.remedy)
            raise DriveError(*words, cause=Cause.AUTH, kind=error.kind, scope=Scope.AUTH) from error


def renewed(credentials: Credentials, endpoint: TokenEndpoint) -> tuple[str, float]:
    """A new access token and its life in seconds, from google-auth. Raises `DriveError`."""
    from google.auth.exceptions import GoogleAuthError
    from google.oauth2.credentials import Credentials as GoogleCredentials

    google = cast(Any, GoogleCredentials)(
        None,
        refresh_token=credentials.refresh_token,
        token_uri=credentials.token_uri,
        client_id=credentials.client_id,
        client_secret=credentials.client_secret,
    )
    try:
        google.refresh(endpoint)
    except GoogleAuthError as error:
        raise drive_error(error, aim=Aim.SIGN_IN) from error
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)  # google-auth's expiry is UTC without saying so
    life = (google.expiry - now).total_seconds() if google.expiry else 3600.0
    return str(google.token), max(life, LAST_MOMENT + 1)


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """An answer in the shape that google-auth reads (`google.auth.transport.Response`)."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class TokenEndpoint:
    """google-auth's way out (`google.auth.transport.Request`): one request over a new connection, never repeated."""

    def __init__(self) -> None:
        self._wire: Wire | None = None

    def cut(self) -> None:
        """Break off the request under way, if there is one."""
        if self._wire is not None:
            self._wire.cut()

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: Any,
    ) -> TokenAnswer:
        """Raises `DriveError` for all that is not a new token: google-auth would repeat it, or misread it."""
        limits = Limits() if timeout is None else Limits(answer=timeout)
        self._wire = Wire(url)
        try:
            answer = self._wire.exchange(method, target_of(url), headers or {}, body, limits, Aim.SIGN_IN)
        finally:
            self._wire.close()
            self._wire = None
        if answer.is_portal or answer.status != 200:
            raise drive_error(answer, aim=Aim.SIGN_IN)
        if answer.status == 200 and "access_token" not in answer.json():
            raise drive_error(Answer(502, answer.headers, answer.body), aim=Aim.SIGN_IN)
        return TokenAnswer(answer.status, answer.headers, answer.body)
