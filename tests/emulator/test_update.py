"""Changing files: metadata, moves, trash, deletion, copies."""

import hashlib
import time

import httpx

from tests.emulator.conftest import FOLDER, listed, make, multipart, ok, put, reason
from tests.emulator.drive import Emulator


def see(api: httpx.Client, file_id: str) -> dict[str, object]:
    return ok(api.get(f"/drive/v3/files/{file_id}", params={"fields": "*"}))


def change(
    api: httpx.Client, file_id: str, body: dict[str, object] | None = None, **parameters: str
) -> dict[str, object]:
    return ok(api.patch(f"/drive/v3/files/{file_id}", params={"fields": "*", **parameters}, json=body or {}))


def test_a_rename_is_one_version_more_and_a_new_time(api: httpx.Client, folder: str):
    made = make(api, name="a", parents=[folder], modifiedTime="2020-01-01T00:00:00Z")
    changed = change(api, made["id"], {"name": "b"})
    assert (changed["name"], changed["version"]) == ("b", "2")
    assert str(changed["modifiedTime"]) > "2024" and changed["createdTime"] == made["createdTime"]
    kept = change(api, made["id"], {"description": "d", "modifiedTime": "2021-01-01T00:00:00.5Z"})
    assert kept["modifiedTime"] == "2021-01-01T00:00:00.500Z"


def test_app_properties_merge_and_null_deletes(api: httpx.Client):
    made = make(api, appProperties={"a": "1", "b": "2"}, properties={"p": "q"})
    changed = change(api, made["id"], {"appProperties": {"b": None, "c": "3"}})
    assert changed["appProperties"] == {"a": "1", "c": "3"} and changed["properties"] == {"p": "q"}
    assert "appProperties" not in change(api, made["id"], {"appProperties": {"a": None, "c": None}})


def test_fields_that_drive_sets_are_refused(api: httpx.Client, folder: str):
    made = make(api, parents=[folder])
    for body in (
        {"parents": ["root"]},
        {"md5Checksum": "0" * 32},
        {"id": "other"},
        {"createdTime": "2021-01-01T00:00:00Z"},
    ):
        assert reason(api.patch(f"/drive/v3/files/{made['id']}", json=body)) == (403, "fieldNotWritable")


def test_a_move_is_one_parent_for_another(api: httpx.Client, folder: str):
    target = make(api, name="target", mimeType=FOLDER)["id"]
    made = make(api, name="m", parents=[folder], modifiedTime="2020-01-01T00:00:00Z")
    moved = change(api, made["id"], addParents=target, removeParents=folder)
    assert moved["parents"] == [target] and moved["modifiedTime"] == "2020-01-01T00:00:00.000Z"
    assert change(api, made["id"], addParents=folder)["parents"] == [folder]
    both = api.patch(f"/drive/v3/files/{made['id']}", params={"addParents": f"{target},root"}, json={})
    assert reason(both) == (403, "cannotAddParent")
    nowhere = api.patch(f"/drive/v3/files/{made['id']}", params={"addParents": "nowhere"}, json={})
    assert reason(nowhere) == (404, "notFound")


def test_a_folder_cannot_lie_in_itself(api: httpx.Client, folder: str):
    inner = make(api, name="inner", mimeType=FOLDER, parents=[folder])["id"]
    for target in (folder, inner):
        assert api.patch(f"/drive/v3/files/{folder}", params={"addParents": target}, json={}).status_code == 400


def test_trash_reaches_all_that_lies_below_and_comes_back(api: httpx.Client, folder: str):
    inner = make(api, name="inner", mimeType=FOLDER, parents=[folder])["id"]
    deep, lone = (make(api, name=name, parents=[inner])["id"] for name in ("deep", "lone"))
    change(api, lone, {"trashed": True})
    assert change(api, folder, {"trashed": True})["explicitlyTrashed"] is True
    for each, itself in ((inner, False), (deep, False), (lone, True)):
        assert (see(api, each)["trashed"], see(api, each)["explicitlyTrashed"]) == (True, itself)
    assert listed(api, f"'{inner}' in parents and trashed=false") == []
    change(api, folder, {"trashed": False})
    assert [see(api, each)["trashed"] for each in (inner, deep, lone)] == [False, False, True]


def test_what_is_put_into_a_trashed_folder_is_in_the_trash(api: httpx.Client, folder: str):
    change(api, folder, {"trashed": True})
    made = make(api, parents=[folder])
    assert made["trashed"] is True and made["explicitlyTrashed"] is False
    assert change(api, str(made["id"]), addParents="root")["trashed"] is False


def test_restoring_and_moving_in_one_request(api: httpx.Client, folder: str):
    made = make(api, parents=[folder])
    change(api, made["id"], {"trashed": True})
    target = make(api, mimeType=FOLDER)["id"]
    back = change(api, made["id"], {"trashed": False}, addParents=target, removeParents=folder)
    assert back["parents"] == [target] and back["trashed"] is False


