"""One photo with all that is known of it; left and right go to its neighbours in the list that it was opened from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Mount

from agent.errors import VenueError
from agent.model import PhotoState
from agent.service import PhotoDetails
from tui import words
from tui.answer import drive_is_off
from tui.draw import Row, heading
from tui.fit import cut
from tui.host import Host
from tui.notes import Note
from tui.pane import Pane
from tui.panes.photo_words import draw_photo, links
from tui.panes.tabs import Tab
from tui.pictures.picture import Picture
from tui.safe_text import safe_text
from tui.screens.frame import Frame


class PhotoFacts(Pane):
    SECTIONS = frozenset({"status"})

    def __init__(self) -> None:
        super().__init__(id="photo-facts")
        self._details: PhotoDetails | None = None
        self._place = ""
        self._trouble = ""

    def tell(self, details: PhotoDetails | None, place: str, trouble: str = "") -> None:
        self._details, self._place, self._trouble = details, place, trouble
        self.redraw()

    def draw(self, width: int, height: int) -> list[Row]:
        if self._details is None:
            return [heading("Photo", width, self._place), [(cut(self._trouble, width), "$dim")]]
        status = self.view.state.status
        off = status is not None and drive_is_off(status)
        return draw_photo(self._details, self._place, width, height, self.view.now, off)


class Photo(Frame):
    NAME = "Photo"
    KEYS = ("back", "neighbour_left", "neighbour_right", "retry", "withdraw", "link", "open_folder", "actions", "help")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="back", key_display="esc", tooltip="Back to where you came from"),
        Binding(
            "left", "neighbour(-1)", "Before", id="neighbour_left", key_display="left", tooltip="The photo above it"
        ),
        Binding(
            "right", "neighbour(1)", "After", id="neighbour_right", key_display="right", tooltip="The photo below it"
        ),
        Binding("x", "retry", "Retry", id="retry", tooltip="Try it again, and put back what was removed by hand"),
        Binding("w", "withdraw", "Withdraw", id="withdraw", tooltip="Out of every folder, and to Drive's trash"),
        Binding("l", "link", "Link", id="link", tooltip="Its address on Drive: show and copy it"),
        Binding("o", "open_folder", "Open", id="open_folder", tooltip="Open its folder, where there is a screen"),
    ]

    def __init__(self, tabs: Sequence[Tab], host: Host, ids: Sequence[int], index: int, under: str) -> None:
        """`under`: the screen whose tab stays marked."""
        super().__init__(tabs, host, under)
        self._ids = list(ids)
        self._index = index
        self._details: PhotoDetails | None = None

    def body(self) -> ComposeResult:
        with Container(id="photo"):
            yield Picture(self.host.pictures, id="photo-picture")
            yield PhotoFacts()

    @on(Mount)
    def _show(self) -> None:
        self.run_worker(partial(self._fetch, self.id_shown), group="photo", exclusive=True, exit_on_error=False)

    @property
    def id_shown(self) -> int:
        return self._ids[self._index]

    @property
    def place(self) -> str:
        """`3 of 460`, where there are others."""
        count = len(self._ids)
        return f"{self._index + 1:,} of {count:,}" if count > 1 else ""

    async def _fetch(self, id: int) -> None:
        facts = self.query_one(PhotoFacts)
        try:
            details = await self.host.service.photo(id)
        except VenueError as error:
            self._details = None
            facts.tell(None, self.place, error.title)
            self.query_one(Picture).show(None)
            return
        self._details = details
        facts.tell(details, self.place)
        self.query_one(Picture).show(await self.host.thumbnail(id))

    # ---- keys

    def action_back(self) -> None:
        self.dismiss()

    def action_neighbour(self, step: int) -> None:
        index = self._index + step
        if 0 <= index < len(self._ids):
            self._index = index
            self._show()

    def action_retry(self) -> None:
        self.host.do("retry", self._retry)

    async def _retry(self) -> Note:
        result = await self.host.service.retry([self.id_shown])
        self._show()
        if not result["photos"] and not result["placements"]:
            return Note("Nothing to try again", "nothing of it failed or was removed")
        return Note("Trying it again", f"{words.number(result['placements'])} places" if result["placements"] else "")

    def action_withdraw(self) -> None:
        self.host.decide("withdraw", self._withdraw)

    async def _withdraw(self) -> Note:
        await self.host.service.withdraw([self.id_shown])
        self._show()
        name = safe_text(self._details["name"]) if self._details else ""
        return Note(f"Withdrawn {name}".rstrip(), "out of every folder, on Drive into the trash; z undoes it")

    def undone(self) -> None:
        self._show()

    def action_link(self) -> None:
        found = links(self._details["placements"]) if self._details else []
        if not found:
            self.host.say(Note("It is not on Drive yet"))
            return
        self.host.copy(found[0])
        self.host.say(Note("Its address on Drive", f"{found[0]} (copied)"))

    def action_open_folder(self) -> None:
        paths = [one["path"] for one in self._details["placements"] if one["path"]] if self._details else []
        self.host.open_folder(str(paths[0]).rpartition("/")[0] if paths else None, "Its folder")

    @property
    def failed(self) -> bool:
        return self._details is not None and self._details["state"] == PhotoState.FAILED
