"""Partial responses, and shapes held against Google's discovery document."""

import httpx
import pytest

from agent.emulator.fields import Mask
from agent.emulator.shapes import SHAPES
from tests.emulator.conftest import FOLDER, make, ok, put, reason
from tests.emulator.google import discovery
from tests.emulator.shape_check import check


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("id", {"id"}),
        ("id,name", {"id", "name"}),
        (" id , name ", {"id", "name"}),
        ("", {"kind", "id", "name", "mimeType"}),
        ("owners/me,id", {"owners", "id"}),
    ],
)
def test_a_mask_leaves_what_it_names(api: httpx.Client, folder: str, fields: str, expected: set[str]):
    assert ok(api.get(f"/drive/v3/files/{folder}", params={"fields": fields})).keys() == expected


def test_masks_reach_below(api: httpx.Client, folder: str):
    put(api, b"x", name="a", parents=[folder])
    for fields in ("files(owners/me,id),kind", "files/owners/me,files/id,kind", "files(owners(me),id),kind"):
        page = ok(api.get("/drive/v3/files", params={"q": f"'{folder}' in parents", "fields": fields}))
        assert page.keys() == {"files", "kind"}
        assert page["files"][0].keys() == {"owners", "id"}
        assert page["files"][0]["owners"] == [{"me": True}]
    everything = ok(api.get("/drive/v3/files", params={"q": f"'{folder}' in parents", "fields": "*"}))["files"][0]
    assert {"md5Checksum", "capabilities", "permissions", "webViewLink"} <= everything.keys()
    assert ok(api.get("/drive/v3/files", params={"q": f"'{folder}' in parents", "fields": "files/*"}))["files"] == [
        everything
    ]


@pytest.mark.parametrize(
    "fields", ["nope", "id,nope", "files(id", "id)", "owners(nope)", ",", "a//b", "id,,name", "()"]
)
def test_a_bad_mask_is_refused_at_fields(api: httpx.Client, folder: str, fields: str):
    answer = api.get(f"/drive/v3/files/{folder}", params={"fields": fields})
    assert reason(answer) == (400, "invalidParameter")
    assert (
        answer.json()["error"]["errors"][0] | {"location": "fields", "locationType": "parameter"}
        == (answer.json()["error"]["errors"][0])
    )


def test_a_bad_mask_is_refused_before_anything_is_made(api: httpx.Client, folder: str):
    made = api.post("/drive/v3/files", params={"fields": "nope"}, json={"name": "x", "parents": [folder]})
    assert made.status_code == 400
    assert ok(api.get("/drive/v3/files", params={"q": f"'{folder}' in parents"}))["files"] == []


def test_lists_and_changes_have_defaults_of_their_own(api: httpx.Client, folder: str):
    put(api, b"x", parents=[folder])
    page = ok(api.get("/drive/v3/files", params={"q": f"'{folder}' in parents"}))
    assert page.keys() == {"kind", "incompleteSearch", "files"}
    assert page["files"][0].keys() == {"kind", "id", "name", "mimeType"}


def test_answers_have_the_shapes_of_the_discovery_document(api: httpx.Client, folder: str):
    made = put(api, b"x" * 10, "text/plain", name="n.txt", parents=[folder], description="d", appProperties={"a": "b"})
    check("File", made)
    check("File", ok(api.get("/drive/v3/files/root", params={"fields": "*"})))
    check("File", ok(api.post(f"/drive/v3/files/{made['id']}/copy", params={"fields": "*"}, json={})))
    check("FileList", ok(api.get("/drive/v3/files", params={"fields": "*", "pageSize": 5})))
    check("GeneratedIds", ok(api.get("/drive/v3/files/generateIds")))
    check("About", ok(api.get("/drive/v3/about", params={"fields": "*"})))
    check("StartPageToken", ok(api.get("/drive/v3/changes/startPageToken")))
    check("ChangeList", ok(api.get("/drive/v3/changes", params={"fields": "*", "pageToken": "1"})))
    share = {"type": "anyone", "role": "reader"}
    check("Permission", ok(api.post(f"/drive/v3/files/{folder}/permissions", params={"fields": "*"}, json=share)))
    check("PermissionList", ok(api.get(f"/drive/v3/files/{folder}/permissions", params={"fields": "*"})))
    check("RevisionList", ok(api.get(f"/drive/v3/files/{made['id']}/revisions", params={"fields": "*"})))
    shared = ok(api.post("/drive/v3/drives", params={"requestId": folder, "fields": "*"}, json={"name": "team"}))
    check("Drive", shared)
    check("DriveList", ok(api.get("/drive/v3/drives", params={"fields": "*"})))
    check("File", make(api, mimeType=FOLDER, parents=[shared["id"]]))
    both = {"supportsAllDrives": "true", "includeItemsFromAllDrives": "true", "fields": "*"}
    check("ChangeList", ok(api.get("/drive/v3/changes", params={"pageToken": "1", **both})))


def test_int64_are_strings_and_flags_are_flags(api: httpx.Client):
    made = put(api, b"abc")
    assert (made["size"], made["version"], made["quotaBytesUsed"]) == ("3", "1", "3")
    assert made["trashed"] is False and made["ownedByMe"] is True


def test_what_may_be_named_is_what_google_documents():
    schemas = discovery()["schemas"]

    def compare(kind: str, known: Mask, properties: dict[str, dict[str, object]]) -> None:
        assert known.keys() == properties.keys(), kind
        for name, inner in known.items():
            schema = properties[name]
            if isinstance(schema.get("items"), dict):
                schema = schema["items"]  # pyright: ignore
            schema = schemas.get(schema.get("$ref"), schema)  # pyright: ignore
            if inner is not None:
                compare(f"{kind}.{name}", inner, schema["properties"])  # pyright: ignore

    for kind, known in SHAPES.items():
        compare(kind, known, schemas[kind]["properties"])


def test_about_insists_on_fields(api: httpx.Client):
    answer = api.get("/drive/v3/about")
    assert reason(answer) == (400, "required")
    assert answer.json()["error"]["message"] == "The 'fields' parameter is required for this method."
