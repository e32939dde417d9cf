"""Sharing: permissions, and what other people then see."""

from typing import Any

import httpx
import pytest

from tests.emulator.conftest import FOLDER, listed, make, ok, put, reason
from tests.emulator.drive import Emulator

PHOTOGRAPHER = "ana@example.com"


def share(api: httpx.Client, file_id: str, **body: Any) -> dict[str, Any]:
    return ok(api.post(f"/drive/v3/files/{file_id}/permissions", params={"fields": "*"}, json=body))


def test_a_link_share(api: httpx.Client, folder: str):
    address = f"/drive/v3/files/{folder}/permissions"
    made = ok(api.post(address, params={"fields": ""}, json={"type": "anyone", "role": "reader"}))  # as rclone sends it
    assert made == {
        "kind": "drive#permission",
        "id": "anyoneWithLink",
        "type": "anyone",
        "role": "reader",
        "allowFileDiscovery": False,
    }
    again = ok(api.post(address, json={"type": "anyone", "role": "reader"}))
    assert again == made
    assert ok(api.get(f"/drive/v3/files/{folder}", params={"fields": "shared"}))["shared"] is True
    every = ok(api.get(address))["permissions"]
    assert [each["role"] for each in every] == ["owner", "reader"]
    assert ok(api.get(f"{address}/anyoneWithLink"))["id"] == "anyoneWithLink"
    assert ok(api.patch(f"{address}/anyoneWithLink", json={"role": "writer"}))["role"] == "writer"
    assert api.delete(f"{address}/anyoneWithLink").status_code == 204
    assert reason(api.get(f"{address}/anyoneWithLink")) == (404, "notFound")
    assert ok(api.get(f"/drive/v3/files/{folder}", params={"fields": "shared"}))["shared"] is False


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"role": "reader"}, (400, "required")),
        ({"type": "anyone"}, (400, "required")),
        ({"type": "crowd", "role": "reader"}, (400, "invalid")),
        ({"type": "anyone", "role": "owner"}, (400, "invalid")),
        ({"type": "user", "role": "reader"}, (400, "invalidSharingRequest")),
        ({"type": "domain", "role": "reader"}, (400, "invalid")),
        ({"type": "user", "role": "owner", "emailAddress": "a@b.c"}, (403, "forbidden")),
    ],
)
def test_shares_that_cannot_be(api: httpx.Client, folder: str, body: dict[str, str], expected: tuple[int, str]):
    assert reason(api.post(f"/drive/v3/files/{folder}/permissions", json=body)) == expected


def test_a_folder_shared_with_somebody_shows_with_all_that_lies_in_it(emulator: Emulator):
    with emulator.client() as mine, emulator.client(account=PHOTOGRAPHER) as hers:
        room = make(hers, name="wedding", mimeType=FOLDER)["id"]
        photo = put(hers, b"x", name="p.jpg", parents=[room])["id"]
        assert mine.get(f"/drive/v3/files/{room}").status_code == 404
        share(hers, room, type="user", role="reader", emailAddress="operator@venuesync.example")
        assert listed(mine, "sharedWithMe") == ["wedding"]
        assert listed(mine, f"'{room}' in parents and trashed=false") == ["p.jpg"]
        assert mine.get(f"/drive/v3/files/{photo}", params={"alt": "media"}).content == b"x"
        seen = ok(mine.get(f"/drive/v3/files/{room}", params={"fields": "*"}))
        assert seen["ownedByMe"] is False and "parents" not in seen
        assert seen["sharedWithMeTime"] and seen["owners"][0]["emailAddress"] == PHOTOGRAPHER
        assert seen["capabilities"]["canEdit"] is False and "permissions" not in seen
        assert ok(mine.get(f"/drive/v3/files/{photo}", params={"fields": "parents"}))["parents"] == [room]
        refused = mine.patch(f"/drive/v3/files/{photo}", json={"name": "mine"})
        assert reason(refused) == (403, "insufficientFilePermissions")
        assert reason(mine.post("/drive/v3/files", json={"parents": [room]})) == (403, "insufficientFilePermissions")
        assert listed(mine, f"'{PHOTOGRAPHER}' in owners") == ["p.jpg", "wedding"]


