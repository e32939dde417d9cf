"""A look that somebody asks for: nothing is safe before it was answered, whatever was under way when it was asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene
from tests.venue.weddings import look, of_annas_folder, sent

pytestmark = pytest.mark.settings(VENUESYNC_SYNC__INTERVAL="60", VENUESYNC_SYNC__ADAPTIVE="false")


@pytest.fixture
def folder(house: House, anna: Photographer, tmp_path: Path) -> str:
    """Of a wedding, with one photo, which is verified."""
    folder = of_annas_folder(house, anna)
    anna.put(scene(tmp_path / "1.jpg", 1), "DSC_1.JPG", folder)
    look(house)
    wait_for(lambda: len(sent(house)) == 1 and verdict(house)["safe"], 40, "it is on Drive")
    return folder


def verdict(house: House) -> dict[str, Any]:
    return house.json("status")["safe_to_leave"]


def slow_changes(house: House, milliseconds: int) -> None:
    """Drive's next change feed is answered so late, with what was so when it was asked."""
    house.emulator.faults([{"method": "changes.list", "delay_ms": milliseconds, "times": 1}])


@pytest.mark.slow
def test_nothing_is_safe_before_it_was_answered(house: House, anna: Photographer, folder: str, tmp_path: Path) -> None:
    slow_changes(house, 3000)
    anna.put(scene(tmp_path / "2.jpg", 2), "DSC_2.JPG", folder)
    look(house)
    found = wait_for(lambda: next((one for one in [verdict(house)] if one["safe"]), None), 40, "it is safe")
    assert (found["verified"], len(sent(house))) == (2, 2)


def test_one_that_was_under_way_is_no_answer(house: House, anna: Photographer, folder: str, tmp_path: Path) -> None:
    slow_changes(house, 2000)
    look(house)
    wait_for(lambda: house.emulator.get("faults")["faults"] == [], 10, "Drive was asked")
    anna.put(scene(tmp_path / "2.jpg", 2), "DSC_2.JPG", folder)
    look(house)
    found = wait_for(lambda: next((one for one in [verdict(house)] if one["safe"]), None), 40, "it is safe")
    assert (found["verified"], len(sent(house))) == (2, 2)
