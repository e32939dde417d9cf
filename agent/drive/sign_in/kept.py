"""Who is signed in: kept encrypted, one file an account, read by whoever needs a token.

An account's sign-in belongs to the server it was made at; one made at Google is never shown to an emulator.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import importlib
import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

from agent import clock
from agent.disk.atomic import in_words, write_whole
from agent.drive.endpoint import Endpoint
from agent.drive.errors import Aim, DriveError
from agent.drive.exchange import Request
from agent.drive.http import Single
from agent.drive.sign_in import login
from agent.drive.sign_in.login import PORT, ClientKind, Level, LoginAttempt, LoginFailed, OAuthClient
from agent.drive.sign_in.token import Credentials, open_credentials
from agent.errors import UsageError, VenueError
from agent.settings.layers import dotenv_file
from agent.workspace import Workspace

UNPUBLISHED_LIFE = 7 * 86_400.0  # seconds that a sign-in lasts while the OAuth client is in Google's state "Testing"
ACTIVE = "active.sealed"
CLIENT = "client.sealed"
ACCOUNTS = "account-*.sealed"
FORMAT = 1  # of what is sealed; a document that says nothing is of this one


@dataclass(frozen=True, slots=True)
class Account:
    """A signed-in account, without its secrets. Times in seconds UTC.

    `ends_at`: when Google said that the sign-in ends; `None` where it did not say. A client that is not published gets
    seven days, whether Google says so or not: `signed_in_at + UNPUBLISHED_LIFE`.
    """

    name: str
    level: Level
    scopes: tuple[str, ...]
    signed_in_at: float
    ends_at: float | None
    client_id: str


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Whose sign-ins were ended; `untold`: of these, the ones of which their server could not be told."""

    accounts: tuple[str, ...]
    untold: tuple[str, ...]


