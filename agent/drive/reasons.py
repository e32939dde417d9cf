"""What each of Drive's refusals means for us: who waits, what to call it, what a person can do.

One table, in the words that people read, so that a reason is judged in one place (failure table of the Drive notes).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from agent.errors import Cause

DAY = 86_400.0  # seconds


class Scope(StrEnum):
    """Who is concerned, and so what waits."""

    NETWORK = "network"  # everything on Drive, until it can be reached
    RATE = "rate"  # everything on Drive, for a while
    QUOTA = "quota"  # uploads, until there is space
    AUTH = "auth"  # everything on Drive, until somebody signs in
    PROJECT = "project"  # everything on Drive, until the Cloud project allows it
    DESTINATION = "destination"  # one folder of Drive; the others go on
    ITEM = "item"  # one file
    CURSOR = "cursor"  # a page token: list again
    SESSION = "session"  # a resumable session: begin a new one under the same id


@dataclass(frozen=True, slots=True)
class Row:
    """A class of trouble. `{where}` and `{message}` in its words are filled in."""

    cause: Cause
    kind: str
    scope: Scope
    title: str
    detail: str
    remedy: str
    retry_after: float | None = None  # seconds


LOGIN = "Run: venuesync login"
BY_ITSELF = "it goes on by itself"

NO_INTERNET = Row(
    Cause.TRANSIENT,
    "network_error",
    Scope.NETWORK,
    "No internet",
    "Google Drive cannot be reached ({message})",
    f"Check this machine's network; {BY_ITSELF}",
)
BROKEN_OFF = Row(
    Cause.TRANSIENT,
    "network_error",
    Scope.NETWORK,
    "The connection to Google Drive broke off",
    "{message}",
    f"Nothing to do: {BY_ITSELF}",
)
PORTAL = Row(
    Cause.TRANSIENT,
    "network_error",
    Scope.NETWORK,
    "The Wi-Fi wants you to sign in",
    "a page came where Google Drive's answer was due{message}",
    f"Open any web page on this machine's network and sign in there; {BY_ITSELF}",
)
NOT_TRUSTED = Row(
    Cause.TRANSIENT,
    "network_error",
    Scope.NETWORK,
    "The connection to Google cannot be trusted",
    "{message}",
    "Sign in to the Wi-Fi if it asks for that, and check this machine's date and time",
)
PROXY = Row(
    Cause.TRANSIENT,
    "network_error",
    Scope.NETWORK,
    "The network's proxy wants a sign-in",
    "{message}",
    "Put the proxy's name and password into HTTPS_PROXY",
)
SLOW = Row(
    Cause.TRANSIENT,
    "drive_slow",
    Scope.NETWORK,
    "Google Drive is slow, retrying",
    "{message}",
    f"Nothing to do: {BY_ITSELF}",
)
TOKEN_REFUSED = Row(
    Cause.TRANSIENT,
    "drive_slow",
    Scope.NETWORK,
    "Google Drive refuses what Google just signed, retrying",
    "{message}",
    f"Nothing to do: {BY_ITSELF}",
)
RATE = Row(
    Cause.RATE,
    "rate_limited",
    Scope.RATE,
    "Google asked us to slow down",
    "{message}",
    f"Nothing to do: {BY_ITSELF}",
)
FULL = Row(
    Cause.QUOTA,
    "quota_exceeded",
    Scope.QUOTA,
    "Drive is full",
    "{message}",
    "Free space on Drive, or get more; uploads continue by themselves",
)
PROJECT_QUOTA = Row(
    Cause.QUOTA,
    "project_quota",
    Scope.PROJECT,
    "Project quota used up",
    "{message}",
    f"Raise the Drive API's quota in the Cloud project, or wait: {BY_ITSELF}",
)
API_DISABLED = Row(
    Cause.QUOTA,
    "api_disabled",
    Scope.PROJECT,
    "Drive API is not enabled in the Cloud project",
    "{message}",
    "Enable the Google Drive API in the Cloud project's console; it takes some minutes",
)
FOLDER_FULL = Row(
    Cause.PERMANENT,
    "folder_full",
    Scope.DESTINATION,
    "This Drive folder holds the maximum number of items",
    "{where}: {message}",
    "Move or delete files there, or choose another folder",
)
SIGN_IN = Row(
    Cause.AUTH,
    "auth_expired",
    Scope.AUTH,
    "Sign in to Google again",
    "{message}",
    LOGIN,
)
NOT_SIGNED_IN = Row(
    Cause.AUTH,
    "auth_expired",
    Scope.AUTH,
    "Sign in to Google",
    "nobody has signed in yet",
    LOGIN,
)
CLIENT_GONE = Row(
    Cause.AUTH,
    "auth_expired",
    Scope.AUTH,
    "Google does not know this OAuth client any more",
    "{message}",
    "Make a new OAuth client and run: venuesync login --client FILE.json",
)
SCOPE_MISSING = Row(
    Cause.AUTH,
    "permission_denied",
    Scope.AUTH,
    "Permission missing: tick Drive access",
    "{message}",
    f"{LOGIN}, and tick every box that Google shows",
)
NO_RIGHT = Row(
    Cause.PERMANENT,
    "permission_denied",
    Scope.DESTINATION,
    "No right to write into {where}",
    "{message}",
    "Ask the folder's owner for the right to edit, or choose another folder",
)
NOT_ALLOWED = Row(
    Cause.PERMANENT,
    "permission_denied",
    Scope.ITEM,
    "No right to read {where}",
    "{message}",
    "Ask the owner to share it with the account that is signed in",
)
FOLDER_GONE = Row(
    Cause.MISSING,
    "folder_not_found",
    Scope.DESTINATION,
    "Output folder was deleted",
    "{where}: {message}",
    "Nothing to do: the folder is made again and filled",
)
GONE_AT_SOURCE = Row(
    Cause.MISSING,
    "download_failed",
    Scope.ITEM,
    "Removed by the photographer before download",
    "{where}: {message}",
    "Ask for it again if it is missing",
)
NOT_THERE = Row(
    Cause.MISSING, "not_found", Scope.ITEM, "Not on Drive", "{where}: {message}", "Look for it in Drive's trash"
)
CONTRADICTED = Row(
    Cause.TRANSIENT,
    "contradicted",
    Scope.ITEM,
    "Drive says that nothing is there, and has it",
    "{message}",
    "Nothing to do: it is tried again",
)
ID_TAKEN = Row(
    Cause.CONFLICT,
    "id_taken",
    Scope.ITEM,
    "Drive has a file under this id already",
    "{message}",
    "Nothing to do: it is compared with ours",
)
ID_REFUSED = Row(
    Cause.CONFLICT,
    "id_refused",
    Scope.ITEM,
    "Drive does not take this id",
    "{message}",
    "Nothing to do: another id is used",
)
CURSOR_LOST = Row(
    Cause.MISSING, "cursor_lost", Scope.CURSOR, "Re-checking folders", "{message}", f"Nothing to do: {BY_ITSELF}"
)
SESSION_LOST = Row(
    Cause.MISSING,
    "session_lost",
    Scope.SESSION,
    "The upload has to begin again",
    "Drive does not know the upload session any more: {message}",
    f"Nothing to do: {BY_ITSELF}",
)
COPY_REFUSED = Row(
    Cause.PERMANENT,
    "copy_refused",
    Scope.ITEM,
    "Drive does not let us copy this file",
    "{message}",
    "Nothing to do: it is uploaded instead",
)
BLOCKED = Row(
    Cause.PERMANENT,
    "download_failed",
    Scope.ITEM,
    "Google blocked this file",
    "{where}: {message}",
    "Ask its owner for another copy",
)
BLOCKED_TODAY = Row(
    Cause.PERMANENT,
    "download_failed",
    Scope.ITEM,
    "Google blocked this file",
    "{where}: {message}",
    "Wait a day, or ask its owner for another copy",
    DAY,
)
REJECTED = Row(
    Cause.PERMANENT,
    "rejected",
    Scope.ITEM,
    "Rejected by Google: {message}",
    "{where}",
    "Report this: it is a mistake of venuesync's",
)
DAMAGED = Row(
    Cause.INTEGRITY,
    "damaged",
    Scope.ITEM,
    "File damaged in transfer",
    "{where}: {message}",
    "Nothing to do: it is sent again",
)
CUT_SHORT = Row(
    Cause.TRANSIENT,
    "network_error",
    Scope.NETWORK,
    "The connection to Google Drive broke off",
    "{where}: {message}",
    "Nothing to do: the rest is fetched",
)
CHANGED = Row(
    Cause.INTEGRITY,
    "changed",
    Scope.ITEM,
    "The file changed before it was sent",
    "{where}: {message}",
    "Nothing to do: it is taken in again as it is now",
)
UNREADABLE = Row(
    Cause.MISSING,
    "unreadable",
    Scope.ITEM,
    "A file of ours cannot be read",
    "{where}: {message}",
    "Run: venuesync verify",
)
UNWRITABLE = Row(
    Cause.PERMANENT,
    "download_failed",
    Scope.ITEM,
    "A download cannot be written",
    "{where}: {message}",
    "Check the rights and the health of this machine's disk",
)
DISK_FULL = Row(
    Cause.QUOTA,
    "disk_full",
    Scope.ITEM,
    "This machine's disk is full",
    "{where}: {message}",
    f"Free space on this machine; {BY_ITSELF}",
)
