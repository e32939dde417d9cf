"""Cameras' clocks in an event of more photos than are held against each other: its newest tell, all are counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.people import clocks
from agent.requests.clocks import ListClocks, SetClock
from tests.patience import within
from tests.venue.evenings import CANON, NIKON, beside, moments, taken
from tests.venue.running import Running, arrive

pytestmark = pytest.mark.parametrize("running", ["near"], indirect=True)


async def test_the_newest_photos_tell_and_all_are_counted(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clocks, "MOST", 30)
    monkeypatch.setattr(clocks, "PAUSE", 0.1)
    seen = moments(1, 20)
    earlier = [(at + 7, one) for at, one in moments(7, 12)]
    await arrive(running, *taken(CANON, earlier, tmp_path / "earlier"))
    again = [path.rename(path.with_name(f"b{path.name}")) for path in taken(CANON, seen, tmp_path / "canon")]
    await arrive(running, *again, *taken(NIKON, beside(2, seen, 13), tmp_path / "nikon"))

    async def rows() -> dict[str, tuple[int, float]]:
        found = await running.service.ask(ListClocks(id="default"))
        return {one["camera"]: (one["photos"], one["ahead"]) for one in found}

    async with within(60):
        while True:
            found = await rows()
            (earlier_too, _), (beside_it, ahead) = (found.get(one.name, (0, 0.0)) for one in (CANON, NIKON))
            if (earlier_too, beside_it) == (32, 13) and abs(ahead - 720) <= 15:
                return
            await running.service.ask(SetClock(event="default", camera=CANON.name, ahead="auto"))
