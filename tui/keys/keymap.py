"""Which key is pressed for what: `[keys]` gives one another place, and whatever was there takes the place it left.

So every key goes on doing something, and nothing does two things. Keys are translated once, where they come in, and
once more where they are named; all between knows the monitor's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.events import Key

NAMES = {"space": " "}  # keys with a name that write something


class Keymap:
    """`moved`: the monitor's own key, and the one that is pressed for it; `/`, `U`, `f2`, `ctrl+p`, `space`."""

    def __init__(self, moved: Mapping[str, str]) -> None:
        self._pressed = dict(moved)
        for left in set(moved) - set(moved.values()):
            last = left
            while last in moved:
                last = moved[last]
            self._pressed[last] = left  # what stood where the last one went takes the place that nobody took
        self._own = {pressed: own for own, pressed in self._pressed.items()}

    def named(self, own: str) -> str:
        """The key that is pressed for the monitor's `own`."""
        return self._pressed.get(own, own)

    def meant(self, key: Key, *, writing: bool) -> Key:
        """The monitor's own key for one that was pressed; `writing`: where it goes, letters are letters."""
        pressed = key.character if key.is_printable and key.character != " " else key.key
        own = self._own.get(pressed or "")
        if own is None or (writing and (key.is_printable or _character(own))):
            return key
        return _pressed_now(own, key)


def _pressed_now(own: str, key: Key) -> Key:
    """Imports the toolkit: commands name keys, too, and need none of it."""
    from textual.binding import Binding
    from textual.events import Key

    made = Key(*next((one.key, _character(own)) for one in Binding.make_bindings([Binding(own, "")])))
    made.time = key.time
    return made


def _character(name: str) -> str | None:
    return name if len(name) == 1 else NAMES.get(name)


class Keyboard:
    """There is one: whatever names a key asks here how it is called."""

    keymap = Keymap({})


def named(own: str) -> str:
    """The key that is pressed for the monitor's `own`."""
    return Keyboard.keymap.named(own)
