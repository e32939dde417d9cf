"""What the terminal can show: the look that it is given, its sizes, its colours by what they say."""

from __future__ import annotations

import os
import sys
from typing import Any, ClassVar, Literal

from rich.console import Console
from textual.cache import LRUCache
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.theme import Theme

Look = Literal["dark", "light", "sixteen", "plain"]
Wanted = Literal["auto", "dark", "light"]
PIECES = 256  # of style sheets; all screens and widgets together have some 60
_LIGHT_GROUNDS = frozenset({"7", "15"})  # white and bright white, as COLORFGBG tells the background


def look(wanted: Wanted = "auto") -> Look:
    """NO_COLOR first, then sixteen colours, then the ground that is wanted, or light where the terminal tells so."""
    if os.environ.get("NO_COLOR"):
        return "plain"
    if Console(force_terminal=True).color_system in (None, "standard"):
        return "sixteen"
    if wanted != "auto":
        return wanted
    ground = os.environ.get("COLORFGBG", "").rpartition(";")[2]
    return "light" if ground in _LIGHT_GROUNDS else "dark"


def has_utf8() -> bool:
    """Whether what is written to the terminal is UTF-8."""
    screen = sys.__stderr__  # where Textual draws
    return screen is None or (screen.encoding or "").lower().replace("-", "") == "utf8"


# ---- from how many columns and rows on another layout holds: a screen has the class of its size (`-w80`, `-h24`)

WIDTHS = [(0, "-w0"), (40, "-w40"), (80, "-w80"), (120, "-w120"), (200, "-w200")]
HEIGHTS = [(0, "-h0"), (12, "-h12"), (18, "-h18"), (24, "-h24"), (36, "-h36"), (50, "-h50")]


# ---- colours, by what they say: dark, light, sixteen colours, none
# Everything else names these tokens. The values keep their hue in 256 colours; text has 5:1 on its ground.

TOKENS = {  # dark, light, and of the terminal's own palette, set explicitly: fills stay there, tints go
    "paper": ("#0f1214", "#fcfbf8", "ansi_default"),
    "shelf": ("#191d20", "#efeeeb", "ansi_default"),
    "ink": ("#e6e8ea", "#1c2329", "ansi_default"),
    "dim": ("#939aa1", "#5a6670", "ansi_bright_black"),
    "rule": ("#363b40", "#cfcbc1", "ansi_bright_black"),
    "accent": ("#74c0e3", "#0b6288", "ansi_cyan"),
    "people": ("#c6aef5", "#6a3fa6", "ansi_magenta"),
    "ok": ("#4fc9a0", "#00734b", "ansi_green"),
    "warn": ("#f5b417", "#8a5200", "ansi_yellow"),
    "bad": ("#ff7d6b", "#b3261e", "ansi_red"),
    "work-fill": ("#343b42", "#dbe2e8", "ansi_white"),
    "work-on": ("#f4f7f9", "#1c2329", "ansi_black"),
    "warn-fill": ("#f5b417", "#f7ba1e", "ansi_yellow"),
    "warn-on": ("#1c1300", "#1c1300", "ansi_black"),
    "hold-fill": ("#74c0e3", "#0b6288", "ansi_cyan"),
    "hold-on": ("#06141c", "#ffffff", "ansi_black"),
    "bad-fill": ("#b3261e", "#b3261e", "ansi_red"),
    "bad-on": ("#ffffff", "#ffffff", "ansi_bright_white"),
    "ok-fill": ("#2fae86", "#0f7d5b", "ansi_green"),
    "ok-on": ("#04140e", "#ffffff", "ansi_black"),
}
DARK, LIGHT, SIXTEEN = ({name: values[at] for name, values in TOKENS.items()} for at in range(3))
PLAIN = dict.fromkeys(SIXTEEN, "ansi_default")

DARK_NAME, LIGHT_NAME, SIXTEEN_NAME, PLAIN_NAME = "venue-dark", "venue-light", "venue-sixteen", "venue-plain"
OWN_NAME = "venue-own"  # one that was chosen: `themes.py`


def themes() -> list[Theme]:
    return [
        made(DARK_NAME, DARK),
        made(LIGHT_NAME, LIGHT, dark=False),
        made(SIXTEEN_NAME, SIXTEEN, ansi=True),
        made(PLAIN_NAME, PLAIN, ansi=True),
    ]


def made(name: str, tokens: dict[str, str], *, dark: bool = True, ansi: bool = False) -> Theme:
    variables = dict(tokens)
    if ansi:
        variables |= {"ansi-background": "ansi_black", "ansi-foreground": "ansi_white"}
    return Theme(
        name,
        primary=tokens["accent"],
        secondary=tokens["people"],
        accent=tokens["accent"],
        success=tokens["ok"],
        warning=tokens["warn"],
        error=tokens["bad"],
        foreground=tokens["ink"],
        background=tokens["paper"],
        surface=tokens["shelf"],
        panel=tokens["shelf"],
        dark=dark,
        variables=variables,
        ansi=ansi,
    )


Parsed = LRUCache[tuple[Any, ...], list[RuleSet]]


class KeptStylesheet(Stylesheet):
    """Parses a piece once for each set of colours: 20 ms for the first screen, also where a look comes again."""

    _parsed: ClassVar[dict[frozenset[tuple[str, str]], Parsed]] = {}

    def __init__(self, variables: dict[str, str]) -> None:
        super().__init__(variables=variables)
        self._colours = dict(variables)
        self._parse_cache = self._parsed_so_far()

    def set_variables(self, variables: dict[str, str]) -> None:
        if variables != self._colours:
            self._colours = dict(variables)
            self._parse_cache = Parsed(1)  # which is emptied now
            super().set_variables(variables)
            self._parse_cache = self._parsed_so_far()

    def _parsed_so_far(self) -> Parsed:
        return self._parsed.setdefault(frozenset(self._colours.items()), Parsed(PIECES))

    def reparse(self) -> None:
        self.parse()