def test_deletion_is_for_good_and_takes_what_lies_below(api: httpx.Client, folder: str):
    inner = make(api, mimeType=FOLDER, parents=[folder])["id"]
    photo = put(api, b"x" * 20_000, parents=[inner])["id"]
    answer = api.delete(f"/drive/v3/files/{folder}")
    assert (answer.status_code, answer.content) == (204, b"")
    for each in (folder, inner, photo):
        assert reason(api.get(f"/drive/v3/files/{each}")) == (404, "notFound")
    assert api.delete(f"/drive/v3/files/{folder}").status_code == 404


def test_emptying_the_trash_takes_what_was_thrown_there(emulator: Emulator):
    with emulator.client() as api:
        kept, gone = make(api, name="kept")["id"], make(api, name="gone", mimeType=FOLDER)["id"]
        make(api, parents=[gone])
        change(api, gone, {"trashed": True})
        assert api.delete("/drive/v3/files/trash").status_code == 204
        assert [file["id"] for file in emulator.files()] == [kept]


def test_my_drive_itself_stays(api: httpx.Client):
    assert api.delete("/drive/v3/files/root").status_code == 403
    assert api.patch("/drive/v3/files/root", params={"addParents": "root"}, json={}).status_code >= 400


def test_new_content_under_the_same_id(api: httpx.Client, folder: str):
    made = put(api, b"old" * 9000, name="p.jpg", parents=[folder], appProperties={"k": "v"})
    body = multipart({"description": "new"}, b"new" * 9000)
    changed = ok(
        api.patch(f"/upload/drive/v3/files/{made['id']}", params={"uploadType": "multipart", "fields": "*"}, **body)
    )
    assert changed["md5Checksum"] == hashlib.md5(b"new" * 9000).hexdigest()
    assert (changed["name"], changed["appProperties"], changed["id"]) == ("p.jpg", {"k": "v"}, made["id"])
    assert changed["headRevisionId"] != made["headRevisionId"]
    assert api.get(f"/drive/v3/files/{made['id']}", params={"alt": "media"}).content == b"new" * 9000
    media = ok(
        api.patch(
            f"/upload/drive/v3/files/{made['id']}",
            params={"uploadType": "media", "fields": "*"},
            content=b"third",
            headers={"Content-Type": "image/png"},
        )
    )
    assert (media["size"], media["mimeType"]) == ("5", "image/png")


def test_a_copy_has_the_bytes_and_an_id_of_its_own(api: httpx.Client, folder: str):
    made = put(api, b"bytes" * 5000, name="p.jpg", parents=[folder], appProperties={"k": "v"}, description="d")
    copied = ok(api.post(f"/drive/v3/files/{made['id']}/copy", params={"fields": "*"}, json={}))
    assert copied["name"] == "Copy of p.jpg" and copied["parents"] == [folder] and copied["id"] != made["id"]
    assert copied["md5Checksum"] == made["md5Checksum"] and "appProperties" not in copied
    target = make(api, mimeType=FOLDER)["id"]
    body = {"name": "c.jpg", "parents": [target], "appProperties": {"a": "b"}, "modifiedTime": "2020-01-01T00:00:00Z"}
    other = ok(api.post(f"/drive/v3/files/{made['id']}/copy", params={"fields": "*"}, json=body))
    assert (other["name"], other["parents"], other["appProperties"]) == ("c.jpg", [target], {"a": "b"})
    # each lives on without the other
    api.delete(f"/drive/v3/files/{made['id']}")
    assert api.get(f"/drive/v3/files/{other['id']}", params={"alt": "media"}).content == b"bytes" * 5000


def test_folders_cannot_be_copied(api: httpx.Client, folder: str):
    assert reason(api.post(f"/drive/v3/files/{folder}/copy", json={})) == (403, "cannotCopyFile")


def test_looking_at_a_file_changes_its_version_only(api: httpx.Client, folder: str):
    made = make(api, parents=[folder])
    time.sleep(0.01)
    changed = change(api, made["id"], {"viewedByMeTime": "2030-01-01T00:00:00Z"})
    assert changed["viewedByMe"] is True and changed["modifiedTime"] == made["modifiedTime"]


def test_revisions_show_the_head(api: httpx.Client):
    made = put(api, b"abc")
    page = ok(api.get(f"/drive/v3/files/{made['id']}/revisions", params={"fields": "*"}))
    assert [each["id"] for each in page["revisions"]] == [made["headRevisionId"]]
    address = f"/drive/v3/files/{made['id']}/revisions/{made['headRevisionId']}"
    assert ok(api.get(address))["mimeType"] == "image/jpeg"
    assert api.get(address, params={"alt": "media"}).content == b"abc"
    assert reason(api.get(f"/drive/v3/files/{made['id']}/revisions/nope")) == (404, "notFound")


def test_documents_of_googles_own_have_no_bytes(api: httpx.Client):
    made = make(api, mimeType="application/vnd.google-apps.document", name="doc")
    assert "md5Checksum" not in made and "size" not in made
    address = f"/drive/v3/files/{made['id']}"
    assert reason(api.get(address, params={"alt": "media"})) == (403, "fileNotDownloadable")
    assert api.get(f"{address}/export", params={"mimeType": "text/plain"}).status_code == 200
    photo = put(api, b"x")["id"]
    assert reason(api.get(f"/drive/v3/files/{photo}/export", params={"mimeType": "a/b"})) == (403, "fileNotExportable")
