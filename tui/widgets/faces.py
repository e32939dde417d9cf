"""Faces: groups that nobody has named, and near misses, with the pictures and what stands beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.message import Message
from textual.widgets import Input

from agent.requests.faces import ReviewRow, UnknownRow
from tui import words
from tui.draw import BLANK, Row, cut, first_names, fit, heading
from tui.pictures.picture import Picture
from tui.state import whose_event
from tui.widgets.dialogs import Field, Key, KnownNames, Label, Told, keys_row
from tui.widgets.list_pane import Mark
from tui.words import safe_text

if TYPE_CHECKING:
    from tui.app import Monitor

# ---- what stands under and beside faces: a caption, a question and its scale; pure drawing

GAP = 2  # cells between pictures
BEYOND = 1.35  # of the upper limit: where the scale ends


def caption(group: UnknownRow, width: int, marked: bool) -> Row:
    """`> Guest 07   23`: the mark, the name, and in how many photos."""
    count = words.number(group["photos"], 6)
    name = group["name"] or "unnamed"
    return [
        ("> " if marked else "  ", "bold $accent"),
        (fit(name, width - 3 - len(count)), "bold $ink" if marked else "$ink"),
        (f" {count}", "bold $ink" if marked else "$dim"),
    ]


def last_seen(group: UnknownRow, width: int) -> Row:
    at = group["last_seen_at"]
    return [("  ", ""), (fit(f"last {words.clock(at, seconds=False)}" if at else "", width - 2), "$dim")]


def side_by_side(rows: Sequence[Row], width: int) -> Row:
    """Captions of `width` cells each, with the gap of the pictures above them."""
    line: Row = []
    for index, row in enumerate(rows):
        line += [(" " * GAP, ""), *row] if index else row
    return line


def group_count(groups: Sequence[UnknownRow]) -> str:
    faces = sum(group["faces"] for group in groups)
    counted = f"{words.number(len(groups))} {'group' if len(groups) == 1 else 'groups'}"
    return f"{words.number(faces)} {'face' if faces == 1 else 'faces'} in {counted}, largest first"


def scale(distance: float, limits: tuple[float, float], width: int) -> Row:
    """Both limits as `|`, the distance as a full block; a bar as far as it would be filed by itself."""
    cells = max(10, width)
    end = max(limits[1] * BEYOND, distance * 1.02, 0.01)

    def place(value: float) -> int:
        return min(cells - 1, max(0, int(value / end * cells)))

    low, high, here = place(limits[0]), place(limits[1]), place(distance)
    row: Row = []
    for cell in range(cells):
        if cell == here:
            row.append(("█", "$warn" if low <= here <= high else "$ok" if here < low else "$bad"))
        elif cell in (low, high):
            row.append(("|", "$ink"))
        elif cell < low:
            row.append(("▄", "$ok"))
        else:
            row.append(("▁", "$warn" if cell < high else "$rule"))
    return row


def question(review: ReviewRow, width: int, height: int) -> list[Row]:
    """Whose faces these are, how near they are, and why it is asked; the keys are the caller's."""
    at = words.clock(review["seen_at"], seconds=False)
    name = safe_text(review["name"])
    low, high = review["limits"]
    wide = width >= 40
    rows: list[Row] = [
        [("Left  ", "bold $ink"), (fit(f"{safe_text(review['photo_name'])}, {at}", width - 6), "$dim")],
        [("Right ", "bold $ink"), (fit(name, width - 6), "$people")],
    ]
    if review["why"] != "near miss" and height >= 6:
        rows.append([(cut(review["why"], width), "$warn")])
    elif height >= 6:
        rows.append(BLANK)
    told = f"   same to {low:.2f}, asked to {high:.2f}" if wide else ""
    rows.append([("Distance ", "$ink"), (f"{review['distance']:.2f}", "bold $warn"), (cut(told, width - 13), "$dim")])
    if wide:
        rows.append([("same ", "$dim"), *scale(review["distance"], (low, high), width - 12), (" other", "$dim")])
    else:
        rows.append(scale(review["distance"], (low, high), width))
    return rows


