"""Text fitted into cells, and rows of it with a style: all that is drawn, without a terminal.

A style names tokens of the theme (`bold $accent`), never colours. Panes return rows; `Rows` puts them on the screen.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

from tui.words import safe_text

# ---- text into a fixed number of cells: every row keeps its columns, whatever names are made of
# Widths are counted in terminal cells, not characters. All of these clean what they are given.


def width_of(text: str) -> int:
    return cell_len(text)


def fit(text: str, width: int) -> str:
    """Exactly `width` cells, filled with blanks; what is too long loses its end (`Alexandra Const…`)."""
    text = safe_text(text)
    if width <= 0:
        return ""
    if cell_len(text) > width:
        text = set_cell_size(text, width - 1).rstrip() + "…"
    return set_cell_size(text, width)


def fit_path(path: str, width: int) -> str:
    """The same for a path, whose last part tells it from others: what leads there is cut (`Jonas Lindqv…/Group`)."""
    path = safe_text(path)
    lead, slash, last = path.rpartition("/")
    room = width - cell_len(slash + last)
    if cell_len(path) <= width or room < LEAST:
        return fit(path, width) if room >= 0 else fit("…" + _ending(last, width - 1), width)
    return fit(lead, room) + slash + last


LEAST = 4  # cells of what leads somewhere: with fewer it says nothing


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


def whole_sentences(text: str, width: int, rows: int) -> list[str]:
    """As many whole sentences as fit into so many rows; none where the first does not: half a remedy is none."""
    while text:
        lines = wrap(text, width, rows + 1)
        if len(lines) <= rows:
            return lines
        text = text.rpartition(". ")[0]
    return []


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


# ---- rows: parts of text with a style, and the few shapes every pane is made of

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


def heading(name: str, width: int, right: str | Row = "", note: str = "") -> Row:
    """`Name note ------- right`: a name, a thin rule, and the column heads or the sum."""
    tail: Row = [(right, "$dim")] if isinstance(right, str) else right
    wide = row_width(tail)
    rule = width - width_of(name) - (width_of(note) + 1 if note else 0) - (wide + 1 if wide else 0) - 1
    if rule < 1 and wide:
        return heading(name, width, "", note)
    row: Row = [(name, "bold $accent"), (f" {note}" if note else "", "bold $ink"), (" ", ""), ("─" * rule, "$rule")]
    return [*row, (" ", ""), *tail] if wide else row


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


# ---- block letters: read from two metres, made of half blocks that every terminal font has
# A letter is 4 x 6 pixels, one pixel apart; two rows of pixels are one row of cells.

GLYPHS = {
    "0": ".##.#..##..##..##..#.##.",
    "1": "..#..##...#...#...#..###",
    "2": "###....#..#..#..#...####",
    "3": "###....#.##....#...####.",
    "4": "#..##..##..#####...#...#",
    "5": "#####...###....#...####.",
    "6": ".##.#...###.#..##..#.##.",
    "7": "####...#..#..#...#...#..",
    "8": ".##.#..#.##.#..##..#.##.",
    "9": ".##.#..##..#.###...#.##.",
    "S": ".####...#....##....####.",
    "A": ".##.#..##..######..##..#",
    "O": ".##.#..##..##..##..#.##.",
    "F": "#####...###.#...#...#...",
    "E": "#####...###.#...#...####",
    "P": "###.#..##..####.#...#...",
    "U": "#..##..##..##..##..#.##.",
    "D": "###.#..##..##..##..####.",
    "K": "#..##.#.##..##..#.#.#..#",
    "-": "........####............",
}
WIDTH, HEIGHT = 4, 6


def block_word(word: str, tall: bool = False) -> list[str]:
    """The word in block letters: 4 rows of half blocks, or 8 rows of full blocks twice as wide."""
    rows = [".".join(GLYPHS[letter][WIDTH * y : WIDTH * (y + 1)] for letter in word) for y in range(HEIGHT)]
    blank = "." * len(rows[0])
    pixels = [blank, *rows, blank]
    if tall:
        return ["".join("██" if pixel == "#" else "  " for pixel in row) for row in pixels]
    pairs = zip(pixels[::2], pixels[1::2], strict=True)
    return ["".join(" ▄▀█"[(a == "#") * 2 + (b == "#")] for a, b in zip(up, low, strict=True)) for up, low in pairs]


# ---- QR codes: two modules a cell, dark on white whatever the ground, so that every phone reads them

QUIET = 2  # modules of white around it: half of what the standard asks, and phones read it
STYLE = "#000000 on #ffffff"


def qr_text(text: str) -> list[str]:
    """The code as lines for any terminal, however wide: black on white by the terminal's own codes."""
    return [f"\x1b[30;107m{row[0][0]}\x1b[0m" for row in qr_rows(text, 1000, 1000)]


def qr_rows(text: str, width: int, height: int, plain: bool = False) -> list[Row]:
    """The code in at most so many cells; none where there is no room for it. `plain`: inverse video is its white."""
    import segno

    try:
        code = segno.make_qr(text, error="l")
    except (ValueError, UnicodeError):  # longer than any code can be
        return []
    modules = [[bool(module) for module in row] for row in code.matrix_iter(border=QUIET)]
    if len(modules[0]) > width or (len(modules) + 1) // 2 > height:
        return []
    if len(modules) % 2:
        modules.append([False] * len(modules[0]))
    style = "reverse" if plain else STYLE
    pairs = zip(modules[::2], modules[1::2], strict=True)
    return [
        [("".join(" ▄▀█"[up * 2 + low] for up, low in zip(top, bottom, strict=True)), style)] for top, bottom in pairs
    ]
