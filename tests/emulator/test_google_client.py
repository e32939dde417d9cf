"""Fidelity by Google's own Python client, unmodified but for its base address."""

import hashlib
import io
import os
import uuid
from typing import Any

import pytest
from google.auth.exceptions import RefreshError
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaFileUpload, MediaIoBaseDownload, MediaIoBaseUpload

from tests.emulator.conftest import FOLDER
from tests.emulator.drive import Emulator
from tests.emulator.google import credentials, service

CHUNK = 256 * 1024


def bytes_as_media(content: bytes, **options: Any) -> MediaIoBaseUpload:
    return MediaIoBaseUpload(io.BytesIO(content), "image/jpeg", **options)


@pytest.fixture
def google(emulator: Emulator) -> Any:
    return service(emulator.url)


def reason_of(trouble: HttpError) -> tuple[int, str]:
    return trouble.status_code, trouble.error_details[0]["reason"]


def test_folders_uploads_lists_and_downloads(google: Any, tmp_path: Any):
    ids = google.files().generateIds(count=2, space="drive", type="files").execute()["ids"]
    room = google.files().create(body={"id": ids[0], "name": "room", "mimeType": FOLDER}, fields="id").execute()["id"]
    path = tmp_path / "p.jpg"
    path.write_bytes(os.urandom(300_000))
    body = {"id": ids[1], "name": "p.jpg", "parents": [room], "appProperties": {"venuesync": "w"}}
    made = (
        google.files().create(body=body, media_body=MediaFileUpload(str(path)), fields="id,md5Checksum,size").execute()
    )
    assert made == {
        "id": ids[1],
        "md5Checksum": hashlib.md5(path.read_bytes()).hexdigest(),
        "size": str(path.stat().st_size),
    }
    q = f"'{room}' in parents and trashed = false and appProperties has {{ key='venuesync' and value='w' }}"
    page = google.files().list(q=q, orderBy="name", fields="files(id,imageMediaMetadata/width),nextPageToken").execute()
    assert page == {"files": [{"id": ids[1]}]}
    assert google.files().get_media(fileId=ids[1]).execute() == path.read_bytes()
    with pytest.raises(HttpError) as trouble:
        google.files().create(body=body).execute()
    assert reason_of(trouble.value) == (409, "fileIdInUse")


def test_resumable_uploads_in_chunks_and_through_trouble(emulator: Emulator, google: Any):
    content = os.urandom(5 * CHUNK + 77)
    rules = [
        {"method": "upload.put", "status": 503, "skip": 1},
        {"method": "upload.put", "persist_chunks": 1, "skip": 1},
        {"method": "upload.put", "status": 500, "reason": "html", "skip": 2},
    ]
    emulator.faults(rules)
    media = bytes_as_media(content, chunksize=2 * CHUNK, resumable=True)
    request = google.files().create(body={"name": "big.jpg"}, media_body=media, fields="md5Checksum")
    answer, progress, troubles = None, [], 0
    while answer is None:
        try:
            status, answer = request.next_chunk()
        except HttpError as trouble:  # the next call asks how far it came
            assert trouble.status_code >= 500
            troubles += 1
            continue
        progress.append(status.resumable_progress if status else len(content))
    assert answer == {"md5Checksum": hashlib.md5(content).hexdigest()} and troubles == 2
    assert any(each % (2 * CHUNK) for each in progress[:-1])  # less was kept than it sent, and it followed


def test_one_put_for_a_whole_resumable_upload(google: Any):
    content = os.urandom(CHUNK * 3)
    media = bytes_as_media(content, chunksize=-1, resumable=True)
    made = google.files().create(body={"name": "n"}, media_body=media, fields="size").execute()
    assert made == {"size": str(len(content))}


def test_downloads_in_chunks(google: Any):
    content = os.urandom(1_000_000)
    file_id = google.files().create(body={}, media_body=bytes_as_media(content), fields="id").execute()["id"]
    out = io.BytesIO()
    download = MediaIoBaseDownload(out, google.files().get_media(fileId=file_id), chunksize=300_000)
    done = False
    while not done:
        _, done = download.next_chunk()
    assert out.getvalue() == content


def test_pages_with_list_next(google: Any):
    for n in range(5):
        google.files().create(body={"name": str(n)}).execute()
    request, names = google.files().list(pageSize=2, orderBy="name"), []
    while request is not None:
        page = request.execute()
        names += [file["name"] for file in page["files"]]
        request = google.files().list_next(request, page)
    assert names == ["0", "1", "2", "3", "4"]


