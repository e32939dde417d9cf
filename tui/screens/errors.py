"""Errors: what needs somebody by cause, with why and what to do; and what healed by itself."""

from __future__ import annotations

from collections.abc import Set
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical

from agent.errors import VenueError
from tui.lists.list_pane import ListPane
from tui.lists.mark import Mark
from tui.panes.causes import Causes, Need
from tui.panes.healed import Healed
from tui.panes.trouble_list import TroubleList
from tui.screens.trouble_keys import TroubleKeys
from tui.view import View

BESIDE = 200  # columns from which on a cause's photos stand beside it
HEALED_ROWS = 4  # that are left to it while there is much trouble


class Errors(TroubleKeys):
    NAME = "Errors"
    KEYS = (
        "open_marked", "retry", "retry_all", "set_aside", "yes", "no", "sign_in", "healed", "undo", "actions", "help",
    )  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        *TroubleKeys.BINDINGS,
        Binding("h", "healed", "Healed", id="healed", tooltip="Between what needs you and what healed by itself"),
        Binding("y", "answer(True)", "Yes", id="yes", tooltip="Yes to what is held"),
        Binding("n", "answer(False)", "No", id="no", tooltip="No to what is held"),
    ]

    def body(self) -> ComposeResult:
        with Container(id="errors"):
            with Vertical(id="needs"):
                yield Causes()
                yield Healed()
            yield TroubleList(self.host)

    @property
    def causes(self) -> Causes:
        return self.query_one(Causes)

    def on_mount(self) -> None:
        super().on_mount()
        self._ask_held()

    def follow(self, view: View, changed: Set[str]) -> int:
        cells = super().follow(view, changed)
        if self.is_mounted and {"all", "troubles", "status"} & changed:
            self._share_room()
            self._show_photos()
            if view.state.status and bool(view.state.status["held"]) != bool(self.causes.held):
                self._ask_held()
        return cells

    def on_resize(self) -> None:
        self._share_room()
        self._show_photos()

    def _share_room(self) -> None:
        """The causes take what they need, what healed has the rest."""
        room = self.query_one("#needs").size.height
        if room:
            self.causes.styles.height = min(self.causes.wanted_height, max(4, room - HEALED_ROWS))

    def _show_photos(self) -> None:
        need = self.causes.marked
        shown = self.trouble_list
        shown.show(need.trouble if need is not None and self.size.width >= BESIDE else None)

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
        other = self.query_one(Healed) if self.causes.has_focus else self.causes
        other.focus()

    def action_answer(self, yes: bool) -> None:
        need = self.need
        if need is not None and need.held is not None:
            self.answer_held(need.held, yes)
