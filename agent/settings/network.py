"""How this machine's network is left: the proxies and certificates that other programs know, by the same variables.

They may stand in `.env`, too: a service has none of a shell's environment. And whether others of it are let in.
"""

from __future__ import annotations

import ipaddress
import os
from contextlib import suppress
from pathlib import Path

from agent.errors import UsageError
from agent.settings.layers import dotenv_file

AUTHORITIES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR")  # the first that is set
VARIABLES = {"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", *AUTHORITIES}


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
    with suppress(ValueError):
        return not ipaddress.ip_address(host).is_loopback
    return host not in ("", "localhost")
