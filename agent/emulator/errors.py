"""Drive's refusals: status, reason, message, and the JSON that carries them.

One place knows each reason's words, so that a fault asked for by name reads as the real one does.
"""

import json
from typing import Any


class DriveError(Exception):
    """A refusal as Drive words it; nothing was changed when it is raised."""

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        *,
        domain: str = "global",
        location: str | None = None,
        location_type: str | None = None,
        status_word: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message
        self.domain = domain
        self.location = location
        self.location_type = location_type or ("parameter" if location else None)
        self.status_word = status_word
        self.headers = headers

    def body(self) -> bytes:
        detail: dict[str, Any] = {"message": self.message, "domain": self.domain, "reason": self.reason}
        if self.location:
            detail |= {"location": self.location, "locationType": self.location_type}
        error: dict[str, Any] = {"code": self.status, "message": self.message, "errors": [detail]}
        if self.status_word:
            error["status"] = self.status_word
        return json.dumps({"error": error}, indent=1).encode()


USAGE = "usageLimits"

# reason: (status, domain, message, location). The words a fault or a rule uses for it.
CATALOGUE: dict[str, tuple[int, str, str, str | None]] = {
    "invalid": (400, "global", "Invalid Value", None),
    "badRequest": (400, "global", "Bad Request", None),
    "required": (400, "global", "Required", None),
    "invalidParameter": (400, "global", "Invalid value for parameter.", None),
    "invalidSharingRequest": (
        400,
        "global",
        'Bad Request. User message: "Sorry, this item can\'t be shared right now."',
        None,
    ),
    "generatedIdNotSupported": (400, "global", "The generated ID is not supported for this type of file.", None),
    "authError": (401, "global", "Invalid Credentials", "Authorization"),
    "rateLimitExceeded": (403, USAGE, "Rate Limit Exceeded", None),
    "userRateLimitExceeded": (403, USAGE, "User Rate Limit Exceeded. Rate of requests exceeded.", None),
    "dailyLimitExceeded": (403, USAGE, "Daily Limit Exceeded", None),
    "quotaExceeded": (403, USAGE, "Quota exceeded.", None),
    "accessNotConfigured": (
        403,
        USAGE,
        "Access Not Configured. Google Drive API has not been used in this project before or it is disabled.",
        None,
    ),
    "sharingRateLimitExceeded": (403, "global", "Rate limit exceeded. User message: sharing too often.", None),
    "storageQuotaExceeded": (403, "global", "The user's Drive storage quota has been exceeded.", None),
    "teamDriveFileLimitExceeded": (403, "global", "The file limit for this shared drive has been exceeded.", None),
    "numChildrenInNonRootLimitExceeded": (
        403,
        "global",
        "The limit for the number of children in a folder has been exceeded.",
        None,
    ),
    "myDriveHierarchyDepthLimitExceeded": (403, "global", "The My Drive hierarchy depth has been exceeded.", None),
    "activeItemCreationLimitExceeded": (403, "global", "This account has exceeded the creation limit of items.", None),
    "insufficientFilePermissions": (
        403,
        "global",
        "The user does not have sufficient permissions for this file.",
        None,
    ),
    "appNotAuthorizedToFile": (
        403,
        "global",
        "The user has not granted the app write access to the file.",
        "Authorization",
    ),
    "insufficientPermissions": (
        403,
        "global",
        "Insufficient Permission: Request had insufficient authentication scopes.",
        None,
    ),
    "domainPolicy": (403, "global", "The domain administrators have disabled Drive apps.", None),
    "cannotDownloadAbusiveFile": (
        403,
        "global",
        "This file has been identified as malware or spam and cannot be downloaded.",
        "alt",
    ),
    "fileNotDownloadable": (
        403,
        "global",
        "Only files with binary content can be downloaded. Use Export with Docs Editors files.",
        "alt",
    ),
    "downloadQuotaExceeded": (403, "global", "The download quota for this file has been exceeded.", None),
    "fieldNotWritable": (403, "global", "The resource body includes fields which are not directly writable.", None),
    "cannotAddParent": (403, "global", "Increasing the number of parents is not allowed", None),
    "cannotCopyFile": (403, "global", "This file cannot be copied by the user.", None),
    "forbidden": (403, "global", "Forbidden", None),
    "notFound": (404, "global", "File not found: .", "fileId"),
    "fileIdInUse": (409, "global", "A file already exists with the provided ID.", None),
    "internalError": (500, "global", "Internal Error", None),
    "backendError": (503, "global", "Backend Error", None),
}


def refusal(reason: str, message: str | None = None, *, status: int | None = None, **more: Any) -> DriveError:
    """The refusal of that reason in Drive's words; one not in the catalogue is a plain 400 that says its name."""
    usual, domain, words, location = CATALOGUE.get(reason, (status or 400, "global", reason, None))
    if location == "Authorization":
        more.setdefault("location_type", "header")
    more.setdefault("location", location)
    more.setdefault("domain", domain)
    return DriveError(status or usual, reason, message or words, **more)


def not_found(file_id: str) -> DriveError:
    """404: the file is unknown, or not for this caller's eyes. Drive does not say which."""
    return refusal("notFound", f"File not found: {file_id}.")


def invalid(message: str = "Invalid Value", location: str | None = None) -> DriveError:
    return refusal("invalid", message, location=location)


def unauthorized() -> DriveError:
    return refusal("authError", headers=(("WWW-Authenticate", 'Bearer realm="https://accounts.google.com/"'),))
