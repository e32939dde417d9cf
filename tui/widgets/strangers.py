"""Who is this? On Venue, where there is room: the largest groups of faces that nobody has named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Container, Horizontal

from agent.errors import VenueError
from agent.requests.faces import ListUnknown, UnknownRow
from tui import words
from tui.draw import Row, cut, fit, heading
from tui.keys.typeahead import LATER
from tui.pictures.picture import Picture
from tui.state import View, shown_event
from tui.widgets.dialogs import Told
from tui.widgets.faces import GAP, side_by_side

if TYPE_CHECKING:
    from tui.app import Monitor

MOST, CELL = 5, 10  # faces, columns of each


def caption(group: UnknownRow) -> Row:
    """`Guest 07 24`, or how many faces nobody has named."""
    if not group["name"]:
        return [(fit(words.faces(group["faces"]), CELL), "$dim")]
    count = words.number(group["photos"], 4)
    name = group["name"].removeprefix("Guest ")
    return [(fit(name, CELL - len(count)), "$ink"), (count, "$dim")]


class Strangers(Container):
    """Asked for anew when their number changes; on smaller screens nothing is asked."""

    def __init__(self, monitor: Monitor) -> None:
        super().__init__(id="strangers")
        self._monitor = monitor
        self._groups: Sequence[UnknownRow] = ()
        self._counted: object = None

    def compose(self) -> ComposeResult:
        yield Told("strangers-head", self._draw_head)
        with Horizontal(id="strangers-pictures"):
            for _ in range(MOST):
                yield Picture(self._monitor.pictures, classes="stranger")
        yield Told("strangers-names", self._draw_names)

    def follow(self, view: View) -> None:
        status = view.state.status
        counted = (status["faces"]["clusters"], len(status["people"]), view.state.event) if status else None
        if counted != self._counted and self.size.area:
            self._counted = counted
            self.run_worker(self._ask, group=LATER, exclusive=True, exit_on_error=False)

    def on_resize(self) -> None:
        self.follow(self._monitor.view)

    async def _ask(self) -> None:
        state = self._monitor.view.state
        event = shown_event(state)
        try:
            found = await self._monitor.agent.ask(ListUnknown(event=event["id"] if event and state.event else None))
        except VenueError:
            self._counted = None  # the band says why
            return
        self._groups = found
        for picture, group in zip(self.query(Picture), found, strict=False):
            self._monitor.album.show_face(picture, next(iter(group["face_ids"]), None))
        for index, picture in enumerate(self.query(Picture)):
            picture.display = index < len(found) and self._monitor.pictures != "off"
        for told in self.query(Told):
            told.redraw()

    def _draw_head(self, width: int, _height: int) -> list[Row]:
        count = len(self._groups)
        told = f"{count:,} {'group' if count == 1 else 'groups'}" if count else ""
        return [heading("Who is this?", width, "press 3 to name them" if count else "", told)]

    def _draw_names(self, width: int, _height: int) -> list[Row]:
        if not self._groups:
            return [[(cut("Everybody has a name." if self._counted else "", width), "$dim")]]
        told = self.query_one("#strangers-names", Told)
        told.on_part(0, 0, MOST * (CELL + GAP), lambda: self._monitor.action_open("Faces"))
        return [side_by_side(map(caption, self._groups[:MOST]))]
