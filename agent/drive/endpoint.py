"""Where Google is, and how it is connected to: its own addresses, or one server on this machine for all of them.

Kept in one place because an emulator has to be reached by the API, the uploads and the sign-in alike.
"""

from __future__ import annotations

import ssl
import urllib.request
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from agent.drive.errors import from_row
from agent.drive.reasons import NO_AUTHORITIES, OTHER_PROXY
from agent.errors import UsageError
from agent.settings.addresses import is_loopback, split
from agent.settings.environment import authorities

if TYPE_CHECKING:
    import httpx

KEPT_FOR = 220.0  # seconds idle: Google closes after four minutes


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


def tls() -> ssl.SSLContext:
    """Whom we trust. With httpx it takes 0.15 s to load, so not on the event loop. Raises `DriveError`."""
    return _trusting(authorities())


@lru_cache(maxsize=1)
def _trusting(named: str | None) -> ssl.SSLContext:
    import httpx

    if named is None:
        return httpx.create_ssl_context(trust_env=False)
    folder = Path(named).is_dir()
    try:
        return ssl.create_default_context(cafile=None if folder else named, capath=named if folder else None)
    except OSError as error:  # an `SSLError` is one: no certificates are in it
        raise from_row(NO_AUTHORITIES, f"{named}: {error.strerror or error}") from error


# ---- connections to it


def new_client(endpoint: Endpoint, *, keep: bool = True) -> httpx.AsyncClient:
    """A pool of connections; `keep` False: each carries one request. The limiter bounds them, not the pool."""
    import httpx

    limits = httpx.Limits(
        max_connections=None, max_keepalive_connections=None if keep else 0, keepalive_expiry=KEPT_FOR
    )
    transport = httpx.AsyncHTTPTransport(
        verify=context_for(endpoint.root), limits=limits, trust_env=False, proxy=proxy_for(endpoint.root)
    )
    return httpx.AsyncClient(transport=transport, trust_env=False)


def context_for(url: str) -> ssl.SSLContext | bool:
    """As `tls`; `False` where nothing is encrypted, and nobody's certificate is to be loaded."""
    return tls() if url.startswith("https") else False


def proxy_for(url: str) -> httpx.Proxy | None:
    """The proxy that the environment names for a host (`HTTPS_PROXY`, `NO_PROXY`); none for this machine.

    Raises `DriveError` for one of another kind.
    """
    import httpx

    host = split(url).hostname or ""
    address = urllib.request.getproxies().get("https", "")
    if not url.startswith("https") or not address or is_loopback(host) or urllib.request.proxy_bypass(host):
        return None
    proxy = split(address if "//" in address else f"http://{address}")
    if proxy.scheme not in ("http", "https"):
        raise from_row(OTHER_PROXY, f"{proxy.scheme or 'it'}://{proxy.hostname or ''}")
    place = httpx.URL(scheme=proxy.scheme, host=proxy.hostname or "", port=proxy.port or 8080)
    auth = (unquote(proxy.username), unquote(proxy.password or "")) if proxy.username else None
    return httpx.Proxy(place, auth=auth, ssl_context=tls() if proxy.scheme == "https" else None)