def test_updates_moves_copies_and_deletion(google: Any):
    room = google.files().create(body={"name": "room", "mimeType": FOLDER}).execute()["id"]
    made = google.files().create(body={"name": "a"}, media_body=bytes_as_media(b"x"), fields="id,parents").execute()
    moved = google.files().update(
        fileId=made["id"], addParents=room, removeParents=made["parents"][0], body={"name": "b"}, fields="name,parents"
    )
    assert moved.execute() == {"name": "b", "parents": [room]}
    changed = google.files().update(fileId=made["id"], media_body=bytes_as_media(b"yz"), fields="size").execute()
    assert changed == {"size": "2"}
    copied = google.files().copy(fileId=made["id"], body={"name": "c"}, fields="name,size").execute()
    assert copied == {"name": "c", "size": "2"}
    google.files().update(fileId=room, body={"trashed": True}).execute()
    assert google.files().delete(fileId=room).execute() == ""
    with pytest.raises(HttpError) as trouble:
        google.files().get(fileId=made["id"]).execute()
    assert reason_of(trouble.value) == (404, "notFound")


def test_permissions_drives_about_and_changes(google: Any):
    token = google.changes().getStartPageToken().execute()["startPageToken"]
    made = google.files().create(body={"name": "s"}).execute()["id"]
    given = google.permissions().create(fileId=made, body={"type": "anyone", "role": "reader"}).execute()
    assert given["id"] == "anyoneWithLink"
    google.permissions().delete(fileId=made, permissionId="anyoneWithLink").execute()
    everywhere = {"supportsAllDrives": True, "includeItemsFromAllDrives": True, "restrictToMyDrive": False}
    got = google.changes().list(pageToken=token, **everywhere).execute()
    assert [change["fileId"] for change in got["changes"]] == [made]
    shared = google.drives().create(requestId=uuid.uuid4().hex, body={"name": "Team"}).execute()["id"]
    assert google.drives().get(driveId=shared).execute()["name"] == "Team"
    quota = google.about().get(fields="storageQuota,user(emailAddress)").execute()
    assert quota["user"] == {"emailAddress": "operator@venuesync.example"}


def test_batches(google: Any):
    answers: dict[str, Any] = {}
    batch = google.new_batch_http_request(
        callback=lambda key, answer, trouble: answers.update({key: trouble or answer})
    )
    for n in range(30):
        batch.add(google.files().create(body={"name": f"batch {n}"}, fields="name"), request_id=f"key {n}")
    batch.add(google.files().get(fileId="nowhere"), request_id="missing")
    batch.execute()
    assert answers["key 7"] == {"name": "batch 7"} and len(answers) == 31
    assert reason_of(answers["missing"]) == (404, "notFound")


def test_a_lost_access_token_is_fetched_anew_by_itself(emulator: Emulator, google: Any):
    google.files().list().execute()
    emulator.expire("access_tokens")
    assert google.files().list().execute()["files"] == []
    assert emulator.requests()["methods"]["oauth.token"] == 2


def test_a_revoked_sign_in_says_so(emulator: Emulator):
    emulator.expire("refresh_tokens")
    with pytest.raises(RefreshError) as trouble:
        service(emulator.url, credentials(emulator.url)).files().list().execute()
    assert "invalid_grant" in str(trouble.value) and trouble.value.retryable is False


def test_its_own_retries_see_what_they_know(emulator: Emulator, google: Any):
    emulator.faults(
        [
            {"method": "files.list", "status": 503},
            {"method": "files.list", "reason": "userRateLimitExceeded"},
            {"method": "files.list", "status": 429, "retry_after": 1},
        ]
    )
    request = google.files().list()
    request._sleep = lambda seconds: None  # its pauses are its own affair
    assert request.execute(num_retries=3)["files"] == []
    emulator.faults([{"method": "files.list", "reason": "storageQuotaExceeded"}])
    with pytest.raises(HttpError) as trouble:
        google.files().list().execute(num_retries=3)
    assert reason_of(trouble.value) == (403, "storageQuotaExceeded")


def test_channels(google: Any):
    token = google.changes().getStartPageToken().execute()["startPageToken"]
    body = {"id": uuid.uuid4().hex, "type": "web_hook", "address": "https://127.0.0.1:9/push"}
    channel = google.changes().watch(pageToken=token, body=body).execute()
    google.channels().stop(body={"id": channel["id"], "resourceId": channel["resourceId"]}).execute()
