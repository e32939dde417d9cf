"""QR codes in the terminal: two modules a cell, dark on white whatever the ground, so that every phone reads them."""

from __future__ import annotations

from tui.draw import Row

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
