"""The slower look at a grey picture: larger and brightened; and where nobody is upright, turned to both sides.

The detector knows upright faces only, and what it takes for one in a turned picture is mostly foliage or a dog. So such
a find has to be large enough to be compared, and to be found again in its mirror image at another size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agent.faces.detector import Detection, Detector, same
from agent.faces.dlib_faces import resized
from agent.faces.picture import Pixels
from agent.faces.quality import SMALLEST
from agent.faces.seen import Box, Depth

DIM = 110.0  # mean grey level from which a picture is bright enough
BRIGHTENED = 118.0  # mean grey level, about, of a picture that was brightened
STEEPEST = 0.35  # exponent: more would show noise alone
TINY = 24  # pixels of the photo: below that, nobody could tell who it is, either
SURE = 0.25  # score from which a face in a turned picture counts
_AGAIN = 180  # pixels: the width at which a find is looked at again
_AROUND = 0.8  # of its width


@dataclass(frozen=True, slots=True)
class Found:
    """A face in a picture that was turned by `quarters` (counter-clockwise, as numpy does); `box` in its pixels."""

    detection: Detection
    quarters: int = 0
    brightened: bool = False


def look_closely(detector: Detector, grey: Pixels, scale: float) -> list[Found]:
    """Return the faces, the surest first. `scale`: pixels of the photo for one of `grey`."""
    found = [Found(one) for one in detector.find(grey, Depth.CLOSE)]
    table = brightening(grey)
    if table is not None:
        more = [
            one for one in detector.find(table[grey]) if not any(same(one.box, other.detection.box) for other in found)
        ]
        found += [Found(one, brightened=True) for one in more]
    found = [one for one in found if _worth_keeping(one.detection, scale)]
    if any(one.detection.score >= 0 for one in found):
        return found
    for quarters in (1, 3):
        side = np.ascontiguousarray(np.rot90(grey, quarters))
        found += [Found(one, quarters) for one in detector.find(side) if _is_face(detector, side, one, scale)]
    return sorted(found, key=lambda one: -one.detection.score)


def brightening(grey: Pixels) -> Pixels | None:
    """A table (256,) from dark grey levels to brighter ones; `None` for a picture that needs none."""
    mean = float(grey[::4, ::4].mean())
    if not 0 < mean < DIM:
        return None
    exponent = max(STEEPEST, float(np.log(BRIGHTENED / 255) / np.log(mean / 255)))
    return np.asarray(255 * (np.arange(256) / 255) ** exponent + 0.5, dtype=np.uint8)


def _worth_keeping(found: Detection, scale: float) -> bool:
    """So close, specks look like faces: an unsure one has to be large enough to be somebody."""
    return (found.box[2] - found.box[0]) * scale >= (TINY if found.score >= 0 else SMALLEST)


def brightened(rgb: Pixels) -> Pixels:
    """A face's picture, brightened by itself."""
    table = brightening(rgb)
    return rgb if table is None else table[rgb]


def _is_face(detector: Detector, grey: Pixels, found: Detection, scale: float) -> bool:
    left, top, right, bottom = found.box
    width = right - left
    if found.score < SURE or width * scale < SMALLEST:
        return False
    near = round(_AROUND * width)
    part = np.ascontiguousarray(grey[max(0, top - near) : bottom + near, max(0, left - near) : right + near][:, ::-1])
    zoom = _AGAIN / width
    again = resized(part, max(1, round(part.shape[0] * zoom)), max(1, round(part.shape[1] * zoom)))
    return any(one.score >= 0 and 2 * (one.box[2] - one.box[0]) > _AGAIN for one in detector.find(again))


def turned_back(box: Box, quarters: int, rows: int, columns: int) -> Box:
    """Take a box in a picture turned by `quarters` to the picture before, which has these rows and columns."""
    left, top, right, bottom = box
    for before in reversed(range(quarters % 4)):
        wide = rows if before % 2 else columns
        left, top, right, bottom = wide - bottom, left, wide - top, right
    return left, top, right, bottom
