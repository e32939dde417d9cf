"""One cause of trouble and every photo that it holds up."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from agent.service_snapshot import Trouble
from tui.draw import Row
from tui.host import Host
from tui.lists.list_pane import ListPane
from tui.pane import Pane
from tui.panes.causes import Need, draw_need
from tui.panes.tabs import Tab
from tui.panes.trouble_list import TroubleList
from tui.screens.trouble_keys import TroubleKeys
from tui.view import View


class CauseFacts(Pane):
    """The cause itself, as the list of causes says it."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(id="cause-facts")
        self.trouble = trouble

    def draw(self, width: int, height: int) -> list[Row]:
        return draw_need(Need(trouble=self.trouble), width, False, self.view.now)


class Cause(TroubleKeys):
    NAME = "Errors"
    KEYS = ("back", "open_marked", "retry", "retry_all", "set_aside", "sign_in", "actions", "help")
    BINDINGS: ClassVar[list[BindingType]] = [
        *TroubleKeys.BINDINGS,
        Binding("escape", "back", "Back", id="back", key_display="esc", tooltip="Back to where you came from"),
    ]

    def __init__(self, tabs: Sequence[Tab], host: Host, trouble: Trouble) -> None:
        super().__init__(tabs, host)
        self._trouble = trouble

    def body(self) -> ComposeResult:
        with Container(id="cause"):
            yield CauseFacts(self._trouble)
            yield TroubleList(self.host)

    @property
    def need(self) -> Need | None:
        return Need(trouble=self._trouble)

    def follow(self, view: View, changed: Set[str]) -> int:
        """The cause as it is now; once it is over, back to the others."""
        cells = super().follow(view, changed)
        if self.is_mounted and {"all", "troubles"} & changed:
            key = Need(trouble=self._trouble).key
            found = next((one for one in view.state.troubles["open"] if Need(trouble=one).key == key), None)
            if found is None and view.state.status is not None:
                self.call_later(self.action_back)
            elif found is not None:
                self._trouble = self.query_one(CauseFacts).trouble = found
                self.query_one(CauseFacts).redraw()
                self.trouble_list.show(found)
        return cells

    @on(ListPane.Opened)
    def _open_photo(self) -> None:
        shown = self.trouble_list
        rows = [row for row in shown.entries() if row["photo"] is not None]
        ids = [row["photo"] for row in rows if row["photo"] is not None]
        marked = shown.marked
        if marked is not None and marked["photo"] in ids:
            self.host.show_photo(ids, ids.index(marked["photo"]))

    def action_back(self) -> None:
        if self.is_current:
            self.dismiss()
