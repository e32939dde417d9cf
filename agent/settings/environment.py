"""What the environment says beside the settings, or `.env`: a service has none of a shell's environment.

The key of what is sealed here, sign-ins and the addresses of messages: no setting with a section of its own, and what
is no key is refused with all other settings, so that nobody signs in first, and is told afterwards. And how this
machine's network is left: the proxies and certificates that other programs know, by the same variables.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from agent.errors import UsageError
from agent.settings.addresses import is_loopback
from agent.settings.layers import dotenv_file

KEY_NAME = "ENCRYPTION_KEY"
SHORTEST_KEY = 32  # bytes
AUTHORITIES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR")  # the first that is set
VARIABLES = {"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", *AUTHORITIES}


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


# ---- the network


def take_network(workspace: Path) -> None:
    """What `.env` says of the network is this process's environment from now on, where that says nothing."""
    said = {name.upper() for name, value in os.environ.items() if value}
    said |= set(AUTHORITIES) if authorities() else set()
    with suppress(UsageError):  # said by whoever reads the settings
        for name, value in dotenv_file(workspace / ".env").items():
            if name.upper() in VARIABLES - said and value:
                os.environ[name] = value


def authorities() -> str | None:
    """The file or folder with the certificates of those who may vouch for others; `None`: the usual ones."""
    return next((path for name in AUTHORITIES if (path := os.environ.get(name))), None)


def is_open(listen: str) -> bool:
    """Whether other machines reach an address of `api.listen`; a name may be anybody's."""
    host = listen.rpartition(":")[0]
    return host != "" and not is_loopback(host)
