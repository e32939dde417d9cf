"""Secrets at rest: small documents, encrypted, and where their key lies."""

from __future__ import annotations

import base64
import importlib
import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from agent.disk.atomic import in_words, write_whole
from agent.errors import UsageError, VenueError
from agent.settings.environment import KEY_NAME, key_from

FORMAT = 1  # of what is sealed; a document that says nothing is of this one
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

    def check(self) -> None:
        """Raises `UsageError` where nothing could be written: the key is none, or the keyring's library is missing."""
        self._fernet(make=False)

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
            file = self._folder / "key"  # what it opens is opened from there on
            known = self._file_key(make=False).decode()
            keyring.set_password(KEYRING_SERVICE, name, known)
            write_whole(self._folder / IN_KEYRING, b"")
            file.unlink(missing_ok=True)
        return (known or new_key().decode()).encode()


def new_key() -> bytes:
    return base64.urlsafe_b64encode(secrets.token_bytes(32))


def keyring_library() -> Any:
    try:
        return importlib.import_module("keyring")
    except ImportError:
        raise UsageError(
            "--keyring needs the keyring library", "it is not installed", "Run: pip install keyring, or leave it out"
        ) from None
