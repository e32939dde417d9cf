"""Watches the event loop: how late it comes to what is due, and what held it up.

Every part, command and screen waits for it, so that whatever blocks it for seconds looks like a fault of all others.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import traceback

import structlog

log = structlog.get_logger(__name__)

TICK = 0.25  # seconds
LATE = 1.0  # seconds that are told at once
WORTH_A_WORD = 0.2  # seconds, in the account of each minute
TELL_EVERY = 60.0  # seconds
FRAMES = 6  # of what holds it up


class LoopWatch:
    """Tells the log how late the loop was at worst in each minute, and at once of a second and more."""

    def __init__(self) -> None:
        self._at = time.monotonic()  # when it came by last

    async def run(self) -> None:
        over = threading.Event()
        threading.Thread(target=self._look, args=(threading.get_ident(), over), name="loop watch", daemon=True).start()
        worst, told_at = 0.0, time.monotonic()
        try:
            while True:
                self._at = began = time.monotonic()
                await asyncio.sleep(TICK)
                late = time.monotonic() - began - TICK
                worst = max(worst, late)
                if late >= LATE:
                    log.warning("loop.late", seconds=round(late, 1))
                if began - told_at >= TELL_EVERY:
                    if worst >= WORTH_A_WORD:
                        log.info("loop.lag", worst=round(worst, 2))
                    worst, told_at = 0.0, began
        finally:
            over.set()

    def _look(self, loop: int, over: threading.Event) -> None:
        """On a thread of its own: while the loop is held up, say by what, once."""
        told = 0.0
        while not over.wait(LATE / 2):
            at = self._at
            if at != told and time.monotonic() - at >= LATE + TICK:
                told = at
                log.warning("loop.held_up", by=where(loop))


def where(thread: int) -> str:
    """What a thread is at, the innermost call last."""
    frame = sys._current_frames().get(thread)  # pyright: ignore[reportPrivateUsage] - documented, for this
    found = traceback.extract_stack(frame)[-FRAMES:] if frame is not None else []
    return " > ".join(f"{one.filename.rpartition('/')[2]}:{one.lineno} {one.name}" for one in found)
