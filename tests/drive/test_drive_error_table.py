"""Whatever happens becomes one error, with the class, message and remedy of the failure table."""

import errno
import http.client
import json
import socket
import ssl
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest
from google.auth.exceptions import RefreshError, TransportError
from googleapiclient.errors import HttpError
from httplib2 import RedirectMissingLocation, Response, ServerNotFoundError

from agent import clock
from agent.drive.errors import Aim, Answer, DriveError, drive_error
from agent.drive.reasons import Scope
from agent.errors import Cause


def refusal(status: int, reason: str = "", message: str = "No.", location: str = "", **headers: str) -> Answer:
    detail = {"reason": reason, "message": message, "domain": "global"} | ({"location": location} if location else {})
    body = {"error": {"code": status, "message": message, "errors": [detail] if reason else []}}
    return Answer(status, {"content-type": "application/json", **headers}, json.dumps(body).encode())


def html(status: int, text: str = "<html>Error</html>", **headers: str) -> Answer:
    return Answer(status, {"content-type": "text/html", **headers}, text.encode())


@dataclass(frozen=True)
class Row:
    trouble: BaseException | Answer
    cause: Cause
    kind: str
    scope: Scope
    title: str
    aim: Aim = Aim.CREATE
    sent: bool = True
    ambiguous: bool = False


T, R, Q, A, M, C, P = (
    Cause.TRANSIENT,
    Cause.RATE,
    Cause.QUOTA,
    Cause.AUTH,
    Cause.MISSING,
    Cause.CONFLICT,
    Cause.PERMANENT,
)
OFFLINE = (T, "network_error", Scope.NETWORK, "No internet")
BROKEN = (T, "network_error", Scope.NETWORK, "The connection to Google Drive broke off")
PORTAL = (T, "network_error", Scope.NETWORK, "The Wi-Fi wants you to sign in")
SLOW = (T, "drive_slow", Scope.NETWORK, "Google Drive is slow, retrying")
RATE = (R, "rate_limited", Scope.RATE, "Google asked us to slow down")
FULL = (Q, "quota_exceeded", Scope.QUOTA, "Drive is full")
REFUSED = (T, "drive_slow", Scope.NETWORK, "Google Drive refuses what Google just signed, retrying")
SIGN_IN = (A, "auth_expired", Scope.AUTH, "Sign in to Google again")
CLIENT = (A, "auth_expired", Scope.AUTH, "Google does not know this OAuth client any more")
SCOPES = (A, "permission_denied", Scope.AUTH, "Permission missing: tick Drive access")
FOLDER_FULL = (P, "folder_full", Scope.DESTINATION, "This Drive folder holds the maximum number of items")
NO_RIGHT = (P, "permission_denied", Scope.DESTINATION, "No right to write into Solo")
BLOCKED = (P, "download_failed", Scope.ITEM, "Google blocked this file")
CURSOR = (M, "cursor_lost", Scope.CURSOR, "Re-checking folders")
SESSION = (M, "session_lost", Scope.SESSION, "The upload has to begin again")

