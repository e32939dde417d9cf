"""The API over TCP: everything needs a token but what has to be open; a browser signs in; Drive's messages count."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest

from tests.emulator.drive import Emulator
from tests.making import files_below
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


@pytest.mark.slow
def test_where_it_listens_everywhere_a_browser_is_led_back_to_this_machine(house: House) -> None:
    """Google refuses 0.0.0.0, which is no address."""
    port = free_port()
    house.environ["VENUESYNC_API__LISTEN"] = f"0.0.0.0:{port}"
    house.start()
    token = house.json("token")["token"]
    begun = over_tcp(house, token).post("/api/cloud/drive-auth").json()
    assert begun["redirect_uri"] == f"http://127.0.0.1:{port}/api/cloud/oauth/callback"
    browser = httpx.Client(trust_env=False, timeout=60)
    back = browser.post(begun["auth_url"], data={"emulator_confirm": "1"}, follow_redirects=False)
    assert "Signed in as" in browser.get(back.headers["location"]).text


@pytest.mark.parametrize(("host", "times"), [("0.0.0.0", 1), ("127.0.0.1", 0)])
def test_that_other_machines_reach_it_is_in_the_log(house: House, host: str, times: int) -> None:
    house.environ["VENUESYNC_API__LISTEN"] = f"{host}:{free_port()}"
    house.start()
    file = house.root / ".venuesync" / "logs" / "agent.log"
    said = lambda: file.read_text(encoding="utf-8") if file.exists() else ""  # noqa: E731
    wait_for(lambda: "drive.state" in said() and said().count("api.open") >= times, 30, "it is open, and so is Drive")
    log = said()
    assert log.count("api.open") == times, log


@pytest.mark.slow
def test_without_a_good_token_only_the_open_doors_are(listening: House) -> None:
    stranger = over_tcp(listening)
    assert stranger.get("/health").status_code == 200
    for path in ("/status", "/metrics", "/people", "/stream", "/openapi.json", "/events"):
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


@pytest.mark.slow
def test_a_browser_signs_in_through_the_api(listening: House) -> None:
    operator = over_tcp(listening, listening.json("token")["token"])
    begun = operator.post("/api/cloud/drive-auth").json()
    assert begun["success"] and begun["redirect_uri"].endswith("/api/cloud/oauth/callback")
    assert len(begun["state"]) >= 43  # 256 bits
    browser = httpx.Client(trust_env=False, timeout=60)
    back = browser.post(begun["auth_url"], data={"emulator_confirm": "1"}, follow_redirects=False)
    address = back.headers["location"]
    assert parse_qs(urlsplit(address).query)["state"] == [begun["state"]]
    page = browser.get(address)
    assert page.status_code == 200 and "Signed in as" in page.text
    assert "token" not in page.text
    assert browser.get(address).status_code == 409  # once
    assert browser.get(address.replace(begun["state"], "x" * 43)).status_code == 409


def sign_in(operator: httpx.Client, level: str, account: str) -> None:
    begun = operator.post(f"/api/cloud/{level}-auth").json()
    told = {"emulator_confirm": "1", "emulator_account": account}
    browser = httpx.Client(trust_env=False, timeout=60)
    back = browser.post(begun["auth_url"], data=told, follow_redirects=False)
    assert "Signed in as" in browser.get(back.headers["location"]).text


@pytest.mark.slow
@pytest.mark.parametrize("who", ["operator@venuesync.example", "somebody@else.example"])
def test_who_only_says_who_they_are_takes_no_access_to_drive_away(listening: House, who: str) -> None:
    """The predecessors' first level, after the second one: Drive was not asked any more, beside "Signed in"."""
    operator = over_tcp(listening, listening.json("token")["token"])
    sign_in(operator, "drive", "operator@venuesync.example")
    wait_for(lambda: operator.get("/status").json()["drive"]["account"] is not None, 20, "they are signed in")
    sign_in(operator, "gmail", who)
    first = [one for one in operator.get("/accounts").json() if one["account"] == "operator@venuesync.example"]
    assert [one["level"] for one in first] == ["full"]
    now = operator.get("/status").json()["drive"]
    assert (now["state"], now["account"]) == ("online", "operator@venuesync.example")


