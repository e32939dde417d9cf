"""What must not jump: the scale of the bars, and the time to go.

Both remember what they showed and change in steps, so that a glance every few seconds finds the same picture.
"""

from __future__ import annotations

from dataclasses import dataclass

MEMORY = 600.0  # seconds that a high depth keeps the scale up
HOLD = 3.0  # seconds that a new time to go must last before it is shown


@dataclass(frozen=True, slots=True)
class BarScale:
    """The depth that fills a bar: the next of 10, 20, 50, 100, … above the highest of the last ten minutes."""

    depth: int = 0
    past: tuple[tuple[float, int], ...] = ()  # (when it was last true, depth), higher than `depth`

    def note(self, depth: int, now: float) -> BarScale:
        if depth == self.depth and not self.past:
            return self
        past = self.past if depth >= self.depth else (*self.past, (now, self.depth))
        kept = tuple((at, was) for at, was in past if was > depth and now - at <= MEMORY)
        return BarScale(depth, kept)

    @property
    def full(self) -> int:
        highest = max([self.depth, *(was for _, was in self.past)])
        step = 10
        while True:
            for factor in (1, 2, 5):
                if step * factor > highest:
                    return step * factor
            step *= 10


@dataclass(frozen=True, slots=True)
class Held:
    """A text that changes only once its successor has lasted `HOLD` seconds; the first one shows at once."""

    shown: str | None = None
    coming: str | None = None
    since: float = 0.0  # when `coming` was first said

    def say(self, text: str | None, now: float) -> Held:
        if text == self.shown == self.coming:
            return self
        if self.shown is None or text == self.shown:
            return Held(text, text, now)
        if text != self.coming:
            return Held(self.shown, text, now)
        return Held(text, text, now) if now - self.since >= HOLD else self
