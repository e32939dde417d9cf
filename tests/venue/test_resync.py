"""`resync` puts back what somebody deleted of its events, here and on Drive, and nothing of any other's."""

from __future__ import annotations

from pathlib import Path

from tests.venue.house import House, wait_for
from tests.venue.pictures import scene
from tests.venue.test_people_commands import ok
from tests.venue.test_verify import api
from tests.venue.test_verify_remembered import safe, trash
from tests.venue.weddings import filed, look, sent


def test_what_was_deleted_in_another_event_stays_so(house: House, tmp_path: Path) -> None:
    """It filed again what somebody had deleted in each other event, and did not send again what Drive had lost last."""
    house.start()
    for number, name in enumerate(("Gala", "Party")):
        ok(house, "events", "add", name)
        for each in range(2):
            photo = scene(tmp_path / "made.jpg", 10 * number + each)
            house.drop(photo, f"../Events/{name}/Incoming/DSC_{each}.jpg")
    wait_for(lambda: safe(house)["safe"] and safe(house)["verified"] == 4, 30, "all is sent")
    look(house)
    both = {"Unsorted/No Faces/DSC_0.jpg", "Unsorted/No Faces/DSC_1.jpg"}
    for name in ("Gala", "Party"):
        (house.root / "Events" / name / "Unsorted/No Faces/DSC_0.jpg").unlink()
        [one] = [one for one in house.emulator.files() if one["path"].endswith(f"{name}/Unsorted/No Faces/DSC_1.jpg")]
        api(house, *trash(one["id"]))
    ok(house, "resync", "Gala")
    wait_for(lambda: (filed(house, "Gala"), sent(house, "Gala")) == (both, both), 20, "all of it is there again")
    wait_for(lambda: safe(house)["code"] == "taken_away", 20, "what is not on Drive any more is told")
    assert safe(house)["verified"] == 3
    assert filed(house, "Party") == {"Unsorted/No Faces/DSC_1.jpg"}
    assert sent(house, "Party") == {"Unsorted/No Faces/DSC_0.jpg"}
    ok(house, "resync")
    wait_for(lambda: (filed(house, "Party"), sent(house, "Party")) == (both, both), 20, "of all events, without a name")
    wait_for(lambda: safe(house)["safe"], 20, "it is safe")
