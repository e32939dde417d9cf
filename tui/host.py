"""`Host`: what dialogs and screens may ask of the monitor that shows them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from tui.notes import Note
from tui.view import View

Verb = Callable[[], Coroutine[Any, Any, Note | None]]


class Host(Protocol):
    @property
    def view(self) -> View:
        """The state as it is now."""
        ...

    def do(self, name: str, work: Verb) -> None:
        """Run a verb and show what it says, or its error; one of the same name that still runs is left alone."""
        ...
