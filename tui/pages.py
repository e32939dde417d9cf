"""`Pages`: an application that opens pages over its screens: a photo, a person, a cause of trouble, a question.

Each is a screen on top; what was beneath is there again, with its mark, when the page goes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypedDict, Unpack

from textual.screen import Screen

from agent.errors import VenueError
from agent.service import AgentService
from agent.service_browse import PersonStatus, PhotoQuery
from agent.service_snapshot import Trouble
from tui import desktop
from tui import state as states
from tui.host import Verb
from tui.notes import Note, note_of
from tui.offers import Offers
from tui.own_fault import OwnFault
from tui.panes.tabs import Tab
from tui.pictures.album import Album
from tui.pictures.kind import PictureKind, Wanted, picture_kind
from tui.pictures.picture import Picture
from tui.screens.frame import Frame
from tui.terminal import Look
from tui.view import View


class Setup(TypedDict):
    """What it is made with: its tabs, the keys that its advice names, what the terminal shows, and the time."""

    tabs: Sequence[Tab]
    offers: Offers
    look: Look
    pictures: Wanted  # the setting of that name; what the terminal can do decides what becomes of `auto`
    clock: Callable[[], float]


class Pages(OwnFault[None]):
    """The `Host` of all screens: what they may look at, open, ask and say. `closing`: it ends when all is sent."""

    closing = False

    def __init__(self, service: AgentService, **setup: Unpack[Setup]) -> None:
        look = setup["look"]
        super().__init__(ansi_color=True if look in ("plain", "sixteen") else None)
        self.service = service
        self.tabs = setup["tabs"]
        self.pictures: PictureKind = picture_kind(setup["pictures"], coloured=look not in ("plain", "sixteen"))
        self.state = states.start(setup["clock"]())
        self._clock = setup["clock"]
        self._offers = setup["offers"]
        self._plain = look == "plain"
        self._album = Album()
        self._turns = asyncio.Lock()  # whoever waits for it gets it in the order of asking

    @property
    def view(self) -> View:
        return View(self.state, self._clock(), self._offers, self._plain, self.closing)

    def say(self, note: Note) -> None:
        """Show it on the screen beneath any dialog."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, Frame):
                screen.say(note)
                return

    def do(self, name: str, work: Verb) -> None:
        """Run a verb and show what it says; the same one is not started again before it has answered."""
        if any(worker.name == name and worker.group == "verbs" for worker in self.workers if not worker.is_finished):
            return
        self.run_worker(self._told(work), name=name, group="verbs", exit_on_error=False)

    def decide(self, name: str, work: Verb) -> None:
        async def in_turn() -> Note | None:
            async with self._turns:
                return await work()

        self.do(name, in_turn)

    async def _told(self, work: Verb) -> None:
        try:
            note = await work()
        except VenueError as error:
            note = note_of(error)
        if note is not None:
            self.say(note)

    @property
    def under(self) -> str:
        """The name of the tab that stays marked under a page."""
        frames = [screen for screen in self.screen_stack if isinstance(screen, Frame)]
        return frames[-1].tab if frames else ""

    def _show(self, page: Screen[Any]) -> None:
        self.push_screen(page)

    def find(self) -> None:
        from tui.screens.search import Search

        self._show(Search(self.tabs, self, self.under))

    def show_photos(self, query: PhotoQuery, title: str) -> None:
        from tui.screens.search import Search

        self._show(Search(self.tabs, self, self.under, query, title))

    def add_event(self, event: tuple[str, str] | None) -> None:
        from tui.screens.add_event import AddEvent

        self.push_screen(AddEvent(self, event))

    def prompt(
        self,
        title: str,
        then: Callable[[str], object],
        *,
        value: str = "",
        more: str = "",
        names: Sequence[str] = (),
        only_known: bool = False,
    ) -> None:
        from tui.screens.prompt import Prompt

        def typed(line: str | None) -> None:
            if line:
                then(line)

        self.push_screen(Prompt(title, value=value, more=more, names=names, only_known=only_known), typed)

    def open_folder(self, path: str | None, what: str) -> None:
        if not path:
            self.say(Note("There is no folder yet"))
        elif not desktop.open_folder(path):
            self.copy(path)
            self.say(Note(what, f"{path} (copied: there is no screen here to open it on)"))

    def show_photo(self, ids: Sequence[int], index: int) -> None:
        from tui.screens.photo import Photo

        if ids:
            self._show(Photo(self.tabs, self, ids, index, self.under))

    def show_person(self, id: str) -> None:
        from tui.screens.person import Person

        self._show(Person(self.tabs, self, id))

    def show_link(self, person: PersonStatus) -> None:
        from tui.screens.link import Link

        self.push_screen(Link(self, person))

    def show_cause(self, trouble: Trouble) -> None:
        from tui.screens.cause import Cause

        self._show(Cause(self.tabs, self, trouble))

    def ask(self, question: str, more: str, then: Callable[[], object]) -> None:
        from tui.screens.question import Question

        def answered(yes: bool | None) -> None:
            if yes:
                then()

        self.push_screen(Question(question, more), answered)

    def show_face(self, picture: Picture, face: str) -> None:
        async def show() -> None:
            picture.show(await self._album.get(f"face {face}", partial(self.service.face_picture, face)))

        picture.run_worker(show, group="face", exclusive=True, exit_on_error=False)

    def copy(self, text: str) -> None:
        self.copy_to_clipboard(text)

    async def thumbnail(self, id: int) -> bytes | None:
        return await self._album.get(f"photo {id}", partial(self.service.thumbnail, id))
