"""In a burst the photo that came last is filed first: by the whole agent, whoever is taken in after it."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.venue.filed import filed
from tests.venue.house import House, wait_for
from tests.venue.pictures import scene

BURST = 80  # photos


@contextmanager
def held_still(house: House) -> Generator[None]:
    """However long a busy machine takes for what is done meanwhile, the agent sees all of it at once."""
    assert house.agent is not None
    house.agent.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        house.agent.send_signal(signal.SIGCONT)


def filed_before(house: House, name: str) -> int:
    with closing(sqlite3.connect(house.root / ".venuesync" / "ledger.sqlite")) as db:
        (number,) = db.execute(
            "SELECT COUNT(*) FROM event_photo WHERE filed_at < (SELECT filed_at FROM event_photo WHERE name = ?)",
            (name,),
        ).fetchone()
    return int(number)


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
def test_the_newest_of_a_burst_is_filed_before_most_of_it(house: House, tmp_path: Path) -> None:
    """It is taken in before the others, and looked at before them all the same; then so is one that comes later."""
    pictures = [scene(tmp_path / f"{number}.jpg", number) for number in range(BURST + 2)]
    last, amid = pictures[BURST:]
    house.start()
    assert house.run("pause", "all").returncode == 0  # what is taken in is looked at later
    with held_still(house):
        for number, one in enumerate(pictures[:BURST]):
            house.drop(one, f"DSC_{number:04}.jpg")
        house.drop(last, "LAST.jpg")
    wait_for(lambda: house.json("status")["photos"]["waiting"] == BURST + 1, 60, "all are taken in")
    assert house.run("resume", "all").returncode == 0
    wait_for(lambda: filed(house.root), 60, "the burst is begun with")
    with held_still(house):
        there = filed(house.root)
        house.drop(amid, "AMID.jpg")
    wait_for(lambda: filed(house.root) == len(pictures), 120, "all are filed")
    assert filed_before(house, "LAST.jpg") < BURST / 4
    assert filed_before(house, "AMID.jpg") < there + BURST / 4
    house.assert_invariants(drive=False)