def test_sharing_and_taking_back_are_changes_for_the_other(emulator: Emulator):
    with emulator.client() as mine, emulator.client(account=PHOTOGRAPHER) as hers:
        room = make(hers, mimeType=FOLDER)["id"]
        put(hers, b"x", parents=[room])
        token = ok(mine.get("/drive/v3/changes/startPageToken"))["startPageToken"]

        def told(**parameters: str) -> list[tuple[str, bool]]:
            got = ok(mine.get("/drive/v3/changes", params={"pageToken": token, **parameters}))
            return [(change["fileId"], change["removed"]) for change in got["changes"]]

        given = share(hers, room, type="user", role="reader", emailAddress="operator@venuesync.example")["id"]
        assert told() == [(room, False)]  # the folder, and not what lies in it
        assert told(restrictToMyDrive="true") == []
        late = put(hers, b"y", parents=[room])["id"]
        assert told() == [(room, False), (late, False)]
        assert hers.delete(f"/drive/v3/files/{room}/permissions/{given}").status_code == 204
        assert (room, True) in told()
        assert mine.get(f"/drive/v3/files/{late}").status_code == 404


def test_a_writer_adds_files_that_stay_the_writers(emulator: Emulator):
    with emulator.client() as mine, emulator.client(account=PHOTOGRAPHER) as hers:
        room = make(mine, name="room", mimeType=FOLDER)["id"]
        share(mine, room, type="user", role="writer", emailAddress=PHOTOGRAPHER)
        photo = put(hers, b"z" * 100, name="hers.jpg", parents=[room])
        assert photo["owners"][0]["emailAddress"] == PHOTOGRAPHER
        assert listed(mine, f"'{room}' in parents") == ["hers.jpg"]
        assert reason(mine.delete(f"/drive/v3/files/{photo['id']}")) == (403, "insufficientFilePermissions")
        assert reason(hers.patch(f"/drive/v3/files/{room}", json={"trashed": True})) == (
            403,
            "insufficientFilePermissions",
        )
        usage = {"fields": "storageQuota"}
        assert ok(hers.get("/drive/v3/about", params=usage))["storageQuota"]["usage"] == "100"
        assert ok(mine.get("/drive/v3/about", params=usage))["storageQuota"]["usage"] == "0"
        # deleted with the folder goes only what is the deleter's own
        assert mine.delete(f"/drive/v3/files/{room}").status_code == 204
        assert ok(hers.get(f"/drive/v3/files/{photo['id']}"))["name"] == "hers.jpg"


def test_what_a_folder_gives_cannot_be_taken_from_a_file(api: httpx.Client, folder: str):
    given = share(api, folder, type="user", role="reader", emailAddress="x@example.com")["id"]
    inner = make(api, parents=[folder])["id"]
    address = f"/drive/v3/files/{inner}/permissions"
    assert given in [each["id"] for each in ok(api.get(address))["permissions"]]
    assert api.delete(f"{address}/{given}").status_code == 403
    # moved out, it is rid of it
    ok(api.patch(f"/drive/v3/files/{inner}", params={"addParents": "root", "removeParents": folder}, json={}))
    assert given not in [each["id"] for each in ok(api.get(address))["permissions"]]


def test_a_file_changes_hands(emulator: Emulator):
    with emulator.client() as mine, emulator.client(account=PHOTOGRAPHER) as hers:
        made = put(mine, b"12345")["id"]
        address = f"/drive/v3/files/{made}/permissions"
        body = {"type": "user", "role": "owner", "emailAddress": PHOTOGRAPHER}
        assert ok(mine.post(address, params={"transferOwnership": "true"}, json=body))["role"] == "owner"
        assert ok(hers.get(f"/drive/v3/files/{made}", params={"fields": "ownedByMe"}))["ownedByMe"] is True
        assert ok(hers.get("/drive/v3/about", params={"fields": "storageQuota"}))["storageQuota"]["usage"] == "5"
        assert mine.delete(f"/drive/v3/files/{made}").status_code == 403


def test_a_linked_folder_lists_by_its_id_only(emulator: Emulator):
    with emulator.client() as mine, emulator.client(account=PHOTOGRAPHER) as hers:
        room = make(hers, name="public", mimeType=FOLDER)["id"]
        make(hers, name="inside", parents=[room])
        share(hers, room, type="anyone", role="reader")
        assert listed(mine, "trashed=false") == []
        assert listed(mine, f"'{room}' in parents") == ["inside"]


def test_a_whole_domain(emulator: Emulator):
    with emulator.client() as mine, emulator.client(account="guest@venue.example") as theirs:
        room = make(mine, name="staff", mimeType=FOLDER)["id"]
        assert share(mine, room, type="domain", role="reader", domain="venue.example")["domain"] == "venue.example"
        assert listed(theirs, "name='staff'") == ["staff"]
