"""A folder that an operator chose on Drive, and that is away for a while: what lies in it comes back with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.venue.house import House, wait_for
from tests.venue.pictures import scene
from tests.venue.running import of
from tests.venue.test_people_commands import ok
from tests.venue.test_verify import api, kinds, report
from tests.venue.test_verify_remembered import safe
from tests.venue.weddings import look, read_to_its_end

FOLDER = "application/vnd.google-apps.folder"
GONE = "The folder that was chosen on Drive is gone"


def party(house: House, tmp_path: Path) -> tuple[str, set[str]]:
    """The folder that was chosen for an event, and what lies in it: two photos."""
    house.emulator.grant("drive")
    with house.emulator.client("their browser") as theirs:
        made = theirs.post(f"{house.emulator.url}/drive/v3/files", json={"name": "Mine", "mimeType": FOLDER})
        mine = str(made.raise_for_status().json()["id"])
    ok(house, "events", "add", "Party", "--destination", mine)
    house.start()
    for number in range(2):
        house.drop(scene(tmp_path / "made.jpg", number), f"../Events/Party/Incoming/DSC_{number}.jpg")
    wait_for(lambda: safe(house)["safe"], 30, "all is sent")
    return mine, photos_on_drive(house)


def photos_on_drive(house: House) -> set[str]:
    return {one["id"] for one in house.emulator.files() if one.get("md5Checksum")}


@pytest.mark.slow
@pytest.mark.parametrize("meanwhile", [["verify"], ["verify", "retry"], ["repair"]])
def test_what_lies_there_is_not_missing_while_it_is_away(house: House, tmp_path: Path, meanwhile: list[str]) -> None:
    """`verify` called each photo missing: sent again by `--repair` or `retry`, all of it lay there twice, and more."""
    mine, before = party(house, tmp_path)
    api(house, "PATCH", f"files/{mine}", {"trashed": True})
    wait_for(lambda: GONE in house.run("errors").stdout, 30, "that it is away is told")
    for what in meanwhile:
        if what == "retry":
            ok(house, "retry", "--all")
            continue
        code, found = report(house, *(["--repair"] if what == "repair" else []))
        assert (code, kinds(found)) == (1, [("drive", "unseen", "Party")])
        assert "Bring it back out of Drive's trash" in found["differences"][0]["repair"]
    assert not safe(house)["safe"]
    api(house, "PATCH", f"files/{mine}", {"trashed": False})
    look(house)
    ok(house, "retry", "--all")
    wait_for(lambda: safe(house)["safe"], 30, "it is there again")
    assert photos_on_drive(house) == before
    assert report(house)[1]["differences"] == []


@pytest.mark.slow
def test_it_is_called_as_it_was_when_its_event_gets_another_name(house: House, tmp_path: Path) -> None:
    """It is the operator's own: theirs was renamed on Drive."""
    _, before = party(house, tmp_path)
    ok(house, "events", "set", "Party", "name", "Feast")
    house.drop(scene(tmp_path / "made.jpg", 2), "../Events/Party/Incoming/DSC_2.jpg")
    wait_for(lambda: len(photos_on_drive(house)) == 3 and safe(house)["safe"], 30, "one more is sent")
    house.stop()
    house.start()
    wait_for(lambda: safe(house)["safe"], 30, "another start is well, too")
    assert "Mine" in house.folders_on_drive() and "Feast" not in house.folders_on_drive()
    assert report(house)[1]["differences"] == []
    ok(house, "events", "set", "Feast", "destination", "")
    wait_for(lambda: "venuesync/Feast/Unsorted/No Faces" in house.folders_on_drive(), 30, "into a folder of ours")
    ok(house, "events", "set", "Feast", "name", "Ball")
    wait_for(lambda: "venuesync/Ball/Unsorted/No Faces" in house.folders_on_drive(), 30, "which is called as it is")
    wait_for(lambda: safe(house)["safe"], 30, "all is there")
    assert photos_on_drive(house) >= before and report(house)[1]["differences"] == []


@pytest.mark.slow
def test_what_went_to_the_trash_with_it_is_not_taken_away(house: House, tmp_path: Path) -> None:
    """The feed may tell of each photo in it: `retry` sent them again once it was back, and all lay there twice."""
    mine, before = party(house, tmp_path)
    house.emulator.limits(log_descendants=True)
    api(house, "PATCH", f"files/{mine}", {"trashed": True})
    look(house)
    wait_for(lambda: read_to_its_end(house), 10, "that is told")
    assert not any(one["amiss"] for one in house.json("photos"))
    wait_for(lambda: GONE in house.run("errors").stdout, 30, "that it is away is told")
    assert not safe(house)["safe"]
    api(house, "PATCH", f"files/{mine}", {"trashed": False})
    ok(house, "retry", "--all")
    wait_for(lambda: safe(house)["safe"], 30, "it is there again")
    assert photos_on_drive(house) == before


