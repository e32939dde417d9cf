"""`FaceGroups`: faces that nobody has named, as pictures, the largest groups first; named where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.message import Message
from textual.widgets import Input

from agent.service_people import UnknownRow
from tui.draw import Row, heading
from tui.fields import Field, KnownNames, Told
from tui.fit import cut
from tui.host import Host
from tui.lists.mark import Mark
from tui.panes.face_words import GAP, caption, group_count, last_seen, side_by_side
from tui.pictures.picture import Picture

MOST = 8  # groups in sight
LABEL = 7  # cells of `  Name `


class NameField(Field):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", id="naming_end", tooltip="Leave the name as it is"),
        Binding("tab", "complete", "Complete", id="naming_complete", tooltip="Complete to a known name"),
    ]

    class Left(Message):
        """Naming has ended without a name."""

    def action_leave(self) -> None:
        self.post_message(self.Left())

    def action_complete(self) -> None:
        longer = self.suggester.match(self.value) if isinstance(self.suggester, KnownNames) else None
        if longer:
            self.value = longer
            self.cursor_position = len(longer)


class FaceGroups(Container, can_focus=True):
    """`show` says which groups; the mark walks left and right, a page of pictures at a time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "mark(-1)", "Left", id="group_left", tooltip="The group to the left", show=False),
        Binding("right", "mark(1)", "Right", id="group_right", tooltip="The group to the right", show=False),
        Binding("home", "mark(-10000)", "First", id="group_first", tooltip="The largest group", show=False),
        Binding("end", "mark(10000)", "Last", id="group_last", tooltip="The smallest group", show=False),
        Binding("enter", "name", "Name", id="name_group", tooltip="Name the marked group; a known name joins them"),
        Binding("m", "merge", "Merge", id="merge_group", tooltip="The marked group is somebody who is known already"),
        Binding("i", "ignore", "Ignore", id="ignore_group", tooltip="Do not ask about the marked group again"),
    ]

    class Named(Message):
        def __init__(self, group: UnknownRow, name: str) -> None:
            super().__init__()
            self.group, self.name = group, name

    class Merging(Message):
        def __init__(self, group: UnknownRow) -> None:
            super().__init__()
            self.group = group

    class Ignored(Message):
        def __init__(self, group: UnknownRow) -> None:
            super().__init__()
            self.group = group

    def __init__(self, host: Host) -> None:
        super().__init__(id="face-groups")
        self._host = host
        self._groups: Sequence[UnknownRow] = ()
        self._known = False
        self._names: Sequence[str] = ()
        self.mark = Mark()

    def compose(self) -> ComposeResult:
        yield Told("groups-head")
        with Horizontal(id="groups-pictures"):
            for _ in range(MOST):
                yield Picture(self._host.pictures, classes="face")
        yield Told("groups-names")
        yield Told("groups-seen")
        with Horizontal(id="naming"):
            yield Told("naming-label")
            yield NameField("naming-field", suggester=KnownNames(()))

    def on_mount(self) -> None:
        self.query_one("#naming").display = False
        self._told("groups-head").tell(self._draw_head)
        self._told("groups-names").tell(self._draw_names)
        self._told("groups-seen").tell(self._draw_seen)
        self._told("naming-label").tell(lambda _width, _height: [[("  Name ", "$dim")]])

    def _told(self, id: str) -> Told:
        return self.query_one(f"#{id}", Told)

    # ---- what is shown

    def show(self, groups: Sequence[UnknownRow], names: Sequence[str]) -> None:
        """These groups, largest first; `names`: of people who are known."""
        self._groups, self._names, self._known = groups, names, True
        self.redraw()

    @property
    def marked(self) -> UnknownRow | None:
        if not self._groups:
            return None
        self.mark = self.mark.on([group["id"] for group in self._groups])
        return self._groups[self.mark.index]

    @property
    def cell(self) -> int:
        """Columns of a picture."""
        return 20 if self.screen.size.width >= 120 else 14

    @property
    def in_sight(self) -> Sequence[UnknownRow]:
        fit_in = max(1, min(MOST, (self.size.width + GAP) // (self.cell + GAP)))
        self.mark = self.mark.on([group["id"] for group in self._groups])
        window = self.mark.window(fit_in, len(self._groups))
        return self._groups[window.start : window.stop]

    def redraw(self) -> None:
        if not self.is_mounted:
            return
        shown = self.in_sight
        for index, picture in enumerate(self.query(Picture)):
            there = index < len(shown)
            picture.display = there and self._host.pictures != "off"
            if there and shown[index]["face_ids"]:
                self._host.show_face(picture, shown[index]["face_ids"][0])
        self.query_one("#groups-pictures").display = bool(shown)
        for id in ("groups-head", "groups-names", "groups-seen"):
            self._told(id).redraw()

    def on_resize(self) -> None:
        self.redraw()

    def watch_has_focus(self, focused: bool) -> None:
        super().watch_has_focus(focused)
        self.redraw()

    # ---- drawing

    def _draw_head(self, width: int, _height: int) -> list[Row]:
        count = group_count(self._groups) if self._groups and width >= 60 else f"{len(self._groups)}"
        return [heading("Who is this?", width, count if self._groups else "")]

    def _draw_names(self, width: int, _height: int) -> list[Row]:
        if not self._groups:
            told = "Nobody is unknown: every group of faces has a name." if self._known else "Looking."
            return [[(cut(f"  {told}", width), "$dim")]]
        told, marked = self._told("groups-names"), self.marked
        for index, group in enumerate(self.in_sight):
            told.on_part(0, index * (self.cell + GAP), self.cell, lambda group=group: self._click(group))
        here = self.has_focus or self.query_one(NameField).has_focus
        return [
            side_by_side([caption(group, self.cell, here and group is marked) for group in self.in_sight], self.cell)
        ]

    def _draw_seen(self, _width: int, _height: int) -> list[Row]:
        return [side_by_side([last_seen(group, self.cell) for group in self.in_sight], self.cell)]

    def on_click(self, event: events.Click) -> None:
        """A picture is marked by a click on it."""
        column = (event.screen_x - self.region.x) // (self.cell + GAP)
        shown = self.in_sight
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

    def action_name(self) -> None:
        if self.marked is None:
            return
        field, shown = self.query_one(NameField), self.in_sight
        place = next(index for index, group in enumerate(shown) if group["id"] == self.mark.key)
        before = min(place * (self.cell + GAP), max(0, self.size.width - 30))
        self._told("naming-label").styles.margin = (0, 0, 0, before)
        field.suggester = KnownNames(self._names)
        field.value = ""
        self._naming(True)
        field.focus()

    def _naming(self, on: bool) -> None:
        self.query_one("#naming").display = on
        self._told("groups-seen").display = not on

    @on(NameField.Left)
    def _left(self) -> None:
        self._naming(False)
        self.focus()

    @on(Input.Submitted)
    def _named(self, event: Input.Submitted) -> None:
        event.stop()
        name, group = event.value.strip(), self.marked
        self._left()
        if name and group is not None:
            self.post_message(self.Named(group, name))

    def action_merge(self) -> None:
        if self.marked is not None:
            self.post_message(self.Merging(self.marked))

    def action_ignore(self) -> None:
        if self.marked is not None:
            self.post_message(self.Ignored(self.marked))
