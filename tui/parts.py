"""`Parts`: an agent's parts, when the monitor has to run them itself.

The agent supervises them; the monitor only gives each a worker, which ends when the screen does.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

Spawn = Callable[[str, Callable[[], Coroutine[Any, Any, None]]], None]  # a name, and what to run


class Parts(Protocol):
    def start(self, spawn: Spawn) -> None:
        """Called once, when the screen is there: hand every part to `spawn`."""
        ...
