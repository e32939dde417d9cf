"""What was decided outlives the ledger: yes, no, withdrawn and named are as they were when it is rebuilt."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.venue.house import House

REFERENCES = Path(__file__).parents[2] / "agent" / "demo" / "references"


def of(person: str) -> list[Path]:
    return sorted(REFERENCES.glob(f"{person}_*.jpg"))


@pytest.mark.timeout(400)
def test_without_the_ledger_every_decision_stands(house: House) -> None:
    for photo in [*of("mia_lindqvist")[1:], *of("anna_berg"), *of("hassan_darwish")]:
        house.drop(photo, photo.name)
    assert house.run("enroll", "Mia", str(of("mia_lindqvist")[0])).returncode == 0
    assert house.until_done().returncode == 0
    guests = {row["name"]: row["id"] for row in house.json("unknown")}
    assert len(guests) == 2
    annas = next(
        name for name in guests if "anna_berg_1.jpg" in {row["name"] for row in house.json("photos", "--person", name)}
    )
    assert house.run("unknown", "name", guests[annas], "Anna").returncode == 0
    photos = {row["name"]: str(row["id"]) for row in house.json("photos")}
    assert house.run("people", "not", "Mia", photos["mia_lindqvist_2.jpg"]).returncode == 0
    assert house.run("photos", "withdraw", photos["anna_berg_2.jpg"]).returncode == 0
    assert house.until_done().returncode == 0
    before = house.on_disk()
    assert "Unsorted/Unknown/mia_lindqvist_2.jpg" in before
    assert not any("anna_berg_2" in path for path in before)
    house.assert_same_tree(7)

    for file in (house.root / ".venuesync").glob("ledger.sqlite*"):
        file.unlink()
    assert house.until_done(120).returncode == 0
    assert house.on_disk() == before
    assert house.on_drive() == before
    assert house.run("undo").returncode == 0
    assert any("anna_berg_2" in path for path in house.on_disk()), "what was taken out can be taken back still"
