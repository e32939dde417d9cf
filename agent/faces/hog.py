"""dlib's frontal face detector on one level of a picture: its own boxes and scores, looked for where a face may be.

It finds faces of about 65 to 80 pixels, as one level of its pyramid does. Computing a level's features exactly takes
it 40 ms at 2,400 x 1,600; so most of it is ruled out by less:

1. Nearly its features, from a quarter of the pixels (`gradients`), and its five filters in a short form, the best 16 of
   their 50 products, on every second row of cells: what is below `_FIRST` is no face.
2. The whole filters on the same features, at the few places that are left: what is below `_SECOND` is no face.
3. dlib itself on the surroundings of those, cut out on its grid of cells.

On the labelled photos, with noise, darkened and blurred, dlib's 730 finds have at least -1.62 and -0.82 (decision 39).
"""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view
from numpy.typing import NDArray

from agent.faces.decode import Pixels
from agent.faces.gradients import CELL, Floats, features
from agent.faces.models import Reader, WeightsError, keep
from agent.faces.results import Box, Fault, LookError

Find: TypeAlias = tuple[Box, float]

LEAST = -0.15  # the lowest score that may be asked for: the two limits are for finds above it
_FIRST = -1.8
_SECOND = -1.0
_RANK = 16
_FILTERS = 5
_WEIGHTS = 3100  # of a filter: 31 features x 10 x 10 cells
_SMALL = 400  # pixels: a level less high or wide is left to dlib, which is as fast there
_WINDOW = 10  # cells
_RING = 2  # cells around the windows looked at, beyond what their scores depend on
_NEAR = 6  # cells: windows so near are looked at together
_CROWDED = 0.03  # of all windows: where more may be faces, dlib looks at all of it
_USUAL = (0.06, 0.115, 0.13)  # means of the features by direction, by line, of texture: photos of parties
_WHOLE_PYRAMID = b"\x01\x50\x01\x50\x02\xe8\x03\x01\x40\x01\x40"  # window 80 x 80, 1,000 levels, none below 64 x 64
_ONE_LEVEL = b"\x01\x50\x01\x50\x02\x01\x00\x01\x40\x01\x40"


def load_dlib() -> Any:
    """dlib, which has no types; `LookError` for `ENGINE` where it is missing."""
    try:
        return import_module("dlib")
    except ImportError as error:
        raise LookError(
            Fault.ENGINE, f"dlib cannot be loaded: {error}", "Install the prebuilt one: pip install dlib-bin"
        ) from error


class Hog:
    """One level, not all of them: `Detector` lays those, further apart than dlib does. One thread at a time.

    dlib has no setting for that, but its detectors can be saved and loaded, and the saved form says how many levels to
    take. `single` is False where a future dlib saves another form: then this is the whole detector, which finds the
    same faces more slowly.

    dlib takes half a second to unpack its own; what was made of it is kept in `cache`, and loaded in 4 ms.
    """

    def __init__(self, cache: Path | None = None) -> None:
        dlib = load_dlib()
        prefix = f"dlib-frontal-{dlib.__version__}-"
        self.single = True
        level, filters = _kept(cache, prefix, ".svm"), _kept(cache, prefix, ".filters")
        if level is not None and filters is not None:
            self._detector: Any = dlib.fhog_object_detector(str(level))
            self._glance = Glance.of(filters.read_bytes())
            return
        self._glance = None
        self._detector = dlib.get_frontal_face_detector()
        with tempfile.TemporaryDirectory(prefix="venuesync-") as folder:
            path = Path(folder) / "hog.svm"
            self._detector.save(str(path))
            saved = path.read_bytes()
            self.single = saved[:40].count(_WHOLE_PYRAMID) == 1
            if not self.single:
                return
            one = saved.replace(_WHOLE_PYRAMID, _ONE_LEVEL, 1)
            path.write_bytes(one)
            self._detector = dlib.fhog_object_detector(str(path))
        made = filters_of(one)
        self._glance = Glance.of(made)
        if cache is not None:
            keep(one, cache / f"{prefix}{_digest(one)}.svm")
            keep(made, cache / f"{prefix}{_digest(made)}.filters")

    def find(self, grey: Pixels, threshold: float) -> list[Find]:
        """Return the boxes, in pixels of `grey` (rows, columns), whose scores are above `threshold`."""
        glance = self._glance if threshold >= LEAST and min(grey.shape) >= _SMALL else None
        places = None if glance is None else glance.places(grey)
        if glance is None or places is None:
            return self._run(grey, threshold)
        return glance.distinct([one for place in places for one in self._near(grey, place, threshold)])

    def _near(self, grey: Pixels, place: Place, threshold: float) -> list[Find]:
        """What dlib finds in that place."""
        x, y, right, lower = place.pixels
        shifted = [
            ((box[0] + x, box[1] + y, box[2] + x, box[3] + y), score)
            for box, score in self._run(np.ascontiguousarray(grey[y:lower, x:right]), threshold)
        ]
        return [one for one in shifted if place.holds(one[0])]

    def _run(self, grey: Pixels, threshold: float) -> list[Find]:
        """`grey` is contiguous: dlib does not look, and finds faces where there are none."""
        found, scores, _which = self._detector.run(grey, 0, threshold)
        boxes = [(one.left(), one.top(), one.right() + 1, one.bottom() + 1) for one in found]  # dlib's are inclusive
        return list(zip(boxes, map(float, scores), strict=True))


