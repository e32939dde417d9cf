"""Whom a face may be: each face beside the references of everybody who is enrolled, the gallery.

Few references are all compared in float64, so that a name never hangs on a rounding. Of many, those who may matter are
found first: in float32, along the directions in which they differ most; nobody is nearer than that tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from agent.faces import np
from agent.faces.rule import MANY, Apart, Encodings, distances

if TYPE_CHECKING:
    from numpy.typing import NDArray


Places: TypeAlias = "NDArray[np.int64]"

FEW = 2_000  # references: up to so many, everybody matters
SAMPLE = 20_000  # references that tell the directions
AT_ONCE = 4_000_000  # numbers in memory: 16 MB
SLACK = 1e-3  # of a distance, by which float32 may tell too much of it


class Gallery:
    """`references` (m, 128) float32 of people; `owners`: the place of whose each is."""

    def __init__(self, references: Encodings, owners: Sequence[int]) -> None:
        whose = np.asarray(owners, dtype=np.int64)
        self._order: Places = whose.argsort(kind="stable")
        self._rows = references if bool((np.diff(whose) >= 0).all()) else references[self._order]
        self._whose: Places = whose[self._order]
        self._begins: Places = np.flatnonzero(np.diff(self._whose, prepend=-1))
        self._ends: Places = np.append(self._begins[1:], len(whose))
        self._known: Places = self._whose[self._begins]
        self._steps: list[Along] = []  # who is too far at one of them is not asked about at the next
        if len(whose) > FEW:
            found = directions(self._rows[:: -(-len(whose) // SAMPLE)], 2 * DIRECTIONS)
            parts = found[:, DIRECTIONS:], found[:, :DIRECTIONS], None
            self._steps = [Along(self._rows, part) for part in parts]

    def near(self, faces: Encodings, limit: float) -> Places:
        """Those with a reference within the limit of one of these (n, 128), and whoever else is among the nearest:
        `MANY` + 1 of each face, somebody and a crowd of others. Places, ascending.
        """
        if len(self._known) <= MANY + 1 or not self._steps:
            return self._known
        found = [self._known[:0]]
        step = max(1, AT_ONCE // len(self._rows))
        for start in range(0, len(faces), step):
            some = np.asarray(faces[start : start + step], dtype=np.float32)
            found += [self._nearest(face, row, limit) for face, row in zip(some, self._steps[0].all(some), strict=True)]
        return np.unique(np.concatenate(found))

    def _nearest(self, face: Encodings, bounds: Squares, limit: float) -> Places:
        """Of one face (128,); the square of its distance to each reference is not less than `bounds` (m,)."""
        whose, apart = self._within(face, bounds, limit)
        nearest = apart
        if len(whose) <= MANY:
            least = np.minimum.reduceat(bounds, self._begins)
            probed = self._known[np.argpartition(least, MANY)[: MANY + 1]]
            nearest = self.apart(face[None], probed)[0][0]
        reach = float(np.partition(nearest, MANY)[MANY])
        if reach > limit:
            whose, apart = self._within(face, bounds, reach)
        return whose[apart <= max(reach, limit) + SLACK]

    def _within(self, face: Encodings, bounds: Squares, limit: float) -> tuple[Places, Squares]:
        """Whose references may be so near, and how near the nearest of those is, right to the slack."""
        most = (limit + SLACK) ** 2
        rows = np.flatnonzero(bounds <= most)
        bounds = bounds[rows]
        for step in self._steps[1:-1]:
            bounds = bounds + step.some(face, rows)
            rows, bounds = rows[bounds <= most], bounds[bounds <= most]
        if not len(rows):
            return self._known[:0], bounds
        begins = np.flatnonzero(np.diff(self._whose[rows], prepend=-1))
        least: Squares = np.minimum.reduceat(self._steps[-1].some(face, rows), begins)
        return self._whose[rows[begins]], np.sqrt(np.maximum(least, 0.0))

    def apart(self, faces: Encodings, people: Places) -> tuple[Apart, Apart]:
        """Each face's (n, 128) distance to each one's nearest reference, (n, people), and which reference that is.

        `people`: places, each once. Exact to 1e-7; nobody has none: infinite.
        """
        apart, which = np.full((len(faces), len(people)), np.inf), np.zeros((len(faces), len(people)))
        at = np.searchsorted(self._known, people)
        there = np.flatnonzero(at < len(self._known))
        there = there[self._known[at[there]] == people[there]]
        step = max(1, AT_ONCE // (512 * max(1, len(faces))))  # of people with up to five references
        for start in range(0, len(there) if len(faces) else 0, step):
            some = there[start : start + step]
            apart[:, some], which[:, some] = self._exactly(faces, at[some])
        return apart, which

    def _exactly(self, faces: Encodings, known: Places) -> tuple[Apart, Apart]:
        """For these of those who have references."""
        sizes = self._ends[known] - self._begins[known]
        begins = np.cumsum(sizes) - sizes
        rows = np.arange(int(sizes.sum())) + np.repeat(self._begins[known] - begins, sizes)
        every = distances(faces, self._rows[rows])
        least = np.minimum.reduceat(every, begins, axis=1)
        nearest = np.where(every == np.repeat(least, sizes, axis=1), self._order[rows], len(self._order))
        return least, np.minimum.reduceat(nearest, begins, axis=1)


class Along:
    """References (m, 128) along some directions (128, k), or as they are."""

    def __init__(self, references: Encodings, directions: Encodings | None = None) -> None:
        self._directions = directions
        self._rows = self._turned(references)
        self._lengths = squares(self._rows)

    def _turned(self, rows: Encodings) -> Encodings:
        return rows if self._directions is None else rows @ self._directions

    def all(self, faces: Encodings) -> Squares:
        """The squares of how far each face (n, 128) is from each of them, (n, m)."""
        turned = self._turned(faces)
        return self._lengths - 2 * (turned @ self._rows.T) + squares(turned)[:, None]

    def some(self, face: Encodings, rows: Places) -> Squares:
        """Of one face (128,) from some of them."""
        turned = self._turned(face)
        return self._lengths[rows] - 2 * (self._rows[rows] @ turned) + turned @ turned


# ---- the directions in which faces differ most: who is far in these is far, and a quarter of the numbers tells it


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
