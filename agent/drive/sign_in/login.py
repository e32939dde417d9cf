"""One attempt to sign in: the address to open, what comes back, and the code turned into a sign-in.

Fit for a machine reached by SSH: the browser may run elsewhere, and its address bar may be carried over by hand. PKCE
ties the code to this attempt, `state` ties the answer to it, once.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlencode

from agent.disk.atomic import read_text
from agent.drive import reasons
from agent.drive.endpoint import Endpoint
from agent.drive.errors import Aim, DriveError, drive_error, from_row
from agent.drive.exchange import Request
from agent.drive.http import Single
from agent.drive.sign_in.token import OPEN_CLIENT
from agent.errors import UsageError, VenueError
from agent.settings.addresses import is_loopback, split

PORT = 8765
DRIVE = "https://www.googleapis.com/auth/drive"
IDENTITY = ("openid", "email", "profile")


class Level(StrEnum):
    """How much an account lets us do."""

    IDENTITY = "identity"  # who it is
    UPLOAD = "upload"  # our own files and folders
    FULL = "full"  # these, and reading everything: photographers' folders
    MANAGE = "manage"  # everything: for a destination that is not ours

    @property
    def drive_scopes(self) -> tuple[str, ...]:
        """Google's scopes that have to be granted, all of them."""
        return {
            Level.IDENTITY: (),
            Level.UPLOAD: (f"{DRIVE}.file",),
            Level.FULL: (f"{DRIVE}.file", f"{DRIVE}.readonly"),
            Level.MANAGE: (DRIVE,),
        }[self]


class LoginFailed(VenueError):
    """An answer of Google's, or of a person, that is no sign-in."""

    kind = "auth_expired"
    exit_code = 4


class ClientKind(StrEnum):
    """As Google's console calls them."""

    INSTALLED = "installed"
    WEB = "web"


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """The app that Google knows us as, made by the operator in Google's console. The secret is one."""

    client_id: str
    client_secret: str
    kind: ClientKind = ClientKind.INSTALLED
    redirect_uris: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"OAuthClient({self.client_id!r}, {self.kind!r})"

    @classmethod
    def open(cls) -> OAuthClient:
        """What an emulator takes from anybody."""
        return cls(OPEN_CLIENT, "none")

    @classmethod
    def from_file(cls, path: Path) -> OAuthClient:
        """The JSON file that Google's console gives, of either form. Raises `UsageError` naming what is wrong."""
        remedy = "Give the JSON file that Google's console offers for the OAuth client (see docs/google-setup.md)"
        try:
            found: Any = json.loads(read_text(path))
        except (OSError, ValueError, RecursionError) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or "it is no JSON"
            raise UsageError("the OAuth client's file cannot be read", f"{path}: {reason}", remedy) from None
        body = cast(dict[str, Any], found) if isinstance(found, dict) else {}
        if body.get("type") == "service_account":
            raise UsageError(
                "this is a service account's key, and no OAuth client's file",
                f"{path}: a service account has no storage of its own, so no photo can lie in its My Drive; it could"
                " only fill a shared drive",
                "Make an OAuth client of the kind Desktop and sign in as a person. Photos go into a shared drive, too:"
                " --level manage, and venuesync events set E destination <a folder in it>",
            )
        kind = next((one for one in ClientKind if isinstance(body.get(one), dict)), None)
        inner = cast(dict[str, Any], {} if kind is None else body[kind])
        if kind is None or not inner.get("client_id"):
            raise UsageError(
                "this is no OAuth client's file", f"{path} has no client_id under installed or web", remedy
            )
        uris = cast(list[Any], inner.get("redirect_uris") or [])
        return cls(str(inner["client_id"]), str(inner.get("client_secret") or ""), kind, tuple(map(str, uris)))

    def redirect_uri(self, port: int) -> str:
        """Where Google sends the browser: this machine's own loopback.

        An installed client may use any port (RFC 8252 7.3); a web client's address has to be listed in the console.
        """
        wanted = f"http://127.0.0.1:{port}/"
        if self.kind is not ClientKind.WEB:
            return wanted
        for uri in self.redirect_uris:
            parts = split(uri)
            if parts.scheme == "http" and is_loopback(parts.hostname or "") and parts.port == port:
                return uri
        raise UsageError(
            "this web client does not lead back to this machine",
            f"its redirect addresses are {', '.join(self.redirect_uris) or 'none'}",
            f"Add {wanted} to them in Google's console and fetch the file again, or make a client of the kind Desktop",
        )


