"""`PhotoList`: photos from the ledger by page, as far as the mark walks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Sequence
from functools import partial

from agent.errors import VenueError
from agent.service_browse import PhotoLine, PhotoQuery
from tui import words
from tui.answer import drive_is_off
from tui.draw import Row, heading
from tui.fit import cut
from tui.host import Host
from tui.lists.list_pane import ListPane
from tui.lists.mark import Mark
from tui.lists.paged import PAGE, Ask, Paged
from tui.notes import note_of
from tui.panes.photo_words import draw_line

SOON = 0.12  # seconds that the mark has to stand before photos of its person are fetched


class PhotoList(ListPane[PhotoLine]):
    """`query` says which photos, without page (None: none yet); `name` heads the list.

    `count` answers how many there are, where that is known.
    """

    SECTIONS = frozenset({"latest"})
    NEWEST_FIRST = True

    def __init__(
        self,
        host: Host,
        query: PhotoQuery | None,
        name: str,
        *,
        whose: str = "",
        count: Callable[[], int | None] | None = None,
    ) -> None:
        super().__init__(id="photo-list")
        self._host = host
        self._query: PhotoQuery | None = query
        self._title = name
        self._whose = whose
        self._count = count or (lambda: None)
        self._paged: Paged[PhotoLine] = Paged()

    def on_mount(self) -> None:
        self._fetch()

    # ---- which photos

    @property
    def ids(self) -> list[int]:
        return [line["id"] for line in self._paged.rows]

    def ask(self, words: str) -> None:
        """Only those whose name holds these words."""
        query = PhotoQuery() if self._query is None else self._query.copy()
        query["words"] = words
        self._query = query
        self._paged = Paged()
        self._fetch()

    def of_person(self, id: str, whose: str) -> None:
        """Those of this person; soon, as the mark may walk on."""
        if self._query and self._query.get("person") == id:
            return
        self._query = PhotoQuery(person=id)
        self._whose, self._paged, self.mark = whose, Paged(), Mark()
        self.redraw()
        self._fetch(after=SOON)

    def again(self) -> None:
        """What is shown has changed: fetch it anew."""
        self._paged = Paged()
        self._fetch()

    def entries(self) -> Sequence[PhotoLine]:
        return self._paged.rows

    def key(self, entry: PhotoLine) -> Hashable:
        return entry["id"]

    # ---- pages

    def _fetch(self, after: float = 0.0) -> None:
        ask = self._paged.wanted(self.mark.index)
        if ask is not None and self._query is not None:
            self.run_worker(
                partial(self._page_of, ask, self._query, after), group="page", exclusive=True, exit_on_error=False
            )

    async def _page_of(self, ask: Ask, query: PhotoQuery, after: float) -> None:
        await asyncio.sleep(after)
        asked: PhotoQuery = {**query, "limit": PAGE}
        if ask.before:
            asked["before"] = ask.before
        try:
            page = await self._host.service.browse_photos(asked)
        except VenueError as error:
            self._host.say(note_of(error))
            return
        if query is self._query:
            rows = page["rows"]
            self._paged = self._paged.take(ask, rows, rows[-1]["id"] if rows else 0, page["more"])
            self.redraw()
            self.tell()
            self._fetch_more()

    def _fetch_more(self) -> None:
        if self.mark.index and self._paged.wanted(self.mark.index):
            self._fetch()

    def action_mark(self, rows: int) -> None:
        super().action_mark(rows)
        self._fetch_more()

    # ---- drawing

    def draw_head(self, width: int, height: int) -> list[Row]:
        count = self._count()
        shown = len(self._paged.rows)
        note = words.number(count) if count is not None else f"{shown}+" if self._paged.more else words.number(shown)
        return [heading(self._title, width, "Arrived" if width >= 60 else "", note if self._paged.known else "")]

    def draw_empty(self, width: int) -> list[Row]:
        searched = self._query is not None and bool(self._query.get("words"))
        told = "Looking." if not self._paged.known else "No photo has such a name." if searched else "None."
        return [[(cut(f"  {told}", width), "$dim")]]

    def draw_entry(self, entry: PhotoLine, width: int, marked: bool) -> list[Row]:
        status = self.view.state.status
        off = status is not None and drive_is_off(status)
        return [draw_line(entry, width, marked, self.view.now, off, self._whose)]