@pytest.mark.slow
def test_what_came_back_before_the_feed_told_it_is_not_sent_again(house: House, tmp_path: Path) -> None:
    """`retry` took the feed's last word for it, and each photo lay there twice."""
    _, before = party(house, tmp_path)
    for one in before:
        api(house, "PATCH", f"files/{one}", {"trashed": True})
    look(house)
    wait_for(lambda: all(one["amiss"] for one in house.json("photos")), 10, "they are told to be gone")
    house.emulator.lag(changes_ms=3600_000)
    for one in before:
        api(house, "PATCH", f"files/{one}", {"trashed": False})
    ok(house, "retry", "--all")
    wait_for(lambda: safe(house)["safe"], 30, "they lie there")
    assert photos_on_drive(house) == before


def test_the_status_says_where_it_is_told_why_folders_are_not_made(house: House) -> None:
    """It said that a folder was still to be made, and nothing of what to do."""
    house.emulator.grant("drive")
    with house.emulator.client("their browser") as theirs:
        made = theirs.post(f"{house.emulator.url}/drive/v3/files", json={"name": "Mine", "mimeType": FOLDER})
        mine = str(made.raise_for_status().json()["id"])
    ok(house, "events", "add", "Party", "--destination", mine)
    api(house, "PATCH", f"files/{mine}", {"trashed": True})
    house.start()
    ok(house, "enroll", "Mia", str(of("mia_lindqvist")[0]), "--event", "Party")
    wait_for(lambda: GONE in house.run("errors").stdout, 30, "that it is away is told")
    wait_for(lambda: safe(house)["code"] == "folder_refused", 10, "that is why nothing is made in it")
    assert safe(house)["remedy"] == "See: venuesync errors"


@pytest.mark.slow
def test_what_lies_there_is_sent_elsewhere_once_another_one_is_chosen(house: House, tmp_path: Path) -> None:
    house.emulator.grant("drive")
    with house.emulator.client("their browser") as theirs:
        url = f"{house.emulator.url}/drive/v3/files"
        mine, other = (theirs.post(url, json={"name": name, "mimeType": FOLDER}).json()["id"] for name in ("A", "B"))
    ok(house, "events", "add", "Party", "--destination", mine)
    house.start()
    house.drop(scene(tmp_path / "made.jpg", 1), "../Events/Party/Incoming/DSC_1.jpg")
    wait_for(lambda: safe(house)["safe"], 30, "all is sent")
    api(house, "DELETE", f"files/{mine}")
    wait_for(lambda: GONE in house.run("errors").stdout, 30, "that it is away is told")
    assert report(house, "--repair")[0] == 1
    ok(house, "events", "set", "Party", "destination", other)

    def lies_there() -> bool:
        files = [one for one in house.emulator.files() if one.get("md5Checksum") and not one["trashed"]]
        return [one["path"] for one in files] == ["B/Unsorted/No Faces/DSC_1.jpg"] and safe(house)["safe"]

    wait_for(lies_there, 30, "it lies in the other one")
    assert report(house)[1]["differences"] == []


@pytest.mark.slow
def test_until_done_ends_where_only_somebody_can_go_on(house: House, tmp_path: Path) -> None:
    """It waited for good, with `1 photo on its way to Drive`."""
    mine, _ = party(house, tmp_path)
    api(house, "PATCH", f"files/{mine}", {"trashed": True})
    wait_for(lambda: GONE in house.run("errors").stdout, 30, "that it is away is told")
    house.drop(scene(tmp_path / "made.jpg", 7), "../Events/Party/Incoming/DSC_7.jpg")
    told = wait_for(lambda: (now := safe(house))["on_the_way"] and now["outlook"] == "needs_you" and now, 30, "why")
    assert (told["code"], told["needs_somebody"], told["remedy"]) == ("folder_refused", True, "See: venuesync errors")
    assert told["reason"] == "the folder that was chosen on Drive is gone (Party), 1 photo waits here"
    house.drop(scene(tmp_path / "made.jpg", 8), "DSC_8.jpg")
    wait_for(lambda: house.json("status")["photos"]["verified"] == 3, 30, "others go on")
    house.stop()
    done = house.run("--no-ui", "--until-done", "--timeout", "60")
    assert (done.returncode, "Not done: the folder that was chosen on Drive is gone (Party)" in done.stderr) == (
        1,
        True,
    )
    api(house, "PATCH", f"files/{mine}", {"trashed": False})
    assert house.until_done(60).returncode == 0, "it is looked for before anything is said of it"


@pytest.mark.slow
def test_until_done_ends_where_nothing_may_be_put_into_the_folder_that_was_chosen(house: House, tmp_path: Path) -> None:
    house.emulator.grant("drive")
    with house.emulator.client("their browser") as theirs:
        made = theirs.post(f"{house.emulator.url}/drive/v3/files", json={"name": "Mine", "mimeType": FOLDER})
        ok(house, "events", "add", "Party", "--destination", str(made.raise_for_status().json()["id"]))
    no_right = {"method": "files.create", "status": 403, "reason": "insufficientFilePermissions", "times": 1000}
    house.emulator.faults([no_right])
    house.drop(scene(tmp_path / "made.jpg", 7), "../Events/Party/Incoming/DSC_7.jpg")
    done = house.run("--no-ui", "--until-done", "--timeout", "90", timeout=120)
    assert (done.returncode, "1 photo waits here. See: venuesync errors" in done.stderr) == (1, True), done.stderr
