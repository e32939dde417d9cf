"""Lines for whoever looks at a headless agent, written beside it: a reader that stands still holds nothing up.

A terminal stopped by Ctrl-S, or a pipe that nobody empties, takes 64 kB and then no more, for as long as it likes.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
from contextlib import suppress

from tui.cli.say import safe

MOST = 1000  # lines that wait for their reader
LAST_WORDS = 1.0  # seconds


class Teller:
    """`line` never waits and never raises; lines for which there is no room are counted and told as such."""

    def __init__(self, fd: int = 1) -> None:
        self._fd = fd
        self._lines: queue.Queue[str | None] = queue.Queue(MOST)
        self._missed = 0
        self._thread = threading.Thread(target=self._write_all, name="teller", daemon=True)
        self._thread.start()

    def line(self, text: str) -> None:
        try:
            self._lines.put_nowait(safe(text))
        except queue.Full:
            self._missed += 1

    def close(self) -> None:
        """Let what is left be written, if somebody reads it."""
        with suppress(queue.Full):
            self._lines.put_nowait(None)
        self._thread.join(LAST_WORDS)

    def _write_all(self) -> None:
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        while (text := self._lines.get()) is not None:
            missed, self._missed = self._missed, 0
            told = f"{text}\n(… {missed} more)\n" if missed else f"{text}\n"
            data = told.encode(encoding, "replace")
            try:
                while data:
                    data = data[os.write(self._fd, data) :]  # not by sys.stdout: its lock would be held at exit
            except OSError:  # nobody reads any more
                return
