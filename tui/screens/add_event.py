"""Add an event: its name, and the folders on Drive that its photos come from; both may also be set later."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from agent.errors import VenueError
from agent.requests.drive import DriveFolderRow, ListSubfolders
from agent.requests.events import AddEvent, ChangeEventSource
from tui.draw import Row, cut, fit, heading
from tui.keys.keymap import named
from tui.keys.typeahead import ASKING
from tui.widgets.dialogs import LONGEST, Dialog, Field, Key, Label, Result, Title, Told, keys_row
from tui.widgets.list_pane import ListPane, pointer
from tui.widgets.notice import Note, note_of
from tui.words import safe_text

if TYPE_CHECKING:
    from tui.app import Monitor

# ---- drive's folders as far as they were opened: a level is asked for when somebody opens it; pure

ROOTS = (("root", "My Drive"), ("shared-with-me", "Shared with me"))


@dataclass(frozen=True, slots=True)
class Branch:
    """`inside`: ids of the folders in it; None while nobody has asked. `can_choose`: it may be a source."""

    id: str
    name: str
    depth: int
    parent: str | None = None
    can_choose: bool = False
    leaf: bool = False  # nothing can be in it
    inside: tuple[str, ...] | None = None


def _start() -> dict[str, Branch]:
    return {id: Branch(id, name, 0) for id, name in ROOTS}


@dataclass(frozen=True, slots=True)
class FolderTree:
    branches: dict[str, Branch] = field(default_factory=_start)
    opened: frozenset[str] = frozenset()
    chosen: tuple[str, ...] = ()  # in the order of choosing

    @property
    def rows(self) -> list[Branch]:
        """What is in sight, from top to bottom."""
        rows: list[Branch] = []
        for id, _ in ROOTS:
            self._walk(self.branches[id], rows)
        return rows

    def _walk(self, branch: Branch, rows: list[Branch]) -> None:
        rows.append(branch)
        if branch.id in self.opened:
            for id in branch.inside or ():
                self._walk(self.branches[id], rows)

    @property
    def names(self) -> list[str]:
        return [self.branches[id].name for id in self.chosen]

    def open(self, id: str) -> FolderTree:
        return replace(self, opened=self.opened | {id})

    def close(self, id: str) -> FolderTree:
        return replace(self, opened=self.opened - {id})

    def with_inside(self, parent: str, rows: Sequence[DriveFolderRow]) -> FolderTree:
        """What the agent said is in a folder. A folder that lies in several is shown where it was met first."""
        above = self.branches[parent]
        new = {
            row["id"]: Branch(
                row["id"], row["name"], above.depth + 1, parent, row["selectable"], not row["has_subfolders"]
            )
            for row in rows
            if row["id"] not in self.branches
        }
        inside = tuple(row["id"] for row in rows if row["id"] in new)
        return replace(self, branches={**self.branches, **new, parent: replace(above, inside=inside)})

    def choose(self, id: str) -> FolderTree:
        """Choose it, or put it back; what may not be a source stays as it is."""
        if id in self.chosen:
            return replace(self, chosen=tuple(one for one in self.chosen if one != id))
        return replace(self, chosen=(*self.chosen, id)) if self.branches[id].can_choose else self


# ---- the list of them


class FolderList(ListPane[Branch]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "unfold", "Open", id="unfold", key_display="right", tooltip="Show the folders in it"),
        Binding("left", "fold", "Close", id="fold", key_display="left", tooltip="Close it, or go to the one above"),
        Binding("space", "choose", "Use or not", id="choose", tooltip="Take photos from this folder, or not"),
    ]

    def __init__(self, monitor: Monitor) -> None:
        super().__init__(id="folder-list")
        self._monitor = monitor
        self.folders = FolderTree()
        self._asking: set[str] = set()
        self._told_wrong = ""

    def entries(self) -> Sequence[Branch]:
        return self.folders.rows

    def key(self, entry: Branch) -> Hashable:
        return entry.id

    def draw_head(self, width: int, height: int) -> list[Row]:
        chosen = len(self.folders.chosen)
        rows = [heading("Folders on Drive", width, f"{chosen} chosen" if chosen else "none chosen")]
        return [*rows, [(cut(self._told_wrong, width), "$bad")]] if self._told_wrong else rows

    def draw_entry(self, entry: Branch, width: int, marked: bool) -> list[Row]:
        indent = "  " * entry.depth
        open_mark = " " if entry.leaf else "-" if entry.id in self.folders.opened else "+"
        box = ("[x] " if entry.id in self.folders.chosen else "[ ] ") if entry.can_choose else ""
        told = " asking Drive" if entry.id in self._asking else ""
        if entry.id in self.folders.opened and entry.inside == ():
            told = " no folder in it"
        room = max(4, width - 2 - len(indent) - 2 - len(box) - len(told))
        style = "bold $ink" if marked or entry.id in self.folders.chosen else "$ink" if entry.can_choose else "$dim"
        return [
            [
                pointer(marked),
                (f"{indent}{open_mark} ", "$dim"),
                (box, "bold $accent" if entry.id in self.folders.chosen else "$dim"),
                (fit(entry.name, room) if told else cut(entry.name, room), style),
                (told, "$dim"),
            ]
        ]

    # ---- keys

    def action_open(self) -> None:
        self.action_fold() if self._is_open else self.action_unfold()

    @property
    def _is_open(self) -> bool:
        return self.marked is not None and self.marked.id in self.folders.opened

    def action_unfold(self) -> None:
        branch = self.marked
        if branch is None or branch.leaf:
            return
        if self._is_open:
            self.action_mark(1)
            return
        self.folders = self.folders.open(branch.id)
        if branch.inside is None and branch.id not in self._asking:
            self._asking.add(branch.id)
            asking = self.run_worker(self._ask(branch.id), group="folders", exit_on_error=False)
            self._monitor.hold_keys_for(asking)
        self.redraw()

    async def _ask(self, id: str) -> None:
        try:
            found = await self._monitor.agent.ask(ListSubfolders(parent_id=id, max_results=200))
            self.folders = self.folders.with_inside(id, found["folders"])
            left = found["total_count"] - len(found["folders"])
            self._told_wrong = f"{left:,} more in {self.folders.branches[id].name}: type the address" if left else ""
        except VenueError as error:
            self.folders = self.folders.close(id)
            note = note_of(error)
            self._told_wrong = ". ".join(part for part in (note.title, note.remedy) if part)
        finally:
            self._asking.discard(id)
        self.redraw()

    def action_fold(self) -> None:
        branch = self.marked
        if branch is None:
            return
        if branch.id in self.folders.opened:
            self.folders = self.folders.close(branch.id)
        elif branch.parent is not None:
            rows = [row.id for row in self.folders.rows]
            self.action_mark(rows.index(branch.parent) - rows.index(branch.id))
        self.redraw()

    def action_choose(self) -> None:
        branch = self.marked
        if branch is None:
            return
        if branch.can_choose:
            self.folders = self.folders.choose(branch.id)
        else:
            self._told_wrong = f"{branch.name} cannot be chosen itself: open it and choose inside"
        self.redraw()
        self.tell()


# ---- the dialog

NO_NAME = Note("Type a name", "as the folder is to be called, here and on Drive")


class AddEventDialog(Dialog[None]):
    """Goes once the event is added; with `event`, a source is added to that one instead."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", id="add_close", tooltip="Close: nothing is added"),
        Binding("tab", "next_field", "Next", id="add_next", tooltip="The next field"),
        Binding("ctrl+s", "add", "Add", id="add_add", key_display="ctrl+s", tooltip="Add it as it stands"),
    ]

    def __init__(self, monitor: Monitor, event: tuple[str, str] | None = None) -> None:
        """`event`: id and name."""
        super().__init__()
        self._monitor = monitor
        self._event = event
        self._busy = False
        self._added: set[str] = set()  # to that one, before another was refused

    def compose(self) -> ComposeResult:
        title = "Add an event" if self._event is None else f"Add a source to {safe_text(self._event[1])}"
        with Vertical(id="add-event", classes="dialog"):
            yield Title(title, self.action_close)
            if self._event is None:
                with Horizontal(classes="field"):
                    yield Label("name-label", "Name")
                    yield Field("name", "Mia & Jonas")
            with Horizontal(classes="field"):
                yield Label("from-label", "From")
                yield Field("from", "folders' addresses on Drive, or choose below", longest=LONGEST)
            yield FolderList(self._monitor)
            yield Result()
            yield Told("add-keys", self._draw_keys)

    def on_mount(self) -> None:
        self.query(Field).first().focus()

    def _draw_keys(self, width: int, _height: int) -> list[Row]:
        add: Key = ("ctrl+s", "Add", self.action_add)
        keys: list[Key] = [
            ("enter", "Next, then add", None),
            ("tab", "Folders", None),
            ("space", "Use or not", None),
            add,
        ]
        if width < 60:
            keys = [add, ("tab", "Folders", None), ("space", "Use", None)]
        return [keys_row(self.query_one("#add-keys", Told), 0, keys)]

    # ---- keys

    def action_next_field(self) -> None:
        self.focus_next()

    @on(Input.Submitted, "#name")
    def _named(self) -> None:
        self.query_one("#from", Field).focus()

    @on(Input.Submitted, "#from")
    def action_add(self) -> None:
        name = self.query_one("#name", Field).value.strip() if self._event is None else ""
        typed = re.split(r"[\s,;]+", self.query_one("#from", Field).value)
        sources = list(dict.fromkeys(filter(None, [*typed, *self.query_one(FolderList).folders.chosen])))
        if self._event is None and not name:
            self.query_one(Result).say(NO_NAME)
            self.query_one("#name", Field).focus()
        elif self._event is not None and not sources:
            self.query_one(Result).say(Note("Choose a folder", "space takes the marked one"))
        elif not self._busy:
            self._busy = True
            self.query_one(Result).say(Note("Adding it", "asking Drive"))
            self.run_worker(self._add(name, sources), group=ASKING, exit_on_error=False)

    async def _add(self, name: str, sources: list[str]) -> None:
        """To its end, also where the dialog is closed meanwhile."""
        at = self.focused
        self.set_focus(None)
        wrong = await self._monitor.verbs.attempt(partial(self._ask, name, sources), self)
        self._busy = False
        if wrong is None:
            self.dismiss(None)
        else:
            self.query_one(Result).say(wrong)
            self.set_focus(at)

    async def _ask(self, name: str, sources: list[str]) -> Note:
        agent = self._monitor.agent
        if self._event is None:
            made = await agent.ask(AddEvent(name=name, sources=sources))
            more = f"its photos come into its own Incoming; {named('A')} adds a folder on Drive"
            more = "its first look is on the way" if sources else more
            notes = safe_text("; ".join(made.get("notes", [])))  # what is easily mistaken about it goes before
            return Note(f"Added {safe_text(made['status']['name'])}", notes or more)
        for source in sources:
            if source not in self._added:
                await agent.ask(ChangeEventSource(event=self._event[0], change="add", source=source))
                self._added.add(source)
        return Note("Added", f"{len(sources)} to {safe_text(self._event[1])}")

    def action_close(self) -> None:
        self.dismiss(None)
