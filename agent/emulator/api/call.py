"""One call of a Drive method: the request, who makes it, and what it may touch.

Parameters are read here once, so that each handler sees values and each wrong one is refused in Drive's words.
"""

from dataclasses import dataclass, field
from typing import Any

from agent.emulator.accounts import Caller
from agent.emulator.errors import invalid
from agent.emulator.fields import Mask
from agent.emulator.parts import Parts
from agent.emulator.shapes import mask_for
from agent.emulator.store.item import Item
from agent.emulator.wire.request import Request


@dataclass(slots=True)
class Call:
    parts: Parts
    request: Request
    caller: Caller
    params: dict[str, str]
    method: str
    body: dict[str, Any] = field(default_factory=dict[str, Any])

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean parameter; anything but true and false counts as false, as there."""
        value = self.request.query.get(name)
        return default if value is None or value == "" else value.lower() == "true"

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A whole parameter within its limits, else 400."""
        text = self.request.query.get(name, "")
        if not text:
            return default
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise invalid(f"Invalid value '{text}'. Values must be within the range: [{low}, {high}]", name)
        return value

    def text(self, name: str) -> str:
        return self.request.query.get(name, "")

    def mask(self, kind: str) -> Mask | None:
        return mask_for(kind, self.text("fields"))

    @property
    def all_drives(self) -> bool:
        return self.flag("supportsAllDrives") or self.flag("supportsTeamDrives")

    @property
    def with_drives(self) -> bool:
        return self.flag("includeItemsFromAllDrives") or self.flag("includeTeamDriveItems")

    def item(self, name: str = "file_id") -> Item:
        """The file the path names, as far as this caller can see it; else 404."""
        return self.parts.access.find(self.caller, self.params[name], all_drives=self.all_drives)
