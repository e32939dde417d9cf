"""The terminal's line: one that may go away at any moment, as SSH does, or stand still for as long as it likes.

Textual writes in a thread of its own. A terminal that is gone answers every write with an error; that thread would
end with it, and the screen, and the agent inside, would stand still at the thirtieth write that nobody takes. So they
would for a phone in a tunnel, whose line takes nothing and is not gone.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from threading import Condition, Thread
from typing import IO, Any, cast

from textual.app import App
from textual.driver import Driver

from tui.terminal.escape import read_so
from tui.terminal.ink import thinned
from tui.terminal.osc import KEEP_TITLE, TITLE_BACK, title

PIECE = 1024  # characters that are written at a time
LAST = 5.0  # seconds that a line may take nothing of what ends the screen; then it is left as one that has gone


class Line:
    """The terminal as a file that nobody waits for: a thread of its own writes as the line takes it.

    What cannot be written any more is dropped, and `gone` is told once. `free` is told when all is written, after it
    was asked `is_busy` meanwhile. Both are called in that thread.
    """

    def __init__(self, file: IO[str], gone: Callable[[], None], free: Callable[[], None]) -> None:
        self._file = file
        self._gone = gone
        self._free = free
        self._changed = Condition()
        self._waiting = ""
        self._writing = False
        self._asked = False
        self._lost = False
        self._thread: Thread | None = None

    def write(self, text: str) -> int:
        with self._changed:
            if not self._lost:
                self._waiting += text
                self._changed.notify_all()
                if self._thread is None:
                    self._thread = Thread(target=self._write_on, name="line", daemon=True)
                    self._thread.start()
        return len(text)

    def flush(self) -> None:
        """It is written as soon as it can be."""

    def fileno(self) -> int:
        return self._file.fileno()

    def isatty(self) -> bool:
        return self._file.isatty()

    def is_busy(self) -> bool:
        """Whether something waits to be written still; if so, `free` is told once nothing does."""
        with self._changed:
            self._asked = self._is_busy
            return self._asked

    def finish(self) -> bool:
        """Wait until all is written, for as long as the line takes something. Returns whether it is."""
        with self._changed:
            while self._is_busy:
                left = len(self._waiting)
                if not self._changed.wait_for(lambda now=left: len(self._waiting) < now or not self._is_busy, LAST):
                    self._lost, self._waiting = True, ""
                    return False
        return True

    @property
    def _is_busy(self) -> bool:
        return bool(self._waiting) or self._writing

    def _write_on(self) -> None:
        while True:
            with self._changed:
                self._writing = False
                self._changed.notify_all()
                tell = self._asked and not self._waiting
                self._asked = self._asked and not tell
            if tell:
                self._free()
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                piece, self._waiting = self._waiting[:PIECE], self._waiting[PIECE:]
                self._writing = True
            try:
                self._file.write(piece)
                self._file.flush()
            except OSError:
                with self._changed:
                    self._lost, self._waiting, self._writing = True, "", False
                    self._changed.notify_all()
                self._gone()
                return


class OwnWindow:
    """Of a driver: what its window is called while the screen stands; before and after, it is called what it was."""

    titled = ""

    def start_application_mode(self) -> None:
        of = cast(Driver, super())
        of.start_application_mode()
        of.write(KEEP_TITLE + (title(self.titled) if self.titled else ""))

    def stop_application_mode(self) -> None:
        of = cast(Driver, super())
        of.write(TITLE_BACK)
        of.stop_application_mode()

    def name_window(self, text: str) -> None:
        if text != self.titled:
            self.titled = text
            cast(Driver, super()).write(title(text))


def on_a_line(driver: type[Driver], gone: Callable[[], None], free: Callable[[], None]) -> type[Driver]:
    """The same driver, on such a line; what is told is told in the application's loop."""

    read_so()

    class OnALine(OwnWindow, driver):  # type: ignore[misc, valid-type]
        line: Line | None = None

        def __init__(self, app: App[Any], **options: Any) -> None:
            super().__init__(app, **options)
            file = cast("IO[str] | None", getattr(self, "_file", None))
            if file is not None:
                loop = asyncio.get_running_loop()
                self._file = self.line = Line(file, in_loop(loop, gone), in_loop(loop, free))

        def write(self, data: str) -> None:
            super().write(thinned(data))

        def close(self) -> None:
            """A line that takes nothing to the end has gone."""
            super().close()
            if self.line is not None and not self.line.finish():
                gone()

        def _sigcont_application(self, *_: object) -> None:
            """Only after a stop. A line that drops sends SIGCONT behind SIGHUP to whoever was never stopped; Textual
            would begin anew for it, with a second thread that reads for ever, and the process could not end."""
            if getattr(self, "_must_signal_resume", False):
                super()._sigcont_application()  # type: ignore[misc]

    return OnALine


def in_loop(loop: asyncio.AbstractEventLoop, told: Callable[[], None]) -> Callable[[], None]:
    def tell() -> None:
        with suppress(RuntimeError):  # it has ended meanwhile
            loop.call_soon_threadsafe(told)

    return tell


def screen_is_over() -> None:
    """Textual's handlers for stop and continue outlive its screen, and would begin another: back to the system's."""
    for one in (signal.SIGTSTP, signal.SIGCONT):
        signal.signal(one, signal.SIG_DFL)


def let_go() -> None:
    """From now on nothing is read from, or written to, a terminal that has gone: standard streams lead nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)
