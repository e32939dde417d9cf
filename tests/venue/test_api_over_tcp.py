"""The API over TCP: everything needs a token but what has to be open; a browser signs in; Drive's messages count."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.emulator.drive import Emulator
from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene


@pytest.fixture
def listening(tmp_path: Path, emulator: Emulator) -> Iterator[House]:
    """An agent that listens on a free port, and is told of every change."""
    address = f"127.0.0.1:{free_port()}"
    made = House(tmp_path / "venue", emulator, VENUESYNC_API__LISTEN=address, VENUESYNC_DRIVE__PUSH=f"http://{address}")
    made.start()
    yield made
    made.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def over_tcp(house: House, token: str = "") -> httpx.Client:
    url = "http://" + house.environ["VENUESYNC_API__LISTEN"]
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    client = httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=20)
    wait_for(lambda: answers(client), 10, "the port answers")
    return client


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/").is_success
    except httpx.TransportError:
        return False


def test_without_a_good_token_only_the_open_doors_are(listening: House) -> None:
    stranger = over_tcp(listening)
    assert stranger.get("/health").status_code == 200
    for path in ("/status", "/people", "/stream", "/openapi.json", "/events"):
        refused = stranger.get(path)
        assert refused.status_code == 401
        assert "venuesync token" in refused.json()["remedy"]
    assert stranger.post("/commands/pause", json={"what": "all"}).status_code == 401
    assert stranger.post("/drive/notifications").status_code == 404
    forged = "eyJhbGciOiJub25lIn0.eyJleHAiOjk5OTk5OTk5OTl9."
    assert over_tcp(listening, forged).get("/status").status_code == 401
    assert listening.json("status")["paused"] == {"uploads": False, "all": False, "since": None}


def test_with_a_token_all_of_it_is_and_a_token_ends(listening: House) -> None:
    token = listening.json("token")
    operator = over_tcp(listening, token["token"])
    assert operator.get("/status").json()["mode"] == "headless"
    short = listening.json("token", "--days", "0.001")["token"]
    assert over_tcp(listening, short).get("/status").status_code == 200
    listening.environ["VENUESYNC_API__KEY"] = "another-key-that-nobody-knows-of-0123456789"
    other = listening.json("token")["token"]
    assert over_tcp(listening, other).get("/status").status_code == 401


def test_a_browser_signs_in_through_the_api(listening: House) -> None:
    operator = over_tcp(listening, listening.json("token")["token"])
    begun = operator.post("/api/cloud/drive-auth").json()
    assert begun["success"] and begun["redirect_uri"].endswith("/api/cloud/oauth/callback")
    assert len(begun["state"]) >= 43  # 256 bits
    browser = httpx.Client(trust_env=False)
    back = browser.post(begun["auth_url"], data={"emulator_confirm": "1"}, follow_redirects=False)
    address = back.headers["location"]
    assert parse_qs(urlsplit(address).query)["state"] == [begun["state"]]
    page = browser.get(address)
    assert page.status_code == 200 and "Signed in as" in page.text
    assert "token" not in page.text
    assert browser.get(address).status_code == 400  # once
    assert browser.get(address.replace(begun["state"], "x" * 43)).status_code == 400


def test_without_a_port_the_two_sign_in_endpoints_name_the_command(house: House) -> None:
    house.start()
    api = house.api()
    for path in ("/api/cloud/gmail-auth", "/api/cloud/drive-auth"):
        refused = api.post(path)
        assert refused.status_code == 409
        assert "venuesync login" in refused.json()["remedy"]


def test_with_push_a_photo_is_there_at_once_though_polls_are_rare(listening: House, tmp_path: Path) -> None:
    anna = Photographer(listening.emulator)
    folder = anna.folder("Anna", share=True)
    assert listening.run("events", "add", "Wedding", "--source", folder).returncode == 0
    assert listening.run("events", "interval", "Wedding", "60").returncode == 0
    wait_for(lambda: listening.json("events")[1]["sync_status"] == "UP_TO_DATE", 15, "it was listed")
    wait_for(lambda: "changes.watch" in listening.emulator.requests()["methods"], 10, "a channel is open")
    looks = listening.emulator.requests()["methods"].get("changes.list", 0)
    anna.put(scene(tmp_path / "a.jpg", 1), "DSC_1.jpg", folder)
    wait_for(lambda: list((listening.root / "Events/Wedding/Unsorted").rglob("DSC_1.jpg")), 8, "the photo is filed")
    assert listening.emulator.requests()["methods"]["changes.list"] > looks
    stranger = over_tcp(listening)
    known = {"X-Goog-Channel-ID": "made-up", "X-Goog-Channel-Token": "made-up", "X-Goog-Resource-State": "change"}
    assert stranger.post("/drive/notifications", headers=known).status_code == 404
    assert listening.stop() == 0
    assert "channels.stop" in listening.emulator.requests()["methods"]
