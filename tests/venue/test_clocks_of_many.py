"""Cameras' clocks in an event of more photos than are held against each other: its newest tell, all are counted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.people import clocks
from agent.requests.events import ListClocks, SetClock
from tests.patience import within
from tests.venue.evenings import CANON, NIKON, beside, moments, taken
from tests.venue.running import Running, arrive

pytestmark = pytest.mark.parametrize("running", ["near"], indirect=True)


@pytest.mark.slow
async def test_the_newest_photos_tell_and_all_are_counted(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most photos of both cameras say 100 seconds; the newest are of a clock that was set anew since."""
    monkeypatch.setattr(clocks, "MOST", 30)
    monkeypatch.setattr(clocks, "PAUSE", 0.1)
    earlier, seen = moments(7, 24), moments(1, 18)
    before = replace(NIKON, ahead=100)
    await arrive(
        running, *taken(CANON, earlier, tmp_path / "a"), *taken(before, beside(3, earlier, 20), tmp_path / "b")
    )
    again = (*taken(CANON, seen, tmp_path / "c"), *taken(NIKON, beside(2, seen, 12), tmp_path / "d"))
    await arrive(running, *(path.rename(path.with_name(f"again {path.name}")) for path in again))

    async def rows() -> dict[str, tuple[int, float]]:
        found = await running.service.ask(ListClocks(id="default"))
        return {one["camera"]: (one["photos"], one["ahead"]) for one in found}

    async with within(60):
        while True:
            found = await rows()
            (earlier_too, _), (beside_it, ahead) = (found.get(one.name, (0, 0.0)) for one in (CANON, NIKON))
            if (earlier_too, beside_it) == (42, 32) and abs(ahead - 720) <= 15:
                return
            await running.service.ask(SetClock(event="default", camera=CANON.name, ahead="auto"))
