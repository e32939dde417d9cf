"""A program on a pseudo-terminal of 80x24, with every byte that it sends counted."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from typing import Self

from tests.patience import latest

COLUMNS, ROWS = 80, 24
CONTROL = re.compile(rb"\x1b\[[0-9;?<>=]*[a-zA-Z]|\x1b[()][A-Z0-9]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")


class PseudoTerminal:
    """Ends with SIGTERM, and with SIGKILL where that does not help. `cell`: its size in pixels, if told."""

    def __init__(self, command: list[str], environ: dict[str, str], cell: tuple[int, int] = (0, 0)) -> None:
        self._ours, theirs = pty.openpty()
        wide, high = COLUMNS * cell[0], ROWS * cell[1]
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, wide, high))
        self._process = subprocess.Popen(
            command, env=environ, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        self.pid = self._process.pid
        self.received = 0
        self.slow = 0  # bytes a second that are read, at most; 0: as they come
        self._seen = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        end = latest(15)
        while self._process.poll() is None and time.monotonic() < end:
            self._read(0.05)
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self.hang_up()

    def type(self, text: str) -> None:
        self.send(text.encode())

    def send(self, packet: bytes) -> None:
        os.write(self._ours, packet)

    @property
    def seen(self) -> bytes:
        """The last of all that came."""
        return self._seen

    @property
    def is_over(self) -> bool:
        return self._process.poll() is not None

    def ended(self, seconds: float) -> int:
        """Read until it has ended within that time; its exit code."""
        end = latest(seconds)
        while self._process.poll() is None:
            assert time.monotonic() < end, f"it runs still:\n{self._seen[-2000:]!r}"
            self._read(0.1)
        while self._read(0.1):
            pass
        return self._process.wait()

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._process.send_signal(signal.SIGWINCH)

    def hang_up(self) -> None:
        """The terminal goes away."""
        if self._ours >= 0:
            os.close(self._ours)
            self._ours = -1

    def _read(self, seconds: float) -> bytes:
        """What comes within that time at the first go; nothing where nothing comes."""
        if self._ours < 0:
            time.sleep(min(seconds, 0.05))
            return b""
        ready, _, _ = select.select([self._ours], [], [], max(0.0, seconds))
        if not ready:
            return b""
        try:
            read = os.read(self._ours, self.slow // 20 or 65536)
        except OSError:  # it has ended
            time.sleep(min(seconds, 0.05))
            return b""
        self.received += len(read)
        if self.slow:
            time.sleep(len(read) / self.slow)
        self._seen = (self._seen + read)[-200_000:]
        return read

    def until(self, text: str, seconds: float) -> None:
        """Read until that text has been sent, whatever moved the cursor in between words."""
        end = latest(seconds)
        while text not in CONTROL.sub(b"", self._seen).decode("utf-8", "replace"):
            assert time.monotonic() < end, f"{text!r} was not shown:\n{self._seen[-2000:]!r}"
            self._read(end - time.monotonic())

    def read_for(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._read(left)

    def quiet(self, seconds: float, most: float) -> None:
        """Read until nothing has come for so long."""
        end = time.monotonic() + most
        while self._read(seconds) and time.monotonic() < end:
            pass

    def burst(self, wait: float, gap: float) -> float | None:
        """The moment of the last byte of the next burst, which ends with a `gap`; `None` where none begins."""
        if not self._read(wait):
            return None
        last = time.monotonic()
        while self._read(gap):
            last = time.monotonic()
        return last
