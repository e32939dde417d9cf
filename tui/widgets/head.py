"""Head and answer: which event, whether Drive can be reached, how fast bytes go; and may I pack up?"""

from __future__ import annotations

from agent.model import DriveState
from agent.requests.status import StatusDocument
from tui import words
from tui.draw import Row, bar, block_word, cut, fit, pill, row_width, two_lines, whole_sentences, width_of
from tui.state import View, event_name
from tui.verdict import Answer, all_photos, answer, finished
from tui.widgets.rows import Pane

# ---- the head: always one row; the clock is a widget of its own, so that a second costs eight cells

WIDE = 68  # cells that the head needs for its rates

_WORDS = {
    DriveState.ONLINE: ("online", "ok"),
    DriveState.THROTTLED: ("slowed", "warn"),
    DriveState.DISABLED: ("off", ""),
    DriveState.OFFLINE: ("OFFLINE", "bad"),
    DriveState.NEEDS_LOGIN: ("NEEDS SIGN-IN", "bad"),
    DriveState.FULL: ("FULL", "bad"),
}


def draw_head(view: View, width: int) -> Row:
    """The event's name in what room there is, then the facts at the right."""
    status = view.state.status
    if status is None:
        return [(fit("venuesync", width), "bold $ink")]
    facts = _drive(view, status, narrow=width < WIDE)
    if width >= WIDE and not view.silent:
        facts += [("  ", ""), *_up(view, status), ("  ", ""), *_rate("down", status["downloads"]["bytes_per_second"])]
    if view.closing:
        facts = [(" CLOSING ", pill("hold", view.plain)), ("  ", ""), *facts]
    name = fit(event_name(view.state), width - row_width(facts) - 2)
    return [(name, "bold $ink"), ("  ", ""), *facts]


def _drive(view: View, status: StatusDocument, narrow: bool) -> Row:
    label = ("Drive ", "$dim")
    if view.silent:
        return [label, ("not known", "$dim")]
    known = {state.value: words for state, words in _WORDS.items()}
    word, tone = known.get(status["drive"]["state"], (status["drive"]["state"], ""))
    if status["drive"]["connecting"]:
        word, tone = "connecting", ""
    if narrow and word == "NEEDS SIGN-IN":
        word = "SIGN IN"
    if word.isupper():
        return [label, (f" {word} ", pill(tone, view.plain))]
    return [label, (word, f"bold ${tone}" if tone else "$dim")]


def _up(view: View, status: StatusDocument) -> Row:
    paused = status["paused"]
    if paused["all"]:
        return [(" ALL PAUSED ", pill("hold", view.plain))]
    if paused["uploads"]:
        return [(" ", ""), (" up PAUSED ", pill("hold", view.plain))]
    return _rate("up", status["uploads"]["bytes_per_second"])


def _rate(name: str, bytes_per_second: float) -> Row:
    moves = bytes_per_second >= 50_000  # less is shown as 0.0
    return [(f"{name} ", "$dim"), (f"{words.rate(bytes_per_second):>9}", "$ink" if moves else "$dim")]


class Head(Pane):
    FADES = False
    SECTIONS = frozenset({"status"})
    TICKS = True  # only for the moment when the agent falls silent

    def draw(self, width: int, height: int) -> list[Row]:
        return [[(" " * self.margin, ""), *draw_head(self.view, width - self.margin)]]


class Clock(Pane):
    """The time; without seconds where there is little room."""

    FADES = False
    TICKS = True

    def draw(self, width: int, height: int) -> list[Row]:
        return [[("  ", ""), (words.clock(self.view.now, seconds=width >= 11), "bold $ink")]]


# ---- the answer: the only filled area of the screen, so that it reads from two metres

NARROW = 78  # under this there are no block letters
SLOT, GAP = 14, 3  # cells of three digits, and to the text beside them; twice that when tall


def draw_answer(view: View, width: int, height: int) -> list[Row]:
    """The band's rows, as many as `height`; without colour they are inverse video, edge to edge."""
    said = answer(view)
    if height == 1:
        return [_one_row(said, width)]
    if width < NARROW:
        long = width_of(said.brief) > width
        lines = [said.line] if width_of(said.line) <= width and (height == 2 or long) else two_lines(said.line, width)
        brief = whole_sentences(said.brief, width, height - len(lines))
        return [[(line, "bold")] for line in lines] + [[(line, "")] for line in brief]
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
    for row, text in enumerate(whole_sentences(more, room, 2), first + 1):
        rows[row].append((text, ""))
    if tall and view.state.status is not None:
        rows[first + 3] += _whole_evening(view, room)
    return rows


def _whole_evening(view: View, room: int) -> Row:
    """Room for all photos as one bar."""
    status = view.state.status
    if status is None or not all_photos(status):
        return []
    here = status["safe_to_leave"].get("only_here", 0)
    done, whole = finished(status) - here, all_photos(status) - here
    if not whole:
        return []
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
        tone = "plain" if self.view.plain else answer(self.view).tone
        if not self.has_class(tone):
            self.set_classes(tone)
        return super().redraw()
