"""Faults: every row of the error catalogue, and every way a transfer can go wrong."""

import hashlib
import time
from typing import Any

import httpx
import pytest

from agent.emulator.errors import CATALOGUE
from tests.emulator.conftest import make, multipart, ok, put, reason
from tests.emulator.drive import Emulator

UPLOAD = "/upload/drive/v3/files"


def get(api: httpx.Client) -> httpx.Response:
    return api.get("/drive/v3/files", params={"pageSize": 1})


def upload(api: httpx.Client, content: bytes = b"photo" * 1000, **metadata: Any) -> httpx.Response:
    return api.post(UPLOAD, params={"uploadType": "multipart", "fields": "*"}, **multipart(metadata, content))


@pytest.fixture
def api(emulator: Emulator) -> httpx.Client:
    return emulator.client()


def test_every_reason_of_the_catalogue_comes_in_its_own_words(emulator: Emulator, api: httpx.Client):
    emulator.faults([{"reason": name} for name in CATALOGUE])
    for name, (status, domain, message, location) in CATALOGUE.items():
        answer = get(api)
        error = answer.json()["error"]
        assert reason(answer) == (status, name) == (error["code"], name)
        assert (error["message"], error["errors"][0]["domain"]) == (message, domain)
        assert error["errors"][0].get("location") == location
    assert get(api).status_code == 200


def test_the_contracts_own_example(emulator: Emulator, api: httpx.Client):
    rule = {"method": "files.create", "status": 503, "reason": "backendError", "times": 3, "after_commit": False}
    emulator.faults([{**rule, "delay_ms": 0, "drop": False}])
    assert get(api).status_code == 200
    assert [upload(api).status_code for _ in range(4)] == [503, 503, 503, 200]
    assert len(emulator.files()) == 1


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"status": 429}, (429, "rateLimitExceeded")),
        ({"status": 403}, (403, "rateLimitExceeded")),
        ({"status": 500}, (500, "internalError")),
        ({"status": 502}, (502, "backendError")),
        ({"status": 504}, (504, "backendError")),
        ({"status": 404}, (404, "notFound")),
        ({"status": 418, "reason": "teapot", "message": "short and stout"}, (418, "teapot")),
        ({"reason": "dailyLimitExceeded"}, (403, "dailyLimitExceeded")),
        ({"status": 429, "reason": "userRateLimitExceeded"}, (429, "userRateLimitExceeded")),
    ],
)
def test_status_and_reason_go_together_or_apart(
    emulator: Emulator, api: httpx.Client, rule: dict[str, Any], expected: tuple[int, str]
):
    emulator.faults([rule])
    assert reason(get(api)) == expected


def test_retry_after_and_other_headers(emulator: Emulator, api: httpx.Client):
    emulator.faults([{"status": 429, "retry_after": 7, "headers": {"X-Odd": "yes"}}])
    answer = get(api)
    assert (answer.headers["Retry-After"], answer.headers["X-Odd"]) == ("7", "yes")


def test_html_and_empty_bodies(emulator: Emulator, api: httpx.Client):
    emulator.faults([{"status": 502, "reason": "html"}, {"status": 503, "reason": "empty"}, {"reason": "html"}])
    html, empty, usual = get(api), get(api), get(api)
    assert html.status_code == 502 and html.headers["Content-Type"].startswith("text/html") and "<html>" in html.text
    assert (empty.status_code, empty.content) == (503, b"")
    assert usual.status_code == 502


def test_a_captive_portal(emulator: Emulator, api: httpx.Client):
    page = "<html>Welcome to the venue's Wi-Fi</html>"
    portal = {"Location": "http://192.0.2.1/login"}
    emulator.faults([{"status": 200, "body": page}, {"status": 302, "headers": portal}])
    first, second = get(api), get(api)
    assert (first.status_code, first.text) == (200, page) and first.headers["Content-Type"].startswith("text/html")
    assert (second.status_code, second.headers["Location"]) == (302, portal["Location"])


def test_after_commit_the_work_is_done(emulator: Emulator, api: httpx.Client):
    emulator.faults(
        [{"method": "files.create", "status": 500, "after_commit": True}, {"method": "files.create", "status": 500}]
    )
    ids = ok(api.get("/drive/v3/files/generateIds", params={"count": 2}))["ids"]
    assert upload(api, id=ids[0]).status_code == 500
    assert upload(api, id=ids[1]).status_code == 500
    assert [file["id"] for file in emulator.files()] == [ids[0]]
    assert reason(upload(api, id=ids[0])) == (409, "fileIdInUse")
    assert upload(api, id=ids[1]).status_code == 200


