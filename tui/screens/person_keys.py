"""The keys that act on a person, on the list of people and on her own page alike."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType

from agent.service_people import PersonChange
from tui.notes import Note, said
from tui.panes.person_facts import PersonFacts
from tui.panes.reference_faces import ReferenceFaces
from tui.safe_text import safe_text
from tui.screens.frame import Frame
from tui.state import people_shown


class PersonKeys(Frame):
    """A screen that has `PersonFacts`, and with it the person that the keys act on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "rename", "Rename", id="rename", tooltip="Rename the person; folders follow"),
        Binding("m", "merge", "Merge", id="merge", tooltip="The same person as somebody else: make them one"),
        Binding("l", "link", "Link", id="link", tooltip="A link to her photos, with its QR code; and take it back"),
        Binding("o", "open_folder", "Open", id="open_folder", tooltip="Open her folder, where there is a screen"),
    ]

    @property
    def facts(self) -> PersonFacts:
        return self.query_one(PersonFacts)

    @on(PersonFacts.Known)
    def _show_references(self, event: PersonFacts.Known) -> None:
        self.query_one(ReferenceFaces).show(event.details["references"])

    def action_rename(self) -> None:
        person = self.facts.person
        if person is None:
            return

        def rename(name: str) -> None:
            self._change(lambda: self.host.service.rename_person(person["id"], name), "Renamed to")

        self.host.prompt(
            f"Rename {safe_text(person['name'])}", rename, value=person["name"], more="folders here and on Drive follow"
        )

    def action_merge(self) -> None:
        """Everything of hers becomes somebody else's."""
        person = self.facts.person
        if person is None:
            return

        def merge(into: str) -> None:
            self._change(lambda: self.host.service.merge_people(person["id"], into), "Merged into")

        names = [one["name"] for one in people_shown(self.host.view.state) if one["id"] != person["id"]]
        self.host.prompt(
            f"{safe_text(person['name'])} is the same person as",
            merge,
            names=names,
            only_known=True,
            more="her photos and references become theirs; z undoes it",
        )

    def _change(self, work: Callable[[], Coroutine[Any, Any, PersonChange]], verb: str) -> None:
        async def change() -> Note:
            made = said(await work(), verb)
            self.facts.again()
            return made

        self.host.decide("change a person", change)

    def action_link(self) -> None:
        """Make it, show its code, take it back: all on one page."""
        person = self.facts.person
        if person is not None:
            self.host.show_link(person)

    def action_open_folder(self) -> None:
        details = self.facts.details
        self.host.open_folder(details["folder"] if details else None, "Her folder")
