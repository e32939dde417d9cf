"""Creating files: what a client may say, what it gets, what is refused."""

import base64
import hashlib
import json

import httpx
import pytest

from tests.emulator.conftest import FOLDER, make, multipart, ok, put, reason
from tests.emulator.drive import Emulator

UPLOAD = "/upload/drive/v3/files"


def reserve(api: httpx.Client, count: int = 1) -> list[str]:
    return ok(api.get("/drive/v3/files/generateIds", params={"count": count}))["ids"]


def test_metadata_alone_makes_a_file_in_my_drive(api: httpx.Client):
    made = ok(api.post("/drive/v3/files", json={"name": "note"}))
    assert made.keys() == {"kind", "id", "name", "mimeType"}
    root = ok(api.get("/drive/v3/files/root"))
    assert ok(api.get(f"/drive/v3/files/{made['id']}", params={"fields": "parents"}))["parents"] == [root["id"]]


def test_a_file_without_a_name_is_called_untitled(api: httpx.Client):
    assert make(api)["name"] == "Untitled"


def test_two_files_may_have_one_name(api: httpx.Client, folder: str):
    first, second = (make(api, name="same", parents=[folder])["id"] for _ in range(2))
    assert first != second


def test_an_unknown_parent_is_404_and_names_it(api: httpx.Client):
    answer = api.post("/drive/v3/files", json={"name": "x", "parents": ["nowhere"]})
    assert reason(answer) == (404, "notFound")
    error = answer.json()["error"]
    assert error["message"] == "File not found: nowhere."
    assert (
        error["errors"][0] | {"location": "fileId", "locationType": "parameter", "domain": "global"}
        == error["errors"][0]
    )


def test_two_parents_are_refused(api: httpx.Client, folder: str):
    assert reason(api.post("/drive/v3/files", json={"parents": [folder, "root"]})) == (403, "cannotAddParent")