ROWS = {
    # connect error, timeout before the body was sent, DNS
    "httpx connect": Row(httpx.ConnectError("refused"), *OFFLINE),
    "httpx connect timeout": Row(httpx.ConnectTimeout(""), *OFFLINE),
    "httpx pool timeout": Row(httpx.PoolTimeout(""), *OFFLINE),
    "dns": Row(socket.gaierror(-3, "Temporary failure in name resolution"), *OFFLINE),
    "httplib2 dns": Row(ServerNotFoundError("Unable to find the server"), *OFFLINE),
    "refused": Row(ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), *OFFLINE),
    "no route": Row(OSError(errno.ENETUNREACH, "Network is unreachable"), *OFFLINE, sent=False),
    "timeout while connecting": Row(TimeoutError("timed out"), *OFFLINE, sent=False),
    # timeout or reset after the body was sent
    "reset": Row(ConnectionResetError(errno.ECONNRESET, "reset"), *BROKEN, ambiguous=True),
    "httpx reset": Row(httpx.ReadError(""), *BROKEN, ambiguous=True),
    "httpx answer timeout": Row(httpx.ReadTimeout(""), *BROKEN, ambiguous=True),
    "closed without answer": Row(httpx.RemoteProtocolError("Server disconnected"), *BROKEN, ambiguous=True),
    "closed, http.client": Row(http.client.RemoteDisconnected("closed"), *BROKEN, ambiguous=True),
    "tls broke": Row(ssl.SSLError("bad record mac"), *BROKEN, ambiguous=True),
    "answer cut short": Row(http.client.IncompleteRead(b"{"), *BROKEN, ambiguous=True),
    "answer is no json": Row(json.JSONDecodeError("Expecting value", "{", 1), *BROKEN, ambiguous=True),
    "reset while reading": Row(ConnectionResetError("reset"), *BROKEN, aim=Aim.READ),
    "reset in a session": Row(httpx.ReadError(""), *BROKEN, aim=Aim.SESSION, ambiguous=True),
    # 5xx
    "500": Row(refusal(500, "internalError"), *SLOW, ambiguous=True),
    "502 html": Row(html(502), *SLOW, ambiguous=True),
    "503": Row(refusal(503, "backendError"), *SLOW, ambiguous=True),
    "503 empty": Row(Answer(503, {}, b""), *SLOW, ambiguous=True),
    "504 while reading": Row(html(504), *SLOW, aim=Aim.READ),
    # somebody between us and Google
    "portal page": Row(html(200, "<!DOCTYPE html><title>Hotel Wi-Fi</title>"), *PORTAL, aim=Aim.READ),
    "portal without a type": Row(Answer(200, {}, b"\n<HTML>login"), *PORTAL, aim=Aim.READ),
    "portal redirect": Row(html(302, location="http://wifi.hotel/login"), *PORTAL, aim=Aim.READ),
    "511": Row(html(511), *PORTAL, aim=Aim.READ),
    "httplib2 redirect": Row(RedirectMissingLocation("no location", {}, b""), *PORTAL, aim=Aim.READ),
    "false certificate": Row(
        ssl.SSLCertVerificationError("self-signed"),
        T,
        "network_error",
        Scope.NETWORK,
        "The connection to Google cannot be trusted",
    ),
    "proxy": Row(
        httpx.ProxyError("407 Proxy Authentication Required"),
        T,
        "network_error",
        Scope.NETWORK,
        "The network's proxy wants a sign-in",
    ),
    # slow down
    "429": Row(refusal(429, "rateLimitExceeded"), *RATE),
    "429 html": Row(html(429), *RATE),
    "403 rate": Row(refusal(403, "rateLimitExceeded"), *RATE),
    "403 user rate": Row(refusal(403, "userRateLimitExceeded"), *RATE),
    "403 sharing rate": Row(refusal(403, "sharingRateLimitExceeded"), *RATE),
    "rate in a session": Row(refusal(403, "userRateLimitExceeded"), *RATE, aim=Aim.SESSION),
    # the project
    "daily limit": Row(refusal(403, "dailyLimitExceeded"), Q, "project_quota", Scope.PROJECT, "Project quota used up"),
    "api off": Row(
        refusal(403, "accessNotConfigured"),
        Q,
        "api_disabled",
        Scope.PROJECT,
        "Drive API is not enabled in the Cloud project",
    ),
    # full
    "storage quota": Row(refusal(403, "storageQuotaExceeded"), *FULL),
    "quota": Row(refusal(403, "quotaExceeded"), *FULL),
    "full in a session": Row(refusal(403, "storageQuotaExceeded"), *FULL, aim=Aim.SESSION),
    "full, said of a permission": Row(
        refusal(403, "storageQuotaExceeded"),
        P,
        "rejected",
        Scope.ITEM,
        "Rejected by Google: No",
        aim=Aim.SHARE,
    ),
    "shared drive full": Row(refusal(403, "teamDriveFileLimitExceeded"), *FOLDER_FULL),
    "folder full": Row(refusal(403, "numChildrenInNonRootLimitExceeded"), *FOLDER_FULL),
    "too many items": Row(refusal(403, "activeItemCreationLimitExceeded"), *FOLDER_FULL),
    "too deep": Row(refusal(403, "myDriveHierarchyDepthLimitExceeded"), *FOLDER_FULL),
    # sign-in
    "401": Row(refusal(401, "authError"), *REFUSED),
    "401 by somebody else": Row(html(401), *PORTAL),
    "403 by somebody else": Row(html(403), *PORTAL),
    "404 by somebody else": Row(html(404), *PORTAL, aim=Aim.READ),
    "invalid grant": Row(
        RefreshError("invalid_grant: Token has been expired or revoked.", {"error": "invalid_grant"}),
        *SIGN_IN,
        aim=Aim.SIGN_IN,
    ),
    "client deleted": Row(
        RefreshError("deleted_client: The OAuth client was deleted.", {"error": "deleted_client"}),
        *CLIENT,
        aim=Aim.SIGN_IN,
    ),
    "code refused": Row(
        Answer(400, {}, b'{"error": "invalid_grant", "error_description": "Malformed auth code."}'),
        *SIGN_IN,
        aim=Aim.SIGN_IN,
    ),
    "client unknown": Row(Answer(401, {}, b'{"error": "invalid_client"}'), *CLIENT, aim=Aim.SIGN_IN),
    "token endpoint busy": Row(Answer(403, {}, b'{"error": "rate_limit_exceeded"}'), *RATE, aim=Aim.SIGN_IN),
    "token endpoint 403 in Drive's form": Row(refusal(403, "userRateLimitExceeded"), *RATE, aim=Aim.SIGN_IN),
    "token endpoint 403": Row(Answer(403, {}, b""), *SLOW, aim=Aim.SIGN_IN),
    "token endpoint 403 page": Row(html(403), *PORTAL, aim=Aim.SIGN_IN),
    "token endpoint 401 without a word": Row(Answer(401, {}, b"{}"), *SLOW, aim=Aim.SIGN_IN),
    "token endpoint 400 without a word": Row(Answer(400, {}, b"Bad Request"), *SLOW, aim=Aim.SIGN_IN),
    "token endpoint 500 with a word": Row(Answer(500, {}, b'{"error": "invalid_grant"}'), *SLOW, aim=Aim.SIGN_IN),
    "token endpoint slow": Row(RefreshError("internal_failure", retryable=True), *SLOW, aim=Aim.SIGN_IN),
    "token endpoint 503": Row(Answer(503, {}, b""), *SLOW, aim=Aim.SIGN_IN),
    "token endpoint unreachable": Row(
        TransportError(ConnectionRefusedError("refused")), *OFFLINE, aim=Aim.SIGN_IN, sent=False
    ),
    "scopes": Row(refusal(403, "insufficientPermissions"), *SCOPES),
    # rights
    "no right": Row(refusal(403, "insufficientFilePermissions"), *NO_RIGHT),
    "not the app's": Row(refusal(403, "appNotAuthorizedToFile", location="Authorization"), *NO_RIGHT),
    "domain policy": Row(refusal(403, "domainPolicy"), *NO_RIGHT),
    "second parent": Row(
        refusal(403, "cannotAddParent"), P, "permission_denied", Scope.ITEM, "Drive does not let Solo be moved"
    ),
    "403 unknown": Row(refusal(403, "somethingNew"), *NO_RIGHT),
    "no right to read": Row(
        refusal(403, "insufficientFilePermissions"),
        P,
        "permission_denied",
        Scope.ITEM,
        "No right to read Solo",
        aim=Aim.DOWNLOAD,
    ),
    # missing
    "parent gone": Row(
        refusal(404, "notFound", "File not found: P1."),
        M,
        "folder_not_found",
        Scope.DESTINATION,
        "Output folder was deleted",
    ),
    "copy's parent gone": Row(
        refusal(404, "notFound", "File not found: P1."),
        M,
        "folder_not_found",
        Scope.DESTINATION,
        "Output folder was deleted",
        aim=Aim.COPY,
    ),
    "copy's source gone": Row(
        refusal(404, "notFound", "File not found: S1."), M, "not_found", Scope.ITEM, "Not on Drive", aim=Aim.COPY
    ),
    "get": Row(refusal(404, "notFound"), M, "not_found", Scope.ITEM, "Not on Drive", aim=Aim.READ),
    "gone at the source": Row(
        refusal(404, "notFound"),
        M,
        "download_failed",
        Scope.ITEM,
        "Removed by the photographer before download",
        aim=Aim.DOWNLOAD,
    ),
    "session 404": Row(refusal(404, "notFound"), *SESSION, aim=Aim.SESSION),
    "session 410 html": Row(html(410), *SESSION, aim=Aim.SESSION),
    "session 400": Row(refusal(400, "badRequest"), *SESSION, aim=Aim.SESSION),
    "page token": Row(refusal(400, "invalid", "Invalid Value", "pageToken"), *CURSOR, aim=Aim.FEED),
    "page token of a listing": Row(refusal(400, "invalid", "Invalid Value", "pageToken"), *CURSOR, aim=Aim.READ),
    "feed 410": Row(refusal(410, "gone"), *CURSOR, aim=Aim.FEED),
    # conflicts and refusals
    "409": Row(refusal(409, "fileIdInUse"), C, "id_taken", Scope.ITEM, "Drive has a file under this id already"),
    "409 other word": Row(
        refusal(409, "duplicate"), C, "id_taken", Scope.ITEM, "Drive has a file under this id already"
    ),
    "id not of Drive's": Row(
        refusal(400, "invalid", "The provided file ID is not usable."),
        C,
        "id_refused",
        Scope.ITEM,
        "Drive does not take this id",
    ),
    "id for a document": Row(
        refusal(400, "generatedIdNotSupported"), C, "id_refused", Scope.ITEM, "Drive does not take this id"
    ),
    "copy refused": Row(
        refusal(403, "cannotCopyFile"),
        P,
        "copy_refused",
        Scope.ITEM,
        "Drive does not let us copy this file",
        aim=Aim.COPY,
    ),
    "400": Row(refusal(400, "badRequest", "Bad Request"), P, "rejected", Scope.ITEM, "Rejected by Google: Bad Request"),
    "413": Row(refusal(413, "uploadTooLarge", "Too big."), P, "rejected", Scope.ITEM, "Rejected by Google: Too big"),
    "malware": Row(refusal(403, "cannotDownloadAbusiveFile"), *BLOCKED, aim=Aim.DOWNLOAD),
    "downloaded too often": Row(refusal(403, "downloadQuotaExceeded"), *BLOCKED, aim=Aim.DOWNLOAD),
    "disk full": Row(
        OSError(errno.ENOSPC, "No space left on device"), Q, "disk_full", Scope.ITEM, "This machine's disk is full"
    ),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_every_trouble_has_its_class_message_and_remedy(row: Row) -> None:
    error = drive_error(row.trouble, aim=row.aim, sent=row.sent, where="Solo", parent="P1")
    assert (error.cause, error.kind, error.scope, error.title) == (row.cause, row.kind, row.scope, row.title)
    assert error.ambiguous is row.ambiguous
    assert error.remedy
    assert "{" not in f"{error}"
    assert "None" not in f"{error}"


