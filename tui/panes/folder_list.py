"""Drive's folders to choose from, level by level, as they are opened."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from agent.errors import VenueError
from tui.draw import Row, heading
from tui.fit import cut, fit
from tui.folder_tree import Branch, FolderTree
from tui.host import Host
from tui.lists.list_pane import ListPane, pointer
from tui.notes import note_of


class FolderList(ListPane[Branch]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "unfold", "Open", id="unfold", key_display="right", tooltip="Show the folders in it"),
        Binding("left", "fold", "Close", id="fold", key_display="left", tooltip="Close it, or go to the one above"),
        Binding("space", "choose", "Use or not", id="choose", tooltip="Take photos from this folder, or not"),
    ]

    def __init__(self, host: Host) -> None:
        super().__init__(id="folder-list")
        self._host = host
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
            self.run_worker(self._ask(branch.id), group="folders", exit_on_error=False)
        self.redraw()

    async def _ask(self, id: str) -> None:
        try:
            found = await self._host.service.list_subfolders(id, most=200)
            self.folders = self.folders.with_inside(id, found["folders"])
            self._told_wrong = ""
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
