"""Tokens: given out, looked up, refreshed, revoked, expired.

A token that was not given out here is nobody's. The refresh token `emulator` is everybody's: any client gets all scopes
for it, or those that `narrow` leaves it, until `expire` says otherwise.
"""

import time
from collections.abc import Mapping
from typing import Any

from agent.emulator import scopes
from agent.emulator.accounts import DEFAULT, Accounts, Caller, User
from agent.emulator.store.documents import Documents
from agent.emulator.store.ids import token

LIFE = 3599  # seconds of an access token
OPEN_REFRESH = "emulator"  # also `emulator:<address>` for another account


class Grants:
    def __init__(self, documents: Documents, accounts: Accounts, narrowed: Mapping[str, frozenset[str]]) -> None:
        """`narrowed`: what the refresh token `emulator` gives some clients from the start."""
        self._documents = documents
        self._accounts = accounts
        self._callers: dict[str, tuple[Caller, float]] = {}
        self._usual = {client: granted | scopes.IDENTITY for client, granted in narrowed.items()}
        self._narrowed = dict(self._usual)

    def issue(self, user: User, client: str, granted: frozenset[str], *, refresh: str | None) -> dict[str, Any]:
        """A new access token, as the token endpoint answers it."""
        access = token("ya29.emulator-", 32)
        body = {
            "user": user.id,
            "client": client,
            "scopes": sorted(granted),
            "expires": time.time() + LIFE,
            "refresh": refresh,
        }
        self._documents.put("access", access, body)
        return {"access_token": access, "expires_in": LIFE, "scope": " ".join(sorted(granted)), "token_type": "Bearer"}

    def new_refresh(self, user: User, client: str, granted: frozenset[str]) -> str:
        refresh = token("1//emulator-", 32)
        self._documents.put("refresh", refresh, {"user": user.id, "client": client, "scopes": sorted(granted)})
        return refresh

    def caller(self, access: str) -> Caller | None:
        """Who acts with that access token; None where it is unknown, expired or revoked."""
        known = self._callers.get(access)
        if known is None:
            known = self._load(access)
            if known is None:
                return None
            self._callers[access] = known
        caller, expires = known
        user = self._accounts.by_id(caller.user.id)
        if time.time() >= expires or user is None:
            return None
        return caller if user is caller.user else self._again(access)

    def _again(self, access: str) -> Caller | None:
        self._callers.pop(access, None)
        return self.caller(access)

    def _load(self, access: str) -> tuple[Caller, float] | None:
        body = self._documents.get("access", access)
        if body is None:
            return None
        user = self._accounts.by_id(body["user"])
        if user is None:
            return None
        return Caller(user, body["client"], frozenset(body["scopes"])), body["expires"]

    def refresh(self, refresh: str, client: str, wanted: frozenset[str]) -> dict[str, Any] | None:
        """A new access token for a refresh token of that client; None where the token is not good (any more)."""
        if refresh == OPEN_REFRESH or refresh.startswith(f"{OPEN_REFRESH}:"):
            if self._documents.get("setting", "emulator_refused"):
                return None
            user = self._accounts.by_email(refresh.partition(":")[2] or DEFAULT)
            most = self._narrowed.get(client, scopes.ALL)
            return self.issue(user, client, (wanted & most) or most, refresh=refresh)
        body = self._documents.get("refresh", refresh)
        user = self._accounts.by_id(body["user"]) if body else None
        if body is None or user is None or body["client"] != client:
            return None
        granted = frozenset(body["scopes"])
        return self.issue(user, client, (wanted & granted) or granted, refresh=refresh)

    def narrow(self, client: str, granted: frozenset[str]) -> None:
        """From now on the refresh token `emulator` gives that client no more than this, as a person's consent would."""
        self._narrowed[client] = granted | scopes.IDENTITY
        for access, other in self._documents.all("access").items():
            if other["client"] == client:
                self._documents.drop("access", access)
                self._callers.pop(access, None)

    def describe(self, access: str) -> dict[str, Any] | None:
        return self._documents.get("access", access)

    def revoke(self, word: str) -> bool:
        """Ends a token, an access token's refresh token with it, and all that came of either."""
        body = self._documents.get("access", word)
        refresh = body["refresh"] if body else word
        found = body is not None or self._documents.get("refresh", word) is not None
        self._documents.drop("refresh", refresh or "")
        for access, other in self._documents.all("access").items():
            if access == word or (refresh is not None and other["refresh"] == refresh):
                self._documents.drop("access", access)
                self._callers.pop(access, None)
        return found

    def forget(self) -> None:
        """Nobody is signed in any more."""
        self._callers.clear()
        self._narrowed = dict(self._usual)

    def expire_access(self, user: User | None = None) -> None:
        """All, or one account's."""
        if user is not None:
            self._drop("access", user)
            return
        self._documents.drop_all("access")
        self._callers.clear()

    def _drop(self, kind: str, user: User) -> None:
        for word, body in self._documents.all(kind).items():
            if body["user"] == user.id:
                self._documents.drop(kind, word)
                self._callers.pop(word, None)

    def expire_refresh(self, user: User | None = None) -> None:
        """Ends every refresh token, `emulator` among them; or one account's, but for that."""
        if user is not None:
            self._drop("refresh", user)
            return
        self._documents.drop_all("refresh")
        self._documents.put("setting", "emulator_refused", {"since": time.time()})

    def revive(self) -> None:
        """Honours `emulator` again."""
        self._documents.drop("setting", "emulator_refused")
