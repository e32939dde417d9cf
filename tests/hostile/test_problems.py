"""Whatever is asked wrongly over HTTP is answered by one shape, with a status that says who has to do something."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import httpx
import jsonschema
import pytest

from tests.hostile.house import Door

LARGE = 2**63
NOBODY = {"person": "Nobody", "event": None}

WRONG: list[tuple[str, str, Any, int]] = [  # method, address, body, status
    ("GET", f"/photos/{LARGE}", None, 422),
    ("GET", f"/photos/{LARGE}/thumbnail", None, 422),
    ("GET", f"/photos?before={LARGE}", None, 422),
    ("GET", f"/photos?page={LARGE}", None, 422),
    ("GET", f"/activity?before={LARGE}", None, 422),
    ("GET", f"/faces?limit={LARGE}", None, 422),
    ("GET", f"/faces/face:{LARGE}", None, 404),
    ("GET", f"/events/default/photos?page={LARGE}", None, 422),
    ("GET", f"/events/default/photos?cursor={LARGE}", None, 422),
    ("GET", "/events/default/photos?state=zzz", None, 422),
    ("GET", "/photos?state=zzz", None, 422),
    ("GET", "/uploads?state=zzz", None, 422),
    ("GET", f"/errors/rows?ids={LARGE}", None, 422),
    ("GET", "/photos/999", None, 404),
    ("GET", "/photos/999/thumbnail", None, 404),
    ("GET", "/people/nobody", None, 404),
    ("GET", "/faces/nobody", None, 404),
    ("GET", "/events/nothing", None, 404),
    ("GET", "/events/nothing/photos", None, 404),
    ("GET", "/events/default/photos?person=nobody", None, 404),
    ("GET", "/photos?event=nothing", None, 404),
    ("GET", "/api/event/nothing/auto-sync/status", None, 404),
    ("GET", "/api/cloud/sync-status/nothing", None, 404),
    ("GET", "/nothing/here", None, 404),
    ("DELETE", "/photos/1", None, 405),
    ("POST", "/status", {}, 405),
    ("POST", "/drive/notifications", None, 404),
    ("POST", "/commands/undo", {}, 409),
    ("POST", "/commands/sign-in-finish", {"pasted": "http://[::1"}, 409),
    ("POST", "/commands/sign-in-begin", {"client": "/dev/null"}, 422),
    ("POST", "/commands/sign-in-begin", {"client": "~nobody/x"}, 422),
    ("POST", "/commands/people-rename", {**NOBODY, "name": "X"}, 404),
    ("POST", "/commands/people-merge", {**NOBODY, "into": "X"}, 404),
    ("POST", "/commands/people-not", {**NOBODY, "photos": [1]}, 404),
    ("POST", "/commands/people-link", NOBODY, 404),
    ("POST", "/commands/photos-withdraw", {"ids": [999]}, 404),
    ("POST", "/commands/photos-withdraw", {"ids": [LARGE]}, 422),
    ("POST", "/commands/photos-move", {"ids": [1], "event": "nothing"}, 404),
    ("POST", "/commands/unknown-name", {"id": "c99", "name": "X"}, 404),
    ("POST", "/commands/unknown-name", {"id": f"c{LARGE}", "name": "X"}, 404),
    ("POST", "/commands/unknown-ignore", {"id": "nobody"}, 404),
    ("POST", "/commands/review-yes", {"id": 99}, 404),
    ("POST", "/commands/enroll-face", {"name": "X", "face": "face:99"}, 404),
    ("POST", "/commands/enroll-face", {"name": "X", "face": f"photo:{LARGE}"}, 404),
    ("POST", "/commands/enroll-face", {"name": "X", "face": "photo:1"}, 422),
    ("POST", "/commands/enroll", {"name": "X", "photos": ["/dev/null"]}, 422),
    ("POST", "/commands/enroll", {"name": "X", "photos": ["/dev/null/\0"]}, 422),
    ("POST", "/commands/enroll", {"name": "X", "photos": ["relative.jpg"]}, 422),
    ("POST", "/commands/enroll", {"name": " ", "photos": ["/dev/null"]}, 422),
    ("POST", "/commands/people-find", {"photo": "/dev/null"}, 422),
    ("POST", "/commands/people-find", {"photo": "/not/there.jpg"}, 404),
    ("POST", "/commands/people-find", {"photo": "/" + "x" * 4000}, 422),
    ("POST", "/commands/limit", {"up_mbps": True}, 422),
    ("POST", "/commands/retry", {"all": 1}, 422),
    ("POST", "/commands/verify", {"repair": 0, "more": 1}, 422),
    ("POST", "/commands/events-remove", {"event": "default"}, 409),
    ("POST", "/commands/events-add", {"name": "Default"}, 422),
    ("POST", "/commands/events-add", {"name": "X", "sources": ["http://[::1"]}, 422),
    (
        "POST",
        "/commands/events-add",
        {"name": "X", "sources": ["https://evilgoogle.com/drive/folders/0123456789a"]},
        422,
    ),
    ("POST", "/commands/events-add", {"name": "X", "folders": ["/x\0y"]}, 422),
    ("POST", "/commands/events-add", {"name": "X", "folders": [""]}, 422),
    ("POST", "/commands/events-folder", {"event": "default", "change": "remove", "folder": "/not/there"}, 404),
    ("POST", "/commands/events-interval", {"event": "default", "minutes": True}, 422),
    ("POST", "/api/event/default/auto-sync/enable", {"interval_minutes": True}, 422),
    ("POST", "/api/event/default/auto-sync/enable", {"interval_minutes": 0}, 422),
    ("POST", "/events", {"name": "X", "googleDriveUrl": "1nothing0here"}, 404),
    ("POST", "/events", {"name": "X", "googleDriveUrl": "http://[::1"}, 422),
]


@lru_cache
def described(door: Door) -> dict[str, Any]:
    document = door.over("socket").get("/openapi.json").json()
    return {**document["components"]["schemas"]["Problem"], "components": document["components"]}


def check(answer: httpx.Response, door: Door) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    jsonschema.validate(told, described(door))
    assert told["status"] == answer.status_code
    assert told["title"]
    return told


@pytest.mark.parametrize("way", ["socket", "tcp"])
def test_every_refusal_has_one_shape_and_says_who_has_to_do_something(door: Door, way: str) -> None:
    with door.over(way) as api:
        for method, path, body, status in WRONG:
            answer = api.request(method, path, json=body)
            assert answer.status_code == status, (method, path, body, answer.text)
            told = check(answer, door)
            assert told["kind"] != "internal"
    assert "Traceback" not in door.log


def test_half_a_character_is_refused_and_told_of(door: Door) -> None:
    bodies = [
        b'{"name": "\\ud800", "photos": ["/x"]}',
        b'{"name": "X", "photos": ["/\\udc80"]}',
        b"\xff\x17",
        b'{"name": ',
    ]
    with door.over("tcp") as api:
        for body in bodies:
            answer = api.post("/commands/enroll", content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code == 422, (body, answer.text)
            check(answer, door)


def test_a_wrong_argument_is_named_with_what_was_given_and_what_is_accepted(door: Door) -> None:
    with door.over("socket") as api:
        told = check(api.post("/commands/events-interval", json={"event": "default", "minutes": 99}), door)
        assert told["title"] == "minutes is wrong" and "99" in told["detail"] and "0.5 to 60 minutes" in told["detail"]


def test_of_thousands_of_photos_that_are_not_there_the_first_are_named(door: Door) -> None:
    wrong = list(range(2**50, 2**50 + 10_000))
    with door.over("socket") as api:
        for verb in "photos-withdraw", "retry":
            told = check(api.post(f"/commands/{verb}", json={"ids": wrong}), door)
            assert (told["status"], told["detail"][-15:]) == (404, " and 9,980 more"), verb


def test_how_an_address_may_be_asked_is_said_in_full(door: Door) -> None:
    with door.over("socket") as api:
        refused = api.request("PUT", "/events", json={})
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, POST")
        refused = api.head("/stream", timeout=20)  # else it would follow, and never end
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET")


def test_without_a_token_the_shape_is_the_same(door: Door) -> None:
    with httpx.Client(base_url=door.tcp, trust_env=False, timeout=60) as stranger:
        for method, path, _, _ in WRONG:
            answer = stranger.request(method, path)
            told = check(answer, door)
            assert told["status"] == (404 if path == "/drive/notifications" else 401)


def test_every_operation_names_the_same_refusals(door: Door) -> None:
    paths = door.over("socket").get("/openapi.json").json()["paths"]
    operations = [one for path in paths.values() for one in path.values()]
    assert len(operations) > 80
    for one in operations:
        assert {"401", "403", "404", "408", "409", "413", "421", "422", "429", "500", "503"} <= one["responses"].keys()
        refused = one["responses"]["422"]["content"]["application/problem+json"]["schema"]
        assert refused == {"$ref": "#/components/schemas/Problem"}


def test_what_is_refused_at_the_door_is_described_too(door: Door) -> None:
    """By a token for looking, for another server's name, and for what is larger than any request."""
    reader = {"Authorization": f"Bearer {door.house.json('token', '--read-only')['token']}"}
    operation = door.over("socket").get("/openapi.json").json()["paths"]["/commands/undo"]["post"]
    with httpx.Client(base_url=door.tcp, trust_env=False, timeout=60) as api:
        refused = [
            api.post("/commands/undo", headers=reader, json={}),
            api.post("/commands/undo", headers={"Host": "elsewhere.example.com"}, json={}),
            api.post("/commands/undo", headers={"Authorization": f"Bearer {door.token}"}, content=bytes(2 << 20)),
        ]
    assert [one.status_code for one in refused] == [403, 421, 413]
    for one in refused:
        check(one, door)
        assert operation["responses"][str(one.status_code)]["description"]
