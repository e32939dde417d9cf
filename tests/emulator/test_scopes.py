"""What an app may see and do by the scopes it was granted."""

import httpx
import pytest

from tests.emulator.conftest import FOLDER, listed, make, ok, put, reason
from tests.emulator.drive import Emulator

AUTH = "https://www.googleapis.com/auth/"
FILE, READONLY, FULL = f"{AUTH}drive.file", f"{AUTH}drive.readonly", f"{AUTH}drive"
METADATA, METADATA_READONLY, APPDATA = f"{AUTH}drive.metadata", f"{AUTH}drive.metadata.readonly", f"{AUTH}drive.appdata"


@pytest.fixture
def theirs(emulator: Emulator) -> dict[str, str]:
    """A folder and a photo made with another app."""
    with emulator.client(client="other") as api:
        room = make(api, name="their room", mimeType=FOLDER)["id"]
        return {"room": room, "photo": put(api, b"theirs", name="their photo", parents=[room])["id"]}


def test_an_app_with_drive_file_lives_among_its_own(emulator: Emulator, theirs: dict[str, str]):
    with emulator.client(client="mine", scope=FILE) as api:
        own = make(api, name="own", mimeType=FOLDER)["id"]
        put(api, b"x", name="own photo", parents=[own])
        assert set(listed(api, "")) == {"own", "own photo"}
        assert set(listed(api, "'root' in parents")) == {"own"}
        for each in theirs.values():
            assert api.get(f"/drive/v3/files/{each}").status_code == 404
        assert api.get("/drive/v3/files/root").status_code == 404
        assert reason(api.post("/drive/v3/files", json={"parents": [theirs["room"]]})) == (404, "notFound")
        assert reason(api.get("/drive/v3/files", params={"q": f"'{theirs['room']}' in parents"})) == (404, "notFound")
        feed = ok(api.get("/drive/v3/changes", params={"pageToken": "1"}))["changes"]
        assert {change["file"]["name"] for change in feed} == {"own", "own photo"}


def test_with_drive_readonly_beside_it_an_app_reads_all_and_changes_its_own(emulator: Emulator, theirs: dict[str, str]):
    with emulator.client(client="mine", scope=f"{FILE} {READONLY}") as api:
        own = make(api, name="own", mimeType=FOLDER)["id"]
        assert set(listed(api, "")) == {"own", "their room", "their photo"}
        photo = f"/drive/v3/files/{theirs['photo']}"
        assert api.get(photo, params={"alt": "media"}).content == b"theirs"
        assert reason(api.patch(photo, json={"name": "x"})) == (403, "appNotAuthorizedToFile")
        assert reason(api.delete(photo)) == (403, "appNotAuthorizedToFile")
        assert reason(api.post("/drive/v3/files", json={"parents": [theirs["room"]]})) == (
            403,
            "appNotAuthorizedToFile",
        )
        assert reason(api.post(f"{photo}/copy", json={"parents": [own]})) == (403, "appNotAuthorizedToFile")
        emulator.limits(copy_readonly=True)
        assert ok(api.post(f"{photo}/copy", json={"parents": [own]}))["name"] == "Copy of their photo"


def test_a_picked_file_is_as_good_as_ones_own(emulator: Emulator, theirs: dict[str, str]):
    emulator.post("pick", {"client": "mine", "file_id": theirs["photo"]})
    with emulator.client(client="mine", scope=FILE) as api:
        assert listed(api, "") == ["their photo"]
        assert ok(api.patch(f"/drive/v3/files/{theirs['photo']}", json={"name": "renamed"}))["name"] == "renamed"
        # a picked folder does not grant what lies in it
        emulator.post("pick", {"client": "mine", "file_id": theirs["room"]})
        late = put(emulator.client(client="other"), b"x", name="late", parents=[theirs["room"]])["id"]
        assert api.get(f"/drive/v3/files/{late}").status_code == 404


@pytest.mark.parametrize(
    ("scope", "method", "path", "expected"),
    [
        (READONLY, "POST", "/drive/v3/files", 403),
        (READONLY, "PATCH", "/drive/v3/files/{photo}", 403),
        (READONLY, "DELETE", "/drive/v3/files/{photo}", 403),
        (READONLY, "GET", "/drive/v3/files/{photo}?alt=media", 200),
        (METADATA_READONLY, "GET", "/drive/v3/files/{photo}", 200),
        (METADATA_READONLY, "GET", "/drive/v3/files/{photo}?alt=media", 403),
        (METADATA, "GET", "/drive/v3/files", 200),
        (APPDATA, "POST", "/drive/v3/files", 403),
        ("openid", "GET", "/drive/v3/files", 403),
        (FULL, "PATCH", "/drive/v3/files/{photo}", 200),
    ],
)
def test_each_method_asks_for_its_scope(
    emulator: Emulator, theirs: dict[str, str], scope: str, method: str, path: str, expected: int
):
    with emulator.client(client="mine", scope=scope) as api:
        answer = api.request(method, path.format(**theirs), json={} if method in {"POST", "PATCH"} else None)
        assert answer.status_code == expected, answer.text
        if expected == 403:
            assert reason(answer)[1] == "insufficientPermissions"


def test_app_properties_are_private_to_the_client(emulator: Emulator):
    with emulator.client(client="one") as one, emulator.client(client="two") as two:
        made = make(one, appProperties={"tag": "1"}, properties={"public": "p"})["id"]
        seen = ok(two.get(f"/drive/v3/files/{made}", params={"fields": "*"}))
        assert "appProperties" not in seen and seen["properties"] == {"public": "p"}
        q = "appProperties has { key='tag' and value='1' }"
        assert listed(two, q) == [] and len(listed(one, q)) == 1
        ok(two.patch(f"/drive/v3/files/{made}", json={"appProperties": {"tag": "2"}}))
        assert ok(one.get(f"/drive/v3/files/{made}", params={"fields": "appProperties"}))["appProperties"] == {
            "tag": "1"
        }


def test_an_apps_data_folder_is_its_own(emulator: Emulator):
    with emulator.client(client="one") as one, emulator.client(client="two") as two:
        made = make(one, name="settings", parents=["appDataFolder"])
        assert made["spaces"] == ["appDataFolder"]
        assert listed(one, "") == []
        assert listed(one, "", spaces="appDataFolder") == ["settings"]
        assert listed(two, "", spaces="appDataFolder") == []
        assert two.get(f"/drive/v3/files/{made['id']}").status_code == 404


def test_my_drive_is_open_to_every_app_that_may_write(emulator: Emulator):
    with emulator.client(client="mine", scope=FILE) as api:
        assert ok(api.post("/drive/v3/files", json={"name": "x", "parents": ["root"]}))
        made = httpx.post(
            f"{emulator.url}/drive/v3/files",
            headers=api.headers,
            params={"fields": "parents"},
            json={},
            trust_env=False,
            timeout=60,
        )
        assert ok(made)["parents"]