class SignIn:
    """The sign-ins of a workspace at one server. Small files: its plain methods block for some milliseconds."""

    def __init__(
        self,
        workspace: Workspace,
        endpoint: Endpoint,
        *,
        key: str | None = None,
        keyring: bool = False,
        clock: Callable[[], float] = clock.wall,
    ) -> None:
        self._endpoint = endpoint
        self._clock = clock
        key = configured_key(workspace.root) if key is None else key
        self._vault = Vault(workspace.sign_in, key=key, keyring=keyring)

    # ---- what is kept

    def load(self) -> Credentials | None:
        """The credentials in force; at an emulator without a sign-in, the open ones. `None`: nobody has signed in.

        Of the level `identity` there are none: it gives no access to Drive. Raises `vault.Unreadable` if the key is
        another one than the sign-in was encrypted with.
        """
        kept = self._kept()
        if kept is None:
            return open_credentials(self._endpoint)
        if not Level(kept["level"]).drive_scopes:
            return None
        return Credentials(
            str(kept["refresh_token"]), str(kept["client_id"]), str(kept["client_secret"]), self._endpoint.token_uri
        )

    @property
    def account(self) -> Account | None:
        """Who is signed in; `None` at an emulator with its open sign-in."""
        kept = self._kept()
        if kept is None:
            return None
        return Account(
            str(kept["account"]),
            Level(kept["level"]),
            tuple(kept["scopes"]),
            float(kept["signed_in_at"]),
            kept["ends_at"],
            str(kept["client_id"]),
        )

    @property
    def client(self) -> OAuthClient | None:
        """The operator's own OAuth client, kept since it was given; at an emulator, any will do."""
        try:
            kept = self._vault.read(CLIENT)
        except Unreadable:  # of another key: as good as never given
            kept = None
        if kept is None:
            return None if self._endpoint.is_google else OAuthClient.open()
        return OAuthClient(
            kept["client_id"], kept["client_secret"], ClientKind(kept["kind"]), tuple(kept["redirect_uris"])
        )

    def keep_client(self, client: OAuthClient) -> None:
        """Remember the OAuth client, encrypted; the file it came from is not needed any more."""
        self._vault.write(
            CLIENT,
            {
                "client_id": client.client_id,
                "client_secret": client.client_secret,
                "kind": client.kind.value,
                "redirect_uris": list(client.redirect_uris),
            },
        )

    # ---- signing in and out

    async def begin(
        self,
        level: Level = Level.FULL,
        client: OAuthClient | None = None,
        *,
        redirect_uri: str = "",
        port: int = PORT,
        hint: str = "",
    ) -> LoginAttempt:
        """An attempt, whose `url` somebody has to open. `hint`: the account's address, to be chosen beforehand.

        Raises `UsageError` where no OAuth client is known.
        """
        known = client or await asyncio.to_thread(lambda: self.client)
        if known is None:
            raise UsageError(
                "no OAuth client is known here",
                "Google wants every app to have one",
                "Make one as docs/google-setup.md shows, and run: venuesync login --client FILE.json",
            )
        return await asyncio.to_thread(
            login.begin, self._endpoint, level, known, redirect_uri=redirect_uri, port=port, hint=hint
        )

    async def listen(self, attempt: LoginAttempt, port: int = PORT, timeout: float = 300.0) -> str:
        """Wait at 127.0.0.1 for the browser to come back; returns what `finish` takes."""
        return await login.code_for(attempt, port, timeout)

    async def finish(self, attempt: LoginAttempt, pasted: str) -> Account:
        """Complete an attempt with the pasted address, its query, or the code; the account is the one in force then.

        Nothing is kept unless all scopes of the level were granted. Raises `LoginFailed` or `DriveError`.
        """
        code = login.code_in(attempt, pasted)
        return await asyncio.to_thread(self._finish, attempt, code)

    async def forget(self) -> Forgotten:
        """Sign out: end every grant that is kept, at the server that gave it, and delete it here."""
        return await asyncio.to_thread(self._forget)

    def _finish(self, attempt: LoginAttempt, code: str) -> Account:
        granted = login.exchange(self._endpoint, attempt, code)
        if not granted.account:
            raise LoginFailed("Google did not say who signed in", "", "Run: venuesync login")
        now = self._clock()
        ends = granted.refresh_expires_in
        document = {
            "account": granted.account,
            "server": self._endpoint.address,
            "level": attempt.level.value,
            "scopes": list(granted.scopes),
            "signed_in_at": now,
            "ends_at": None if ends is None else now + ends,
            "refresh_token": granted.refresh_token,
            "client_id": attempt.client.client_id,
            "client_secret": attempt.client.client_secret,
        }
        name = file_of(self._endpoint, granted.account)
        self._vault.write(name, document)
        self._vault.write(ACTIVE, {"file": name})
        self.keep_client(attempt.client)
        account = self.account
        if account is None:
            raise LoginFailed("The sign-in could not be kept", name, "Run: venuesync login")
        return account

    def _forget(self) -> Forgotten:
        names: list[str] = []
        untold: list[str] = []
        for file in self._vault.names(ACCOUNTS):
            try:
                kept = self._vault.read(file)
            except Unreadable:  # of another key: nobody can use it, nor tell Google of it
                kept = None
            if kept is not None:
                names.append(str(kept["account"]))
                if not revoke(Endpoint(str(kept["server"])), str(kept["refresh_token"])):
                    untold.append(str(kept["account"]))
            self._vault.remove(file)
        self._vault.remove(ACTIVE)
        return Forgotten(tuple(names), tuple(untold))

    def _kept(self) -> dict[str, Any] | None:
        active = self._vault.read(ACTIVE)
        kept = None if active is None else self._vault.read(str(active["file"]))
        return kept if kept is not None and kept["server"] == self._endpoint.address else None