@pytest.mark.parametrize("after_commit", [False, True])
def test_a_dropped_connection_gives_no_answer(emulator: Emulator, api: httpx.Client, after_commit: bool):
    emulator.faults([{"method": "files.create", "drop": True, "after_commit": after_commit}])
    with pytest.raises(httpx.TransportError):
        upload(api)
    assert len(emulator.files()) == int(after_commit)
    assert upload(api).status_code == 200
    assert emulator.requests()["cut"] == 1


def test_drop_wins_over_a_status(emulator: Emulator, api: httpx.Client):
    emulator.faults([{"status": 503, "drop": True}])
    with pytest.raises(httpx.TransportError):
        get(api)


def test_slow_answers(emulator: Emulator, api: httpx.Client):
    emulator.faults([{"method": "files.create", "delay_ms": 300}])
    begun = time.monotonic()
    assert upload(api).status_code == 200
    assert time.monotonic() - begun >= 0.3


def test_an_answer_that_comes_too_late_was_given_all_the_same(emulator: Emulator, api: httpx.Client):
    emulator.faults([{"method": "files.create", "delay_ms": 500}])
    with pytest.raises(httpx.ReadTimeout):
        api.post("/drive/v3/files", json={"name": "late"}, timeout=0.2)
    assert [file["name"] for file in emulator.files()] == ["late"]


def test_an_upload_cut_in_the_middle_leaves_nothing(emulator: Emulator, api: httpx.Client):
    emulator.faults([{"method": "files.create", "after_bytes": 100_000, "drop": True}])
    with pytest.raises(httpx.TransportError):
        upload(api, b"x" * 3_000_000)
    assert emulator.files() == []


def test_an_upload_that_stalls_goes_on(emulator: Emulator, api: httpx.Client):
    emulator.faults([{"method": "files.create", "after_bytes": 1000, "stall_ms": 300}])
    begun = time.monotonic()
    assert upload(api, b"x" * 300_000).json()["md5Checksum"] == hashlib.md5(b"x" * 300_000).hexdigest()
    assert time.monotonic() - begun >= 0.3


def test_a_download_that_stalls_or_is_cut(emulator: Emulator, api: httpx.Client):
    made = put(api, b"d" * 400_000)
    media = {"url": f"/drive/v3/files/{made['id']}", "params": {"alt": "media"}}
    emulator.faults([{"method": "files.get_media", "after_bytes": 5000, "stall_ms": 3000}])
    begun = time.monotonic()
    with api.stream("GET", **media) as answer:
        pieces = answer.iter_raw(5000)
        assert next(pieces) == b"d" * 5000
        assert time.monotonic() - begun < 2.9
        assert sum(map(len, pieces)) == 395_000
    assert time.monotonic() - begun >= 3.0
    emulator.faults([{"method": "files.get_media", "after_bytes": 5000, "drop": True}])
    with pytest.raises(httpx.RemoteProtocolError):
        api.get(**media)


def test_damage_on_the_way_up_shows_in_the_checksum(emulator: Emulator, api: httpx.Client):
    content = b"photo" * 20_000
    emulator.faults([{"method": "files.create", "corrupt": True, "after_bytes": 70_000}])
    made = upload(api, content).json()
    damaged = content[:70_000] + bytes([content[70_000] ^ 0xFF]) + content[70_001:]
    assert made["md5Checksum"] == hashlib.md5(damaged).hexdigest()
    emulator.faults([{"method": "upload.put", "corrupt": True}])
    session = api.post(UPLOAD, params={"uploadType": "resumable", "fields": "md5Checksum"}, json={})
    sent = api.put(session.headers["Location"], content=content)
    assert sent.json()["md5Checksum"] == hashlib.md5(b"\x8f" + content[1:]).hexdigest()


def test_damage_on_the_way_down(emulator: Emulator, api: httpx.Client):
    made = put(api, b"d" * 100_000)
    media = {"url": f"/drive/v3/files/{made['id']}", "params": {"alt": "media"}}
    emulator.faults([{"method": "files.get_media", "corrupt": True, "after_bytes": 9}])
    assert api.get(**media).content == b"d" * 9 + b"\x9b" + b"d" * 99_990
    assert api.get(**media).content == b"d" * 100_000


