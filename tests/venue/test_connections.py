"""Strangers who connect and say nothing: they are let go, and photos take no longer for them."""

from __future__ import annotations

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.emulator.drive import Emulator
from tests.venue.house import House, wait_for
from tests.venue.pictures import scene
from tests.venue.test_api_over_tcp import free_port, over_tcp

STRANGERS = 1500
pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are counted in /proc"),
]


@pytest.fixture(scope="module")
def listening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An agent that listens on TCP, with as few open files as any machine allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as stack:
        emulator = stack.enter_context(Emulator.start())
        root = tmp_path_factory.mktemp("strangers")
        made = House(root / "venue", emulator, VENUESYNC_API__LISTEN=f"127.0.0.1:{free_port()}")
        stack.callback(made.close)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, hard), hard))
        made.start()
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
        over_tcp(made).close()
        yield made
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def connected(house: House, data: bytes = b"") -> socket.socket:
    host, _, port = house.environ["VENUESYNC_API__LISTEN"].rpartition(":")
    made = socket.create_connection((host, int(port)), timeout=10)
    if data:
        made.sendall(data)
    return made


def open_files(house: House) -> int:
    assert house.agent is not None
    return sum(1 for _ in Path(f"/proc/{house.agent.pid}/fd").iterdir())


def is_ended(one: socket.socket) -> bool:
    """Whether the other end has let go. Whatever it says before that is read."""
    one.settimeout(0.01)
    try:
        while one.recv(65_536):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


@pytest.mark.slow
def test_strangers_stop_neither_photos_nor_the_api(listening: House, tmp_path: Path) -> None:
    house = listening
    before = open_files(house)
    half = [b"", b"GET / HTTP/1.1\r\nHost: x\r\n", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx"]
    strangers = [connected(house, half[number % 3]) for number in range(STRANGERS)]
    try:
        took = [photo_takes(house, tmp_path, number) for number in range(4)]
        assert max(took) < 8, took
        assert house.run("status", timeout=10).returncode == 0
        assert over_tcp(house).get("/health", timeout=5).status_code == 200
        assert open_files(house) < before + 300
        slow = strangers[-1]
        wait_for(lambda: is_ended(slow), 15, "one that says half a request is let go")
    finally:
        for one in strangers:
            one.close()
    log = (house.root / ".venuesync/logs/agent.log").read_text().splitlines()
    assert len(log) < 200, log[:20]


def photo_takes(house: House, folder: Path, number: int) -> float:
    began = time.monotonic()
    house.drop(scene(folder / "made.jpg", number), f"DSC_{number:04}.jpg")
    wait_for(lambda: house.json("status")["photos"]["verified"] == number + 1, 30, "the photo is verified")
    return time.monotonic() - began


def test_a_browser_that_follows_again_is_told_nothing_twice(listening: House) -> None:
    """It asks at the address of before, and says what it heard last."""
    api = over_tcp(listening)
    api.headers["Authorization"] = f"Bearer {listening.json('token')['token']}"
    before = api.get("/snapshot").json()

    def decided() -> int:
        """Each is a line of what happened, which is told for itself. The number of the last one."""
        for verb in ("pause", "resume"):
            assert api.post(f"/commands/{verb}", json={"what": "uploads"}).is_success
        return int(api.get("/snapshot").json()["seq"])

    def first(heard: str) -> int:
        at = {"boot": before["boot"], "since": before["seq"]}
        with api.stream("GET", "/stream", params=at, headers={"Last-Event-ID": heard}, timeout=30) as stream:
            return next(int(line.removeprefix("id: ")) for line in stream.iter_lines() if line.startswith("id: "))

    heard = decided()
    decided()
    assert first(str(heard)) > heard
    for odd in ("", "-1", "1e3", "9" * 40, before["boot"]):
        assert first(odd) <= heard, "what is no number of ours is nothing heard"
    api.close()


@pytest.mark.slow
def test_who_drips_a_request_is_let_go_and_who_asks_and_stays_is_not(listening: House) -> None:
    token = listening.json("token")["token"]
    host = listening.environ["VENUESYNC_API__LISTEN"]
    head, body = (connected(listening, b"POST /commands/retry HTTP/1.1\r\nHost: x\r\n") for _ in range(2))
    body.sendall(f"Authorization: Bearer {token}\r\nContent-Length: 1000\r\n\r\n".encode())
    began = time.monotonic()
    ended: dict[str, float] = {}
    client = httpx.Client(base_url=f"http://{host}", headers={"Authorization": f"Bearer {token}"}, trust_env=False)
    with client.stream("GET", "/stream", timeout=30) as stream:
        lines = stream.iter_lines()
        assert next(lines)
        while len(ended) < 2 and time.monotonic() - began < 20:
            for name, one, piece in (("head", head, b"X-A: b\r\n"), ("body", body, b"x")):
                if name in ended:
                    continue
                try:
                    one.sendall(piece)
                except OSError:
                    ended[name] = time.monotonic() - began
                    continue
                if is_ended(one):
                    ended[name] = time.monotonic() - began
            time.sleep(0.3)
        assert set(ended) == {"head", "body"}
        assert all(9 < seconds < 15 for seconds in ended.values()), ended
        assert any(line.startswith((":", "event")) for line in lines), "the stream goes on"


@pytest.mark.slow
def test_a_stranger_takes_no_place_from_another_one(listening: House) -> None:
    """One that asked and waits between two requests is still there; a full house ends those that said nothing."""
    keeping = httpx.Client(base_url="http://" + listening.environ["VENUESYNC_API__LISTEN"], trust_env=False, timeout=60)
    assert keeping.get("/").status_code == 200
    strangers = [connected(listening) for _ in range(100)]
    assert keeping.get("/").status_code == 200
    time.sleep(0.5)
    gone = sum(map(is_ended, strangers))
    assert 30 <= gone <= 60, gone
    for one in strangers:
        one.close()
