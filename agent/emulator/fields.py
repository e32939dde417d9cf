"""Partial responses: the grammar of `fields`, and cutting an answer down to it.

Drive checks the mask before it works, and leaves out whatever is not named: a client that forgets `nextPageToken` gets
none.
"""

from typing import Any, TypeAlias

from agent.emulator.errors import DriveError

# A mask maps a wanted name to the mask below it, or to None for all of it; "*" stands for every name.
# The same form says what a resource may hold: None below a name there means that anything may follow.
Mask: TypeAlias = dict[str, "Mask | None"]

_DELIMITERS = ",/()"


def parse(text: str) -> Mask:
    """The mask that `text` says; 400 `invalidParameter` where the grammar is broken."""
    reader = _Reader(text)
    mask = reader.selection()
    if reader.rest():
        raise _refuse(text)
    return mask


def _refuse(name: str) -> DriveError:
    return DriveError(400, "invalidParameter", f"Invalid field selection {name}", location="fields")


class _Reader:
    """Recursive descent over `a,b(c,d),e/f,*`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def rest(self) -> str:
        return self.text[self.at :]

    def selection(self) -> Mask:
        mask: Mask = {}
        while True:
            self.one(mask)
            if not self.take(","):
                return mask

    def one(self, mask: Mask) -> None:
        name = self.name()
        below: Mask | None = None
        if self.take("/"):
            below = {}
            self.one(below)
        elif self.take("("):
            below = self.selection()
            if not self.take(")"):
                raise _refuse(self.text)
        _merge(mask, name, below)

    def name(self) -> str:
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in _DELIMITERS:
            self.at += 1
        name = self.text[start : self.at].strip()
        if not name:
            raise _refuse(self.text)
        return name

    def take(self, mark: str) -> bool:
        if self.text.startswith(mark, self.at):
            self.at += 1
            return True
        return False


def _merge(mask: Mask, name: str, below: Mask | None) -> None:
    if name not in mask:
        mask[name] = below
        return
    there = mask[name]
    if there is None or below is None:
        mask[name] = None
        return
    for key, value in below.items():
        _merge(there, key, value)


def check(mask: Mask, shape: Mask) -> None:
    """Refuses a mask that names what the resource does not have."""
    for name, inner in mask.items():
        if name == "*":
            continue  # what follows `*/` holds for whatever has it
        if name not in shape:
            raise _refuse(name)
        allowed = shape[name]
        if inner is not None and allowed is not None:
            check(inner, allowed)


def pick(value: Any, mask: Mask | None) -> Any:
    """What `mask` leaves of `value`; lists are cut item by item."""
    if mask is None or ("*" in mask and mask["*"] is None):
        return value
    if isinstance(value, list):
        return [pick(item, mask) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(value, dict):
        return value
    every = mask.get("*")
    out: dict[str, Any] = {}
    for name, inner in value.items():  # pyright: ignore[reportUnknownVariableType]
        if name in mask:
            out[name] = pick(inner, mask[name])
        elif every is not None:
            out[name] = pick(inner, every)
    return out


def wants(mask: Mask | None, name: str) -> bool:
    return mask is None or name in mask or "*" in mask


def below(mask: Mask | None, name: str) -> Mask | None:
    """The mask for what lies under `name`; None (everything) where all of it is wanted."""
    if mask is None:
        return None
    if name in mask:
        return mask[name]
    return mask.get("*")
