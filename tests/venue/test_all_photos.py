"""`All Photos`: besides their people's folders, everything of an event lies in one, here and on Drive."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.venue.house import House, wait_for
from tests.venue.pictures import FACES, scene, variant

pytestmark = pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0")

SENT = "upload"  # the requests that carry bytes


@pytest.mark.slow
def test_everything_lies_in_one_folder_too_while_the_event_wants_it(house: House, tmp_path: Path) -> None:
    """On amid the evening: nothing is sent again. Off: it goes, and its folder; on again, both come back.

    A lost ledger finds all in place.
    """
    guest = FACES / "one_guest.jpg"
    assert house.run("enroll", "Ana", str(guest)).returncode == 0
    house.drop(variant(guest, tmp_path / "a.jpg", 1), "A.jpg")
    house.drop(scene(tmp_path / "b.jpg", 2), "B.jpg")
    house.start()
    before = {"People/Ana/Solo/A.jpg", "Unsorted/No Faces/B.jpg"}
    wait_for(lambda: house.on_drive().keys() == before, 30, "both are on Drive")
    bytes_sent = carried(house)
    refused = house.run("events", "set", "default", "all_photos", "perhaps")
    assert refused.returncode == 2
    assert "true or false" in refused.stderr

    assert house.run("events", "set", "default", "all_photos", "true").returncode == 0
    both = before | {"All Photos/A.jpg", "All Photos/B.jpg"}
    wait_for(lambda: house.on_drive().keys() == both, 30, "both are there, too")
    assert carried(house) == bytes_sent
    house.until_done()
    assert house.json("status")["photos"]["filed"] == 1
    assert sorted(one["to"] for one in house.json("photos")) == [["Ana"], ["No Faces"]]

    house.drop(scene(tmp_path / "c.jpg", 3), "C.jpg")
    three = both | {"Unsorted/No Faces/C.jpg", "All Photos/C.jpg"}
    wait_for(lambda: house.on_drive().keys() == three, 30, "what is new is there")
    numbers = {one["name"]: str(one["id"]) for one in house.json("photos")}
    assert house.run("photos", "withdraw", numbers["C.jpg"]).returncode == 0
    wait_for(lambda: house.on_drive().keys() == both, 30, "withdrawn it is nowhere")
    assert house.run("undo").returncode == 0
    wait_for(lambda: house.on_drive().keys() == three, 30, "and back")
    house.until_done()
    house.assert_same_tree(3)

    house.stop()
    for store in (house.root / ".venuesync").glob("ledger*"):
        store.unlink()
    house.start()
    house.until_done()
    assert house.on_drive().keys() == three
    house.assert_same_tree(3)
    house.assert_invariants()

    assert house.run("events", "set", "default", "all_photos", "false").returncode == 0
    wait_for(lambda: house.on_drive().keys() == before | {"Unsorted/No Faces/C.jpg"}, 30, "it is as before")
    wait_for(lambda: not (house.root / "All Photos").exists(), 20, "its folder is gone here")
    wait_for(lambda: "venuesync/default/All Photos" not in house.folders_on_drive(), 20, "and there")
    house.assert_same_tree(3)

    assert house.run("events", "set", "default", "all_photos", "true").returncode == 0
    wait_for(lambda: house.on_drive().keys() == three, 30, "wanted again, all of it comes back")
    assert house.until_done().returncode == 0
    house.assert_same_tree(3)
    house.assert_invariants()


def carried(house: House) -> int:
    return sum(count for method, count in house.emulator.requests()["methods"].items() if SENT in method)


def test_what_somebody_keeps_there_stays(house: House, tmp_path: Path) -> None:
    """Somebody's own file, or folder, of that name is not touched; what is filed goes beside it."""
    own = house.root / "All Photos" / "mine.txt"
    own.parent.mkdir()
    own.write_text("mine")
    house.drop(scene(tmp_path / "b.jpg", 2), "B.jpg")
    house.start()
    wait_for(lambda: len(house.on_drive()) == 1, 30, "it is on Drive")
    assert house.run("events", "set", "default", "all_photos", "true").returncode == 0
    wait_for((house.root / "All Photos" / "B.jpg").exists, 20, "it is beside it")
    assert house.run("events", "set", "default", "all_photos", "false").returncode == 0
    wait_for(lambda: not (house.root / "All Photos" / "B.jpg").exists(), 20, "it is gone again")
    assert own.read_text() == "mine"
    wait_for(lambda: "All Photos/B.jpg" not in house.on_drive(), 20, "there, too")
    assert house.until_done().returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("theirs", [False, True], ids=["the old one goes", "the old one stays"])
def test_it_comes_back_to_where_the_event_went_meanwhile(house: House, tmp_path: Path, *, theirs: bool) -> None:
    """It was brought out of the trash of a folder that lay there itself, again and again, as fast as Drive answered."""
    emulator = house.emulator
    team, kind = emulator.client(), "application/vnd.google-apps.folder"
    given, other = (
        str(team.post("/drive/v3/files", json={"name": name, "mimeType": kind}).json()["id"])
        for name in ("Given", "Other")
    )
    emulator.grant("drive")
    house.start()
    assert house.run("events", "add", "Wedding", *(["--destination", other] if theirs else [])).returncode == 0
    assert house.run("events", "set", "Wedding", "all_photos", "true").returncode == 0
    photo = scene(tmp_path / "1.jpg", 1)
    (house.root / "Events/Wedding/Incoming/DSC_1.jpg").write_bytes(photo.read_bytes())

    def lies() -> list[str]:
        files = [one for one in emulator.files() if one.get("md5Checksum") and not one["trashed"]]
        return sorted(one["path"] for one in files)

    wait_for(lambda: len(lies()) == 2, 20, "it lies in both")
    assert house.run("events", "set", "Wedding", "all_photos", "false").returncode == 0
    gone = lambda: not [one for one in house.folders_on_drive() if one.endswith("All Photos")]  # noqa: E731
    wait_for(gone, 30, "the folder is gone")
    assert house.run("events", "set", "Wedding", "destination", given).returncode == 0
    wait_for(lambda: lies() == ["Given/Unsorted/No Faces/DSC_1.jpg"], 20, "the event went elsewhere")
    wait_for(lambda: theirs or "venuesync/Wedding" not in house.folders_on_drive(), 20, "and left nothing")
    emulator.forget_requests()
    assert house.run("events", "set", "Wedding", "all_photos", "true").returncode == 0
    both = ["Given/All Photos/DSC_1.jpg", "Given/Unsorted/No Faces/DSC_1.jpg"]
    wait_for(lambda: lies() == both, 20, "it is there again")
    assert emulator.requests()["methods"]["files.update"] < 10
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 20, "it is safe")
