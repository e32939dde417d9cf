"""Text into a fixed number of cells: every row keeps its columns, whatever names are made of.

Widths are counted in terminal cells, not characters. All of these clean what they are given.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

from tui.safe_text import safe_text


def width_of(text: str) -> int:
    return cell_len(text)


def fit(text: str, width: int) -> str:
    """Exactly `width` cells, filled with blanks; what is too long loses its middle (`IMG_20…R.jpg`)."""
    text = safe_text(text)
    if width <= 0:
        return ""
    if cell_len(text) > width:
        end = _ending(text, (width - 1) // 2)
        text = set_cell_size(text, width - 1 - cell_len(end)).rstrip() + "…" + end
    return set_cell_size(text, width)


def _ending(text: str, room: int) -> str:
    """The longest ending of at most `room` cells that does not begin with a loose mark."""
    start = len(text)
    while start > 0 and cell_len(text[start - 1 :]) <= room:
        start -= 1
    while start < len(text) and cell_len(text[start]) == 0:
        start += 1
    return text[start:]


def right(text: str, width: int) -> str:
    """The text right-aligned in exactly `width` cells."""
    text = safe_text(text)
    missing = width - cell_len(text)
    return " " * missing + text if missing >= 0 else fit(text, width)


def cut(text: str, width: int) -> str:
    """At most `width` cells of a sentence: it loses its end, between words where that is near, marked by `…`."""
    text = safe_text(text)
    if cell_len(text) <= width:
        return text
    if width <= 0:
        return ""
    kept = set_cell_size(text, width - 1).rstrip()
    space = kept.rfind(" ")
    if space > len(kept) * 2 // 3 and not text[len(kept) :].startswith(" "):
        kept = kept[:space]
    return kept.rstrip(" ,;:.") + "…"


def sentences(text: str, width: int) -> str:
    """As many whole sentences as there is room for; at least the beginning of the first."""
    text = safe_text(text)
    while cell_len(text) > width and ". " in text:
        text = text.rpartition(". ")[0]
    return cut(text, width)


def wrap(text: str, width: int, rows: int) -> list[str]:
    """The text broken between words into at most `rows` rows of `width` cells; the last loses its end."""
    lines: list[str] = []
    rest = safe_text(text)
    while rest and len(lines) < rows - 1 and cell_len(rest) > width:
        head = set_cell_size(rest, width + 1)
        space = head.rfind(" ")
        line = rest[:space] if space > 0 else set_cell_size(rest, width).rstrip()
        lines.append(line)
        rest = rest[len(line) :].lstrip()
    return [*lines, cut(rest, width)] if rest else lines


def two_lines(text: str, width: int) -> list[str]:
    """Always two rows: broken after the comma where that fits, else between words."""
    text = safe_text(text)
    first, _, rest = text.partition(", ")
    if rest and cell_len(first) < width and cell_len(rest) <= width:
        return [f"{first},", rest]
    return [*wrap(text, width, 2), "", ""][:2]


def first_names(names: Sequence[str], width: int) -> str:
    """Who is on a photo: one full name, or first names and how many more there are (`Mia, Jonas +2`)."""
    if len(names) <= 1:
        return fit(names[0] if names else "", width)
    firsts = [_first_name(name) for name in names]
    for shown in range(len(firsts), 0, -1):
        more = f" +{len(firsts) - shown}" if shown < len(firsts) else ""
        text = ", ".join(firsts[:shown]) + more
        if cell_len(text) <= width and (shown <= 2 or not more):
            return fit(text, width)
    more = f" +{len(firsts) - 1}"
    return fit(fit(firsts[0], width - len(more)) + more, width)


def _first_name(name: str) -> str:
    """The first word of a name; a guest's number is part of it."""
    name = safe_text(name).strip()
    return name if name.startswith("Guest ") else name.split(" ")[0] or "?"
