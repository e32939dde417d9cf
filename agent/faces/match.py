"""How far faces are apart."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Encodings: TypeAlias = NDArray[np.floating]  # (n, 128)


def distances(encodings: Encodings, references: Encodings) -> NDArray[np.float64]:
    """Return the (n, m) Euclidean distances between (n, 128) and (m, 128): 0 the same face; exact to 1e-7."""
    one, other = encodings.astype(np.float64), references.astype(np.float64)
    squares = (one**2).sum(1)[:, None] + (other**2).sum(1)[None] - 2 * one @ other.T
    return np.sqrt(np.maximum(squares, 0.0))
