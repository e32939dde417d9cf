"""The terminal's line: one that may go away at any moment, as SSH does.

Textual writes in a thread of its own. A terminal that is gone answers every write with an error; that thread would
end with it, and the screen, and the agent inside, would stand still at the thirtieth write that nobody takes.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import IO, Any, cast

from textual.app import App
from textual.driver import Driver

from tui.terminal.escape import escape_stands_alone
from tui.terminal.ink import thinned


class Line:
    """The terminal as a file: what cannot be written any more is dropped, and `gone` is told once."""

    def __init__(self, file: IO[str], gone: Callable[[], None]) -> None:
        self._file = file
        self._gone = gone
        self._lost = False

    def write(self, text: str) -> int:
        self._do(lambda: self._file.write(text))
        return len(text)

    def flush(self) -> None:
        self._do(self._file.flush)

    def fileno(self) -> int:
        return self._file.fileno()

    def isatty(self) -> bool:
        return self._file.isatty()

    def _do(self, act: Callable[[], object]) -> None:
        if self._lost:
            return
        try:
            act()
        except OSError:
            self._lost = True
            self._gone()


def on_a_line(driver: type[Driver], gone: Callable[[], None]) -> type[Driver]:
    """The same driver, on such a line; `gone` is called from another thread."""

    escape_stands_alone()

    class OnALine(driver):  # type: ignore[misc, valid-type]
        def __init__(self, app: App[Any], **options: Any) -> None:
            super().__init__(app, **options)
            file = cast("IO[str] | None", getattr(self, "_file", None))
            if file is not None:
                self._file = Line(file, gone)

        def write(self, data: str) -> None:
            super().write(thinned(data))

        def _sigcont_application(self, *_: object) -> None:
            """Only after a stop. A line that drops sends SIGCONT behind SIGHUP to whoever was never stopped; Textual
            would begin anew for it, with a second thread that reads for ever, and the process could not end."""
            if getattr(self, "_must_signal_resume", False):
                super()._sigcont_application()  # type: ignore[misc]

    return OnALine


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
