"""Steps of an agent in the test's own process that stand still until the test lets them go on: no delay has to be
long enough for what is to come amid them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Event
from typing import Any

import pytest

from tests.patience import PATIENCE


class Halt:
    """A step of the agent that waits before it begins for `begin`, and at its end for `end`; it tells when it waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, where: object, name: str) -> None:
        self.reached, self.begin, self.done, self.end = Event(), Event(), Event(), Event()
        self._step: Callable[..., Any] = getattr(where, name)
        monkeypatch.setattr(where, name, self._halting)

    def _halting(self, *given: Any, **named: Any) -> Any:
        self.reached.set()
        assert self.begin.wait(PATIENCE * 30)
        found = self._step(*given, **named)
        self.done.set()
        assert self.end.wait(PATIENCE * 30)
        return found


class HaltAnswer:
    """The same of a step that is awaited, as an upload is: what it came to is told only when the test lets it be."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, where: object, name: str) -> None:
        self.done, self.end = asyncio.Event(), asyncio.Event()
        self._step: Callable[..., Any] = getattr(where, name)
        monkeypatch.setattr(where, name, self._halting)

    async def _halting(self, *given: Any) -> Any:
        try:
            return await self._step(*given)
        finally:
            self.done.set()
            await self.end.wait()
