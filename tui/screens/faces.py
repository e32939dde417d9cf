"""Faces: groups that nobody has named, and near misses; made for fifty decisions a minute.

What is decided is away at once and asked of the agent behind it; `z` brings it back.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Set
from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from agent.errors import NotThere, VenueError
from agent.requests.faces import (
    ConfirmMatch,
    DenyMatch,
    IgnoreUnknown,
    ListReview,
    ListUnknown,
    NameUnknown,
    ReviewRow,
    UnknownRow,
)
from tui import words
from tui.screens.frame import Frame
from tui.state import View, shown_event
from tui.widgets.asking import Asking
from tui.widgets.faces import FaceGroups
from tui.widgets.list_pane import Mark
from tui.widgets.near_miss import NearMiss
from tui.widgets.notice import Note, note_of, said
from tui.words import safe_text

WIDE = 120  # columns from which on the groups may have several lines
QUESTION, NO_QUESTION = 12, 3  # rows that a near miss takes at least; and that there is none
ABOUT_A_GROUP, ABOUT_A_QUESTION = frozenset({"i", "m", "enter"}), frozenset({"y", "n"})  # keys
GONE = Note("That is not asked any more", "it was decided elsewhere, or has gone meanwhile", bad=True)
SOON = 0.2  # seconds after a change before the agent is asked again


class Faces(Frame):
    NAME = "Faces"
    KEYS = (
        "naming_done", "naming_complete", "naming_end", "name_group", "open_near_miss", "merge_group", "ignore_group",
        "answer_yes", "answer_no", "later", "undo", "other_kind", "find", "help",
    )  # fmt: skip
    AUTO_FOCUS = "FaceGroups"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", id="answer_yes", tooltip="Yes: the same person"),
        Binding("n", "answer(False)", "No", id="answer_no", tooltip="No: somebody else"),
        Binding("tab", "other_kind", "Other", id="other_kind", tooltip="Between unknown faces and near misses"),
    ]

    def body(self) -> ComposeResult:
        with Container(id="faces"):
            yield FaceGroups(self.monitor)
            yield NearMiss(self.monitor)

    def on_mount(self) -> None:
        super().on_mount()
        self._unknown: list[UnknownRow] = []
        self._reviews: list[ReviewRow] = []
        self._done: set[str] = set()  # groups and questions that are decided, and may be listed still
        self._answered: set[str] = set()  # of these, what the agent has done: whoever is listed after that is back
        self._later: list[int] = []
        self._first: int | None = None  # the question that somebody looks at: it stays until it is answered or put off
        self._was_emptied = False  # the groups, under the mark: it goes back to them once there is one again
        self._counted: object = None
        self._before: set[str] | None = None  # groups and questions that there were before something is taken back
        self._undone = False
        self._event: str | None = None  # whose groups and questions are shown; `None`: of all
        self._asking = Asking(self, self._ask, "faces", SOON)
        self._asking.again(after=0.0)

    @property
    def groups(self) -> FaceGroups:
        return self.query_one(FaceGroups)

    @property
    def near(self) -> NearMiss:
        return self.query_one(NearMiss)

    # ---- what the agent knows

    def follow(self, view: View, changed: Set[str]) -> int:
        cells = super().follow(view, changed)
        status = view.state.status
        if self.is_mounted and status is not None and {"all", "status", "event"} & changed:
            counted = (status["faces"], status["people"], view.state.event)
            if counted != self._counted:
                self._counted = counted
                self._asking.later()
            self._asking.follow(changed)
        return cells

    async def _ask(self) -> None:
        state, undone = self.monitor.view.state, self._undone
        event = shown_event(state)
        chosen = event["id"] if event is not None and state.event else None
        answered = frozenset(self._answered)
        try:
            self._unknown = await self.monitor.agent.ask(ListUnknown(event=chosen))
            self._reviews = await self.monitor.agent.ask(ListReview(event=chosen))
        except VenueError as error:
            self.monitor.say(note_of(error))
            raise
        before, led_on = (self.groups.marked, self.near.review), self._before is not None or chosen != self._event
        self._event = chosen
        self._done -= answered
        self._answered -= answered
        if self._before is not None:
            self.groups.mark_new(self._unknown, self._before)
            back = (row["id"] for row in self._reviews if str(row["id"]) not in self._before)
            self._first = next(back, self._first)
        if undone:
            self._before, self._undone = None, False
        self._show()
        if not led_on:
            self._look_whether_gone(*before)

    def _look_whether_gone(self, group: UnknownRow | None, question: ReviewRow | None) -> None:
        """What stood there may have been decided in another monitor, or have answered itself, under the finger."""
        marked, asked = self.groups.marked, self.near.review
        if group is not None and marked is not None and marked["id"] != group["id"] and self.groups.has_focus:
            self.stands_instead(ABOUT_A_GROUP)
        if question is not None and asked is not None and asked["id"] != question["id"]:
            self.stands_instead(ABOUT_A_QUESTION)

    def _show(self) -> None:
        self.groups.show([group for group in self._unknown if group["id"] not in self._done])
        asked = [row for row in self._reviews if str(row["id"]) not in self._done]
        order = {id: place for place, id in enumerate(self._later, 1)}
        if self._first is not None:
            order[self._first] = -1
        self.near.show(sorted(asked, key=lambda row: order.get(row["id"], 0)))
        shown = self.near.review
        self._first = shown["id"] if shown is not None else None
        if not self.groups.marked and self.near.review is not None and self.groups.has_focus:
            self.near.focus()
            self._was_emptied = True
        elif self.groups.marked and self._was_emptied:
            self._was_emptied = False
            self.groups.focus()
        self._share_room()
        self._mark_kind()

    def on_resize(self) -> None:
        self._share_room()

    def _share_room(self) -> None:
        """The groups take the lines that they need, as far as a question is left its room."""
        room = self.query_one("#faces").size.height
        if room and self.size.width >= WIDE:
            asked = self.near.review is not None
            self.groups.styles.height = self.groups.rows_for(room - (QUESTION if asked else NO_QUESTION))
        else:
            self.groups.styles.height = None

    # ---- keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No answer is offered where nothing is asked, or the question is not in sight."""
        if self.is_mounted and action == "answer" and not (self.near.display and self.near.review is not None):
            return False
        return super().check_action(action, parameters)

    def action_other_kind(self) -> None:
        self._was_emptied = False
        (self.groups if self.near.has_focus else self.near).focus()
        self._mark_kind()

    def _mark_kind(self) -> None:
        """On a phone one kind is in sight at a time."""
        self.set_class(self.near.has_focus, "-near")
        self.refresh_bindings()

    def on_descendant_focus(self) -> None:
        self._mark_kind()

    def action_answer(self, yes: bool) -> None:
        self._was_emptied = False
        asked = self.near.review
        if asked is None:
            return

        async def answer() -> Note:
            found = await self.monitor.agent.ask((ConfirmMatch if yes else DenyMatch)(id=asked["id"]))
            word = "Yes" if yes else "No"
            more = words.moved(found["photos"], yet=not yes)
            return Note(f"{word}, {'' if yes else 'not '}{safe_text(found['name'])}", f"{more}; z undoes it")

        self._decide(str(asked["id"]), answer)

    @on(NearMiss.Later)
    def _ask_later(self, event: NearMiss.Later) -> None:
        id = event.review["id"]
        self._later = [*(one for one in self._later if one != id), id]
        self._first = None
        self._show()

    @on(FaceGroups.Named)
    def _name_group(self, event: FaceGroups.Named) -> None:
        self._call_group(event.group, event.name)

    def _call_group(self, group: UnknownRow, name: str) -> None:
        """The agent may ask how they consented: keys behind the name are meant for that question."""
        self._decide(group["id"], partial(self._named, group, name), keys_wait=True)

    async def _named(self, group: UnknownRow, name: str) -> Note:
        return said(await self.monitor.agent.ask(NameUnknown(id=group["id"], name=name)), "Named")

    @on(FaceGroups.Nobody)
    def _refuse(self) -> None:
        self.monitor.refuse(Note("No face asks for a name", "those that nobody is known by come here"))

    @on(FaceGroups.Merging)
    def _merge(self, event: FaceGroups.Merging) -> None:
        group = event.group
        people = [one for one in self.monitor.view.state.people if one["event"] == group["event"]]
        known = {one["name"]: one["id"] for one in people if one["id"] != group["id"]}
        self.monitor.pages.prompt(
            f"{safe_text(group['name'])} is" if group["name"] else "These faces are",
            lambda name: self._call_group(group, known[name]),  # who may be called otherwise by then
            more="somebody who is known already",
            names=[*known],
            only_known=True,
        )

    @on(FaceGroups.Ignored)
    def _ignore(self, event: FaceGroups.Ignored) -> None:
        async def ignore() -> Note:
            return said(await self.monitor.agent.ask(IgnoreUnknown(id=event.group["id"])), "Ignored")

        self._decide(event.group["id"], ignore)

    def _decide(self, id: str, work: Callable[[], Coroutine[Any, Any, Note]], *, keys_wait: bool = False) -> None:
        """Away from the screen at once; where the agent refuses it comes back, with the reason."""
        if id in self._done:
            return
        self._done.add(id)
        self._show()
        instead = self.groups.marked

        async def decide() -> Note:
            try:
                note = await work()
                self._answered.add(id)
                return note
            except BaseException as error:  # refused, or broken by whatever: it is a question still
                self._done.discard(id)
                self._mark_again(id, instead)
                if isinstance(error, NotThere):  # its number stands nowhere on the screen
                    return GONE
                raise
            finally:
                self._asking.again()

        self.monitor.verbs.decide(f"face {id}", decide, keys_wait=keys_wait)

    def _mark_again(self, group: str, instead: UnknownRow | None) -> None:
        """It was marked when it went, and is so again, where nobody has gone on from `instead`: a name that is typed
        once more is for the same face.
        """
        marked = self.groups.marked if self.is_mounted else None
        if marked is not None and instead is not None and marked["id"] == instead["id"]:
            self.groups.mark = Mark(group, self.groups.mark.index)
            self._show()
            if self.groups.has_focus and self.groups.marked != marked:
                self.stands_instead(ABOUT_A_GROUP)

    def taking_back(self) -> None:
        listed = {group["id"] for group in self._unknown} | {str(row["id"]) for row in self._reviews}
        self._before, self._undone = listed - self._done, False

    def undone(self) -> None:
        """A decision was taken back: it may be a question again, and is marked then.

        It may have come back already: the agent tells that faces have changed before it answers.
        """
        self._undone = True
        self._asking.again(after=0.0)
