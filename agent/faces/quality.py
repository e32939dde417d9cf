"""Which faces are good enough to be told apart: by size, sharpness, pose and light, with the reason in words.

A face that is useless is kept and compared with nobody; one that is poor decides nothing by itself, but somebody may be
asked. Names were right at 0.55 for 98 of 100 faces of 40 pixels and for 28 of 24 pixels; for 84 of 100 blurred by three
pixels at 150, for 28 blurred by six; the landmarks of a face turned by half a right angle are guessed.
"""

from __future__ import annotations

from dataclasses import dataclass

SMALLEST = 40  # pixels of a face's width, to be compared
ENROL = 80  # to be a reference; from ENROL_AT_LEAST with a warning
ENROL_AT_LEAST = 60
BLURRED = 8.0  # variance of the Laplacian at 150 pixels
SOFT = 40.0
TURNED = 0.33  # the nose's distance from the middle between the eyes, in parts of the eyes' distance
DARK, BRIGHT, FLAT = 16.0, 242.0, 4.0  # grey levels: mean, mean, standard deviation


@dataclass(frozen=True, slots=True)
class Quality:
    """What is known of a face's picture. `width` in pixels of the photo."""

    width: int
    score: float = 1.0
    sharpness: float = 100.0
    yaw: float = 0.0
    light: float = 128.0
    contrast: float = 50.0


def useless(face: Quality) -> str | None:
    """Why a face is compared with nobody; `None` for one that is."""
    if face.width < SMALLEST:
        return f"the face is too small: {face.width} pixels wide, and {SMALLEST} are needed"
    return None


def poor(face: Quality) -> str | None:
    """Why a face decides nothing by itself; `None` for one that does."""
    if face.sharpness < blur_limit(BLURRED, face.width):
        return "the face is blurred"
    if abs(face.yaw) > TURNED:
        return "the face is turned away"
    if face.light < DARK or (face.light < 2 * DARK and face.contrast < FLAT):
        return "the face is too dark"
    if face.light > BRIGHT:
        return "the face is too bright"
    return None


def blur_limit(limit: float, width: int) -> float:
    """The same softness at 150 pixels counts less in a face that was enlarged to them."""
    return limit * min(1.0, width / 100) ** 2


def unsure(face: Quality) -> bool:
    """Whether it may be no face at all: nobody is told of such a one unless it looks like somebody."""
    return face.score < 0


def refusal(face: Quality) -> str | None:
    """Why a face cannot be a reference."""
    if face.width < ENROL_AT_LEAST:
        return f"the face is too small: {face.width} pixels wide, and {ENROL_AT_LEAST} are needed, better {ENROL}"
    return poor(face)


def advice(face: Quality) -> str | None:
    """What would make a usable reference a better one."""
    if face.width < ENROL:
        return f"small: {face.width} pixels wide, {ENROL} are better"
    if face.sharpness < SOFT:
        return "soft: a sharper picture is better"
    if abs(face.yaw) > TURNED * 0.75:
        return "turned aside: a picture from the front is better"
    return None
