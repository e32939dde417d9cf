"""Below the causes: the photos that one holds up, what was set aside, and what healed by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from agent.clock import from_iso
from agent.errors import VenueError
from agent.model import Whole
from agent.requests.troubles import AsideRow, ListTroubleRows, RestoreTroubles, Trouble, TroubleRow
from tui import words
from tui.draw import Row, cut, fit, heading, wrap
from tui.keys.remedies import on_errors
from tui.keys.typeahead import LATER
from tui.pictures.picture import LOOK, Album, Looked, Looks, Picture
from tui.widgets.dialogs import Told
from tui.widgets.list_pane import ListPane, pointer
from tui.widgets.notice import Note, note_of
from tui.words import safe_text

if TYPE_CHECKING:
    from tui.app import Monitor


# ---- the photos that one cause holds up, as far as the agent tells them

MOST = 200  # rows that the agent tells at a time, the newest; the head says so
SOON = 0.12  # seconds that the mark has to stand on a cause
SUBJECT, SINCE = 24, 14
WIDE = 60


class TroubleList(Looks, ListPane[TroubleRow]):
    SECTIONS = frozenset({"troubles"})
    BINDINGS: ClassVar[list[BindingType]] = [LOOK]

    def __init__(self, monitor: Monitor) -> None:
        super().__init__(id="trouble-list")
        self._monitor = monitor
        self._trouble: Trouble | None = None
        self._lines: list[TroubleRow] = []

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
            self._lines = await self._monitor.agent.ask(ListTroubleRows(ids=trouble["ids"][:MOST]))
        except VenueError as error:
            self._monitor.say(note_of(error))
        self.redraw()
        self.tell()

    async def pictured(self, album: Album) -> Looked | None:
        return await album.looked(self.marked["subject"], self.marked["photo"]) if self.marked else None

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
        since = words.day_and_clock(from_iso(entry["last_at"]), self.view.now)
        wide = width >= WIDE
        subject = SUBJECT if wide else width - 2 - (SINCE if width >= 38 else 0)
        row: Row = [pointer(marked), (fit(entry["subject"], subject), "bold $ink" if marked else "$ink")]
        if wide:
            room = width - 2 - subject - 2 - SINCE
            row += [("  ", ""), (fit(cut(entry["detail"], room), room), "$dim")]
        if width >= 38:
            row.append((f"{since:>{SINCE}}", "$dim"))
        return [row]


# ---- set aside: each photo by name, where it is whole if anywhere, and the way back

NAME = 24
WHOLE = {Whole.HERE: "only here", Whole.CARD: "only on the card", Whole.SOURCE: "only at its source"}


class SetAside(Looks, ListPane[AsideRow]):
    """Not there while nothing is set aside."""

    SECTIONS = frozenset({"status"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b", "bring_back", "Bring back", id="bring_back", tooltip="The marked one needs somebody again"),
        LOOK,
    ]

    def __init__(self, monitor: Monitor) -> None:
        super().__init__(id="set-aside")
        self._monitor = monitor
        self.rows: list[AsideRow] = []
        self.display = False

    @property
    def wanted_height(self) -> int:
        return 1 + max(1, len(self.rows))

    async def pictured(self, album: Album) -> Looked | None:
        return await album.looked(self.marked["name"], self.marked["photo"]) if self.marked else None

    def entries(self) -> Sequence[AsideRow]:
        return self.rows

    def key(self, entry: AsideRow) -> Hashable:
        return entry["id"], entry["photo"], entry["name"]

    def draw_head(self, width: int, height: int) -> list[Row]:
        told = "b brings the marked one back" if width >= WIDE and self.has_focus else "not on Drive"
        return [heading("Set aside", width, told, self.counted(len(self.rows)))]

    def draw_entry(self, entry: AsideRow, width: int, marked: bool) -> list[Row]:
        where = WHOLE[Whole(entry["only"])]
        name = NAME if width >= WIDE else max(8, width - 4 - len(where))
        row: Row = [pointer(marked), (fit(entry["name"], name), "bold $ink" if marked else "$ink")]
        row += [("  ", ""), (fit(where, 18) if width >= WIDE else where, "$warn")]
        if width >= WIDE:
            row += [("  ", ""), (cut(entry["title"], width - name - 24), "$dim")]
        return [row]

    def action_bring_back(self) -> None:
        marked = self.marked
        if marked is None or marked["id"] is None:
            return
        number = marked["id"]

        async def restore() -> Note:
            count = await self._monitor.agent.ask(RestoreTroubles(ids=[number]))
            return Note("Needs you again" if count else "It was not set aside", safe_text(marked["name"]))

        self._monitor.verbs.decide(f"bring back {number}", restore)

    def action_open(self) -> None:
        if self.marked is not None and self.marked["photo"] is not None:
            self._monitor.pages.show_photo([self.marked["photo"]], 0)


# ---- healed: that it happened, how long it lasted, and that nobody had to do anything


def draw_healed(trouble: Trouble, width: int, marked: bool) -> Row:
    ended = from_iso(trouble["ended_at"] or trouble["last_at"])
    times = f", {trouble['count']:,} times" if trouble["count"] > 1 else ""
    clock = words.clock(ended, seconds=False)
    room = width - 2 - len(clock) - 2
    if width < WIDE:
        return [pointer(marked), (clock, "$dim"), ("  ", ""), (fit(trouble["title"] + times, room), "$ink")]
    title = min(40, room * 3 // 5)
    lasted = ended - from_iso(trouble["first_at"])
    did = f"over after {words.span(lasted)}" if lasted >= 1 else "over at once"
    about = trouble["subjects"][0] if trouble["count"] == 1 and trouble["subjects"] else ""
    return [
        pointer(marked),
        (clock, "$dim"),
        ("  ", ""),
        (fit(trouble["title"] + times, title), "$ink"),
        ("  ", ""),
        (fit(did, 18), "$ok"),
        (cut(about, room - title - 20), "$dim"),
    ]


class Healed(ListPane[Trouble]):
    SECTIONS = frozenset({"troubles"})

    def entries(self) -> Sequence[Trouble]:
        return self.view.state.troubles["healed"]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """All that there is to know stands in the row."""
        return action != "open"

    def key(self, entry: Trouble) -> Hashable:
        return entry["kind"], entry["title"], entry["ended_at"]

    def draw_head(self, width: int, height: int) -> list[Row]:
        count = self.view.state.troubles["healed_today"]
        return [heading("Healed by itself", width, "today", words.number(count) if count else "nothing")]

    def draw_entry(self, entry: Trouble, width: int, marked: bool) -> list[Row]:
        return [draw_healed(entry, width, marked)]


# ---- beside the causes: the marked photo in full, why it failed in whole words, what to do, since when and how often


LABEL = 10
ROWS = 12  # rows of a reason, of a remedy


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
        for index, line in enumerate(wrap(text, width - LABEL, ROWS)):
            rows.append([(f"{'' if index else label:>{LABEL - 2}}  ", "$dim"), (line, style)])
    return rows
