"""What was decided outlives the engine that found the faces and the ledger that kept them.

Yes, no, ignored, withdrawn and named are as they were when all is looked at again, and when the ledger is rebuilt.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.venue.house import House, wait_for

REFERENCES = Path(__file__).parents[2] / "agent" / "demo" / "references"
OTHER_ENGINE = "face_recognition"


def of(person: str) -> list[Path]:
    return sorted(REFERENCES.glob(f"{person}_*.jpg"))


class Told:
    """A running agent, asked by its socket."""

    def __init__(self, house: House) -> None:
        self._house = house
        house.start()
        self._http = house.api()

    def ask(self, path: str, **about: str) -> Any:
        return self._http.get(path, params=about).raise_for_status().json()

    def say(self, verb: str, **arguments: Any) -> Any:
        return self._http.post(f"/commands/{verb}", json=arguments).raise_for_status().json()

    def photos(self) -> dict[str, int]:
        return {row["name"]: row["id"] for row in self.ask("/events/default/photos", per_page="100")["photos"]}

    def settled(self) -> None:
        wait_for(lambda: self.ask("/status")["safe_to_leave"]["safe"], 60, "all is filed and sent")

    def stop(self) -> None:
        self._http.close()
        assert self._house.stop() == 0


def engines(house: House) -> set[str]:
    """What made the encodings of the photos, by the ledger."""
    db = sqlite3.connect(f"file:{house.root}/.venuesync/ledger.sqlite?mode=ro", uri=True)
    try:
        found = db.execute("SELECT engine FROM photo UNION SELECT engine FROM face").fetchall()
    finally:
        db.close()
    return {str(row[0]).split()[0] for row in found}


def unknown(house: House) -> list[tuple[str | None, int]]:
    """The groups of faces that nobody has named: guests by name, and in how many photos."""
    return sorted(((row["name"], row["photos"]) for row in house.json("unknown")), key=str)


def decide(house: House) -> None:
    """Mia is enrolled, is not on one photo and is on a stranger's; a guest is named, one ignored, a photo withdrawn."""
    agent = Told(house)
    agent.say("enroll", name="Mia", photos=[str(of("mia_lindqvist")[0])])
    agent.settled()
    guests = wait_for(
        lambda: len(rows := [row for row in agent.ask("/unknown") if row["name"]]) == 2 and rows, 30, "two"
    )
    by_photo = {photo: row["id"] for row in guests for photo in row["photo_ids"]}
    photos = agent.photos()
    agent.say("unknown-name", id=by_photo[photos["anna_berg_1.jpg"]], name="Anna")
    agent.say("unknown-ignore", id=by_photo[photos["hassan_darwish_1.jpg"]])
    agent.say("enroll-face", name="Mia", face=f"photo:{photos['samuel_osei_1.jpg']}")
    agent.say("people-not", person="Mia", photos=[photos["mia_lindqvist_2.jpg"]])
    agent.say("photos-withdraw", ids=[photos["anna_berg_2.jpg"]])
    agent.settled()
    agent.stop()


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_every_decision_stands_with_another_engine_and_without_the_ledger(house: House) -> None:
    for photo in [*of("mia_lindqvist")[1:], *of("anna_berg"), *of("hassan_darwish"), of("samuel_osei")[0]]:
        house.drop(photo, photo.name)
    decide(house)
    before = house.on_disk()
    assert sorted(before) == [
        "People/Anna/Solo/anna_berg_1.jpg",
        "People/Anna/Solo/anna_berg_3.jpg",
        "People/Mia/Solo/mia_lindqvist_3.jpg",
        "People/Mia/Solo/samuel_osei_1.jpg",
        "Unsorted/Unknown/hassan_darwish_1.jpg",
        "Unsorted/Unknown/hassan_darwish_2.jpg",
        "Unsorted/Unknown/hassan_darwish_3.jpg",
        "Unsorted/Unknown/mia_lindqvist_2.jpg",
    ]
    house.assert_same_tree(8)
    asked = unknown(house)

    house.environ["VENUESYNC_FACES__ENGINE"] = OTHER_ENGINE
    agent = Told(house)
    wait_for(lambda: engines(house) == {OTHER_ENGINE}, 120, "all was encoded anew")
    agent.settled()
    assert house.on_disk() == before
    agent.stop()
    assert unknown(house) == asked
    house.assert_same_tree(8)

    for file in (house.root / ".venuesync").glob("ledger.sqlite*"):
        file.unlink()
    assert house.until_done(120).returncode == 0
    assert house.on_disk() == before
    assert house.on_drive() == before
    assert unknown(house) == asked
    assert house.run("undo").returncode == 0
    assert house.until_done(120).returncode == 0  # nobody looked at it since the ledger was lost
    assert any("anna_berg_2" in path for path in house.on_disk()), "what was taken out can be taken back still"
