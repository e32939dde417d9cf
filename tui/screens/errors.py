"""Errors: what needs somebody by cause, with why and what to do; and what healed by itself."""

from __future__ import annotations

from collections.abc import Sequence, Set
from contextlib import suppress
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical

from agent.errors import VenueError
from tui.host import Host
from tui.lists.list_pane import ListPane
from tui.lists.mark import Mark
from tui.panes.causes import Causes, Need
from tui.panes.healed import Healed
from tui.panes.set_aside import SetAside
from tui.panes.tabs import Tab
from tui.panes.trouble_list import TroubleList
from tui.screens.trouble_keys import TroubleKeys
from tui.view import View

BESIDE = 200  # columns from which on a cause's photos stand beside it
HEALED_ROWS = 4  # that are left to it while there is much trouble
ASIDE_ROWS = 3  # that are left to what is set aside


class Errors(TroubleKeys):
    NAME = "Errors"
    KEYS = (
        "open_marked", "retry", "retry_all", "set_aside", "bring_back", "yes", "no", "sign_in", "healed", "undo",
        "actions", "help",
    )  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        *TroubleKeys.BINDINGS,
        Binding("h", "healed", "Others", id="healed", tooltip="To what is set aside, what healed, what needs you"),
        Binding("y", "answer(True)", "Yes", id="yes", tooltip="Yes to what is held"),
        Binding("n", "answer(False)", "No", id="no", tooltip="No to what is held"),
    ]

    def body(self) -> ComposeResult:
        with Container(id="errors"):
            with Vertical(id="needs"):
                yield Causes()
                yield SetAside(self.host)
                yield Healed()
            yield TroubleList(self.host)

    @property
    def causes(self) -> Causes:
        return self.query_one(Causes)

    def __init__(self, tabs: Sequence[Tab], host: Host, under: str = "") -> None:
        super().__init__(tabs, host, under)
        self._aside = 0

    def on_mount(self) -> None:
        super().on_mount()
        self._ask_held()
        self._ask_aside(self.host.view)

    def follow(self, view: View, changed: Set[str]) -> int:
        cells = super().follow(view, changed)
        if self.is_mounted and {"all", "troubles", "status"} & changed:
            self._share_room()
            self._show_photos()
            if view.state.status and bool(view.state.status["held"]) != bool(self.causes.held):
                self._ask_held()
            self._ask_aside(view)
        return cells

    def on_resize(self) -> None:
        self._share_room()
        self._show_photos()

    def _share_room(self) -> None:
        """The causes take what they need, then what is set aside; what healed has the rest."""
        room, aside = self.query_one("#needs").size.height, self.query_one(SetAside)
        if room:
            kept = HEALED_ROWS + (ASIDE_ROWS if aside.display else 0)
            self.causes.styles.height = height = min(self.causes.wanted_height, max(4, room - kept))
            aside.styles.height = min(aside.wanted_height, max(2, room - height - HEALED_ROWS))

    def _show_photos(self) -> None:
        need = self.causes.marked
        shown = self.trouble_list
        shown.show(need.trouble if need is not None and self.size.width >= BESIDE else None)

    def _ask_aside(self, view: View) -> None:
        """What is set aside, whenever that became more or less."""
        count = view.state.status["safe_to_leave"]["set_aside"] if view.state.status else 0
        shown = self.query_one(SetAside)
        if count != self._aside:
            self._aside = count
            shown.display = bool(count)
            if not count and shown.has_focus:
                self.causes.focus()
            self.run_worker(self._aside_rows, group="aside", exclusive=True, exit_on_error=False)

    async def _aside_rows(self) -> None:
        shown = self.query_one(SetAside)
        with suppress(VenueError):  # without an agent nothing is known; the band says so
            shown.rows = await self.host.service.set_aside()
        self._share_room()
        shown.redraw()

    def _ask_held(self) -> None:
        self.run_worker(self._held, group="held", exclusive=True, exit_on_error=False)

    async def _held(self) -> None:
        try:
            held = await self.host.service.held()
        except VenueError:
            return  # without an agent nothing can be answered; the band says so
        if not self.causes.mark.index:
            self.causes.mark = Mark()  # they come first, and so does the mark
        self.causes.held = held
        self._share_room()
        self.causes.redraw()
        self.refresh_bindings()

    # ---- keys

    @property
    def need(self) -> Need | None:
        return self.causes.marked

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing to the marked entry are not offered."""
        if not self.is_mounted:
            return True
        need = self.need
        if action == "answer":
            return need is not None and need.held is not None
        if action in ("retry", "retry_all"):
            return need is not None and need.trouble is not None and bool(need.trouble["photos"])
        return need is not None and need.trouble is not None if action == "set_aside" else True

    @on(ListPane.Marked)
    def _marked(self) -> None:
        self._show_photos()
        self.refresh_bindings()

    @on(ListPane.Opened, "#causes")
    def _open_cause(self, event: ListPane.Opened) -> None:
        trouble = event.entry.trouble
        if trouble is not None:
            self.host.show_cause(trouble)

    @on(ListPane.Opened, "#trouble-list")
    def _open_photo(self, event: ListPane.Opened) -> None:
        if event.entry["photo"] is not None:
            self.host.show_photo([event.entry["photo"]], 0)

    def action_healed(self) -> None:
        panes = [one for one in (self.causes, self.query_one(SetAside), self.query_one(Healed)) if one.display]
        at = next((at for at, one in enumerate(panes) if one.has_focus), 0)
        panes[(at + 1) % len(panes)].focus()

    def action_answer(self, yes: bool) -> None:
        need = self.need
        if need is not None and need.held is not None:
            self.answer_held(need.held, yes)
