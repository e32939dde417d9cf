"""What people do on Drive to single filed files is known by the next look at Drive's feed: no `verify` is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene
from tests.venue.test_people_commands import ok
from tests.venue.test_verify import api, filled, kinds, report
from tests.venue.test_verify_changed_on_drive import files
from tests.venue.test_verify_remembered import change, safe, trash
from tests.venue.weddings import look, read_to_its_end, wedding


@pytest.fixture(params=["with a source", "without"])
def at_drive(request: pytest.FixtureRequest, tmp_path: Path, house: House, anna: Photographer) -> House:
    """Two photos filed, sent and verified, the agent at work."""
    if request.param == "without":
        filled(tmp_path, house, 2)
        house.start()
    else:
        root = anna.folder("Anna", share=True)
        for number in range(2):
            anna.put(scene(tmp_path / "made.jpg", number), f"DSC_{number}.jpg", root)
        house.start()
        wedding(house, root)
    wait_for(lambda: safe(house)["safe"], 30, "all is sent")
    look(house)
    return house


def of_ours(house: House, name: str) -> dict[str, Any]:
    [one] = [one for one in files(house, name) if one["path"].startswith("venuesync/")]
    return one


def somewhere(house: House) -> str:
    return api(house, "POST", "files", {"name": "mine", "mimeType": "application/vnd.google-apps.folder"})["id"]


def move(house: House, file: str, to: str, out_of: str) -> None:
    with house.emulator.client("their browser") as drive:
        places = {"addParents": to, "removeParents": out_of}
        drive.patch(f"{house.emulator.url}/drive/v3/files/{file}", params=places, json={}).raise_for_status()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["deleted", "trashed", "changed", "moved"])
def test_a_look_tells_it_and_it_is_mended(at_drive: House, how: str) -> None:
    """It said "safe: all photos verified on Drive" for as long as nobody ran `verify`."""
    house = at_drive
    one = of_ours(house, "DSC_0.jpg")
    if how == "changed":
        change(house, one["id"])
    elif how == "moved":
        move(house, one["id"], somewhere(house), one["parent"])
    else:
        api(house, *(("DELETE", f"files/{one['id']}") if how == "deleted" else trash(one["id"])))
    look(house)
    wait_for(lambda: safe(house)["code"] == "taken_away", 5, "it is told")
    assert "venuesync verify --repair" in safe(house)["remedy"]
    assert safe(house)["verified"] == 1
    house.assert_invariants(drive=False)
    if how in ("deleted", "trashed"):
        ok(house, "retry", "--all")
    else:
        assert report(house, "--repair")[0] == 0
    wait_for(lambda: safe(house)["safe"], 30, "it is there again")
    look(house)
    wait_for(lambda: safe(house)["safe"], 5, "and stays so")
    assert report(house)[0] == 0
    there = [(now["md5Checksum"], now["parent"]) for now in files(house, "DSC_0.jpg")]
    assert (one["md5Checksum"], one["parent"]) in there


def test_what_goes_before_anybody_looked_at_drive_is_told(tmp_path: Path, house: House) -> None:
    """The feed was read from the first look on, up to a minute after the first photo was sent."""
    house.start()
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_1.jpg")
    wait_for(lambda: safe(house)["safe"], 30, "it is sent")
    api(house, *trash(of_ours(house, "DSC_1.jpg")["id"]))
    look(house)
    wait_for(lambda: safe(house)["code"] == "taken_away", 5, "it is told")


def test_a_new_folder_of_a_photographer_asks_for_nothing_that_was_deleted(tmp_path: Path, house: House) -> None:
    """All that counted as deleted was asked for again, however much, with every page that told of any folder."""
    filled(tmp_path, house, 12)
    house.start()
    wait_for(lambda: safe(house)["safe"], 30, "all is sent")
    look(house)
    for number in range(12):
        api(house, *trash(of_ours(house, f"DSC_{number}.jpg")["id"]))
    look(house)
    wait_for(lambda: len([one for one in house.json("photos") if one["amiss"]]) == 12, 10, "it is told")
    house.emulator.forget_requests()
    somewhere(house)
    look(house)
    wait_for(lambda: read_to_its_end(house), 10, "the feed is read")
    assert house.emulator.requests()["methods"]["files.get"] < 6  # the folders above them, once
    assert safe(house)["code"] == "taken_away"


@pytest.mark.slow
def test_what_goes_while_drive_loses_the_place_in_its_feed_is_told(tmp_path: Path, house: House) -> None:
    """The feed goes on at its end then, and told nobody: all was "safe" until somebody ran `verify`."""
    filled(tmp_path, house, 2)
    house.start()
    wait_for(lambda: read_to_its_end(house), 30, "the feed is read")
    assert house.stop() == 0
    (house.root / ".venuesync" / "agent.json").unlink(missing_ok=True)
    api(house, *trash(of_ours(house, "DSC_1.jpg")["id"]))
    house.emulator.expire("page_tokens")
    house.start()
    look(house)
    wait_for(lambda: safe(house)["code"] == "taken_away", 20, "it is told")
    assert safe(house)["verified"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("by", ["retry", "repair"])
def test_what_was_deleted_for_good_crosses_the_line_once_more(tmp_path: Path, house: House, by: str) -> None:
    """Its id is used up: asked for by that first, it is sent under another one alone."""
    house.start()
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_1.jpg")
    wait_for(lambda: safe(house)["safe"], 30, "it is sent")
    api(house, "DELETE", f"files/{of_ours(house, 'DSC_1.jpg')['id']}")
    look(house)
    wait_for(lambda: safe(house)["code"] == "taken_away", 5, "it is told")
    house.emulator.forget_requests()
    ok(house, *(["retry", "--all"] if by == "retry" else ["verify", "--repair"]))
    wait_for(lambda: safe(house)["safe"], 30, "it is there again")
    assert house.emulator.requests()["methods"]["files.create"] == 1


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__FOLDER_CHECK="3600")
@pytest.mark.parametrize("how", ["deleted", "trashed", "trashed with each in it"])
def test_a_folder_of_ours_that_goes_is_made_again_at_once(at_drive: House, how: str) -> None:
    """It said "safe" until folders were compared next. Drive may tell of the folder alone, or of all in it, too."""
    house = at_drive
    house.emulator.limits(log_descendants=how == "trashed with each in it")
    [folder] = files(house, "No Faces")
    api(house, *(("DELETE", f"files/{folder['id']}") if how == "deleted" else trash(folder["id"])))
    look(house)
    wait_for(lambda: files(house, "No Faces"), 20, "it is made again")
    wait_for(lambda: safe(house)["safe"], 20, "with what lay in it")
    assert report(house)[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize("how", ["trashed", "moved"])
def test_what_is_put_back_by_hand_is_verified_by_the_next_look(at_drive: House, how: str) -> None:
    house = at_drive
    one = of_ours(house, "DSC_0.jpg")
    folder = somewhere(house)
    if how == "trashed":
        api(house, *trash(one["id"]))
    else:
        move(house, one["id"], folder, one["parent"])
    look(house)
    wait_for(lambda: safe(house)["code"] == "taken_away", 5, "it is told")
    if how == "trashed":
        api(house, "PATCH", f"files/{one['id']}", {"trashed": False})
    else:
        move(house, one["id"], one["parent"], folder)
    look(house)
    wait_for(lambda: safe(house)["safe"], 5, "it is back")


@pytest.mark.slow
def test_what_we_do_there_ourselves_is_never_told(house: House, tmp_path: Path) -> None:
    filled(tmp_path, house, 3)
    house.start()
    wait_for(lambda: safe(house)["safe"], 30, "all is sent")
    [row, *_] = house.json("photos")
    for _ in range(3):
        ok(house, "photos", "withdraw", str(row["id"]))
        look(house)
        assert safe(house)["code"] != "taken_away"
        ok(house, "undo")
        look(house)
        assert safe(house)["code"] != "taken_away"
    wait_for(lambda: safe(house)["safe"], 30, "all is there again")
    look(house)
    wait_for(lambda: safe(house)["safe"], 5, "and stay so")


@pytest.mark.slow
@pytest.mark.parametrize("to", ["my own", "hers"])
def test_what_lies_in_another_folder_is_a_difference(tmp_path: Path, house: House, anna: Photographer, to: str) -> None:
    """`verify` said "All the same"."""
    filled(tmp_path, house, 2)
    hers = anna.folder("Anna")
    anna.share(hers, "writer")
    one = of_ours(house, "DSC_0.jpg")
    move(house, one["id"], somewhere(house) if to == "my own" else hers, one["parent"])
    code, found = report(house)
    assert (code, kinds(found)) == (1, [("drive", "moved", "DSC_0.jpg")])
    assert found["differences"][0]["repair"] == "in another folder on Drive: is moved back"
    code, found = report(house, "--repair")
    assert (code, found["repaired"]) == (0, 1)
    assert of_ours(house, "DSC_0.jpg")["id"] == one["id"]
    code, found = report(house)
    assert (code, found["differences"]) == (0, [])


@pytest.mark.slow
def test_a_folder_that_was_moved_out_of_our_tree_is_named_once(tmp_path: Path, house: House) -> None:
    filled(tmp_path, house, 3)
    [unsorted], [above] = files(house, "Unsorted"), files(house, "default")
    move(house, unsorted["id"], somewhere(house), above["id"])
    code, found = report(house)
    assert (code, kinds(found)) == (1, [("drive", "moved", "Unsorted")])
    assert found["differences"][0]["repair"] == "in another folder on Drive, with all in it: is moved back"
    assert report(house, "--repair")[0] == 0
    assert files(house, "Unsorted")[0]["parent"] == above["id"]
    assert report(house)[1]["differences"] == []
    house.assert_same_tree(3)
