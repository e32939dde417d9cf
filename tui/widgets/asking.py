"""A question to the agent whose answer may be another one by now: asked anew, one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Set
from functools import partial

from textual.dom import DOMNode
from textual.worker import Worker

from agent.errors import VenueError
from tui.keys.typeahead import LATER


class Asking:
    """Asks once more whenever something has changed, `settle` seconds later.

    However fast changes come, and however slow answers are, none breaks off a question: what came meanwhile is asked
    for afterwards, and no key waits for that. `ask` raises `VenueError` where there was no answer, and is asked once
    the agent is there.
    """

    def __init__(self, owner: DOMNode, ask: Callable[[], Awaitable[None]], group: str, settle: float = 0.0) -> None:
        """`group`: of the workers that keys wait for."""
        self._owner = owner
        self._ask = ask
        self._group = group
        self._settle = settle
        self._due = self._awaited = self._unanswered = False
        self._under_way: Worker[None] | None = None
        self._turn: object = None  # of the worker that is under way

    def again(self, after: float | None = None) -> None:
        """A key has changed something, or needs the first answer. `after`: seconds; else `settle`."""
        self._due = self._awaited = True
        if self._under_way is None or self._under_way.group == LATER:
            self._begin(after)

    def later(self) -> None:
        """Something has changed by itself."""
        self._due = True
        if self._under_way is None:
            self._begin()

    def anew(self) -> None:
        """It is about something else: what is under way answers nothing any more."""
        self._due = self._awaited = True
        self._begin()

    def follow(self, changed: Set[str]) -> None:
        """The state has changed: what could not be asked can be, once all of it is here anew."""
        if "all" in changed and self._unanswered:
            self.later()

    def _begin(self, after: float | None = None) -> None:
        if self._under_way is not None:
            self._under_way.cancel()
        self._turn = turn = object()
        work = partial(self._run, turn, self._settle if after is None else after)
        group = self._group if self._awaited else LATER
        self._under_way = self._owner.run_worker(work, group=group, exit_on_error=False)

    async def _run(self, turn: object, after: float) -> None:
        try:
            await asyncio.sleep(after)
            self._due = self._awaited = False
            await self._ask()
            self._unanswered = False
        except VenueError:
            self._unanswered = True
        finally:
            if self._turn is turn:
                self._under_way = None
        if self._due and self._under_way is None:
            self._begin()
