"""People: everybody with a folder, a page for each person, and the dialog with their link."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Set
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.events import Mount, Resize

from agent.disk.typed import at_home
from agent.errors import UsageError, VenueError
from agent.model import folded
from agent.requests.ask import Agent
from agent.requests.consent import RecordConsent
from agent.requests.people import (
    ExportPerson,
    ForgetPerson,
    GetPerson,
    MergePeople,
    PersonChange,
    PersonStatus,
    RenamePerson,
    WeighForgetting,
)
from agent.requests.photos import ApprovePhotos, ListPhotos
from tui import words
from tui.screens.frame import BACK, Frame
from tui.state import ScreenState, View
from tui.widgets.dialogs import LONGEST, Prompt
from tui.widgets.list_pane import ListPane
from tui.widgets.notice import ALREADY, Note, said
from tui.widgets.people import PeopleList, PersonFacts, ReferenceFaces
from tui.widgets.photos import PhotoList
from tui.words import safe_text

if TYPE_CHECKING:
    from tui.app import Monitor
    from tui.verbs import Verb

# ---- the keys that act on a person: on the list of people and on a person's own page alike


ON_PHOTOS = {False: "photos stay", True: "face blurred"}  # beside it there is little room


def waits(state: ScreenState) -> bool:
    """Whether any photo waits for a yes."""
    return state.status is not None and state.status["photos"]["held"] > 0


class PersonKeys(Frame):
    """A screen that has `PersonFacts`, and with it the person that the keys act on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "rename", "Rename", id="rename", tooltip="Rename the person; folders follow"),
        Binding("m", "merge", "Merge", id="merge", tooltip="The same person as somebody else: make them one"),
        Binding("l", "link", "Link", id="link", tooltip="A link to their photos, with its QR code; and take it back"),
        Binding(
            "y", "approve", "Approve", id="approve_person", tooltip="File all photos of them that wait for your yes"
        ),
        Binding("y", "copy_folder", "Copy", id="copy_folder", tooltip="Copy the path of their folder"),
        Binding("o", "open_folder", "Folder", id="open_folder", tooltip="Open their folder, where there is a screen"),
        Binding("E", "export", "Export", id="export", tooltip="Everything held about them, as one zip"),
        Binding("C", "consent", "Consent", id="consent", tooltip="How they consented to being known here; until when"),
        Binding("G", "guests", "Guests", id="guests", tooltip="The guests' page: its address and code; cards to print"),
        Binding("F", "forget", "Forget", id="forget", tooltip="All that is held of them goes, for good"),
    ]

    _approves = True  # what `y` does, as far as it was seen here

    @property
    def facts(self) -> PersonFacts:
        return self.query_one(PersonFacts)

    def follow(self, view: View, changed: Set[str]) -> int:
        """Whoever types `y` to copy a path as the first photo begins to wait has approved none."""
        approves = waits(view.state)
        if approves and not self._approves:
            self.stands_instead({"y"})
        self._approves = approves
        return super().follow(view, changed)

    @on(PersonFacts.Known)
    def _show_references(self, event: PersonFacts.Known) -> None:
        self.query_one(ReferenceFaces).show(event.details["references"] if event.details else ())

    def _chosen(self) -> PersonStatus | None:
        """Whom a question is about; where nobody is marked, that is said."""
        if self.facts.person is None:
            self.monitor.refuse(Note("Nobody is marked", "e enrolls somebody"))
        return self.facts.person

    def action_rename(self) -> None:
        person = self._chosen()
        if person is None:
            return

        def rename(name: str) -> Verb:
            asked = RenamePerson(person=person["id"], name=name)
            return self._change(lambda: self.monitor.agent.ask(asked), "Renamed to", "Called so already")

        self.monitor.pages.prompt(
            f"Rename {safe_text(person['name'])}",
            attempt=rename,
            value=person["name"],
            more="folders here and on Drive follow",
        )

    def action_merge(self) -> None:
        """Everything of theirs becomes somebody else's."""
        person = self._chosen()
        if person is None:
            return

        others = self._others(person)

        def merge(into: str) -> Verb:
            asked = MergePeople(person=person["id"], into=others[into])  # who may be called otherwise by then
            return self._change(lambda: self.monitor.agent.ask(asked), "Merged into")

        self.monitor.pages.prompt(
            f"{safe_text(person['name'])} is the same person as",
            attempt=merge,
            names=[*others],
            only_known=True,
            more="their photos and references move there; z undoes it",
        )

    def _others(self, person: PersonStatus) -> dict[str, str]:
        """Everybody else of that event, by name: people are one within an event."""
        people = [one for one in self.monitor.view.state.people if one["event"] == person["event"]]
        return {one["name"]: one["id"] for one in people if one["id"] != person["id"]}

    def _change(self, work: Callable[[], Coroutine[Any, Any, PersonChange]], verb: str, already: str = ALREADY) -> Verb:
        async def change() -> Note:
            made = said(await work(), verb, already)
            self.facts.again()
            return made

        return partial(self.monitor.verbs.in_turn, change)

    def action_approve(self) -> None:
        person = self._chosen()
        if person is None:
            return

        async def approve() -> Note:
            count = await self.monitor.agent.ask(ApprovePhotos(person=person["id"]))
            if not count:
                return Note(f"No photo of {safe_text(person['name'])} waits for your yes")
            return Note(f"Approved {words.photos(count)} of {safe_text(person['name'])}", "z undoes it")

        self.monitor.verbs.decide(f"approve {person['id']}", approve)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """`y` says yes where somebody waits for it."""
        if action == "approve":
            return waits(self.monitor.state)
        return super().check_action(action, parameters)

    def action_copy_folder(self) -> None:
        self._with_folder("copy", self.monitor.pages.copy)

    def _with_folder(self, what: str, act: Callable[[str | None, str], None]) -> None:
        """The agent is asked where it is, if that has not been told yet."""
        person, known = self._chosen(), self.facts.details
        if person is None:
            return

        async def ask() -> None:
            details = known or await self.monitor.agent.ask(GetPerson(id=person["id"]))
            act(details["folder"], "Their folder")

        self.monitor.verbs.do(f"{what} {person['id']}", ask)

    def action_link(self) -> None:
        """Make it, show its code, take it back: all on one page."""
        person = self._chosen()
        if person is not None:
            self.monitor.pages.show_link(person)

    def action_guests(self) -> None:
        """What guests are given: the code of their page, and cards with their links."""
        self.monitor.pages.show_guests()

    def action_open_folder(self) -> None:
        self._with_folder("open", self.monitor.pages.open_folder)

    def action_export(self) -> None:
        """Where to is asked; what is there already is replaced only by an export of theirs."""
        person, status = self._chosen(), self.monitor.view.state.status
        if person is None or status is None:
            return

        def export(path: str) -> Verb:
            return partial(export_to, self.monitor.agent, person["id"], path)

        self.monitor.pages.prompt(
            f"Export {safe_text(person['name'])} to",
            attempt=export,
            value=str(Path(status["workspace"]) / f"{person['name'].replace('/', '_')}.zip"),
            more="photos, references, decisions and a page, as one zip",
            longest=LONGEST,
        )

    def action_consent(self) -> None:
        """How, and until when; what was recorded before is replaced."""
        person, known = self._chosen(), self.facts.details
        if person is None:
            return

        def record(typed: str) -> Verb:
            how, until = words.consent_typed(typed)

            async def work() -> Note:
                row = await self.monitor.agent.ask(RecordConsent(person=person["id"], how=how, until=until))
                self.facts.again()
                return Note(f"{safe_text(row['name'])} consented", safe_text(words.consent(row)))

            return partial(self.monitor.verbs.in_turn, work)

        before = known["consent"] if known and known["person"]["id"] == person["id"] else None
        self.monitor.pages.prompt(
            f"How did {safe_text(person['name'])} consent?",
            attempt=record,
            value=words.consent(before) if before else "",
            more=words.CONSENT,
        )

    def undone(self) -> None:
        self.facts.again()

    def action_forget(self) -> None:
        """For good: their name has to be typed. What becomes of their face on photos is asked of the agent first."""
        person = self._chosen()
        if person is None:
            return

        async def asked() -> None:
            try:
                held = await self.monitor.agent.ask(WeighForgetting(person=person["id"]))
            except VenueError:
                self.monitor.refuse_typed()
                raise
            if self.monitor.screen is self:
                self._ask_to_forget(person, blur=held["blur"])

        self.monitor.verbs.decide(f"forget {person['id']}", asked, keys_wait=True)

    def _ask_to_forget(self, person: PersonStatus, *, blur: bool) -> None:
        done: list[Note] = []

        def forget(typed: str) -> Verb:
            async def work() -> Note | None:
                note = await forget_by_name(self.monitor.agent, person, typed)
                if not any(isinstance(one, Prompt) for one in self.monitor.screen_stack):
                    return note  # closed meanwhile
                done.append(note)
                return None

            return partial(self.monitor.verbs.in_turn, work)

        self.monitor.pages.prompt(
            f"Forget {safe_text(person['name'])}",
            lambda _name: self.forgotten(done[-1]),
            attempt=forget,
            more=f"for good, also on Drive; {ON_PHOTOS[blur]}: type the name",
        )

    def forgotten(self, note: Note) -> None:
        """The list follows by itself."""
        self.monitor.say(note)


