"""Pixels in a terminal that others made: xterm as a VT340 on a virtual screen, of which a picture is taken."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageGrab, features
from prepared import templates

from tests.patience import latest
from tests.tui.monitor_bench import environment
from tests.tui.pixel_terminal import TOLD

PROGRAM = Path(__file__).with_name("evening_monitor.py")
YELLOW = (242, 220, 94)  # of the made-up photos, whose half blocks are about as yellow

WIDE = 1000

pytestmark = pytest.mark.skipif(
    not (shutil.which("xterm") and shutil.which("Xvfb") and features.check("xcb")),
    reason="xterm and Xvfb are not installed, or Pillow takes no pictures of a screen",
)


class XTerm:
    """xterm draws what the monitor writes; keys are typed past it, at the pseudo-terminal between them."""

    def __init__(self, folder: Path) -> None:
        reading, writing = os.pipe()
        self._screen = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{WIDE}x700x24", "-nolisten", "tcp"],
            pass_fds=[writing],
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        with os.fdopen(reading) as told:
            self._display = f":{told.readline().strip()}"
        self._ours, theirs = pty.openpty()
        size = ["-geometry", "80x24+0+0", "-xrm", "XTerm*allowWindowOps: true", "-fa", "Monospace", "-fs", "10"]
        slave = os.ttyname(theirs).rpartition("/")[2]
        self._xterm = subprocess.Popen(
            ["xterm", "-ti", "vt340", *size, f"-S{slave}/{self._ours}"],
            env={**os.environ, "DISPLAY": self._display, "LC_ALL": "C.UTF-8"},
            pass_fds=[self._ours],
            stderr=subprocess.DEVNULL,
        )
        os.read(theirs, 100)  # the number of its window comes first
        subprocess.run(["stty", "rows", "24", "columns", "80"], stdin=theirs, check=True)
        kept = {key: value for key, value in environment(folder).items() if key not in TOLD}
        self._monitor = subprocess.Popen(
            [sys.executable, str(PROGRAM), "small", str(templates())],
            env=kept,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def seen(self) -> Image.Image:
        return ImageGrab.grab(xdisplay=self._display).convert("RGB")

    def rows(self) -> list[list[bool]]:
        """Of each pixel of the screen whether it is about as yellow as the photos."""
        near = [
            max(abs(a - b) for a, b in zip(one, YELLOW, strict=True)) < 12 for one in self.seen().get_flattened_data()
        ]
        return [near[at : at + WIDE] for at in range(0, len(near), WIDE)]

    def yellows(self) -> int:
        return sum(map(sum, self.rows()))

    def wait(self, least: int, most: int, seconds: float = 30.0) -> None:
        end = latest(seconds)
        while not least <= (found := self.yellows()) <= most:
            assert time.monotonic() < end, f"{found} yellow pixels"
            time.sleep(0.3)

    def close(self) -> None:
        for process in (self._monitor, self._xterm, self._screen):
            process.terminate()
            process.wait(15)
        os.close(self._ours)


@pytest.fixture
def xterm(tmp_path: Path) -> Iterator[XTerm]:
    made = XTerm(tmp_path)
    yield made
    made.close()


def test_a_picture_in_full_and_nothing_of_it_remains(xterm: XTerm) -> None:
    end = latest(60)
    while len(xterm.seen().getcolors(1 << 20) or []) < 20:
        assert time.monotonic() < end
        time.sleep(0.3)
    time.sleep(2)
    none = xterm.yellows()
    xterm.type("2 ")
    xterm.wait(8_000, 80_000)
    time.sleep(1)
    edges = {row.index(True) for row in xterm.rows() if any(row)}
    assert len(edges) > 30, "the disc's edge goes by pixels, not by cells"
    xterm.type("\x1b")
    xterm.wait(0, none + 200)
