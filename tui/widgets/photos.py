"""Photos: the latest ones, and lists of them from the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Sequence, Set
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType

from agent.clock import from_iso
from agent.errors import NotThere, VenueError
from agent.model import FOLDER_NAMES, FolderKind, PhotoState
from agent.requests.photos import ListPhotos, PhotoRow
from agent.requests.snapshot import LatestPhoto
from tui import words
from tui.draw import Row, cut, first_names, fit, heading
from tui.keys.typeahead import LATER
from tui.pictures.picture import LOOK, Album, Looked, Looks
from tui.state import View
from tui.widgets.list_pane import PAGE, Ask, Column, ListPane, Mark, Paged, SortedPane, pointer
from tui.widgets.notice import note_of

if TYPE_CHECKING:
    from tui.app import Monitor

# ---- latest: proof that photos arrive, to whom they went, and how long that took

LATEST_WIDE = 50
SMALL = 3  # rows: no heading
ONLY_HERE = "only here"
_NOBODY = {FOLDER_NAMES[kind] for kind in (FolderKind.NO_FACES, FolderKind.UNKNOWN, FolderKind.VIDEOS)}


class Latest(Looks, ListPane[LatestPhoto]):
    """The newest first; the mark is there once somebody goes to the pane, and opens a photo."""

    SECTIONS = frozenset({"latest", "status"})
    BINDINGS: ClassVar[list[BindingType]] = [LOOK]
    SCROLLS = False
    NEWEST_FIRST = True

    async def pictured(self, album: Album) -> Looked | None:
        photo = self.marked
        return Looked(photo["photo"], await album.thumbnail(photo["id"])) if photo else None

    def entries(self) -> Sequence[LatestPhoto]:
        return self.view.state.latest

    def key(self, entry: LatestPhoto) -> Hashable:
        return entry["id"]

    def draw_head(self, width: int, height: int) -> list[Row]:
        if height <= SMALL:
            return []
        off = self.view.state.drive_off
        heads = f"from drop to {'filed' if off else 'verified'}" if width >= LATEST_WIDE else "took"
        return [heading("Latest", width, heads, "filed" if off else "on Drive")]

    def draw_empty(self, width: int) -> list[Row]:
        status = self.view.state.status
        if status is None:
            return []
        some = bool(status["uploads"]["verified"])  # of a photo that is wanted in another folder, too, by now
        return [[(fit("None in all its folders yet." if some else "None yet.", width), "$dim")]]

    def draw_entry(self, entry: LatestPhoto, width: int, marked: bool) -> list[Row]:
        return [draw_latest(entry, width, marked)]


def draw_latest(photo: LatestPhoto, width: int, marked: bool = False) -> Row:
    wide = width >= LATEST_WIDE
    gap = "  " if wide else " "
    style = "$dim" if photo["to"] and photo["to"][0] in _NOBODY else "$people"
    time = words.clock(from_iso(photo["at"]), seconds=wide)
    only_here = photo.get("only_here", False)
    took = "" if only_here or photo["took"] is None else words.took(photo["took"])
    took = took.rjust(6 if wide else 5)
    took = took if took.startswith(" ") else f" {took}"  # never touches a name
    room = width - len(time) - 12 - 2 * len(gap) - len(took)
    return [
        (time, "$dim"),
        (">".ljust(len(gap)) if marked else gap, "bold $accent" if marked else ""),
        (fit(photo["photo"], 12), "bold $ink" if marked else "$ink"),
        (gap, ""),
        (fit(ONLY_HERE, room) if only_here else first_names(photo["to"], room), "$dim" if only_here else style),
        (took, "bold $ink"),
    ]


# ---- lists, by page, as far as the mark walks

SOON = 0.12  # seconds that the mark has to stand before photos of its person are fetched
SETTLE = 0.5  # seconds, so that photos that come one after the other are asked for at once
NAME, STATE, ARRIVED, DISTANCE = 24, 11, 13, 6  # cells
WIDE = 60  # from this width on a list says how each stands and when it arrived
ORDERS: Sequence[Column[Any]] = (  # `order` is the agent's name of it
    Column("", "newest first", lambda _: "newest"),
    Column("", "by name", lambda _: "name"),
    Column("Who", "by who is on them", lambda _: "who", 0, WIDE, left=True),
    Column("State", "by state", lambda _: "state", STATE, WIDE, left=True),
    Column("", "by when taken", lambda _: "taken"),
    Column("Arrived", "newest first", lambda _: "newest", ARRIVED + 1, WIDE),
)


SHARPEST = Binding("k", "sharpest", "Sharpest", id="kind", tooltip="Of each burst the sharpest alone, or all again")


class PhotoList(Looks, SortedPane[PhotoRow]):
    """`query` says which photos, without page (None: none yet); `name` heads the list.

    `count` answers how many there are, where that is known.
    """

    SECTIONS = frozenset({"latest", "status"})
    BINDINGS: ClassVar[list[BindingType]] = [LOOK, SHARPEST]
    NEWEST_FIRST = True
    COLUMNS = ORDERS

    def __init__(
        self,
        monitor: Monitor,
        query: ListPhotos | None,
        name: str,
        *,
        whose: str = "",
        count: Callable[[], int | None] | None = None,
    ) -> None:
        super().__init__(id="photo-list")
        self._monitor = monitor
        self._query: ListPhotos | None = query
        self._title = name
        self._whose = whose
        self._count = count or (lambda: None)
        self._paged: Paged[PhotoRow] = Paged()
        self._stands: object = None  # what the agent said of all photos when these were asked for
        self._old = self._renewing = False
        self._unanswered = False  # a page could not be asked for

    def on_mount(self) -> None:
        self._fetch()

    # ---- what happens meanwhile

    def follow(self, view: View, changed: Set[str]) -> int:
        cells, status = super().follow(view, changed), view.state.status
        if status is not None:
            stands = (view.state.latest, status["photos"], status["people"], status["uploads"]["verified"])
            self._old |= self._stands is not None and stands != self._stands
            self._stands = stands
            self._renew()
        if "all" in changed and self._unanswered:
            self._unanswered = False
            self._fetch()
        return cells

    def _renew(self) -> None:
        """The first page anew, where something has changed and the mark is on it."""
        if self._old and self._on_top and not self._renewing and self.is_mounted:
            self.run_worker(self._page_anew, group=LATER, exit_on_error=False)

    @property
    def _on_top(self) -> bool:
        return self._paged.known and not self._paged.first and self.mark.index < PAGE // 2

    async def _page_anew(self) -> None:
        """Where the marked one is on it no more, all stays until the mark is on top."""
        self._renewing = True
        try:
            while self._old:
                await asyncio.sleep(SETTLE)
                self._old, query, by = False, self._query, self.by
                if query is None or not self._on_top:
                    return
                try:
                    page = await self._monitor.agent.ask(replace(query, limit=PAGE, order=by.order(None)))
                    rows, more = page["rows"], page["more"]
                except NotThere:
                    rows, more = [], False
                if query is not self._query or by is not self.by or not self._on_top:
                    return
                if self.mark.index and self.mark.key not in [self.key(row) for row in rows] and rows:
                    self._old = True
                    return
                anew: Paged[PhotoRow] = Paged()
                self._paged = anew.take(Ask(0, 0), rows, rows[-1]["id"] if rows else 0, more)
                self.redraw()
                self.tell()
        except VenueError:
            self._old = True  # without an agent nothing is known; the band says so
        finally:
            self._renewing = False

    # ---- which photos

    @property
    def ids(self) -> list[int]:
        return [line["id"] for line in self._paged.rows]

    def ask(self, words: str) -> None:
        """Only those whose name holds these words; the mark stays on the one that it is on, else it is on the first."""
        self._query = replace(self._query or ListPhotos(), q=words)
        self._paged, self.mark = Paged(), Mark(self.mark.key)
        self._fetch()

    def action_sharpest(self) -> None:
        """Of each burst this one alone; all again."""
        if self._query is not None:
            self._query = replace(self._query, sharpest=not self._query.sharpest)
            self._paged, self.mark = Paged(), Mark()
            self.redraw()
            self._fetch()

    def show(self, query: ListPhotos, whose: str = "") -> None:
        """These instead; soon, as the mark may walk on. `whose`: the person whose all of them are."""
        if self._query == query:
            return
        self._query = query
        self._whose, self._paged, self.mark = whose, Paged(), Mark()
        self.redraw()
        self._fetch(after=SOON)

    def again(self) -> None:
        """What is shown has changed: fetch it anew."""
        self._paged = Paged()
        self._fetch()

    def drop(self, id: int) -> None:
        """It is none of them any more; the mark goes to the one behind it."""
        pages = tuple(tuple(row for row in page if row["id"] != id) for page in self._paged.pages)
        self._paged = replace(self._paged, pages=pages)
        self.redraw()
        self.tell()

    def unsorted(self) -> Sequence[PhotoRow]:
        return self._paged.rows

    def entries(self) -> Sequence[PhotoRow]:
        """The agent has them in order, page by page."""
        return self.unsorted()

    def sort(self, by: Column[Any]) -> None:
        super().sort(by)
        self.again()

    def key(self, entry: PhotoRow) -> Hashable:
        return entry["id"]

    def head_width(self, column: Column[Any], width: int, room: int) -> int:
        """`Who` is above the names, or as near as the title lets it."""
        if column.head != "Who":
            return column.width
        names = width - 2 - NAME - 1 - STATE - ARRIVED - 1
        return min(names, room) if room > len(column.head) else 0

    def head_text(self, column: Column[Any], cells: int) -> str:
        """Beside the names stands how far a face is from theirs, where photos of one person are listed."""
        far = column.head == "Who" and any(line["distance"] is not None for line in self._paged.rows)
        room = cells - len("Who") - 1
        return f"Who{'Distance':>{room}} " if far and room > len("Distance") else column.drawn(cells)

    # ---- pages

    def _fetch(self, after: float = 0.0) -> None:
        ask = self._paged.wanted(self.mark.index)
        if ask is not None and self._query is not None:
            self.run_worker(
                partial(self._page_of, ask, self._query, after), group="page", exclusive=True, exit_on_error=False
            )

    async def _page_of(self, ask: Ask, query: ListPhotos, after: float) -> None:
        await asyncio.sleep(after)
        order = self.by.order(None)
        asked = replace(query, limit=PAGE, before=ask.before or None, order=order)
        try:
            page = await self._monitor.agent.ask(asked)
        except VenueError as error:
            self._unanswered = True
            self._monitor.say(note_of(error))
            return
        if query is self._query and order == self.by.order(None):
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
        self._renew()

    async def pictured(self, album: Album) -> Looked | None:
        photo = self.marked
        return Looked(photo["name"], await album.thumbnail(photo["id"])) if photo else None

    def action_open(self) -> None:
        """The marked one; the others are its neighbours."""
        if self.marked is not None:
            self._monitor.pages.show_photo(self.ids, self.mark.index)

    # ---- drawing

    def draw_head(self, width: int, height: int) -> list[Row]:
        alone = self._query is not None and self._query.sharpest
        count = None if alone else self._count()
        shown = len(self._paged.rows)
        note = words.number(count) if count is not None else f"{shown}+" if self._paged.more else words.number(shown)
        if self.scrolls and self.has_focus:
            place = self._paged.place(self.mark.index)
            note = place if count is None else f"{place.partition(' of ')[0]} of {note}"
        return [
            self.draw_heads(
                width, note if self._paged.known else "", f"{self._title}, sharpest" if alone else self._title
            )
        ]

    def draw_empty(self, width: int) -> list[Row]:
        searched = self._query is not None and bool(self._query.q)
        told = self.view.looking if not self._paged.known else "No photo has such a name." if searched else "None."
        return [[(cut(f"  {told}", width), "$dim")]]

    def draw_entry(self, entry: PhotoRow, width: int, marked: bool) -> list[Row]:
        return [draw_line(entry, width, marked, self.view.now, self.view.state.drive_off, self._whose)]


# ---- states in words; pure drawing

SENDING = "sending"
_STATES = {
    PhotoState.WAITING: ("on its way", "$ink"),
    PhotoState.FAILED: ("FAILED", "bold $bad"),
    PhotoState.HELD: ("HELD", "bold $warn"),
    PhotoState.DISMISSED: ("set aside", "$dim"),
    PhotoState.WITHDRAWN: ("withdrawn", "$dim"),
    PhotoState.MOVED: ("moved", "$dim"),
    PhotoState.SUPERSEDED: ("replaced", "$dim"),
}


def state_words(state: str, filed: bool, verified: bool, drive_off: bool) -> tuple[str, str]:
    """Where a photo stands, in one or two words, and their style."""
    known = {one.value: told for one, told in _STATES.items()}
    if state in known:
        return known[state]
    if verified:
        return "verified", "$dim"
    if filed:
        return ("filed", "$dim") if drive_off else (SENDING, "$ink")
    return "on its way", "$ink"


def _sending(line: PhotoRow) -> tuple[str, str]:
    """The same of one that is filed and not verified."""
    if line.get("amiss"):
        return "gone there", "$warn"
    return (ONLY_HERE, "$dim") if line.get("only_here") else (SENDING, "$ink")


def draw_line(line: PhotoRow, width: int, marked: bool, now: float, drive_off: bool, whose: str = "") -> Row:
    """A photo in a list; `whose`: the person whose list it is, who needs no mention in it."""
    word, style = state_words(line["state"], line["filed_at"] is not None, line["verified_at"] is not None, drive_off)
    if word == SENDING:
        word, style = _sending(line)
    wide = width >= WIDE
    name = NAME if wide else 13
    far = DISTANCE if line["distance"] is not None and width >= WIDE else 0
    room = width - 2 - name - 1 - far - (STATE + 1 if wide else 0) - (ARRIVED + 1 if wide else 0)
    others = [who for who in line["to"] if who != whose]
    in_group = any(one.rpartition("/")[2] == FOLDER_NAMES[FolderKind.GROUP] for one in line["folders"])
    by_themselves = "with others" if in_group else "alone"  # of whom nobody is known
    company = first_names(others, room) if others or not whose else fit(by_themselves, room)
    row: Row = [
        pointer(marked),
        (fit(words.of_burst(line), name) + " ", "bold $ink" if marked else "$ink"),
        (company, "$people" if others else "$dim"),
    ]
    if far and line["distance"] is not None:
        row.append((f"{line['distance']:>{far}.2f}", "$dim"))
    if wide:
        row += [
            (f" {fit(word, STATE)}", style),
            (f" {words.day_and_clock(from_iso(line['arrived_at']), now):>{ARRIVED}}", "$dim"),
        ]
    return row
