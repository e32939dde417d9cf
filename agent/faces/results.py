"""What a look at a photo gives, or why it gives nothing; and how both go from a face worker to the agent.

Plain facts in upright full-size coordinates, whatever size the photo was decoded or looked at. They travel as JSON, one
object a line, and not as pickles: a worker decodes strangers' files, and what comes out of it must not be able to run
code here.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from agent.errors import Cause, VenueError
from agent.faces import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Box: TypeAlias = tuple[int, int, int, int]
Area: TypeAlias = tuple[float, float, float, float]  # the same in parts of the upright photo's width and height
Encoding: TypeAlias = "NDArray[np.float32]"  # (128,)

COPY_AGAIN = "Copy it from the card again"
EXPORT_ANEW = "Open it in a photo program and export it anew as JPEG"


class Depth(StrEnum):
    """How far a look goes."""

    NONE = "none"  # the picture's facts and its thumbnail, no faces
    QUICK = "quick"  # stops where one or two large faces are what the photo is about; the rest is for a later look
    WHOLE = "whole"  # all levels, and one more where nobody was found or many faces are small
    CLOSE = "close"  # the slower look: larger, brightened, turned


@dataclass(frozen=True, slots=True, eq=False)
class FoundFace:
    """One face. `box`: left, top, right, bottom in pixels of the upright photo, inside it, right and bottom exclusive.

    `score`: the detector's, 0 where an engine tells none. `sharpness`: variance of the Laplacian of the face at 150
    pixels; under 8 blurred beyond use, under 40 soft, sharp ones some hundred (noise raises it). `encoding`: (128,).
    `yaw`: how far the nose is from the middle between the eyes, in parts of the eyes' distance, its sign the side it is
    turned to (real portraits: -0.2 to 0.2). `light`, `contrast`: mean and standard deviation of the face's grey levels.
    """

    box: Box
    score: float
    sharpness: float
    encoding: Encoding = field(repr=False)
    yaw: float = 0.0
    light: float = 128.0
    contrast: float = 50.0


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A photo that was looked at. `sha256` is that of the very bytes that were decoded.

    `taken_at`: ISO text in the camera's local time, with its offset where the camera wrote one, and only then
    `taken_epoch`: seconds UTC. `thumbnail`: JPEG, upright, long side 320. `ms`: milliseconds by stage. `whole`: False
    where a quick look found what the photo is about and left smaller faces for later. `likeness`: 64 bits, signed, of
    which few differ between nearly the same pictures; `sharpness`: as of the largest face, or below zero without one.
    `device`: the camera, by make, model and number; `gps_at`: seconds UTC by the satellites.
    """

    sha256: str
    width: int
    height: int
    mime: str
    taken_at: str | None
    taken_epoch: float | None
    faces: tuple[FoundFace, ...]
    thumbnail: bytes = field(repr=False)
    ms: Mapping[str, float] = field(repr=False)
    whole: bool = True
    likeness: int | None = None
    sharpness: float | None = None
    device: str = ""
    gps_at: float | None = None


# ---- why a look gave nothing


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
    WATERMARK = "watermark"  # what is to be put on it is not there, or is another file
    ENGINE = "engine"  # the face engine does not start on this machine
    CLOSED = "closed"  # the workers were closed meanwhile


_TITLES = {
    Fault.CUT_SHORT: "Photo cut short",
    Fault.EMPTY: "Photo is empty",
    Fault.NOT_AN_IMAGE: "Not a photo inside",
    Fault.TOO_LARGE: "Photo too large",
    Fault.DAMAGED: "Photo damaged",
    Fault.COSTLY: "Photo takes too long",
}
_NOT_THE_PHOTOS_OWN = {
    Fault.CHANGED: Cause.INTEGRITY,
    Fault.MISSING: Cause.MISSING,
    Fault.UNREADABLE: Cause.TRANSIENT,
    Fault.ENGINE: Cause.TRANSIENT,
    Fault.CLOSED: Cause.TRANSIENT,
}


