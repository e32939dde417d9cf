"""Every open connection, and the outage that cuts them all.

A real outage answers nothing: connections close, and new ones close as soon as they ask for anything of Drive.
"""

import asyncio
import time
from typing import Protocol


class Line(Protocol):
    """One TCP connection, as far as cutting it goes."""

    is_new: bool
    gone: asyncio.Event

    def cut(self) -> None: ...

    def hang_up(self) -> None: ...


class Switchboard:
    def __init__(self) -> None:
        self.open: set[Line] = set()
        self.opened = 0
        self._out_until = 0.0

    @property
    def out(self) -> bool:
        return time.monotonic() < self._out_until

    def outage(self, seconds: float, *, sparing: Line | None) -> None:
        """Cuts all lines but `sparing` now, and whatever asks for Drive during the next `seconds` (0 ends it)."""
        self._out_until = time.monotonic() + seconds
        if seconds > 0:
            self.cut_all(sparing=sparing)

    def cut_all(self, *, sparing: Line | None = None) -> None:
        for line in list(self.open):
            if line is not sparing:
                line.cut()
