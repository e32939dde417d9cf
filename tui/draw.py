"""Rows as they are drawn: parts of text with a style, and the few shapes every pane is made of.

A style names tokens of the theme (`bold $accent`), never colours. Panes return rows; `Rows` puts them on the screen.
"""

from __future__ import annotations

from collections.abc import Sequence

from tui.fit import width_of

Part = tuple[str, str]  # text, style
Row = list[Part]

BLANK: Row = []

# Where the terminal has no UTF-8. Blocks below half a cell are track, from half a cell on they are bar.
_PLAIN_SHAPES = str.maketrans("─…▄█▀▁▂▃▅▆▇░▒▓╭╮╰╯│", '-~##"...###...++++|')


def ascii_only(text: str) -> str:
    """The same number of characters in ASCII."""
    return text.translate(_PLAIN_SHAPES).encode("ascii", "replace").decode("ascii")


def row_width(row: Row) -> int:
    return sum(width_of(text) for text, _ in row)


def heading(name: str, width: int, right: str = "", note: str = "") -> Row:
    """`Name note ------- right`: a name, a thin rule, and the column heads or the sum."""
    rule = width - width_of(name) - (width_of(note) + 1 if note else 0) - (width_of(right) + 1 if right else 0) - 1
    if rule < 1 and right:
        return heading(name, width, "", note)
    return [
        (name, "bold $accent"),
        (f" {note}" if note else "", "bold $ink"),
        (" ", ""),
        ("─" * rule, "$rule"),
        (f" {right}" if right else "", "$dim"),
    ]


def bar(value: float, full: float, width: int, style: str, track: str = "$rule") -> Row:
    """A bar on its track; one cell at least for any value above nothing, full only when it is."""
    cells = 0
    if value > 0 and full > 0:
        cells = min(width, max(1, round(width * value / full)))
        if value < full:
            cells = min(cells, max(1, width - 1))
    return [("▄" * cells, style), ("▁" * (width - cells), track)]


def spark(values: Sequence[int], width: int, rows: int = 1) -> list[str]:
    """One column a value, the newest at the right, over `rows` rows; the highest of them reaches the top."""
    shown = [*([0] * (width - len(values))), *values][-width:] if width > 0 else []
    top = max([1, *shown])
    lines: list[str] = []
    for below in range(rows - 1, -1, -1):
        lowest = 0 if below else 1  # the ground line is always there
        heights = (round(value / top * 8 * rows) - 8 * below for value in shown)
        lines.append("".join(" ▁▂▃▄▅▆▇█"[max(lowest, min(8, height))] for height in heights))
    return lines


def pill(tone: str, plain: bool) -> str:
    """A word that needs somebody: on a fill, or in inverse video where there is no colour."""
    return "bold reverse" if plain else f"bold ${tone}-on on ${tone}-fill"
