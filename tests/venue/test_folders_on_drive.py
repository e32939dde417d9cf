"""Folders on Drive as people treat them: renamed, moved, trashed, deleted, filled to the brim."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.venue.house import House, wait_for
from tests.venue.pictures import FACES, scene, variant
from tests.venue.running import of


@pytest.fixture
def open_house(house: House) -> House:
    house.environ["VENUESYNC_DRIVE__FOLDER_CHECK"] = "1"
    return house


def change(house: House, path: str, **body: Any) -> None:
    """A person's change in the browser."""
    found = next(one for one in house.emulator.files() if one["path"] == path and not one["trashed"])
    with house.emulator.client("browser") as client:
        answer = client.patch(f"{house.emulator.url}/drive/v3/files/{found['id']}", **body)
        assert answer.status_code == 200, answer.text


def drop(tmp_path: Path, house: House, *numbers: int) -> None:
    for number in numbers:
        house.drop(scene(tmp_path / "made.jpg", number), f"DSC_{number:04}.jpg")


def verified(house: House, count: int) -> None:
    wait_for(lambda: house.json("status")["photos"]["verified"] == count, 20, f"{count} photos verified")


def test_renamed_and_moved_folders_are_followed(tmp_path: Path, open_house: House) -> None:
    house = open_house
    house.start()
    drop(tmp_path, house, 1)
    verified(house, 1)
    change(house, "venuesync/default/Unsorted/No Faces", json={"name": "Nobody on it"})
    change(house, "venuesync", json={"name": "Wedding 2026"})
    drop(tmp_path, house, 2)
    verified(house, 2)
    paths = sorted(one["path"] for one in house.emulator.files() if one.get("md5Checksum"))
    assert paths == [f"Wedding 2026/default/Unsorted/Nobody on it/DSC_000{number}.jpg" for number in (1, 2)]


@pytest.mark.slow
def test_a_folder_that_lists_still_show_full_goes_once_they_do_not(open_house: House, tmp_path: Path) -> None:
    """It stayed for an hour, with the name of somebody whom nobody wants to see any more."""
    house = open_house
    guest = FACES / "one_guest.jpg"
    assert house.run("enroll", "Ana", str(guest)).returncode == 0
    house.start()
    house.drop(variant(guest, tmp_path / "a.jpg", 1), "A.jpg")
    wait_for(lambda: house.on_drive().keys() == {"People/Ana/Solo/A.jpg"}, 20, "it is on Drive")
    house.emulator.lag(list_ms=4000)
    assert house.run("undo").returncode == 0
    wait_for(lambda: house.on_drive().keys() == {"Unsorted/Unknown/A.jpg"}, 20, "nobody knows her")
    wait_for(lambda: "venuesync/default/People/Ana" not in house.folders_on_drive(), 40, "nor is her folder there")


@pytest.mark.slow
def test_a_folder_that_drive_does_not_let_us_rename_holds_no_other_up(open_house: House) -> None:
    """Nothing else was renamed or looked after from then on, and nobody was told why it was not safe."""
    house = open_house
    guest = str(FACES / "one_guest.jpg")
    house.start()
    assert house.run("events", "add", "Wedding").returncode == 0
    assert house.run("enroll", "Ana", guest).returncode == 0
    assert house.run("enroll", "Mia", guest, "--event", "Wedding").returncode == 0
    ana, mia = "venuesync/default/People/Ana", "venuesync/Wedding/People/Mia"
    wait_for(lambda: {ana, mia} <= {*house.folders_on_drive()}, 20, "their folders are there")
    (refused,) = [one["id"] for one in house.emulator.files() if one["path"] == ana]
    house.emulator.faults(
        {"method": "files.update", "file_id": refused, "reason": "insufficientFilePermissions", "times": None}
    )
    assert house.run("people", "rename", "Ana", "Anne").returncode == 0
    (told,) = wait_for(lambda: house.json("errors")["open"], 20, "it is told")
    assert (told["title"], told["subjects"]) == ("No right to write into this file or folder", ["Anne"])
    assert house.run("people", "rename", "Mia", "Maja").returncode == 0
    wait_for(lambda: "venuesync/Wedding/People/Maja" in house.folders_on_drive(), 20, "hers is renamed")
    house.emulator.clear_faults()
    assert house.run("retry", "--all").returncode == 0
    wait_for(lambda: "venuesync/default/People/Anne" in house.folders_on_drive(), 20, "and so is the other")
    wait_for(lambda: not house.json("errors")["open"], 10, "nothing is told any more")


