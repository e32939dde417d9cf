"""What can be wrong with a photo, or with looking at it, said so that a person understands it.

One exception type for the whole room: the worker sends its three fields over the wire, and the agent turns them
into its own error tree in one place.
"""

from __future__ import annotations

from enum import StrEnum

COPY_AGAIN = "Copy it from the card again."
EXPORT_ANEW = "Open it in a photo program and export it anew as JPEG."


class Fault(StrEnum):
    """Why a look failed. `ENGINE` and `CLOSED` are no fault of the photo's: the same photo may be tried later."""

    CUT_SHORT = "cut_short"  # the file ends before the picture does
    EMPTY = "empty"  # zero bytes
    NOT_AN_IMAGE = "not_an_image"  # no format that we read
    TOO_LARGE = "too_large"  # more pixels, bytes or memory than allowed
    DAMAGED = "damaged"  # complete, but it cannot be decoded
    CHANGED = "changed"  # other bytes than the ones asked for
    MISSING = "missing"  # no file at the path
    UNREADABLE = "unreadable"  # the system refuses the file
    COSTLY = "costly"  # far more work than any photo is
    WORKER_DIED = "worker_died"  # two worker processes ended or passed their time limit on it
    ENGINE = "engine"  # the face engine does not start on this machine
    CLOSED = "closed"  # the workers were closed meanwhile


class LookError(Exception):
    """A photo that could not be looked at: `kind`, `detail` (a sentence without the file's name), `remedy` (another).

    `found_sha256` is the hash of the bytes found, where the kind is `CHANGED`.
    """

    def __init__(self, kind: Fault, detail: str, remedy: str, *, found_sha256: str | None = None) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.remedy = remedy
        self.found_sha256 = found_sha256

    @property
    def photos_own(self) -> bool:
        """Whether this photo is at fault, so that trying the same bytes again is of no use."""
        return self.kind not in (Fault.ENGINE, Fault.CLOSED, Fault.CHANGED, Fault.MISSING, Fault.UNREADABLE)
