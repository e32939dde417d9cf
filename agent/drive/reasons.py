"""What each of Drive's refusals means for us: who waits, what happens next, what to call it, what a person can do.

One table, in the words that people read, so that a reason is judged in one place (failure table of the Drive notes);
below it Drive's and OAuth's machine words. One that is not there goes by its HTTP status: handled, if less exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from agent.errors import Cause, Kind

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


class Next(StrEnum):
    """What happens next. Whoever waits, `Scope` says with what."""

    WAIT = "wait"  # until that is over
    LOOK = "look"  # whether there is anything to wait for: one broken connection says little
    WAIT_IF_OFTEN = "wait if often"  # Drive answers, with its own errors
    WAIT_FOR_DISK = "wait for this machine's disk"
    WAIT_WITH_FOLDER = "wait with this folder"  # until somebody gives the right
    TRY_AGAIN = "try again"  # nobody's fault
    MAKE_FOLDER = "make the folder again"
    ANOTHER_FOLDER = "another folder"  # beside the one that is full
    COMPARE = "compare"  # what stands there already
    NEW_ID = "new id"
    NEW_SESSION = "new session"
    LIST_AGAIN = "list again"
    SEND_AGAIN = "send again"
    SEND_BYTES = "send the bytes"  # instead of a copy
    READ_AGAIN = "read again"  # the file here
    ANOTHER_FILE = "another file"  # that holds the same bytes
    GONE = "gone"
    FAIL = "fail"  # this one, alone


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the program decides by."""

    cause: Cause
    kind: Kind
    scope: Scope
    next: Next


@dataclass(frozen=True, slots=True)
class Row:
    """A class of trouble. `{where}`, `{message}` and `{said}` (what Drive answered, in full) are filled in."""

    verdict: Verdict
    title: str
    detail: str
    remedy: str
    retry_after: float | None = None  # seconds


SIGNS_IN = "venuesync login"
LOGIN = f"Run: {SIGNS_IN}"
BY_ITSELF = "it goes on by itself"


def for_account(remedy: str, account: str) -> str:
    """The same, naming the account that has to sign in; "": the one that all events use, of which nothing is said."""
    named = f"{SIGNS_IN} --account"
    return remedy if not account or named in remedy else remedy.replace(SIGNS_IN, f"{named} {account}")


ASK_AGAIN = "Ask again once Drive is back"
RETRYING = ", retrying"


def of_question(remedy: str) -> str:
    """The same for what was asked once, and nobody asks again by themselves."""
    nothing, named, _ = remedy.partition("Nothing to do: ")
    return ASK_AGAIN if named and not nothing else remedy.replace(BY_ITSELF, "then ask again")


