"""A venue made large within minutes is one that an agent takes for its own: what is measured there is a real one's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.emulator.drive import Emulator
from tests.venue.bench_flat import is_the_same_drive, sweep
from tests.venue.enlarge import DEMO, evening
from tests.venue.house import House, wait_for

PHOTOS = len(list((DEMO / "photos").iterdir())) + 20


@pytest.mark.slow
async def test_an_agent_finds_all_as_it_left_it(tmp_path: Path) -> None:
    root, drive = tmp_path / "venue", tmp_path / "drive"
    evening(root, drive, PHOTOS)
    with Emulator.start(drive) as emulator:
        house = House(root, emulator)
        is_the_same_drive(root, emulator.url)
        try:
            house.start()
            wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "all is as it was")
            assert house.json("status")["photos"]["verified"] == PHOTOS
            house.assert_same_tree(PHOTOS)
            assert house.json("verify")["differences"] == []
            assert house.stop() == 0
        finally:
            house.close()
    ours, plain = await sweep(root)
    assert ours > 0 and plain > 0
