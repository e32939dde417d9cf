"""A file that was fetched from a source, as the pipeline takes it in."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent.model import EventId, PhotoId


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that is here: whose it is, where it lies, what it is called, when it came and was taken by its name.

    `joined` is called with its photo in the transaction that makes it one.
    """

    event: EventId
    source: str
    path: Path
    name: str
    arrived_at: float
    taken_at: str | None
    camera: str
    joined: Callable[[sqlite3.Connection, PhotoId], None]
