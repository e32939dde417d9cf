"""One question at a time: is this face that person? Both side by side, with how far apart they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.message import Message

from agent.clock import from_iso
from agent.requests.faces import ReviewRow
from tui import words
from tui.draw import BLANK, Row, cut, first_names, fit, heading
from tui.pictures.picture import LOOK, Album, Looked, Looks, Picture
from tui.widgets.dialogs import Key, Told, keys_row
from tui.widgets.faces import GAP
from tui.words import safe_text

if TYPE_CHECKING:
    from tui.app import Monitor

BEYOND = 1.35  # of the upper limit: where the scale ends
BESIDE, WORDS_BESIDE = 60, 46  # columns from which on the words stand beside the faces, and what they take
SMALLEST = 7  # rows of a face, where the words stand beside it
WORDS_BELOW = 3  # rows that the words keep below it: whose it is, and how near


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
    at = words.clock(from_iso(review["seen_at"]), seconds=False)
    name = safe_text(review["name"])
    low, high = review["limits"]
    wide = width >= 40
    rows: list[Row] = [
        [("Left  ", "bold $ink"), (fit(f"{safe_text(review['photo_name'])}, {at}", width - 6), "$dim")],
        [("Right ", "bold $ink"), (fit(name, width - 6), "$people")],
    ]
    many = f"; {review['faces']} faces alike: one answer for all" if review["faces"] > 1 else ""
    if (many or review["why"] != "near miss") and height >= 6:
        rows.append([(cut(f"{review['why']}{many}", width), "$warn")])
    elif height >= 6:
        rows.append(BLANK)
    told = f"   same to {low:.2f}, asked to {high:.2f}" if wide else ""
    rows.append([("Distance ", "$ink"), (f"{review['distance']:.2f}", "bold $warn"), (cut(told, width - 13), "$dim")])
    if wide:
        rows.append([("same ", "$dim"), *scale(review["distance"], (low, high), width - 12), (" other", "$dim")])
    else:
        rows.append(scale(review["distance"], (low, high), width))
    return rows


class NearMiss(Looks, Container, can_focus=True):
    """`show` says which questions there are; the first one is asked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "later", "Later", id="later", tooltip="Ask about this one later"),
        Binding("enter", "open", "Photo", id="open_near_miss", tooltip="Open the photo it is in"),
        LOOK,
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
            yield Picture(self._monitor.pictures, id="candidate", classes="face", large=True)
            yield Picture(self._monitor.pictures, id="reference", classes="face", large=True)
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
            self._monitor.album.show_face(picture, face)
        self.query_one("#near-head", Told).redraw()
        self.query_one("#near-text", Told).redraw()

    def on_resize(self) -> None:
        """Both faces as large as there is room for, beside the words or above them."""
        if self.size.width < BESIDE:
            rows = max(1, min(SMALLEST, self.size.height - 1 - WORDS_BELOW))
        else:
            rows = max(SMALLEST, min(self.size.height - 1, (self.size.width - WORDS_BESIDE - 2 * GAP) // 4))
        self.query_one("#near").styles.grid_rows = f"{rows} 1fr"
        for picture in self.query(Picture):
            picture.styles.height, picture.styles.width = rows, 2 * rows

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
            told = "No near miss waits for an answer." if self._known else self._monitor.view.looking
            return [[(cut(told, width), "$dim")]]
        rows = question(asked, width, height)
        if len(rows) + 1 < height:
            rows.append(BLANK)
        first = first_names([asked["name"], ""], 14).split(",")[0].strip()
        keys: list[Key] = [("y", f"Yes, {first}", partial(self.screen.run_action, "answer(True)"))]
        keys += [("n", "No", partial(self.screen.run_action, "answer(False)")), ("l", "Later", self.action_later)]
        return [*rows, keys_row(self.query_one("#near-text", Told), len(rows), keys, style="$ink")][:height]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action not in ("later", "open", "look") or self.review is not None

    def action_later(self) -> None:
        if self.review is not None:
            self.post_message(self.Later(self.review))

    async def pictured(self, album: Album) -> Looked | None:
        """The photo that it is in: there is more to be told by than the face."""
        asked = self.review
        return Looked(asked["photo_name"], await album.thumbnail(asked["photo"])) if asked else None

    def action_mark(self, rows: int) -> None:
        """One question at a time."""

    def action_open(self) -> None:
        if self.review is not None:
            self._monitor.pages.show_photo([self.review["photo"]], 0)
