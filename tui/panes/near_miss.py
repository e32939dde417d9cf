"""`NearMiss`: one question at a time: is this face that person? Both side by side, with how far apart they are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.message import Message

from agent.service_people import ReviewRow
from tui.draw import BLANK, Row, heading, row_width
from tui.fields import Told
from tui.fit import cut, first_names
from tui.host import Host
from tui.panes.face_words import question
from tui.pictures.picture import Picture


class NearMiss(Container, can_focus=True):
    """`show` says which questions there are; the first one is asked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "later", "Later", id="later", tooltip="Ask about this one later"),
        Binding("enter", "open", "Photo", id="open_near_miss", tooltip="Open the photo it is in"),
    ]

    class Later(Message):
        def __init__(self, review: ReviewRow) -> None:
            super().__init__()
            self.review = review

    def __init__(self, host: Host) -> None:
        super().__init__(id="near-miss")
        self._host = host
        self._rows: Sequence[ReviewRow] = ()
        self._known = False

    def compose(self) -> ComposeResult:
        yield Told("near-head")
        with Horizontal(id="near"):
            yield Picture(self._host.pictures, id="candidate", classes="face")
            yield Picture(self._host.pictures, id="reference", classes="face")
            yield Told("near-text")

    def on_mount(self) -> None:
        self.query_one("#near-head", Told).tell(self._draw_head)
        self.query_one("#near-text", Told).tell(self._draw_text)

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
            picture.display = asked is not None and self._host.pictures != "off"
            if face:
                self._host.show_face(picture, face)
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
        keys: Row = []
        told = self.query_one("#near-text", Told)
        first = first_names([asked["name"], ""], 14).split(",")[0].strip()
        for key, word, act in (
            ("y", f"Yes, {first}", "answer(True)"),
            ("n", "No", "answer(False)"),
            ("l", "Later", ""),
        ):
            start = row_width(keys)
            keys += [(key, "bold $accent"), (f" {word}   ", "$ink")]
            run = self.action_later if not act else partial(self.screen.run_action, act)
            told.on_part(len(rows), start, row_width(keys) - start, run)
        return [*rows, keys][:height]

    def action_later(self) -> None:
        if self.review is not None:
            self.post_message(self.Later(self.review))

    def action_open(self) -> None:
        if self.review is not None:
            self._host.show_photo([self.review["photo"]], 0)
