"""How much of the processor somebody used: a process, all below it, or the whole machine. Linux alone tells."""

from __future__ import annotations

import os
from pathlib import Path

from tests.venue.memory import family

TICKS = os.sysconf("SC_CLK_TCK")


def seconds_of_cpu(pid: int) -> float:
    """Processor time of a process so far, all its threads together."""
    return sum(_times(pid)[:2])


def seconds_of_family(pid: int) -> float:
    """The same of a process and all below it, those that have ended among them."""
    total = 0.0
    for one in family(pid):
        try:
            total += sum(_times(one))
        except OSError:
            continue
    return total


def _times(pid: int) -> list[float]:
    """Its own, in the program and in the system; and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return [int(one) / TICKS for one in fields[11:15]]


def idle_and_all() -> tuple[float, float]:
    """Seconds that the machine's cores had nothing to do so far, and all of them."""
    told = [int(one) / TICKS for one in Path("/proc/stat").read_text().partition("\n")[0].split()[1:9]]
    return told[3] + told[4], sum(told)