@pytest.mark.slow
def test_a_browser_that_comes_back_after_somebody_signed_out_signs_nobody_in(listening: House) -> None:
    operator = over_tcp(listening, listening.json("token")["token"])
    begun = operator.post("/api/cloud/drive-auth").json()
    browser = httpx.Client(trust_env=False, timeout=60)
    back = browser.post(begun["auth_url"], data={"emulator_confirm": "1"}, follow_redirects=False)
    assert listening.run("logout").returncode == 0
    page = browser.get(back.headers["location"])
    assert page.status_code == 409 and "Somebody signed out meanwhile" in page.text
    assert not list((listening.root / ".venuesync" / "sign-in").glob("account-*"))


@pytest.mark.slow
def test_without_a_port_the_two_sign_in_endpoints_name_the_command(house: House) -> None:
    house.start()
    api = house.api()
    for path in ("/api/cloud/gmail-auth", "/api/cloud/drive-auth"):
        refused = api.post(path)
        assert refused.status_code == 409
        assert "venuesync login" in refused.json()["remedy"]


@pytest.mark.slow
@pytest.mark.parametrize("listens", [True, False])
def test_where_drive_is_off_they_say_so(house: House, listens: bool) -> None:
    """It was said that the API is reached by its socket alone, over TCP, and that a command helps."""
    house.environ["VENUESYNC_DRIVE__ENABLED"] = "false"
    if listens:
        house.environ["VENUESYNC_API__LISTEN"] = f"127.0.0.1:{free_port()}"
    house.start()
    api = over_tcp(house, house.json("token")["token"]) if listens else house.api()
    for path in ("/api/cloud/gmail-auth", "/api/cloud/drive-auth"):
        refused = api.post(path)
        assert (refused.status_code, refused.json()["title"]) == (409, "Drive is off")
        assert "drive.enabled = true" in refused.json()["remedy"]
    page = api.get("/api/cloud/oauth/callback", params={"state": "x"})
    assert page.status_code == 409 and "Drive is off" in page.text


@pytest.mark.slow
def test_with_push_a_photo_is_there_at_once_though_polls_are_rare(listening: House, tmp_path: Path) -> None:
    anna = Photographer(listening.emulator)
    folder = anna.folder("Anna", share=True)
    assert listening.run("events", "add", "Wedding", "--source", folder).returncode == 0
    assert listening.run("events", "interval", "Wedding", "60").returncode == 0
    wait_for(lambda: listening.json("events")[1]["sync_status"] == "UP_TO_DATE", 15, "it was listed")
    wait_for(lambda: "changes.watch" in listening.emulator.requests()["methods"], 10, "a channel is open")
    listening.emulator.post("lag", {"list_ms": 30_000})  # a folder listed once more does not bring it
    looks = listening.emulator.requests()["methods"].get("changes.list", 0)
    anna.put(scene(tmp_path / "a.jpg", 1), "DSC_1.jpg", folder)
    wait_for(
        lambda: any(path.endswith("DSC_1.jpg") for path in files_below(listening.root / "Events/Wedding/Unsorted")),
        8,
        "the photo is filed",
    )
    assert listening.emulator.requests()["methods"]["changes.list"] > looks
    stranger = over_tcp(listening)
    known = {"X-Goog-Channel-ID": "made-up", "X-Goog-Channel-Token": "made-up", "X-Goog-Resource-State": "change"}
    assert stranger.post("/drive/notifications", headers=known).status_code == 404
    assert listening.stop() == 0
    assert "channels.stop" in listening.emulator.requests()["methods"]


@pytest.mark.slow
def test_a_token_is_for_one_workspace_alone_and_can_be_taken_back(listening: House, tmp_path: Path) -> None:
    made = listening.json("token")
    other = House(
        tmp_path / "other", listening.emulator, VENUESYNC_API__KEY="the-same-key-in-two-workspaces-0123456789"
    )
    listening.environ["VENUESYNC_API__KEY"] = other.environ["VENUESYNC_API__KEY"]
    assert listening.stop() == 0
    listening.start()
    assert over_tcp(listening, other.json("token")["token"]).get("/status").status_code == 401
    mine = listening.json("token")
    operator = over_tcp(listening, mine["token"])
    assert operator.get("/status").status_code == 200
    assert {one["id"] for one in listening.json("token", "list")} == {made["id"], mine["id"]}
    with operator.stream("GET", "/stream", timeout=40) as told:
        lines = told.iter_lines()
        assert next(lines) == ": venuesync"
        assert listening.run("token", "revoke", mine["id"]).returncode == 0
        assert listening.run("pause", "uploads").returncode == 0
        assert '"uploads": true' not in "".join(lines), "it goes on, though nobody may ask any more"
    assert operator.get("/status").status_code == 401
    assert [one["id"] for one in listening.json("token", "list")] == [made["id"]]
    gone = listening.run("token", "revoke", "../../config.toml")
    assert gone.returncode == 2 and "no such access token" in gone.stderr


