"""A letter with an accent is one sign or two, as a camera or a Mac writes it: names are the same in both."""

from __future__ import annotations

import shutil
import unicodedata
from pathlib import Path

import pytest

from tests.venue.house import House
from tests.venue.pictures import scene
from tests.venue.test_raw_and_jpeg import ANNA, raw

COMPOSED, DECOMPOSED = (unicodedata.normalize(form, "Café Zoë") for form in ("NFC", "NFD"))


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
@pytest.mark.parametrize("first", ["JPG", "NEF"])
def test_two_files_of_a_shot_are_one_photo_whichever_way_their_names_are_written(
    tmp_path: Path, house: House, first: str
) -> None:
    files = {"JPG": scene(tmp_path / "a.jpg", 1), "NEF": raw(tmp_path / "a.nef", tmp_path / "a.jpg")}
    names = {first: COMPOSED, "NEF" if first == "JPG" else "JPG": DECOMPOSED}
    for ending, name in names.items():
        shutil.copyfile(files[ending], house.root / "Incoming" / f"{name}.{ending}")
        assert house.until_done().returncode == 0
    assert house.json("status")["photos"]["seen"] == 1
    assert sorted(house.on_disk()) == [f"Unsorted/No Faces/{COMPOSED}.{ending}" for ending in ("JPG", "NEF")]
    house.start()
    with house.api() as api:
        for words in (COMPOSED, DECOMPOSED):
            found = api.get("/photos", params={"q": words}).json()
            assert len(found["rows"]) == 2, found


@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
def test_two_photos_of_one_name_in_both_ways_are_both_filed(tmp_path: Path, house: House) -> None:
    for number, name in enumerate((COMPOSED, DECOMPOSED)):
        shutil.copyfile(scene(tmp_path / f"{number}.jpg", number), house.root / "Incoming" / f"{name}.jpg")
    assert house.until_done().returncode == 0
    assert sorted(house.on_disk()) == [f"Unsorted/No Faces/{COMPOSED}{one}.jpg" for one in (" (2)", "")]


@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
def test_people_and_events_are_meant_by_their_names_whichever_way_these_are_written(house: House) -> None:
    house.start()
    assert house.run("enroll", COMPOSED, str(ANNA)).returncode == 0
    assert house.run("people", "export", DECOMPOSED, str(house.root / "a.zip")).returncode == 0
    assert "already" in house.run("people", "rename", COMPOSED, DECOMPOSED).stdout
    assert house.run("events", "add", DECOMPOSED).returncode == 0
    assert house.run("events", "show", COMPOSED).returncode == 0
    assert house.run("events", "add", COMPOSED).returncode == 2
    assert house.run("people", "rename", DECOMPOSED, "Mia").returncode == 0
    assert [one["name"] for one in house.json("people")] == ["Mia"]
