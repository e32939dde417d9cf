"""A grey picture at other sizes, its levels: sampled nearly for a glance, laid as dlib does only where that is needed.

Laying every level takes a fifth of a look. A glance needs differences of neighbours at some places only, and takes them
from the picture halved until its pixels are about as large as those of the level, or up to twice (`differences`). dlib
sees a few cut-outs of a level (`Level.cut`): by the same bilinear arithmetic as `dlib.resize_image`, bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from agent.faces.decode import Pixels
from agent.faces.results import Box, Fault, LookError

Shorts: TypeAlias = "NDArray[np.int16]"
Counts: TypeAlias = "NDArray[np.uint16]"
Floats: TypeAlias = "NDArray[np.float32]"
Places: TypeAlias = "NDArray[np.intp]"

# How large the pixels may be, in pixels of the level, that are halved for differences. The first time they may be more:
# the longer way from neighbour to neighbour makes up for noise.
_FIRST, _AGAIN = 1.4, 1.0
_BLOCK = 48  # rows laid at a time, so that they stay in the processor's cache
_LANES = 4  # dlib adds up columns in four lanes of float32, and takes the last ones by themselves


def load_dlib() -> Any:
    """dlib, which has no types; `LookError` for `ENGINE` where it is missing."""
    try:
        return import_module("dlib")
    except ImportError as error:
        raise LookError(
            Fault.ENGINE, f"dlib cannot be loaded: {error}", "Install the prebuilt one: pip install dlib-bin"
        ) from error


def resized(grey: Pixels, rows: int, columns: int) -> Pixels:
    """Return `grey` at another size, bilinear: 8 ms from 12 to 4 megapixels, Pillow 20 to 30."""
    return cast("Pixels", load_dlib().resize_image(grey, rows, columns))


class Pyramid:
    """A picture (rows, columns) uint8, contiguous, and what was made of it. One thread at a time."""

    def __init__(self, grey: Pixels) -> None:
        self.grey = grey
        self._halves: list[Counts] = []
        self._differences: tuple[int, Shorts, Shorts] | None = None
        self._laid: Pixels | None = None

    def level(self, rows: int, columns: int) -> Level:
        return Level(self, rows, columns, (0, 0, columns, rows))

    def differences(self, zoom: float) -> tuple[int, Shorts, Shorts]:
        """How often the picture was halved for levels of that `zoom`, and the differences of its pixels' neighbours.

        Across and down, both without the outermost rows and columns, in half grey levels. Those of one size are kept:
        levels that follow each other mostly need the same.
        """
        times, least = 0, min(self.grey.shape)
        while zoom <= (_AGAIN if times else _FIRST) and least > 5:
            times, zoom, least = times + 1, zoom * 2, least // 2
        if self._differences is None or self._differences[0] != times:
            pixels = self._half(times).view(np.int16)
            across, down = pixels[1:-1, 2:] - pixels[1:-1, :-2], pixels[2:, 1:-1] - pixels[:-2, 1:-1]
            self._differences = times, np.right_shift(across, 1, out=across), np.right_shift(down, 1, out=down)
        return self._differences

    def _half(self, times: int) -> Counts:
        """The picture halved so often, in quarters of grey levels. Not halved it is as smooth as halved once."""
        if not times:
            return fours(self.grey, 1)
        while len(self._halves) < times:
            if self._halves:
                sums = fours(self._halves[-1], 2)
                sums += 2
                self._halves.append(np.right_shift(sums, 2, out=sums))
            else:
                self._halves.append(fours(self.grey, 2))
        return self._halves[times - 1]

    def laid(self, rows: int, columns: int) -> Pixels:
        """The whole level; the last one that is not the picture itself is kept."""
        if self.grey.shape == (rows, columns):
            return self.grey
        if self._laid is None or self._laid.shape != (rows, columns):
            self._laid = resized(self.grey, rows, columns)
        return self._laid

    def is_laid(self, rows: int, columns: int) -> bool:
        return (rows, columns) in (self.grey.shape, () if self._laid is None else self._laid.shape)


def fours(pixels: Pixels | Counts, step: int) -> Counts:
    """Sums of 2 x 2 pixels, `step` pixels apart: beside each other for 2."""
    rows, columns = (side - 1 for side in pixels.shape)
    pairs = np.add(pixels[:rows:step], pixels[1::step], dtype=np.uint16)
    return pairs[:, :columns:step] + pairs[:, 1::step]


@dataclass(frozen=True, slots=True)
class Level:
    """A picture at the size `rows` x `columns`, of which the part in `box` (left, top, right, bottom) is looked at."""

    pyramid: Pyramid
    rows: int
    columns: int
    box: Box

    @property
    def shape(self) -> tuple[int, int]:
        return self.box[3] - self.box[1], self.box[2] - self.box[0]

    def part(self, left: int, top: int, side: int) -> Level:
        """At most `side` pixels from there on."""
        return Level(
            self.pyramid,
            self.rows,
            self.columns,
            (left, top, min(left + side, self.columns), min(top + side, self.rows)),
        )

    def lay(self) -> Pixels:
        """All of the part, contiguous."""
        left, top, right, bottom = self.box
        return np.ascontiguousarray(self.pyramid.laid(self.rows, self.columns)[top:bottom, left:right])

    def cut(self, box: Box) -> Pixels:
        """Return what is in `box` of the part, contiguous; it may reach over the edges on the right and below."""
        left, top = self.box[0] + box[0], self.box[1] + box[1]
        right, bottom = min(self.box[0] + box[2], self.box[2]), min(self.box[1] + box[3], self.box[3])
        if self.pyramid.is_laid(self.rows, self.columns) or not _is_dlibs():
            return np.ascontiguousarray(self.pyramid.laid(self.rows, self.columns)[top:bottom, left:right])
        return interpolated(self.pyramid.grey, self.rows, self.columns, (left, top, right, bottom))


# ---- dlib's bilinear interpolation of a part


@dataclass(frozen=True, slots=True)
class _Along:
    """For each row or column of a level: those of the picture before and after it, and the share of the one after.

    `lanes`: how many of the columns dlib's lanes take.
    """

    before: Places
    after: Places
    share: NDArray[np.float64]
    lanes: int = 0

    def part(self, first: int, last: int) -> _Along:
        lanes = min(max(self.lanes - first, 0), last - first)
        return _Along(self.before[first:last], self.after[first:last], self.share[first:last], lanes)


def interpolated(grey: Pixels, rows: int, columns: int, box: Box) -> Pixels:
    """Return what `dlib.resize_image(grey, rows, columns)` has in `box`; all sizes are 2 at least."""
    down = _rows(grey.shape[0], rows).part(box[1], box[3])
    along = _columns(grey.shape[1], columns).part(box[0], box[2])
    first, wide = int(down.before[0]), len(along.share)
    shares = np.concatenate([1 - along.share.astype(np.float32), along.share.astype(np.float32)])
    source = grey[first : down.after[-1] + 1]  # of its columns those before, then those after
    pairs = np.take(source, np.concatenate([along.before, along.after]), axis=1, mode="clip").astype(np.float32)
    pixels = np.empty((len(down.share), wide), np.uint8)
    for at in range(0, len(pixels), _BLOCK):
        some = slice(at, at + _BLOCK)
        above, below = pairs[down.before[some] - first], pairs[down.after[some] - first]
        lower = down.share[some, None]
        np.copyto(pixels[some], _mixed(above, below, lower, shares), casting="unsafe")
        if along.lanes < wide:
            upper, under = (each.reshape(-1, 2, wide)[..., along.lanes :] for each in (above, below))
            last = _mixed_last(upper, under, lower, shares[wide + along.lanes :])
            np.copyto(pixels[some, along.lanes :], last, casting="unsafe")
    return pixels


def _mixed(above: Floats, below: Floats, lower: NDArray[np.float64], shares: Floats) -> Floats:
    """Four pixels by their shares, rounded, in the order in which dlib's lanes add them."""
    upper, under = (1 - lower).astype(np.float32) * shares, lower.astype(np.float32) * shares
    upper *= above
    under *= below
    wide = upper.shape[1] // 2
    out = upper[:, :wide]
    for part in (upper[:, wide:], under[:, :wide], under[:, wide:], np.float32(0.5)):
        out += part
    return out


