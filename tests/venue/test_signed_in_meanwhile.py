"""Somebody else signs in while an agent that starts is still at what comes first."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.venue.browser import log_in
from tests.venue.house import House, wait_for
from tests.venue.two_accounts import ANA, BEN, Two


@pytest.mark.slow
def test_it_is_seen_when_that_is_over(house: House, tmp_path: Path) -> None:
    """The ids and folders of one went on being used on the other's Drive."""
    assert log_in(house, way="pasted", emulator_account=ANA).code == 0
    house.start()
    here = Two(house, tmp_path)
    here.photo()
    here.verified(1)
    assert house.stop() == 0
    with closing(sqlite3.connect(house.root / ".venuesync/ledger.sqlite")) as db:
        db.execute("DELETE FROM drive_id_pool")
        db.commit()
    house.emulator.faults({"method": "files.generateIds", "account": ANA, "delay_ms": 5000, "times": 1})
    house.start()
    wait_for(lambda: here.status["drive"]["account"] == ANA, 20, "it has begun with Ana")
    assert log_in(house, way="pasted", emulator_account=BEN).code == 0
    wait_for(lambda: here.status["drive"]["account"] == BEN, 20, "Ben is signed in")
    here.verified(1)
    here.safe()
    assert BEN in {one["owner"] for one in house.emulator.files() if one["name"] == "DSC_0001.jpg"}