NO_INTERNET = Row(
    Verdict(Cause.TRANSIENT, Kind.NETWORK_ERROR, Scope.NETWORK, Next.WAIT),
    "No internet",
    "Google Drive cannot be reached ({message})",
    f"Check this machine's network; {BY_ITSELF}",
)
BROKEN_OFF = Row(
    Verdict(Cause.TRANSIENT, Kind.NETWORK_ERROR, Scope.NETWORK, Next.LOOK),
    "The connection to Google Drive broke off",
    "{message}",
    f"Nothing to do: {BY_ITSELF}",
)
PORTAL = Row(
    Verdict(Cause.TRANSIENT, Kind.NETWORK_ERROR, Scope.NETWORK, Next.WAIT),
    "The Wi-Fi wants you to sign in",
    "a page came where Google Drive's answer was due{message}",
    f"Open any web page on this machine's network and sign in there; {BY_ITSELF}",
)
NOT_TRUSTED = Row(
    Verdict(Cause.TRANSIENT, Kind.NETWORK_ERROR, Scope.NETWORK, Next.WAIT),
    "The connection to Google cannot be trusted",
    "{message}",
    "Sign in to the Wi-Fi if it asks for that, and check this machine's date and time",
)
PROXY = Row(
    Verdict(Cause.TRANSIENT, Kind.NETWORK_ERROR, Scope.NETWORK, Next.WAIT),
    "The network's proxy wants a sign-in",
    "{message}",
    "Put the proxy's name and password into HTTPS_PROXY",
)
NO_AUTHORITIES = Row(
    Verdict(Cause.TRANSIENT, Kind.NETWORK_ERROR, Scope.NETWORK, Next.WAIT),
    "The certificates to trust cannot be read",
    "{message}",
    "Name a file of them by SSL_CERT_FILE or REQUESTS_CA_BUNDLE, or take both out, and start venuesync again",
)
OTHER_PROXY = Row(
    Verdict(Cause.TRANSIENT, Kind.NETWORK_ERROR, Scope.NETWORK, Next.WAIT),
    "The proxy in HTTPS_PROXY cannot be used",
    "{message}: only http:// and https:// are understood",
    "Name another one, or take it out, and start venuesync again",
)
SLOW = Row(
    Verdict(Cause.TRANSIENT, Kind.DRIVE_SLOW, Scope.NETWORK, Next.WAIT_IF_OFTEN),
    "Google Drive is slow, retrying",
    "{message}",
    f"Nothing to do: {BY_ITSELF}",
)
NO_UPLOADS = "Google takes no more uploads for now, maybe for this day: they are tried again and again"
GARBLED = Row(
    Verdict(Cause.TRANSIENT, Kind.DRIVE_SLOW, Scope.NETWORK, Next.WAIT_IF_OFTEN),
    "Google Drive answers what cannot be read, retrying",
    "{message}",
    f"Nothing to do: {BY_ITSELF}",
)
TOKEN_REFUSED = Row(
    Verdict(Cause.TRANSIENT, Kind.DRIVE_SLOW, Scope.NETWORK, Next.WAIT_IF_OFTEN),
    "Google Drive refuses what Google just signed, retrying",
    "{message}",
    f"Nothing to do: {BY_ITSELF}",
)
RATE = Row(
    Verdict(Cause.RATE, Kind.RATE_LIMITED, Scope.RATE, Next.WAIT),
    "Google asked us to slow down",
    "{message}",
    f"Nothing to do: {BY_ITSELF}",
)
FULL = Row(
    Verdict(Cause.QUOTA, Kind.QUOTA_EXCEEDED, Scope.QUOTA, Next.WAIT),
    "Drive is full",
    "{message}",
    "Free space on Drive, or get more; uploads continue by themselves",
)
PROJECT_QUOTA = Row(
    Verdict(Cause.QUOTA, Kind.PROJECT_QUOTA, Scope.PROJECT, Next.WAIT),
    "Project quota used up",
    "{message}",
    f"Raise the Drive API's quota in the Cloud project, or wait: {BY_ITSELF}",
)
API_DISABLED = Row(
    Verdict(Cause.QUOTA, Kind.API_DISABLED, Scope.PROJECT, Next.WAIT),
    "Drive API is not enabled in the Cloud project",
    "{message}",
    "Enable the Google Drive API in the Cloud project's console; it takes some minutes",
)
FOLDER_FULL = Row(
    Verdict(Cause.PERMANENT, Kind.FOLDER_FULL, Scope.DESTINATION, Next.ANOTHER_FOLDER),
    "This Drive folder holds the maximum number of items",
    "{message}",
    "Move or delete files there, or choose another folder",
)
ALL_FULL = Row(  # as a whole, or too deep: a folder beside it holds no more
    Verdict(Cause.PERMANENT, Kind.FOLDER_FULL, Scope.DESTINATION, Next.WAIT_WITH_FOLDER),
    FOLDER_FULL.title,
    FOLDER_FULL.detail,
    FOLDER_FULL.remedy,
)
SIGN_IN = Row(
    Verdict(Cause.AUTH, Kind.AUTH_EXPIRED, Scope.AUTH, Next.WAIT), "Sign in to Google again", "{message}", LOGIN
)
NOT_SIGNED_IN = Row(
    Verdict(Cause.AUTH, Kind.AUTH_EXPIRED, Scope.AUTH, Next.WAIT),
    "Sign in to Google",
    "nobody has signed in yet",
    LOGIN,
)
CLIENT_GONE = Row(
    Verdict(Cause.AUTH, Kind.AUTH_EXPIRED, Scope.AUTH, Next.WAIT),
    "Google does not know this OAuth client any more",
    "{message}",
    "Make a new OAuth client and run: venuesync login --client FILE.json",
)
SCOPE_MISSING = Row(
    Verdict(Cause.AUTH, Kind.PERMISSION_DENIED, Scope.AUTH, Next.WAIT),
    "Permission missing: tick Drive access",
    "{message}",
    f"{LOGIN}, and tick every box that Google shows",
)
NO_RIGHT = Row(
    Verdict(Cause.PERMANENT, Kind.PERMISSION_DENIED, Scope.DESTINATION, Next.WAIT_WITH_FOLDER),
    "No right to write into {where}",
    "{message}",
    "Ask the folder's owner for the right to edit, or choose another folder",
)
OTHER_DRIVE = Row(  # of a folder that is to be moved there
    NO_RIGHT.verdict,
    "Drive moves no folder between My Drive and a shared drive, nor between two of these",
    "{message}",
    "On drive.google.com move all that lies in its old folder into the new one, or choose the old one again",
)
NO_RIGHT_FOR_APP = Row(  # the sign-in that `login` asks for may change what it made, and nothing of others
    NO_RIGHT.verdict,
    NO_RIGHT.title,
    "{message}",
    f"{LOGIN} with --level manage, so that venuesync may write into others' folders; or choose another folder",
)
NOT_MOVED = Row(  # it lies elsewhere than it was to be taken from, where somebody put it
    Verdict(Cause.PERMANENT, Kind.PERMISSION_DENIED, Scope.ITEM, Next.FAIL),
    "Drive does not let {where} be moved",
    "{message}",
    "Move it on Drive to where it belongs, or delete it there; then run: venuesync retry --all",
)
NOT_ALLOWED = Row(
    Verdict(Cause.PERMANENT, Kind.PERMISSION_DENIED, Scope.ITEM, Next.FAIL),
    "No right to read {where}",
    "{message}",
    "Ask the owner to share it with the account that is signed in",
)
FOLDER_GONE = Row(
    Verdict(Cause.MISSING, Kind.FOLDER_NOT_FOUND, Scope.DESTINATION, Next.MAKE_FOLDER),
    "Output folder was deleted",
    "{where}: {message}",
    "Nothing to do: the folder is made again and filled",
)
DESTINATION_GONE = Row(  # somebody's own: nobody else may make it again
    Verdict(Cause.PERMANENT, Kind.FOLDER_NOT_FOUND, Scope.DESTINATION, Next.WAIT_WITH_FOLDER),
    "The folder that was chosen on Drive is gone",
    "{message}",
    "Bring it back out of Drive's trash, have it shared again, or choose another one as destination",
)
GONE_AT_SOURCE = Row(
    Verdict(Cause.MISSING, Kind.DOWNLOAD_FAILED, Scope.ITEM, Next.GONE),
    "Removed by the photographer before download",
    "{where}: {message}",
    "Ask for it again if it is missing",
)
NOT_THERE = Row(
    Verdict(Cause.MISSING, Kind.NOT_FOUND, Scope.ITEM, Next.GONE),
    "Not on Drive",
    "{where}: {message}",
    "Look for it in Drive's trash",
)
CONTRADICTED = Row(
    Verdict(Cause.TRANSIENT, Kind.CONTRADICTED, Scope.ITEM, Next.TRY_AGAIN),
    "Drive contradicts itself",
    "{message}",
    "Nothing to do: it is tried again",
)
ID_TAKEN = Row(
    Verdict(Cause.CONFLICT, Kind.ID_TAKEN, Scope.ITEM, Next.COMPARE),
    "Drive has a file under this id already",
    "{message}",
    "Nothing to do: it is compared with ours",
)
ID_REFUSED = Row(
    Verdict(Cause.CONFLICT, Kind.ID_REFUSED, Scope.ITEM, Next.NEW_ID),
    "Drive does not take this id",
    "{message}",
    "Nothing to do: another id is used",
)
CURSOR_LOST = Row(
    Verdict(Cause.MISSING, Kind.CURSOR_LOST, Scope.CURSOR, Next.LIST_AGAIN),
    "Re-checking folders",
    "{message}",
    f"Nothing to do: {BY_ITSELF}",
)
SESSION_LOST = Row(
    Verdict(Cause.MISSING, Kind.SESSION_LOST, Scope.SESSION, Next.NEW_SESSION),
    "The upload has to begin again",
    "Drive does not know the upload session any more: {message}",
    f"Nothing to do: {BY_ITSELF}",
)
COPY_REFUSED = Row(
    Verdict(Cause.PERMANENT, Kind.COPY_REFUSED, Scope.ITEM, Next.SEND_BYTES),
    "Drive does not let us copy this file",
    "{message}",
    "Nothing to do: it is uploaded instead",
)
BLOCKED = Row(
    Verdict(Cause.PERMANENT, Kind.DOWNLOAD_FAILED, Scope.ITEM, Next.FAIL),
    "Google blocked this file",
    "{where}: {message}",
    "Ask its owner for another copy",
)
BLOCKED_TODAY = Row(
    Verdict(Cause.PERMANENT, Kind.DOWNLOAD_FAILED, Scope.ITEM, Next.FAIL),
    "Google blocked this file",
    "{where}: {message}",
    "Wait a day, or ask its owner for another copy",
    DAY,
)
REJECTED = Row(
    Verdict(Cause.PERMANENT, Kind.REJECTED, Scope.ITEM, Next.FAIL),
    "Rejected by Google: {message}",
    "{where}: {said}",
    "Try once more: venuesync retry --all. Where it comes again it is a mistake of venuesync's: report it",
)
NOT_SHARED = Row(
    Verdict(Cause.PERMANENT, Kind.REJECTED, Scope.ITEM, Next.FAIL),
    "Google lets that address in nowhere: {message}",
    "{where}: {said}",
    "Ask for another address, or make a link that anyone may open",
)
DAMAGED = Row(
    Verdict(Cause.INTEGRITY, Kind.DAMAGED, Scope.ITEM, Next.SEND_AGAIN),
    "File damaged in transfer",
    "{where}: {message}",
    "Run: venuesync retry --all",
)
CUT_SHORT = Row(
    Verdict(Cause.TRANSIENT, Kind.NETWORK_ERROR, Scope.NETWORK, Next.LOOK),
    "The connection to Google Drive broke off",
    "{where}: {message}",
    "Nothing to do: the rest is fetched",
)
CHANGED = Row(
    Verdict(Cause.INTEGRITY, Kind.CHANGED, Scope.ITEM, Next.READ_AGAIN),
    "The file changed before it was sent",
    "{where}: {message}",
    "Nothing to do: it is taken in again as it is now",
)
UNREADABLE = Row(
    Verdict(Cause.MISSING, Kind.UNREADABLE, Scope.ITEM, Next.ANOTHER_FILE),
    "A file of ours cannot be read",
    "{where}: {message}",
    "Run: venuesync verify",
)
UNWRITABLE = Row(
    Verdict(Cause.PERMANENT, Kind.DOWNLOAD_FAILED, Scope.ITEM, Next.FAIL),
    "A download cannot be written",
    "{where}: {message}",
    "Check the rights and the health of this machine's disk",
)
DISK_FULL = Row(
    Verdict(Cause.QUOTA, Kind.DISK_FULL, Scope.ITEM, Next.WAIT_FOR_DISK),
    "This machine's disk is full",
    "{where}: {message}",
    f"Free space on this machine; {BY_ITSELF}",
)

