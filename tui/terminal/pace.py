"""Painting at the pace of the terminal's line: what changes while it is busy is painted once, when it is free again.

The toolkit paints whenever something changes, and waits where the line does not follow; with it would wait the agent.
"""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar, cast

from textual.app import App
from textual.screen import Screen

from tui.terminal.line import Line, OwnWindow, on_a_line

T = TypeVar("T")
AGAIN = 0.05  # seconds


class AtItsPace(App[T]):
    """`hang_up` is called where the terminal has gone."""

    hung_up = False

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._line_taken = asyncio.Event()
        self.driver_class = on_a_line(self.driver_class, self.hang_up, self._line_free)
        paint_at_its_pace()

    def hang_up(self) -> None:
        self.hung_up = True

    def is_line_busy(self) -> bool:
        """Whether something is on its way to the terminal; what is to be painted then is, once nothing is."""
        line: Line | None = getattr(self._driver, "line", None)
        return line is not None and line.is_busy()

    def name_window(self, text: str) -> None:
        if isinstance(self._driver, OwnWindow):
            self._driver.name_window(text)

    def send(self, sequence: str) -> None:
        """To the terminal, besides what is painted."""
        if sequence and self._driver is not None:
            self._driver.write(sequence)

    async def line_free(self) -> None:
        """Until nothing is: what is large comes after what there is to read."""
        while self.is_line_busy():
            self._line_taken.clear()
            await self._line_taken.wait()

    def _line_free(self) -> None:
        self._line_taken.set()
        self.call_later(self._paint)

    def _paint(self) -> None:
        if self._batch_count:  # a change of screens, which would paint nothing
            self.set_timer(AGAIN, self._paint)
        elif self.screen_stack:
            self.screen._compositor_refresh()  # pyright: ignore[reportPrivateUsage] - where the toolkit paints


def paint_at_its_pace() -> None:
    """For every screen from now on."""
    paint = Screen._compositor_refresh  # pyright: ignore
    if paint.__module__ == __name__:
        return

    def paint_or_wait(screen: Screen[Any]) -> None:
        app = cast(Any, screen).app
        # What has changed since the compositor was told last: painting forgets who changed, told or not.
        screen._compositor.update_widgets(screen._dirty_widgets)  # pyright: ignore
        if isinstance(app, AtItsPace) and screen is app.screen and app.is_line_busy():
            screen._dirty_widgets.clear()  # pyright: ignore - where they are the compositor knows, and keeps
        else:
            paint(screen)

    Screen._compositor_refresh = paint_or_wait  # type: ignore[method-assign]  # pyright: ignore
