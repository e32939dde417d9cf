"""Beside the causes: the marked photo in full, why it failed in whole words, what to do, since when and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical

from agent.clock import from_iso
from agent.requests.troubles import TroubleRow
from tui import words
from tui.draw import Row, wrap
from tui.keys.remedies import on_errors
from tui.keys.typeahead import LATER
from tui.pictures.picture import Picture
from tui.widgets.dialogs import Told

if TYPE_CHECKING:
    from tui.app import Monitor

LABEL = 10
MOST = 12  # rows of a reason, of a remedy


class OneTrouble(Vertical):
    """Nothing until `show`; without a photo there are words alone."""

    def __init__(self, monitor: Monitor) -> None:
        super().__init__(id="one-trouble")
        self._monitor = monitor
        self._row: TroubleRow | None = None

    def compose(self) -> ComposeResult:
        yield Told("one-told", self._draw)
        yield Picture(self._monitor.pictures, id="one-picture")

    def show(self, row: TroubleRow | None) -> None:
        if row == self._row:
            return
        other = row is None or self._row is None or row["photo"] != self._row["photo"]
        self._row = row
        told = self.query_one(Told)
        told.styles.height = len(self._draw(self.size.width, 0)) if row else 0
        told.redraw()
        if other:
            self.query_one(Picture).show(None)
            self.run_worker(self._picture, group=LATER, exclusive=True, exit_on_error=False)

    async def _picture(self) -> None:
        row = self._row
        if row is not None and row["photo"] is not None:
            data = await self._monitor.album.thumbnail(row["photo"])
            if row["id"] == (self._row["id"] if self._row else None):
                self.query_one(Picture).show(data)

    def _draw(self, width: int, _height: int) -> list[Row]:
        return one_trouble(self._row, width, self._monitor.view.now) if self._row else []


def one_trouble(row: TroubleRow, width: int, now: float) -> list[Row]:
    """Its name, and below it each fact with its label, broken where it is longer than the width."""
    since = words.day_and_clock(from_iso(row["first_at"]), now)
    if row["count"] > 1:
        since = f"{since}, {row['count']:,} times, last {words.day_and_clock(from_iso(row['last_at']), now)}"
    why = row["detail"].removeprefix(f"{row['subject']}: ")
    facts = [("", row["subject"], "bold $ink"), ("why", why, "$ink"), ("do", on_errors(row["remedy"]), "bold $ink")]
    rows: list[Row] = []
    for label, text, style in [*facts, ("since", since, "$dim")]:
        for index, line in enumerate(wrap(text, width - LABEL, MOST)):
            rows.append([(f"{'' if index else label:>{LABEL - 2}}  ", "$dim"), (line, style)])
    return rows
