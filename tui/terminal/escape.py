"""What is typed, before the toolkit reads it: `esc` and the key behind it in one packet are two keys; answers are none.

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

from tui.terminal.answers import PASTED, Answered, begins, taken

ESC = "\x1b"
ALONE = "[27u"  # behind it: the escape key and nothing else, by kitty's protocol
NONE_BEGINS = r"[^\x1b\[\]O_PX^bdf\t\x7f]"  # what begins no sequence behind it, and edits nothing
ELSE = "?0;0$y"  # behind `esc [`: a report that the toolkit knows, and does nothing about
ESCAPED = re.compile(rf"{PASTED}|{ESC}(?={NONE_BEGINS})", re.DOTALL)
FIRST = re.compile(NONE_BEGINS)


class OwnParser(XTermParser):
    """The toolkit's, told of an escape key that stands alone, and of answers as such, in however many pieces."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._last = ""  # `esc` or `esc [`: what came last ended with it, and the toolkit has it
        self._begun = ""  # of an answer, which the toolkit has not

    def feed(self, data: str) -> Iterable[Message]:
        if not data:  # its end
            yield from super().feed(data)
            return
        if self._last and begins(self._last + data):
            if self._waits:
                yield from super().feed(("" if self._last.endswith("[") else "[") + ELSE)
            data, self._last = self._last + data, ""
        found = taken(self._begun + data)
        self._begun = found.begun
        yield from map(Answered, found.answers)
        if found.typed:
            yield from self._keys(found.typed)

    def _keys(self, data: str) -> Iterable[Message]:
        alone = ALONE if self._last == ESC and self._waits and FIRST.match(data) else ""
        all_of_it = self._last + data
        self._last = next((one for one in (ESC, f"{ESC}[") if all_of_it.endswith(one)), "")
        return super().feed(alone + ESCAPED.sub(lambda found: found[0] + (ALONE if found[0] == ESC else ""), data))

    @property
    def _waits(self) -> bool:
        """For what comes behind an `esc`."""
        return self._timeout_time is not None


def escape_stands_alone() -> None:
    """For every driver from now on."""
    linux_driver.XTermParser = OwnParser  # type: ignore[misc]
