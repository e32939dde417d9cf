"""dlib's FHOG features of each cell of 8 x 8 pixels, from eight gradients, in numpy: nearly, and fast.

No level is laid for them. A gradient is the difference of a pixel's neighbours in the picture halved until a pixel of
it is one to two of the level, taken at the pixel that lies nearest. Of the 4 x 4 places of a cell every second is
taken, like the black squares of a chessboard. Means of pixels are less noisy than pixels: eight of these are as good as
sixteen of the level's own.

What makes it fast is 16-bit integers, of which a processor takes 32 at once, on blocks that stay in its cache:

- a gradient's direction is the one (of dlib's 18, 20 degrees apart) on which its projection is longest, and that
  projection stands for its length (at most 1.5 % short). Of the five directions in a quarter circle nested masks tell
  which one; two signs tell the quarter.
- a place's shares in the four cells around it are rounded to quarters: of the half next to a border one, of all else
  three. So sums in integers are enough.

After Felzenszwalb, Girshick, McAllester, Ramanan (2010), as dlib has it (dlib/image_transforms/fhog.h).
"""

from __future__ import annotations

import numpy as np

from agent.faces.pyramid import Counts, Floats, Level, Places, Shorts

CELL = 8  # pixels
BEFORE = 4  # cells of zeros that dlib puts around, above and left
AROUND = 9  # of them above and below together
FEATURES = 22  # 18 by direction, 4 of texture; dlib's 9 by line follow from those by direction
AT_MOST = 0.4  # what a feature is cut off at; dlib cuts each of its four parts off at 0.1 and adds them
_BLOCK = 12000  # cells worked on at a time
_TEXTURE = 2 * 0.2357
_FEWER = 5  # bits left out of a projection: sums, of 128 times the largest (494), fit 16 bits
_QUARTER_CIRCLE = [
    (round(22.3 * np.cos(angle)), round(22.3 * np.sin(angle))) for angle in np.deg2rad([0, 20, 40, 60, 80])
]


class _Room:
    """The arrays for a block of `rows` x `wide` cells, used again for the next one.

    Before these, a place in its cell: whether its row is odd, then the half of the cell's rows and of its columns that
    it lies in. In an even row columns are odd, and the other way round. The first and the last column of cells are
    empty: so what belongs to the cell before or after can be added to all rows at once.
    """

    def __init__(self, rows: int, wide: int) -> None:
        area = (rows, wide)
        self.rows = rows
        self.work: Shorts = np.empty((11, 2, 2, 2, *area), np.int16)
        self.bins: Shorts = np.empty((2, 2, 4, 2, *area), np.int16)  # four directions before the columns
        self.both: Counts = np.empty((2, 2, *area), np.uint16)
        self.tall: Counts = np.empty((18, 2, 2, rows + 2, wide), np.uint16)  # with a row of cells above and below
        self.halves: Counts = np.empty((2, 18, (rows + 2) * wide), np.uint16)


def features(level: Level) -> Floats:
    """Return (rows + 7, 22, columns + 7) of the cells of `level` (24 pixels at least), zeros around."""
    return _normalised(histograms(level))


