"""Shared drives: items that belong to nobody, a log of their own."""

import uuid
from typing import Any

import httpx

from tests.emulator.conftest import FOLDER, listed, make, ok, reason
from tests.emulator.drive import Emulator

ALL = {"supportsAllDrives": "true", "includeItemsFromAllDrives": "true"}


def new_drive(api: httpx.Client, name: str = "Venue") -> str:
    return ok(api.post("/drive/v3/drives", params={"requestId": uuid.uuid4().hex}, json={"name": name}))["id"]


def told(api: httpx.Client, token: str, **parameters: str) -> list[dict[str, Any]]:
    got = ok(api.get("/drive/v3/changes", params={"pageToken": token, "fields": "*", **ALL, **parameters}))
    return got["changes"]


def test_a_drive_comes_changes_and_goes(api: httpx.Client):
    drive = new_drive(api)
    got = ok(api.get(f"/drive/v3/drives/{drive}", params={"fields": "*"}))
    assert got["name"] == "Venue" and got["capabilities"]["canAddChildren"] is True
    assert ok(api.patch(f"/drive/v3/drives/{drive}", json={"name": "Hall"}))["name"] == "Hall"
    assert drive in [each["id"] for each in ok(api.get("/drive/v3/drives", params={"pageSize": 100}))["drives"]]
    found = ok(api.get("/drive/v3/drives", params={"q": "name contains 'Hal'", "pageSize": 100}))["drives"]
    assert drive in [each["id"] for each in found]
    assert ok(api.post(f"/drive/v3/drives/{drive}/hide", params={"fields": "hidden"}))["hidden"] is True
    assert ok(api.post(f"/drive/v3/drives/{drive}/unhide", params={"fields": "hidden"}))["hidden"] is False
    made = make(api, parents=[drive])["id"]
    assert api.delete(f"/drive/v3/drives/{drive}").status_code == 403
    assert api.delete(f"/drive/v3/files/{made}", params=ALL).status_code == 204
    assert api.delete(f"/drive/v3/drives/{drive}").status_code == 204
    assert reason(api.get(f"/drive/v3/drives/{drive}")) == (404, "notFound")


def test_the_same_request_makes_one_drive(api: httpx.Client):
    request = {"requestId": uuid.uuid4().hex}
    assert ok(api.post("/drive/v3/drives", params=request, json={"name": "once"}))
    assert api.post("/drive/v3/drives", params=request, json={"name": "once"}).status_code == 409
    assert reason(api.post("/drive/v3/drives", json={"name": "x"})) == (400, "required")


def test_items_show_to_those_who_ask_for_them(api: httpx.Client):
    drive = new_drive(api)
    made = make(api, name="inside", parents=[drive])
    assert made["driveId"] == drive and "owners" not in made and "ownedByMe" not in made
    assert api.get(f"/drive/v3/files/{made['id']}").status_code == 404
    assert ok(api.get(f"/drive/v3/files/{made['id']}", params=ALL))["name"] == "inside"
    assert listed(api, f"'{drive}' in parents") == []
    assert listed(api, f"'{drive}' in parents", **ALL) == ["inside"]
    assert listed(api, "", corpora="drive", driveId=drive, **ALL) == ["inside"]
    assert api.get("/drive/v3/files", params={"corpora": "drive", **ALL}).status_code == 400
    assert reason(api.post("/drive/v3/files", json={"parents": [drive]})) == (404, "notFound")


def test_a_drive_has_its_own_log(emulator: Emulator):
    with emulator.client() as api:
        drive, other = new_drive(api), new_drive(api)
        own = {"driveId": drive, **ALL}
        token = ok(api.get("/drive/v3/changes/startPageToken", params=own))["startPageToken"]
        mine = ok(api.get("/drive/v3/changes/startPageToken"))["startPageToken"]
        make(api, name="mine")
        made, _ = make(api, parents=[drive])["id"], make(api, parents=[other])
        assert [each["fileId"] for each in told(api, token, driveId=drive)] == [made]
        assert len(told(api, mine)) == 3
        assert len(told(api, mine, includeItemsFromAllDrives="false")) == 1
        assert reason(api.get("/drive/v3/changes", params={"pageToken": mine, **own})) == (400, "invalid")
        ok(api.patch(f"/drive/v3/drives/{drive}", json={"name": "renamed"}))
        (change,) = [each for each in told(api, token, driveId=drive) if each["changeType"] == "drive"]
        assert change["drive"]["name"] == "renamed" and change["driveId"] == drive