def test_a_token_for_looking_changes_nothing(listening: House) -> None:
    reader = over_tcp(listening, listening.json("token", "--read-only")["token"])
    assert reader.get("/status").status_code == 200
    assert "venuesync_photos{" in reader.get("/metrics").text
    assert reader.post("/api/cloud/lazy-folders/list_subfolders", json={}).status_code == 200
    refused = reader.post("/commands/pause", json={"what": "all"})
    assert (refused.status_code, refused.json()["kind"]) == (403, "read_only")
    assert reader.post("/api/cloud/drive-auth").status_code == 403
    assert listening.json("token", "list")[0]["read_only"] is True


@pytest.mark.slow
def test_claims_of_another_kind_are_no_token(listening: House) -> None:
    good = jwt.decode(listening.json("token")["token"], options={"verify_signature": False})
    key = (listening.root / ".venuesync" / "api.key").read_text()
    claims: list[dict[str, Any]] = [
        *({**good, "exp": exp} for exp in ("9999999999", [1], {}, None, True, 1e400, "zzz")),
        *({**good, "jti": jti} for jti in (1, [], "../../config.toml", "0" * 16)),
        {**good, "aud": ["other"]},
        {key: one for key, one in good.items() if key != "aud"},
    ]
    assert over_tcp(listening, jwt.encode(good, key)).get("/status").status_code == 200
    for one in claims:
        answer = over_tcp(listening, jwt.encode(one, key)).get("/status")
        assert answer.status_code == 401, one


@pytest.mark.parametrize("left", [b"", b"\0" * 64], ids=["nothing", "zeros"])
def test_a_key_of_which_a_pulled_plug_left_nothing_is_made_anew(house: House, left: bytes) -> None:
    """No token could be made or asked by, and everybody knew by which key guests' tickets were sealed."""
    state = house.root / ".venuesync"
    for name in ("api.key", "guests.key"):
        (state / name).write_bytes(left)
    house.environ |= {"VENUESYNC_API__LISTEN": f"127.0.0.1:{free_port()}", "VENUESYNC_GUESTS__PAGE": "true"}
    house.start()
    made = house.run("token", "--json")
    assert made.returncode == 0, made.stderr
    assert over_tcp(house, json.loads(made.stdout)["token"]).get("/status").status_code == 200
    for name in ("api.key", "guests.key"):
        assert len((state / name).read_text().strip("\0")) == 64


def test_a_large_body_is_refused_whoever_sends_it(listening: House) -> None:
    operator = over_tcp(listening, listening.json("token")["token"])
    large = b'{"ids": [' + b"1," * 600_000 + b"1]}"
    for client in (operator, listening.api()):
        for body in (large, pieces(large)):
            refused = client.post("/commands/retry", content=body)
            assert (refused.status_code, refused.json()["kind"]) == (413, "too_large")
        assert client.get("/health").status_code == 200


def pieces(body: bytes) -> Iterator[bytes]:
    for at in range(0, len(body), 65_536):
        yield body[at : at + 65_536]


@pytest.mark.slow
def test_a_name_that_is_not_ours_is_not_answered(listening: House) -> None:
    """A page in a browser may lead its own name to this machine."""
    operator = over_tcp(listening, listening.json("token")["token"])
    for host in ("evil.example.com", "evil.example.com:80", "127.0.0.1.evil.example"):
        refused = operator.get("/", headers={"Host": host})
        assert (refused.status_code, refused.json()["kind"]) == (421, "host")
    for host in ("localhost:8080", "venue", "venue.local", "192.168.1.7:8080", "[::1]:80"):
        assert operator.get("/", headers={"Host": host}).status_code == 200
    crossed = operator.options("/status", headers={"Origin": "https://evil.example.com"})
    assert not [name for name in crossed.headers if name.startswith("access-control")]


@pytest.mark.slow
def test_looked_at_with_a_wrong_clock_no_token_is_lost(house: House) -> None:
    """One list of them on a machine that was a year ahead, and all were refused from then on."""
    made = house.json("token")
    house.environ["VENUESYNC_CLOCK_OFFSET"] = str(365 * 86_400)
    assert house.json("token", "list") == []
    del house.environ["VENUESYNC_CLOCK_OFFSET"]
    assert [one["expires_at"] for one in house.json("token", "list")] == [made["expires_at"]]
