"""Which faces are good enough to be told apart, by size, sharpness, pose and light; and which a photo is about.

A face that is useless is kept and compared with nobody; one that is poor decides nothing by itself, but somebody may be
asked. Names were right at 0.55 for 98 of 100 faces of 40 pixels and for 28 of 24 pixels; for 84 of 100 blurred by three
pixels at 150, for 28 blurred by six; the landmarks of a face turned by half a right angle are guessed.

Sharpness is measured on the upright face at one size. On 43 faces of 150 pixels blurred by sigma 0, 1, 2, 3, 4, 6 its
median was 326, 86, 16, 7, 4, 3; names were right at the tolerance 0.55 for 100, 98, 95, 84, 74, 28 of a hundred. Noise
raises it, so it cannot vouch for a face.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.faces import np
from agent.faces.results import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALLEST = 40  # pixels of a face's width, to be compared
ENROL = 80  # to be a reference; from ENROL_AT_LEAST with a warning
ENROL_AT_LEAST = 60
BLURRED = 8.0  # variance of the Laplacian at 150 pixels
SOFT = 40.0
TURNED = 0.33  # the nose's distance from the middle between the eyes, in parts of the eyes' distance
DARK, BRIGHT, FLAT = 16.0, 242.0, 4.0  # grey levels: mean, mean, standard deviation

_GREY = (0.299, 0.587, 0.114)
_EDGE = 5  # a fifth of a chip's side is hair, neck and whatever is behind

SHARE = 0.25  # of the largest face's area
BACKGROUND = 0.64  # of it: below that (0.8 of the width), a face out of focus is no part of the group
OUT_OF_FOCUS = 0.1  # of the largest face's sharpness


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


# ---- measured on its picture


def sharpness(chip: NDArray[np.uint8]) -> float:
    """Return the variance of the Laplacian (four neighbours) of a (rows, columns, 3) face, in grey levels squared."""
    grey = grey_levels(chip)
    edges = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * grey[1:-1, 1:-1]
    return float(edges.var())


def exposure(chip: NDArray[np.uint8]) -> tuple[float, float]:
    """Return light and contrast of a (rows, columns, 3) face: mean and standard deviation of its middle, 0..255."""
    rows, columns = chip.shape[0] // _EDGE, chip.shape[1] // _EDGE
    grey = grey_levels(chip[rows : chip.shape[0] - rows, columns : chip.shape[1] - columns])
    return float(grey.mean()), float(grey.std())


def grey_levels(chip: NDArray[np.uint8]) -> NDArray[np.float32]:
    return chip @ np.array(_GREY, np.float32)


# ---- the rule behind Solo and Group


def prominent(boxes: Sequence[Box], sharpness: Sequence[float] = (), share: float = SHARE) -> list[bool]:
    """Tell for each box (left, top, right, bottom) whether the photo is about that face; the largest always is.

    By share of the largest face's area: in 14 real group photos the smallest member had 0.29 to 1.0 of it, so a quarter
    is the border. And by sharpness: whoever is clearly smaller and far less sharp than the largest face stands in the
    background, out of focus.
    """
    areas = [(right - left) * (bottom - top) for left, top, right, bottom in boxes]
    if not areas:
        return []
    largest = max(range(len(areas)), key=lambda at: areas[at])
    sharp = list(sharpness) or [1.0] * len(areas)
    found: list[bool] = []
    for at, area in enumerate(areas):
        part = area / max(1, areas[largest])
        blurred = part < BACKGROUND and sharp[at] < OUT_OF_FOCUS * sharp[largest]
        found.append(at == largest or (part >= share and not blurred))
    return found
