"""The endpoints of the systems that it takes over from, in their shapes."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.model import PhotoState
from tests.emulator.drive import Emulator
from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene

pytestmark = pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0")


@pytest.mark.slow
def test_the_predecessors_endpoints_answer_in_their_shapes(house: House, emulator: Emulator, tmp_path: Path) -> None:
    anna = Photographer(emulator)
    top = anna.folder("Project", share=True)
    area = anna.folder("Area", top)
    camera = anna.folder("Cam1", anna.folder("Hall", area))
    anna.put(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", camera)
    house.start()
    api = house.api()
    made = api.post("/events", json={"name": "Wedding", "googleDriveUrl": f"https://drive.google.com/open?id={top}"})
    assert (made.status_code, made.json()["syncStatus"]) == (201, "SYNC_REQUIRED")
    id = made.json()["id"]
    wait_for(lambda: api.get(f"/events/{id}/sync-status").json()["syncStatus"] == "UP_TO_DATE", 20, "it is listed")
    state = api.get(f"/events/{id}/sync-status").json()
    assert set(state) == {"syncStatus", "lastSyncedAt", "syncErrorMessage", "photoCount"}
    wait_for(lambda: api.get(f"/events/{id}/photos").json()["total"] == 1, 20, "its photo is here")
    photo = api.get(f"/events/{id}/photos", params={"per_page": 1, "q": "dsc"}).json()["photos"][0]
    assert (photo["name"], photo["camera"], photo["mime_type"]) == ("DSC_1.jpg", "Cam1", "image/jpeg")
    for path in (f"/events/{id}/photos", "/photos"):
        for state in PhotoState:
            assert api.get(path, params={"state": state}).status_code == 200, (path, state)
        assert api.get(path, params={"state": "zzz"}).status_code == 422, path
    assert api.post(f"/events/{id}/sync", json={"fullSync": True}).json() == {"started": True, "fullSync": True}
    assert api.get("/events/sync/statistics").json()["totalEvents"] == 2
    assert api.post("/events/sync/bulk").json()["triggered"] >= 0
    assert isinstance(api.get("/events/sync/pending").json(), list)
    auto = f"/api/event/{id}/auto-sync"
    for _ in range(2):  # enabling twice is no error
        assert api.post(f"{auto}/enable", json={"interval_minutes": 2}).json()["interval_minutes"] == 2
    refused = api.post(f"{auto}/enable", json={"interval_minutes": 90})
    assert refused.status_code == 422 and "0.5 to 60" in refused.json()["detail"]
    assert set(api.get(f"{auto}/status").json()) == {
        "enabled",
        "running",
        "interval_minutes",
        "last_sync_at",
        "detail",
    }
    wait_for(lambda: api.get(f"{auto}/status").json()["detail"] == "1 photo is here", 20, "it is told as one")
    assert "off" in api.post(f"{auto}/disable").json()["message"]
    assert api.get(f"{auto}/status").json()["enabled"] is False
    source = api.get(f"/events/{id}").json()["sources"][0]["id"]
    sync = api.get(f"/api/cloud/sync-status/{source}").json()
    assert (sync["files_downloaded_count"], sync["sync_enabled"]) == (1, False)
    assert (sync["last_sync_status"], sync["last_sync_message"]) == ("success", "Downloaded 1 files")
    assert sync["cameras"][0]["camera_name"] == "Cloud_Cam1"
    tree = api.post("/api/cloud/lazy-folders/list_subfolders", json={"parent_id": top}).json()
    assert [(one["name"], one["depth"], one["has_subfolders"]) for one in tree["folders"]] == [("Area", 2, True)]
    assert tree["folders"][0]["path"] == "/Project/Area"
    assert tree["parent_info"]["path"] == "/Project"
    unknown = api.post("/api/cloud/lazy-folders/list_subfolders", json={"parent_id": "nobody"})
    assert (unknown.status_code, unknown.json()["kind"]) == (404, "folder_not_found")
    for address in ("/events", f"/events/{id}/sync", f"{auto}/enable"):
        no_json = api.post(address, content=b"{} x", headers={"Content-Type": "application/json"})
        assert no_json.status_code == 422 and no_json.json()["title"] == "The request is wrong", no_json.text
        assert "no JSON" in no_json.json()["detail"]
    for cursor in ("0", "9" * 18):
        wrong = api.get(f"/events/{id}/photos", params={"cursor": cursor})
        assert wrong.status_code == 422 and wrong.json()["title"] == "cursor is wrong", wrong.text
    deep = api.post("/events", json={"name": "Deep"}).json()["id"]
    assert api.post("/commands/events-set", json={"event": deep, "key": "folder_depth", "value": "4"}).is_success
    chosen = api.post(
        "/api/cloud/lazy-folders/validate_selection",
        json={"folder_ids": [camera, area, "unknown-folder-id"], "event": deep},
    ).json()
    assert (chosen["total_valid"], chosen["total_invalid"]) == (1, 2)
    assert "depth 4" in chosen["invalid_selections"][0]["reason"]
    assert api.get("/events/nobody").status_code == 404
    assert api.post("/events", json={}).status_code == 422


@pytest.mark.slow
def test_what_does_not_go_well_at_a_source_is_said_as_that(house: House, emulator: Emulator, tmp_path: Path) -> None:
    anna = Photographer(emulator)
    folder = anna.folder("Anna", share=True)
    house.start()
    api = house.api()
    id = api.post("/events", json={"name": "Wedding", "googleDriveUrl": folder}).json()["id"]
    wait_for(lambda: api.get(f"/events/{id}").json()["status"]["sync_status"] == "UP_TO_DATE", 20, "it was listed")
    abusive = {"method": "files.get_media", "status": 403, "reason": "cannotDownloadAbusiveFile", "times": 50}
    emulator.faults([abusive])
    file = anna.put(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", folder)
    api.post(f"/events/{id}/sync").raise_for_status()
    wait_for(lambda: api.get("/status").json()["downloads"]["failed"] == 1, 30, "it cannot be had")
    source = api.get(f"/events/{id}").json()["sources"][0]["id"]
    sync = api.get(f"/api/cloud/sync-status/{source}").json()
    assert (sync["success"], sync["last_sync_status"], sync["files_downloaded_count"]) == (False, "error", 0)
    assert sync["last_sync_message"] == "Downloaded 0 files, 1 failed: see errors"

    emulator.clear_faults()
    tree = api.post("/api/cloud/lazy-folders/list_subfolders", json={"parent_id": file})
    assert (tree.status_code, "not a folder" in tree.json()["detail"]) == (422, True), tree.text
    picture = tmp_path / "1.jpg"
    refused = api.post("/commands/events-folder", json={"event": id, "change": "add", "folder": str(picture)})
    assert (refused.status_code, "a file" in refused.json()["title"]) == (422, True), refused.text
    assert not api.get(f"/events/{id}").json()["settings"]["folders"]

    emulator.outage(60)
    wait_for(lambda: api.get("/status").json()["drive"]["state"] == "offline", 30, "Drive is away")
    assert api.post(f"/events/{id}/sync").is_success
    looks = [one["next_sync_at"] for one in api.get("/events").json()]
    assert not [one for one in looks if one is not None and one < "2020"], looks
    gone = api.post("/commands/events-remove", json={"event": id})
    assert (gone.headers["content-type"], gone.json()) == ("application/json", "Wedding")


def test_the_tree_is_kept_for_a_while_and_asked_again_on_request(house: House, emulator: Emulator) -> None:
    anna = Photographer(emulator)
    top = anna.folder("Top", share=True)
    for number in range(60):
        anna.folder(f"Folder {number:02}", top)
    house.start()
    api = house.api()
    asked = {"parent_id": top}
    first = api.post("/api/cloud/lazy-folders/list_subfolders", json=asked).json()
    assert (len(first["folders"]), first["total_count"], first["has_more"]) == (50, 60, True)
    emulator.forget_requests()
    api.post("/api/cloud/lazy-folders/list_subfolders", json=asked).raise_for_status()
    assert "files.list" not in emulator.requests()["methods"]
    anna.folder("New", top)
    again = api.post("/api/cloud/lazy-folders/list_subfolders", json={**asked, "refresh": True}).json()
    assert again["total_count"] == 61
    shared = api.post("/api/cloud/lazy-folders/list_subfolders", json={"parent_id": "shared-with-me"}).json()
    assert [one["name"] for one in shared["folders"]] == ["Top"]