def test_an_answer_with_the_wrong_md5(emulator: Emulator, api: httpx.Client):
    emulator.faults([{"method": "files.create", "wrong_md5": True}])
    made = upload(api, b"x").json()
    true = hashlib.md5(b"x").hexdigest()
    assert made["md5Checksum"] != true and len(made["md5Checksum"]) == 32
    assert ok(api.get(f"/drive/v3/files/{made['id']}", params={"fields": "md5Checksum"}))["md5Checksum"] == true


def test_rules_count_skip_choose_and_clear(emulator: Emulator, api: httpx.Client):
    one, two = make(api)["id"], make(api)["id"]
    emulator.faults([{"method": "files.get", "status": 500, "file_id": one}])
    assert api.get(f"/drive/v3/files/{two}").status_code == 200
    assert api.get(f"/drive/v3/files/{one}").status_code == 500
    emulator.faults([{"method": "files.list", "status": 500, "skip": 2, "times": 1}])
    assert [get(api).status_code for _ in range(4)] == [200, 200, 500, 200]
    emulator.faults([{"method": "files.*", "status": 500, "times": None}])
    assert [get(api).status_code for _ in range(3)] == [500] * 3
    emulator.clear_faults()
    assert get(api).status_code == 200
    emulator.faults([{"status": 500, "times": None, "probability": 0.3, "seed": 7}])
    bad = sum(get(api).status_code == 500 for _ in range(100))
    assert 15 < bad < 45


def test_rules_for_one_account(emulator: Emulator, api: httpx.Client):
    emulator.faults([{"method": "files.*", "status": 500, "times": None, "account": "ben@example.com"}])
    assert get(api).status_code == 200
    with emulator.client(account="ben@example.com") as his:
        assert get(his).status_code == 500


def test_sign_in_can_fail_too(emulator: Emulator):
    form = {"grant_type": "refresh_token", "refresh_token": "emulator", "client_id": "c"}
    emulator.faults([{"method": "oauth.token", "status": 503, "reason": "html"}])
    assert httpx.post(f"{emulator.url}/token", data=form, trust_env=False, timeout=60).status_code == 503
    body = '{"error": "invalid_grant", "error_description": "Token has been expired or revoked."}'
    emulator.faults([{"method": "oauth.token", "status": 400, "body": body}])
    answer = httpx.post(f"{emulator.url}/token", data=form, trust_env=False, timeout=60)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("rule", [{"method": 3}, {"colour": "red"}, {"status": 99}, {"times": 0}])
def test_a_rule_that_makes_no_sense_is_refused(emulator: Emulator, rule: dict[str, Any]):
    answer = httpx.post(f"{emulator.url}/_emulator/faults", json=[rule], trust_env=False, timeout=60)
    assert answer.status_code == 400 and next(iter(rule)) in answer.json()["error"]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({}, "would do nothing: {}"),
        ({"method": "files.create", "times": 3}, "would do nothing: {'method': 'files.create', 'times': 3}"),
        ({"drop": False, "delay_ms": 0}, "would do nothing"),
        ({"after_commit": True}, "would do nothing"),
        ({"retry_after": 3}, "would do nothing"),
        ({"method": "files.nope", "status": 503}, "there is no method 'files.nope'; there are: about.get, "),
        ({"method": "file.*", "status": 503}, "there is no method 'file.*'"),
        ({"method": "", "status": 503}, "there is no method ''"),
    ],
)
def test_a_rule_that_would_strike_nothing_or_do_nothing_is_refused(
    emulator: Emulator, api: httpx.Client, rule: dict[str, Any], said: str
):
    """Else a test of somebody's passes, as nothing went wrong."""
    whole = {"method": "files.list", "status": 503}
    answer = httpx.post(f"{emulator.url}/_emulator/faults", json=[whole, rule], trust_env=False, timeout=60)
    assert answer.status_code == 400 and said in answer.json()["error"]
    assert emulator.get("faults")["faults"] == []
    assert get(api).status_code == 200


@pytest.mark.parametrize(
    "method",
    ["files.*", "*", "upload.put", "upload.status", "oauth.token", "web.view", "batch", "unknown", "file?.list"],
)
def test_whatever_is_counted_can_be_struck(emulator: Emulator, method: str):
    emulator.faults({"method": method, "status": 503})
    assert emulator.get("faults")["faults"][0]["left"] == 1
