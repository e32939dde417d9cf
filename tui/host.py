"""`Host`: what dialogs and screens may ask of the monitor that shows them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from agent.service import AgentService
from agent.service_browse import PersonStatus, PhotoQuery
from agent.service_snapshot import Trouble
from tui.notes import Note
from tui.pictures.kind import PictureKind
from tui.pictures.picture import Picture
from tui.view import View

Verb = Callable[[], Coroutine[Any, Any, Note | None]]


class Host(Protocol):
    @property
    def view(self) -> View:
        """The state as it is now."""
        ...

    @property
    def service(self) -> AgentService: ...

    @property
    def pictures(self) -> PictureKind:
        """How pictures can be shown here."""
        ...

    def do(self, name: str, work: Verb) -> None:
        """Run a verb and show what it says, or its error; one of the same name that still runs is left alone."""
        ...

    def decide(self, name: str, work: Verb) -> None:
        """The same for what can be undone: after all that was decided before it, so `z` takes back the last."""
        ...

    def say(self, note: Note) -> None: ...

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
        """Ask for one line; `then` is given what was typed, never nothing. `only_known`: it is one of `names`."""
        ...

    def find(self) -> None:
        """Look for photos anywhere."""
        ...

    def show_photos(self, query: PhotoQuery, title: str) -> None:
        """The photos that this query finds."""
        ...

    def add_event(self, event: tuple[str, str] | None) -> None:
        """Add an event, or a source to the one of this id and name."""
        ...

    def open_folder(self, path: str | None, what: str) -> None:
        """On the desktop, where there is one; else say where it is."""
        ...

    def show_photo(self, ids: Sequence[int], index: int) -> None:
        """One photo with all that is known of it; the others are its neighbours."""
        ...

    def show_person(self, id: str) -> None: ...

    def show_link(self, person: PersonStatus) -> None:
        """A person's link and its QR code; to make and to take back."""
        ...

    def show_cause(self, trouble: Trouble) -> None:
        """A cause of trouble with all that suffers from it."""
        ...

    def ask(self, question: str, more: str, then: Callable[[], object]) -> None:
        """Ask before something that matters; `then` is what a yes does."""
        ...

    async def thumbnail(self, id: int) -> bytes | None:
        """A photo's small picture, fetched once."""
        ...

    def show_face(self, picture: Picture, face: str) -> None:
        """Put a face into this picture, fetched once."""
        ...

    def copy(self, text: str) -> None:
        """To the clipboard of whoever sits at the terminal, where the terminal lets us."""
        ...
