"""Topics: a part says what happened, and whoever is woken by that is. Who is, stands in `agent/building/wakes.py`.

So parts that wake each other need not know each other, and each is complete when it is made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto
from functools import partial

Wake = Callable[[], object]  # returns at once, and is called on the event loop


class Topic(Enum):
    """What happened."""

    CHANGED = auto()  # something that screens show
    LOOK = auto()  # somebody wants everybody to look at once
    WANTED = auto()  # photos or folders belong elsewhere than they did
    FILED = auto()  # the router has been at the disk
    ROOM = auto()  # the disk has less of it than was known, or more
    RETIMED = auto()  # photos were taken at other times than was thought
    DOUBTED = auto()  # an original holds other bytes than it did
    UNKNOWN_FACES = auto()  # there may be faces to put into groups
    SOURCES = auto()  # an event's folders or sources are others than they were
    AT_SOURCES = auto()  # photos came or went there
    FOLDERS_MADE = auto()  # on Drive
    FILE_LEFT = auto()  # a folder on Drive, which may be empty now
    ALL_SENT = auto()  # of what could be: nothing is on its way to Drive
    LANE_CHANGED = auto()  # Drive is in another state, or its figures are others
    LANE_OPEN = auto()  # Drive can be used again after it could not
    LINE_BACK = auto()  # the same, and before that, as it was the line that was away
    HUNG = auto()  # a request was not answered, and over a new connection it was


class Topics:
    """For one event loop, the one it is made on. Nothing is queued: who is woken is woken before `publish` returns."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._woken: dict[Topic, list[Wake]] = {}

    def wake(self, table: Mapping[Topic, Sequence[Wake]]) -> None:
        """From now on these are woken, in their order, after those that a topic wakes already."""
        for topic, wakes in table.items():
            self._woken.setdefault(topic, []).extend(wakes)

    def publish(self, topic: Topic) -> None:
        for wake in self._woken.get(topic, ()):
            wake()

    def of(self, topic: Topic) -> Callable[[], None]:
        """`publish` of this topic, to be given to whoever it happens to."""
        return partial(self.publish, topic)

    def from_threads(self, topic: Topic) -> Callable[[], None]:
        """The same for any thread; whoever is woken is a moment later, and nobody once the loop has ended."""
        return partial(self._publish_soon, topic)

    def _publish_soon(self, topic: Topic) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.publish, topic)