async def export_to(agent: Agent, person: str, path: str) -> Note:
    made = await agent.ask(ExportPerson(person=person, file=str(at_home(Path(path)))))
    missing = f", {len(made['missing']):,} of them lie nowhere here any more" if made["missing"] else ""
    told = f"{words.photos(made['photos'])}{missing}: {made['file']}"
    return Note(f"Exported {safe_text(made['person']['name'])}", told)


async def forget_by_name(agent: Agent, person: PersonStatus, typed: str) -> Note:
    """Raises `UsageError` where that is not the name, or not any more: somebody may have said who a guest is."""
    refuse_other_name(typed, person["name"])
    refuse_other_name(typed, (await agent.ask(WeighForgetting(person=person["id"])))["name"])
    done = await agent.ask(ForgetPerson(person=person["id"]))
    title, found = f"Forgotten {safe_text(person['name'])}", done["searched"]["found"]
    if found:
        return Note(title, f"still there: {', '.join(map(safe_text, found))}", words.what_ends(found), bad=True)
    if done["unblurred"]:
        told = f"shown as before on {', '.join(map(safe_text, done['unblurred']))}"
        return Note(title, told, "Videos are not blurred: take them out with w", bad=True)
    blurred = f"blurred on {words.photos(done['blurred'])}" if done["held"]["blur"] else ""
    searched = f"{done['searched']['files']:,} files searched, nothing found" if done["searched"]["files"] else ""
    waits = f"still to come, by itself: {done['waits']}" if done["waits"] else ""
    return Note(title, "; ".join(filter(None, (blurred, searched, waits))))