def _kept(cache: Path | None, prefix: str, ending: str) -> Path | None:
    """The file that was kept, if it is still what its name says."""
    with suppress(OSError):
        for file in cache.glob(f"{prefix}*{ending}") if cache is not None else ():
            if file.stem == prefix + _digest(file.read_bytes()):
                return file
    return None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


# ---- what dlib's detector consists of


def filters_of(saved: bytes) -> bytes:
    """Return what `Glance` needs of a saved detector, float32 one after the other; nothing where its form is another.

    After versions and sizes: two limits of the overlap from which two windows are one find; then five filters of 31
    features x 10 x 10 cells, each with its threshold behind it.
    """
    reader = Reader(saved)
    with suppress(WeightsError):
        if reader.integers(8) != [2, 1, 0, 0, CELL, 0, 80, 80]:  # no features of its own, cells, padding, window
            return b""
        reader.integers(3)  # levels, smallest width and height
        reader.real()  # of its training
        reader.expect("weights of a filter", _WEIGHTS)
        overlap = reader.reals(2)
        weights: list[float] = []
        for _ in range(reader.expect("filters", _FILTERS)):
            rows, columns = reader.integers(2)
            if rows * columns != _WEIGHTS + 1:
                return b""
            weights += reader.reals(_WEIGHTS + 1)
        if reader.at == len(saved):
            return np.array([*overlap, *weights], "<f4").tobytes()
    return b""


def short(filters: NDArray[np.float64]) -> tuple[Floats, Floats, NDArray[np.float64]]:
    """Return the best `_RANK` products of a column and a row for filters (5, 31, 10, 10), and what they lack.

    Columns are (rank, 10 cells x 31 features), rows (10 cells x 5, rank); lacking (5,) for the usual features.
    """
    matrix = filters.transpose(2, 1, 0, 3).reshape(_WINDOW * 31, _FILTERS * _WINDOW)
    u, s, v = np.linalg.svd(matrix, full_matrices=False)
    left, right = u[:, :_RANK] * s[:_RANK], v[:_RANK]
    usual = np.tile(np.repeat(_USUAL, (18, 9, 4)), _WINDOW)
    lacking = (usual @ (matrix - left @ right)).reshape(_FILTERS, _WINDOW).sum(1)
    rows = right.reshape(_RANK, _FILTERS, _WINDOW).transpose(2, 1, 0).reshape(_WINDOW * _FILTERS, _RANK)
    return np.ascontiguousarray(left.T, np.float32), np.ascontiguousarray(rows, np.float32), lacking


# ---- where a face may be


@dataclass(frozen=True, slots=True)
class Place:
    """Windows that are looked at together: their first row and column, their last ones, in cells.

    A window's own cells begin three before its row or column; its score depends on two more on each side.
    """

    top: int
    left: int
    bottom: int
    right: int

    @property
    def pixels(self) -> Box:
        """What dlib needs to see for them, on its grid of cells; it may reach over the edges on the right and below."""
        y, x = max(0, self.top - 5 - _RING) * CELL, max(0, self.left - 5 - _RING) * CELL
        return x, y, (self.right + 9 + _RING) * CELL, (self.bottom + 9 + _RING) * CELL

    def holds(self, box: Box) -> bool:
        row, column = round((box[1] - 5) / CELL) + 3, round((box[0] - 5) / CELL) + 3
        return self.top - _RING < row < self.bottom + _RING and self.left - _RING < column < self.right + _RING

    def is_near(self, other: Place) -> bool:
        return (
            self.top <= other.bottom + _NEAR
            and other.top <= self.bottom + _NEAR
            and self.left <= other.right + _NEAR
            and other.left <= self.right + _NEAR
        )

    def joined(self, other: Place) -> Place:
        return Place(
            min(self.top, other.top),
            min(self.left, other.left),
            max(self.bottom, other.bottom),
            max(self.right, other.right),
        )


