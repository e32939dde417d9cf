"""How a face's picture is: its sharpness, its light and its contrast, all of the upright face at one size.

On 43 faces of 150 pixels blurred by sigma 0, 1, 2, 3, 4, 6 its median was 326, 86, 16, 7, 4, 3; names were right at the
tolerance 0.55 for 100, 98, 95, 84, 74, 28 of a hundred. Noise raises it, so it cannot vouch for a face.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_GREY = np.array([0.299, 0.587, 0.114], np.float32)
_EDGE = 5  # a fifth of a chip's side is hair, neck and whatever is behind


def sharpness(chip: NDArray[np.uint8]) -> float:
    """Return the variance of the Laplacian (four neighbours) of a (rows, columns, 3) face, in grey levels squared."""
    grey = chip @ _GREY
    edges = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * grey[1:-1, 1:-1]
    return float(edges.var())


def exposure(chip: NDArray[np.uint8]) -> tuple[float, float]:
    """Return light and contrast of a (rows, columns, 3) face: mean and standard deviation of its middle, 0..255."""
    rows, columns = chip.shape[0] // _EDGE, chip.shape[1] // _EDGE
    grey = chip[rows : chip.shape[0] - rows, columns : chip.shape[1] - columns] @ _GREY
    return float(grey.mean()), float(grey.std())
