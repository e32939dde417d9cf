"""What changed in a source while nobody looked at it comes once it is looked at again, whenever the plug is pulled."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.crash.lives import Lives
from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene
from tests.venue.plug import pulled_amid
from tests.venue.weddings import event, look, sent, wedding

SETTINGS = {"VENUESYNC_SYNC__INTERVAL": "60", "VENUESYNC_SYNC__ADAPTIVE": "false"}
pytestmark = pytest.mark.settings(**SETTINGS)


def safe(house: House) -> bool:
    return house.json("status")["safe_to_leave"]["safe"]


def came_while_disabled(house: House, anna: Photographer, tmp_path: Path) -> None:
    """A photo at the wedding's source, past which the feed was read on for another event; no list will show it late."""
    hers, his = anna.folder("Anna", share=True), anna.folder("Ben", share=True)
    wedding(house, hers)
    wedding(house, his, name="Party")
    shutil.copy(people(house), tmp_path / "before.json")
    assert house.run("events", "disable", "Wedding").returncode == 0
    anna.put(scene(tmp_path / "1.jpg", 1), "DSC_1.JPG", hers)
    anna.put(scene(tmp_path / "2.jpg", 2), "DSC_2.JPG", his)
    look(house, "Party")
    wait_for(lambda: len(sent(house, "Party")) == 1 and safe(house), 40, "the feed was read")
    house.stop()
    with closing(sqlite3.connect(house.root / ".venuesync" / "ledger.sqlite")) as db, db:
        db.execute("DELETE FROM listing_again")  # ten minutes have passed since the folders were listed first


def people(house: House) -> Path:
    return house.root / ".venuesync" / "roster.json"


def comes(house: House) -> None:
    assert (event(house) or {})["auto_sync"]
    wait_for(lambda: safe(house), 40, "it is safe")
    assert len(sent(house)) == 1


@pytest.mark.slow
def test_it_comes_though_the_plug_is_pulled_as_its_event_is_enabled(
    lives: Lives, anna: Photographer, tmp_path: Path
) -> None:
    house = lives.house
    lives.start()
    came_while_disabled(house, anna, tmp_path)
    lives.start()
    pulled_amid(lives, "events", "enable", "Wedding")
    comes(house)


@pytest.mark.slow
def test_it_comes_when_an_older_list_of_people_is_put_back_by_hand(
    house: House, anna: Photographer, tmp_path: Path
) -> None:
    house.start()
    came_while_disabled(house, anna, tmp_path)
    shutil.copy(tmp_path / "before.json", people(house))
    house.start()
    comes(house)
