"""The one tree of errors: what happened, to which file or person, and what to do about it.

Libraries' errors become these once, at the edge. What an error's `cause` is decides what the agent does with it
(design law 3: an outage is not a failure); its words are what a person reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum


class Cause(StrEnum):
    """What kind of trouble it is, and so who has to do something."""

    TRANSIENT = "transient"  # goes away by itself: the lane waits and tries again
    RATE = "rate"  # asked to slow down: everybody on that lane waits
    QUOTA = "quota"  # Drive or disk is full: the lane waits, somebody makes room
    AUTH = "auth"  # somebody has to sign in
    MISSING = "missing"  # what was asked for is not there (any more)
    CONFLICT = "conflict"  # something else stands in that place
    INTEGRITY = "integrity"  # bytes differ from what they should be
    PERMANENT = "permanent"  # this one photo or call will not work by waiting
    USAGE = "usage"  # a wrong argument or setting


class Kind(StrEnum):
    """The machine's words for what happened that some code goes by; the same over the API and in the ledger."""

    FAILED = "failed"
    USAGE = "usage"
    NOT_FOUND = "not_found"
    TOKEN = "token"  # noqa: S105 - the request's own right to ask
    READ_ONLY = "read_only"  # a token that may look alone
    CONSENT = "consent"  # nobody has said how somebody consented
    SENT_ANEW = "sent_anew"  # nobody has said yes to sending all photos of an event to another account
    PERMISSION_DENIED = "permission_denied"
    DISK_FULL = "disk_full"
    # of Drive's
    NETWORK_ERROR = "network_error"
    DRIVE_SLOW = "drive_slow"
    RATE_LIMITED = "rate_limited"
    QUOTA_EXCEEDED = "quota_exceeded"
    PROJECT_QUOTA = "project_quota"
    API_DISABLED = "api_disabled"
    AUTH_EXPIRED = "auth_expired"
    FOLDER_FULL = "folder_full"
    FOLDER_NOT_FOUND = "folder_not_found"
    DOWNLOAD_FAILED = "download_failed"
    CONTRADICTED = "contradicted"
    ID_TAKEN = "id_taken"
    ID_REFUSED = "id_refused"
    CURSOR_LOST = "cursor_lost"
    SESSION_LOST = "session_lost"
    COPY_REFUSED = "copy_refused"
    REJECTED = "rejected"
    DAMAGED = "damaged"
    CHANGED = "changed"
    UNREADABLE = "unreadable"


# Trouble of the world, not of a photo: it pauses a lane and never uses up an attempt.
LANE_CAUSES = frozenset({Cause.TRANSIENT, Cause.RATE, Cause.QUOTA, Cause.AUTH})


class VenueError(Exception):
    """An error that a person can act on.

    `title` says what happened in a few words, `detail` to what and why, `remedy` what to do, beginning with a verb.
    `kind` is the machine's word for it (the seeds' types where one fits). `retry_after` is in seconds.
    """

    cause: Cause = Cause.PERMANENT
    kind: str = Kind.FAILED
    exit_code: int = 1

    def __init__(
        self,
        title: str,
        detail: str = "",
        remedy: str = "",
        *,
        cause: Cause | None = None,
        kind: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(title)
        self.title = title
        self.detail = detail
        self.remedy = remedy
        self.cause = cause or type(self).cause
        self.kind = str(kind or type(self).kind)
        self.retry_after = retry_after

    def __str__(self) -> str:
        text = f"{self.title}: {self.detail}" if self.detail else self.title
        return f"{text}. {self.remedy}" if self.remedy else text

    @property
    def pauses_lane(self) -> bool:
        """Whether the whole lane waits for this (an outage), rather than one photo failing."""
        return self.cause in LANE_CAUSES


class UsageError(VenueError):
    """A wrong argument or setting: names it, what was given and what is accepted."""

    cause = Cause.USAGE
    kind = Kind.USAGE
    exit_code = 2


class NotThere(UsageError):
    """What was named is not there (any more)."""

    cause = Cause.MISSING
    kind = Kind.NOT_FOUND


class NoAgent(VenueError):
    """No agent runs in this workspace, and the command needs one."""

    kind = "no_agent"
    exit_code = 3


class AgentEnded(NoAgent):
    """The agent that was asked has let go of its workspace, and none has taken it since."""


class AgentSilent(VenueError):
    """An agent runs in this workspace, listens, and does not answer."""

    cause = Cause.TRANSIENT
    kind = "agent_silent"


class NeedsSignIn(VenueError):
    """Drive is wanted and nobody has signed in, or the sign-in was ended."""

    cause = Cause.AUTH
    kind = Kind.AUTH_EXPIRED
    exit_code = 4


class WorkspaceBusy(VenueError):
    """Another agent or command holds the workspace's lock."""

    kind = "workspace_busy"


class StoresInUse(WorkspaceBusy):
    """A backup is put back only where no agent has the stores open."""

    cause = Cause.CONFLICT

    def __init__(self, file: str, pid: int) -> None:
        super().__init__(
            "An agent runs here",
            f"pid {pid} has the stores open",
            f"End it: venuesync stop. Then: venuesync restore {file}",
        )


class PhotoDefect(VenueError):
    """The photo itself is at fault: it fails alone, the others go on."""

    kind = "photo_defect"


class StoreDamaged(VenueError):
    """A store of ours cannot be read: it is set aside, never thrown away."""

    kind = "store_damaged"


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error, and those that it came from."""
    seen: set[int] = set()
    left: list[BaseException | None] = [error]
    while left:
        one = left.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        left += [one.__cause__, one.__context__, *[arg for arg in one.args if isinstance(arg, BaseException)]]
