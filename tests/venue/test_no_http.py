"""What can be read as no HTTP, or at an address where nothing is, is answered like all else: by a `Problem`."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.venue.house import House, wait_for
from tests.venue.pictures import scene
from tests.venue.test_api_over_tcp import listening, over_tcp

__all__ = ["listening"]

HOST = b"Host: localhost\r\n"
ODD = {
    "no request line": (b"\x16\x03\x01 hello\r\n\r\n", 400),
    "a header without a name": (b"GET / HTTP/1.1\r\n" + HOST + b": x\r\n\r\n", 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two lengths": (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
    "large headers": (b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"x" * 300_000 + b"\r\n\r\n", 431),
}


def answered(house: House, way: str, asked: bytes) -> tuple[int, str, dict[str, Any]]:
    if way == "socket":
        line = socket.socket(socket.AF_UNIX)
        line.connect(json.loads((house.root / ".venuesync" / "agent.json").read_bytes())["socket"])
    else:
        host, _, port = house.environ["VENUESYNC_API__LISTEN"].rpartition(":")
        line = socket.create_connection((host, int(port)))
    with line, line.makefile("rb") as answer:
        line.settimeout(20)
        with suppress(BrokenPipeError, ConnectionResetError):  # it is answered before all of it was sent
            line.sendall(asked)
        head, _, body = answer.read().partition(b"\r\n\r\n")
    first, *headers = head.decode().split("\r\n")
    kinds = [one.partition(": ")[2] for one in headers if one.lower().startswith("content-type:")]
    return int(first.split()[1]), kinds[0], json.loads(body)


def test_what_is_no_http_is_answered_by_a_problem(listening: House) -> None:
    """It was a plain text."""
    over_tcp(listening)
    for way in ("tcp", "socket"):
        for name, (asked, status) in ODD.items():
            found, kind, body = answered(listening, way, asked)
            assert (found, kind) == (status, "application/problem+json"), (way, name)
            assert (body["title"], body["status"], body["kind"]) == ("That is no HTTP request", status, "no_http"), name
            assert body["detail"] and "bytearray" not in body["detail"], name
    assert over_tcp(listening).get("/health").status_code == 200


@pytest.mark.slow
def test_nobody_is_sent_on_to_another_address(house: House) -> None:
    house.start()
    with house.api() as api:
        for path in ("/photos/1/", "/status/", "/events/", "/folders/"):
            answer = api.get(path, follow_redirects=False)
            assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), path


@pytest.mark.slow
def test_whoever_told_google_no_reads_what_to_do(listening: House) -> None:
    """On the page to which the browser comes back: of no command that they never typed."""
    operator = over_tcp(listening, listening.json("token")["token"])
    begun = operator.post("/api/cloud/drive-auth").json()
    browser = httpx.Client(trust_env=False, timeout=60)
    back = f"{begun['redirect_uri']}?error=access_denied&state={begun['state']}"
    page = browser.get(back)
    assert "Google was told no: nothing was allowed, and nothing is changed." in page.text
    assert "Ask for a new address, and tick every box that Google shows" in page.text
    assert "access_denied" not in page.text and "venuesync login" not in page.text
    for late in (back, begun["redirect_uri"]):
        assert "This sign-in is not known here" in browser.get(late).text


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
def test_a_cards_photo_has_the_camera_that_it_names_or_none(house: House, tmp_path: Path) -> None:
    house.start()
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_1.jpg")
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "it is filed")
    with house.api() as api:
        (one,) = api.get("/events/default/photos").json()["photos"]
        assert one["camera"] is None


@pytest.mark.slow
def test_an_event_that_is_switched_off_is_listed_in_full_and_that_is_said(house: House) -> None:
    house.start()
    assert house.run("events", "add", "Wedding").returncode == 0
    with house.api() as api:
        assert api.post("/events/Wedding/sync").json() == {"started": True, "fullSync": False}
        assert house.run("events", "disable", "Wedding").returncode == 0
        assert api.post("/events/Wedding/sync").json() == {"started": True, "fullSync": True}
