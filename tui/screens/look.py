"""`space`: the marked photo or face over the whole screen; the arrows walk through the list beneath."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from tui.draw import Row, cut
from tui.pictures.picture import Looked, Picture, Pictured
from tui.widgets.dialogs import Dialog, Title, Told

if TYPE_CHECKING:
    from tui.app import Monitor

NONE = Looked("Nothing is marked", None)


class Look(Dialog[None]):
    """Closed by `space` again, escape or enter."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,escape,enter,q", "dismiss", "Close", id="look_close", tooltip="Close the picture"),
        Binding("up,left", "walk(-1)", "Previous", id="look_previous", tooltip="The one before it"),
        Binding("down,right", "walk(1)", "Next", id="look_next", tooltip="The next one"),
    ]

    def __init__(self, monitor: Monitor, pane: Pictured) -> None:
        super().__init__()
        self._monitor = monitor
        self._pane = pane

    def compose(self) -> ComposeResult:
        with Vertical(id="look"):
            yield Title("", partial(self.run_action, "dismiss"))
            yield Picture(self._monitor.pictures, id="looked-at", large=True)
            yield Told("look-told")

    def on_mount(self) -> None:
        self._look()

    def _look(self) -> None:
        self.run_worker(self._show, group="look", exclusive=True, exit_on_error=False)

    async def _show(self) -> None:
        looked = await self._pane.pictured(self._monitor.album) or NONE
        self.query_one(Title).name_it(looked.name)
        self.query_one(Picture).show(looked.data)
        off = "Pictures are off here" if self._monitor.pictures == "off" else ""
        why = off or ("" if looked.data else looked.why)

        def draw(width: int, _height: int) -> list[Row]:
            return [[(cut(why, width), "$dim")]]

        told = self.query_one("#look-told", Told)
        told.display = bool(why)
        told.tell(draw)

    def action_walk(self, steps: int) -> None:
        self._pane.action_mark(steps)
        self._look()