class LookError(VenueError):
    """A photo that could not be looked at: `fault`, `detail` (a sentence without the file's name), `remedy` (another).

    `found_sha256` is the hash of the bytes found, where the fault is `CHANGED`.
    """

    def __init__(self, fault: Fault, detail: str, remedy: str, *, found_sha256: str | None = None) -> None:
        super().__init__(
            _TITLES.get(fault, "Photo could not be examined"),
            detail.rstrip("."),  # it may end in a library's words
            remedy,
            cause=_NOT_THE_PHOTOS_OWN.get(fault, Cause.PERMANENT),
            kind=f"photo_{fault.value}",
        )
        self.fault = fault
        self.found_sha256 = found_sha256

    @property
    def photos_own(self) -> bool:
        """Whether this photo is at fault, so that trying the same bytes again is of no use."""
        return self.cause is Cause.PERMANENT


class NoVideo(LookError):
    """A file that is a video by its name alone: a broken copy, of nothing or of zeros."""

    def __init__(self, fault: Fault) -> None:
        detail = "The file is empty: 0 bytes" if fault is Fault.EMPTY else "Nothing in it is a video's"
        super().__init__(fault, detail, COPY_AGAIN)
        self.title = "Video is empty" if fault is Fault.EMPTY else "Not a video inside"


# ---- over the pipe


def to_line(message: Mapping[str, Any]) -> bytes:
    """Return a message as one line. Paths that are no proper text survive (lone surrogates are escaped)."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def from_line(line: bytes) -> dict[str, Any]:
    """Return a line's message; `ValueError` where it is none."""
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError("a message must be a JSON object")
    return cast("dict[str, Any]", message)


def to_text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def from_text(text: str) -> bytes:
    """Return what `to_text` was given; `TypeError` or `ValueError` for anything else."""
    return base64.b64decode(text, validate=True)


def error_message(error: LookError) -> dict[str, Any]:
    return {"kind": error.fault, "detail": error.detail, "remedy": error.remedy, "found_sha256": error.found_sha256}


def to_error(message: Mapping[str, Any]) -> LookError:
    """Return what `error_message` was made of; `KeyError`, `TypeError` or `ValueError` for any other message."""
    detail, remedy = str(message["detail"]), str(message["remedy"])
    return LookError(Fault(message["kind"]), detail, remedy, found_sha256=message.get("found_sha256"))


_FACE_NUMBERS = ("score", "sharpness", "yaw", "light", "contrast")
_PHOTO_FACTS = (
    *("sha256", "width", "height", "mime", "taken_at", "taken_epoch", "whole"),
    *("likeness", "sharpness", "device", "gps_at"),
)


def seen_message(seen: Seen) -> dict[str, Any]:
    return {
        **{name: getattr(seen, name) for name in _PHOTO_FACTS},
        "faces": [
            {
                **{name: getattr(face, name) for name in _FACE_NUMBERS},
                "box": face.box,
                "encoding": to_text(face.encoding.astype("<f4").tobytes()),
            }
            for face in seen.faces
        ],
        "thumbnail": to_text(seen.thumbnail),
        "ms": {stage: round(took, 1) for stage, took in seen.ms.items()},
    }


def to_seen(message: Mapping[str, Any]) -> Seen:
    """Return what `seen_message` was made of; `KeyError`, `TypeError` or `ValueError` for any other message."""
    return Seen(
        **{name: message[name] for name in _PHOTO_FACTS},
        faces=tuple(map(_to_face, message["faces"])),
        thumbnail=from_text(message["thumbnail"]),
        ms=message["ms"],
    )


def _to_face(message: Mapping[str, Any]) -> FoundFace:
    left, top, right, bottom = map(int, message["box"])
    return FoundFace(
        **{name: float(message[name]) for name in _FACE_NUMBERS},
        box=(left, top, right, bottom),
        encoding=np.frombuffer(from_text(message["encoding"]), "<f4").astype(np.float32),
    )
