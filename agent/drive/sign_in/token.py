"""What every request carries: an access token, fetched ahead of its end, by one thread for all, and resource keys.

google-auth's credentials are not safe across threads and repeat a failed refresh by themselves; here one lock stands
around them, and a failure leaves at once, for the lane to wait.
"""

from __future__ import annotations

import asyncio
import datetime
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import unquote

from agent import clock
from agent.drive import reasons
from agent.drive.endpoint import Endpoint
from agent.drive.errors import Aim, Answer, DriveError, drive_error, from_row, of_account
from agent.drive.exchange import Limits, Request
from agent.drive.http import Single
from agent.drive.reasons import Next, Scope
from agent.errors import Cause, VenueError

AHEAD = 300.0  # seconds before its end that a token is renewed
LAST_MOMENT = 20.0  # seconds before its end that it is not used any more
OPEN_REFRESH_TOKEN = "emulator"  # noqa: S105 - what an emulator honours from anybody
OPEN_CLIENT = "venuesync"
SENDABLE = re.compile(r"[!-~]+")  # an access token: all that a header may hold of one


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in leaves: good for new access tokens until it is revoked. Secret."""

    refresh_token: str
    client_id: str
    client_secret: str
    token_uri: str

    def __repr__(self) -> str:
        return f"Credentials(client_id={self.client_id!r}, token_uri={self.token_uri!r})"


def open_credentials(endpoint: Endpoint, account: str = "") -> Credentials | None:
    """What an emulator takes from anybody, for an account by its address, too; `None` for Google."""
    if endpoint.is_google:
        return None
    token = f"{OPEN_REFRESH_TOKEN}:{account}" if account else OPEN_REFRESH_TOKEN
    return Credentials(token, OPEN_CLIENT, "none", endpoint.token_uri)


@dataclass(frozen=True, slots=True)
class Current:
    """An access token and when it ends, by the steady clock."""

    token: str = ""
    ends_at: float = 0.0


class Token:
    """An access token for all threads and tasks. `load` reads the sign-in; `None`: nobody has signed in.

    `account`: whose it is, where that is not the one that all events use.

    Only `access_token` and `reload` block; whatever else is called never waits for Google.
    """

    def __init__(
        self, load: Callable[[], Credentials | None], clock: Callable[[], float] = clock.steady, account: str = ""
    ) -> None:
        self.account = account
        self._load = load
        self._clock = clock
        self._fetching = threading.Lock()
        self._state = threading.Lock()  # never held while anything is waited for
        self._credentials: Credentials | None = None
        self._refused: Credentials | None = None
        self._current = Current()
        self._endpoint = TokenEndpoint()
        self._asked: asyncio.Future[str] | None = None
        self.resource_keys = ResourceKeys()

    def access_token(self) -> str:
        """A token that is good now; blocks while one is fetched, at most once for all who ask.

        A token that is still good is given out while another thread fetches the next, and if that fails. Raises
        `DriveError`: of scope `auth` if somebody has to sign in, transient if Google cannot be asked.
        """
        known = self.fresh()
        if known is not None:
            return known
        usable = self._usable()
        if not self._fetching.acquire(blocking=not usable):
            return usable
        try:
            return self.fresh() or self._fetch()
        except DriveError as error:
            if usable:
                return usable
            of_account(error, self.account)
            raise
        finally:
            self._fetching.release()

    async def bearer(self) -> str:
        """The same for a task: never blocks the event loop, and takes one thread for however many wait.

        Where the one that they wait for is cut, they wait for the next.
        """
        known = self.fresh()
        if known is not None:
            return known
        if self._asked is None or self._asked.done():
            self._asked = asyncio.ensure_future(asyncio.to_thread(self.access_token))
            self._asked.add_done_callback(heard)
        elif usable := self._usable():
            return usable
        asked = self._asked
        try:
            return await asyncio.shield(asked)
        except DriveError:
            if self._asked is asked:
                raise
            return await self.bearer()

    def fresh(self) -> str | None:
        """The token, if it is far from its end."""
        current = self._current
        return current.token if self._clock() < current.ends_at - AHEAD else None

    def _usable(self) -> str:
        """The token, if it is not quite at its end; empty else."""
        current = self._current
        return current.token if self._clock() < current.ends_at - LAST_MOMENT else ""

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
            is_open = found is not None and found.refresh_token.partition(":")[0] == OPEN_REFRESH_TOKEN
            return found is not None and (is_open or found != self._refused)

    def cut(self) -> None:
        """Break off a token being fetched: whoever asks now has another one fetched."""
        self._asked = None
        self._endpoint.cut()

    def _fetch(self) -> str:
        """A new token, by the sign-in in force; begun again if that was replaced meanwhile, refused or not."""
        while True:
            with self._state:
                credentials = self._credentials
            credentials = credentials or self._read()
            if credentials is None:
                raise from_row(reasons.NOT_SIGNED_IN)
            with self._state:
                self._credentials = self._credentials or credentials
            try:
                token, life = renewed(credentials, self._endpoint)
            except DriveError as error:
                with self._state:
                    if error.scope is Scope.AUTH and self._credentials != credentials:
                        continue
                raise
            with self._state:
                if self._credentials == credentials:
                    self._current = Current(token, self._clock() + life)
                    return token

    def _read(self) -> Credentials | None:
        try:
            return self._load()
        except VenueError as error:  # a sign-in that cannot be read is none: somebody has to sign in
            words = (error.title, error.detail, error.remedy)
            raise DriveError(*words, cause=Cause.AUTH, kind=error.kind, scope=Scope.AUTH, next=Next.WAIT) from error


def heard(asked: asyncio.Future[Any]) -> None:
    """Its error is known, even where nobody waits for it any more."""
    if not asked.cancelled():
        asked.exception()


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
    except (TypeError, ValueError, OverflowError) as error:  # the token's life is no number of seconds
        raise from_row(reasons.SLOW, "Google did not say for how long its token is good") from error
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
        self._request: Single | None = None

    def cut(self) -> None:
        """Break off the request under way, if there is one."""
        if self._request is not None:
            self._request.cut()

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
        self._request = Single()
        try:
            answer = self._request.send(Request(method, url, headers or {}, body or b"", Aim.SIGN_IN, limits=limits))
        finally:
            self._request = None
        if answer.is_portal or answer.status != 200:
            raise drive_error(answer, aim=Aim.SIGN_IN)
        if not SENDABLE.fullmatch(str(answer.json().get("access_token") or "")):
            raise drive_error(Answer(502, answer.headers, answer.body), aim=Aim.SIGN_IN)
        return TokenAnswer(answer.status, answer.headers, answer.body)


HEADER = "X-Goog-Drive-Resource-Keys"
ID = re.compile(r"[A-Za-z0-9_-]{10,}")
MOST = 50_000  # keys kept; the oldest go first


class ResourceKeys:
    """What opens a file that was shared by its link before Google's security update of 2021.

    Each request that names such a file carries its key (developers.google.com/drive/api/guides/resource-keys). Keys by
    file id, learned from links and from every answer that names one; for all threads.
    """

    def __init__(self) -> None:
        self._keys: OrderedDict[str, str] = OrderedDict()

    def learn(self, file: str, key: str | None) -> None:
        if not key or not ID.fullmatch(file) or not re.fullmatch(r"[A-Za-z0-9_-]+", key):
            return
        self._keys[file] = key
        if len(self._keys) > MOST:
            self._keys.popitem(last=False)

    def opens(self, file: str) -> bool:
        """Whether there is a key to this file."""
        return file in self._keys

    def header(self, url: str) -> dict[str, str]:
        """The header for a request to this address: the keys of all files that it names, else nothing."""
        if not self._keys:
            return {}
        named = dict.fromkeys(one for one in ID.findall(unquote(url)) if one in self._keys)
        return {HEADER: ",".join(f"{one}/{self._keys[one]}" for one in named)} if named else {}
