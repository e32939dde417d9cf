"""Drive's and OAuth's machine words, and the class of trouble that each one is.

A word that is not here goes by its HTTP status, so a new one is handled, if less exactly.
"""

from __future__ import annotations

from agent.drive.reasons import (
    API_DISABLED,
    BLOCKED,
    BLOCKED_TODAY,
    CLIENT_GONE,
    COPY_REFUSED,
    FOLDER_FULL,
    FULL,
    ID_REFUSED,
    NO_RIGHT,
    PROJECT_QUOTA,
    RATE,
    SCOPE_MISSING,
    SIGN_IN,
    TOKEN_REFUSED,
    Row,
)

# Drive's reasons, as its documents and other clients' issue trackers have them. Unknown ones go by their status.
BY_REASON: dict[str, Row] = (
    dict.fromkeys(("rateLimitExceeded", "userRateLimitExceeded", "sharingRateLimitExceeded"), RATE)
    | dict.fromkeys(("RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"), RATE)
    | dict.fromkeys(("storageQuotaExceeded", "quotaExceeded", "teamDriveStorageQuotaExceeded"), FULL)
    | {"dailyLimitExceeded": PROJECT_QUOTA}
    | dict.fromkeys(("accessNotConfigured", "SERVICE_DISABLED"), API_DISABLED)
    | dict.fromkeys(
        (
            "teamDriveFileLimitExceeded",
            "numChildrenInNonRootLimitExceeded",
            "activeItemCreationLimitExceeded",
            "myDriveHierarchyDepthLimitExceeded",
            "teamDriveHierarchyTooDeep",
        ),
        FOLDER_FULL,
    )
    | {"insufficientPermissions": SCOPE_MISSING, "ACCESS_TOKEN_SCOPE_INSUFFICIENT": SCOPE_MISSING}
    | dict.fromkeys(
        (
            "insufficientFilePermissions",
            "insufficientParentPermissions",
            "appNotAuthorizedToFile",
            "domainPolicy",
            "cannotAddParent",
            "parentNotAFolder",
        ),
        NO_RIGHT,
    )
    | {"cannotCopyFile": COPY_REFUSED, "generatedIdNotSupported": ID_REFUSED}
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
