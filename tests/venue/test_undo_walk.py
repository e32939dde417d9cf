"""Every decision can be undone and redone: a random walk on a real agent, disk and Drive exact after each step."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Sequence
from typing import Any

import pytest

from tests.venue.house import House, wait_for
from tests.venue.walk import GUESTS, OTHER, REFERENCES, Walk

STEPS = int(os.environ.get("VENUESYNC_WALK", "30"))
SEED = int(os.environ.get("VENUESYNC_SEED", "0")) or int(time.time()) % 100_000
BROKEN = ("broken_1.jpg", "broken_2.jpg")


pytestmark = [pytest.mark.slow, pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0")]


class Chosen(random.Random):
    """Dice that fall as somebody wants them to."""

    def __init__(self, *wanted: object) -> None:
        super().__init__(0)
        self._wanted = list(wanted)

    def choice(self, seq: Sequence[Any]) -> Any:
        if len(seq) == 1:
            return seq[0]
        assert self._wanted[0] in seq, (self._wanted[0], seq)
        return self._wanted.pop(0)


def begun(house: House) -> Walk:
    """All photos have been looked at, and some were broken."""
    house.start()
    with house.api() as api:
        api.post("/commands/events-add", json={"name": OTHER}).raise_for_status()
    photos = [f"{guest}_{number}.jpg" for guest in GUESTS for number in (2, 3)]
    for photo in photos:
        house.drop(REFERENCES / photo, photo)
    for number, name in enumerate(BROKEN):
        whole = (REFERENCES / "priya_raman_1.jpg").read_bytes()
        broken = house.root / f"cut-{number}"
        broken.write_bytes(whole[: 9000 + number])
        os.utime(broken, (time.time() - 3600,) * 2)  # it does not go on arriving
        broken.rename(house.incoming / name)
    wanted = {"seen": len(photos) + len(BROKEN), "failed": len(BROKEN), "waiting": 0}
    wait_for(lambda: wanted.items() <= house.json("status")["photos"].items(), 60, "all were looked at")
    walk = Walk(house, SEED, photos, list(BROKEN))
    walk.told.append(f"VENUESYNC_SEED={SEED}")
    return walk


def test_who_is_enrolled_by_a_photo_that_was_denied_of_them_is_on_it_after_all(house: House) -> None:
    """Whoever points at a face says whose it is, and that is taken back and done again like all else."""
    walk = begun(house)
    walk.dice = Chosen("yuki_tanaka", "Finn", "yuki_tanaka_2.jpg", 2)
    assert walk.enroll() and walk.deny() and walk.again()
    assert "People/Finn/Solo/yuki_tanaka_2.jpg" in walk.disk()
    for turn in (walk.undo, walk.undo, walk.redo, walk.redo):
        assert turn()
    assert house.stop() == 0


@pytest.mark.timeout(120 + 4 * STEPS)
def test_a_random_walk_of_decisions_is_exact_after_each_undo_and_redo(house: House) -> None:
    walk = begun(house)
    for _ in range(STEPS):
        walk.step()
    walk.restart()
    while walk.history:
        walk.undo()
    while walk.future:
        walk.redo()
    assert house.stop() == 0
