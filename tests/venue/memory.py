"""How much memory processes take, and whether it stays so: what a soak looks at."""

from __future__ import annotations

import os
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")
MB = 1_000_000
WARM = 0.4  # of a life: caches fill, pools grow
SLACK = 25 * MB  # what an allocator may take more without anything leaking
JUDGED = 60.0  # seconds: an agent's family begins with 130 MB and has 300 while its workers start, 245 then


def family(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += [int(child) for child in task.read_text().split()]
            except OSError:
                continue
    return found


def resident(pid: int) -> int:
    """Bytes in memory of a process and all below it; what they share is counted for each."""
    total = 0
    for one in family(pid):
        try:
            total += int(Path(f"/proc/{one}/statm").read_text().split()[1]) * PAGE
        except (OSError, IndexError):
            continue
    return total


@dataclass
class Lives:
    """Samples of one program over its lives: a restart begins another life."""

    name: str
    lives: dict[int, list[tuple[float, int]]] = field(default_factory=dict[int, list[tuple[float, int]]])

    def look(self, pid: int) -> None:
        found = resident(pid)
        if found:
            self.lives.setdefault(pid, []).append((time.monotonic(), found))

    @property
    def longest(self) -> list[tuple[float, int]]:
        return max(self.lives.values(), key=lambda life: life[-1][0] - life[0][0], default=[])

    def told(self) -> dict[str, float | int]:
        """Of the longest life, once it was warm: its median in the first third and in the last, in megabytes."""
        life = [bytes_ for _, bytes_ in self.longest]
        warm = life[int(len(life) * WARM) :]
        third = max(1, len(warm) // 3)
        before, after = statistics.median(warm[:third] or [0]), statistics.median(warm[-third:] or [0])
        return {
            "lives": len(self.lives),
            "seconds": round(self.longest[-1][0] - self.longest[0][0]) if life else 0,
            "before_mb": round(before / MB, 1),
            "after_mb": round(after / MB, 1),
            "peak_mb": round(max(life, default=0) / MB, 1),
        }

    def assert_flat(self, per_cent: float = 10) -> None:
        """In a life of a minute or more, so not in a soak's short form: 3 s of a slow start were called growth once."""
        told = self.told()
        if told["seconds"] < JUDGED:
            return
        most = told["before_mb"] * (1 + per_cent / 100) + SLACK / MB
        assert told["after_mb"] <= most, f"{self.name} grows: {told}"
