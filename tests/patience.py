"""How long tests wait for what has to come: longer than a quiet machine needs, since others are busy.

A wait that ends well costs nothing by it. How fast things are is measured by the benchmarks.
"""

from __future__ import annotations

import asyncio
import time

PATIENCE = 3.0  # times what a quiet machine needs


def within(seconds: float) -> asyncio.Timeout:
    """Something has to be so within that time on a quiet machine."""
    return asyncio.timeout(PATIENCE * seconds)


def latest(seconds: float) -> float:
    """When it has to be so, at the latest, by `time.monotonic`."""
    return time.monotonic() + PATIENCE * seconds