@dataclass(eq=False, repr=False, slots=True)
class LoginAttempt:
    """`url` is to be opened in a browser, `state` comes back with the answer. Good for one sign-in. `who` has to sign
    in; "": anybody. `signed_out`: what was known as it began of who had signed out.
    """

    url: str
    state: str
    redirect_uri: str
    level: Level
    client: OAuthClient
    _verifier: str
    who: str
    signed_out: Mapping[str, str]
    is_open: bool = True  # its answer may come still

    @property
    def scopes(self) -> tuple[str, ...]:
        return (*IDENTITY, *self.level.drive_scopes)

    def matches(self, state: str) -> bool:
        return hmac.compare_digest(state.encode(), self.state.encode())

    def verifier(self) -> str:
        """PKCE's secret half, given out once: the second use of an answer is refused."""
        if not self.is_open:
            raise LoginFailed("This sign-in was used already", "", "Run: venuesync login")
        self.is_open = False
        return self._verifier


@dataclass(frozen=True, slots=True)
class Granted:
    """What Google gave for a code. `refresh_expires_in` (seconds) only where it says that the grant ends."""

    account: str
    refresh_token: str
    scopes: tuple[str, ...]
    refresh_expires_in: float | None


def begin(
    endpoint: Endpoint,
    level: Level,
    client: OAuthClient,
    signed_out: Mapping[str, str],
    *,
    redirect_uri: str = "",
    port: int = PORT,
    hint: str = "",
) -> LoginAttempt:
    """A new attempt: the consent page's address, with PKCE and a state of 256 random bits.

    Always asks for consent: only then does Google give a refresh token again. Imports a slow library.
    """
    from google_auth_oauthlib.flow import Flow

    back = redirect_uri or client.redirect_uri(port)
    config = {
        "client_id": client.client_id,
        "client_secret": client.client_secret,
        "auth_uri": Endpoint().auth_uri,
        "token_uri": Endpoint().token_uri,
    }
    state = secrets.token_urlsafe(32)
    flow: Any = cast(Any, Flow).from_client_config(
        {client.kind.value: config}, scopes=[*IDENTITY, *level.drive_scopes], redirect_uri=back
    )
    more = {"login_hint": hint} if hint else {}
    url, _ = flow.authorization_url(access_type="offline", prompt="consent", state=state, **more)
    # Google's address first, ours then: the library refuses http, which is right for all but this machine's loopback.
    ours = f"{endpoint.auth_uri}?{split(str(url)).query}"
    return LoginAttempt(ours, state, back, level, client, str(flow.code_verifier), hint, signed_out)


def code_in(attempt: LoginAttempt, pasted: str) -> str:
    """The code in what a person pasted: the address bar's whole address, its query, or the bare code.

    Raises `LoginFailed` if it belongs to another attempt, or if Google or the person said no.
    """
    text = pasted.strip().strip("\"'")
    query = split(text).query if "://" in text else text.lstrip("?") if "=" in text else urlencode({"code": text})
    found = {key: values[0] for key, values in parse_qs(query).items()}
    is_bare = set(found) == {"code"} and "://" not in text
    if not is_bare and not attempt.matches(found.get("state", "")):
        raise LoginFailed(
            "This answer belongs to another sign-in",
            "its state is not the one that was given out",
            "Open the address that was printed last, and paste what its address bar shows at the end",
        )
    if "error" in found:
        attempt.is_open = False
        declined = found["error"] == "access_denied"
        raise LoginFailed(
            "Google was told no" if declined else "Google refused the sign-in",
            found.get(
                "error_description", "nothing was allowed, and nothing is changed" if declined else found["error"]
            ),
            "Run: venuesync login, and tick every box that Google shows",
        )
    if not found.get("code"):
        raise LoginFailed("There is no code in this", "", "Paste the whole address that the browser shows at the end")
    return found["code"]