# Drive's reasons, as its documents and other clients' issue trackers have them. Unknown ones go by their status.
BY_REASON: dict[str, Row] = (
    dict.fromkeys(("rateLimitExceeded", "userRateLimitExceeded", "sharingRateLimitExceeded"), RATE)
    | dict.fromkeys(("RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"), RATE)
    | dict.fromkeys(("storageQuotaExceeded", "quotaExceeded", "teamDriveStorageQuotaExceeded"), FULL)
    | {"dailyLimitExceeded": PROJECT_QUOTA, "invalidSharingRequest": NOT_SHARED}
    | dict.fromkeys(("accessNotConfigured", "SERVICE_DISABLED"), API_DISABLED)
    | {"numChildrenInNonRootLimitExceeded": FOLDER_FULL}
    | dict.fromkeys(
        (
            "teamDriveFileLimitExceeded",
            "activeItemCreationLimitExceeded",
            "myDriveHierarchyDepthLimitExceeded",
            "teamDriveHierarchyTooDeep",
        ),
        ALL_FULL,
    )
    | {"insufficientPermissions": SCOPE_MISSING, "ACCESS_TOKEN_SCOPE_INSUFFICIENT": SCOPE_MISSING}
    | dict.fromkeys(
        (
            "insufficientFilePermissions",
            "insufficientParentPermissions",
            "domainPolicy",
            "parentNotAFolder",
        ),
        NO_RIGHT,
    )
    | {
        "appNotAuthorizedToFile": NO_RIGHT_FOR_APP,
        "cannotAddParent": NOT_MOVED,
        "cannotCopyFile": COPY_REFUSED,
        "generatedIdNotSupported": ID_REFUSED,
    }
    | {"cannotDownloadAbusiveFile": BLOCKED, "fileNotDownloadable": BLOCKED, "downloadQuotaExceeded": BLOCKED_TODAY}
    | dict.fromkeys(("authError", "UNAUTHENTICATED"), TOKEN_REFUSED)
)

# The token endpoint's words (RFC 6749 5.2, and Google's own) that end a sign-in. Whatever else it answers, with
# whatever status, says nothing of the sign-in: it is busy, or somebody stands between us.
ENDS_SIGN_IN: dict[str, Row] = (
    dict.fromkeys(("invalid_grant", "access_denied", "admin_policy_enforced", "org_internal"), SIGN_IN)
    | dict.fromkeys(("invalid_client", "deleted_client", "unauthorized_client", "disabled_client"), CLIENT_GONE)
    | {"invalid_scope": SCOPE_MISSING}
)
SLOWS_DOWN = frozenset(
    {"rate_limit_exceeded", "rateLimitExceeded", "userRateLimitExceeded", "slow_down", "quota_exceeded"}
)
