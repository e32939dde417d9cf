"""What people do to our files on Drive, as `verify` names it: one mending is enough, and what is theirs stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.venue.house import House, wait_for
from tests.venue.test_verify import api, filled, kinds, report


def files(house: House, name: str) -> list[dict[str, Any]]:
    return [one for one in house.emulator.files() if one["name"] == name and not one["trashed"]]


@pytest.mark.slow
def test_what_somebody_changed_on_drive_stays_beside_ours_by_one_mending(tmp_path: Path, house: House) -> None:
    """It was sent again, and what they had made of it was a double then, which went to Drive's trash."""
    filled(tmp_path, house, 2)
    [was] = files(house, "DSC_0.jpg")
    with house.emulator.client("venuesync") as drive:
        url = f"{house.emulator.url}/upload/drive/v3/files/{was['id']}"
        drive.patch(url, params={"uploadType": "media"}, content=b"edited by somebody").raise_for_status()
    code, found = report(house, "--repair")
    assert (code, kinds(found)) == (0, [("drive", "changed", "DSC_0.jpg")])
    assert house.until_done().returncode == 0
    for more in ((), ("--repair",), ()):
        code, found = report(house, *more)
        assert (code, found["differences"]) == (0, [])
    there = {one["id"]: one["md5Checksum"] for one in files(house, "DSC_0.jpg")}
    assert len(there) == 2
    assert was["id"] in there and was["md5Checksum"] in there.values()


def test_what_somebody_moved_before_its_folder_was_deleted_is_of_no_removed_event(tmp_path: Path, house: House) -> None:
    filled(tmp_path, house, 2)
    house.start()
    [moved], [top] = files(house, "DSC_0.jpg"), files(house, "venuesync")
    folder = api(house, "POST", "files", {"name": "mine", "mimeType": "application/vnd.google-apps.folder"})["id"]
    api(house, "PATCH", f"files/{moved['id']}?addParents={folder}&removeParents={moved['parent']}", {})
    api(house, "DELETE", f"files/{top['id']}")
    wait_for(lambda: len(files(house, "DSC_0.jpg")) == 2, 60, "its folder is made again, and filled")
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "all is there")
    code, found = report(house)
    assert (code, [one["repair"] for one in found["differences"]]) == (0, ["in no folder of ours: left alone"])


def test_what_somebody_changed_in_a_folder_that_came_back_is_theirs(tmp_path: Path, house: House) -> None:
    """The folder was made again, and merged once it was out of the trash: marked as ours as it was, what they had made
    of a photo in it went to the trash with the doubles.
    """
    filled(tmp_path, house, 2)
    house.start()
    [edited], [folder] = files(house, "DSC_0.jpg"), files(house, "No Faces")
    api(house, "PATCH", f"files/{folder['id']}", {"trashed": True})
    wait_for(lambda: files(house, "DSC_0.jpg"), 60, "its folder is made again, and filled")
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "all is there")
    api(house, "PATCH", f"files/{folder['id']}", {"trashed": False})
    with house.emulator.client("venuesync") as drive:
        url = f"{house.emulator.url}/upload/drive/v3/files/{edited['id']}"
        drive.patch(url, params={"uploadType": "media"}, content=b"edited by somebody").raise_for_status()
    code, found = report(house, "--repair")
    assert (code, kinds(found)) == (
        0,
        [("drive", "changed", "DSC_0.jpg"), ("drive", "doubled", "No Faces"), ("drive", "extra", "DSC_1.jpg")],
    )
    wait_for(lambda: report(house)[1]["differences"] == [], 30, "all is the same")
    assert edited["id"] in [one["id"] for one in files(house, "DSC_0.jpg")]
    assert [len(files(house, name)) for name in ("DSC_0.jpg", "DSC_1.jpg", "No Faces")] == [2, 1, 1]


def test_our_topmost_folder_is_called_by_its_name_where_it_came_back(tmp_path: Path, house: House) -> None:
    """It was called `/`."""
    filled(tmp_path, house, 1)
    house.start()
    [top] = files(house, "venuesync")
    api(house, "PATCH", f"files/{top['id']}", {"trashed": True})
    wait_for(lambda: files(house, "DSC_0.jpg"), 60, "all is made again, and filled")
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "all is there")
    api(house, "PATCH", f"files/{top['id']}", {"trashed": False})
    doubled = sorted(one["path"] for one in report(house, "--repair")[1]["differences"] if one["kind"] == "doubled")
    assert doubled == ["default/", "default/Unsorted/", "default/Unsorted/No Faces/", "venuesync/"]
    wait_for(lambda: report(house)[1]["differences"] == [], 30, "all is the same")
