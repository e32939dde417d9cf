"""A change of screens: the new one is painted once, when it is whole.

The toolkit masks it for 50 ms, and paints whatever is there by then; ours stand as soon as they are whole.
"""

from __future__ import annotations

from functools import partial
from typing import Any, TypeVar, cast

from textual.await_complete import AwaitComplete
from textual.screen import Screen

from tui.keys.typeahead import TypeAhead

T = TypeVar("T")
TRANSITION = 0.01  # seconds
LOOKS = 12  # at a screen until it is whole; then it is shown as it is


def laid_out(screen: Screen[Any]) -> bool:
    """Whether everything on it has its place; else it gets one, also while nothing may be painted."""
    if not screen._layout_required:  # pyright: ignore[reportPrivateUsage] - Textual lays out only when it may paint
        return True
    screen._layout_required = False  # pyright: ignore[reportPrivateUsage]
    screen._refresh_layout()  # pyright: ignore[reportPrivateUsage]
    return False


class WholeScreens(TypeAhead[T]):
    """An application that shows no half of a screen."""

    def delay_update(self, delay: float = TRANSITION) -> None:
        """A loop that stands still counts for one look: else a busy machine would paint what is not whole yet."""
        self._begin_batch()

        def look(left: int, before: bool = False) -> None:
            whole = laid_out(self.screen) and self.screen.is_mounted and self.is_filled(self.screen)
            if left and not (whole and before):
                self.set_timer(TRANSITION, partial(look, left - 1, whole))
                return
            self._end_batch()
            if not self._batch_count:
                self.screen.refresh()

        self.set_timer(TRANSITION, partial(look, LOOKS))

    def push_screen(self, *given: Any, **named: Any) -> Any:
        self.opens()
        self.delay_update()
        return cast(Any, super()).push_screen(*given, **named)

    def pop_screen(self) -> AwaitComplete:
        self.delay_update()
        return super().pop_screen()