@pytest.mark.slow
def test_an_event_that_drive_does_not_let_move_is_told_asked_for_seldom_and_goes_elsewhere_at_once(
    tmp_path: Path, open_house: House
) -> None:
    """Nobody was told, and it was asked for as often as folders are compared, and with each photo that came."""
    house, kind = open_house, "application/vnd.google-apps.folder"
    given, other = (made(house, "browser", name=name, mimeType=kind)["id"] for name in ("Given", "Other"))
    house.emulator.grant("drive")
    house.start()
    assert house.run("events", "add", "Wedding").returncode == 0
    photo = scene(tmp_path / "made.jpg", 1)
    house.drop(photo, "../Events/Wedding/Incoming/DSC_1.jpg")
    verified(house, 1)
    (stays,) = [one["id"] for one in house.emulator.files() if one["path"] == "venuesync/Wedding/Unsorted"]
    house.emulator.faults(
        {"method": "files.update", "file_id": stays, "reason": "insufficientFilePermissions", "times": None}
    )
    assert house.run("events", "set", "Wedding", "destination", given).returncode == 0
    (told,) = wait_for(lambda: house.json("errors")["open"], 20, "it is told")
    assert (told["title"], told["subjects"]) == ("An event's folder cannot be moved on Drive", ["Wedding"])
    house.emulator.forget_requests()
    drop(tmp_path, house, 2)  # with whose folders all are looked at
    verified(house, 2)
    compared = lambda: house.emulator.requests()["methods"].get("files.list", 0) >= 3  # noqa: E731
    wait_for(compared, 20, "folders are compared again and again")
    assert house.emulator.requests()["methods"].get("files.update", 0) == 0
    (told,) = house.json("errors")["open"]
    assert told["count"] == 1
    house.emulator.clear_faults()
    assert house.run("events", "set", "Wedding", "destination", other).returncode == 0
    there = "Other/Unsorted/No Faces/DSC_1.jpg"
    wait_for(lambda: there in {one["path"] for one in house.emulator.files()}, 10, "it goes elsewhere")
    wait_for(lambda: not house.json("errors")["open"], 10, "nothing is told any more")


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__FOLDER_CHECK="3600")
def test_a_folder_that_drive_refused_is_tried_again_soon_however_rarely_all_are_compared(
    tmp_path: Path, house: House
) -> None:
    house.emulator.faults([{"method": "files.create", "status": 400, "reason": "invalid", "times": 1}])
    house.start()
    drop(tmp_path, house, 1)
    wait_for(lambda: house.json("errors")["open"], 20, "it is said")
    wait_for(lambda: house.json("status")["photos"]["verified"] == 1, 40, "it is made after all")
    assert house.json("errors")["open"] == []


@pytest.mark.slow
@pytest.mark.parametrize("path", ["venuesync/default/Unsorted/No Faces", "venuesync/default", "venuesync"])
def test_a_trashed_folder_is_made_again_and_refilled(tmp_path: Path, open_house: House, path: str) -> None:
    house = open_house
    house.start()
    drop(tmp_path, house, 1, 2)
    verified(house, 2)
    change(house, path, json={"trashed": True})
    wait_for(lambda: len(house.on_drive()) == 2, 25, "both are there again")
    verified(house, 2)
    house.assert_same_tree(2)
    assert any("removed on Drive: made again" in one["text"] for one in house.json("activity"))