def revoke(endpoint: Endpoint, refresh_token: str) -> bool:
    """End a grant at its server. Returns whether that could be told."""
    body = urlencode({"token": refresh_token}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        answer = Single().send(Request("POST", endpoint.revoke_uri, headers, body, Aim.SIGN_IN))
    except DriveError:
        return False
    return answer.status in {200, 400} and not answer.is_portal  # 400: it was ended already


def file_of(endpoint: Endpoint, account: str) -> str:
    """One file an account and server; its name tells neither."""
    digest = hashlib.sha256(f"{endpoint.address}\n{account}".encode()).hexdigest()[:16]
    return f"account-{digest}.sealed"


# ---- secrets at rest

KEY_NAME = "ENCRYPTION_KEY"
SHORTEST_KEY = 32  # bytes
KEYRING_SERVICE = "venuesync"
IN_KEYRING = "key-in-keyring"


class Unreadable(VenueError):
    """A document that this key does not open, that is damaged, or that a newer program wrote."""

    kind = "auth_expired"


class Vault:
    """A folder of small JSON documents, encrypted, readable by this user alone.

    The key lies beside them in a file of its own, so that a copy of the documents alone gives nothing away; it comes
    from `ENCRYPTION_KEY` or the system's keyring where the operator wants it elsewhere. `key` text wins over the
    keyring, the keyring over the key file.
    """

    def __init__(self, folder: Path, *, key: str = "", keyring: bool = False) -> None:
        self._folder = folder
        self._key = key
        self._keyring = keyring

    def write(self, name: str, document: Mapping[str, Any]) -> None:
        """Replace a document, whole or not at all; synced, mode 0600."""
        sealed = self._fernet(make=True).encrypt(json.dumps(document).encode())
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        with in_words(self._folder):
            write_whole(self._folder / name, sealed)

    def read(self, name: str) -> dict[str, Any] | None:
        """A document; `None` where there is none. Raises `Unreadable`."""
        from cryptography.fernet import InvalidToken

        try:
            sealed = (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None
        try:
            document = cast(dict[str, Any], json.loads(self._fernet(make=False).decrypt(sealed)))
        except (InvalidToken, ValueError) as error:
            raise Unreadable(
                "The stored sign-in cannot be opened",
                f"{self._folder / name} was encrypted with another key",
                f"Set {KEY_NAME} as it was, or run: venuesync login",
            ) from error
        if (found := document.get("format", FORMAT)) > FORMAT:
            raise Unreadable(
                "The stored sign-in was made by a newer venuesync",
                f"{self._folder / name} is of format {found}, this program knows {FORMAT}",
                "Update venuesync, or run: venuesync login",
            )
        return document

    def remove(self, name: str) -> None:
        (self._folder / name).unlink(missing_ok=True)

    def names(self, pattern: str) -> list[str]:
        return sorted(path.name for path in self._folder.glob(pattern))

    # ---- the key

    def _fernet(self, *, make: bool) -> Any:
        from cryptography.fernet import Fernet

        if self._key:
            return Fernet(key_from(self._key))
        if self._keyring or (self._folder / IN_KEYRING).exists():
            return Fernet(self._keyring_key(make))
        return Fernet(self._file_key(make))

    def _file_key(self, make: bool) -> bytes:
        path = self._folder / "key"
        known = path.read_bytes() if path.exists() else b""
        if len(known) == len(new_key()):
            return known
        made = new_key()  # opens nothing that was there: its key is lost
        if make:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(path, made)
        return made

    def _keyring_key(self, make: bool) -> bytes:
        """The system's keyring holds it; a mark in the folder tells that it does."""
        keyring = keyring_library()
        name = str(self._folder)
        known = keyring.get_password(KEYRING_SERVICE, name)
        if known is None and make:
            known = new_key().decode()
            keyring.set_password(KEYRING_SERVICE, name, known)
            write_whole(self._folder / IN_KEYRING, b"")
        return (known or new_key().decode()).encode()


def configured_key(workspace: Path, environ: Mapping[str, str] | None = None) -> str:
    """`ENCRYPTION_KEY` of the environment, else of the workspace's `.env`; empty where there is none."""
    environ = os.environ if environ is None else environ
    return environ.get(KEY_NAME) or dotenv_file(workspace / ".env").get(KEY_NAME) or ""


def key_from(text: str) -> bytes:
    """A Fernet key from what the operator wrote: one of Fernet's own, or any text of 32 bytes or more."""
    try:
        if len(base64.urlsafe_b64decode(text.encode())) == 32:
            return text.encode()
    except ValueError:
        pass
    if len(text.encode()) < SHORTEST_KEY:
        raise UsageError(
            f"{KEY_NAME} is too short",
            f"{len(text.encode())} bytes were given; accepted: a Fernet key, or a text of {SHORTEST_KEY} bytes or more",
            f"Change {KEY_NAME}, or leave it out",
        )
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())


def new_key() -> bytes:
    return base64.urlsafe_b64encode(secrets.token_bytes(32))


def keyring_library() -> Any:
    try:
        return importlib.import_module("keyring")
    except ImportError:
        raise UsageError(
            "--keyring needs the keyring library", "it is not installed", "Run: pip install keyring, or leave it out"
        ) from None
