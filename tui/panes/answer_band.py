"""The answer band: may I pack up? The only filled area of the screen, so that it reads from two metres."""

from __future__ import annotations

from tui import words
from tui.answer import Answer, all_photos, answer, finished
from tui.blocks import block_word
from tui.draw import Row, bar, row_width
from tui.fit import cut, fit, sentences, two_lines, width_of
from tui.pane import Pane
from tui.view import View

NARROW = 78  # under this there are no block letters
SLOT, GAP = 14, 3  # cells of three digits, and to the text beside them; twice that when tall


def draw_answer(view: View, width: int, height: int) -> list[Row]:
    """The band's rows, as many as `height`; without colour they are inverse video, edge to edge."""
    said = answer(view.state, view.now, view.offers)
    if height == 1:
        return [_one_row(said, width)]
    if width < NARROW:
        whole = width_of(said.line) <= width
        lines = [said.line] if whole and height == 2 else two_lines(said.line, width)
        return [[(line, "bold")] for line in lines] + [[(cut(said.brief, width), "")]]
    return _with_block(view, said, width, tall=height >= 8)


def _one_row(said: Answer, width: int) -> Row:
    tail = said.brief if width >= NARROW and width_of(said.line) + 2 + width_of(said.brief) <= width else ""
    line = cut(said.line, width)
    return [(fit(line, width - width_of(tail)), "bold"), (tail, "")]


def _with_block(view: View, said: Answer, width: int, tall: bool) -> list[Row]:
    block = block_word(said.block, tall)
    slot, gap = (2 * SLOT, 2 * GAP) if tall else (SLOT, GAP)
    slot = max(slot, len(block[0]))
    room = width - slot - gap
    rows: list[Row] = [[(row.ljust(slot) + " " * gap, "bold")] for row in block]
    line, more = said.line, said.more
    if width_of(line) > room:  # what follows the comma moves to the second line
        line, comma, rest = line.partition(", ")
        line, more = line + comma.strip(), f"{rest}. {said.brief}" if rest else said.brief
    first = 2 if tall else 1
    rows[first].append((cut(line, room), "bold"))
    rows[first + 1].append((sentences(more, room), ""))
    if tall and view.state.status is not None:
        rows[first + 3] += _whole_evening(view, room)
    return rows


def _whole_evening(view: View, room: int) -> Row:
    """Room for all photos as one bar."""
    status = view.state.status
    if status is None or not all_photos(status):
        return []
    done, whole = finished(status), all_photos(status)
    drawn = bar(done, whole, min(100, room - 16), "", track="")
    return [
        *drawn,
        (
            f"  {words.share(done, whole):>4} {'filed' if status['drive']['state'] == 'disabled' else 'verified'}",
            "bold",
        ),
    ]


class AnswerBand(Pane):
    FADES = False
    SECTIONS = frozenset({"status", "queue", "latest", "troubles"})
    TICKS = True

    def draw(self, width: int, height: int) -> list[Row]:
        margin = self.margin
        inside = draw_answer(self.view, width - 2 * margin, height)
        rows: list[Row] = [[(" " * margin, ""), *row] for row in [*inside, *([[]] * (height - len(inside)))]]
        if not self.view.plain:
            return rows
        return [
            [(text, f"{style} reverse".strip()) for text, style in row] + [(" " * (width - row_width(row)), "reverse")]
            for row in rows
        ]

    def redraw(self) -> int:
        tone = "plain" if self.view.plain else answer(self.view.state, self.view.now, self.view.offers).tone
        if not self.has_class(tone):
            self.set_classes(tone)
        return super().redraw()
