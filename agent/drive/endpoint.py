"""Where Google is: its own addresses, or one server on this machine that stands for all of them.

Kept in one place because an emulator has to be reached by the API, the uploads and the sign-in alike.
"""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from functools import lru_cache

from agent.addresses import split
from agent.errors import UsageError


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An emulator's address, or `""` for Google."""

    address: str = ""

    def __post_init__(self) -> None:
        parts = split(self.address)
        if self.address and (parts.scheme not in {"http", "https"} or not parts.hostname):
            raise UsageError(
                "drive.endpoint is no address",
                f"{self.address!r} was given",
                "Write http://127.0.0.1:PORT, or leave it empty for Google",
            )
        object.__setattr__(self, "address", self.address.rstrip("/"))

    @property
    def is_google(self) -> bool:
        return not self.address

    @property
    def root(self) -> str:
        """What `/drive/v3/…` and `/upload/drive/v3/…` stand below."""
        return self.address or "https://www.googleapis.com"

    @property
    def token_uri(self) -> str:
        return f"{self.address}/token" if self.address else "https://oauth2.googleapis.com/token"

    @property
    def auth_uri(self) -> str:
        return f"{self.address}/o/oauth2/auth" if self.address else "https://accounts.google.com/o/oauth2/auth"

    @property
    def revoke_uri(self) -> str:
        return f"{self.address}/revoke" if self.address else "https://oauth2.googleapis.com/revoke"

    def owns(self, url: str) -> bool:
        """Whether an address that was kept (an upload session's) leads to this server, not to one of another day."""
        ours, theirs = split(self.root), split(url)
        if self.is_google:
            return theirs.scheme == "https" and (theirs.hostname or "").endswith(".googleapis.com")
        return (ours.scheme, ours.netloc) == (theirs.scheme, theirs.netloc)

    @property
    def is_loopback(self) -> bool:
        """Whether it lies on this machine, where no proxy is to be asked."""
        return is_loopback(split(self.root).hostname or "")


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=1)
def tls() -> ssl.SSLContext:
    """Whom we trust: one context for both HTTP libraries. Takes 20 ms to load, so not on the event loop."""
    import httpx

    return httpx.create_ssl_context()