# ---- faces that nobody has named, as pictures, the largest groups first; named where they stand

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
        self.complete()


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

    def __init__(self, monitor: Monitor) -> None:
        super().__init__(id="face-groups")
        self._monitor = monitor
        self._groups: Sequence[UnknownRow] = ()
        self._known = False
        self._newest: Sequence[UnknownRow] = ()
        self._names: Sequence[str] = ()
        self.mark = Mark()

    def compose(self) -> ComposeResult:
        yield Told("groups-head", self._draw_head)
        with Horizontal(id="groups-pictures"):
            for _ in range(MOST):
                yield Picture(self._monitor.pictures, classes="face")
        yield Told("groups-names", self._draw_names)
        yield Told("groups-seen", self._draw_seen)
        with Horizontal(id="naming"):
            yield Label("naming-label", "  Name ")
            yield NameField("naming-field", suggester=KnownNames(()))

    def on_mount(self) -> None:
        self.query_one("#naming").display = False

    def _told(self, id: str) -> Told:
        return self.query_one(f"#{id}", Told)

    # ---- what is shown

    def show(self, groups: Sequence[UnknownRow], names: Sequence[str]) -> None:
        """These groups, largest first; `names`: of people who are known. While one is named, those on screen stay."""
        self._newest, self._names, self._known = groups, names, True
        if not self.query_one("#naming").display:
            self._groups = groups
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
            picture.display = there and self._monitor.pictures != "off"
            if there and shown[index]["face_ids"]:
                self._monitor.album.show_face(picture, shown[index]["face_ids"][0])
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
        marked = self.marked
        whose = whose_event(self._monitor.view.state, marked) if marked else ""
        return [heading("Who is this?", width, count if self._groups else "", cut(whose, max(0, width - 40)))]

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
        self.show(self._newest, self._names)
        self.focus()

    @on(Input.Submitted)
    def _named(self, event: Input.Submitted) -> None:
        event.stop()
        name, group = event.value.strip(), self.marked
        self._left()
        if name and group is not None:
            self.post_message(self.Named(group, KnownNames(self._names).spelled(name)))

    def action_merge(self) -> None:
        if self.marked is not None:
            self.post_message(self.Merging(self.marked))

    def action_ignore(self) -> None:
        if self.marked is not None:
            self.post_message(self.Ignored(self.marked))


# ---- one question at a time: is this face that person? Both side by side, with how far apart they are


class NearMiss(Container, can_focus=True):
    """`show` says which questions there are; the first one is asked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "later", "Later", id="later", tooltip="Ask about this one later"),
        Binding("enter", "open", "Photo", id="open_near_miss", tooltip="Open the photo it is in"),
    ]

    @dataclass
    class Later(Message):
        review: ReviewRow

    def __init__(self, monitor: Monitor) -> None:
        super().__init__(id="near-miss")
        self._monitor = monitor
        self._rows: Sequence[ReviewRow] = ()
        self._known = False

    def compose(self) -> ComposeResult:
        yield Told("near-head", self._draw_head)
        with Horizontal(id="near"):
            yield Picture(self._monitor.pictures, id="candidate", classes="face")
            yield Picture(self._monitor.pictures, id="reference", classes="face")
            yield Told("near-text", self._draw_text)

    @property
    def review(self) -> ReviewRow | None:
        """The question that is asked."""
        return self._rows[0] if self._rows else None

    def show(self, rows: Sequence[ReviewRow]) -> None:
        self._rows, self._known = rows, True
        self.redraw()

    def redraw(self) -> None:
        if not self.is_mounted:
            return
        asked = self.review
        for id in ("candidate", "reference"):
            picture = self.query_one(f"#{id}", Picture)
            face = (asked["face_id"] if id == "candidate" else asked["reference_id"]) if asked else None
            picture.display = asked is not None and self._monitor.pictures != "off"
            if face:
                self._monitor.album.show_face(picture, face)
            else:
                picture.show(None)
        self.query_one("#near-head", Told).redraw()
        self.query_one("#near-text", Told).redraw()

    def watch_has_focus(self, focused: bool) -> None:
        super().watch_has_focus(focused)
        self.redraw()

    def on_click(self) -> None:
        self.focus()

    def _draw_head(self, width: int, _height: int) -> list[Row]:
        count = len(self._rows)
        misses = "near miss" if count == 1 else "near misses"
        right = (f"1 of {count:,} {misses}" if width >= 40 else f"1 of {count:,}") if count else ""
        name = "> Same person?" if self.has_focus and count else "Same person?"
        return [heading(name, width, right)]

    def _draw_text(self, width: int, height: int) -> list[Row]:
        asked = self.review
        if asked is None:
            told = "No near miss waits for an answer." if self._known else "Looking."
            return [[(cut(told, width), "$dim")]]
        rows = question(asked, width, height)
        if len(rows) + 1 < height:
            rows.append(BLANK)
        first = first_names([asked["name"], ""], 14).split(",")[0].strip()
        keys: list[Key] = [("y", f"Yes, {first}", partial(self.screen.run_action, "answer(True)"))]
        keys += [("n", "No", partial(self.screen.run_action, "answer(False)")), ("l", "Later", self.action_later)]
        return [*rows, keys_row(self.query_one("#near-text", Told), len(rows), keys, style="$ink")][:height]

    def action_later(self) -> None:
        if self.review is not None:
            self.post_message(self.Later(self.review))

    def action_open(self) -> None:
        if self.review is not None:
            self._monitor.pages.show_photo([self.review["photo"]], 0)
