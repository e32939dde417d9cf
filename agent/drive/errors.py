"""Drive's troubles, once: one function turns whatever happened into a `DriveError`.

Everything the rest of the agent decides (wait, try again, ask somebody, set aside) is decided from that error's `scope`
and `next`; nobody else looks at a status or at a library's exception.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from math import isfinite
from typing import Any, cast

from agent import clock
from agent.drive import reasons
from agent.drive.reasons import BY_REASON, ENDS_SIGN_IN, SLOWS_DOWN, Next, Row, Scope
from agent.errors import Cause, Kind, VenueError, chain


class Aim(StrEnum):
    """What a request was for; it decides what a 404 or a broken connection means."""

    READ = "read"
    CHANGE = "change"  # update, trash, delete
    CREATE = "create"
    COPY = "copy"
    SHARE = "share"  # a permission: it takes no room
    SESSION = "session"  # to the address of a resumable session
    DOWNLOAD = "download"
    FEED = "feed"  # the change feed
    SIGN_IN = "sign-in"

    @property
    def changes(self) -> bool:
        """Whether Drive may be different after it, so that not knowing how it ended matters."""
        return self in {Aim.CHANGE, Aim.CREATE, Aim.COPY, Aim.SHARE, Aim.SESSION}


class DriveError(VenueError):
    """Trouble with Drive. `scope` says who waits, `next` what happens then.

    `status` and `reason` are Drive's own, where it answered.
    `ambiguous`: the request may have been carried out. Whoever repeats it uses the same id.
    `given_up`: its connection was taken for dead, while others were answered.
    """

    given_up = False

    def __init__(
        self,
        title: str,
        detail: str = "",
        remedy: str = "",
        *,
        cause: Cause = Cause.PERMANENT,
        kind: str = Kind.FAILED,
        scope: Scope = Scope.ITEM,
        next: Next = Next.FAIL,
        status: int | None = None,
        reason: str = "",
        ambiguous: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(title, detail, remedy, cause=cause, kind=kind, retry_after=retry_after)
        self.scope = scope
        self.next = next
        self.status = status
        self.reason = reason
        self.ambiguous = ambiguous
        self.exit_code = 4 if scope is Scope.AUTH else 1


def drive_error(
    trouble: BaseException | Answer, *, aim: Aim = Aim.READ, sent: bool = True, where: str = "", parent: str = ""
) -> DriveError:
    """What happened, as ours. Never raises; called with a `DriveError` it answers that one.

    `sent`: the request, body and all, was or may have been sent before `trouble`. `where` names the file or folder for
    people; `parent` is the id of the folder that a copy was to go into.
    """
    if isinstance(trouble, DriveError):
        return trouble
    if isinstance(trouble, Answer):
        return _refused(trouble, aim, sent, where, parent)
    answer = _answer_in(trouble)
    if answer is not None:
        return _refused(answer, aim, sent, where, parent)
    refused = next((one for one in chain(trouble) if _is(one, "RefreshError")), None)
    if refused is not None:
        return _sign_in_refused(refused)
    row = _row_of(trouble, sent)
    return from_row(row, _words(trouble), where=where, ambiguous=sent and aim.changes and row in UNCLEAR)


def from_row(
    row: Row,
    message: str = "",
    *,
    where: str = "",
    status: int | None = None,
    reason: str = "",
    ambiguous: bool = False,
    retry_after: float | None = None,
) -> DriveError:
    """The error of one class of the table, its words filled in."""
    fill = {
        "where": where or "this file or folder",
        "message": message.strip().rstrip("."),
        "said": _said(message.strip().rstrip("."), status, reason),
    }
    return DriveError(
        row.title.format_map(fill).rstrip(": "),
        row.detail.format_map(fill).rstrip(": "),
        row.remedy,
        cause=row.verdict.cause,
        kind=row.verdict.kind,
        scope=row.verdict.scope,
        next=row.verdict.next,
        status=status,
        reason=reason,
        ambiguous=ambiguous,
        retry_after=row.retry_after if retry_after is None else retry_after,
    )


def _said(message: str, status: int | None, reason: str) -> str:
    """`Google answered HTTP 400 (badRequest): Bad Request`, or that it gave no reason."""
    if status is None:
        return message
    given = "" if message == f"HTTP {status}" else message
    words = f" ({reason})" * bool(reason) + (f": {given}" if given else "" if reason else " and gave no reason")
    return f"Google answered HTTP {status}{words}"


def of_account(error: DriveError, account: str) -> DriveError:
    """The same one; what is to be done about it names the account. Called twice, does nothing more."""
    error.remedy = reasons.for_account(error.remedy, account)
    return error


def of_question(error: DriveError) -> DriveError:
    """Another one, for whoever asked once: nobody tries again. The lane keeps the one that it was told."""
    return DriveError(
        error.title.removesuffix(reasons.RETRYING),
        error.detail,
        reasons.of_question(error.remedy),
        cause=error.cause,
        kind=error.kind,
        scope=error.scope,
        next=error.next,
        status=error.status,
        reason=error.reason,
        ambiguous=error.ambiguous,
        retry_after=error.retry_after,
    )


def contradicted(error: DriveError) -> DriveError:
    """What Drive said of a file is not what it says of its id."""
    return from_row(reasons.CONTRADICTED, error.detail, status=error.status, reason=error.reason)


# Drive says these in JSON. A page for people is a proxy's, a firewall's or a portal's: nothing is known of Drive by it.
PAGES = frozenset({401, 403, 404, 410, 451})
UNCLEAR = (reasons.BROKEN_OFF, reasons.SLOW)  # after these, what was sent may have been done


# ---- answers


def _refused(answer: Answer, aim: Aim, sent: bool, where: str, parent: str) -> DriveError:
    refusal = answer.refusal()
    row = _row_of_answer(answer, aim, parent)
    message = refusal.message or f"HTTP {answer.status}"
    if row is reasons.PORTAL:
        location = answer.headers.get("location", "")
        message = f" ({location[:DETAIL_LENGTH]})" if location else ""
    return from_row(
        row,
        message,
        where=where,
        status=answer.status,
        reason=refusal.reason,
        ambiguous=sent and aim.changes and row in UNCLEAR,
        retry_after=answer.retry_after,
    )


def _row_of_answer(answer: Answer, aim: Aim, parent: str) -> Row:
    if answer.is_portal or (answer.is_html and answer.status in PAGES and aim is not Aim.SESSION):
        return reasons.PORTAL
    if aim is Aim.SIGN_IN:
        return _row_of_token_answer(answer)
    row = BY_REASON.get(answer.refusal().reason)
    if row is reasons.NO_RIGHT and aim in {Aim.DOWNLOAD, Aim.READ}:
        return reasons.NOT_ALLOWED
    if row is reasons.FULL and aim is Aim.SHARE:
        row = reasons.REJECTED
    if row is not None:
        return row
    if aim is Aim.SESSION and 400 <= answer.status < 500 and answer.status not in {401, 408, 429}:
        return reasons.SESSION_LOST  # Drive's upload guide: any 4xx on a session means a new session
    return _row_of_status(answer, aim, parent)


def _row_of_token_answer(answer: Answer) -> Row:
    """A sign-in ends by the token endpoint's own word alone: its status may be anybody's."""
    reason = answer.refusal().reason
    if 400 <= answer.status < 500 and reason in ENDS_SIGN_IN:
        return ENDS_SIGN_IN[reason]
    return reasons.RATE if answer.status == 429 or reason in SLOWS_DOWN else reasons.SLOW


def _row_of_status(answer: Answer, aim: Aim, parent: str) -> Row:  # noqa: C901, PLR0911 - a table of statuses reads best in one piece
    match answer.status:
        case 400:
            return _bad_request(answer)
        case 401:
            return reasons.TOKEN_REFUSED  # by Drive, of a token that was fetched for this very request
        case 403:
            return reasons.NOT_ALLOWED if aim in {Aim.DOWNLOAD, Aim.READ} else reasons.NO_RIGHT
        case 404 | 410:
            return _missing(answer, aim, parent)
        case 407:
            return reasons.PROXY
        case 409:
            return reasons.ID_TAKEN
        case 429:
            return reasons.RATE
        case 408:
            return reasons.SLOW
        case status if status >= 500:
            return reasons.SLOW
        case status if 200 <= status < 300:
            return reasons.BROKEN_OFF  # a good answer whose body is not what it should be
        case _:
            return reasons.REJECTED


def _bad_request(answer: Answer) -> Row:
    refusal = answer.refusal()
    if refusal.location == "pageToken" or "page token" in refusal.message.lower():
        return reasons.CURSOR_LOST
    if "ID is not usable" in refusal.message:  # words as other apps' users report them; reason is plain `invalid`
        return reasons.ID_REFUSED
    return reasons.REJECTED


def _missing(answer: Answer, aim: Aim, parent: str) -> Row:
    if aim is Aim.FEED:
        return reasons.CURSOR_LOST
    if aim is Aim.DOWNLOAD:
        return reasons.GONE_AT_SOURCE
    if aim is Aim.CREATE or (parent and parent in answer.refusal().message):
        return reasons.FOLDER_GONE
    return reasons.NOT_THERE


# ---- exceptions, known by name: naming their classes would import slow libraries that may never be needed

NEVER_SENT = ("ConnectError", "ConnectTimeout", "PoolTimeout", "gaierror", "ConnectionRefusedError")
UNREACHABLE = (*NEVER_SENT, "ServerNotFoundError", "UnsupportedProtocol")
PORTAL_SIGNS = ("RedirectMissingLocation", "RedirectLimit", "TooManyRedirects")
PROXY_SIGNS = ("ProxyError", "ProxiesUnavailableError")


def _row_of(error: BaseException, sent: bool) -> Row:
    if any(_is(one, "SSLCertVerificationError") for one in chain(error)):
        return reasons.NOT_TRUSTED
    if _is(error, *PORTAL_SIGNS):
        return reasons.PORTAL
    if _is(error, *PROXY_SIGNS) or "Tunnel connection failed" in str(error):
        return reasons.PROXY
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return reasons.DISK_FULL
    if _is(error, "OSError", "HTTPException", "TransportError", "HttpLib2Error", "EOFError"):
        return reasons.BROKEN_OFF if sent and not _is(error, *UNREACHABLE) else reasons.NO_INTERNET
    garbled = _is(error, "ValueError", "DecodingError", "zlib.error", "InvalidJsonError")
    return reasons.BROKEN_OFF if garbled else reasons.REJECTED


def _is(error: BaseException, *names: str) -> bool:
    return any(kind.__name__ in names or f"{kind.__module__}.{kind.__name__}" in names for kind in type(error).__mro__)


def _words(error: BaseException) -> str:
    """What an exception says, or its name where it says nothing (httpx's timeouts)."""
    text = str(error) or type(error).__name__
    return text[:DETAIL_LENGTH]


def _answer_in(error: BaseException) -> Answer | None:
    """The answer that a library's exception carries (`HttpError`, `HTTPStatusError`)."""
    loose = cast(Any, error)
    if _is(error, "HttpError") and hasattr(error, "resp"):
        headers = {str(key).lower(): str(value) for key, value in dict(loose.resp).items()}
        return Answer(int(loose.resp.status), headers, bytes(loose.content))
    if _is(error, "HTTPStatusError"):
        return Answer(int(loose.response.status_code), dict(loose.response.headers), bytes(loose.response.content))
    return None


def _sign_in_refused(error: BaseException) -> DriveError:
    """google-auth's `RefreshError`: the token endpoint said no, or could not say anything."""
    if bool(getattr(error, "retryable", False)):
        return from_row(reasons.SLOW, _words(error))
    reason = _words(error).partition(":")[0].strip("('\" ")  # its first argument reads `invalid_grant: Token has been…`
    said = str(error.args[0])[:DETAIL_LENGTH] if error.args else ""
    return from_row(ENDS_SIGN_IN.get(reason, reasons.SLOW), said, reason=reason)


# ---- what an HTTP answer says about itself when it is a refusal

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PORTAL = 511  # RFC 6585: the network wants a sign-in
DETAIL_LENGTH = 300  # characters of somebody else's text that we repeat


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers (lower case) and whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_html(self) -> bool:
        """Whether this is a page for people, whatever its headers say."""
        start = self.body[:200].lstrip().lower()
        return start.startswith((b"<!doctype", b"<html")) or "text/html" in self.headers.get("content-type", "").lower()

    @property
    def is_portal(self) -> bool:
        """Whether somebody between us and Google answered: a page or a redirect where JSON or bytes are due.

        Drive's own 4xx and 5xx may come as HTML; a good answer of the API never does, and it never redirects.
        """
        if self.status == PORTAL or self.status in REDIRECTS:
            return True
        return 200 <= self.status < 300 and bool(self.body) and self.is_html

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server asks us to wait (RFC 9110 10.2.3: seconds or a date, by its own clock)."""
        value = self.headers.get("retry-after", "").strip()
        if not value:
            return None
        with suppress(ValueError):
            seconds = float(value)
            return max(0.0, seconds) if isfinite(seconds) else None
        until, answered = at_date(value), at_date(self.headers.get("date", ""))
        return None if until is None else max(0.0, until - (clock.wall() if answered is None else answered))

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; empty for anything else."""
        try:
            found: Any = json.loads(self.body)
        except ValueError:
            return {}
        return cast(dict[str, Any], found) if isinstance(found, dict) else {}

    def refusal(self) -> Refusal:
        """Drive's own words for what it refuses; empty ones where it gave none (HTML, an empty body)."""
        error: Any = self.json().get("error")
        if isinstance(error, str):  # the token endpoint's form (RFC 6749 5.2)
            return Refusal(error, str(self.json().get("error_description") or error)[:DETAIL_LENGTH], "")
        if not isinstance(error, dict):
            return Refusal("", "", "")
        body = cast(dict[str, Any], error)
        listed: Any = body.get("errors")
        first: Any = cast(list[Any], listed)[0] if isinstance(listed, list) and listed else None
        first = cast(dict[str, Any], first) if isinstance(first, dict) else {}
        reason = str(first.get("reason") or body.get("status") or "")
        return Refusal(reason, str(body.get("message") or "")[:DETAIL_LENGTH], str(first.get("location") or ""))


def at_date(date: str) -> float | None:
    """Seconds UTC of an HTTP date; `None`: it is none."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Drive's machine word, its sentence, and the parameter it is about."""

    reason: str
    message: str
    location: str
