"""The stream of changes: numbered, whole, and one `resync` for whoever was too slow or comes from another run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from agent.handlers.status import stream
from agent.handlers.status.stream import Ring
from tests.patience import within


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Ring:
    """It keeps ten changes."""
    monkeypatch.setattr(stream, "KEPT", 10)
    return Ring("boot")


def send(ring: Ring, count: int) -> None:
    for _ in range(count):
        ring.append("activity", ring.seq + 1)


async def read(changes: AsyncIterator[Any], count: int) -> list[tuple[str, int]]:
    async with within(2):
        return [(one["section"], one["seq"]) for one in [await anext(changes) for _ in range(count)]]


async def silent(changes: AsyncIterator[Any]) -> bool:
    task = asyncio.ensure_future(anext(changes))
    done, _ = await asyncio.wait({task}, timeout=0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return not done


def numbers(first: int, last: int) -> list[tuple[str, int]]:
    return [("activity", number) for number in range(first, last + 1)]


async def test_every_change_comes_once_and_in_order(ring: Ring) -> None:
    changes = ring.after("boot", 0)
    send(ring, 3)
    assert await read(changes, 3) == numbers(1, 3)
    assert await silent(ring.after("boot", 3))
    later = asyncio.ensure_future(read(changes, 2))
    await asyncio.sleep(0)
    send(ring, 2)
    assert await later == numbers(4, 5)


async def test_a_change_names_its_run_and_holds_its_data(ring: Ring) -> None:
    ring.append("queue", {"a": 1})
    assert await anext(ring.after("boot", 0)) == {"boot": "boot", "seq": 1, "section": "queue", "data": {"a": 1}}


async def test_as_far_back_as_it_remembers_nothing_is_lost(ring: Ring) -> None:
    send(ring, 25)
    assert await read(ring.after("boot", 15), 10) == numbers(16, 25)


async def test_further_back_one_resync_and_then_what_is_new(ring: Ring) -> None:
    send(ring, 25)
    changes = ring.after("boot", 14)
    assert await read(changes, 1) == [("resync", 25)]
    send(ring, 1)
    assert await read(changes, 1) == numbers(26, 26)


@pytest.mark.parametrize(("boot", "since"), [("another", 0), ("another", 5), ("boot", 99)])
async def test_another_run_is_answered_by_one_resync(boot: str, since: int, ring: Ring) -> None:
    send(ring, 5)
    changes = ring.after(boot, since)
    assert await read(changes, 1) == [("resync", 5)]
    assert await silent(changes)


async def test_a_reader_that_falls_behind_lists_again_once_and_goes_on(ring: Ring) -> None:
    changes = ring.after("boot", 0)
    send(ring, 2)
    assert await read(changes, 1) == numbers(1, 1)
    send(ring, 40)
    assert await read(changes, 2) == [("activity", 2), ("resync", 42)], (
        "what it had in hand, then one word for the rest"
    )
    send(ring, 1)
    assert await read(changes, 1) == numbers(43, 43)


async def test_the_publisher_never_waits_for_a_reader(ring: Ring) -> None:
    slow = [ring.after("boot", 0) for _ in range(20)]
    send(ring, 1)
    for one in slow:
        await anext(one)
    began = time.monotonic()
    send(ring, 10_000)
    assert time.monotonic() - began < 10
    assert len(ring._kept) == 10


async def test_several_readers_each_see_everything(ring: Ring) -> None:
    readers = [asyncio.ensure_future(read(ring.after("boot", 0), 6)) for _ in range(5)]
    await asyncio.sleep(0)
    for _ in range(6):
        send(ring, 1)
        await asyncio.sleep(0)
    assert await asyncio.gather(*readers) == [numbers(1, 6)] * 5


async def test_a_reader_that_went_away_is_forgotten(ring: Ring) -> None:
    changes = ring.after("boot", 0)
    send(ring, 1)
    await anext(changes)
    assert len(ring._readers) == 1
    await changes.aclose()  # type: ignore[attr-defined]
    assert len(ring._readers) == 0


async def test_nothing_kept_from_the_beginning_is_no_gap(ring: Ring) -> None:
    assert await silent(ring.after("boot", 0))


async def test_of_a_section_that_is_whole_the_newest_is_enough() -> None:
    """A thousand events make it megabytes: what was before is not kept."""
    ring = Ring("boot")
    for number in range(100):
        ring.append("status", number)
        if number == 50:
            ring.append("queue", "there")
    changes = ring.after("boot", 1)
    assert await read(changes, 2) == [("queue", 52), ("status", 101)]