class Glance:
    """Rules out where no face is."""

    def __init__(self, filters: NDArray[np.float64], thresholds: NDArray[np.float64], overlap: tuple[float, float]):
        self._whole = np.ascontiguousarray(filters.transpose(0, 2, 1, 3).reshape(_FILTERS, _WEIGHTS).T, np.float32)
        self._thresholds = thresholds.astype(np.float32)
        self._overlap = overlap
        self._columns, self._rows, lacking = short(filters)
        self._bias = (lacking - thresholds).astype(np.float32)

    @staticmethod
    def of(made: bytes) -> Glance | None:
        """By what `filters_of` returned."""
        if not made:
            return None
        values = np.frombuffer(made, "<f4").astype(np.float64)
        weights = values[2:].reshape(_FILTERS, _WEIGHTS + 1)
        filters = weights[:, :-1].reshape(_FILTERS, 31, _WINDOW, _WINDOW)
        return Glance(filters, weights[:, -1], (float(values[0]), float(values[1])))

    def places(self, grey: Pixels) -> list[Place] | None:
        """Where faces may be; `None`: in too many places, look at all of it."""
        cells = features(grey)
        nearly = self._nearly(cells)
        rows, columns = np.nonzero(nearly > _FIRST)
        if len(rows) > _CROWDED * nearly.size:
            return None
        rows, columns = np.concatenate([2 * rows, 2 * rows + 1]), np.concatenate([columns, columns])
        inside = rows <= cells.shape[0] - _WINDOW
        rows, columns = rows[inside], columns[inside]
        windows = sliding_window_view(cells, (_WINDOW, _WINDOW), (0, 2)).transpose(0, 2, 3, 1, 4)
        places: list[Place] = []
        for at in range(0, len(rows), 64):
            some = windows[rows[at : at + 64], columns[at : at + 64]].reshape(-1, _WEIGHTS)
            for one in np.flatnonzero((some @ self._whole - self._thresholds).max(1) > _SECOND) + at:
                row, column = int(rows[one]), int(columns[one])
                _join(places, Place(row - 1, column - 1, row + 1, column + 1))
        return places

    def _nearly(self, cells: Floats) -> Floats:
        """Return (every second row, columns): the highest score of the five short filters."""
        wide = cells.shape[2]
        below = sliding_window_view(cells, _WINDOW, 0)[::2].transpose(0, 3, 1, 2).reshape(-1, _WINDOW * 31, wide)
        parts = self._rows @ (self._columns @ below)
        shape = len(parts), _WINDOW, _FILTERS, wide - _WINDOW + 1
        row, cell, column = parts.strides
        along = as_strided(parts, shape, (row, _FILTERS * cell + column, cell, column))
        return (along.sum(1) + self._bias[:, None]).max(1)

    def distinct(self, found: list[Find]) -> list[Find]:
        """The surest of the windows that dlib takes for one find, also where two places meet."""
        kept: list[Find] = []
        for one in sorted(found, key=lambda each: -each[1]):
            if not any(self._same(one[0], other[0]) for other in kept):
                kept.append(one)
        return kept

    def _same(self, one: Box, other: Box) -> bool:
        width, height = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
        if width <= 0 or height <= 0:
            return False
        shared = width * height
        around = (max(one[2], other[2]) - min(one[0], other[0])) * (max(one[3], other[3]) - min(one[1], other[1]))
        smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
        return shared / around > self._overlap[0] or shared / smaller > self._overlap[1]


def _join(places: list[Place], one: Place) -> None:
    """Add a place, as one with those that are near."""
    while near := [other for other in places if one.is_near(other)]:
        for other in near:
            places.remove(other)
            one = one.joined(other)
    places.append(one)
