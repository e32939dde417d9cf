"""`LatestFaces`: the faces of the latest photos, to enroll somebody who stands in front of the photographer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.message import Message

from agent.errors import VenueError
from agent.service_people import LatestFace
from tui import words
from tui.draw import Row, heading
from tui.fields import Told
from tui.fit import cut, fit
from tui.host import Host
from tui.lists.mark import Mark
from tui.panes.face_words import GAP, side_by_side
from tui.pictures.picture import Picture
from tui.safe_text import safe_text
from tui.screens.enroll_words import verdict
from tui.state import shown_event

MOST, CELL = 4, 14  # faces in sight, columns of one
NARROW = 60  # columns below which they are rows of text


class LatestFaces(Container, can_focus=True):
    """The mark walks over them, `space` takes the marked one; `taken` are the chosen ones."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,up", "mark(-1)", "Left", id="face_left", tooltip="The face before", show=False),
        Binding("right,down", "mark(1)", "Right", id="face_right", tooltip="The next face", show=False),
        Binding("pageup", "mark(-4)", "Page up", id="face_page_up", tooltip="Four faces back", show=False),
        Binding("pagedown", "mark(4)", "Page down", id="face_page_down", tooltip="Four faces on", show=False),
        Binding("space", "take", "Use or not", id="take_face", tooltip="Use the marked face, or not"),
        Binding("enter", "enroll", "Enroll", id="enroll_face", tooltip="Enroll by the chosen faces"),
    ]

    class Wanted(Message):
        """Enroll by what was taken."""

    class Refused(Message):
        """The marked face cannot be a reference."""

        def __init__(self, why: str) -> None:
            super().__init__()
            self.why = why

    def __init__(self, host: Host) -> None:
        super().__init__(id="latest-faces")
        self._host = host
        self._faces: Sequence[LatestFace] = ()
        self._known = False
        self._taken: list[str] = []
        self.mark = Mark()

    def compose(self) -> ComposeResult:
        yield Told("latest-head")
        with Horizontal(id="latest-pictures"):
            for _ in range(MOST):
                yield Picture(self._host.pictures, classes="latest")
        yield Told("latest-words")
        yield Told("latest-rows")

    def on_mount(self) -> None:
        self._told("latest-head").tell(self._draw_head)
        self._told("latest-words").tell(self._draw_words)
        self._told("latest-rows").tell(self._draw_rows)

    def _told(self, id: str) -> Told:
        return self.query_one(f"#{id}", Told)

    @property
    def taken(self) -> list[LatestFace]:
        """In the order of taking."""
        by_id = {face["face_id"]: face for face in self._faces}
        return [by_id[id] for id in self._taken if id in by_id]

    # ---- what is shown

    def on_focus(self) -> None:
        """They are looked for when somebody comes to choose."""
        if not self._known:
            self.run_worker(self._ask, group="latest faces", exclusive=True, exit_on_error=False)
        self.redraw()

    async def _ask(self) -> None:
        state = self._host.view.state
        event = shown_event(state)
        try:
            self._faces = await self._host.service.latest_faces(event["id"] if event and state.event else None)
        except VenueError as error:
            self.post_message(self.Refused(str(error)))
        self._known = True
        self.redraw()

    def on_blur(self) -> None:
        self.redraw()

    def on_resize(self) -> None:
        self.set_class(self._host.pictures == "off" or self.size.width < NARROW, "-words")
        self.redraw()

    @property
    def _marked(self) -> LatestFace | None:
        if not self._faces:
            return None
        self.mark = self.mark.on([face["face_id"] for face in self._faces])
        return self._faces[self.mark.index]

    def _in_sight(self, most: int) -> Sequence[LatestFace]:
        self.mark = self.mark.on([face["face_id"] for face in self._faces])
        window = self.mark.window(most, len(self._faces))
        return self._faces[window.start : window.stop]

    def redraw(self) -> None:
        if not self.is_mounted:
            return
        shown = self._in_sight(MOST)
        for index, picture in enumerate(self.query(Picture)):
            picture.display = index < len(shown) and self._host.pictures != "off"
            if index < len(shown) and not self.has_class("-words"):
                self._host.show_face(picture, shown[index]["face_id"])
        for told in self.query(Told):
            told.redraw()

    # ---- drawing

    def _draw_head(self, width: int, _height: int) -> list[Row]:
        face = self._marked
        if face is None:
            told = "none has arrived yet" if self._known else "looking"
        else:
            told = f"{face['verdict']['photo']} {words.clock(face['arrived_at'], seconds=False)}"
            told += f", {face['name']}" if face["name"] else ""
        chosen = f"{len(self._taken)} chosen" if self._taken else "Latest faces"
        return [heading(chosen, width, cut(safe_text(told), max(8, width - len(chosen) - 6)))]

    def _draw_words(self, _width: int, _height: int) -> list[Row]:
        shown, told = self._in_sight(MOST), self._told("latest-words")
        for index, face in enumerate(shown):
            told.on_part(0, index * (CELL + GAP), CELL, lambda face=face: self._click(face))
        return [side_by_side([self._box(face, CELL) for face in shown], CELL)] if shown else []

    def _draw_rows(self, width: int, height: int) -> list[Row]:
        rows: list[Row] = []
        for row, face in enumerate(self._in_sight(height)):
            self._told("latest-rows").on_part(row, 0, width, lambda face=face: self._click(face))
            name = face["name"] or face["verdict"]["photo"]
            clock = words.clock(face["arrived_at"], seconds=False)
            rows.append(
                [*self._box(face, 16), (" ", ""), (fit(name, max(1, width - 23)), "$ink"), (f" {clock:>5}", "$dim")]
            )
        return rows

    def _box(self, face: LatestFace, width: int) -> Row:
        """`> [x] GOOD`."""
        here, has = face is self._marked, face["face_id"] in self._taken
        word = verdict(face["verdict"])[0]
        return [
            (">" if here and self.has_focus else " ", "bold $accent"),
            ("[x] " if has else "[ ] ", "bold $accent" if has else "$dim"),
            (fit(word, width - 5), "bold $ok" if face["verdict"]["used"] else "bold $warn"),
        ]

    # ---- keys and the mouse

    def action_mark(self, steps: int) -> None:
        self.mark = self.mark.move(steps, [face["face_id"] for face in self._faces])
        self.redraw()

    def action_take(self) -> None:
        face = self._marked
        if face is None:
            return
        if face["face_id"] in self._taken:
            self._taken.remove(face["face_id"])
        elif face["verdict"]["used"]:
            self._taken.append(face["face_id"])
        else:
            self.post_message(self.Refused(face["verdict"]["verdict"]))
        self.redraw()

    def action_enroll(self) -> None:
        """Enter takes the marked one where none is taken yet, as it does with photos."""
        if not self._taken:
            self.action_take()
        else:
            self.post_message(self.Wanted())

    def _click(self, face: LatestFace) -> None:
        self.mark = Mark(face["face_id"], self.mark.index)
        self.focus()
        self.action_take()

    def on_click(self, event: events.Click) -> None:
        """A picture is taken by a click on it."""
        if self.has_class("-words"):
            return
        column = (event.screen_x - self.region.x) // (CELL + GAP)
        shown = self._in_sight(MOST)
        if 0 <= column < len(shown) and 1 <= event.screen_y - self.region.y <= CELL // 2:
            self._click(shown[column])
