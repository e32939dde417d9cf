"""Photos: found by a part of their name, and one on a page of its own."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Mount

from agent.errors import VenueError
from agent.model import PhotoState
from agent.requests.control import Retry
from agent.requests.photos import GetPhoto, ListPhotos, PhotoDetails, WithdrawPhotos
from tui import words
from tui.draw import Row, cut, heading
from tui.pictures.picture import Picture
from tui.screens.frame import BACK, Frame
from tui.state import View
from tui.widgets.notice import Note
from tui.widgets.photos import PhotoList, draw_photo, links
from tui.widgets.rows import Pane
from tui.words import safe_text

if TYPE_CHECKING:
    from tui.app import Monitor


class Search(Frame):
    NAME = "Search"
    KEYS = ("back", "open_marked", "find", "actions", "help")
    FINDS = True
    BINDINGS: ClassVar[list[BindingType]] = [BACK]

    def __init__(self, monitor: Monitor, query: ListPhotos | None = None, title: str = "") -> None:
        """`query`: only among those; without it typing begins at once."""
        super().__init__(monitor, monitor.pages.under)
        self._query = query
        self._heading = title or "Photos"

    def body(self) -> ComposeResult:
        yield PhotoList(self.monitor, self._query or ListPhotos(), self._heading)

    @on(Mount)
    def _begin(self) -> None:
        if self._query is None:
            self.begin_find()

    def find(self, words: str) -> None:
        self.query_one(PhotoList).ask(words)


# ---- one photo: left and right go to its neighbours in the list that it was opened from


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
        return draw_photo(self._details, self._place, width, height, self.view.now, self.view.state.drive_off)


class Photo(Frame):
    NAME = "Photo"
    KEYS = ("back", "neighbour_left", "neighbour_right", "retry", "withdraw", "link", "open_folder", "actions", "help")
    BINDINGS: ClassVar[list[BindingType]] = [
        BACK,
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

    def __init__(self, monitor: Monitor, ids: Sequence[int], index: int) -> None:
        super().__init__(monitor, monitor.pages.under)
        self._ids = list(ids)
        self._index = index
        self._details: PhotoDetails | None = None
        self._due = self._fetching = False

    def body(self) -> ComposeResult:
        with Container(id="photo"):
            yield Picture(self.monitor.pictures, id="photo-picture")
            yield PhotoFacts()

    def follow(self, view: View, changed: Set[str]) -> int:
        if self.is_mounted and "status" in changed:
            self._show()
        return super().follow(view, changed)

    @on(Mount)
    def _show(self) -> None:
        self._due = True
        if not self._fetching:
            self.run_worker(self._fetch, group="photo", exit_on_error=False)

    @property
    def id_shown(self) -> int:
        return self._ids[self._index]

    @property
    def place(self) -> str:
        """`3 of 460`, where there are others."""
        count = len(self._ids)
        return f"{self._index + 1:,} of {count:,}" if count > 1 else ""

    async def _fetch(self) -> None:
        """Again where it has changed meanwhile, or another one is to be shown: none is broken off, however slow."""
        self._fetching = True
        try:
            while self._due:
                self._due = False
                await self._fetch_one(self.id_shown)
        finally:
            self._fetching = False

    async def _fetch_one(self, id: int) -> None:
        facts, trouble, picture = self.query_one(PhotoFacts), "", None
        try:
            self._details = await self.monitor.agent.ask(GetPhoto(id=id))
        except VenueError as error:
            self._details, trouble = None, error.title
        facts.tell(self._details, self.place, trouble)
        if self._details is not None:
            picture = await self.monitor.album.thumbnail(id)
        self.query_one(Picture).show(picture)

    # ---- keys

    def action_neighbour(self, step: int) -> None:
        index = self._index + step
        if 0 <= index < len(self._ids):
            self._index = index
            self._show()

    def action_retry(self) -> None:
        self.monitor.verbs.do("retry", self._retry)

    async def _retry(self) -> Note:
        result = await self.monitor.agent.ask(Retry(ids=[self.id_shown]))
        self._show()
        if not result["photos"] and not result["placements"]:
            return Note("Nothing to try again", "nothing of it failed or was removed")
        return Note("Trying it again", f"{words.number(result['placements'])} places" if result["placements"] else "")

    def action_withdraw(self) -> None:
        self.monitor.verbs.decide("withdraw", self._withdraw)

    async def _withdraw(self) -> Note:
        await self.monitor.agent.ask(WithdrawPhotos(ids=[self.id_shown]))
        self._show()
        name = safe_text(self._details["name"]) if self._details else ""
        return Note(f"Withdrawn {name}".rstrip(), "out of every folder, on Drive into the trash; z undoes it")

    def undone(self) -> None:
        self._show()

    def action_link(self) -> None:
        found = links(self._details["placements"]) if self._details else []
        if not found:
            self.monitor.say(Note("It is not on Drive yet"))
            return
        self.monitor.copy_to_clipboard(found[0])
        self.monitor.say(Note("Its address on Drive", f"{found[0]} (copied)"))

    def action_open_folder(self) -> None:
        paths = [one["path"] for one in self._details["placements"] if one["path"]] if self._details else []
        self.monitor.pages.open_folder(str(paths[0]).rpartition("/")[0] if paths else None, "Its folder")

    @property
    def failed(self) -> bool:
        return self._details is not None and self._details["state"] == PhotoState.FAILED