def exchange(endpoint: Endpoint, attempt: LoginAttempt, code: str) -> Granted:
    """Turn the code into a sign-in; blocks for one request. Raises `DriveError` or `LoginFailed`."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": attempt.client.client_id,
        "client_secret": attempt.client.client_secret,
        "redirect_uri": attempt.redirect_uri,
        "code_verifier": attempt.verifier(),
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = Request("POST", endpoint.token_uri, headers, urlencode(form).encode(), Aim.SIGN_IN)
    try:
        answer = Single().send(request)
        body = answer.json()
        if answer.status != 200 or not body.get("access_token"):
            raise drive_error(answer, aim=Aim.SIGN_IN)
    except DriveError:
        attempt.is_open = True  # that was no answer to it
        raise
    scopes = tuple(str(body.get("scope", "")).split()) or attempt.scopes
    missing = [scope for scope in attempt.level.drive_scopes if scope not in scopes]
    if missing:
        raise from_row(reasons.SCOPE_MISSING, f"not granted: {', '.join(missing)}")
    if not body.get("refresh_token"):
        raise LoginFailed(
            "Google gave no lasting sign-in",
            "there is no refresh token in its answer",
            "Remove venuesync at https://myaccount.google.com/permissions, and run: venuesync login",
        )
    ends = body.get("refresh_token_expires_in")
    return Granted(
        email_in(body), str(body["refresh_token"]), scopes, float(ends) if isinstance(ends, int | float) else None
    )


def email_in(body: Mapping[str, Any]) -> str:
    """Who signed in, by the id token that came with the answer.

    Its signature needs no check: it came straight from the token endpoint (OpenID Connect Core 3.1.3.7, point 6).
    """
    middle = str(body.get("id_token", "")).partition(".")[2].partition(".")[0]
    try:
        claims: Any = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except ValueError:
        return ""
    return str(cast(dict[str, Any], claims).get("email", "")) if isinstance(claims, dict) else ""


# ---- the ear on this machine's loopback to which Google sends the browser back

LONGEST_REQUEST = 16_384  # bytes
PATIENCE = 10.0  # seconds for a browser to say what it wants

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>venuesync</title></head>
<body style="font: 16px/1.5 system-ui, sans-serif; max-width: 30rem; margin: 3rem auto">
<h1>{title}</h1><p>{text}</p></body></html>"""


async def code_for(
    attempt: LoginAttempt, port: int, timeout: float, listens: Callable[[], object] = lambda: None
) -> str:
    """Serve 127.0.0.1 at `port` until the answer to this attempt has come; returns its code.

    It listens until the right one has come: a favicon, a port scan or an old tab does not use it up. Google's address
    is too long to be typed or copied from a terminal: a short one here, which nobody can guess, leads to it. `listens`
    is called once a browser may come.

    Raises `LoginFailed` if the person said no or nothing came within `timeout` seconds, `UsageError` if the port is
    taken.
    """
    answered: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(PATIENCE):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(reply(attempt, head, answered))
                await writer.drain()
        writer.close()

    try:
        server = await asyncio.start_server(serve, "127.0.0.1", port, limit=LONGEST_REQUEST)
    except OSError as error:
        raise UsageError(
            f"port {port} is taken", error.strerror or str(error), "End the other login, or choose another port"
        ) from None
    async with server:
        listens()
        try:
            async with asyncio.timeout(timeout):
                return await answered
        except TimeoutError:
            raise LoginFailed(
                "Nobody signed in", f"no answer came within {timeout:.0f} s", "Run: venuesync login"
            ) from None


def reply(attempt: LoginAttempt, head: bytes, answered: asyncio.Future[str]) -> bytes:
    """What a browser gets to see; the right answer is handed to whoever waits for it, once."""
    line = head.partition(b"\r\n")[0].decode("latin-1").split(" ")
    if len(line) != 3 or line[0] != "GET":
        return page(405, "Not here", "This address waits for Google's answer only.")
    query = split(line[1]).query
    if line[1] == start_path(attempt):
        return redirect(attempt.url)
    if not query:
        return page(404, "Not here", "This address waits for Google's answer only.")
    try:
        code = code_in(attempt, f"{attempt.redirect_uri}?{query}")
    except LoginFailed as error:
        ours = attempt.matches(state_in(query))
        if ours and not answered.done():
            answered.set_exception(error)
        return page(400, error.title, "Go back to the terminal and sign in again.")
    if not answered.done():
        answered.set_result(code)
    return page(
        200, "Google has answered", "venuesync goes on with it, and says who is signed in. You may close this window."
    )


def start_path(attempt: LoginAttempt) -> str:
    """Where the browser may begin: known to whoever sees the attempt alone, as its state is secret."""
    return f"/{hashlib.sha256(attempt.state.encode()).hexdigest()[:12]}"


def redirect(url: str) -> bytes:
    head = ["HTTP/1.1 302 Found", f"Location: {url}", "Content-Length: 0", "Cache-Control: no-store"]
    return "\r\n".join([*head, "Referrer-Policy: no-referrer", "Connection: close", "", ""]).encode()


def state_in(query: str) -> str:
    return next((part[6:] for part in query.split("&") if part.startswith("state=")), "")


def page(status: int, title: str, text: str) -> bytes:
    """A whole HTTP answer with no word from outside in it."""
    words = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed"}
    body = PAGE.format(title=title, text=text).encode()
    head = [
        f"HTTP/1.1 {status} {words[status]}",
        "Content-Type: text/html; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "Referrer-Policy: no-referrer",  # the address holds the code
        "Connection: close",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body
