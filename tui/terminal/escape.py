"""What is typed, before the toolkit reads it: `esc` and the key behind it in one packet are two keys; answers are none.
Nor is anything that is pasted, and a byte that is no UTF-8 is a strange character. A line feed is enter.

To a terminal they look like one that is pressed with Alt, and the toolkit takes them for it: `esc q` did nothing. No
key has a meaning with Alt here but those that move and delete by words in a field; these stay, as macOS sends them for
Option.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from functools import partial
from typing import Any, cast

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.keys import Keys
from textual.message import Message

from tui.terminal.answers import Answered, begins, taken

ESC = "\x1b"
ALONE = "[27u"  # behind it: the escape key and nothing else, by kitty's protocol
NONE_BEGINS = r"[^\x1b\[\]O_PX^bdf\t\x7f]"  # what begins no sequence behind it, and edits nothing
ELSE = "?0;0$y"  # behind `esc [`: a report that the toolkit knows, and does nothing about
ESCAPED = re.compile(rf"{ESC}(?={NONE_BEGINS})")
FIRST = re.compile(NONE_BEGINS)
PASTE, PASTED = f"{ESC}[200~", f"{ESC}[201~"  # around what is pasted
PASTED_BEGUN = re.compile(rf"{ESC}(?:\[(?:2(?:01?)?)?)?\Z")
NO_ESC = "\x1a"  # instead of one that was pasted: as strange a character, and nobody's key


class Pastes:
    """Makes what is pasted hold no escape, in however many pieces it comes.

    `XTermParser.parse` types what stands behind one as keys, whether a paste is open or not (`send_sequence`,
    `reissue_sequence_as_keys`): a `P` in a text that somebody had copied paused everything.
    """

    def __init__(self) -> None:
        self._open = False
        self._kept = ""  # open: what may begin its end, and was not handed on; else the last that was handed on

    def without_escapes(self, data: str, *, waits: bool) -> str:
        """`waits`: the toolkit still takes what comes for the rest of what an escape began."""
        if not self._open and not waits:
            self._kept = ""
        handed_on = 0 if self._open else len(self._kept)
        left, safe = self._kept + data, ""
        while self._open or PASTE in left:
            before, bound, left = left.partition(PASTED if self._open else PASTE)
            if not bound:  # it goes on
                begun = PASTED_BEGUN.search(before)
                self._kept = begun[0] if begun else ""
                return (safe + before.removesuffix(self._kept).replace(ESC, NO_ESC))[handed_on:]
            safe += (before.replace(ESC, NO_ESC) if self._open else before) + bound
            self._open = not self._open
        self._kept = left[1 - len(PASTE) :]
        return (safe + left)[handed_on:]


class OwnParser(XTermParser):
    """The toolkit's, told of an escape key that stands alone, and of answers as such, in however many pieces."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._last = ""  # `esc` or `esc [`: what came last ended with it, and the toolkit has it
        self._begun = ""  # of an answer, which the toolkit has not
        self._pastes = Pastes()

    def feed(self, data: str) -> Iterable[Message]:
        if not data:  # its end
            yield from super().feed(data)
            return
        data = self._pastes.without_escapes(data, waits=self._waits)
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
        return super().feed(alone + ESCAPED.sub(ESC + ALONE, data))

    @property
    def _waits(self) -> bool:
        """For what comes behind an `esc`."""
        return self._timeout_time is not None


def read_so() -> None:
    """For every driver from now on. `LinuxDriver.run_input_thread` decodes strictly, and its thread ended by a byte of
    another charset, with it the monitor, and the agent inside. What is typed before the terminal leaves keys as they
    are has a line feed for enter, which the toolkit knew as `ctrl+j`, and nobody else at all.
    """
    cast("dict[str, Any]", ANSI_SEQUENCES_KEYS)["\n"] = (Keys.Enter,)

    def decoder(encoding: str) -> partial[codecs.IncrementalDecoder]:
        return partial(codecs.getincrementaldecoder(encoding), errors="replace")

    linux_driver.XTermParser = OwnParser  # type: ignore[misc]
    linux_driver.getincrementaldecoder = decoder  # type: ignore[attr-defined]