def refuse_other_name(typed: str, name: str) -> None:
    if folded(safe_text(typed)) != folded(safe_text(name)):  # it is asked for as it stands on the screen
        raise UsageError("That is not the name", typed, f"Type {name} to forget them; esc keeps them")


# ---- everybody with a folder; narrowed by typing, and more of the marked one beside or below

BESIDE = 120  # columns from which on their photos stand beside the list


class People(PersonKeys):
    NAME = "People"
    KEYS = (
        "open_marked", "approve_person", "find", "enroll", "rename", "merge", "link", "open_folder", "order", "undo",
        "actions", "help",
    )  # fmt: skip
    FINDS = True
    ABOUT = frozenset({"y", "r", "m", "l", "E", "C", "F"})

    def body(self) -> ComposeResult:
        with Container(id="people"):
            yield PeopleList(self.monitor)
            with Vertical(id="person"):
                yield PersonFacts(self.monitor)
                yield ReferenceFaces(self.monitor)
                yield PhotoList(self.monitor, None, "Photos")

    @property
    def list(self) -> PeopleList:
        return self.query_one(PeopleList)

    def find(self, words: str) -> None:
        self.list.narrow(words)

    @on(ListPane.Marked, "#people-list")
    def _look_at(self, event: ListPane.Marked) -> None:
        self._show(event.entry["id"], event.entry["name"])

    def _show(self, id: str, name: str) -> None:
        self.query_one(PersonFacts).show(id)
        photos = self.query_one(PhotoList)
        if self.size.width >= BESIDE:
            photos.show(ListPhotos(person=id), name)

    def on_resize(self, event: Resize) -> None:
        marked = self.list.marked
        if marked is not None and event.size.width >= BESIDE:
            self._show(marked["id"], marked["name"])

    @on(ListPane.Opened, "#people-list")
    def _open_person(self, event: ListPane.Opened) -> None:
        self.monitor.pages.show_person(event.entry["id"])


# ---- one person on a page of their own: folders, link and code, and all their photos


class Person(PersonKeys):
    NAME = "People"
    KEYS = (
        "back", "open_marked", "approve_person", "find", "rename", "merge", "link", "open_folder", "undo", "actions",
        "help",
    )  # fmt: skip
    FINDS = True
    BINDINGS: ClassVar[list[BindingType]] = [*PersonKeys.BINDINGS, BACK]

    def __init__(self, monitor: Monitor, id: str) -> None:
        super().__init__(monitor)
        self.person_id = id

    def body(self) -> ComposeResult:
        with Container(id="person-page"):
            yield PersonFacts(self.monitor)
            yield ReferenceFaces(self.monitor)
            yield PhotoList(
                self.monitor, ListPhotos(person=self.person_id), "Photos", whose=self._whose(), count=self._count
            )

    def _whose(self) -> str:
        people = self.monitor.view.state.people
        return next((person["name"] for person in people if person["id"] == self.person_id), "")

    def _count(self) -> int | None:
        person = self.facts.person
        return person["solo"] + person["group"] if person else None

    @on(Mount)
    def _whom(self) -> None:
        self.facts.show(self.person_id)

    def forgotten(self, note: Note) -> None:
        self.action_back()
        self.monitor.say(note)

    def find(self, words: str) -> None:
        self.query_one(PhotoList).ask(words)
