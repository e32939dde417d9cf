"""The two clocks: one that people read, one that never jumps.

Passed in, so that tests can let a night pass; a machine that slept shows as the two parting.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """`wall` is seconds since 1970 in UTC, `monotonic` seconds since some start, standing still while asleep."""

    wall: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic


SYSTEM_CLOCK = Clock()
