"""Resumable uploads: every way a transfer can stop and go on."""

import hashlib
import os
import socket

import httpx
import pytest

from tests.emulator.conftest import ok, put, reason
from tests.emulator.drive import Emulator

CHUNK = 256 * 1024
UPLOAD = "/upload/drive/v3/files"


def begin(api: httpx.Client, metadata: dict[str, object] | None = None, **headers: str) -> str:
    """Opens a session; its address."""
    answer = api.post(UPLOAD, params={"uploadType": "resumable", "fields": "*"}, json=metadata or {}, headers=headers)
    assert answer.status_code == 200 and answer.content == b""
    assert answer.headers["X-GUploader-UploadID"]
    return answer.headers["Location"]


def send(session: str, data: bytes, content_range: str = "", method: str = "PUT") -> httpx.Response:
    """One request to a session's address, with no sign-in: the address is enough."""
    headers = {"Content-Range": content_range} if content_range else {}
    with httpx.Client(trust_env=False, timeout=60) as client:
        return client.request(method, session, content=data, headers=headers)


def test_one_put_brings_it_all(api: httpx.Client, folder: str):
    content = os.urandom(1_000_000)
    session = begin(api, {"name": "r.jpg", "parents": [folder]}, **{"X-Upload-Content-Type": "image/jpeg"})
    made = send(session, content).json()
    assert (made["name"], made["mimeType"], made["parents"]) == ("r.jpg", "image/jpeg", [folder])
    assert made["md5Checksum"] == hashlib.md5(content).hexdigest()


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_chunks_add_up(api: httpx.Client, method: str):
    content = os.urandom(2 * CHUNK + 1000)
    session = begin(api)
    first = send(session, content[:CHUNK], f"bytes 0-{CHUNK - 1}/{len(content)}", method)
    assert (first.status_code, first.headers["Range"]) == (308, f"bytes=0-{CHUNK - 1}")
    second = send(session, content[CHUNK : 2 * CHUNK], f"bytes {CHUNK}-{2 * CHUNK - 1}/*", method)
    assert second.headers["Range"] == f"bytes=0-{2 * CHUNK - 1}"
    last = send(session, content[2 * CHUNK :], f"bytes {2 * CHUNK}-{len(content) - 1}/{len(content)}", method)
    assert last.status_code == 200
    assert last.json()["sha256Checksum"] == hashlib.sha256(content).hexdigest()


def test_status_queries_tell_how_far_it_came(api: httpx.Client):
    session = begin(api)
    for query in ("bytes */1000000", "bytes */*"):
        nothing = send(session, b"", query)
        assert nothing.status_code == 308 and "Range" not in nothing.headers
    send(session, b"x" * CHUNK, f"bytes 0-{CHUNK - 1}/{CHUNK + 1}")
    assert send(session, b"", "bytes */*").headers["Range"] == f"bytes=0-{CHUNK - 1}"
    done = send(session, b"y", f"bytes {CHUNK}-{CHUNK}/{CHUNK + 1}").json()
    for _ in range(2):  # and go on saying so afterwards
        again = send(session, b"", f"bytes */{CHUNK + 1}")
        assert again.status_code == 200 and again.json()["id"] == done["id"]


def test_what_does_not_fit_is_refused_and_harms_nothing(api: httpx.Client):
    session = begin(api)
    assert send(session, b"x" * 1000, "bytes 0-999/5000").status_code == 400  # no multiple of 256 KiB
    assert send(session, b"x" * CHUNK, f"bytes {CHUNK}-{2 * CHUNK - 1}/*").status_code == 400  # a gap
    assert send(session, b"x" * 10, "bytes 0-99/100").status_code == 400  # shorter than it says
    assert send(session, b"x", "bytes what").status_code == 400
    assert send(session, b"whole", "bytes 0-4/5").json()["size"] == "5"


def test_bytes_sent_twice_count_once(api: httpx.Client):
    content = os.urandom(2 * CHUNK)
    session = begin(api)
    send(session, content[:CHUNK], f"bytes 0-{CHUNK - 1}/{2 * CHUNK}")
    done = send(session, content, f"bytes 0-{2 * CHUNK - 1}/{2 * CHUNK}")
    assert done.json()["md5Checksum"] == hashlib.md5(content).hexdigest()


def test_an_empty_file(api: httpx.Client):
    assert send(begin(api), b"").json()["size"] == "0"
    assert send(begin(api), b"", "bytes */0").json()["size"] == "0"


