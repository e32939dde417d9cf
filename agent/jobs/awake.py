"""Holds the machine awake while photos wait: by systemd-inhibit, or by caffeinate on macOS.

Either holds for as long as a program runs. That program is `cat`, reading a pipe that the agent holds and never writes
to: it ends when the agent lets go of the pipe, and by the agent's death, whatever kind of death that is.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog

log = structlog.get_logger(__name__)

LOOK_EVERY = 1.0  # seconds
LINGER = 3.0  # seconds at rest before it is let go: photos come in bursts
STANDS = 5.0  # seconds: what ends sooner was refused
PATIENCE = 2.0  # seconds to end in
AGAIN_AFTER = 600.0  # seconds, where nothing could hold it
WHY = "Photos wait to be filed or sent"

Way = Sequence[str]  # a command that holds the machine awake for as long as what follows it runs


def ways() -> list[Way]:
    """What this machine has, the best first. Whoever has no session here (by SSH) may hold off idleness alone.

    The lid is let be: a laptop that is closed goes into a bag.
    """
    if sys.platform == "darwin":
        return [("caffeinate", "-is")] if shutil.which("caffeinate") else []
    if not shutil.which("systemd-inhibit"):
        return []
    return [
        ("systemd-inhibit", f"--what={what}", "--who=venuesync", f"--why={WHY}", "--mode=block")
        for what in ("sleep:idle", "idle")
    ]


def refusal(way: Way, seconds: float) -> str | None:
    """Why this way does not hold the machine awake; `None`: it does. Blocks, for so long at most."""
    try:
        done = subprocess.run([*way, "true"], capture_output=True, text=True, timeout=seconds, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return "no answer"
    except OSError as error:
        return error.strerror or str(error)
    said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
    return said[-1] if done.returncode else None


class StayAwake:
    """A part. `waits` answers how much waits that can go on by itself."""

    def __init__(self, waits: Callable[[], int]) -> None:
        self._waits = waits
        self._ways: list[Way] = []
        self._looked_at = -AGAIN_AFTER  # for ways
        self._busy_at = -LINGER
        self._holder: subprocess.Popen[bytes] | None = None
        self._began = 0.0

    async def run(self) -> None:
        try:
            while True:
                await asyncio.sleep(LOOK_EVERY)
                await asyncio.to_thread(self._look, time.monotonic())
        finally:
            self._let_go()

    def _look(self, now: float) -> None:
        if self._waits():
            self._busy_at = now
        if self._holder is not None and self._holder.poll() is not None:
            self._ended(self._holder, now)
        wanted = now - self._busy_at < LINGER
        if not wanted:
            self._let_go()
        elif self._holder is None:
            if now - self._looked_at >= AGAIN_AFTER:
                self._ways, self._looked_at = ways(), now
            if self._ways:
                self._hold(self._ways[0], now)

    def _ended(self, holder: subprocess.Popen[bytes], now: float) -> None:
        """By itself: it may not hold the machine, or whoever it asked went away."""
        self._let_go()
        if now - self._began < STANDS:
            log.info("awake.refused", by=" ".join(self._ways.pop(0)), code=holder.returncode)

    def _hold(self, way: Way, now: float) -> None:
        """All three ends are named: inside a monitor there may be no file behind stderr."""
        nobody = subprocess.DEVNULL
        with suppress(OSError):
            self._holder = subprocess.Popen(  # noqa: S603
                [*way, "cat"], stdin=subprocess.PIPE, stdout=nobody, stderr=nobody, start_new_session=True
            )
            self._began = now
            log.info("awake.held", by=way[0], pid=self._holder.pid)

    def _let_go(self) -> None:
        holder, self._holder = self._holder, None
        if holder is None:
            return
        if holder.stdin is not None:
            holder.stdin.close()
        try:
            holder.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(holder.pid, signal.SIGKILL)
            holder.wait()
        log.info("awake.let_go", pid=holder.pid)