@pytest.mark.slow
def test_a_deleted_folder_of_a_person_is_made_again_by_its_own_name(tmp_path: Path, open_house: House) -> None:
    house = open_house
    assert house.run("enroll", "Ana", str(FACES / "one_guest.jpg")).returncode == 0
    house.start()
    house.drop(variant(FACES / "one_guest.jpg", tmp_path / "made.jpg", 1), "DSC_0001.jpg")
    verified(house, 1)
    found = next(one for one in house.emulator.files() if one["path"] == "venuesync/default/People/Ana")
    with house.emulator.client("browser") as client:
        assert client.delete(f"{house.emulator.url}/drive/v3/files/{found['id']}").status_code == 204
    wait_for(lambda: "People/Ana/Solo/DSC_0001.jpg" in house.on_drive(), 25, "it is there again")
    house.assert_same_tree(1)


@pytest.mark.slow
@pytest.mark.parametrize("slow", [False, True], ids=["", "many on their way"])
def test_a_full_folder_is_continued_in_another(tmp_path: Path, open_house: House, slow: bool) -> None:
    """What is in it stays, no photo fails, and a lost ledger finds all of them again."""
    house = open_house
    house.emulator.limits(children=5)
    if slow:
        house.emulator.faults({"method": "files.create", "delay_ms": 1000, "times": None})
    drop(tmp_path, house, *range(12))
    done = house.until_done()
    assert done.returncode == 0, done.stdout + done.stderr
    folders = [Path(path).parent.name for path in house.on_drive()]
    assert sorted(set(folders)) == ["No Faces", "No Faces (2)", "No Faces (3)"]
    assert len(folders) == 12
    ids = {one["id"] for one in house.emulator.files() if not one["trashed"]}
    for part in (house.root / ".venuesync").glob("ledger.sqlite*"):
        part.unlink()
    assert house.until_done().returncode == 0
    assert {one["id"] for one in house.emulator.files() if not one["trashed"]} == ids
    drop(tmp_path, house, 40, 41, 42, 43)
    assert house.until_done().returncode == 0
    assert len(house.on_drive()) == 16


@pytest.mark.slow
@pytest.mark.parametrize("lost", ["No Faces", "No Faces (2)"])
def test_a_full_folder_or_the_one_beside_it_is_removed(tmp_path: Path, open_house: House, lost: str) -> None:
    """What lay in a full one was verified for good, and what was left in it was sent once more with the other's."""
    house = open_house
    house.emulator.limits(children=4)
    drop(tmp_path, house, *range(6))
    house.start()
    verified(house, 6)
    kept = {
        one["id"]
        for one in house.emulator.files()
        if one["path"].endswith(".jpg") and one["path"].split("/")[-2] != lost
    }
    change(house, f"venuesync/default/Unsorted/{lost}", json={"trashed": True})
    noticed = lambda: any("removed on Drive" in one["text"] for one in house.json("activity"))  # noqa: E731
    wait_for(noticed, 20, "it is noticed")
    verified(house, 6)
    there = [one for one in house.emulator.files() if one["path"].endswith(".jpg") and not one["trashed"]]
    assert len(there) == 6 and kept <= {one["id"] for one in there}
    assert house.run("verify").returncode == 0


@pytest.mark.slow
def test_many_people_at_once(tmp_path: Path, open_house: House) -> None:
    """Fifty enrolments leave 150 folders, each once, none twice by a lost answer."""
    house = open_house
    house.emulator.faults(
        [
            {"method": "files.create", "drop": True, "after_commit": True, "times": 5},
            {"method": "files.create", "status": 503, "reason": "backendError", "times": 5},
        ]
    )
    refs = tmp_path / "refs"
    refs.mkdir()
    for number in range(50):
        (refs / f"Guest of honour {number}.jpg").write_bytes((FACES / "one_guest.jpg").read_bytes())
    assert house.run("enroll", "--from", str(refs)).returncode == 0
    assert house.until_done().returncode == 0
    folders = house.folders_on_drive()
    assert len(folders) == len(set(folders)) == 3 + 50 * 3


