"""`Pages`: an application that opens pages over its screens: a photo, a person, a cause of trouble, a question.

Each is a screen on top; what was beneath is there again, with its mark, when the page goes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from textual.app import App
from textual.screen import Screen

from agent.service import AgentService
from agent.service_browse import PersonStatus, PhotoQuery
from agent.service_snapshot import Trouble
from tui import desktop
from tui.host import Verb
from tui.notes import Note
from tui.panes.tabs import Tab
from tui.pictures.album import Album
from tui.pictures.kind import PictureKind
from tui.pictures.picture import Picture
from tui.screens.add_event import AddEvent
from tui.screens.cause import Cause
from tui.screens.frame import Frame
from tui.screens.link import Link
from tui.screens.person import Person
from tui.screens.photo import Photo
from tui.screens.prompt import Prompt
from tui.screens.question import Question
from tui.screens.search import Search
from tui.view import View


class Pages(App[None]):
    """The half of `Host` that opens things; the other half is the monitor's."""

    service: AgentService
    pictures: PictureKind = "off"
    tabs: Sequence[Tab] = ()
    _album: Album

    @property
    def view(self) -> View:
        raise NotImplementedError

    def do(self, name: str, work: Verb) -> None:
        raise NotImplementedError

    def say(self, note: Note) -> None:
        raise NotImplementedError

    @property
    def under(self) -> str:
        """The name of the tab that stays marked under a page."""
        frames = [screen for screen in self.screen_stack if isinstance(screen, Frame)]
        return frames[-1].tab if frames else ""

    def _show(self, page: Screen[Any]) -> None:
        self.push_screen(page)

    def find(self) -> None:
        self._show(Search(self.tabs, self, self.under))

    def show_photos(self, query: PhotoQuery, title: str) -> None:
        self._show(Search(self.tabs, self, self.under, query, title))

    def add_event(self, event: tuple[str, str] | None) -> None:
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
        if ids:
            self._show(Photo(self.tabs, self, ids, index, self.under))

    def show_person(self, id: str) -> None:
        self._show(Person(self.tabs, self, id))

    def show_link(self, person: PersonStatus) -> None:
        self.push_screen(Link(self, person))

    def show_cause(self, trouble: Trouble) -> None:
        self._show(Cause(self.tabs, self, trouble))

    def ask(self, question: str, more: str, then: Callable[[], object]) -> None:
        def answered(yes: bool | None) -> None:
            if yes:
                then()

        self.push_screen(Question(question, more), answered)

    def show_face(self, picture: Picture, face: str) -> None:
        async def show() -> None:
            picture.show(await self._album.get(f"face {face}", partial(self.service.face_picture, face)))

        picture.run_worker(show(), group="face", exclusive=True, exit_on_error=False)

    def copy(self, text: str) -> None:
        self.copy_to_clipboard(text)

    async def thumbnail(self, id: int) -> bytes | None:
        return await self._album.get(f"photo {id}", partial(self.service.thumbnail, id))
