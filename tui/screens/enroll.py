"""Enroll: a guest's name and some photos, in few keystrokes and over any line.

The name completes itself; photos are found by a part of their name, a path or a pattern, newest first. `enter` goes
on from each field, so that a phone without tab or mouse can do it all.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import DescendantFocus
from textual.widget import Widget
from textual.widgets import Input

from agent.errors import VenueError
from agent.requests.faces import LatestFace
from tui import words
from tui.draw import Row
from tui.feed import aside
from tui.screens import enroll_faces, enroll_photos
from tui.screens.enroll_faces import Enrolled, LatestFaces, enroll
from tui.screens.enroll_photos import Choice, DropField, Found, PhotoField, Previews
from tui.state import event_name, target_event
from tui.verbs import in_a_dialog
from tui.widgets.dialogs import Dialog, Field, Key, KnownNames, Label, Result, Title, Told, keys_row
from tui.widgets.notice import Note
from tui.words import safe_text

if TYPE_CHECKING:
    from tui.app import Monitor

NO_NAME = Note("Type a name", "as it is to be shown; who is known by it gets one more picture")
NO_PHOTO = Note("Choose a photo", "space takes the marked one; one good face is enough")
LOOKING = Note("Still looking for photos", "enter takes the marked one, once they are there")


class Enroll(Dialog[bool]):
    """Dismissed with True when another guest is to follow."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", id="close_enroll", tooltip="Close; what was asked for still happens"),
        Binding("tab", "complete", "Complete", id="complete", tooltip="Complete what is typed, or the other field"),
        Binding("f2", "faces", "Faces", id="enroll_faces", tooltip="Choose among the latest faces, or among photos"),
        Binding("up", "move(-1)", "Up", id="mark_up", tooltip="Mark the photo above"),
        Binding("down", "move(1)", "Down", id="mark_down", tooltip="Mark the photo below"),
        Binding("pageup", "move(-6)", "Page up", id="mark_page_up", tooltip="Mark the photo six rows up"),
        Binding("pagedown", "move(6)", "Page down", id="mark_page_down", tooltip="Mark the photo six rows down"),
        Binding("enter", "end", "Close", id="enter_close", tooltip="Close when it is done"),
        Binding("e", "next", "Next guest", id="next_guest", tooltip="Enroll another guest"),
    ]

    def __init__(self, monitor: Monitor) -> None:
        super().__init__()
        self._monitor = monitor
        self._names, self._guests = KnownNames(), KnownNames()
        self._learn()
        self._newest: list[Found] = []
        self._choice = Choice()
        self._looking = True
        self._asked = False  # the agent looks at them
        self._before: Widget | None = None  # what had the keys then
        self._done = False

    def _learn(self) -> None:
        """Where photos lie, for which event it is, and who is known there."""
        state = self._monitor.view.state
        self._folders = [folder["path"] for folder in state.folders]
        self._event = target_event(state)
        people = [one for one in state.people if self._event in (None, one["event"])]
        self._names.learn(sorted({one["name"] for one in people if not one["guest"]}))
        self._guests.learn(sorted({one["name"] for one in people if one["guest"]}))

    def heard(self) -> None:
        if not (self._asked or self._done):
            self._learn()
            self._tell_of(self._field("name").value)
            self._begin_to_look()

    def compose(self) -> ComposeResult:
        with Vertical(id="enroll", classes="dialog"):
            yield Title(self._heading(""), self.action_close)
            with Horizontal(classes="field"):
                yield Label("name-label", "Name")
                yield DropField("name", suggester=self._names)
                yield Told("name-note", classes="note")
            with Horizontal(classes="field"):
                yield Label("photos-label", "Photos")
                yield PhotoField("photos", "part of a name, path or *.jpg", longest=0)
                yield Told("photos-note", classes="note")
            with Horizontal(id="choosing"):
                yield Told("offers")
                yield Previews(self._monitor)
            yield LatestFaces(self._monitor, self._names)
            yield Result()
            yield Told("enroll-keys", self._draw_keys)

    def on_mount(self) -> None:
        self._show_choice()
        self._field("name").focus()
        self._begin_to_look()

    def _begin_to_look(self) -> None:
        work = self._look_for_newest()
        self.run_worker(work, name="newest photos", group="newest", exclusive=True, exit_on_error=False)

    def _told(self, id: str) -> Told:
        return self.query_one(f"#{id}", Told)

    def _field(self, id: str) -> Field:
        return self.query_one(f"#{id}", Field)

    # ---- drawing

    @property
    def _faces(self) -> LatestFaces:
        return self.query_one(LatestFaces)

    @on(DescendantFocus)
    def _choosing_changes(self) -> None:
        """The faces take the photos' place while they have the keys; what was taken of both counts."""
        self.query_one("#enroll").set_class(self._faces.has_focus, "-faces")
        self._told("enroll-keys").redraw()

    def action_faces(self) -> None:
        """Choose among the faces of the latest photos, or among photos again."""
        if self._done or self._asked:
            return
        if self._faces.has_focus:
            self._field("photos").focus()
        else:
            self.query_one("#enroll").add_class("-faces")  # what is not shown takes no keys
            self._faces.focus()

    def _draw_keys(self, width: int, _height: int) -> list[Row]:
        """What they do as things stand now."""
        keys = self._keys("Use or not" if width >= 60 else "Use")
        return [keys_row(self._told("enroll-keys"), 0, keys, gap="   " if width >= 60 else "  ")]

    def _keys(self, use: str) -> list[Key]:
        if self._done or self._asked:
            keys: list[Key] = [("enter", "Close", self.action_close)] if self._done else []
            return [*keys, ("e", "Next guest", self.action_next)]
        taken = bool(self._choice.taken or self._faces.taken)
        if self._faces.has_focus:
            keys = [("enter", "Use", self._enter_faces)]
            if self._faces.taken:
                keys = [("enter", "Enroll", self._enter_faces), ("space", use, self._faces.action_take)]
            return [*keys, ("f2", "Photos", self.action_faces)]
        return [
            *(self._photo_keys(use, taken) if self._photos.has_focus else self._name_keys(taken)),
            ("f2", "Faces", self.action_faces),
        ]

    def _name_keys(self, taken: bool) -> list[Key]:
        name = self._field("name").value
        keys: list[Key] = [("enter", "Enroll" if taken else "Photos", self._enter)] if name.strip() else []
        return [*keys, ("tab", "Complete" if self._names.match(name) else "Photos", self.action_complete)]

    def _photo_keys(self, use: str, taken: bool) -> list[Key]:
        typed, marked = self._photos.value, self._choice.marked
        if not typed:
            keys: list[Key] = [("enter", "Enroll", self._enter)] if taken else []
            return [*keys, ("space", use, self.action_take)] if marked else keys
        if marked is None:
            return []
        many = enroll_photos.is_pattern(typed)
        enter = f"Use {len(self._choice.offered)}" if many else "Go into it" if marked.folder else "Use it"
        complete: list[Key] = [("tab", "Complete", self.action_complete)] if self._longer() else []
        return [("enter", enter, self._enter), *complete]

    def _show_choice(self) -> None:
        self._told("offers").tell(self._draw_choice)
        note = "tab completes" if self._longer() else ""
        self._told("photos-note").tell(lambda _width, _height: [[(note, "$dim")]])
        self._told("enroll-keys").redraw()
        marked = self._choice.marked
        self._previews.look(marked.path if marked and not marked.folder else "", self._choice.paths)

    @property
    def _photos(self) -> Field:
        return self._field("photos")

    @property
    def _previews(self) -> Previews:
        return self.query_one(Previews)

    @on(Previews.Seen)
    def _seen(self) -> None:
        if not self._done:
            self._told("offers").redraw()

    def _draw_choice(self, width: int, height: int) -> list[Row]:
        now = self._monitor.view.now
        for row, index in enumerate(self._choice.window(height - 1), 1):
            self._told("offers").on_part(row, 0, width, partial(self._click, index))
        empty = "No photo here is called so." if self._field("photos").value else "None has arrived yet: type a path."
        if self._looking:
            empty = "Looking for photos."
        return enroll_photos.draw_choice(self._choice, empty, now, width, height, self._previews.words)

    # ---- looking for photos

    async def _look_for_newest(self) -> None:
        folders = self._folders
        self._newest = await aside(lambda: enroll_photos.newest(folders))
        self._looking = self._monitor.view.state.status is None  # where they lie is not known yet
        text = self._field("photos").value
        if not enroll_photos.is_path(text):
            self._offer_named(text)

    def _offer(self, found: Sequence[Found]) -> None:
        """Show these; with nothing typed, what was taken elsewhere stays in sight above them."""
        elsewhere: list[Found] = []
        if found is self._newest:
            elsewhere = [photo for photo in self._choice.taken if photo not in self._newest]
        self._choice = self._choice.offer([*elsewhere, *found])
        self._show_choice()

    @on(Input.Changed, "#photos")
    def _typed(self, event: Input.Changed) -> None:
        text = event.value
        if enroll_photos.is_path(text):
            self.run_worker(
                partial(self._look_by_path, text),
                name="photos by path",
                group="look",
                exclusive=True,
                exit_on_error=False,
            )
        else:
            self._offer_named(text)

    def _offer_named(self, text: str) -> None:
        part = text.casefold()
        self._offer([photo for photo in self._newest if part in photo.name.casefold()] if text else self._newest)

    async def _look_by_path(self, text: str) -> None:
        start = self._folders[0] if self._folders else str(Path.home())
        found = await aside(lambda: enroll_photos.by_path(text, start))
        if self._field("photos").value == text:
            self._offer(found)

    @on(Input.Changed, "#name")
    def _named(self, event: Input.Changed) -> None:
        self._tell_of(event.value)

    def _tell_of(self, typed: str) -> None:
        name = typed.strip()
        known, guest = self._names.knows(name), self._guests.knows(name)
        told = "" if not name else "known already" if known else "a guest" if guest else "new person"
        self._told("name-note").tell(lambda _width, _height: [[(told, "$dim")]])
        self.query_one(Title).name_it(self._heading(name))
        self._told("enroll-keys").redraw()

    def _heading(self, name: str) -> str:
        """What comes of it: somebody new, or more of somebody who is known."""
        if self._names.knows(name):
            return f"More pictures of {self._names.spelled(name)}"
        if self._guests.knows(name):
            return f"{self._guests.spelled(name)} is known by that name from now on"
        state = self._monitor.view.state
        return f"Enroll a guest of {event_name(state)}" if self._event else "Enroll a guest"

    # ---- keys

    def action_move(self, rows: int) -> None:
        if not self._done:
            self._choice = self._choice.move(rows)
            self._show_choice()

    def action_take(self) -> None:
        self._click(self._choice.mark)

    def _click(self, index: int) -> None:
        if self._done or index >= len(self._choice.offered):
            return
        found = self._choice.offered[index]
        if found.folder:
            self._go_into(found)
        else:
            self._choice = self._choice.toggle(index)
            self._show_choice()

    def _go_into(self, folder: Found) -> None:
        self._field("photos").fill(f"{folder.path.rstrip('/')}/")

    def _longer(self) -> str:
        """What `tab` makes of a typed path: "" where all is typed in which its offers agree."""
        typed = self._photos.value
        if not enroll_photos.is_path(typed) or enroll_photos.is_pattern(typed):
            return ""
        longer = enroll_photos.completed(typed, self._choice.offered)
        return longer if len(longer) > len(typed) else ""

    def action_complete(self) -> None:
        name, photos = self._field("name"), self._field("photos")
        if photos.has_focus:
            if longer := self._longer():
                photos.fill(longer)
            elif not photos.value:
                self.action_faces()
            return
        if self._faces.has_focus:
            name.focus()
            return
        if not name.complete():
            photos.focus()

    @on(Input.Submitted)
    def _enter(self) -> None:
        """Enter goes on: from the name to the photos, from something typed to taking it, then to enrolling."""
        name, photos = self._field("name"), self._photos
        if self._done or self._asked:
            return
        if not name.value.strip():
            self.query_one(Result).say(NO_NAME)
            name.focus()
        elif not photos.has_focus and not self._choice.taken and not self._faces.taken:
            photos.focus()
        elif photos.value:
            self._take_typed(photos)
        elif self._choice.taken or self._faces.taken:
            self._enroll(name.value.strip())
        else:
            self.query_one(Result).say(NO_PHOTO)

    @on(LatestFaces.Wanted)
    def _enter_faces(self) -> None:
        name, taken = self._field("name"), self._faces.taken
        known = next((whose for one in taken if (whose := self._faces.whose(one))), "")
        if not taken:
            self._faces.action_take()
        elif name.value.strip():
            self._enroll(name.value.strip())
        elif known:
            name.fill(known)
            self.query_one(Result).say(Note(f"This is {safe_text(known)}", "enter gives them one more picture"))
        else:
            self.query_one(Result).say(NO_NAME)
            name.focus()

    @on(LatestFaces.Refused)
    def _face_refused(self, event: LatestFaces.Refused) -> None:
        self.query_one(Result).say(Note("Not this face", event.why, bad=True))

    def _take_typed(self, field: Field) -> None:
        """All that a pattern means, or the marked one of what else was typed; then the field is free again."""
        marked = self._choice.marked
        self.query_one(Result).say(Note(""))
        if marked is None and self._looking:
            self.query_one(Result).say(LOOKING)
        elif marked is None:
            self.query_one(Result).say(Note("Nothing here is called so", field.value, bad=True))
        elif enroll_photos.is_pattern(field.value):
            self._choice = self._choice.take(self._choice.offered)
            field.value = ""
        elif marked.folder:
            self._go_into(marked)
        else:
            self._choice = self._choice.take([marked])
            field.value = ""

    async def on_paste(self, event: events.Paste) -> None:
        """Photos that were dropped are taken, whatever has the keys."""
        paths = enroll_photos.pasted(event.text)
        if not paths or self._asked or self._done:
            return
        found, lost = await aside(lambda: enroll_photos.on_disk(paths))
        self._choice = self._choice.take(found)
        lacks = Note("There is no such photo on this machine", ", ".join(lost), bad=True)
        self.query_one(Result).say(lacks if lost else Note(""))
        if self._photos.value:
            self._show_choice()
        else:
            self._offer(self._newest)

    def action_close(self) -> None:
        self.dismiss(False)

    def action_end(self) -> None:
        if self._done:
            self.action_close()

    def action_next(self) -> None:
        """An empty dialog for the next guest; what comes of this one is said on the screen beneath."""
        if self._done or self._asked:
            self.dismiss(True)

    # ---- asking the agent

    def _enroll(self, name: str) -> None:
        for face in self._faces.taken:
            whose = self._faces.whose(face)
            if whose not in ("", self._names.spelled(name)):
                wrong = f"{face['verdict']['photo']} shows {safe_text(whose)}; if not: n on that photo's page"
                self.query_one(Result).say(Note(f"This is not {safe_text(name)}", wrong, bad=True))
                return
        self._hold(True)
        count = len(self._choice.taken) + len(self._faces.taken)
        self.query_one(Result).say(Note("Looking", f"at {words.photos(count)} of {name}"))
        asked = partial(self._ask, name, self._choice.paths, self._faces.taken)
        self._monitor.verbs.decide(f"enroll {id(self)}", asked)

    async def _ask(self, name: str, paths: list[str], faces: list[LatestFace]) -> Note | None:
        """Ask the agent; closed meanwhile, the dialog leaves its answer to the screen beneath."""
        try:
            new = not self._names.knows(name) and not self._guests.knows(name)
            result = await enroll(self._monitor.agent, name, paths, faces, self._event, new=new)
        except VenueError as error:
            if self not in self._monitor.screen_stack:
                raise
            self._hold(False)
            self.query_one(Result).say(in_a_dialog(error))
            return None
        if self not in self._monitor.screen_stack:
            more = " ".join([enroll_faces.matched(result.matched), *(f"{safe_text(one)}." for one in result.told)])
            return Note(f"{safe_text(result.name)} is enrolled", more)
        self._show_result(result)
        return None

    def _hold(self, asked: bool) -> None:
        """While the agent looks nothing can be typed: `e` is the next guest already."""
        self._asked, back = asked, self._before
        self._before = self.focused
        for field in self.query(Field):
            field.disabled = asked
        self._faces.disabled = asked
        self.set_focus(None if asked else back)
        self._told("enroll-keys").redraw()

    def _show_result(self, result: Enrolled) -> None:
        self._done = True
        self._faces.display = False
        self.query_one("#enroll").remove_class("-faces")
        self._previews.display = False
        status = self._monitor.view.state.status
        self._told("offers").tell(partial(enroll_faces.draw_verdicts, result.references))
        self._told("result").tell(lambda width, _height: enroll_faces.draw_result(result, status, width))
        self._told("enroll-keys").redraw()
