"""The change feed: one live entry an item, oldest first, and tokens that last."""

import time
from typing import Any

import httpx
import pytest

from tests.emulator.conftest import FOLDER, make, ok, put, reason
from tests.emulator.drive import Emulator

FIELDS = (
    "nextPageToken,newStartPageToken,changes(fileId,removed,time,changeType,driveId,"
    "file(id,name,parents,trashed,md5Checksum,version,viewedByMeTime))"
)


def start(api: httpx.Client, **parameters: str) -> str:
    return ok(api.get("/drive/v3/changes/startPageToken", params=parameters))["startPageToken"]


def page(api: httpx.Client, token: str, **parameters: Any) -> dict[str, Any]:
    return ok(api.get("/drive/v3/changes", params={"pageToken": token, "fields": FIELDS, **parameters}))


def since(api: httpx.Client, token: str, **parameters: Any) -> list[dict[str, Any]]:
    """All changes since a token."""
    found: list[dict[str, Any]] = []
    while True:
        got = page(api, token, **parameters)
        found += got["changes"]
        assert ("nextPageToken" in got) != ("newStartPageToken" in got)
        if "newStartPageToken" in got:
            return found
        token = got["nextPageToken"]


def test_what_was_made_is_told_oldest_first(emulator: Emulator):
    with emulator.client() as api:
        token = start(api)
        assert page(api, token) == {"changes": [], "newStartPageToken": token}
        first, second = make(api, name="a")["id"], put(api, b"x", name="b")["id"]
        changes = since(api, token)
        assert [change["fileId"] for change in changes] == [first, second]
        assert changes[1]["file"]["md5Checksum"] and changes[1]["changeType"] == "file"
        assert changes[1]["removed"] is False


def test_a_newer_change_takes_the_older_ones_place(emulator: Emulator):
    with emulator.client() as api:
        token = start(api)
        first, second = make(api, name="a")["id"], make(api, name="b")["id"]
        ok(api.patch(f"/drive/v3/files/{first}", json={"name": "a2"}))
        ok(api.patch(f"/drive/v3/files/{first}", json={"name": "a3"}))
        assert [(each["fileId"], each["file"]["name"]) for each in since(api, token)] == [(second, "b"), (first, "a3")]


def test_pages_go_on_where_they_ended(emulator: Emulator):
    with emulator.client() as api:
        token = start(api)
        made = [make(api, "id", name=str(n))["id"] for n in range(7)]
        assert [each["fileId"] for each in since(api, token, pageSize=3)] == made
        got = page(api, token, pageSize=7)
        assert "nextPageToken" in got  # a page may be followed by an empty one
        assert page(api, got["nextPageToken"])["changes"] == []


def test_a_moved_folder_says_nothing_of_its_files(emulator: Emulator):
    with emulator.client() as api:
        here, there = make(api, mimeType=FOLDER)["id"], make(api, mimeType=FOLDER)["id"]
        moved = make(api, mimeType=FOLDER, parents=[here])["id"]
        make(api, parents=[moved])
        token = start(api)
        ok(api.patch(f"/drive/v3/files/{moved}", params={"addParents": there, "removeParents": here}, json={}))
        (change,) = since(api, token)
        assert change["fileId"] == moved and change["file"]["parents"] == [there]


@pytest.mark.parametrize("descendants", [False, True])
def test_a_trashed_folder_is_told_with_or_without_its_files(emulator: Emulator, descendants: bool):
    with emulator.client() as api:
        emulator.limits(log_descendants=descendants)
        room = make(api, mimeType=FOLDER)["id"]
        photo = make(api, parents=[room])["id"]
        token = start(api)
        ok(api.patch(f"/drive/v3/files/{room}", json={"trashed": True}))
        told = {change["fileId"]: change["file"]["trashed"] for change in since(api, token)}
        assert told == ({room: True, photo: True} if descendants else {room: True})