@pytest.mark.parametrize("size", [0, 1, 16 * 1024, 16 * 1024 + 1, 700_001])
def test_multipart_keeps_every_byte_and_says_its_checksums(api: httpx.Client, size: int):
    content = bytes(range(256)) * (size // 256 + 1)
    content = content[:size]
    made = put(api, content, name="p.jpg")
    assert made["size"] == str(size)
    assert made["md5Checksum"] == hashlib.md5(content).hexdigest()
    assert made["sha1Checksum"] == hashlib.sha1(content).hexdigest()
    assert made["sha256Checksum"] == hashlib.sha256(content).hexdigest()
    assert api.get(f"/drive/v3/files/{made['id']}", params={"alt": "media"}).content == content


def test_a_single_media_upload_takes_its_type_from_the_header(api: httpx.Client):
    made = ok(
        api.post(
            UPLOAD, params={"uploadType": "media", "fields": "*"}, content=b"abc", headers={"Content-Type": "image/png"}
        )
    )
    assert (made["mimeType"], made["size"], made["name"]) == ("image/png", "3", "Untitled")


def test_metadata_names_the_type_before_the_part_does(api: httpx.Client):
    assert put(api, b"x", "image/png", mimeType="image/gif")["mimeType"] == "image/gif"
    assert put(api, b"x", "image/png")["mimeType"] == "image/png"
    untyped = put(api, b"x", "")
    assert untyped["mimeType"] == "application/octet-stream"


@pytest.mark.parametrize("newline", [b"\r\n", b"\n"])
@pytest.mark.parametrize("encoding", ["", "base64"])
def test_multipart_in_anybodys_dialect(api: httpx.Client, newline: bytes, encoding: str):
    content = b"--edg\r\n--edg not\r\n\r\n\n--" + bytes(range(256)) * 999
    sent = base64.encodebytes(content) if encoding else content
    lines = [
        b"preamble",
        b"--edge",
        b"content-type: application/json",
        b"",
        json.dumps({"name": "é.jpg"}).encode(),
        b"--edge",
        b"Content-Type: image/jpeg",
        *([b"Content-Transfer-Encoding: base64"] if encoding else []),
        b"",
        sent,
        b"--edge--",
        b"epilogue",
    ]
    made = ok(
        api.post(
            UPLOAD,
            params={"uploadType": "multipart", "fields": "name,md5Checksum"},
            content=newline.join(lines),
            headers={"Content-Type": "multipart/related; boundary=edge"},
        )
    )
    assert made == {"name": "é.jpg", "md5Checksum": hashlib.md5(content).hexdigest()}


def test_a_multipart_body_without_its_end_makes_nothing(api: httpx.Client, folder: str):
    whole = multipart({"name": "cut", "parents": [folder]}, b"x" * 50_000)
    answer = api.post(
        UPLOAD, params={"uploadType": "multipart"}, content=whole["content"][:-30], headers=whole["headers"]
    )
    assert answer.status_code == 400
    found = ok(api.get("/drive/v3/files", params={"q": f"'{folder}' in parents"}))
    assert found["files"] == []


def test_an_upload_of_eight_megabytes_by_multipart_is_taken(api: httpx.Client):
    content = b"m" * (8 * 1024 * 1024)
    assert put(api, content)["size"] == str(len(content))


def test_reserved_ids_come_by_the_thousand_and_no_more(api: httpx.Client):
    answer = ok(api.get("/drive/v3/files/generateIds", params={"count": 1000}))
    assert answer["kind"] == "drive#generatedIds" and answer["space"] == "drive"
    assert len(set(answer["ids"])) == 1000
    for count in (0, 1001):
        assert reason(api.get("/drive/v3/files/generateIds", params={"count": count})) == (400, "invalid")


def test_an_id_is_taken_once_whatever_became_of_it(api: httpx.Client, folder: str):
    (file_id,) = reserve(api)
    body = {"id": file_id, "name": "once", "parents": [folder]}
    assert make(api, **body)["id"] == file_id

    def again() -> httpx.Response:
        return api.post(UPLOAD, params={"uploadType": "multipart"}, **multipart(body, b"x"))

    assert reason(again()) == (409, "fileIdInUse")
    assert again().json()["error"]["message"] == "A file already exists with the provided ID."
    ok(api.patch(f"/drive/v3/files/{file_id}", json={"trashed": True}))
    assert again().status_code == 409
    assert api.delete(f"/drive/v3/files/{file_id}").status_code == 204
    assert again().status_code == 409
    assert api.get(f"/drive/v3/files/{file_id}").status_code == 404


def test_reserved_ids_serve_folders_and_copies_too(api: httpx.Client, folder: str):
    one, two, three = reserve(api, 3)
    assert make(api, id=one, mimeType=FOLDER)["id"] == one
    put(api, b"x", id=two, parents=[folder])
    assert ok(api.post(f"/drive/v3/files/{two}/copy", json={"id": three}))["id"] == three
    assert api.post(f"/drive/v3/files/{two}/copy", json={"id": three}).status_code == 409


def test_an_id_that_drive_did_not_make_is_refused(api: httpx.Client):
    answer = api.post("/drive/v3/files", json={"id": "1aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
    assert reason(answer) == (400, "invalid")
    assert answer.json()["error"]["message"] == "The provided file ID is not usable."
    (file_id,) = reserve(api)
    native = {"id": file_id, "mimeType": "application/vnd.google-apps.document"}
    assert reason(api.post("/drive/v3/files", json=native)) == (400, "generatedIdNotSupported")


def test_times_of_any_offset_and_precision_are_taken(api: httpx.Client):
    made = make(api, createdTime="2024-05-01T12:00:00.123456789+02:00", modifiedTime="2024-05-01T10:00:00Z")
    assert made["createdTime"] == "2024-05-01T10:00:00.123Z"
    assert made["modifiedTime"] == "2024-05-01T10:00:00.000Z"
    assert reason(api.post("/drive/v3/files", json={"createdTime": "yesterday"})) == (400, "invalid")


def test_a_shortcut_knows_its_target(api: httpx.Client, folder: str):
    target = put(api, b"x", "image/png", name="t.png", parents=[folder])
    shortcut = make(
        api,
        mimeType="application/vnd.google-apps.shortcut",
        shortcutDetails={"targetId": target["id"]},
        parents=[folder],
    )
    assert shortcut["shortcutDetails"] == {"targetId": target["id"], "targetMimeType": "image/png"}
    assert shortcut["name"] == "t.png" and "md5Checksum" not in shortcut
    answer = api.post("/drive/v3/files", json={"shortcutDetails": {"targetId": "nope"}})
    assert reason(answer) == (404, "notFound")


def test_private_properties_are_limited_as_on_drive(api: httpx.Client):
    assert make(api, appProperties={f"k{n}": "v" for n in range(30)})
    for properties in ({f"k{n}": "v" for n in range(31)}, {"k": "é" * 62}):
        assert reason(api.post("/drive/v3/files", json={"appProperties": properties})) == (400, "invalid")


def test_what_is_not_json_is_a_parse_error(api: httpx.Client):
    for body in (b"{", b"[]", b"\xff"):
        assert reason(api.post("/drive/v3/files", content=body)) == (400, "parseError")


def test_any_name_survives(api: httpx.Client, folder: str):
    names = ["a/b", "..", "نور 🎉", "x" * 300, 'it\'s \\ "q"', "  ", "\ud800half"]
    for name in names:
        body = json.dumps({"name": name, "parents": [folder]}).encode()
        made = ok(api.post("/drive/v3/files", content=body))
        assert made["name"] == name.replace("\ud800", "\ufffd")


def test_odd_parameters_are_ignored(api: httpx.Client):
    odd = {"enforceSingleParent": "true", "keepRevisionForever": "false", "prettyPrint": "false", "quotaUser": "q"}
    assert ok(api.post("/drive/v3/files", params={**odd, "supportsTeamDrives": "true"}, json={"name": "x"}))


def test_full_drives_take_no_more_bytes(emulator: Emulator):
    with emulator.client() as api:
        emulator.quota(1000)
        put(api, b"x" * 900)
        answer = api.post(UPLOAD, params={"uploadType": "multipart"}, **multipart({"name": "big"}, b"y" * 101))
        assert reason(answer) == (403, "storageQuotaExceeded")
        assert make(api, name="folder", mimeType=FOLDER)  # metadata needs no room
        announced = {"X-Upload-Content-Length": "500"}
        opened = api.post(UPLOAD, params={"uploadType": "resumable"}, json={}, headers=announced)
        assert reason(opened) == (403, "storageQuotaExceeded")
        quota = ok(api.get("/drive/v3/about", params={"fields": "storageQuota"}))["storageQuota"]
        assert quota == {"limit": "1000", "usage": "900", "usageInDrive": "900", "usageInDriveTrash": "0"}
        emulator.quota(None)
        assert put(api, b"y" * 5000)
        assert "limit" not in ok(api.get("/drive/v3/about", params={"fields": "storageQuota"}))["storageQuota"]


def test_limits_of_folders_can_be_met(emulator: Emulator):
    with emulator.client() as api:
        emulator.limits(children=2, depth=2)
        top = make(api, name="top", mimeType=FOLDER)["id"]
        inner = make(api, name="inner", mimeType=FOLDER, parents=[top])["id"]
        too_deep = api.post("/drive/v3/files", json={"mimeType": FOLDER, "parents": [inner]})
        assert reason(too_deep) == (403, "myDriveHierarchyDepthLimitExceeded")
        make(api, parents=[top])
        assert reason(api.post("/drive/v3/files", json={"parents": [top]})) == (
            403,
            "numChildrenInNonRootLimitExceeded",
        )
