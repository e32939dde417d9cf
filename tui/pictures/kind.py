"""How pictures can be shown on this terminal. Told by the environment, never asked: an answer could eat a keystroke.

Pixels only where the terminal draws them by placeholder characters (kitty's protocol), so that they move, scroll and
disappear with the text around them; not through tmux or SSH, where they get lost or take seconds.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal

PictureKind = Literal["pixels", "blocks", "shades", "off"]
Wanted = Literal["auto", "pixels", "blocks", "off"]  # the setting `monitor.pictures`


def picture_kind(wanted: Wanted, *, coloured: bool, environ: Mapping[str, str] | None = None) -> PictureKind:
    """`coloured`: the terminal has more than sixteen colours and may use them."""
    environ = os.environ if environ is None else environ
    if wanted == "off":
        return "off"
    if not coloured:
        return "shades"
    if wanted == "auto":
        return "pixels" if draws_placeholders(environ) else "blocks"
    return wanted


def draws_placeholders(environ: Mapping[str, str]) -> bool:
    """Whether the terminal itself is one that does, and nothing stands between it and us."""
    if environ.get("TMUX") or environ.get("STY") or environ.get("SSH_CONNECTION"):
        return False
    known = environ.get("TERM") == "xterm-kitty" or "KITTY_WINDOW_ID" in environ
    return known or environ.get("TERM_PROGRAM") == "ghostty"
