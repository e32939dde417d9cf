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


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Return a view of (rows, columns, …) pixels as EXIF's orientation 1..8 wants them shown; others count as 1."""
    match orientation:
        case 2:
            return pixels[:, ::-1]
        case 3:
            return pixels[::-1, ::-1]
        case 4:
            return pixels[::-1]
        case 5:
            return pixels.swapaxes(0, 1)
        case 6:
            return pixels.swapaxes(0, 1)[:, ::-1]
        case 7:
            return pixels.swapaxes(0, 1)[::-1, ::-1]
        case 8:
            return pixels.swapaxes(0, 1)[::-1]
        case _:
            return pixels


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
