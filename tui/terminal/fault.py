"""A fault of the screen's own closes the screen and nothing else; it is told in words, and written down whole."""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from typing import Any, TypeVar

from textual.css.query import NoMatches
from textual.timer import Timer
from textual.worker import WorkerFailed

from agent.clock import iso
from tui.keys.typeahead import TypeAhead
from tui.terminal.pace import AtItsPace

FILE = "monitor.log"
T = TypeVar("T")


class OwnFault(TypeAhead[T], AtItsPace[T]):
    """An application that does not print a traceback over the terminal as it ends."""

    fault: Exception | None = None

    def set_timer(self, *given: Any, **named: Any) -> Timer:
        """Late is due: of a timer that is past its time as it begins Textual makes none. A process that was held for
        8 ms just then followed no further change of its terminal's size, or painted nothing any more."""
        timer = super().set_timer(*given, **named)
        timer._skip = False  # pyright: ignore[reportPrivateUsage] - `set_timer` hands nothing on to it
        return timer

    def _handle_exception(self, error: Exception) -> None:
        """Of a screen that is left as it opens the toolkit makes no part, and then misses one: that is no fault."""
        missing = error.error if isinstance(error, WorkerFailed) else error
        if not (self._exit and isinstance(missing, NoMatches)):
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """The toolkit's own hook for what nobody caught."""
        self.fault = self._exception
        self._close_messages_no_wait()


def in_words(fault: Exception) -> str:
    return f"{type(fault).__name__}: {fault}"


def write_down(fault: Exception, logs: Path, now: float) -> str:
    """Keep the whole of it in the workspace's log folder. Returns it in words."""
    words, path = in_words(fault), logs / FILE
    try:
        own = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        with os.fdopen(os.open(path, own, 0o600), "a", encoding="utf-8") as file:
            file.write(f"{iso(now)} {''.join(traceback.format_exception(fault))}\n")
    except OSError:  # a full disk: the words have to do
        return words
    return f"{words}; all of it is in {path}"
