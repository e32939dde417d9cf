"""Requests that no client of this server makes: those of a web page that somebody has open on the same machine.

A page may send to this machine's loopback without being asked: under a name of its own that leads there, or as a form.
"""

from urllib.parse import urlsplit

from agent.emulator.wire.request import Request

_HERE = frozenset({"127.0.0.1", "localhost", "::1"})
_GOOGLE = (".googleapis.com", ".google.com", ".googleusercontent.com")  # through TLS that somebody else ended


def stranger(request: Request) -> tuple[int, str] | None:
    """Status and words for a request that is turned away. Clients that are no browser name no origin."""
    host = request.headers.get("host", "")
    if not _known(host):
        return 421, f"This server is not {host[:100]!r}; ask for it as 127.0.0.1."
    origin = request.headers.get("origin")
    if origin is None or not request.path.startswith("/_emulator"):
        return None
    if not _known(urlsplit(origin).netloc):
        return 403, "Another site's page has no business here."
    if request.method == "POST" and request.content_type.partition(";")[0].strip().lower() != "application/json":
        return 415, "A page sends application/json."
    return None


def _known(host: str) -> bool:
    try:
        name = (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return False
    return name in _HERE or name.endswith(_GOOGLE)
