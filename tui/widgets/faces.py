"""Groups of faces that nobody has named: pictures, the largest groups first, named where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.message import Message
from textual.widgets import Input

from agent.requests.faces import UnknownRow
from tui import words
from tui.draw import Row, cut, fit, heading, width_of
from tui.pictures.picture import LOOK, Album, Looked, Looks, Picture
from tui.state import whose_event
from tui.widgets.dialogs import Field, KnownNames, Label, Told
from tui.widgets.list_pane import Mark, pointer

if TYPE_CHECKING:
    from tui.app import Monitor

# ---- what stands under faces; pure drawing

GAP = 2  # cells between pictures


def caption(group: UnknownRow, width: int, marked: bool) -> Row:
    """`> Guest 07   23`: the mark, the name, and in how many photos; or `> unnamed, 2 faces`."""
    style = "bold $ink" if marked else "$ink"
    if not group["name"]:
        told = f"unnamed, {words.faces(group['faces'])}"
        told = told if width_of(told) <= width - 2 else told.rpartition(" ")[0]
        return [pointer(marked), (fit(told, width - 2), style)]
    count = words.number(group["photos"], 6)
    return [
        pointer(marked),
        (fit(group["name"], width - 3 - len(count)), style),
        (f" {count}", "bold $ink" if marked else "$dim"),
    ]


def last_seen(group: UnknownRow, width: int) -> Row:
    at = words.moment(group["last_seen_at"])
    return [("  ", ""), (fit(f"last {words.clock(at, seconds=False)}" if at else "", width - 2), "$dim")]


def side_by_side(rows: Iterable[Row]) -> Row:
    """Captions, with the gap of the pictures above them."""
    line: Row = []
    for index, row in enumerate(rows):
        line += [(" " * GAP, ""), *row] if index else row
    return line


def group_count(groups: Sequence[UnknownRow], in_sight: range) -> str:
    """How many, and which of them are in sight where not all are."""
    faces = words.faces(sum(group["faces"] for group in groups))
    counted = f"{words.number(len(groups))} {'group' if len(groups) == 1 else 'groups'}"
    if len(in_sight) < len(groups):
        return f"{in_sight.start + 1}-{in_sight.stop} of {counted}, {faces}, largest first"
    return f"{faces} in {counted}, largest first"


WORDS = 2  # rows below a picture: whose it is, and when they were seen last
LABEL = 7  # cells of `  Name `


class NameField(Field):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "OK", id="naming_done", tooltip="Call them so; without a name all stays as it is"),
        Binding("escape", "leave", "Back", id="naming_end", key_display="esc", tooltip="Leave the name as it is"),
        Binding("tab", "complete", "Complete", id="naming_complete", tooltip="Complete to a known name"),
    ]

    class Left(Message):
        """Naming has ended without a name."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """The toolkit knows `/` as no letter, and it stood beside these keys as if it found something."""
        return key == "slash" or super().check_consume_key(key, character)

    def action_leave(self) -> None:
        self.post_message(self.Left())

    def action_complete(self) -> None:
        self.complete()


class _Line(Container):
    """Pictures side by side, below each whose it is and when they were seen last."""

    def __init__(self, groups: FaceGroups, number: int) -> None:
        super().__init__(classes="line")
        self._groups, self._number = groups, number

    def compose(self) -> ComposeResult:
        yield Horizontal(classes="line-pictures")
        yield Told(f"names-{self._number}", lambda _width, _height: self._groups.draw_names(self._number))
        yield Told(f"seen-{self._number}", lambda _width, _height: self._groups.draw_seen(self._number))

    def on_mount(self) -> None:
        self._groups.redraw()

    def show(self, shown: Sequence[UnknownRow], monitor: Monitor) -> None:
        """These, from the left; pictures are made as they are needed."""
        self.display = bool(shown)
        if not self.children:  # not composed yet: `on_mount` comes again
            return
        place, rows = self.query_one(".line-pictures"), self._groups.face_rows
        place.styles.height = rows
        pictures = list(self.query(Picture))
        pictures += [Picture(monitor.pictures, classes="face") for _ in range(len(shown) - len(pictures))]
        place.mount_all(picture for picture in pictures if not picture.is_attached)
        for index, picture in enumerate(pictures):
            there = index < len(shown)
            picture.display = there and monitor.pictures != "off"
            picture.styles.width, picture.styles.height = 2 * rows, rows
            picture.styles.margin = (0, GAP + self._groups.cell - 2 * rows, 0, 0)
            if there:
                monitor.album.show_face(picture, next(iter(shown[index]["face_ids"]), None))
        for told in self.query(Told):
            told.redraw()


class FaceGroups(Looks, Container, can_focus=True):
    """`show` says which groups; the mark walks through them, as many lines at a time as there is room for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "mark(-1)", "Left", id="group_left", tooltip="The group to the left", show=False),
        Binding("right", "mark(1)", "Right", id="group_right", tooltip="The group to the right", show=False),
        Binding("up", "mark_line(-1)", "Up", id="group_up", tooltip="The group above", show=False),
        Binding("down", "mark_line(1)", "Down", id="group_down", tooltip="The group below", show=False),
        Binding("home", "mark(-10000)", "First", id="group_first", tooltip="The largest group", show=False),
        Binding("end", "mark(10000)", "Last", id="group_last", tooltip="The smallest group", show=False),
        Binding("enter", "name", "Name", id="name_group", tooltip="Name the marked group; a known name joins them"),
        Binding("m", "merge", "Merge", id="merge_group", tooltip="The marked group is somebody who is known already"),
        Binding("i", "ignore", "Ignore", id="ignore_group", tooltip="Do not ask about the marked group again"),
        LOOK,
    ]

    @dataclass
    class Named(Message):
        group: UnknownRow
        name: str

    @dataclass
    class Merging(Message):
        group: UnknownRow

    @dataclass
    class Ignored(Message):
        group: UnknownRow

    class Nobody(Message):
        """There is no group whose name could be asked for."""

    def __init__(self, monitor: Monitor) -> None:
        super().__init__(id="face-groups")
        self._monitor = monitor
        self._groups: Sequence[UnknownRow] = ()
        self._known = False
        self._newest: Sequence[UnknownRow] = ()
        self._naming_line = 0
        self.mark = Mark()

    def compose(self) -> ComposeResult:
        yield Told("groups-head", self._draw_head)
        yield Told("groups-none", self._draw_none)
        yield _Line(self, 0)
        with Horizontal(id="naming"):
            yield Label("naming-label", "  Name ")
            yield NameField("naming-field", suggester=KnownNames(()))

    def on_mount(self) -> None:
        self.query_one("#naming").display = False

    def _told(self, id: str) -> Told:
        return self.query_one(f"#{id}", Told)

    # ---- what is shown

    def show(self, groups: Sequence[UnknownRow]) -> None:
        """These groups, largest first. While one is named, those on screen stay."""
        self._newest, self._known = groups, True
        if not self.query_one("#naming").display:
            self._groups = groups
            self.redraw()

    def mark_new(self, groups: Sequence[UnknownRow], before: Set[str]) -> None:
        """What came back among these is marked, as it was when it went."""
        back = next((group["id"] for group in groups if group["id"] not in before), None)
        if back is not None:
            self.mark = Mark(back, self.mark.index)

    @property
    def marked(self) -> UnknownRow | None:
        if not self._groups:
            return None
        self.mark = self.mark.on([group["id"] for group in self._groups])
        return self._groups[self.mark.index]

    @property
    def cell(self) -> int:
        """Columns of a group: of its picture, where there is room for all of that."""
        return 20 if self.screen.size.width >= 120 else 14

    @property
    def face_rows(self) -> int:
        """Rows of a picture: the words below it stand on the screen in any case."""
        room = self.size.height or self.screen.size.height
        return max(1, min(self.cell // 2, room - 1 - WORDS))

    @property
    def line_height(self) -> int:
        """Rows of a line of pictures with the words below it."""
        return self.face_rows + WORDS

    @property
    def in_line(self) -> int:
        return max(1, (self.size.width + GAP) // (self.cell + GAP))

    def rows_for(self, room: int) -> int:
        """Rows that it takes of so many: no more lines than there are groups for, one at least."""
        wanted, line = -(-len(self._groups) // self.in_line), self.cell // 2 + WORDS
        return 1 + max(1, min(wanted, (room - 1) // line)) * line

    @property
    def window(self) -> range:
        self.mark = self.mark.on([group["id"] for group in self._groups])
        lines = max(1, (self.size.height - 1) // self.line_height)
        return self.mark.window(lines * self.in_line, len(self._groups))

    @property
    def in_sight(self) -> Sequence[UnknownRow]:
        return self._groups[self.window.start : self.window.stop]

    def _in_line(self, number: int) -> Sequence[UnknownRow]:
        return self.in_sight[number * self.in_line : (number + 1) * self.in_line]

    def redraw(self) -> None:
        if not self.is_mounted:
            return
        lines = list(self.query(_Line))
        for number in range(len(lines), -(-len(self.in_sight) // self.in_line)):
            lines.append(_Line(self, number))
            self.mount(lines[-1], after=lines[-2])
        for number, line in enumerate(lines):
            line.show(self._in_line(number), self._monitor)
        self._told("groups-none").display = not self._groups
        for id in ("groups-head", "groups-none"):
            self._told(id).redraw()

    def on_resize(self) -> None:
        self.redraw()

    def watch_has_focus(self, focused: bool) -> None:
        super().watch_has_focus(focused)
        self.redraw()

    # ---- drawing

    def _draw_head(self, width: int, _height: int) -> list[Row]:
        if not self._groups:
            return [heading("Who is this?", width)]
        told, marked = group_count(self._groups, self.window), self.marked
        told = told if width >= 60 else told.partition(" group")[0].rpartition(" in ")[2]
        whose = whose_event(self._monitor.view.state, marked) if marked else ""
        return [heading("Who is this?", width, told, cut(whose, max(0, width - 40)))]

    def _draw_none(self, width: int, _height: int) -> list[Row]:
        told = "Nobody is unknown: every group of faces has a name." if self._known else self._monitor.view.looking
        if width_of(told) > width - 2:  # on a phone
            told = "Every group of faces has a name."
        return [[(cut(f"  {told}", width), "$dim")]]

    def draw_names(self, line: int) -> list[Row]:
        marked, here = self.marked, self.has_focus or self.query_one(NameField).has_focus
        shown = self._in_line(line)
        return [side_by_side(caption(group, self.cell, here and group is marked) for group in shown)]

    def draw_seen(self, line: int) -> list[Row]:
        return [side_by_side(last_seen(group, self.cell) for group in self._in_line(line))]

    def on_click(self, event: events.Click) -> None:
        """A picture, or what stands below it, is marked by a click on it."""
        column = (event.screen_x - self.region.x) // (self.cell + GAP)
        line = (event.screen_y - self.region.y - 1) // self.line_height
        shown = self._in_line(line) if line >= 0 else ()
        if 0 <= column < len(shown):
            self._click(shown[column])

    def _click(self, group: UnknownRow) -> None:
        self.mark = Mark(group["id"], self.mark.index)
        self.focus()
        self.redraw()

    # ---- keys

    def action_mark(self, steps: int) -> None:
        self.mark = self.mark.move(steps, [group["id"] for group in self._groups])
        self.redraw()

    def action_mark_line(self, lines: int) -> None:
        if len(self._groups) > self.in_line:
            self.action_mark(lines * self.in_line)

    def action_name(self) -> None:
        group, people = self.marked, self._monitor.view.state.people
        if group is None:
            self.post_message(self.Nobody())
            return
        field = self.query_one(NameField)
        self._naming_line, place = divmod(self.mark.index - self.window.start, self.in_line)
        before = min(place * (self.cell + GAP), max(0, self.size.width - 30))
        self._told("naming-label").styles.margin = (0, 0, 0, before)
        known = [one["name"] for one in people if one["event"] == group["event"] and not one["guest"]]
        field.suggester = KnownNames(known)
        field.value = ""
        self._naming(True)
        field.focus()

    def _naming(self, on: bool) -> None:
        """The field stands in place of when they were seen."""
        naming, line = self.query_one("#naming"), self.query(_Line)[self._naming_line]
        self.move_child(naming, after=line)
        naming.display = on
        self._told(f"seen-{self._naming_line}").display = not on

    @on(NameField.Left)
    def _left(self) -> None:
        self._naming(False)
        self.show(self._newest)
        self.focus()

    @on(Input.Submitted)
    def _named(self, event: Input.Submitted) -> None:
        event.stop()
        name, group = event.value.strip(), self.marked
        self._left()
        if name and group is not None:
            self.post_message(self.Named(group, name))

    def action_merge(self) -> None:
        self.post_message(self.Nobody() if self.marked is None else self.Merging(self.marked))

    async def pictured(self, album: Album) -> Looked | None:
        group = self.marked
        if group is None:
            return None
        faces = group["face_ids"]
        return Looked(group["name"] or "Unnamed", await album.face(faces[0]) if faces else None)

    def action_ignore(self) -> None:
        if self.marked is not None:
            self.post_message(self.Ignored(self.marked))
