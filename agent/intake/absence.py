"""Whether files that are not there were taken away, or their whole disk was.

An unmounted card leaves an empty folder behind, which must never look like five thousand deletions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

FEW = 20  # known files that may vanish all at once and be believed
LOOKS = 2  # sweeps for which more than that are not believed


class Judgement(NamedTuple):
    believed: bool
    reason: str | None = None  # for people, where it is not believed


@dataclass(slots=True)
class Absence:
    """One folder's memory of where its files were.

    Some known files are still there: what is missing was taken away, and is believed. All are gone:

    - and the folder is empty on another device than before: its disk was unmounted. Not believed as long as that
      lasts; the files come back, or the folder is taken off the list.
    - and there were 20 or fewer, on the same device: believed.
    - and there were more, or other files are in their place (another card, an agent that was off while somebody
      tidied up): believed after two more sweeps that say the same, at least two sweep intervals later.

    Deletions that the system told file by file need no judgement.
    """

    sweep_seconds: float
    _device: int | None = None
    _since: float | None = None
    _looks: int = 0

    def judge(self, device: int, known: int, kept: int, listed: int, now: float) -> Judgement:
        """`known` files, of which `kept` are there; `listed` are there in all. `now` in monotonic seconds."""
        elsewhere = self._device not in (None, device)
        if known and not kept and elsewhere and not listed:
            return Judgement(False, f"another, empty disk is in its place ({known} files were here)")
        if known and not kept and (elsewhere or known > FEW) and not self._patient(now):
            rest = "other files are in their place" if listed else "nothing is left: is its card or share connected?"
            return Judgement(False, f"all {known} files that were here are gone, and {rest}")
        self._device, self._since, self._looks = device, None, 0
        return Judgement(True)

    def _patient(self, now: float) -> bool:
        """Count this look; whether there were enough of them, over a long enough time."""
        if self._since is None:
            self._since = now
        self._looks += 1
        return self._looks > LOOKS and now - self._since >= LOOKS * self.sweep_seconds
