"""A person's link: its QR code as large as the screen allows, and one key that makes it and takes it back."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from agent.errors import VenueError
from agent.service_browse import PersonStatus
from tui.draw import BLANK, Row, row_width
from tui.fit import cut, wrap
from tui.host import Host
from tui.notes import Note, draw_note, note_of
from tui.qr import qr_rows
from tui.rows import Rows
from tui.safe_text import safe_text

NOBODY = "Only you can open her folder on Drive. With a link, anyone who has it may read her photos, and nothing else."
ANYONE = "Anyone who has it may read her photos, and nothing else."


class _Shown(Rows):
    def __init__(self, page: Link) -> None:
        super().__init__(id="link-shown")
        self._page = page

    def draw(self, width: int, height: int) -> list[Row]:
        return self._page.draw(self, width, height)


class Link(ModalScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss", "Close", id="link_close", tooltip="Close; the link stays as it is"),
        Binding("l", "change", "Link", id="link_toggle", tooltip="Make the link, or take it back"),
        Binding("c", "copy", "Copy", id="link_copy", tooltip="Copy the link"),
    ]

    def __init__(self, host: Host, person: PersonStatus) -> None:
        super().__init__()
        self._host = host
        self._person = person
        self._link = person["link"]
        self._note: Note | None = None
        self._busy = False

    def compose(self) -> ComposeResult:
        with Vertical(id="link", classes="dialog"):
            yield _Shown(self)

    # ---- drawing

    def draw(self, shown: Rows, width: int, height: int) -> list[Row]:
        name = safe_text(self._person["name"])
        head: list[Row] = [[(cut(f"Link of {name}", width), "bold $accent")]]
        keys = self._keys(shown, width, height - 1)
        if self._link is None:
            told: list[Row] = [[(line, "$ink")] for line in wrap(NOBODY, width, 4)]
            note = draw_note(self._note, width, 3) if self._note else []
            rows = [*head, BLANK, *told, BLANK, *note]
            return [*rows, *[BLANK] * (height - 1 - len(rows)), keys]
        address: list[Row] = [[(line, "$ink")] for line in wrap(self._link, width, 2)]
        code = qr_rows(self._link, width, height - len(head) - len(address) - 1, self._host.view.plain)
        if not code:
            address += [[(line, "$dim")] for line in wrap("Make the window larger to see its QR code.", width, 2)]
        more: list[Row] = [[(line, "$dim")] for line in wrap(ANYONE, width, 2)]
        rows = [*head, *address, *centred(code, width)]
        if len(rows) + len(more) + 1 <= height:
            rows += more
        return [*rows, *[BLANK] * (height - 1 - len(rows)), keys]

    def _keys(self, shown: Rows, width: int, row: int) -> Row:
        toggle = "Take it back" if self._link else "Make it"
        keys: Row = []
        offered = [("l", toggle, "change"), ("c", "Copy", "copy"), ("esc", "Close", "dismiss")]
        for key, label, action in offered if self._link else [offered[0], offered[2]]:
            start = row_width(keys)
            keys += [(key, "bold $accent"), (f" {label}   ", "$dim")]
            shown.on_part(row, start, row_width(keys) - start, partial(self.run_action, action))
        return keys

    # ---- keys

    def action_change(self) -> None:
        if not self._busy:
            self._busy = True
            self.run_worker(self._toggle(), group="link", exit_on_error=False)

    async def _toggle(self) -> None:
        try:
            self._link = await self._host.service.link_person(self._person["id"], self._link is None)
            self._note = None if self._link else Note("Taken back", "the link opens nothing any more")
            if self._link:
                self._host.copy(self._link)
        except VenueError as error:
            self._note = note_of(error)
            if self._link is not None:
                self._host.say(self._note)
        finally:
            self._busy = False
            self.query_one(_Shown).redraw()

    def action_copy(self) -> None:
        if self._link:
            self._host.copy(self._link)
            self._host.say(Note("Copied", self._link))


def centred(code: list[Row], width: int) -> list[Row]:
    return [[(" " * ((width - row_width(row)) // 2), ""), *row] for row in code]
