"""Notice: what a verb had to say, for a moment, just above the keys. It never hides a key or the answer."""

from __future__ import annotations

from textual.timer import Timer

from tui.draw import Row
from tui.notes import Note, draw_note
from tui.pane import Pane

ROWS = 3
SECONDS, SECONDS_BAD = 5.0, 15.0


class Notice(Pane):
    """Not there until something is to be said."""

    FADES = False

    def __init__(self) -> None:
        super().__init__()
        self._note = Note("")
        self._timer: Timer | None = None
        self.display = False

    def say(self, note: Note) -> None:
        self._note = note
        self.display = True
        self.styles.height = len(draw_note(note, self.screen.size.width - 2 * self.margin, ROWS))
        self.redraw()
        if self._timer:
            self._timer.stop()
        self._timer = self.set_timer(SECONDS_BAD if note.bad else SECONDS, self.hush)

    def hush(self) -> None:
        self.display = False

    def draw(self, width: int, height: int) -> list[Row]:
        self.on_part(0, 0, width, self.hush)
        rows = draw_note(self._note, width - 2 * self.margin, ROWS)
        return [[(" " * self.margin, ""), *row] for row in rows]
