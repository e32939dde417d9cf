"""Garbage is looked for while nobody types, and not amid keys."""

from __future__ import annotations

import asyncio
import gc
import time
import weakref
from collections.abc import Iterator

import pytest

from tests.patience import latest
from tui.terminal import garbage

CALM = 0.5  # seconds


class Node:
    """One that nothing but a look through everything finds, once it is old and holds itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A look is due at any moment, as after very much work; afterwards Python looks as it did before."""
    usual = gc.get_threshold()
    for name, value in (("EVERY", 0.01), ("CALM", CALM), ("ROUNDS", 0)):
        monkeypatch.setattr(garbage, name, value)
    yield
    gc.set_threshold(*usual)


async def test_whoever_types_is_not_held_up(at_once: None) -> None:
    node = Node()
    gc.collect()  # it is among the oldest now
    lives = weakref.ref(node)
    typed_at = time.monotonic()
    looking = asyncio.create_task(garbage.look_while_calm(lambda: typed_at))
    del node
    for _ in range(100):
        await asyncio.sleep(0.01)
        typed_at = time.monotonic()
    assert lives() is not None
    end = latest(20)
    while lives() is not None:
        assert time.monotonic() < end, "it is never looked for"
        await asyncio.sleep(0.05)
    assert time.monotonic() - typed_at >= CALM
    looking.cancel()
