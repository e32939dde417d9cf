"""The photos that one cause holds up, one row each, as far as the agent tells them."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Sequence
from functools import partial

from agent.errors import VenueError
from agent.service_browse import TroubleRow
from agent.service_snapshot import Trouble
from tui import words
from tui.draw import Row, heading
from tui.fit import cut, fit
from tui.host import Host
from tui.lists.list_pane import ListPane, pointer
from tui.notes import note_of

SOON = 0.12  # seconds that the mark has to stand on a cause
SUBJECT, SINCE = 24, 14
WIDE = 60


class TroubleList(ListPane[TroubleRow]):
    SECTIONS = frozenset({"troubles"})

    def __init__(self, host: Host) -> None:
        super().__init__(id="trouble-list")
        self._host = host
        self._trouble: Trouble | None = None
        self._lines: list[TroubleRow] = []

    @property
    def trouble(self) -> Trouble | None:
        return self._trouble

    def show(self, trouble: Trouble | None) -> None:
        """Those of this cause; asked for again only where it became another one."""
        before = self._trouble
        self._trouble = trouble
        if trouble is None:
            self._lines = []
            self.redraw()
        elif before is None or before["ids"] != trouble["ids"]:
            self.run_worker(partial(self._ask, trouble), group="troubles", exclusive=True, exit_on_error=False)

    async def _ask(self, trouble: Trouble) -> None:
        await asyncio.sleep(SOON if self._lines else 0)
        try:
            self._lines = await self._host.service.trouble_rows(trouble["ids"])
        except VenueError as error:
            self._host.say(note_of(error))
        self.redraw()

    def entries(self) -> Sequence[TroubleRow]:
        return self._lines

    def key(self, entry: TroubleRow) -> Hashable:
        return entry["id"]

    def draw_head(self, width: int, height: int) -> list[Row]:
        if self._trouble is None:
            return []
        count = self._trouble["count"]
        shown = f"the newest {len(self._lines)}" if len(self._lines) < count and self._lines else ""
        title = cut(self._trouble["title"], width - 20)
        return [heading(title, width, shown, words.number(count))]

    def draw_entry(self, entry: TroubleRow, width: int, marked: bool) -> list[Row]:
        since = words.day_and_clock(entry["last_at"], self.view.now)
        wide = width >= WIDE
        subject = SUBJECT if wide else width - 2 - (SINCE if width >= 38 else 0)
        row: Row = [pointer(marked), (fit(entry["subject"], subject), "bold $ink" if marked else "$ink")]
        if wide:
            room = width - 2 - subject - 2 - SINCE
            row += [("  ", ""), (fit(cut(entry["detail"], room), room), "$dim")]
        if width >= 38:
            row.append((f"{since:>{SINCE}}", "$dim"))
        return [row]
