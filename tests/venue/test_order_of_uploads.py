"""Who goes first over a slow line: enrolled people and fresh photos, yet nothing waits for ever for them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.venue.house import House, wait_for
from tests.venue.pictures import FACES, scene, variant

HOUR = 3600.0


@pytest.mark.slow
def test_fresh_photos_and_people_go_before_the_backlog_which_has_its_share(house: House, tmp_path: Path) -> None:
    house.environ |= {"VENUESYNC_DRIVE__UPLOADS": "1"}
    assert house.run("pause").returncode == 0
    house.start()
    for number in range(20):
        house.drop(scene(tmp_path / "made.jpg", number, (320, 240)), f"OLD_{number:04}.jpg")
    house.drop(variant(FACES / "one_guest.jpg", tmp_path / "made.jpg", 1), "ANA_0001.jpg")
    wait_for(lambda: len(house.on_disk()) == 21, 30, "the backlog is filed")
    assert house.stop() == 0
    with sqlite3.connect(house.root / ".venuesync" / "ledger.sqlite") as db:
        db.execute("UPDATE placement SET wanted_at = wanted_at - ?", (HOUR,))
    house.start()
    for number in range(20):
        house.drop(scene(tmp_path / "made.jpg", 100 + number, (320, 240)), f"NEW_{number:04}.jpg")
    wait_for(lambda: len(house.on_disk()) == 41, 40, "all are filed")
    assert house.run("enroll", "Ana", str(FACES / "one_guest.jpg")).returncode == 0
    wait_for(lambda: any(path.startswith("People/Ana") for path in house.on_disk()), 20, "her photo is hers")
    wait_for(lambda: not house.json("status")["uploads"]["folders_left"], 20, "the folders are made")
    assert house.run("resume").returncode == 0
    wait_for(lambda: house.json("status")["photos"]["verified"] == 41, 60, "all are on Drive")
    db = sqlite3.connect(house.root / ".venuesync" / "ledger.sqlite")
    rows = db.execute(
        "SELECT substr(e.name, 1, 3) FROM placement p JOIN event_photo e ON e.id = p.event_photo ORDER BY p.verified_at"
    )
    order = [row[0] for row in rows]
    db.close()
    assert "ANA" in order[:2]
    assert 4 <= order[:20].count("OLD") <= 7
    assert order[-1] == "OLD"