def _mixed_last(above: Floats, below: Floats, lower: NDArray[np.float64], share: Floats) -> Floats:
    """As dlib has it for the last columns: first across, and cut off instead of rounded."""
    rest = np.float32(1) - share
    upper, under = (rest * each[:, 0] + share * each[:, 1] for each in (above, below))
    return ((1 - lower) * upper + lower * under).astype(np.float32)


@lru_cache(maxsize=2)
def _rows(full: int, side: int) -> _Along:
    at = _added_up(full, side, -1, side)
    before = np.floor(at).astype(np.intp)
    return _Along(before, np.minimum(before + 1, full - 1), at - before)


@lru_cache(maxsize=2)
def _columns(full: int, side: int) -> _Along:
    step = (full - 1) / max(side - 1, 1)
    added = np.full((side // _LANES + 2, _LANES), _LANES * step, np.float32)
    added[0] = -_LANES * step + step * np.arange(_LANES)
    fours = np.add.accumulate(added, axis=0, dtype=np.float32)[1:]
    beyond = np.flatnonzero(fours[:, -1].astype(np.intp) + 1 >= full)
    lanes = min(_LANES * int(beyond[0]) if len(beyond) else side, side)
    at = np.concatenate([fours.reshape(-1)[:lanes], _added_up(full, side, lanes - 1, side - lanes)])
    before = np.floor(at).astype(np.intp)
    return _Along(before, np.minimum(before + 1, full - 1), at - before, lanes)


def _added_up(full: int, side: int, at: int, count: int) -> NDArray[np.float64]:
    """So many places after `at`, summed up step by step as dlib does it."""
    step = (full - 1) / max(side - 1, 1)
    steps = np.full(count + 1, step)
    steps[0] = at * step
    return np.add.accumulate(steps)[1:]


@cache
def _is_dlibs() -> bool:
    """Whether this dlib interpolates as it is done here: compiled for another processor it may round otherwise."""
    chance = np.random.default_rng(1)
    for shape, rows, columns in (((90, 97), 71, 61), ((64, 75), 150, 133)):
        grey = chance.integers(0, 256, shape, np.uint8)
        if not np.array_equal(resized(grey, rows, columns), interpolated(grey, rows, columns, (0, 0, columns, rows))):
            return False
    return True