def histograms(level: Level) -> Counts:
    """Return (18, rows + 2, columns + 2): each cell's gradients by direction; those at the edges are none of the level.

    A gradient of length 1 in the middle of a cell counts 16 times 22.3 / 16.
    """
    down, wide = (side // CELL for side in level.shape)
    full, zoom = level.pyramid.grey.shape, level.columns / level.pyramid.grey.shape[1]
    times, *differences = level.pyramid.differences(zoom)
    ys = _nearest(level.box[1], 4 * down, level.rows, full[0], times, differences[0].shape[0]).reshape(down, 4)
    xs = _nearest(level.box[0], 4 * wide, level.columns, full[1], times, differences[0].shape[1]).reshape(wide, 4).T
    xs = np.pad(xs, ((0, 0), (1, 1)))
    wide += 2
    cells = np.zeros((18, down + 2, wide), np.uint16)
    room = _Room(max(1, min(down, _BLOCK // wide)), wide)
    for first in range(0, down, room.rows):
        if first + room.rows > down:
            room = _Room(down - first, wide)
        _take(differences, ys[first : first + room.rows], xs, room)
        _sort(room)
        _share(room, cells.reshape(18, -1)[:, first * wide : (first + room.rows + 2) * wide])
    return cells


def _nearest(first: int, count: int, side: int, full: int, times: int, there: int) -> Places:
    """Where, of the differences, the middles of every two of the level's pixels from `first` on are nearest."""
    at = (first + 2 * np.arange(count) + 0.5) * ((full - 1) / max(side - 1, 1))
    at = (at + 0.5) / 2**times - 1.5 if times else at - 1.5
    return np.clip(np.rint(at), 0, there - 1).astype(np.intp)


def _take(differences: list[Shorts], ys: Places, xs: Places, room: _Room) -> None:
    for difference, into in zip(differences, room.work[:2], strict=True):
        for odd in (0, 1):
            for half in (0, 1):
                rows = difference[ys[:, 2 * half + odd]]
                for side in (0, 1):
                    np.take(rows, xs[2 * side + 1 - odd], axis=1, out=into[odd, half, side], mode="clip")
        into[..., 0] = into[..., -1] = 0


def _sort(room: _Room) -> None:
    """Give each gradient to its direction, and add up the rows of a cell: fill `room.tall`."""
    a, b, up, left, one, next_one, other, length, steeper, leftish, rightish = room.work
    np.right_shift(b, 15, out=up)
    np.add(a, a, out=left)  # straight up counts as to the left, as in dlib
    np.add(left, up, out=left)
    np.right_shift(left, 15, out=left)
    np.absolute(a, out=a)
    np.absolute(b, out=b)
    np.multiply(a, _QUARTER_CIRCLE[0][0], out=one)
    steeper.fill(-1)
    bins = room.bins
    for step in range(5):
        np.bitwise_and(one, steeper, out=length)
        if step < 4:
            cosine, sine = _QUARTER_CIRCLE[step + 1]
            np.multiply(a, cosine, out=next_one)
            np.multiply(b, sine, out=other)
            np.add(next_one, other, out=next_one)
            np.subtract(one, next_one, out=other)
            np.right_shift(other, 15, out=other)
            np.bitwise_and(steeper, other, out=steeper)
            np.bitwise_and(length, steeper, out=other)
            np.bitwise_xor(length, other, out=length)
        np.right_shift(length, _FEWER, out=length)
        if step == 0:
            np.bitwise_and(length, left, out=bins[:, :, 1])
            np.bitwise_xor(length, bins[:, :, 1], out=bins[:, :, 0])
            _add_rows(room, (0, 9))
        else:
            np.bitwise_and(length, left, out=leftish)
            np.bitwise_xor(length, leftish, out=rightish)
            np.bitwise_and(rightish, up, out=bins[:, :, 1])
            np.bitwise_xor(rightish, bins[:, :, 1], out=bins[:, :, 0])
            np.bitwise_and(leftish, up, out=bins[:, :, 3])
            np.bitwise_xor(leftish, bins[:, :, 3], out=bins[:, :, 2])
            _add_rows(room, (step, 18 - step, 9 - step, 9 + step))
        one, next_one = next_one, one


def _add_rows(room: _Room, directions: tuple[int, ...]) -> None:
    """Three times both halves of a cell; the upper one counts once for the cell above, the lower for the one below."""
    bins = room.bins.view(np.uint16)
    for at, direction in enumerate(directions):
        tall, upper, lower = room.tall[direction], bins[:, 0, at], bins[:, 1, at]
        np.add(upper, lower, out=room.both)
        np.multiply(room.both, 3, out=tall[:, :, 1:-1])
        tall[:, :, 0] = upper[:, :, 0]
        tall[:, :, -1] = lower[:, :, -1]
        np.add(tall[:, :, 1:-2], upper[:, :, 1:], out=tall[:, :, 1:-2])
        np.add(tall[:, :, 2:-1], lower[:, :, :-1], out=tall[:, :, 2:-1])


def _share(room: _Room, cells: Counts) -> None:
    """Add up the columns in the same way, for all rows of `cells` (18, (rows + 2) x columns) as if they were one."""
    before, after = room.halves
    for half, into in enumerate((before, after)):
        np.add(*(room.tall[:, odd, half].reshape(into.shape) for odd in (0, 1)), out=into)
    np.add(cells[:, :-1], before[:, 1:], out=cells[:, :-1])
    np.add(cells[:, 1:], after[:, :-1], out=cells[:, 1:])
    np.add(before, after, out=before)
    np.multiply(before, 3, out=before)
    np.add(cells, before, out=cells)


def _normalised(cells: Counts, rows: int = 16) -> Floats:
    """18 features by direction and 4 of texture, by the energy around; so many rows at once, each as if it were one."""
    down, wide = cells.shape[1] - 4, cells.shape[2]
    out = np.zeros((down + AROUND, FEATURES, wide - 4 + AROUND), np.float32)
    made = np.zeros((FEATURES, rows * wide), np.float32)
    for first in range(0, down, rows):
        last = min(down, first + rows)
        part = cells[:, first + 1 : last + 3].astype(np.float32).reshape(18, -1)
        both = part[:9] + part[9:]
        energy = np.square(both, out=both).sum(0)
        around = energy[: -wide - 1] + energy[1:-wide]  # of a cell and the next one, then of the two below
        around += energy[wide:-1]
        around += energy[wide + 1 :]
        around += np.float32(1e-4)
        around = np.float32(0.5) / np.sqrt(around, out=around)
        four = around[wide + 1 :], around[1:-wide], around[wide:-1], around[: -wide - 1]
        total = four[0] + four[1] + four[2] + four[3]
        into = made[:, : (last - first) * wide]
        directions = np.multiply(part[:, wide + 1 : -wide - 1], total, out=into[:18, 1:-1])
        np.minimum(into[:18], np.float32(AT_MOST), out=into[:18])
        texture = directions.sum(0) * np.float32(_TEXTURE) / total
        for at, one in enumerate(four):
            np.multiply(one, texture, out=into[18 + at, 1:-1])
        kept = into.reshape(FEATURES, -1, wide)[:, :, 2:-2]
        out[BEFORE + first : BEFORE + last, :, BEFORE : BEFORE + wide - 4] = kept.swapaxes(0, 1)
    return out
