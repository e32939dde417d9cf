"""Batches: many calls in one request, each on its own."""

import re

import httpx

from tests.emulator.conftest import make, ok
from tests.emulator.drive import Emulator


def batch(api: httpx.Client, parts: list[str], path: str = "/batch/drive/v3") -> httpx.Response:
    body = "".join(
        f"--b\r\nContent-Type: application/http\r\nContent-ID: <id + {n}>\r\n\r\n{part}\r\n"
        for n, part in enumerate(parts)
    )
    return api.post(path, content=f"{body}--b--", headers={"Content-Type": "multipart/mixed; boundary=b"})


def test_answers_come_in_order_under_their_ids(api: httpx.Client, folder: str):
    create = 'POST /drive/v3/files?fields=name HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{"name": "in a batch"}'
    answer = batch(api, [f"GET /drive/v3/files/{folder}?fields=id\r\n", create, "GET /drive/v3/files/nope\r\n"])
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("multipart/mixed; boundary=")
    assert re.findall(r"Content-ID: (.+)\r", answer.text) == [f"<response-id + {n}>" for n in range(3)]
    assert re.findall(r"HTTP/1.1 (\d+)", answer.text) == ["200", "200", "404"]
    assert f'{{"id":"{folder}"}}' in answer.text and '{"name":"in a batch"}' in answer.text


def test_deletions_answer_204_with_nothing(api: httpx.Client):
    answer = batch(api, [f"DELETE /drive/v3/files/{make(api)['id']}\r\n"], "/batch")
    assert "HTTP/1.1 204" in answer.text


def test_no_more_than_a_hundred(api: httpx.Client, folder: str):
    assert batch(api, [f"GET /drive/v3/files/{folder}\r\n"] * 100).status_code == 200
    assert batch(api, [f"GET /drive/v3/files/{folder}\r\n"] * 101).status_code == 400


def test_uploads_and_downloads_do_not_go_in_batches(api: httpx.Client, folder: str):
    for call in ("POST /upload/drive/v3/files?uploadType=media", f"GET /drive/v3/files/{folder}?alt=media"):
        assert batch(api, [f"{call}\r\n"]).status_code == 400


def test_faults_strike_the_calls_inside(emulator: Emulator):
    with emulator.client() as api:
        made = make(api)["id"]
        emulator.faults([{"method": "files.get", "status": 403, "reason": "userRateLimitExceeded"}])
        answer = batch(api, [f"GET /drive/v3/files/{made}\r\n"] * 2)
        assert re.findall(r"HTTP/1.1 (\d+)", answer.text) == ["403", "200"]
        assert emulator.requests()["methods"]["files.get"] == 2


def test_another_sign_in_inside(emulator: Emulator):
    with emulator.client() as api:
        other = emulator.token(account="ana@example.com")
        answer = batch(api, [f"GET /drive/v3/about?fields=user HTTP/1.1\r\nAuthorization: Bearer {other}\r\n"])
        assert '"ana@example.com"' in answer.text
        assert ok(api.get("/drive/v3/about", params={"fields": "user"}))["user"]["emailAddress"].startswith("operator")
