"""A screen as text that can be compared: its rows, and below each which cells have which style.

The same on every machine: no fonts, no pictures, styles by their colours and weights.
"""

from __future__ import annotations

from typing import Any

from rich.cells import cell_len
from rich.style import Style
from textual.app import App


def screen_text(app: App[Any]) -> str:
    """Rows, then `row: style from-to …` with styles by letters, then what each letter stands for."""
    letters: dict[str, str] = {}
    rows: list[str] = []
    styles: list[str] = []
    for y, line in enumerate(app.screen._compositor.render_strips()):
        rows.append(line.text.rstrip())
        runs: list[tuple[str, int, int]] = []
        at = 0
        for text, style, _ in line:
            end, name = at + cell_len(text), named(style)
            letter = letters.setdefault(name, chr(ord("a") + len(letters)) if len(letters) < 26 else f"z{len(letters)}")
            if runs and runs[-1][0] == letter:
                runs[-1] = (letter, runs[-1][1], end)
            else:
                runs.append((letter, at, end))
            at = end
        styles.append(f"{y}: " + " ".join(f"{letter}{start}-{end}" for letter, start, end in runs))
    legend = [f"{letter} = {name}" for name, letter in letters.items()]
    return "\n".join([*rows, "", *styles, "", *legend, ""])


def named(style: Style | None) -> str:
    if style is None:
        return "plain"
    words = [word for word in ("bold", "dim", "italic", "reverse", "underline") if getattr(style, word)]
    ink = style.color.name if style.color else "default"
    ground = style.bgcolor.name if style.bgcolor else "default"
    return " ".join([*words, ink, "on", ground])