@pytest.mark.slow
def test_whoever_is_enrolled_while_lists_lag_has_their_folders_at_once(tmp_path: Path, open_house: House) -> None:
    """Each of 150 folders that no list showed yet was asked for by itself, over and over, and nothing else was done."""
    house, folder = open_house, "venuesync/default/People/Mia/Group"
    refs = tmp_path / "refs"
    refs.mkdir()
    for number in range(50):
        (refs / f"Guest of honour {number}.jpg").write_bytes((FACES / "one_guest.jpg").read_bytes())
    assert house.run("enroll", "--from", str(refs)).returncode == 0
    house.emulator.lag(list_ms=300_000)
    house.emulator.post("link", {"latency_ms": 100, "uplink_mbps": 0})
    house.start()
    wait_for(lambda: len(house.folders_on_drive()) == 3 + 50 * 3, 60, "all are there")
    house.emulator.forget_requests()
    wait_for(lambda: house.emulator.requests()["methods"].get("files.get", 0), 30, "they are looked for")
    assert house.run("enroll", "Mia", str(of("mia_lindqvist")[0])).returncode == 0
    wait_for(lambda: folder in house.folders_on_drive(), 5, "hers are there, too")


def made(house: House, client: str, **body: Any) -> dict[str, Any]:
    with house.emulator.client(client) as api:
        answer = api.post("/drive/v3/files", params={"fields": "id,appProperties"}, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.mark.slow
def test_a_folder_of_somebodys_with_the_same_name_is_left_alone(tmp_path: Path, open_house: House) -> None:
    """Ours are known by their ids: never by a name, before or after the ledger is lost."""
    house = open_house
    theirs = made(house, "browser", name="venuesync", mimeType="application/vnd.google-apps.folder")["id"]
    drop(tmp_path, house, 1)
    assert house.until_done().returncode == 0
    for part in (house.root / ".venuesync").glob("ledger.sqlite*"):
        part.unlink()
    drop(tmp_path, house, 2)
    assert house.until_done().returncode == 0
    tops = [one for one in house.emulator.files() if one["path"] == "venuesync" and not one["trashed"]]
    assert len(tops) == 2
    with house.emulator.client("browser") as api:
        assert api.get("/drive/v3/files", params={"q": f"'{theirs}' in parents"}).json()["files"] == []
    assert len([one for one in house.emulator.files() if one.get("md5Checksum") and not one["trashed"]]) == 2


@pytest.mark.slow
def test_two_folders_with_the_same_mark_are_one_again(tmp_path: Path, open_house: House) -> None:
    """After a ledger was lost the older one is adopted, nothing is sent twice, and `verify --repair` merges them."""
    house = open_house
    drop(tmp_path, house, 1, 2)
    assert house.until_done().returncode == 0
    ours = {one["path"].rpartition("/")[2]: one for one in house.emulator.files()}
    folder, moved = ours["No Faces"], ours["DSC_0002.jpg"]
    with house.emulator.client("venuesync") as api:
        fields = {"fields": "name,mimeType,parents,appProperties"}
        twin = made(house, "venuesync", **api.get(f"/drive/v3/files/{folder['id']}", params=fields).json())["id"]
        where = {"addParents": twin, "removeParents": folder["id"]}
        assert api.patch(f"/drive/v3/files/{moved['id']}", params=where, json={}).status_code == 200
    for part in (house.root / ".venuesync").glob("ledger.sqlite*"):
        part.unlink()
    assert house.until_done().returncode == 0
    for _ in range(2):  # the second one takes what became double by the merging
        assert house.run("verify", "--repair").returncode == 0
    assert house.run("verify").returncode == 0
    house.assert_same_tree(2)


@pytest.mark.slow
def test_looking_after_folders_costs_the_same_at_any_number_of_photos(tmp_path: Path, open_house: House) -> None:
    house = open_house
    house.start()

    def bytes_of_a_look() -> float:
        house.emulator.forget_requests()
        wait_for(lambda: house.emulator.requests()["methods"], 20, "Drive is asked")
        asked = house.emulator.requests()
        return asked["bytes_out"] / asked["methods"]["files.list"] if len(asked["methods"]) == 1 else bytes_of_a_look()

    drop(tmp_path, house, 1)
    verified(house, 1)
    few = bytes_of_a_look()
    drop(tmp_path, house, *range(2, 10))
    verified(house, 9)
    assert bytes_of_a_look() == few
