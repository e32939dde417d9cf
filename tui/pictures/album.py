"""Pictures that were fetched once: walking back and forth through a list asks the agent for each of them only once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable

from agent.errors import VenueError

KEPT = 200  # pictures, some 10 kB each


class Album:
    """One per monitor. A picture that could not be fetched is asked for again the next time."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes | None] = OrderedDict()

    async def get(self, name: str, fetch: Callable[[], Awaitable[bytes | None]]) -> bytes | None:
        if name in self._kept:
            self._kept.move_to_end(name)
            return self._kept[name]
        try:
            data = await fetch()
        except VenueError:
            return None
        if data is not None:
            self._kept[name] = data
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return data
