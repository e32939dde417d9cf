"""kill -9 at any moment: what was answered is there, and never half a file."""

import hashlib
import os
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.emulator.conftest import FOLDER, make, multipart, ok, put
from tests.emulator.drive import Emulator
from tests.emulator.test_changes import since, start
from tests.emulator.test_resumable import CHUNK, begin, send


@pytest.mark.slow
def test_everything_is_there_after_kill(lasting: Emulator):
    with lasting.client() as api:
        token = start(api)
        room = make(api, name="room", mimeType=FOLDER)["id"]
        small, large = put(api, b"small", parents=[room]), put(api, os.urandom(500_000), parents=[room])
        deleted = put(api, b"deleted")["id"]
        api.delete(f"/drive/v3/files/{deleted}")
        (reserved,) = ok(api.get("/drive/v3/files/generateIds", params={"count": 1}))["ids"]
        ok(api.post(f"/drive/v3/files/{room}/permissions", json={"type": "anyone", "role": "reader"}))
        before, told = lasting.files(), since(api, token)
        lasting.quota(10_000_000)
        page = ok(api.get("/drive/v3/files", params={"pageSize": 1}))
        lasting.kill()
        lasting.restart()
        assert lasting.files() == before
        assert since(api, token) == told  # the access token and the page token hold
        for made in (small, large):
            content = api.get(f"/drive/v3/files/{made['id']}", params={"alt": "media"}).content
            assert hashlib.md5(content).hexdigest() == made["md5Checksum"]
        assert api.post("/drive/v3/files", json={"id": deleted}).status_code == 409
        assert make(api, id=reserved)["id"] == reserved
        assert ok(api.get("/drive/v3/about", params={"fields": "storageQuota"}))["storageQuota"]["limit"] == "10000000"
        assert ok(api.get("/drive/v3/files", params={"pageSize": 1, "pageToken": page["nextPageToken"]}))["files"]
        seen = httpx.get(small["webViewLink"], trust_env=False, timeout=60)
        assert seen.status_code == 200


@pytest.mark.slow
def test_an_open_session_keeps_its_bytes(lasting: Emulator):
    content = os.urandom(3 * CHUNK)
    with lasting.client() as api:
        session = begin(api, {"name": "r.jpg"})
        send(session, content[: 2 * CHUNK], f"bytes 0-{2 * CHUNK - 1}/{len(content)}")
        lasting.kill()
        lasting.restart()
        assert send(session, b"", f"bytes */{len(content)}").headers["Range"] == f"bytes=0-{2 * CHUNK - 1}"
        done = send(session, content[2 * CHUNK :], f"bytes {2 * CHUNK}-{len(content) - 1}/{len(content)}").json()
        assert done["md5Checksum"] == hashlib.md5(content).hexdigest()
        lasting.kill()
        lasting.restart()
        assert send(session, b"", "bytes */*").json()["id"] == done["id"]


class Uploader:
    """Uploads as a careful client does: an id reserved, and sent again under it until it is answered."""

    def __init__(self, url: str, headers: dict[str, str], ids: list[str]) -> None:
        self._url, self._headers, self._ids = url, headers, ids
        self.answered: dict[str, str] = {}  # ids with the MD5 of what was sent
        self.stop = threading.Event()

    def work(self, size: int) -> None:
        with httpx.Client(base_url=self._url, headers=self._headers, trust_env=False, timeout=5) as api:
            while not self.stop.is_set():
                self._one(api, self._ids.pop(), os.urandom(size))

    def _one(self, api: httpx.Client, file_id: str, content: bytes) -> None:
        body: dict[str, Any] = multipart({"id": file_id, "name": file_id}, content)
        while not self.stop.is_set():
            try:
                answer = api.post("/upload/drive/v3/files", params={"uploadType": "multipart"}, **body)
            except httpx.TransportError:
                time.sleep(0.01)
                continue
            if answer.status_code in {200, 409}:
                self.answered[file_id] = hashlib.md5(content).hexdigest()
                return


@pytest.mark.slow
def test_killed_at_random_moments_nothing_answered_is_lost_and_nothing_is_half(lasting: Emulator, tmp_path: Path):
    with lasting.client() as api:
        asked = (ok(api.get("/drive/v3/files/generateIds", params={"count": 1000})) for _ in range(10))
        ids = [one for answer in asked for one in answer["ids"]]  # more than a fast machine uses up
        uploader = Uploader(lasting.url, dict(api.headers), ids)
        threads = [threading.Thread(target=uploader.work, args=(size,)) for size in (3000, 90_000) * 2]
        for thread in threads:
            thread.start()
        for pause in (0.05, 0.16, 0.27, 0.38, 0.49):
            time.sleep(pause)
            lasting.kill()
            lasting.restart()
        time.sleep(0.2)
        uploader.stop.set()
        for thread in threads:
            thread.join(10)
        assert ids, "the uploads went on to the end"
        files = {file["id"]: file["md5Checksum"] for file in lasting.files()}
        assert len(uploader.answered) > 20
        assert {file_id: files.get(file_id) for file_id in uploader.answered} == uploader.answered
        for file_id, md5 in files.items():
            content = api.get(f"/drive/v3/files/{file_id}", params={"alt": "media"}).content
            assert hashlib.md5(content).hexdigest() == md5
    lasting.restart()  # and nothing is left on disk that no file names
    kept = [path for path in (tmp_path / "drive" / "contents").rglob("*") if path.is_file()]
    assert len(kept) <= len(files) and not list((tmp_path / "drive").glob("incoming/*"))


def test_deleted_contents_leave_the_disk(lasting: Emulator, tmp_path: Path):
    with lasting.client() as api:
        content = os.urandom(200_000)
        one, two = put(api, content)["id"], put(api, content)["id"]
        folder = tmp_path / "drive" / "contents"
        assert len(list(folder.rglob("*/*"))) == 1  # equal bytes are kept once
        api.delete(f"/drive/v3/files/{one}")
        assert api.get(f"/drive/v3/files/{two}", params={"alt": "media"}).content == content
        api.delete(f"/drive/v3/files/{two}")
        assert list(folder.rglob("*/*")) == []


@pytest.mark.slow
def test_without_a_folder_nothing_stays(tmp_path: Path):
    with Emulator.start() as server:
        with server.client() as api:
            put(api, os.urandom(200_000))
        server.restart()
        assert server.files() == []
