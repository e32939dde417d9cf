"""The directions in which faces differ most: who is far in these is far, and a quarter of the numbers tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from agent.faces import np
from agent.faces.rule import Encodings

if TYPE_CHECKING:
    from numpy.typing import NDArray

Squares: TypeAlias = "NDArray[np.floating]"  # of lengths, or of distances

DIRECTIONS = 32  # of 128


def directions(rows: Encodings, count: int = DIRECTIONS) -> Encodings:
    """(128, count) float32, at right angles to each other; the one in which (n, 128) faces differ most is the last."""
    exact = rows.astype(np.float64)
    _, along = np.linalg.eigh(np.cov(exact, rowvar=False))
    return np.ascontiguousarray(along[:, -count:], dtype=np.float32)


def squares(rows: Encodings) -> Squares:
    """Each row's squared length."""
    return np.einsum("ij,ij->i", rows, rows)
