"""Access tokens for the API over TCP: signed, expiring, for this workspace alone, and each one can be taken back.

A token is good while its row lies in `.venuesync/tokens/`: what was taken back, or was never given out here, is none,
whoever signed it.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

from agent import clock
from agent.disk.atomic import in_words, write_new, write_whole
from agent.settings.keys import Api
from agent.workspace import Workspace

ALGORITHM = "HS256"
ISSUER = "venuesync"
DAY = 86_400.0  # seconds
ID = re.compile(r"[0-9a-f]{16}")


class Scope(StrEnum):
    """What whoever brings a token may do."""

    ALL = "all"
    READ = "read"  # look, and change nothing


@dataclass(frozen=True, slots=True)
class Issued:
    """One token, without its secret. Times in seconds UTC."""

    id: str
    scope: Scope
    made_at: float
    ends_at: float


class Tokens:
    """`api.key` signs them; where none is set, one that is made once and kept beside the other secrets.

    `audience` is the workspace's id. Every method blocks for a moment.
    """

    def __init__(
        self, workspace: Workspace, settings: Api, audience: str, clock: Callable[[], float] = clock.wall
    ) -> None:
        self._file = workspace.state / "api.key"
        self._folder = workspace.state / "tokens"
        self._settings = settings
        self._audience = audience
        self._clock = clock

    def make(self, days: float | None = None, scope: Scope = Scope.ALL) -> tuple[str, Issued]:
        """A new token; it cannot be had again."""
        import jwt

        now = self._clock()
        ends = now + (self._settings.token_days if days is None else days) * DAY
        made = Issued(secrets.token_hex(8), scope, now, ends)
        claims = {
            "iss": ISSUER,
            "aud": self._audience,
            "jti": made.id,
            "scope": scope.value,
            "iat": int(now),
            "exp": int(ends),
        }
        with in_words(self._folder):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            write_new(self._folder / made.id, json.dumps(asdict(made)).encode())
        return jwt.encode(claims, self._key(), algorithm=ALGORITHM), made

    def given_out(self) -> list[Issued]:
        """Those that are good, the newest first. Those that ended stay: the clock may be wrong."""
        found = [one for path in self._rows() if (one := read_row(path)) is not None]
        return sorted((one for one in found if one.ends_at > self._clock()), key=lambda one: -one.made_at)

    def revoke(self, id: str) -> bool:
        """From now on it is no token. Answers whether there was such a one."""
        if not ID.fullmatch(id):
            return False
        try:
            (self._folder / id).unlink()
        except FileNotFoundError:
            return False
        return True

    def scope_of(self, token: str) -> Scope | None:
        """What whoever brings it may do; `None`: it is no token of this workspace's, or not any more."""
        import jwt

        try:
            claims = jwt.decode(
                token,
                self._key(),
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=self._audience,
                options={"require": ["exp", "iat", "jti", "aud"], "verify_exp": False, "verify_iat": False},
            )
        except (jwt.InvalidTokenError, ValueError, TypeError):
            return None
        id, ends = claims["jti"], claims["exp"]
        if not isinstance(id, str) or not ID.fullmatch(id) or not isinstance(ends, int) or ends <= self._clock():
            return None
        row = read_row(self._folder / id)
        return row.scope if row is not None and row.ends_at > self._clock() else None

    def _rows(self) -> Iterator[Path]:
        with suppress(OSError):
            yield from (path for path in self._folder.iterdir() if ID.fullmatch(path.name))

    def _key(self) -> str:
        given = self._settings.key.get_secret_value()
        return given or own_key(self._file)


def read_row(path: Path) -> Issued | None:
    """What is known of a token; `None` for what is no such file."""
    try:
        row = cast(dict[str, Any], json.loads(path.read_text(encoding="utf-8")))
        return Issued(path.name, Scope(row["scope"]), float(row["made_at"]), float(row["ends_at"]))
    except (OSError, ValueError, LookupError, TypeError):
        return None


def own_key(path: Path) -> str:
    """The key in this file, made where there is none; two who make one at once end with the same.

    Where a pulled plug left no byte of it, or zeros alone, anybody would know it: then it is made anew.
    """
    if not (key := key_in(path)):
        new = secrets.token_urlsafe(48).encode()
        with in_words(path):
            if not write_new(path, new) and not key_in(path):
                write_whole(path, new)
        key = key_in(path)
    return key


def key_in(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip("\0")
    except FileNotFoundError:
        return ""