def test_only_an_account_or_world_cause_pauses_the_lane() -> None:
    for row in ROWS.values():
        error = drive_error(row.trouble, aim=row.aim, sent=row.sent)
        waits = error.scope in {Scope.NETWORK, Scope.RATE, Scope.QUOTA, Scope.AUTH, Scope.PROJECT}
        assert error.pauses_lane is (waits or error.kind == "disk_full")


def test_an_error_keeps_what_drive_said() -> None:
    error = drive_error(refusal(403, "userRateLimitExceeded", "Slow.", **{"retry-after": "7"}), aim=Aim.CREATE)
    assert (error.status, error.reason, error.retry_after) == (403, "userRateLimitExceeded", 7.0)
    assert drive_error(error) is error


def test_a_retry_after_date_is_seconds_from_now() -> None:
    answer = refusal(429, "", **{"retry-after": "Fri, 01 Jan 2100 00:00:00 GMT"})
    assert (drive_error(answer).retry_after or 0) > 1e6
    for word in ("soon", "inf", "nan", "9" * 400):
        assert drive_error(refusal(429, "", **{"retry-after": word})).retry_after is None


@pytest.mark.parametrize("hours", [-9, 0, 9])
def test_a_retry_after_date_is_by_the_clock_of_whoever_answered(monkeypatch: pytest.MonkeyPatch, hours: int) -> None:
    """Not by this machine's, which may be wrong by hours."""
    answered = parsedate_to_datetime("Fri, 27 Nov 2026 20:00:00 GMT").timestamp()
    monkeypatch.setattr(clock, "wall", lambda: answered + hours * 3600)
    dates = {"date": "Fri, 27 Nov 2026 20:00:00 GMT", "retry-after": "Fri, 27 Nov 2026 20:02:00 GMT"}
    assert drive_error(refusal(503, "", **dates)).retry_after == 120
    assert drive_error(refusal(503, "", **dates | {"date": "now"})).retry_after == max(0, 120 - hours * 3600)


