"""What commands print: data on stdout, messages on stderr; text from outside shown as it is, without terminal codes."""

from __future__ import annotations

import errno
import json
import os
import queue
import re
import stat
import sys
import threading
import unicodedata
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, TypeVar

from agent.clock import from_iso_or_none
from agent.errors import VenueError

Row = TypeVar("Row")
_WIDEST = 60  # that the columns beside it go along with; a longer text pushes its own row alone
_BEYOND_ASCII = re.compile(r"[^\x00-\x7e]")

MOST = 1000  # lines that wait for their reader
LAST_WORDS = 1.0  # seconds


class Unwritten:
    """Why something that was to be said could not be written: told as the command ends."""

    why: OSError | None = None


def safe(text: str) -> str:
    """One line that no name can break or colour: control and direction characters are shown as `?`."""
    return "".join("?" if not char.isprintable() and char != " " else char for char in text)


def line(text: str) -> None:
    """One line of data, at once. A reader that has gone is no reason to stop working."""
    drawn(safe(text))


def drawn(text: str) -> None:
    """The same for a line of our own making: its terminal codes are meant."""
    try:
        print(text, flush=True)
    except OSError as error:
        if not nobody_reads(error):
            Unwritten.why = error
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - for the rest of this process


def nobody_reads(error: OSError) -> bool:
    """Whether that is a closed pipe or a terminal that has gone, and no full disk."""
    if isinstance(error, ConnectionError):
        return True
    return error.errno == errno.EIO and not stat.S_ISREG(os.fstat(sys.stdout.fileno()).st_mode)


def unheard() -> bool:
    """Whether the reader has gone, or nothing can be written: whoever only tells what happens has no more to do."""
    return sys.stdout.name == os.devnull


def value(data: Any, *, in_one_line: bool = False) -> None:
    """One JSON value; what a terminal would not show as it is stands escaped in it."""
    text = json.dumps(data, ensure_ascii=False, indent=None if in_one_line else 2)
    drawn(_BEYOND_ASCII.sub(_shown_or_escaped, text))


def _shown_or_escaped(found: re.Match[str]) -> str:
    return found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1].replace("\x7f", "\\u007f")


def message(text: str) -> None:
    """For people, beside the data; nobody there to read it is no reason to stop working."""
    with suppress(OSError):
        print(safe(text), file=sys.stderr, flush=True)


@contextmanager
def meanwhile(text: str, followed: Callable[[], bool]) -> Generator[None]:
    """A message for as long as something goes on; a terminal does not keep it where it is `followed` by another one."""
    terminal = sys.stderr.isatty()
    with suppress(OSError):
        print(safe(text), end="" if terminal else "\n", file=sys.stderr, flush=True)
    try:
        yield
    finally:
        if terminal:
            with suppress(OSError):
                print(end="\r\x1b[2K" if followed() else "\n", file=sys.stderr, flush=True)


def error(trouble: VenueError) -> None:
    message(f"venuesync: {trouble}")


def unwritten(code: int) -> int:
    """As a command ends that would have left with `code`: says so where what it said was lost, which is no success."""
    why, Unwritten.why = Unwritten.why, None
    if why is None:
        return code
    title = "What was to be said here could not be written to stdout"
    error(VenueError(title, why.strerror or str(why), "Let it go elsewhere, and ask again; what was done stays done"))
    return code or 1


def answer(data: Any, *lines: str, json: bool) -> None:
    """An answer, as JSON or in words."""
    if json:
        value(data)
        return
    for one in lines:
        line(one)


def rows(rows: Sequence[Row], cells: Callable[[Row], list[str]], heads: list[str], *, nothing: str, json: bool) -> None:
    """What a question found: as JSON, as a table of each row's cells, or in words that it was nothing."""
    if json:
        value(list(rows))
    elif not rows:
        message(nothing)
    else:
        table([cells(row) for row in rows], heads)


def table(rows: list[list[str]], heads: list[str]) -> None:
    """Columns as wide as they need be, within reason; the last one is not padded."""
    cells = [heads, *[[safe(cell) for cell in row] for row in rows]]
    widths = [min(_WIDEST, max(_width(row[column]) for row in cells)) for column in range(len(heads))]
    for row in cells:
        padded = [cell + " " * (width - _width(cell)) for cell, width in zip(row[:-1], widths, strict=False)]
        line("  ".join([*padded, row[-1]]).rstrip())


def _width(text: str) -> int:
    """In cells of a terminal: a Chinese sign takes two, a mark on a letter none."""
    if text.isascii():
        return len(text)
    marks = sum(unicodedata.category(one) in ("Mn", "Me") for one in text)
    return len(text) - marks + sum(unicodedata.east_asian_width(one) in "WF" for one in text)


def minute(at: float | None) -> str:
    """Seconds since 1970 on this machine's clock: `2026-11-21 22:14`."""
    return "-" if at is None else f"{datetime.fromtimestamp(at).astimezone():%Y-%m-%d %H:%M}"


def minute_of(text: str | None) -> str:
    """The same of a time as the API has it."""
    return minute(from_iso_or_none(text))


class Teller:
    """Lines for whoever looks at a headless agent, written beside it: a reader that stands still holds nothing up.

    A terminal stopped by Ctrl-S, or a pipe that nobody empties, takes 64 kB and then no more, for as long as it likes.
    `line` never waits and never raises; lines for which there is no room are counted and told as such.
    """

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
