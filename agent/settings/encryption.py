"""The key of what is sealed here, where the operator gives it: sign-ins, and the addresses of messages.

It is no setting with a section of its own: an environment names it, or `.env`. What is no key is refused with all other
settings, so that nobody signs in first, and is told afterwards.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from agent.errors import UsageError
from agent.settings.layers import dotenv_file

KEY_NAME = "ENCRYPTION_KEY"
SHORTEST_KEY = 32  # bytes


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


def key_errors(workspace: Path, environ: Mapping[str, str] | None = None) -> list[UsageError]:
    """What is wrong with the key that is given; nothing where none is."""
    try:
        key_from(configured_key(workspace, environ) or "-" * SHORTEST_KEY)
    except UsageError as error:
        return [error]
    return []