def test_a_blocked_download_is_tried_again_after_a_day() -> None:
    assert drive_error(refusal(403, "downloadQuotaExceeded"), aim=Aim.DOWNLOAD).retry_after == 86_400


def test_signing_in_is_exit_code_4_and_names_the_command() -> None:
    error = drive_error(Answer(400, {}, b'{"error": "invalid_grant"}'), aim=Aim.SIGN_IN)
    assert error.exit_code == 4
    assert "venuesync login" in error.remedy


def test_the_libraries_own_exceptions_are_read_as_answers() -> None:
    body = json.dumps({"error": {"code": 404, "message": "File not found: X.", "errors": [{"reason": "notFound"}]}})
    theirs = HttpError(Response({"status": "404", "content-type": "application/json"}), body.encode())
    assert drive_error(theirs, aim=Aim.READ).kind == "not_found"
    request = httpx.Request("GET", "http://x/")
    other = httpx.HTTPStatusError("no", request=request, response=httpx.Response(429, request=request))
    assert drive_error(other).scope is Scope.RATE


def test_a_false_certificate_is_seen_beneath_the_librarys_error() -> None:
    outer = httpx.ConnectError("all attempts failed")
    outer.__cause__ = ssl.SSLCertVerificationError("hostname mismatch")
    assert drive_error(outer).title == "The connection to Google cannot be trusted"


def test_somebody_elses_words_are_only_repeated_in_part() -> None:
    error = drive_error(refusal(400, "badRequest", "x" * 10_000))
    assert len(str(error)) < 1000


@pytest.mark.parametrize("body", [b"[]", b"7", b'{"error": 7}', b'{"error": {"errors": "x"}}', b"\xff\xfe", b"{"])
def test_no_body_is_too_strange(body: bytes) -> None:
    error = drive_error(Answer(400, {}, body), aim=Aim.CREATE)
    assert isinstance(error, DriveError)
    assert error.title == "Rejected by Google: HTTP 400"


def test_an_unknown_exception_is_an_error_of_that_one_item() -> None:
    strange: Any = RuntimeError("never seen")
    assert drive_error(strange).scope is Scope.ITEM
