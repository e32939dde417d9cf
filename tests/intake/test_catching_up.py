"""A first look at very many files leaves most of a processor to all else; somebody who waits is not kept waiting."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from agent.disk import rarely
from agent.intake import listing, sweep
from tests.intake.venue import JPEG, OpenVenue


async def test_a_first_sweep_rests_and_one_that_somebody_waits_for_does_not(
    open_venue: OpenVenue, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rested: list[rarely.Turns] = []

    def rest(turns: rarely.Turns) -> None:
        rested.append(turns)

    for number in range(3):
        (tmp_path / "Incoming").mkdir(exist_ok=True)
        (tmp_path / "Incoming" / f"{number}.jpg").write_bytes(JPEG)
    monkeypatch.setattr(listing, "OFTEN", 1)  # files
    monkeypatch.setattr(rarely.Turns, "rest", rest)
    async with open_venue(sweep_seconds=0.2) as venue:
        assert rested
        venue.drop("a.jpg")
        await venue.until_arrived("Incoming/a.jpg")
        rested.clear()
        await venue.until(lambda: bool(rested))
        asked = threading.Event()
        real = sweep.compare

        def compared(*given: Any, **named: Any) -> Any:
            rested.clear()
            found = real(*given, **named)
            asked.set()
            return found

        monkeypatch.setattr(sweep, "compare", compared)
        assert await venue.watcher.sweep_now()
        assert asked.is_set()
        assert not rested


def test_work_takes_an_eighth_of_a_processor() -> None:
    turns, began, worked = rarely.Turns(), time.monotonic(), time.thread_time()
    while turns.rested == 0.0:
        turns.rest()
    worked = time.thread_time() - worked
    assert worked >= rarely.TURN
    assert time.monotonic() - began >= 7 * rarely.TURN
