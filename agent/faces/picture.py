"""A decoded photo: reduced pixels as they lie in the file, seen upright.

Turning 12 megapixels costs 60 ms in numpy, and every second phone photo is turned; so pixels stay as decoded, and only
views, the small detection picture and the cut-out faces are turned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from agent.faces.capture_time import CaptureTime

Pixels: TypeAlias = NDArray[np.uint8]


# EXIF's orientation: whether rows and columns are exchanged, then which way they run
_TURNS = {
    2: (False, 1, -1),
    3: (False, -1, -1),
    4: (False, -1, 1),
    5: (True, 1, 1),
    6: (True, 1, -1),
    7: (True, -1, -1),
    8: (True, -1, 1),
}


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Return a view of (rows, columns, …) pixels as EXIF's orientation 1..8 wants them shown; others count as 1."""
    exchanged, down, right = _TURNS.get(orientation, (False, 1, 1))
    view = pixels.swapaxes(0, 1) if exchanged else pixels
    return view[::down, ::right]


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """`width` and `height` are the photo's own, upright; `pixels` are (rows, columns, 3) uint8 RGB, contiguous, not yet
    turned, and smaller by a whole factor where the photo is large."""

    pixels: Pixels
    orientation: int
    width: int
    height: int
    mime: str
    taken: CaptureTime | None = None

    @property
    def rgb(self) -> Pixels:
        """The reduced picture, upright: a view of (rows, columns, 3), mostly not contiguous."""
        return upright(self.pixels, self.orientation)
