"""Pages with a code to scan, as large as the screen allows: a person's link, and the guests' page."""

from __future__ import annotations

import asyncio
import math
import time
from abc import abstractmethod
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from agent.disk.typed import absolute
from agent.errors import NotThere, VenueError
from agent.requests.consent import GetGuestPage
from agent.requests.people import GetPerson, LinkPerson, PersonStatus, Reader
from tui.draw import BLANK, Row, qr_rows, row_width, wrap
from tui.screens import frame
from tui.state import View
from tui.widgets.asking import Asking
from tui.widgets.dialogs import LONGEST, Dialog, Key, Title, keys_row
from tui.widgets.notice import Note, draw_note, note_of
from tui.widgets.people import GONE
from tui.widgets.rows import Rows
from tui.words import safe_text

if TYPE_CHECKING:
    from tui.app import Monitor
    from tui.verbs import Verb


WIDE = 41  # cells, from which on keys stand well apart


class _Shown(Rows):
    def __init__(self, page: CodePage) -> None:
        super().__init__(id="code-shown")
        self._page = page

    def draw(self, width: int, height: int) -> list[Row]:
        return self._page.draw(self, width, height)


class CodePage(Dialog[None]):
    """An address as text and code. `title` names it, `below` says what it is good for, `without` why there is none."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss", "Close", id="code_close", tooltip="Close; all stays as it is"),
        Binding("c,y", "copy", "Copy", id="code_copy", key_display="c", tooltip="Copy the address"),
    ]

    def __init__(self, monitor: Monitor, title: str, below: str, without: str) -> None:
        super().__init__()
        self.monitor = monitor
        self._title, self._below, self._without = title, below, without
        self.address: str | None = None
        self.note: Note | None = None
        self._copied: str | None = None  # said at its key: the code needs the room, and what is beneath is hidden

    def compose(self) -> ComposeResult:
        with Vertical(id="code", classes="dialog"):
            yield Title(self._title, partial(self.run_action, "dismiss"))
            yield _Shown(self)

    def redraw(self) -> None:
        for shown in self.query(_Shown):
            shown.redraw()

    @property
    def is_there(self) -> bool:
        """Not closed yet."""
        return self in self.monitor.screen_stack

    def tell(self, note: Note) -> Note | None:
        """Here; closed meanwhile, the page leaves it to the screen beneath."""
        if not self.is_there:
            return note
        self.note = note
        self.redraw()
        return None

    @abstractmethod
    def keys(self) -> list[Key]:
        """Those of its own, to be named before the others."""

    def draw(self, shown: Rows, width: int, height: int) -> list[Row]:
        word = "Copied" if self._copied == self.address else "Copy"
        copy: list[Key] = [("c", word, partial(self.run_action, "copy"))] if self.address else []
        keys = keys_row(shown, height - 1, [*self.keys(), *copy], gap="   " if width >= WIDE else " ")
        note = draw_note(self.note, width, 3) if self.note else []
        if self.address is None:
            told: list[Row] = [[(line, "$ink")] for line in wrap(self._without, width, 4)]
            rows = [BLANK, *told, BLANK, *note]
            return [*rows, *[BLANK] * (height - 1 - len(rows)), keys]
        address: list[Row] = [[(line, "$ink")] for line in wrap(self.address, width, 2)]
        room = height - len(address) - len(note) - 1
        code = qr_rows(self.address, width, room, self.monitor.view.plain)
        if not code:
            address += [[(line, "$dim")] for line in wrap("Make the window larger to see its QR code.", width, 2)]
        more: list[Row] = [[(line, "$dim")] for line in wrap(self._below, width, 2)]
        centred: list[Row] = [[(" " * ((width - row_width(row)) // 2), ""), *row] for row in code]
        rows = [*address, *centred, *note]
        if len(rows) + len(more) + 1 <= height:
            rows += more
        return [*rows, *[BLANK] * (height - 1 - len(rows)), keys]

    def action_copy(self) -> None:
        if self.address:
            self.monitor.copy_to_clipboard(self.address)
            self._copied = self.address
            self.redraw()


# ---- their link: one key makes it and takes it back; and single addresses that are let in

ANYONE = "Anyone who has it may read their photos, and nothing else."
UNKNOWN = "Who can open their folder on Drive is not known yet."
NOBODY = f"Only you can open their folder on Drive. With a link, {ANYONE[0].lower()}{ANYONE[1:]}"


class Link(CodePage):
    DECIDES = frozenset({"l"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "change", "Link", id="link_toggle", tooltip="Make the link, or take it back"),
        Binding(
            "a", "reader", "An address", id="link_reader", tooltip="Let in one e-mail address, or keep it out again"
        ),
    ]

    def __init__(self, monitor: Monitor, person: PersonStatus) -> None:
        super().__init__(monitor, f"Link of {safe_text(person['name'])}", ANYONE, UNKNOWN)
        self._person = person
        self._readers: list[Reader] = []
        self._told = self._link_told(monitor.view)
        self._turned_at = -math.inf  # by another one, so that nobody has looked at it yet
        self._asking = Asking(self, self._follow, "link")
        self.address = person["link"]

    async def on_mount(self) -> None:
        try:
            await self._read()
        except VenueError as error:
            self.note = note_of(error)
        self.redraw()

    def _link_told(self, view: View) -> list[str | None]:
        """What the status tells of it; of nobody nothing."""
        return [one["link"] for one in view.state.people if one["id"] == self._person["id"]]

    def stand(self, view: View) -> int:
        """What another one makes or takes back is shown, or not any more."""
        before, self._told = self._told, self._link_told(view)
        if self._told != before or (self._told and self._told != [self.address]):
            self._asking.later()
        return 0

    async def _follow(self) -> None:
        had = self.address is not None
        await self._read()
        if had != (self.address is not None) and not self.monitor.verbs.is_at(self._verb):
            self._turned_at = time.monotonic()
        self.redraw()

    def is_unseen(self, key: str, typed_at: float) -> bool:
        """Whether `l` was typed about what another one has turned round, which is said then."""
        if key != "l" or typed_at >= self._turned_at + frame.SEEN:
            return False
        self.tell(frame.ANOTHER)
        return True

    async def _read(self) -> None:
        """As it is now; who is let in by an address is said in every case, and first."""
        try:
            details = await self.monitor.agent.ask(GetPerson(id=self._person["id"]))
        except NotThere:
            self.address, self._without = None, GONE
            return
        self.address, self._readers = details["person"]["link"], details["readers"]
        told = ", ".join(reader_text(one) for one in self._readers)
        self._below = f"Open to {told}. {ANYONE}" if told else ANYONE
        self._without = f"Open to {told}, and to nobody else." if told else NOBODY

    def keys(self) -> list[Key]:
        change = "Take it back" if self.address else "Make it"
        return [
            ("l", change, partial(self.run_action, "change")),
            ("a", "An address", partial(self.run_action, "reader")),
        ]

    def action_reader(self) -> None:
        known = [one["address"] for one in self._readers]

        def let(address: str) -> Verb:
            async def work() -> Note | None:
                on = address.casefold() not in known
                await self.monitor.agent.ask(LinkPerson(person=self._person["id"], on=on, to=address))
                await self._read()
                told = f"Open to {address}" if on else f"Closed to {address}"
                return self.tell(Note(told, "Drive wrote to them" if on else ""))

            return work

        more = "one that is let in already is kept out again" if known else "Drive writes to it, with the link"
        self.monitor.pages.prompt("Which e-mail address?", attempt=let, more=more, names=known)

    def action_change(self) -> None:
        self.monitor.verbs.do(self._verb, self._toggle)

    @property
    def _verb(self) -> str:
        return f"link {self._person['id']}"

    async def _toggle(self) -> Note | None:
        """To its end, also where the page is closed meanwhile."""
        try:
            self.address = await self.monitor.agent.ask(LinkPerson(person=self._person["id"], on=self.address is None))
        except VenueError as error:
            return self.tell(note_of(error))
        if self.address is None:
            return self.tell(Note("Taken back", "the link opens nothing any more"))
        if not self.is_there:
            return Note(self._title, self.address)
        self.monitor.copy_to_clipboard(self.address)
        self.note = None  # its code needs the room
        self.redraw()
        return None


def reader_text(reader: Reader) -> str:
    until = f" until {reader['until']}" if reader["until"] else ""
    return f"{safe_text(reader['address'])}{until}"


# ---- what guests are given: the page that finds their photos by a selfie, and cards with the links that were made

NO_PAGE = (
    "There is no page for guests: set guests.page = true and api.listen in config.toml, and start venuesync again."
)
NO_LINK = Note("Nobody has a link", "l on a person makes one", bad=True)


class Guests(CodePage):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "cards", "Write cards", id="guest_cards", tooltip="A sheet of cards with their links, to print"),
    ]

    def __init__(self, monitor: Monitor) -> None:
        super().__init__(monitor, "The guests' page", "Whoever scans it finds their photos by a selfie.", NO_PAGE)

    async def on_mount(self) -> None:
        try:
            self.address = (await self.monitor.agent.ask(GetGuestPage()))["address"]
        except VenueError as error:
            self.note = note_of(error)
        self.redraw()

    @property
    def _linked(self) -> list[tuple[str, str]]:
        return [(one["name"], one["link"]) for one in self.monitor.view.state.people if one["link"]]

    def keys(self) -> list[Key]:
        return [("w", "Write cards", partial(self.run_action, "cards"))]

    def action_cards(self) -> None:
        """Of everybody with a link. Where to is asked; what is there already is replaced only by such a sheet."""
        status = self.monitor.view.state.status
        if not self._linked or status is None:
            self.tell(NO_LINK)
            return

        def write(path: str) -> Verb:
            async def work() -> Note | None:
                linked = self._linked  # by now
                return self.tell(await cards_to(path, linked) if linked else NO_LINK)

            return work

        self.monitor.pages.prompt(
            "Write the cards to",
            attempt=write,
            value=str(Path(status["workspace"]) / "cards.html"),
            more="name, code and link; .pdf where a browser is",
            longest=LONGEST,
        )


async def cards_to(path: str, linked: list[tuple[str, str]]) -> Note:
    from tui.report.cards import counted, write_cards

    await asyncio.to_thread(write_cards, absolute(Path(path)), linked)
    return Note(f"{counted(len(linked))} written", path)
