"""Activity: what happened, line by line, as far back as the ledger remembers, and a search through all of it."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Sequence, Set
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.worker import Worker

from agent.clock import from_iso
from agent.errors import VenueError
from agent.requests.troubles import ActivityEntry, ListActivity
from tui import words
from tui.draw import Row, cut, fit, heading
from tui.keys.typeahead import LATER
from tui.pictures.picture import LOOK, Album, Looked, Looks
from tui.screens.frame import Frame
from tui.state import View
from tui.widgets.list_pane import PAGE, Ask, ListPane, Mark, Paged, pointer
from tui.widgets.notice import Note, note_of

if TYPE_CHECKING:
    from agent.requests.fields import About
    from tui.app import Monitor

# ---- the list: newest first, what went well folded by the hour, with a rule where a day begins

TYPING = 0.2  # seconds without a key before the ledger is searched
SETTLE = 0.5  # seconds, so that photos that come one after the other are asked for at once
WIDE, ROOMY = 60, 160
KIND, EVENT = 10, 24
MOST = 500  # lines of one that was opened
ABOUT: Sequence[About] = ("all", "problems", "decisions", "photos", "folders")
_STYLES = {
    **dict.fromkeys(("failed", "lost"), "bold $bad"),
    **dict.fromkeys(("outage", "gone", "clock", "account", "held"), "bold $warn"),
    "enrolled": "$people",
    "decided": "$accent",
}


class ActivityList(Looks, ListPane[ActivityEntry]):
    SECTIONS = frozenset({"activity"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k", "kind", "Kind", id="kind", tooltip="Only problems, decisions, photos, folders; or all again"),
        LOOK,
    ]
    NEWEST_FIRST = True

    def __init__(self, monitor: Monitor) -> None:
        super().__init__(id="activity-list")
        self._monitor = monitor
        self._paged: Paged[ActivityEntry] = Paged()
        self._words = ""
        self.about: About = ABOUT[0]
        self._opened: dict[int, list[ActivityEntry]] = {}  # oldest line of a run -> its lines
        self._shown: list[ActivityEntry] = []
        self._inside: frozenset[int] = frozenset()  # lines that stand below one that was opened
        self._days: frozenset[Key] = frozenset()  # entries that a day ends with, seen from now
        self._newest: int | None = None  # the last line that was heard of
        self._old = False  # there are newer ones than are shown
        self._renewal: Worker[None] | None = None
        self._paging: Worker[None] | None = None
        self._unanswered = False  # a page could not be asked for

    def on_mount(self) -> None:
        self._fetch()

    def narrow(self, typed: str) -> None:
        """Only lines that hold these words, from all that the ledger remembers."""
        self._words = typed
        self._begin(after=TYPING)

    def action_kind(self) -> None:
        self.about = ABOUT[(ABOUT.index(self.about) + 1) % len(ABOUT)]
        self._begin()

    def _begin(self, after: float = 0.0) -> None:
        self._paged, self._opened, self._shown, self.mark = Paged(), {}, [], Mark()
        self._fetch(after)

    # ---- pages, and what happens meanwhile

    def follow(self, view: View, changed: Set[str]) -> int:
        newest = max((entry["id"] for entry in view.state.activity), default=0)
        before, self._newest = self._newest, newest
        self._old |= before is not None and newest > before
        if (
            "all" in changed and before is not None and newest < before
        ):  # of another ledger: an older one that was put back, or another's
            self._begin()
        if "all" in changed and self._unanswered:
            self._unanswered, self._old = False, True
        if self._old and self._near and all(one is None or one.is_finished for one in (self._renewal, self._paging)):
            self._renewal = self.run_worker(self._page_anew, group=LATER, exit_on_error=False)
        return super().follow(view, changed)

    @property
    def _near(self) -> bool:
        return not self._paged.first and self.mark.index < PAGE // 2

    async def _page_anew(self) -> None:
        """The first page; what happens meanwhile puts it off no further."""
        while self._old and self._near:
            await asyncio.sleep(SETTLE)
            self._old = False
            try:
                await self._page_of(Ask(0, 0), self._which(), 0.0)
            except asyncio.CancelledError:
                self._old = True
                raise

    def _fetch(self, after: float = 0.0) -> None:
        ask = self._paged.wanted(self.mark.index)
        if ask is not None:
            self._ask_for(ask, after)

    def _ask_for(self, ask: Ask, after: float) -> None:
        if self._renewal is not None:
            self._renewal.cancel()
        self._paging = self.run_worker(
            partial(self._page_of, ask, self._which(), after), group="page", exclusive=True, exit_on_error=False
        )

    def _which(self) -> ListActivity:
        """All that it shows; where somebody looks for words, each line by itself."""
        return ListActivity(q=self._words, about=self.about, fold=not self._words, limit=PAGE)

    async def _page_of(self, ask: Ask, which: ListActivity, after: float) -> None:
        await asyncio.sleep(after)
        try:
            rows = await self._monitor.agent.ask(replace(which, before=ask.before or None))
        except VenueError as error:
            self._unanswered = True
            self._monitor.say(note_of(error))
            return
        if which == self._which():
            before: Paged[ActivityEntry] = self._paged if ask.page or self._paged.first else Paged()
            last = min((row["oldest"] for row in rows), default=0)  # by number: a clock may be set back
            self._paged = before.take(ask, rows, last, len(rows) >= PAGE)
            self._show()
            for row in rows:
                lines = self._opened.get(row["oldest"])
                if lines is not None and lines[0]["id"] != row["id"]:
                    self._look_into(row)

    def _show(self) -> None:
        opened, rows = self._opened, self._paged.rows
        self._shown = [one for entry in rows for one in (entry, *opened.get(entry["oldest"], ()))]
        self._inside = frozenset(line["id"] for lines in opened.values() for line in lines)
        self.redraw()

    def action_mark(self, rows: int) -> None:
        super().action_mark(rows)
        self._fetch()

    def action_open(self) -> None:
        """What is told as one: line by line, and as one again."""
        entry = self.marked
        if entry is None or entry["count"] == 1:
            super().action_open()
        elif self._opened.pop(entry["oldest"], None) is not None:
            self._show()
        else:
            self._look_into(entry)

    def _look_into(self, entry: ActivityEntry) -> None:
        self.run_worker(partial(self._lines_of, entry), group="open", exit_on_error=False)

    async def _lines_of(self, entry: ActivityEntry) -> None:
        try:
            lines = await self._monitor.agent.ask(replace(self._which(), run=entry["id"], limit=MOST))
        except VenueError as error:
            self._monitor.say(note_of(error))
            return
        self._opened[entry["oldest"]] = lines
        self._show()

    # ---- drawing

    async def pictured(self, album: Album) -> Looked | None:
        return await album.looked(self.marked["text"], self.marked["photo"]) if self.marked else None

    def entries(self) -> Sequence[ActivityEntry]:
        return self._shown

    def key(self, entry: ActivityEntry) -> Hashable:
        return key_of(entry)

    def draw(self, width: int, height: int) -> list[Row]:
        self._days = day_ends(self._shown, self.view.now)
        return super().draw(width, height)

    def rows_of(self, entry: ActivityEntry) -> int:
        return 2 if key_of(entry) in self._days else 1

    def draw_head(self, width: int, height: int) -> list[Row]:
        shown = len(self._paged.rows)
        note = f"{words.number(shown)} found" + ("+" if self._paged.more else "") if self._words else ""
        if self.scrolls and self.has_focus and not self._opened:
            note = self._paged.place(self.mark.index)
        told = f"{self.about}, newest first" if width >= WIDE else self.about
        return [heading("Activity", width, told, note)]

    def draw_empty(self, width: int) -> list[Row]:
        told = (
            self.view.looking
            if not self._paged.known
            else "No line holds that."
            if self._words
            else "Nothing has happened."
            if self.about == ABOUT[0]
            else f"No line about {self.about}."
        )
        return [[(cut(f"  {told}", width), "$dim")]]

    def draw_entry(self, entry: ActivityEntry, width: int, marked: bool) -> list[Row]:
        rows: list[Row] = []
        at = from_iso(entry["at"])
        if key_of(entry) in self._days:
            rows.append(_day(at, width))
        clock = words.clock(at, seconds=width >= WIDE)
        inside = entry["id"] in self._inside and entry["count"] == 1
        indent = "  " if inside else ""
        row: Row = [pointer(marked), (f"{indent}{clock} ", "$dim")]
        room = width - 3 - len(indent) - len(clock)
        if width >= WIDE:
            row.append((fit(entry["kind"], KIND) + " ", _STYLES.get(entry["kind"], "$dim")))
            room -= KIND + 1
        if width >= ROOMY and len(self.view.state.events) > 1:
            row.append((fit(self._event(entry["event"]), EVENT) + " ", "$dim"))
            room -= EVENT + 1
        style = "$dim" if inside else "$ink"
        return [*rows, [*row, (fit(cut(told(entry), room), room), "bold $ink" if marked else style)]]

    def _event(self, id: str | None) -> str:
        found = next((event for event in self.view.state.events if event["id"] == id), None)
        return found["name"] if found else ""


Key = tuple[int, bool]


def key_of(entry: ActivityEntry) -> Key:
    """By its oldest line: what stands for several grows at its newer end."""
    return entry["oldest"], entry["count"] > 1


def told(entry: ActivityEntry) -> str:
    """`12 photos on Drive, since 22:03`."""
    since = f", since {words.clock(from_iso(entry['since']), seconds=False)}" if entry["count"] > 1 else ""
    return entry["text"] + since


def day_ends(entries: Sequence[ActivityEntry], now: float) -> frozenset[Key]:
    """The newest entry of each day before today: above it stands the day."""
    found: set[Key] = set()
    before = words.local(now).date()
    for entry in entries:
        day = words.local(from_iso(entry["at"])).date()
        if day != before:
            found.add(key_of(entry))
            before = day
    return frozenset(found)


def _day(at: float, width: int) -> Row:
    then = words.local(at)
    name = f"{then.strftime('%A')}, {then.day} {then.strftime('%B')}"
    return [("  ", ""), (f"{name} ", "$dim"), ("─" * max(0, width - len(name) - 3), "$rule")]


class Activity(Frame):
    NAME = "Activity"
    KEYS = ("open_marked", "kind", "find", "sync", "pause", "undo", "actions", "quit", "help")
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
