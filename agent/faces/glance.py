"""Where on a level a face may be, by dlib's five filters tried nearly: what is ruled out here, dlib never sees.

1. Nearly its features (`gradients`), and its filters in a short form, the best 10 of their 50 products, on every second
   row of cells: what is below `_FIRST` is no face.
2. The whole filters on the same features, at the few places that are left: what is below `_SECOND` is no face.

On the labelled photos, with noise, darkened and blurred, dlib's 460 finds have at least -1.59 and -0.91, in crowds of
other pictures -1.50 and -1.00 (decision 39).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view
from numpy.typing import NDArray

from agent.faces.gradients import AT_MOST, CELL, FEATURES, features
from agent.faces.pyramid import Floats, Level
from agent.faces.results import Box

Find: TypeAlias = tuple[Box, float]

FILTERS = 5
WEIGHTS = 3100  # of a filter: 31 features x 10 x 10 cells
_FIRST = -1.8
_SECOND = -1.2
_RANK = 10
_WINDOW = 10  # cells
_RING = 2  # cells around the windows looked at, beyond what their scores depend on
_NEAR = 6  # cells: windows so near are looked at together
_CROWDED = 0.03  # of all windows: where more may be faces, dlib looks at all of it
_USUAL = (0.06, 0.13)  # means of the features by direction and of texture: photos of parties


def short(filters: NDArray[np.float64]) -> tuple[Floats, Floats, NDArray[np.float64]]:
    """Return the best `_RANK` products of a column and a row for filters (5, 31, 10, 10), and what they lack.

    Features by line count as the sum of those by direction. Columns are (rank, 10 cells x 22 features), rows (10 cells
    x 5, rank); lacking (5,) for the usual features.
    """
    lines = filters[:, 18:27]
    fewer = np.concatenate([filters[:, :18] + np.concatenate([lines, lines], 1), filters[:, 27:]], 1)
    matrix = fewer.transpose(2, 1, 0, 3).reshape(_WINDOW * FEATURES, FILTERS * _WINDOW)
    u, s, v = np.linalg.svd(matrix, full_matrices=False)
    left, right = u[:, :_RANK] * s[:_RANK], v[:_RANK]
    usual = np.tile(np.repeat(_USUAL, (18, 4)), _WINDOW)
    lacking = (usual @ (matrix - left @ right)).reshape(FILTERS, _WINDOW).sum(1)
    rows = right.reshape(_RANK, FILTERS, _WINDOW).transpose(2, 1, 0).reshape(_WINDOW * FILTERS, _RANK)
    return np.ascontiguousarray(left.T, np.float32), np.ascontiguousarray(rows, np.float32), lacking


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

    @property
    def area(self) -> int:
        left, top, right, bottom = self.pixels
        return (right - left) * (bottom - top)

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
        self._whole = np.ascontiguousarray(filters.transpose(0, 2, 1, 3).reshape(FILTERS, WEIGHTS).T, np.float32)
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
        weights = values[2:].reshape(FILTERS, WEIGHTS + 1)
        filters = weights[:, :-1].reshape(FILTERS, 31, _WINDOW, _WINDOW)
        return Glance(filters, weights[:, -1], (float(values[0]), float(values[1])))

    def places(self, level: Level) -> list[Place] | None:
        """Where faces may be; `None`: in too many places, look at all of it."""
        cells = features(level)
        nearly = self._nearly(cells)
        passed = nearly > _FIRST
        if np.count_nonzero(passed) > _CROWDED * passed.size:
            return None
        tried = np.zeros((cells.shape[0] - _WINDOW + 1, passed.shape[1]), bool)
        tried[::2] = passed
        tried[1::2] = passed[: len(tried) // 2]
        tried[1:-1:2] |= passed[1:]
        rows, columns = np.nonzero(tried)
        windows = sliding_window_view(cells, (_WINDOW, _WINDOW), (0, 2)).transpose(0, 2, 3, 1, 4)
        places: list[Place] = []
        for at in range(0, len(rows), 64):
            scores = self._scores(windows[rows[at : at + 64], columns[at : at + 64]])
            for one in np.flatnonzero(scores > _SECOND) + at:
                row, column = int(rows[one]), int(columns[one])
                _join(places, Place(row - 1, column - 1, row + 1, column + 1))
        return places

    def _scores(self, windows: Floats) -> Floats:
        """Return (n,), the highest of the whole filters, for the features (n, 10, 22, 10) of windows."""
        directions = windows[:, :, :18]
        lines = np.minimum(directions[:, :, :9] + directions[:, :, 9:], np.float32(AT_MOST))
        all_of_it = np.concatenate([directions, lines, windows[:, :, 18:]], 2).reshape(-1, WEIGHTS)
        return (all_of_it @ self._whole - self._thresholds).max(1)

    def _nearly(self, cells: Floats) -> Floats:
        """Return (every second row, columns): the highest score of the five short filters."""
        wide = cells.shape[2]
        below = sliding_window_view(cells, _WINDOW, 0)[::2].transpose(0, 3, 1, 2).reshape(-1, _WINDOW * FEATURES, wide)
        parts = np.matmul(self._rows, np.matmul(self._columns, below))  # numpy's types say float64 of `@`
        shape = len(parts), _WINDOW, FILTERS, wide - _WINDOW + 1
        row, cell, column = parts.strides
        along = as_strided(parts, shape, (row, FILTERS * cell + column, cell, column))
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
