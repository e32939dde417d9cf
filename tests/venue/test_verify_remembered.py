"""What `verify` finds gone or changed on Drive is not verified any more, and is said until it is mended or decided."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.venue.house import House, wait_for
from tests.venue.test_people_commands import of, ok
from tests.venue.test_verify import api, filled, kinds, report
from tests.venue.test_verify_changed_on_drive import files

TOLD = "1 photo was deleted or changed on Drive by hand"


def safe(house: House) -> dict[str, Any]:
    return house.json("status")["safe_to_leave"]


def change(house: House, file: str) -> None:
    with house.emulator.client("venuesync") as drive:
        url = f"{house.emulator.url}/upload/drive/v3/files/{file}"
        drive.patch(url, params={"uploadType": "media"}, content=b"edited by somebody").raise_for_status()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["deleted", "trashed", "changed"])
def test_status_says_it_until_it_is_mended(tmp_path: Path, house: House, how: str) -> None:
    """It said "safe: all 3 photos verified on Drive" the moment after `verify` had named one that was not there."""
    filled(tmp_path, house, 3)
    house.start()
    wait_for(lambda: safe(house)["safe"], 30, "all is sent")
    [one] = files(house, "DSC_0.jpg")
    if how == "changed":
        change(house, one["id"])
    else:
        api(house, *(("DELETE", f"files/{one['id']}") if how == "deleted" else trash(one["id"])))
    code, found = report(house)
    assert (code, kinds(found)) == (1, [("drive", "changed" if how == "changed" else "missing", "DSC_0.jpg")])
    for again in range(2):
        wait_for(lambda: safe(house)["code"] == "taken_away", 10, "it is remembered")
        now = house.json("status")
        assert now["safe_to_leave"]["reason"] == TOLD
        assert "venuesync verify --repair" in now["safe_to_leave"]["remedy"]
        assert (now["safe_to_leave"]["verified"], now["photos"]["verified"], now["uploads"]["verified"]) == (2, 2, 2)
        assert (now["safe_to_leave"]["needs_you"], now["safe_to_leave"]["on_the_way"]) == (1, 0)
        assert house.run("status", "--check").returncode == 1
        rows = {one["name"]: (bool(one["verified_at"]), one["amiss"]) for one in house.json("photos")}
        assert rows == {"DSC_0.jpg": (False, True), "DSC_1.jpg": (True, False), "DSC_2.jpg": (True, False)}
        assert [one["photo"] for one in house.json("uploads", "--state", "failed")] == ["DSC_0.jpg"]
        house.assert_invariants(drive=False)
        if not again:  # also by the next agent
            assert house.stop() == 0
            (house.root / ".venuesync" / "agent.json").unlink(missing_ok=True)
            house.start()
    assert report(house, "--repair")[0] == 0
    wait_for(lambda: safe(house)["safe"], 30, "it is sent again")
    assert safe(house)["reason"] == "all 3 photos verified on Drive"
    assert (report(house)[0], safe(house)["safe"]) == (0, True)


def trash(id: str) -> tuple[Any, ...]:
    return "PATCH", f"files/{id}", {"trashed": True}


def test_retry_sends_it_again_and_what_is_back_by_itself_is_verified(tmp_path: Path, house: House) -> None:
    filled(tmp_path, house, 2)
    house.start()
    ids = [files(house, f"DSC_{number}.jpg")[0]["id"] for number in (0, 1)]
    for one in ids:
        api(house, *trash(one))
    report(house)
    wait_for(lambda: safe(house)["code"] == "taken_away", 10, "it is remembered")
    api(house, "PATCH", f"files/{ids[0]}", {"trashed": False})
    report(house)
    wait_for(lambda: safe(house)["reason"] == TOLD, 10, "one is back")
    ok(house, "retry", "--all")
    wait_for(lambda: safe(house)["safe"], 30, "the other one is sent again")
    house.assert_same_tree(2)


@pytest.mark.slow
def test_whoever_is_on_it_has_one_less_on_drive_and_withdrawing_it_decides_it(house: House) -> None:
    ok(house, "enroll", "Mia", str(of("mia_lindqvist")[0]))
    for number, photo in enumerate(of("mia_lindqvist")[1:]):
        house.drop(photo, f"IMG_{number}.jpg")
    assert house.until_done().returncode == 0
    house.start()
    [one] = files(house, "IMG_0.jpg")
    api(house, "DELETE", f"files/{one['id']}")
    report(house)
    wait_for(lambda: safe(house)["code"] == "taken_away", 10, "it is remembered")
    [mia] = house.json("people")
    assert (mia["solo"], mia["on_drive"]) == (2, 1)
    [row] = [one for one in house.json("photos") if one["name"] == "IMG_0.jpg"]
    ok(house, "photos", "withdraw", str(row["id"]))
    wait_for(lambda: safe(house)["safe"], 30, "it is decided")
    assert safe(house)["verified"] == 1
