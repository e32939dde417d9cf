"""One photo: who is on it, face by face, and what is not right about that.

`left` and `right` go to its neighbours in the list that it was opened from.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence, Set
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, Literal, ParamSpec

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Mount

from agent.errors import VenueError
from agent.model import PhotoState
from agent.requests.ask import Command
from agent.requests.control import Retry
from agent.requests.faces import IgnoreUnknown
from agent.requests.people import DenyPerson, EnrollFace, PersonChange
from agent.requests.photos import (
    ApprovePhotos,
    FilePhotosAs,
    GetPhoto,
    MovePhotos,
    PhotoDetails,
    PhotoFace,
    WithdrawPhotos,
)
from tui import words
from tui.keys import keymap
from tui.keys.typeahead import ASKING, PATIENCE, in_time
from tui.pictures.picture import LOOK, Album, Looked, Looks, Picture
from tui.screens.catalog import TABS
from tui.screens.frame import BACK, Frame
from tui.state import View
from tui.widgets.asking import Asking
from tui.widgets.notice import Note, note_of, said
from tui.widgets.photo import PhotoFacts, boxes, company_of, links
from tui.widgets.tabs import Keys
from tui.words import safe_text

if TYPE_CHECKING:
    from tui.app import Monitor


NUMBERS = range(1, 10)
MARKS = frozenset({"tab", "shift+tab", *map(str, NUMBERS)})
NOT_MARKED = Note("No face is marked", "press its number first; tab goes from face to face")
Given = ParamSpec("Given")


def beside(action: Callable[Concatenate[Photo, Given], Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """A key that may have to wait for what is known of the photo: so do those behind it, but nobody who leaves. It asks
    nothing over what is shown instead by then.
    """

    @wraps(action)
    def begin(self: Photo, *given: Given.args, **named: Given.kwargs) -> None:
        self.run_worker(action(self, *given, **named), group=ASKING, exit_on_error=False)

    return begin


class Photo(Looks, Frame):
    NAME = "Photo"
    DIGITS = True
    DECIDES = frozenset({"f"})
    WHOLE = (
        "approve", "mark_face_1", "neighbour_left", "neighbour_right", "file_as", "move_photo", "withdraw", "retry",
        "link",
    )  # fmt: skip
    FACE = ("name_face", "not_person", "enroll_marked", "ignore_face", "mark_face_1", "undo", "file_as", "move_photo")
    KEYS = ("back", *WHOLE, "open_folder", "find", "help")
    KEYS_MARKED = ("back", *FACE, "withdraw", "find", "help")
    BINDINGS: ClassVar[list[BindingType]] = [
        BACK,
        Binding("1", "mark_face(1)", "Face", id="mark_face_1", key_display="1-9", tooltip="Mark a face by its number"),
        *(Binding(str(n), f"mark_face({n})", "Face", id=f"mark_face_{n}", show=False) for n in NUMBERS[1:]),
        Binding(
            "tab", "next_face(1)", "Next face", id="next_face", tooltip="Mark the next face; shift+tab: the one before"
        ),
        Binding("shift+tab", "next_face(-1)", "Face before", id="face_before", show=False),
        Binding("enter", "name_face", "Name", id="name_face", tooltip="The marked face: say who it is"),
        Binding("n", "not_person", "Wrong", id="not_person", tooltip="The marked face: it is somebody else's"),
        Binding("e", "enroll_marked", "Enroll", id="enroll_marked", tooltip="Know them by the marked face, too"),
        Binding("i", "ignore_face", "Ignore", id="ignore_face", tooltip="The marked face: a stranger, not asked about"),
        Binding("f", "file_as", "Solo/group", id="file_as", tooltip="File it as a portrait, or as a group"),
        Binding("M", "move_photo", "Move", id="move_photo", tooltip="Move it into another event"),
        Binding(
            "left", "neighbour(-1)", "Previous", id="neighbour_left", key_display="left", tooltip="The previous photo"
        ),
        Binding("right", "neighbour(1)", "Next", id="neighbour_right", key_display="right", tooltip="The next photo"),
        LOOK,
        Binding("x", "retry", "Retry", id="retry", tooltip="Try it again, and put back what was removed by hand"),
        Binding("y", "approve", "Approve", id="approve", tooltip="It waits for your yes: file and send it"),
        Binding("y", "copy_path", "Copy", id="copy_path", tooltip="Copy the path of its file here"),
        Binding("w", "withdraw", "Withdraw", id="withdraw", tooltip="Out of every folder, and to Drive's trash"),
        Binding("l", "link", "Link", id="link", tooltip="Its address on Drive: show and copy it"),
        Binding("o", "open_folder", "Folder", id="open_folder", tooltip="Open its folder, where there is a screen"),
    ]

    def __init__(self, monitor: Monitor, ids: Sequence[int], index: int) -> None:
        super().__init__(monitor, monitor.pages.under)
        self._ids = list(ids)
        self._index = index
        self._details: PhotoDetails | None = None
        self._trouble: VenueError | None = None  # why it is not known
        self._marked: str | None = None  # a face's id
        self._approves = True  # what `y` does, or did for the photo that was shown last
        self._asking = Asking(self, self._ask, "photo")
        self._answered = asyncio.Event()  # all that there is to know of the photo that is to be shown
        self._own: Literal["under way", "done"] | None = None  # what was decided, or taken back, here, and is not shown

    def body(self) -> ComposeResult:
        with Container(id="photo"):
            yield Picture(self.monitor.pictures, id="photo-picture", large=True)
            yield PhotoFacts()

    def follow(self, view: View, changed: Set[str]) -> int:
        if self.is_mounted and {"all", "status"} & changed:
            self._show()
        return super().follow(view, changed)

    @on(Mount)
    def _show(self) -> None:
        self._asking.again()

    @property
    def id_shown(self) -> int:
        return self._ids[self._index]

    @property
    def place(self) -> str:
        """`3 of 460`, where there are others."""
        count = len(self._ids)
        return f"{self._index + 1:,} of {count:,}" if count > 1 else ""

    async def _ask(self) -> None:
        id, details, trouble, picture = self.id_shown, None, None, None
        own = self._own
        try:
            details = await self.monitor.agent.ask(GetPhoto(id=id))
        except VenueError as error:
            trouble = error
        if id != self.id_shown:
            return
        before = self._details
        other = before is None or details is None or before["id"] != details["id"]
        if other:
            self._approves = details is not None and details["state"] == PhotoState.HELD
        elif before is not None and details is not None and own is None:
            self.stands_instead(turned(before, details, self._marked))
        if own == self._own == "done":
            self._own = None
        self._details, self._trouble = details, trouble
        self._answered.set()
        self._tell()
        if other and not self.monitor.album.has_thumbnail(id):
            self.query_one(Picture).show(None)  # the one before, beside the words of this one, would be taken for it
        if details is not None:
            picture = await self.monitor.album.thumbnail(id)
        if id == self.id_shown:
            self.query_one(Picture).show(picture, boxes(details) if details else ())

    def _tell(self) -> None:
        """Which face is marked: in the list, in the picture, and by the keys that there are for it."""
        at = next((n for n, one in enumerate(self.faces, 1) if one["face_id"] == self._marked), 0)
        self.query_one(PhotoFacts).tell(
            self._details, self.place, self._marked, self._trouble.title if self._trouble else ""
        )
        self.query_one(Picture).mark(at)
        shown = self.KEYS_MARKED if at else self.KEYS
        missing = self._missing
        self.query_one(Keys).tell(tuple(one for one in shown if one not in missing) if missing else shown)
        self.refresh_bindings()

    @property
    def _missing(self) -> frozenset[str]:
        """Keys for which it has nothing, a face, a neighbour or a person's folder; most say so when pressed."""
        details = self._details
        if details is None:
            return frozenset()
        given = {"mark_face_1": bool(details["each_face"]), "file_as": any(company_of(details))}
        given |= dict.fromkeys(("neighbour_left", "neighbour_right"), len(self._ids) > 1)
        return frozenset(key for key, there in given.items() if not there)

    # ---- keys of the photo

    async def pictured(self, album: Album) -> Looked | None:
        details = await self._ready()
        return Looked(details["name"], await album.thumbnail(details["id"])) if details else None

    def action_mark(self, rows: int) -> None:
        self.action_neighbour(rows)

    def action_neighbour(self, step: int) -> None:
        index = self._index + step
        if 0 <= index < len(self._ids):
            self._index, self._marked = index, None
            self._answered.clear()
            self._show()

    async def _ready(self, id: int | None = None) -> PhotoDetails | None:
        """Of the photo that is to be shown: keys that come before its answer wait for it. `None`, too, where another
        one is to be shown by then, or the page has gone.
        """
        id, answered = self.id_shown if id is None else id, asyncio.ensure_future(self._answered.wait())
        try:
            known = await in_time(answered, PATIENCE, lambda: not self.is_attached)
            return self._details if known and id == self.id_shown else None
        finally:
            answered.cancel()

    async def _known(self, *, asks: bool = False) -> PhotoDetails | None:
        """The same; where the agent did not say what is known of it, that is said. `asks`: a field is about to open."""
        details = await self._ready()
        if self._answered.is_set() and self._trouble is not None:
            (self.monitor.refuse if asks else self.monitor.say)(note_of(self._trouble))
        return details

    def _decide(self, name: str, work: Callable[[], Coroutine[Any, Any, Note]], id: int | None = None) -> None:
        id = self.id_shown if id is None else id

        async def decide() -> Note:
            self.taking_back()
            try:
                return await work()
            finally:
                if self.is_attached:
                    self.undone()

        self.monitor.verbs.decide(f"{name} {id}", decide, about=f"photo {id}", keys_wait=True)

    def action_retry(self) -> None:
        self.monitor.verbs.do(f"retry {self.id_shown}", partial(self._retry, self.id_shown))

    async def _retry(self, id: int) -> Note:
        result = await self.monitor.agent.ask(Retry(ids=[id]))
        if self.is_attached:
            self._show()
        if not result["photos"] and not result["placements"]:
            details = self._details
            if details is not None and (details["id"], details["state"]) == (id, PhotoState.DISMISSED):
                return Note("It is set aside", f"{keymap.named('b')} on Errors brings it back")
            return Note("Nothing to try again", "nothing of it failed or was removed")
        return Note("Trying it again", f"{words.number(result['placements'])} places" if result["placements"] else "")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Behind an arrow `y` is what it was for the photo before, until that one's neighbour is known."""
        if action == "approve":
            known = self._details if self._answered.is_set() else None
            return self._approves if known is None else known["state"] == PhotoState.HELD
        return super().check_action(action, parameters)

    def action_approve(self) -> None:
        self._approves = True
        id = self.id_shown

        async def approve() -> Note:
            details = await self._ready(id)
            name = safe_text(details["name"]) if details else ""
            if not await self.monitor.agent.ask(ApprovePhotos(ids=[id])):
                return Note(f"{name or 'It'} waits for nobody's yes")
            return Note(f"Approved {name}".rstrip(), "it is filed and sent now; z undoes it")

        self._decide("approve", approve, id)

    def action_withdraw(self) -> None:
        id = self.id_shown

        async def withdraw() -> Note:
            details = await self._ready(id)
            name = safe_text(details["name"]) if details else ""
            if not await self.monitor.agent.ask(WithdrawPhotos(ids=[id])):
                return Note(f"{name or 'It'} is withdrawn already")
            return Note(f"Withdrawn {name}".rstrip(), "out of every folder, on Drive into the trash; z undoes it")

        self._decide("withdraw", withdraw, id)

    @beside
    async def action_file_as(self) -> None:
        """As a group what is a portrait, and the other way round."""
        details = await self._known()
        if details is None:
            return
        solo, group = company_of(details)
        if not solo and not group:
            self.monitor.say(Note("It is in nobody's folder", "name a face first"))
            return

        async def file_as() -> Note:
            made = FilePhotosAs(ids=[details["id"]], company="group" if solo else "solo")
            told = ("a group", "of everybody") if solo else ("a portrait", "of the largest face that is named")
            if not await self.monitor.agent.ask(made):
                return Note(f"Filed as {told[0]} already")
            return Note(f"Filed as {told[0]}", f"{told[1]}; z undoes it")

        self._decide("file", file_as)

    @beside
    async def action_move_photo(self) -> None:
        details = await self._known(asks=True)
        if details is None or not self.is_active:
            return
        events = {one["name"]: one["id"] for one in self.monitor.state.events if one["id"] != details["event"]}
        if not events:
            self.monitor.refuse(Note("There is no other event", "add one: esc, then 4 and a"))
            return

        def move(name: str) -> None:
            async def moved() -> Note:
                if not await self.monitor.agent.ask(MovePhotos(ids=[details["id"]], event=events[name])):
                    return Note(f"It is in {safe_text(name)} already")
                return Note(f"Moved to {safe_text(name)}", "here and on Drive; z undoes it")

            self._decide(f"move into {events[name]}", moved)

        self.monitor.pages.prompt(
            f"Move {safe_text(details['name'])} into",
            move,
            more=", ".join(safe_text(name) for name in events),
            names=list(events),
            only_known=True,
            nobody="No event is called so.",
        )

    def taking_back(self) -> None:
        self._own = "under way"

    def undone(self) -> None:
        """What that made of it is one's own doing, and is known before the next key is about it."""
        self._own = "done"
        self._answered.clear()
        self._asking.anew()

    @beside
    async def action_link(self) -> None:
        details = await self._known()
        if details is None:
            return
        found = links(details["placements"])
        if not found:
            self.monitor.say(Note("It is not on Drive yet"))
            return
        self.monitor.copy_to_clipboard(found[0])
        self.monitor.say(Note("Its address on Drive", f"{found[0]} (copied)"))

    @beside
    async def action_copy_path(self) -> None:
        if (details := await self._known()) is not None:
            self.monitor.pages.copy(path_of(details), "Its file")

    @beside
    async def action_open_folder(self) -> None:
        if (details := await self._known()) is not None:
            self.monitor.pages.open_folder((path_of(details) or "").rpartition("/")[0], "Its folder")

    # ---- keys of the marked face

    @property
    def faces(self) -> Sequence[PhotoFace]:
        return self._details["each_face"] if self._details and self._answered.is_set() else ()

    @beside
    async def action_mark_face(self, number: int) -> None:
        if await self._known() is None:
            return
        if number <= len(self.faces):
            self._marked = self.faces[number - 1]["face_id"]
            self._tell()
        else:
            count = len(self.faces)
            there = "there is no face in it" if not count else f"it has {count}" if count > 1 else "it has one"
            screen = next(
                (f"; esc goes back to where {number} is {tab.name}" for tab in TABS if tab.key == str(number)), ""
            )
            self.monitor.say(Note(f"No face {number}", f"{there}{screen}"))

    @beside
    async def action_next_face(self, step: int) -> None:
        if await self._known() is None:
            return
        ids = [one["face_id"] for one in self.faces]
        if ids:
            at = ids.index(self._marked) + step if self._marked in ids else min(step, 0)
            self._marked = ids[at % len(ids)]
            self._tell()
        else:
            self.monitor.say(Note("There is no face in it"))

    async def _chosen(self, *, asks: bool = False) -> tuple[PhotoDetails, PhotoFace, int] | None:
        """The marked face and its number; where none is, it is said what to do. `asks`: a name is about to be typed."""
        details = await self._known(asks=asks)
        if details is None:
            return None
        for number, face in enumerate(self.faces, 1):
            if face["face_id"] == self._marked:
                return details, face, number
        note = NOT_MARKED if self.faces else Note("There is no face in it")
        if asks:
            self.monitor.refuse(note, MARKS)
        else:
            self.monitor.say(note)
        return None

    def _change(self, verb: Command[PersonChange], told: str, note: Callable[[PersonChange, str], Note] = said) -> None:
        async def change() -> Note:
            return note(await self.monitor.agent.ask(verb), told)

        self._decide(repr(verb), change)

    @beside
    async def action_name_face(self) -> None:
        chosen = await self._chosen(asks=True)
        if chosen is not None and self.is_active:
            self._ask_name(*chosen, "is", reference=False)

    def _ask_name(self, details: PhotoDetails, face: PhotoFace, number: int, word: str, *, reference: bool) -> None:
        people = [one for one in self.monitor.state.people if one["event"] == details["event"] and not one["guest"]]
        names = [one["name"] for one in people]

        def named(typed: str) -> None:
            verb = EnrollFace(name=typed, face=face["face_id"], reference=reference, event=details["event"])
            self._change(verb, f"Face {number} {word}")

        guest = face["name"] if face["guest"] else None
        follow = f"all photos of {safe_text(guest)} follow" if guest else "a new or a known name"
        asked = face["name"] if face["name"] and not face["sure"] and not face["guest"] else ""
        self.monitor.pages.prompt(
            f"Face {number} {word}", named, value=asked, more=f"{follow}; z undoes it", names=names
        )

    @beside
    async def action_not_person(self) -> None:
        chosen = await self._chosen()
        if chosen is None:
            return
        details, face, number = chosen
        if face["person"] is None:
            self.monitor.say(Note(f"Nobody is named at face {number}", "enter names it"))
            return
        verb = DenyPerson(
            person=face["person"], photos=[details["id"]], faces=[face["face_id"]], event=details["event"]
        )
        self._change(verb, f"Face {number} is not")

    @beside
    async def action_enroll_marked(self) -> None:
        """By the marked face whom it is taken for; nobody: whose name is typed. Without a mark: as everywhere."""
        if self._marked is None:
            self.monitor.action_enroll()
            return
        chosen = await self._chosen(asks=True)
        if chosen is None or not self.is_active:
            return
        details, face, number = chosen
        if face["name"] is not None and face["sure"] and not face["guest"]:
            verb = EnrollFace(name=face["name"], face=face["face_id"], event=details["event"])
            self._change(verb, f"Face {number} is a reference of")
        else:
            self._ask_name(*chosen, "enrolls", reference=True)

    @beside
    async def action_ignore_face(self) -> None:
        chosen = await self._chosen()
        if chosen is None:
            return
        _, face, number = chosen
        if face["unknown"] is not None:
            self._change(IgnoreUnknown(id=face["unknown"]), f"Ignored face {number}", ignored)
        elif face["name"] is not None:
            self.monitor.say(Note(f"Face {number} is named", "n says that it is somebody else's"))
        else:
            self.monitor.say(Note(f"Nobody asks about face {number}", "enter names it"))


def path_of(details: PhotoDetails) -> str | None:
    """Of its first file here."""
    return next((str(one["path"]) for one in details["placements"] if one["path"]), None)


def turned(before: PhotoDetails, now: PhotoDetails, marked: str | None) -> frozenset[str]:
    """Keys that mean something else than a moment ago: a yes, another folder, somebody else's face."""

    def whose(details: PhotoDetails) -> str | None:
        return next((one["person"] for one in details["each_face"] if one["face_id"] == marked), None)

    waits = before["state"] != now["state"] == PhotoState.HELD
    files = company_of(before) != company_of(now)
    names = whose(now) not in (None, whose(before))
    return frozenset((waits * "y") + (files * "f") + (names * "ne"))


def ignored(change: PersonChange, told: str) -> Note:
    if not change.get("changed", True):
        return Note(told, "it was so already")
    return Note(told, f"and those like it; {words.moved(change['photos'])}; z undoes it")
