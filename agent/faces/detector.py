"""Finds the faces in a grey picture of any size, and cuts them out: how large it is looked at, and in which steps.

What costs is the number of pixels, 15 ns each on each level. dlib's own pyramid steps by 5/6. Steps of 0.76 with the
threshold lowered by 0.15 take 28 % less and find as much: 156 of 156 labelled faces (dlib 156), 258 of 261 at odd sizes
(dlib 259). Each level shows faces of one size, so the levels are gone through from the smallest: whoever fills the
picture is found for little, and what would be found after that is no part of what the photo is about.

dlib is untyped, and touched here, in `hog` and in `pyramid` alone. Never share an object of it between threads: it
releases the lock while it keeps state (wrong faces, silently).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from agent.faces.decode import ENOUGH_PIXELS, Pixels
from agent.faces.glance import Find
from agent.faces.hog import LEAST, Hog
from agent.faces.models import LANDMARKS, model_file
from agent.faces.pyramid import Level, Pyramid, load_dlib, resized
from agent.faces.quality import SMALLEST
from agent.faces.results import Box, Depth

PIXELS = ENOUGH_PIXELS  # looked at: 2,400 x 1,600, where faces of 2.8 % of the width are found (170 of 6,000 pixels)
MOST_ENLARGED = 2.0
CLOSE_PIXELS = 15_360_000  # in the slower look: faces of 1.4 % of the width
CLOSE_ENLARGED = 3.0
STEP = 0.76
THRESHOLD = LEAST
FEW = 2  # faces, at which a look may stop before the two largest levels
MANY = 4  # small ones, at which one more level is looked at
_WINDOW = 80  # pixels: the largest face that a level shows; the smallest is about 65
_SMALLEST = 64  # pixels: no window of 80 with its border fits into less
_TILE = 2_560  # pixels, a side; the detector's own memory grows with the tile, not with the photo
_OVERLAP = 2 * _WINDOW
_SAME = 0.35  # overlap (share of the union) from which two boxes are one face
_INSIDE = 0.8  # share of the smaller box

# the slower look
DIM = 110.0  # mean grey level from which a picture is bright enough
BRIGHTENED = 118.0  # mean grey level, about, of a picture that was brightened
STEEPEST = 0.35  # exponent: more would show noise alone
TINY = 24  # pixels of the photo: below that, nobody could tell who it is, either
SURE = 0.25  # score from which a face in a turned picture counts
_AGAIN = 180  # pixels: the width at which a find is looked at again
_AROUND = 0.8  # of its width


# ---- dlib


class Aligner:
    """Cuts faces out, upright and of one size, by dlib's five landmarks (eye corners and nose)."""

    def __init__(self) -> None:
        self._dlib = load_dlib()
        self._predictor: Any = self._dlib.shape_predictor(str(model_file(LANDMARKS)))

    def chip(self, rgb: Pixels, box: Box, size: int) -> tuple[Pixels, float]:
        """Return (size, size, 3) uint8 of the face in `box` of contiguous `rgb`, as face_recognition does; and yaw.

        Yaw: the nose's place along the line between the eyes, 0 in its middle, in parts of the eyes' distance.
        """
        left, top, right, bottom = box
        shape = self._predictor(rgb, self._dlib.rectangle(left, top, right - 1, bottom - 1))
        marks = [(shape.part(at).x, shape.part(at).y) for at in range(5)]
        return cast("Pixels", self._dlib.get_face_chip(rgb, shape, size, 0.25)), yaw(marks)


def yaw(marks: Sequence[tuple[int, int]]) -> float:
    """How far a face is turned aside, by dlib's five landmarks: two corners of each eye, then the nose."""
    one, other = _middle(marks[0], marks[1]), _middle(marks[2], marks[3])
    across, down = one[0] - other[0], one[1] - other[1]
    squared = across * across + down * down
    if not squared:
        return 0.0
    middle = _middle(one, other)
    return ((marks[4][0] - middle[0]) * across + (marks[4][1] - middle[1]) * down) / squared


