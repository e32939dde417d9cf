"""How far one camera's clock is from another's, told by photos of the same people at the same moments. Pure.

Two cameras at one evening meet the same people again and again, a few of these times at once. Two photos of one person
that were taken at once differ by what the clocks differ; two others by anything. So the differences pile up at one
place only if there is something to know, and how far that pile stands above every other says how sure it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from agent.faces import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Times: TypeAlias = NDArray[np.float64]

Seen: TypeAlias = Mapping[str, Sequence[float]]  # of one camera: whom it saw -> when, seconds by its own clock

BURST = 10  # seconds: photos of one person within these are one
BIN = 10  # seconds; the resolution at which piles are looked for
NEAR = 45  # seconds between two photos taken at once
FAR = 240  # seconds: a pile at least so far away is another one
AROUND = 48 * 3600  # seconds on either side of what is likely: a clock that is right, or one that was never set
MOMENTS = 4  # times at which both saw somebody at once, at least
SURE, FEW = 1.5, 3.0  # times as high as the next pile, at least; and so much more, by the number of moments
MOST = 500  # photos of one person by one camera that are compared; who is on more says little


@dataclass(frozen=True, slots=True)
class Apart:
    """The other clock is `ahead` of the one's by so many seconds, as `moments` say.

    `times` as high is that pile as the next one.
    """

    ahead: float
    moments: int
    times: float

    @property
    def sureness(self) -> float:
        """0 to 1: how far the pile is above what it needs; nothing is known below a half."""
        needed = SURE + FEW / max(self.moments, 1)
        return self.times / (self.times + needed) if self.moments >= MOMENTS else 0.0

    @property
    def is_sure(self) -> bool:
        return self.sureness >= 0.5


def apart(one: Seen, other: Seen) -> Apart | None:
    """The likeliest difference; `None`: they saw nobody in common."""
    pairs = _pairs(one, other)
    if pairs is None:
        return None
    first, second, weights = pairs
    differences = second - first
    middle = float(np.round(np.median(differences) / BIN) * BIN)
    at, heights = map(np.concatenate, zip(*(_piles(differences, weights, one) for one in {0.0, middle}), strict=True))
    top = int(heights.argmax())
    height, place = float(heights[top]), float(at[top])
    if not height:
        return None
    near = np.abs(differences - place) <= NEAR
    ahead = _middle(differences[near], weights[near])
    rest = float(heights[np.abs(at - place) >= FAR].max(initial=0.0))
    return Apart(ahead, _moments(first[near], second[near]), height / max(rest, height / 99))


def height_at(one: Seen, other: Seen, ahead: float) -> float:
    """How high the pile is at this difference."""
    pairs = _pairs(one, other)
    if pairs is None:
        return 0.0
    first, second, weights = pairs
    return float(weights[np.abs(second - first - ahead) <= NEAR].sum())


def _pairs(one: Seen, other: Seen) -> tuple[Times, Times, Times] | None:
    """Every two photos of one person by the two cameras: when, when, and what that weighs.

    Somebody on n and m photos makes n*m pairs by chance and about n by being there: each weighs 1/sqrt(n*m).
    """
    first: list[Times] = []
    second: list[Times] = []
    weights: list[Times] = []
    for whom in one.keys() & other.keys():
        a, b = _once(one[whom]), _once(other[whom])
        if len(a) > MOST or len(b) > MOST:
            continue
        first.append(np.repeat(a, len(b)))
        second.append(np.tile(b, len(a)))
        weights.append(np.full(len(a) * len(b), 1 / np.sqrt(len(a) * len(b))))
    if not first:
        return None
    return np.concatenate(first), np.concatenate(second), np.concatenate(weights)


def _once(times: Sequence[float]) -> Times:
    """A burst is one photo."""
    ordered = np.sort(np.asarray(times, dtype=np.float64))
    _, firsts = np.unique(np.floor((ordered - ordered[0]) / BURST), return_index=True)
    return ordered[firsts]


def _piles(differences: Times, weights: Times, middle: float) -> tuple[Times, Times]:
    """How much lies within `NEAR` of each place around the middle."""
    reach, width = AROUND // BIN, round(NEAR / BIN)
    bins = np.round((differences - middle) / BIN).astype(np.int64) + reach
    inside = (bins >= 0) & (bins <= 2 * reach)
    heights = np.bincount(bins[inside], weights[inside], minlength=2 * reach + 1)
    kernel = 1 - np.abs(np.arange(-width, width + 1)) / (width + 1)
    places = np.arange(-reach, reach + 1, dtype=np.float64) * BIN + middle
    return places, np.convolve(heights, kernel, "same").astype(np.float64)


def _middle(values: Times, weights: Times) -> float:
    """The median, by weight."""
    order = np.argsort(values)
    passed = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(passed, passed[-1] / 2)])


def _moments(first: Times, second: Times) -> int:
    """Distinct minutes of either camera, whichever are fewer: one group photo of ten people is one moment."""
    return min(len(np.unique(np.floor(times / 60))) for times in (first, second))
