"""Somebody's nearest reference: each face beside the references of everybody who is enrolled, the gallery.

Every reference is compared, in float32 (a distance is right to 1e-5 then). Whoever is near enough to matter is compared
once more in float64, so that a name never hangs on a rounding.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from agent.faces import np
from agent.faces.rule import Apart, Encodings, distances

if TYPE_CHECKING:
    from numpy.typing import NDArray

AT_ONCE = 4_000_000  # distances: 16 MB


class Gallery:
    """`references` (m, 128) float32 of `people`; `owners`: the place of whose each is."""

    def __init__(self, references: Encodings, owners: Sequence[int], people: int) -> None:
        whose = np.asarray(owners, dtype=np.int64)
        self._order: NDArray[np.int64] = whose.argsort(kind="stable")
        self._rows = references if bool((np.diff(whose) >= 0).all()) else references[self._order]
        self._begins = np.flatnonzero(np.diff(whose[self._order], prepend=-1))
        self._ends = np.append(self._begins[1:], len(whose))
        self._known: NDArray[np.int64] = whose[self._order][self._begins]
        self._lengths = np.einsum("ij,ij->i", self._rows, self._rows)
        self._people = people

    def nearest(self, faces: Encodings, limit: float = math.inf) -> tuple[Apart, Apart]:
        """Each face's (n, 128) distance to each person's nearest reference, (n, people), and which reference that is.

        That of somebody farther than the limit is right to 1e-5, and it is not said which; infinite: nobody has none.
        """
        apart = np.full((len(faces), self._people), np.inf)
        which = np.zeros((len(faces), self._people), dtype=np.float64)
        step = max(1, AT_ONCE // max(1, len(self._order)))
        for start in range(0, len(faces) if len(self._order) else 0, step):
            part = slice(start, start + step)
            some = np.asarray(faces[part], dtype=np.float32)
            squares = self._lengths - 2 * some @ self._rows.T + np.einsum("ij,ij->i", some, some)[:, None]
            least = np.sqrt(np.maximum(np.minimum.reduceat(squares, self._begins, axis=1), 0.0))
            apart[part, self._known] = least
            for at, row in enumerate(least, start):
                near: list[int] = np.flatnonzero(row <= limit + 1e-4).tolist() or [int(row.argmin())]
                self._exactly(faces[at : at + 1], near, apart[at], which[at])
        return apart, which

    def _exactly(self, face: Encodings, near: Sequence[int], apart: Apart, which: Apart) -> None:
        """For these of those who have references."""
        ranges = [range(int(self._begins[one]), int(self._ends[one])) for one in near]
        rows = [row for one in ranges for row in one]
        sizes = [len(one) for one in ranges]
        begins = np.cumsum([0, *sizes[:-1]])
        every = distances(face, self._rows[rows])[0]
        least = np.minimum.reduceat(every, begins)
        nearest = np.where(every == np.repeat(least, sizes), self._order[rows], len(self._order))
        apart[self._known[near]] = least
        which[self._known[near]] = np.minimum.reduceat(nearest, begins)