def test_what_is_deleted_is_removed_without_a_file(emulator: Emulator):
    with emulator.client() as api:
        made = make(api)["id"]
        token = start(api)
        api.delete(f"/drive/v3/files/{made}")
        (change,) = since(api, token)
        assert change["removed"] is True and change["fileId"] == made and "file" not in change
        assert since(api, token, includeRemoved="false") == []


def test_old_entries_of_deleted_items_are_told_as_removed(emulator: Emulator):
    with emulator.client() as api:
        token = start(api)
        room = make(api, mimeType=FOLDER)["id"]
        inner = make(api, parents=[room])["id"]
        api.delete(f"/drive/v3/files/{room}")
        assert {change["fileId"]: change["removed"] for change in since(api, token)} == {room: True, inner: True}


def test_a_view_is_a_change_of_nothing_that_matters(emulator: Emulator):
    with emulator.client() as api:
        made = put(api, b"x")
        token = start(api)
        emulator.post("view", {"file_id": made["id"]})
        (change,) = since(api, token)
        assert change["file"]["md5Checksum"] == made["md5Checksum"] and change["file"]["viewedByMeTime"]


def test_tokens_are_asked_for_and_checked(emulator: Emulator):
    with emulator.client() as api:
        assert reason(api.get("/drive/v3/changes")) == (400, "required")
        for token in ("garbage", "-1", "12-elsewhere", "9" * 30):
            answer = api.get("/drive/v3/changes", params={"pageToken": token})
            assert reason(answer) == (400, "invalid")
            assert answer.json()["error"]["errors"][0]["location"] == "pageToken"


def test_expired_tokens_are_refused_and_new_ones_work(emulator: Emulator):
    with emulator.client() as api:
        make(api)
        old = start(api)
        emulator.expire("page_tokens")
        assert reason(api.get("/drive/v3/changes", params={"pageToken": old})) == (400, "invalid")
        new = start(api)
        made = make(api)["id"]
        assert [change["fileId"] for change in since(api, new)] == [made]


def test_a_page_may_be_empty_or_short_and_say_there_is_more(emulator: Emulator):
    with emulator.client() as api:
        token = start(api)
        made = [make(api)["id"] for _ in range(3)]
        emulator.faults([{"method": "changes.list", "empty_page": True, "times": 2}])
        empty = page(api, token)
        assert empty["changes"] == [] and empty["nextPageToken"]
        assert [change["fileId"] for change in since(api, empty["nextPageToken"])] == made
        emulator.faults([{"method": "changes.list", "page_size": 2}])
        short = page(api, token)
        assert len(short["changes"]) == 2
        assert [change["fileId"] for change in since(api, short["nextPageToken"])] == made[2:]


def test_the_feed_may_lag_and_loses_nothing(emulator: Emulator):
    with emulator.client() as api:
        token = start(api)
        emulator.lag(changes_ms=60_000)
        made = make(api)["id"]
        got = page(api, token)
        assert got["changes"] == []
        assert start(api) == got["newStartPageToken"]
        emulator.lag(changes_ms=0)
        assert [change["fileId"] for change in since(api, got["newStartPageToken"])] == [made]


def test_the_feed_lags_by_a_clock_that_a_test_may_put(emulator: Emulator):
    with emulator.client() as api:
        began = time.time() + 1000
        emulator.clock(began)
        emulator.lag(changes_ms=10_000)
        token = start(api)
        made = make(api)["id"]
        emulator.clock(began + 9)
        assert since(api, token) == []
        emulator.clock(began + 10)
        assert [change["fileId"] for change in since(api, token)] == [made]
        emulator.clock(None)
        emulator.lag()


def test_410_can_be_had(emulator: Emulator):
    with emulator.client() as api:
        emulator.faults([{"method": "changes.list", "status": 410, "reason": "gone"}])
        assert reason(api.get("/drive/v3/changes", params={"pageToken": start(api)})) == (410, "gone")
