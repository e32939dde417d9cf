"""What a terminal can do besides showing cells: a title, a message on the desktop, an address behind a text.

Operating system commands; a terminal that does not know one shows nothing of it.
https://invisible-island.net/xterm/ctlseqs/ctlseqs.html (title, its stack); OSC 8: gist.github.com/egmontkob (links);
OSC 9: iTerm2, kitty, WezTerm, Ghostty, Windows Terminal; OSC 777: urxvt, foot, Konsole, terminals made with VTE.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from functools import cache
from typing import Literal
from urllib.parse import quote

from tui.words import safe_text

Desktop = Literal["auto", "9", "777", "off"]  # the setting `monitor.desktop`

KEEP_TITLE, TITLE_BACK = "\x1b[22;2t", "\x1b[23;2t"
KNOW_777 = ("foot", "rxvt", "konsole")  # beginnings of TERM
LONGEST = 200  # characters of a title or message
SAFE = "/:?&=#%+,;@~!$'()*[]-._"


def title(text: str) -> str:
    return f"\x1b]2;{_plain(text)}\x07"


def message(text: str, detail: str, kind: Desktop, environ: Mapping[str, str] | None = None) -> str:
    """One by the way that the terminal is likely to know; nothing where that is `off`.

    tmux hands it on to the terminal around it where `allow-passthrough` is on.
    """
    environ = os.environ if environ is None else environ
    if kind == "off":
        return ""
    if kind == "auto":
        known = environ.get("TERM", "").startswith(KNOW_777) or "VTE_VERSION" in environ
        kind = "777" if known or "KONSOLE_VERSION" in environ else "9"
    text, detail = _plain(text), _plain(detail)
    if kind == "777":  # `;` stands between its parts
        sent = f"\x1b]777;notify;{text.replace(';', ',')};{detail.replace(';', ',')}\x1b\\"
    else:
        sent = f"\x1b]9;{text}{': ' if detail else ''}{detail}\x1b\\"
    return f"\x1bPtmux;{sent.replace(chr(27), chr(27) * 2)}\x1b\\" if environ.get("TMUX") else sent


def _plain(text: str) -> str:
    return safe_text(text)[:LONGEST]


# ---- addresses behind texts


class Host:
    """Whose folders are shown: this machine's, unless the agent is another one's."""

    name = ""

    @staticmethod
    @cache
    def here() -> str:
        return socket.gethostname()


def folder(path: str) -> str:
    """Its address, which names the machine: over SSH a terminal opens nothing of its own."""
    return f"file://{Host.name}{quote(path, SAFE)}" if Host.name and path.startswith("/") else ""


def linked(style: str, address: str) -> str:
    """The style of a text that leads to an address; without one, as it was."""
    return f"{style} link={quote(address, SAFE)}" if address else style


def parted(style: str) -> tuple[str, str]:
    """The style alone, and the address."""
    alone, _, address = style.partition(" link=")
    return alone, address