def _middle(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2


def grey_of(rgb: Pixels) -> Pixels:
    """Return (rows, columns): the mean of the three colours, so that no stage light makes a face black."""
    return cast("Pixels", load_dlib().convert_image(rgb, "uint8"))


# ---- every size


@dataclass(frozen=True, slots=True)
class Detection:
    """`box`: left, top, right, bottom in pixels of the picture looked at; it may reach over the edges.

    The higher the `score`, the surer the face; below 0 are those that the finer pyramid would have had to confirm. The
    picture was turned before by `quarters` (counter-clockwise, as numpy does), or it was `brightened`.
    """

    box: Box
    score: float
    quarters: int = 0
    brightened: bool = False

    @property
    def width(self) -> int:
        return self.box[2] - self.box[0]


class Detector:
    """Finds faces from 2.8 % of the width of a large picture, from 34 pixels in a small one. One thread at a time.

    `stopped` tells whether the last quick look left levels out.
    """

    def __init__(self, cache: Path | None = None) -> None:
        self._hog = Hog(cache)
        self.stopped = False

    def zoom(self, rows: int, columns: int, depth: Depth = Depth.WHOLE) -> float:
        """The scale at which a picture is looked at first: as many pixels as we can afford, or as make sense."""
        pixels, enlarged = (CLOSE_PIXELS, CLOSE_ENLARGED) if depth is Depth.CLOSE else (PIXELS, MOST_ENLARGED)
        return min(enlarged, (pixels / max(1, rows * columns)) ** 0.5)

    def find(self, grey: Pixels, depth: Depth = Depth.WHOLE) -> list[Detection]:
        """Return the faces in (rows, columns) uint8, the surest first."""
        self.stopped = False
        rows, columns = grey.shape
        pyramid = Pyramid(grey)
        zoom = self.zoom(rows, columns, depth)
        if not self._hog.single:
            return distinct(list(self._at(pyramid, zoom)))
        zooms = _levels(rows, columns, zoom)
        found: list[Detection] = []
        for left, level in reversed(list(enumerate(zooms))):
            if left < 2 and depth is Depth.QUICK and _few_and_large(found, level / STEP):
                self.stopped = True
                return distinct(found)
            found += self._at(pyramid, level)
        if depth is not Depth.CLOSE and zoom / STEP <= MOST_ENLARGED and _none_or_many_small(found, zoom):
            found += self._at(pyramid, zoom / STEP)
        return distinct(found)

    def _at(self, pyramid: Pyramid, zoom: float) -> Iterator[Detection]:
        """One level, in tiles that overlap where it is large."""
        rows, columns = pyramid.grey.shape
        level = pyramid.level(round(rows * zoom), round(columns * zoom))
        x, y = columns / level.columns, rows / level.rows
        for top in _starts(level.rows):
            for left in _starts(level.columns):
                for box, score in self._in(level.part(left, top, _TILE)):
                    edges = (box[0] + left) * x, (box[1] + top) * y, (box[2] + left) * x, (box[3] + top) * y
                    yield Detection((round(edges[0]), round(edges[1]), round(edges[2]), round(edges[3])), score)

    def _in(self, tile: Level) -> list[Find]:
        return self._hog.search(tile, THRESHOLD) if self._hog.single else self._hog.find(tile.lay(), 0.0)


def _levels(rows: int, columns: int, zoom: float) -> list[float]:
    """The zooms that a picture is looked at in, the largest first."""
    zooms: list[float] = []
    while min(round(rows * zoom), round(columns * zoom)) >= _SMALLEST:
        zooms.append(zoom)
        zoom *= STEP
    return zooms


def _starts(length: int) -> list[int]:
    """Where the tiles along a side begin."""
    return [0] if length <= _TILE + _OVERLAP else list(range(0, length - _OVERLAP, _TILE - _OVERLAP))


def _few_and_large(found: list[Detection], zoom: float) -> bool:
    """Whether all that could still be found is under half as wide as whoever was found, and these are few.

    `zoom` is the level's before: what is left shows faces of up to a window at it.
    """
    faces = [one for one in distinct(found) if one.score >= 0]
    return 0 < len(faces) <= FEW and all(one.width * zoom * STEP >= 2 * _WINDOW for one in faces)


def _none_or_many_small(found: list[Detection], zoom: float) -> bool:
    faces = distinct(found)
    small = sum(one.width * zoom <= _WINDOW / STEP for one in faces)
    return not faces or (small >= MANY and 2 * small >= len(faces))


def distinct(found: list[Detection]) -> list[Detection]:
    """Keep the surest of the detections of each face."""
    kept: list[Detection] = []
    for detection in sorted(found, key=lambda each: each.score, reverse=True):
        if not any(same(detection.box, other.box) for other in kept):
            kept.append(detection)
    return kept


def same(one: Box, other: Box) -> bool:
    """Whether two boxes are one face."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return False
    shared = width * height
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return shared >= _SAME * (sum(areas) - shared) or shared >= _INSIDE * min(areas)


# ---- the slower look: larger and brightened; and where nobody is upright, turned to both sides


def look_closely(detector: Detector, grey: Pixels, scale: float) -> list[Detection]:
    """Return the faces, the surest first. `scale`: pixels of the photo for one of `grey`."""
    found = detector.find(grey, Depth.CLOSE)
    table = brightening(grey)
    if table is not None:
        more = [one for one in detector.find(table[grey]) if not any(same(one.box, other.box) for other in found)]
        found += [replace(one, brightened=True) for one in more]
    found = [one for one in found if _worth_keeping(one, scale)]
    if any(one.score >= 0 for one in found):
        return found
    for quarters in (1, 3):
        side = np.ascontiguousarray(np.rot90(grey, quarters))
        turned = [one for one in detector.find(side) if _is_face(detector, side, one, scale)]
        found += [replace(one, quarters=quarters) for one in turned]
    return sorted(found, key=lambda one: -one.score)


def brightening(grey: Pixels) -> Pixels | None:
    """A table (256,) from dark grey levels to brighter ones; `None` for a picture that needs none."""
    mean = float(grey[::4, ::4].mean())
    if not 0 < mean < DIM:
        return None
    exponent = max(STEEPEST, float(np.log(BRIGHTENED / 255) / np.log(mean / 255)))
    return np.asarray(255 * (np.arange(256) / 255) ** exponent + 0.5, dtype=np.uint8)


def _worth_keeping(found: Detection, scale: float) -> bool:
    """So close, specks look like faces: an unsure one has to be large enough to be somebody."""
    return found.width * scale >= (TINY if found.score >= 0 else SMALLEST)


def brightened(rgb: Pixels) -> Pixels:
    """A face's picture, brightened by itself."""
    table = brightening(rgb)
    return rgb if table is None else table[rgb]


def _is_face(detector: Detector, grey: Pixels, found: Detection, scale: float) -> bool:
    """The detector knows upright faces only, and what it takes for one in a turned picture is mostly foliage or a dog.

    So such a find has to be large enough to be compared, and to be found again in its mirror image at another size.
    """
    left, top, right, bottom = found.box
    if found.score < SURE or found.width * scale < SMALLEST:
        return False
    near = round(_AROUND * found.width)
    part = np.ascontiguousarray(grey[max(0, top - near) : bottom + near, max(0, left - near) : right + near][:, ::-1])
    zoom = _AGAIN / found.width
    again = resized(part, max(1, round(part.shape[0] * zoom)), max(1, round(part.shape[1] * zoom)))
    return any(one.score >= 0 and 2 * one.width > _AGAIN for one in detector.find(again))


def turned_back(box: Box, quarters: int, rows: int, columns: int) -> Box:
    """Take a box in a picture turned by `quarters` to the picture before, which has these rows and columns."""
    left, top, right, bottom = box
    for before in reversed(range(quarters % 4)):
        wide = rows if before % 2 else columns
        left, top, right, bottom = wide - bottom, left, wide - top, right
    return left, top, right, bottom
