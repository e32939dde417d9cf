"""What changes while the terminal's line is busy is painted once it is free again, whenever that is.

Run as a program, this file is an application of two parts: one that changes all the time, so that the line is busy and
free by turns, and one that changes with each key, and then stays as it is.
"""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path
from typing import IO, Any, cast

from textual.app import ComposeResult
from textual.widgets import Static

from tests.tui.pseudo_terminal import PseudoTerminal
from tui.terminal.pace import AtItsPace

ROOT = Path(__file__).resolve().parents[2]
KEYS = 60
TAKES = 0.04  # seconds that the terminal takes at most for what is painted at a time


class Slow:
    """A terminal that takes up to so many seconds for what is written."""

    def __init__(self, file: IO[str], seconds: float) -> None:
        self._file, self._seconds = file, seconds

    def write(self, text: str) -> int:
        time.sleep(random.uniform(0, self._seconds))
        return self._file.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class TwoParts(AtItsPace[None]):
    def compose(self) -> ComposeResult:
        yield Static(id="often")
        yield Static(id="seldom")

    def on_mount(self) -> None:
        self._changes = [0, 0]
        line = cast(Any, self._driver).line
        line._file = Slow(line._file, TAKES)
        self.set_interval(0.002, lambda: self._change("often", 0))

    def on_key(self) -> None:
        self._change("seldom", 1)

    def _change(self, name: str, which: int) -> None:
        self._changes[which] += 1
        self.query_one(f"#{name}", Static).update(f"{name} {self._changes[which]:05}")


def test_no_change_is_lost() -> None:
    program = [sys.executable, "-m", "tests.tui.test_tui_pace"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    with PseudoTerminal(program, environ) as terminal:
        terminal.until("often", 20)
        for number in range(1, KEYS + 1):
            terminal.type("x")
            terminal.until(f"seldom {number:05}", 10)


if __name__ == "__main__":
    TwoParts().run()
