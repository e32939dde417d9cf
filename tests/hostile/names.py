"""Names that try to be anything but a name, and how to see whether one of them came through to a terminal."""

from __future__ import annotations

import os
import re

BIDI = "\u202e\u2066\u200f"
TRIES = (  # each says EVIL, so that it is found again
    "\x1b]0;EVIL\x07\x1b[2J\x1b[31m",
    f"EVIL{BIDI}gpj.exe",
    "EVIL\x9b31m\x9d0;EVIL\x9c",
    "[@click=app.quit]EVIL[/] [/b] [red]",
    "EVIL\r\n2099-01-01 all is well\u2028\u2029",
    "EVIL" + "Z\u0335\u0336" * 30,
    "EVIL{0.__class__}%s%n`id`$(id);&<script>alert(1)</script>'\"",
    "-EVIL --repair",
)
ON_DISK = (*TRIES, os.fsdecode(b"EVIL\xff\xfe\x9b"), "EVIL" + "x" * 200, " EVIL . ", "CON EVIL")
# What a terminal would obey or turn round, in UTF-8: our own screens need codes of ESC, and none of these.
TURNED = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u2028\u2029]|\x9b|\x9d")
OBEYED = re.compile(r"\x1b\]0;EVIL|\x1b\[31mEVIL|EVIL[^\x1b]{0,40}\x07")


def came_through(shown: bytes) -> list[str]:
    """What of these names reached a terminal as more than text; besides colours and moves of the cursor."""
    text = shown.decode("utf-8", "replace")
    return [found[0] for pattern in (TURNED, OBEYED) for found in pattern.finditer(text)]


def unprintable(text: str) -> set[str]:
    """Characters that no plain line may hold."""
    return {char for char in text if not char.isprintable()} - {"\n"}
