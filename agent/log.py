"""The log: an event's name and key-values, in a file that only its owner reads, secrets taken out in one place.

Equal lines are folded: the first is written, the others are counted and told in one line. Trouble that comes round and
round would push everything else out of the log. What differs only in its values (a photo, an address) is told some
times before it is counted, too.
"""

from __future__ import annotations

import logging
import logging.handlers
import os
import re
import threading
import time
from collections.abc import Callable, MutableMapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Any, cast

import structlog

SIZE = 5_000_000  # bytes a file
FILES = 5
TRACES = frozenset({"exception", "stack"})
SECRET_KEYS = re.compile(r"token|secret|password|authorization|key$|session|code_verifier", re.IGNORECASE)
SECRET_TEXT = re.compile(r"(Bearer\s+|ya29\.|1//)[\w\-./~+]+")
HIDDEN = "(hidden)"
WINDOW = 10.0  # seconds in which equal lines are one
ALIKE = 50  # lines of one event in a window, each with values of its own
KINDS = 500  # events that are remembered at once
TOLD = "log_fold"  # marks a line of ours


class LogFile(logging.handlers.RotatingFileHandler):
    """Read by its owner alone. Lines that a full disk refuses are counted; how many is said once there is room."""

    refused = 0

    def _open(self) -> TextIOWrapper:
        fd = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return os.fdopen(fd, "a", encoding=self.encoding, errors="backslashreplace")

    def emit(self, record: logging.LogRecord) -> None:
        before = self.refused
        super().emit(record)
        if before and self.refused == before:
            self.refused = 0
            logging.getLogger(__name__).warning("log.refused lines=%d", before)

    def handleError(self, record: logging.LogRecord) -> None:
        """By default it prints a traceback on the terminal, where a screen may be up."""
        self.refused += 1
        with suppress(OSError):  # what is left in its buffer would be tried again at each line
            if self.stream is not None:
                self.stream.close()
        self.stream = None


def close_log() -> None:
    """Close the file, before its folder goes. What is logged from now on goes nowhere."""
    root = logging.getLogger()
    tell_folded(everything=True)
    for handler in root.handlers[:]:
        root.removeHandler(handler)
        handler.close()
    root.addHandler(logging.NullHandler())


def drop_lines(folder: Path, says: Callable[[str], bool]) -> int:
    """Lines of which `says` is so are taken out of every file there. Returns how many. Raises `OSError`.

    In place, as this process and the face workers go on writing at the end of theirs. Nobody who logs waits for the
    looking, a second for all files: only for the rewriting of one that has such a line.
    """
    dropped = 0
    for path in sorted(folder.glob("*.log*")):
        with suppress(FileNotFoundError):  # it has just become the one before it
            lines = path.read_bytes().splitlines(keepends=True)
            if len(without(lines, says)) == len(lines):
                continue
            with ExitStack() as quiet, path.open("r+b") as file:
                for handler in logging.getLogger().handlers:
                    quiet.callback(handler.release)
                    handler.acquire()
                lines = file.read().splitlines(keepends=True)
                kept = without(lines, says)
                dropped += len(lines) - len(kept)
                file.seek(0)
                file.writelines(kept)
                file.truncate()
    return dropped


def without(lines: list[bytes], says: Callable[[str], bool]) -> list[bytes]:
    return [one for one in lines if not says(one.decode("utf-8", "surrogateescape"))]


def tell_folded(*, everything: bool = False) -> None:
    """Have the log say how often its last lines came again."""
    for handler in logging.getLogger().handlers:
        for one in handler.filters:
            if isinstance(one, Fold):
                one.tell(everything=everything)


def set_up_log(folder: Path, level: str, form: str) -> None:
    """Send everything to `agent.log`; nothing goes to the terminal, where a screen may be up."""
    handler = LogFile(folder / "agent.log", maxBytes=SIZE, backupCount=FILES, encoding="utf-8", delay=True)
    handler.addFilter(Fold())
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
        in_one_line,
    ]
    renderer = structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
    )
    root = logging.getLogger()
    root.handlers.clear()
    handler.setFormatter(formatter)
    root.addHandler(handler)
    set_level(level)
    for noisy in ("httpx", "httpcore", "googleapiclient", "google", "watchdog", "uvicorn", "urllib3", "asyncio", "PIL"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def set_level(level: str) -> None:
    """How much is written from now on."""
    logging.getLogger().setLevel(level.upper())


def redact(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take secrets out, by their key's name and by their look."""
    for key, value in entry.items():
        if SECRET_KEYS.search(key) and value is not None:
            entry[key] = HIDDEN
        elif isinstance(value, str):
            entry[key] = SECRET_TEXT.sub(HIDDEN, value)
    return entry


def in_one_line(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Escape what a name may hold to break the line or to speak to the terminal of whoever reads it."""
    for key, value in entry.items():
        if isinstance(value, str) and not value.isprintable():
            kept = "\n" if key in TRACES else ""
            entry[key] = "".join(char if char.isprintable() or char in kept else escaped(char) for char in value)
    return entry


def escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


@dataclass(slots=True)
class Seen:
    """One event in its window."""

    since: float
    lines: set[int]  # hashes of those that were written
    level: int
    event: str
    left_out: int = 0


class Fold(logging.Filter):
    """For a handler. Lets a line through, or counts it; `tell` says what was counted, at the window's end."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._seen: dict[tuple[str, int, str], Seen] = {}
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        if hasattr(record, TOLD):
            return True
        event, line = words_of(record)
        key = (record.name, record.levelno, event)
        now = self._clock()
        with self._lock:
            over = self._take_over(now)
            seen = self._seen.get(key)
            if seen is None:
                if len(self._seen) >= KINDS:
                    oldest = next(iter(self._seen))
                    over.append((oldest[0], self._seen.pop(oldest)))
                seen = self._seen[key] = Seen(now, set(), record.levelno, event)
            written = line not in seen.lines and len(seen.lines) < ALIKE
            if written:
                seen.lines.add(line)
            else:
                seen.left_out += 1
        say(over)
        return written

    def tell(self, *, everything: bool = False) -> None:
        """Say what was counted in windows that are over, or in all."""
        with self._lock:
            over = self._take_over(float("inf") if everything else self._clock())
        say(over)

    def _take_over(self, now: float) -> list[tuple[str, Seen]]:
        """The windows that are over; they were begun in this order."""
        over: list[tuple[str, Seen]] = []
        for key, seen in list(self._seen.items()):
            if now - seen.since < WINDOW:
                break
            over.append((key[0], self._seen.pop(key)))
        return over


def say(over: list[tuple[str, Seen]]) -> None:
    for name, seen in over:
        if seen.left_out:
            text = f"{seen.event}: {seen.left_out:,} times more in {WINDOW:g} s"
            logging.getLogger(name).log(seen.level, "%s", text, extra={TOLD: True})


def words_of(record: logging.LogRecord) -> tuple[str, int]:
    """What happened, and a hash of the same with all its values."""
    said: Any = record.msg
    if isinstance(said, dict):  # ours, by structlog
        entry = cast(dict[str, Any], said)
        values = sorted((key, str(value)) for key, value in entry.items() if key not in ("timestamp", "level"))
        return str(entry.get("event", "")), hash(tuple(values))
    return str(said).partition("\n")[0], hash(record.getMessage())  # a library's values stand in lines of their own
