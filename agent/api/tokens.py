"""Access tokens for the API over TCP: signed, expiring, for this workspace alone."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from agent.settings.keys import Api
from agent.workspace import Workspace

ALGORITHM = "HS256"
DAY = 86_400.0  # seconds


class Tokens:
    """`api.key` signs them; where none is set, one that is made once and kept beside the other secrets."""

    def __init__(self, workspace: Workspace, settings: Api, clock: Callable[[], float] = time.time) -> None:
        self._file = workspace.state / "api.key"
        self._settings = settings
        self._clock = clock

    def make(self, days: float | None = None) -> tuple[str, float]:
        """A new token, and when it ends, seconds UTC. Blocks for a moment."""
        import jwt

        now = self._clock()
        ends = now + (self._settings.token_days if days is None else days) * DAY
        claims = {"iss": "venuesync", "jti": secrets.token_hex(8), "iat": int(now), "exp": int(ends)}
        return jwt.encode(claims, self._key(), algorithm=ALGORITHM), ends

    def is_good(self, token: str) -> bool:
        import jwt

        try:
            claims = jwt.decode(
                token,
                self._key(),
                algorithms=[ALGORITHM],
                issuer="venuesync",
                options={"require": ["exp", "iat"], "verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError:
            return False
        return float(claims["exp"]) > self._clock()

    def _key(self) -> str:
        given = self._settings.key.get_secret_value()
        return given or own_key(self._file)


def own_key(path: Path) -> str:
    """The key in this file, made where there is none; two who make one at once end with the same."""
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        fresh = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
        return path.read_text(encoding="ascii")
