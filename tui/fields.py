"""The one-line fields of dialogs: typed text that can hold no terminal codes, and names that complete themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.suggester import Suggester
from textual.widgets import Input

from tui.draw import Row
from tui.rows import Rows
from tui.safe_text import safe_text, safe_value


class Field(Input):
    """An input whose value is safe to draw, however it came there; one row, no border, no blinking."""

    def __init__(self, id: str, placeholder: str = "", suggester: Suggester | None = None) -> None:
        super().__init__(id=id, placeholder=placeholder, suggester=suggester, compact=True, select_on_focus=False)
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        return safe_value(value)


class KnownNames(Suggester):
    """Completes to the first known name that begins so, in any case; names that need cleaning are left out."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._all = {name.casefold() for name in names}
        self._offered = sorted((name for name in names if safe_text(name) == name), key=str.casefold)

    def knows(self, name: str) -> bool:
        return name.casefold() in self._all

    def match(self, typed: str) -> str | None:
        begins = typed.casefold()
        longer = (name for name in self._offered if begins and len(name) > len(typed))
        return next((name for name in longer if name.casefold().startswith(begins)), None)

    async def get_suggestion(self, value: str) -> str | None:
        return self.match(value)


class Told(Rows):
    """Rows that a dialog sets: `tell` gives the function that draws them."""

    def __init__(self, id: str, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._told: Callable[[int, int], list[Row]] = lambda _width, _height: []

    def tell(self, draw: Callable[[int, int], list[Row]]) -> None:
        self._told = draw
        self.redraw()

    def draw(self, width: int, height: int) -> list[Row]:
        return self._told(width, height)
