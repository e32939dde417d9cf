"""The log: an event's name and key-values, in a file that only its owner reads, secrets taken out in one place."""

from __future__ import annotations

import logging
import logging.handlers
import os
import re
from collections.abc import MutableMapping
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import structlog

from agent.fold import Fold

SIZE = 5_000_000  # bytes a file
FILES = 5
TRACES = frozenset({"exception", "stack"})
SECRET_KEYS = re.compile(r"token|secret|password|authorization|key$|session|code_verifier", re.IGNORECASE)
SECRET_TEXT = re.compile(r"(Bearer\s+|ya29\.|1//)[\w\-./~+]+")
HIDDEN = "(hidden)"


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
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "googleapiclient", "google", "watchdog", "uvicorn", "asyncio", "PIL"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


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