def test_a_broken_transfer_keeps_whole_chunks_and_goes_on(api: httpx.Client, drive: Emulator):
    content = os.urandom(3 * CHUNK)
    session = begin(api)
    head = (
        f"PUT {session.removeprefix(drive.url)} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", drive.port)) as line:
        line.sendall(head.encode() + content[: CHUNK + 5000])
    received = 0
    for _ in range(100):
        received = int(send(session, b"", "bytes */*").headers.get("Range", "bytes=0--1").rpartition("-")[2]) + 1
        if received == CHUNK:
            break
    assert received == CHUNK
    rest = send(session, content[CHUNK:], f"bytes {CHUNK}-{len(content) - 1}/{len(content)}")
    assert rest.json()["md5Checksum"] == hashlib.md5(content).hexdigest()


def test_a_newer_request_takes_a_session_over(api: httpx.Client, drive: Emulator):
    content = os.urandom(3 * CHUNK)
    session = begin(api)
    head = (
        f"PUT {session.removeprefix(drive.url)} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", drive.port)) as line:
        line.sendall(head.encode() + b"z" * CHUNK)  # a request that its client has given up
        made = send(session, content)
        assert made.json()["md5Checksum"] == hashlib.md5(content).hexdigest()
        line.sendall(b"z" * 2 * CHUNK)
        assert line.recv(1000).startswith(b"HTTP/1.1 400")
    again = api.get(f"/drive/v3/files/{made.json()['id']}", params={"alt": "media"})
    assert again.content == content


def test_a_server_may_keep_less_than_was_sent(emulator: Emulator):
    content = os.urandom(4 * CHUNK)
    with emulator.client() as api:
        session = begin(api)
        emulator.faults([{"method": "upload.put", "persist_chunks": 1}])
        short = send(session, content)
        assert (short.status_code, short.headers["Range"]) == (308, f"bytes=0-{CHUNK - 1}")
        rest = send(session, content[CHUNK:], f"bytes {CHUNK}-{len(content) - 1}/{len(content)}")
        assert rest.json()["md5Checksum"] == hashlib.md5(content).hexdigest()


def test_ids_are_checked_at_the_start_and_at_the_end(api: httpx.Client):
    (file_id,) = ok(api.get("/drive/v3/files/generateIds", params={"count": 1}))["ids"]
    sessions = [begin(api, {"id": file_id}) for _ in range(2)]
    assert send(sessions[0], b"first").json()["id"] == file_id
    assert reason(send(sessions[1], b"second")) == (409, "fileIdInUse")
    opened = api.post(UPLOAD, params={"uploadType": "resumable"}, json={"id": file_id})
    assert reason(opened) == (409, "fileIdInUse")


def test_a_bad_start_is_refused_before_any_byte(api: httpx.Client):
    opened = api.post(UPLOAD, params={"uploadType": "resumable"}, json={"parents": ["nowhere"]})
    assert reason(opened) == (404, "notFound")


def test_content_of_a_file_is_replaced_by_session(api: httpx.Client):
    made = put(api, b"old", name="n")
    opened = api.patch(
        f"{UPLOAD}/{made['id']}", params={"uploadType": "resumable", "fields": "id,size"}, json={"name": "m"}
    )
    assert send(opened.headers["Location"], b"newer").json() == {"id": made["id"], "size": "5"}


def test_unknown_cancelled_and_expired_sessions_are_gone(emulator: Emulator):
    with emulator.client() as api:
        session = begin(api)
        assert send(session, b"", method="DELETE").status_code == 499
        assert send(session, b"", "bytes */*").status_code == 404
        session = begin(api)
        emulator.expire("upload_sessions")
        assert send(session, b"x").status_code == 404
        assert emulator.files() == []


def test_the_address_has_the_scheme_and_name_the_client_used(api: httpx.Client, drive: Emulator):
    assert begin(api).startswith(f"{drive.url}/upload/drive/v3/files?")
    google = begin(api, Host="www.googleapis.com")
    assert google.startswith("https://www.googleapis.com/upload/drive/v3/files?")


def test_the_other_address_of_discovery_works_too(api: httpx.Client):
    answer = api.post("/resumable/upload/drive/v3/files", params={"uploadType": "resumable"}, json={"name": "o"})
    assert send(answer.headers["Location"], b"1").json()["name"] == "o"


def test_a_session_survives_its_access_token(emulator: Emulator):
    with emulator.client() as api:
        session = begin(api)
        emulator.expire("access_tokens")
        assert send(session, b"late").status_code == 200
