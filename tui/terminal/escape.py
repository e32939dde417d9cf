"""`esc` and the key behind it in one packet, as a slow line puts them together, are two keys.

To a terminal they look like one that is pressed with Alt, and the toolkit takes them for it: `esc q` did nothing. No
key has a meaning with Alt here but those that move and delete by words in a field; these stay, as macOS sends them for
Option.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.message import Message

ESC = "\x1b"
ALONE = "[27u"  # behind it: the escape key and nothing else, by kitty's protocol
NONE_BEGINS = r"[^\x1b\[\]O_PX^bdf\t\x7f]"  # what begins no sequence behind it, and edits nothing
PASTED = r"\x1b\[200~.*?(?:\x1b\[201~|\Z)"
ESCAPED = re.compile(rf"{PASTED}|{ESC}(?={NONE_BEGINS})", re.DOTALL)
FIRST = re.compile(NONE_BEGINS)


class OwnParser(XTermParser):
    """The toolkit's, told of an escape key that stands alone."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._ended = False  # what came last ended with an `esc`

    def feed(self, data: str) -> Iterable[Message]:
        waits = self._ended and self._timeout_time is not None
        self._ended = data.endswith(ESC)
        alone = ALONE if waits and FIRST.match(data) else ""
        return super().feed(alone + ESCAPED.sub(lambda found: found[0] + (ALONE if found[0] == ESC else ""), data))


def escape_stands_alone() -> None:
    """For every driver from now on."""
    linux_driver.XTermParser = OwnParser  # type: ignore[misc]
