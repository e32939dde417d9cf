"""Garbage is looked for while nobody types.

A look through all that a monitor holds stands still for 40 to 50 ms (20,000 photos, attached; 160 ms around an agent
that is sweeping). Python begins one amid whatever makes the next object: one key in sixty was painted that much later.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable

EVERY = 1.0  # seconds
CALM = 2.0  # seconds since the last key
ROUNDS = 10  # looks through the younger objects, after which one through all is due: Python's own figure
MOST = 1_000  # of them, after which it is no more put off


async def look_while_calm(typed_at: Callable[[], float]) -> None:
    """Until it is cancelled; `typed_at` is the monotonic moment of the last key."""
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, MOST)
    while True:
        await asyncio.sleep(EVERY)
        if gc.get_count()[2] >= ROUNDS and time.monotonic() - typed_at() > CALM:
            gc.collect()
