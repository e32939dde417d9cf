"""Who is signed in: kept encrypted, one file an account, read by whoever needs a token.

An account's sign-in belongs to the server it was made at; one made at Google is never shown to an emulator.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from agent import clock
from agent.disk.atomic import write_whole
from agent.drive import reasons
from agent.drive.endpoint import Endpoint
from agent.drive.errors import Aim, DriveError
from agent.drive.exchange import Request
from agent.drive.http import Single
from agent.drive.sign_in import login
from agent.drive.sign_in.login import PORT, ClientKind, Granted, Level, LoginAttempt, LoginFailed, OAuthClient
from agent.drive.sign_in.token import Credentials, open_credentials
from agent.drive.sign_in.vault import Unreadable, Vault
from agent.errors import NotThere, UsageError, VenueError
from agent.settings.environment import configured_key
from agent.workspace import Workspace

UNPUBLISHED_LIFE = 7 * 86_400.0  # seconds that a sign-in lasts while the OAuth client is in Google's state "Testing"
ACTIVE = "active.sealed"
CLIENT = "client.sealed"
ACCOUNTS = "account-*.sealed"
SIGNED_OUT = "signed-out"  # by it an attempt knows whether somebody signed out since it began; nothing secret


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
        self._workspace = workspace
        self._endpoint = endpoint
        self._clock = clock
        key = configured_key(workspace.root) if key is None else key
        self._vault = Vault(workspace.sign_in, key=key, keyring=keyring)

    # ---- what is kept

    def load(self, account: str = "") -> Credentials | None:
        """The credentials of the account that all events use, or of the one with this address; at an emulator without
        a sign-in, the open ones. `None`: nobody has signed in.

        Of the level `identity` there are none: it gives no access to Drive. Raises `vault.Unreadable` if the key is
        another one than the sign-in was encrypted with.
        """
        kept = self._kept(account)
        if kept is None:
            return open_credentials(self._endpoint, account)
        if not is_for_drive(kept):
            return None
        return Credentials(
            str(kept["refresh_token"]), str(kept["client_id"]), str(kept["client_secret"]), self._endpoint.token_uri
        )

    @property
    def account(self) -> Account | None:
        """Whose Drive all events use; `None` at an emulator with its open sign-in."""
        return self.of("")

    def of(self, account: str) -> Account | None:
        """The same of the account with this address; "": that all events use."""
        kept = self._kept(account)
        return None if kept is None else account_in(kept)

    def is_first(self, account: Account) -> bool:
        """Whether all events use it that name none."""
        return self.account == account

    def accounts(self) -> list[Account]:
        """All that are signed in at this server; those that no key opens are left out."""
        found: list[Account] = []
        for file in self._vault.names(ACCOUNTS):
            try:
                kept = self._vault.read(file)
            except Unreadable:
                continue
            if kept is not None and kept["server"] == self._endpoint.address:
                found.append(account_in(kept))
        return sorted(found, key=lambda one: one.name)

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

        Raises `UsageError` where no OAuth client is known, or what comes of it could not be sealed.
        """
        await asyncio.to_thread(self._vault.check)
        known = client or await asyncio.to_thread(lambda: self.client)
        if known is None:
            raise UsageError(
                "no OAuth client is known here",
                "Google wants every app to have one",
                "Make one as docs/google-setup.md shows, and run: venuesync login --client FILE.json",
            )
        begin, endpoint = login.begin, self._endpoint
        return await asyncio.to_thread(
            lambda: begin(endpoint, level, known, self._signed_out(), redirect_uri=redirect_uri, port=port, hint=hint)
        )

    async def listen(
        self,
        attempt: LoginAttempt,
        port: int = PORT,
        timeout: float = 300.0,
        listens: Callable[[], object] = lambda: None,
    ) -> str:
        """Wait at 127.0.0.1 for the browser to come back; returns what `finish` takes. `listens`: it may come now."""
        with of_whom(attempt.who):
            return await login.code_for(attempt, port, timeout, listens)

    async def finish(self, attempt: LoginAttempt, pasted: str, *, only: str = "") -> Account:
        """Complete an attempt with the pasted address, its query, or the code.

        The account is the one that all events use from then on; not one that an event names, which stays beside it.
        With `only`, somebody else's sign-in is refused, and an account that all events use already stays that. Who only
        said who they are takes no access to Drive away: neither their own, nor that of the account that all events use.
        Nothing is kept unless all scopes of the level were granted, nor where somebody signed out since it began.
        Raises `LoginFailed` or `DriveError`.
        """
        with of_whom(attempt.who):
            code = login.code_in(attempt, pasted)
            return await asyncio.to_thread(self._finish, attempt, code, plain(only))

    async def forget(self, account: str = "") -> Forgotten:
        """Sign out: end every grant that is kept, or this address's, at the server that gave it; delete it here.

        Sign-ins of them that have begun come to nothing, wherever somebody waits for their end.
        Raises `NotThere` where nobody of that address is signed in.
        """
        forgotten = await asyncio.to_thread(self._forget, plain(account))
        if account and not forgotten.accounts:
            raise NotThere("Nobody of that address is signed in", account, "See: venuesync accounts")
        return forgotten

    def _finish(self, attempt: LoginAttempt, code: str, only: str) -> Account:
        granted = login.exchange(self._endpoint, attempt, code)
        if not granted.account:
            raise LoginFailed("Google did not say who signed in", "", "Run: venuesync login")
        who = plain(granted.account)
        if only and who != only:
            if self._opened(file_of(self._endpoint, who)) is None:  # else their own sign-in would end with it
                revoke(self._endpoint, granted.refresh_token)
            raise LoginFailed(
                "Somebody else signed in",
                f"{granted.account}, and not {only}",
                f"Choose {only} in the browser, or run: venuesync login --account {granted.account}",
            )
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
        self._unless_over(attempt, granted, name)
        before = self._opened(name)
        if before is not None and is_for_drive(before) and not attempt.level.drive_scopes:
            return account_in(before)
        self._vault.write(name, document)
        self._unless_over(attempt, granted, name)  # who signs out amid this says so, and then takes away what is there
        stays = only or not attempt.level.drive_scopes
        if who not in named_by_events(self._workspace) and not (stays and self._others_use(name)):
            self._vault.write(ACTIVE, {"file": name})
        self.keep_client(attempt.client)
        account = self.of(granted.account)
        if account is None:
            raise LoginFailed("The sign-in could not be kept", name, "Run: venuesync login")
        return account

    def is_over(self, attempt: LoginAttempt, who: str = "") -> bool:
        """Whether somebody signed out since it began: of all accounts, or of `who`, else of whom it is for."""
        now, before = self._signed_out(), attempt.signed_out
        return any(now.get(one) != before.get(one) for one in ("", mark_of(who or attempt.who)))

    def _signed_out(self) -> dict[str, str]:
        """Another word for each account, and "" for all, whenever somebody signs out. Reads a small file."""
        try:
            found: Any = json.loads((self._workspace.sign_in / SIGNED_OUT).read_bytes())
        except (OSError, ValueError):
            return {}
        return cast(dict[str, str], found) if isinstance(found, dict) else {}

    def _say_signed_out(self, account: str) -> None:
        said = {**(self._signed_out() if account else {}), mark_of(account): secrets.token_hex(8)}
        with suppress(OSError):  # no room for it, or nobody ever signed in: what is there goes all the same
            write_whole(self._workspace.sign_in / SIGNED_OUT, json.dumps(said).encode())

    def _unless_over(self, attempt: LoginAttempt, granted: Granted, name: str) -> None:
        """Raises `LoginFailed` where somebody signed out since it began, and leaves nothing of it."""
        if not self.is_over(attempt, granted.account):
            return
        kept = self._vault.read(name)
        if kept is not None and kept["refresh_token"] == granted.refresh_token:
            self._vault.remove(name)
            kept = None
        if kept is None:  # else a newer one of the same account would end with it
            revoke(self._endpoint, granted.refresh_token)
        raise signed_out_meanwhile(attempt.who)

    def _others_use(self, name: str) -> bool:
        """Whether another sign-in, of this server, is the one that all events use, for Drive."""
        try:
            active, kept = self._vault.read(ACTIVE), self._kept("")
            return active is not None and active["file"] != name and kept is not None and is_for_drive(kept)
        except Unreadable:  # of another key: a lost one
            return False

    def _forget(self, account: str) -> Forgotten:
        self._say_signed_out(account)
        names: list[str] = []
        untold: list[str] = []
        found = {file: self._opened(file) for file in self._vault.names(ACCOUNTS)}
        for file, kept in found.items():
            if account and (kept is None or plain(str(kept["account"])) != account):
                continue
            if self._opened(file) != kept:  # signed in anew while others were ended: that one would end with it
                continue
            if kept is not None:
                names.append(str(kept["account"]))
                if not revoke(Endpoint(str(kept["server"])), str(kept["refresh_token"])):
                    untold.append(str(kept["account"]))
            if self._opened(file) == kept:  # else somebody signed in anew while Google was told
                self._vault.remove(file)
        active = self._opened(ACTIVE)
        gone = not account if active is None else not self._vault.names(str(active["file"]))
        if gone:
            self._vault.remove(ACTIVE)
        return Forgotten(tuple(names), tuple(untold))

    def _opened(self, file: str) -> dict[str, Any] | None:
        """`None` also where it is of another key: nobody can use it, nor tell Google of it."""
        try:
            return self._vault.read(file)
        except Unreadable:
            return None

    def _kept(self, account: str = "") -> dict[str, Any] | None:
        if account:
            kept = self._vault.read(file_of(self._endpoint, account))
        else:
            active = self._vault.read(ACTIVE)
            kept = None if active is None else self._vault.read(str(active["file"]))
        return kept if kept is not None and kept["server"] == self._endpoint.address else None