def test_moving_out_of_a_drive_looks_like_removal_there(emulator: Emulator):
    with emulator.client() as api:
        drive = new_drive(api)
        made = make(api, parents=[drive])["id"]
        token = ok(api.get("/drive/v3/changes/startPageToken", params={"driveId": drive, **ALL}))["startPageToken"]
        ok(api.patch(f"/drive/v3/files/{made}", params={"addParents": "root", "removeParents": drive, **ALL}, json={}))
        (change,) = told(api, token, driveId=drive)
        assert change["removed"] is True and "file" not in change
        (kept,) = told(api, token, driveId=drive, includeCorpusRemovals="true")
        assert kept["file"]["id"] == made
        assert ok(api.get(f"/drive/v3/files/{made}", params={"fields": "ownedByMe"}))["ownedByMe"] is True
        into = ok(
            api.patch(
                f"/drive/v3/files/{made}",
                params={"addParents": drive, "removeParents": "root", "fields": "driveId", **ALL},
                json={},
            )
        )
        assert into == {"driveId": drive}


def test_folders_do_not_move_into_drives(api: httpx.Client, folder: str):
    answer = api.patch(f"/drive/v3/files/{folder}", params={"addParents": new_drive(api), **ALL}, json={})
    assert reason(answer) == (403, "teamDrivesFolderMoveInNotSupported")


def test_managers_move_a_folder_between_drives_with_all_below_it(emulator: Emulator):
    emulator.limits(move_folders=True)
    with emulator.client() as api, emulator.client(account="ana@example.com") as hers:
        one, other = new_drive(api), new_drive(api)
        member = {"type": "user", "role": "reader", "emailAddress": "ana@example.com"}
        ok(api.post(f"/drive/v3/files/{other}/permissions", params=ALL, json=member))
        folder = make(api, parents=[one], mimeType=FOLDER)["id"]
        inside = make(api, parents=[make(api, parents=[folder], mimeType=FOLDER)["id"]])["id"]
        start = "/drive/v3/changes/startPageToken"
        left, came = (ok(api.get(start, params={"driveId": each, **ALL}))["startPageToken"] for each in (one, other))
        shown = {"fields": "driveId,ownedByMe", **ALL}
        for to, then in ((other, {"driveId": other}), ("root", {"ownedByMe": True}), (one, {"driveId": one})):
            ok(api.patch(f"/drive/v3/files/{folder}", params={"addParents": to, **ALL}, json={}))
            assert [ok(api.get(f"/drive/v3/files/{each}", params=shown)) for each in (folder, inside)] == [then] * 2
            assert (hers.get(f"/drive/v3/files/{inside}", params=ALL).status_code == 200) is (to == other)
            told_there = [(each["fileId"], each["removed"]) for each in told(api, left, driveId=one)]
            assert told_there == [(folder, to != one)], "what lies below says nothing"
        assert [(each["fileId"], each["removed"]) for each in told(api, came, driveId=other)] == [(folder, True)]


def test_members_see_it_and_others_do_not(emulator: Emulator):
    with emulator.client() as mine, emulator.client(account="ana@example.com") as hers:
        drive = new_drive(mine)
        made = make(mine, name="inside", parents=[drive])["id"]
        assert hers.get(f"/drive/v3/files/{made}", params=ALL).status_code == 404
        member = {"type": "user", "role": "fileOrganizer", "emailAddress": "ana@example.com"}
        ok(mine.post(f"/drive/v3/files/{drive}/permissions", params=ALL, json=member))
        assert [each["id"] for each in ok(hers.get("/drive/v3/drives"))["drives"]] == [drive]
        assert ok(hers.patch(f"/drive/v3/files/{made}", params=ALL, json={"trashed": True}))
        assert hers.patch(f"/drive/v3/drives/{drive}", json={"name": "x"}).status_code == 403
        shown = ok(mine.get(f"/drive/v3/files/{made}/permissions", params={"fields": "*", **ALL}))["permissions"]
        assert {each["permissionDetails"][0]["permissionType"] for each in shown} == {"member"}


def test_a_full_drive_takes_no_more(emulator: Emulator):
    with emulator.client() as api:
        drive = new_drive(api)
        emulator.limits(drive_items=1)
        make(api, parents=[drive], mimeType=FOLDER)
        answer = api.post("/drive/v3/files", params=ALL, json={"parents": [drive]})
        assert reason(answer) == (403, "teamDriveFileLimitExceeded")
