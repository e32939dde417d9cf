"""Activity: what happened, line by line, as far back as the ledger remembers, and a search through all of it."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Sequence, Set
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from agent.errors import VenueError
from agent.requests.troubles import ActivityEntry, ListActivity
from tui import words
from tui.draw import Row, cut, fit, heading
from tui.pictures.picture import LOOK, Album, Looked
from tui.screens.frame import Frame
from tui.state import View, event_name
from tui.widgets.list_pane import PAGE, Ask, ListPane, Mark, Paged, pointer
from tui.widgets.notice import Note, note_of

if TYPE_CHECKING:
    from tui.app import Monitor

# ---- the list: newest first, with a rule where a day begins

TYPING = 0.2  # seconds without a key before the ledger is searched
WIDE, ROOMY = 60, 160
KIND, EVENT = 10, 24
_STYLES = {"failed": "bold $bad", "removed": "$warn", "folder": "$warn", "pause": "$accent", "enrolled": "$people"}


class ActivityList(ListPane[ActivityEntry]):
    SECTIONS = frozenset({"activity"})
    BINDINGS: ClassVar[list[BindingType]] = [LOOK]
    NEWEST_FIRST = True

    def __init__(self, monitor: Monitor) -> None:
        super().__init__(id="activity-list")
        self._monitor = monitor
        self._paged: Paged[ActivityEntry] = Paged()
        self._words = ""
        self._days: frozenset[int] = frozenset()  # ids of entries that a day ends with, seen from now

    def on_mount(self) -> None:
        self._fetch()

    def narrow(self, typed: str) -> None:
        """Only lines that hold these words, from all that the ledger remembers."""
        self._words, self._paged, self.mark = typed, Paged(), Mark()
        self._fetch(after=TYPING)

    # ---- pages, and what happens meanwhile

    def follow(self, view: View, changed: Set[str]) -> int:
        if not self._words and self._paged.known and not self._paged.first:
            self._take_new(view.state.activity)
        return super().follow(view, changed)

    def _take_new(self, newest: Sequence[ActivityEntry]) -> None:
        """What the agent sent since; where more happened than it sent, all is fetched anew."""
        known = self._paged.rows[0]["id"] if self._paged.rows else 0
        fresh = [entry for entry in newest if entry["id"] > known]
        if fresh and known and len(fresh) == len(newest) and fresh[-1]["id"] > known + 1:
            self._paged = Paged()
            self._fetch()
        elif fresh:
            self._paged = self._paged.begin_with(fresh)

    def _fetch(self, after: float = 0.0) -> None:
        ask = self._paged.wanted(self.mark.index)
        if ask is not None:
            self.run_worker(
                partial(self._page_of, ask, self._words, after), group="page", exclusive=True, exit_on_error=False
            )

    async def _page_of(self, ask: Ask, typed: str, after: float) -> None:
        await asyncio.sleep(after)
        try:
            if typed:
                rows = await self._monitor.agent.ask(ListActivity(q=typed, before=ask.before or None, limit=PAGE))
            else:
                rows = await self._monitor.agent.ask(ListActivity(before=ask.before or None, limit=PAGE))
        except VenueError as error:
            self._monitor.say(note_of(error))
            return
        if typed == self._words:
            self._paged = self._paged.take(ask, rows, rows[-1]["id"] if rows else 0, len(rows) == PAGE)
            self.redraw()

    def action_mark(self, rows: int) -> None:
        super().action_mark(rows)
        self._fetch()

    # ---- drawing

    async def pictured(self, album: Album) -> Looked | None:
        row = self.marked
        if row is None:
            return None
        if row["photo"] is None:
            return Looked(row["text"], None, "It is about no photo")
        return Looked(row["text"], await album.thumbnail(row["photo"]))

    def action_look(self) -> None:
        self._monitor.pages.look(self)

    def entries(self) -> Sequence[ActivityEntry]:
        return self._paged.rows

    def key(self, entry: ActivityEntry) -> Hashable:
        return entry["id"]

    def draw(self, width: int, height: int) -> list[Row]:
        self._days = day_ends(self._paged.rows, self.view.now)
        return super().draw(width, height)

    def rows_of(self, entry: ActivityEntry) -> int:
        return 2 if entry["id"] in self._days else 1

    def draw_head(self, width: int, height: int) -> list[Row]:
        shown = len(self._paged.rows)
        note = f"{words.number(shown)} found" + ("+" if self._paged.more else "") if self._words else ""
        if self.scrolls and self.has_focus:
            note = self._paged.place(self.mark.index)
        return [heading("Activity", width, "newest first" if width >= WIDE else "", note)]

    def draw_empty(self, width: int) -> list[Row]:
        told = (
            "Looking." if not self._paged.known else "No line holds that." if self._words else "Nothing has happened."
        )
        return [[(cut(f"  {told}", width), "$dim")]]

    def draw_entry(self, entry: ActivityEntry, width: int, marked: bool) -> list[Row]:
        rows: list[Row] = []
        if entry["id"] in self._days:
            rows.append(_day(entry["at"], width))
        clock = words.clock(entry["at"], seconds=width >= WIDE)
        row: Row = [pointer(marked), (f"{clock} ", "$dim")]
        room = width - 3 - len(clock)
        if width >= WIDE:
            row.append((fit(entry["kind"], KIND) + " ", _STYLES.get(entry["kind"], "$dim")))
            room -= KIND + 1
        if width >= ROOMY and len(self.view.state.events) > 1:
            row.append((fit(self._event(entry["event"]), EVENT) + " ", "$dim"))
            room -= EVENT + 1
        return [*rows, [*row, (fit(cut(entry["text"], room), room), "bold $ink" if marked else "$ink")]]

    def _event(self, id: str | None) -> str:
        found = next((event for event in self.view.state.events if event["id"] == id), None)
        return event_name(self.view.state, found) if found else ""


def day_ends(entries: Sequence[ActivityEntry], now: float) -> frozenset[int]:
    """Ids of the newest entry of each day before today: above it stands the day."""
    found: set[int] = set()
    before = words.local(now).date()
    for entry in entries:
        day = words.local(entry["at"]).date()
        if day != before:
            found.add(entry["id"])
            before = day
    return frozenset(found)


def _day(at: float, width: int) -> Row:
    then = words.local(at)
    name = f"{then.strftime('%A')}, {then.day} {then.strftime('%B')}"
    return [("  ", ""), (f"{name} ", "$dim"), ("─" * max(0, width - len(name) - 3), "$rule")]


class Activity(Frame):
    NAME = "Activity"
    KEYS = ("open_marked", "find", "sync", "pause", "undo", "actions", "quit", "help")
    FINDS = True

    def body(self) -> ComposeResult:
        yield ActivityList(self.monitor)

    def find(self, words: str) -> None:
        self.query_one(ActivityList).narrow(words)

    @on(ListPane.Opened)
    def _open(self, event: ListPane.Opened) -> None:
        """The photo that it is about, where it is about one; else the whole line."""
        photo = event.entry["photo"]
        if photo:
            self.monitor.pages.show_photo([photo], 0)
        else:
            self.say(Note(event.entry["text"]))
