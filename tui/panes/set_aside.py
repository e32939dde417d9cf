"""What was set aside: each photo by name, where it is whole if anywhere, and the way back."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from agent.model import Whole
from agent.service_browse import AsideRow
from tui import words
from tui.draw import Row, heading
from tui.fit import cut, fit
from tui.host import Host
from tui.lists.list_pane import ListPane, pointer
from tui.notes import Note
from tui.safe_text import safe_text

NAME, WIDE = 24, 60
WHOLE = {Whole.HERE: "only here", Whole.CARD: "only on the card", Whole.SOURCE: "only at its source"}


class SetAside(ListPane[AsideRow]):
    """Not there while nothing is set aside."""

    SECTIONS = frozenset({"status"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b", "bring_back", "Bring back", id="bring_back", tooltip="The marked one needs somebody again"),
    ]

    def __init__(self, host: Host) -> None:
        super().__init__(id="set-aside")
        self._host = host
        self.rows: list[AsideRow] = []
        self.display = False

    @property
    def wanted_height(self) -> int:
        return 1 + max(1, len(self.rows))

    def entries(self) -> Sequence[AsideRow]:
        return self.rows

    def key(self, entry: AsideRow) -> Hashable:
        return entry["id"], entry["photo"], entry["name"]

    def draw_head(self, width: int, height: int) -> list[Row]:
        told = "b brings the marked one back" if width >= WIDE and self.has_focus else "not on Drive"
        return [heading("Set aside", width, told, words.number(len(self.rows)))]

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
            count = await self._host.service.restore([number])
            return Note("Needs you again" if count else "It was not set aside", safe_text(marked["name"]))

        self._host.do("bring back", restore)

    def action_open(self) -> None:
        if self.marked is not None and self.marked["photo"] is not None:
            self._host.show_photo([self.marked["photo"]], 0)
