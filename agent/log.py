"""The log: an event's name and key-values, in a file that only its owner reads, secrets taken out in one place."""

from __future__ import annotations

import logging
import logging.handlers
import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

SIZE = 5_000_000  # bytes a file
FILES = 5
SECRET_KEYS = re.compile(r"token|secret|password|authorization|key$|session|code_verifier", re.IGNORECASE)
SECRET_TEXT = re.compile(r"(Bearer\s+|ya29\.|1//)[\w\-./~+]+")
HIDDEN = "(hidden)"


def set_up_log(folder: Path, level: str, form: str) -> None:
    """Send everything to `agent.log`; nothing goes to the terminal, where a screen may be up."""
    handler = logging.handlers.RotatingFileHandler(
        folder / "agent.log", maxBytes=SIZE, backupCount=FILES, encoding="utf-8", delay=True
    )
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
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