def named_by_events(workspace: Workspace) -> set[str]:
    """Accounts that an event names, as far as the list of people can be read; nothing is opened for it."""
    try:
        tables = json.loads(workspace.roster.read_bytes())
        return {plain(str(row["account"])) for row in tables["events"].values() if row.get("account")}
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return set()


@contextmanager
def of_whom(account: str) -> Generator[None]:
    """What is to be done about an error in here names who has to sign in."""
    try:
        yield
    except VenueError as error:
        error.remedy = reasons.for_account(error.remedy, account)
        raise


def is_for_drive(kept: Mapping[str, Any]) -> bool:
    """Whether it gives any access to Drive."""
    return bool(Level(kept["level"]).drive_scopes)


def account_in(kept: Mapping[str, Any]) -> Account:
    return Account(
        str(kept["account"]),
        Level(kept["level"]),
        tuple(kept["scopes"]),
        float(kept["signed_in_at"]),
        kept["ends_at"],
        str(kept["client_id"]),
    )


def signed_out_meanwhile(account: str = "") -> LoginFailed:
    remedy = reasons.for_account("Run: venuesync login", account)
    return LoginFailed("Somebody signed out meanwhile", "this sign-in had begun before", remedy)


def mark_of(account: str) -> str:
    """An account without its name; "" stays that."""
    return account and hashlib.sha256(plain(account).encode()).hexdigest()[:16]


def plain(address: str) -> str:
    """One writing for an address of a person's."""
    return address.strip().lower()


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
    digest = hashlib.sha256(f"{endpoint.address}\n{plain(account)}".encode()).hexdigest()[:16]
    return f"account-{digest}.sealed"
