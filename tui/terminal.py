"""What the terminal can show, read from the environment: colours, ground, and whether it has UTF-8."""

from __future__ import annotations

import os
import sys
from typing import Literal

from rich.console import Console

Look = Literal["dark", "light", "sixteen", "plain"]
Wanted = Literal["auto", "dark", "light"]
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
