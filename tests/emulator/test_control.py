"""The emulator's own endpoints, its life as a process, and its page."""

import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.emulator.conftest import FOLDER, make, ok, put, until
from tests.emulator.drive import ROOT, Emulator


def test_files_tells_everything_with_its_path(emulator: Emulator):
    with emulator.client() as api:
        room = make(api, name="People", mimeType=FOLDER)["id"]
        inner = make(api, name="Ana", mimeType=FOLDER, parents=[room])["id"]
        photo = put(api, b"abc", name="p.jpg", parents=[inner], appProperties={"k": "v"})
        ok(api.patch(f"/drive/v3/files/{inner}", json={"trashed": True}))
        files = {file["path"]: file for file in emulator.files()}
        assert files.keys() == {"People", "People/Ana", "People/Ana/p.jpg"}
        told = files["People/Ana/p.jpg"]
        expected = {
            "id": photo["id"],
            "name": "p.jpg",
            "mimeType": "image/jpeg",
            "size": 3,
            "md5Checksum": photo["md5Checksum"],
            "trashed": True,
            "appProperties": {"k": "v"},
            "createdTime": photo["createdTime"],
        }
        assert told | expected == told


def test_requests_are_counted_by_method_and_bytes(emulator: Emulator):
    with emulator.client() as api:
        emulator.forget_requests()
        for _ in range(3):
            put(api, b"x" * 10_000)
        assert api.get("/drive/v3/nonsense").status_code == 404
        counts = emulator.requests()
        assert counts["methods"] == {"files.create": 3, "unknown": 1}
        assert 30_000 < counts["bytes_in"] < 31_000 and counts["bytes_out"] > 3000
        assert counts["statuses"] == {"200": 3, "404": 1}


def test_an_outage_answers_nobody_but_its_own(emulator: Emulator):
    with emulator.client() as api, emulator.client() as other:
        made = make(api, name="before")["id"]
        assert other.get(f"/drive/v3/files/{made}").status_code == 200
        asked = time.monotonic()
        emulator.outage(4)
        begun = time.monotonic()
        for client in (api, other, api):
            with pytest.raises(httpx.TransportError):
                client.get(f"/drive/v3/files/{made}")
        with pytest.raises(httpx.TransportError):
            httpx.post(f"{emulator.url}/token", data={}, trust_env=False, timeout=60)
        assert emulator.files()[0]["name"] == "before"
        assert time.monotonic() - begun < 4
        until(lambda: _reaches(api, made))
        assert time.monotonic() - asked >= 4


def _reaches(api: httpx.Client, file_id: str) -> bool:
    try:
        return api.get(f"/drive/v3/files/{file_id}").status_code == 200
    except httpx.TransportError:
        return False


def test_an_outage_cuts_what_is_under_way_and_can_be_ended(emulator: Emulator):
    with emulator.client() as api:
        emulator.post("link", {"uplink_mbps": 4})
        caught: list[Exception] = []

        def slow() -> None:
            try:
                put(api, b"x" * 2_000_000)
            except httpx.TransportError as trouble:
                caught.append(trouble)

        thread = threading.Thread(target=slow)
        thread.start()
        time.sleep(0.3)
        emulator.outage(60)
        thread.join(5)
        assert caught and emulator.files() == []
        emulator.outage(0)
        emulator.post("link", {"uplink_mbps": 0})
        assert put(api, b"y")


@pytest.mark.parametrize(
    ("path", "body"),
    [("outage", {"seconds": -1}), ("expire", {"what": "milk"}), ("quota", {}), ("lag", {"list": 1}), ("outage", [])],
)
def test_what_it_does_not_understand_it_refuses(drive: Emulator, path: str, body: object):
    assert httpx.post(f"{drive.url}/_emulator/{path}", json=body, trust_env=False, timeout=60).status_code == 400


def test_a_reset_forgets_everything(emulator: Emulator):
    with emulator.client() as api:
        put(api, b"x" * 50_000)
        emulator.faults([{"method": "files.list", "status": 500, "times": None}])
        emulator.quota(5)
        emulator.post("reset", {})
        assert emulator.files() == [] and emulator.requests()["methods"] == {}
        assert api.get("/drive/v3/files").status_code == 401  # nobody is signed in any more
    with emulator.client() as api:
        assert ok(api.get("/drive/v3/files"))["files"] == []
        assert put(api, b"longer than five")


def test_unknown_endpoints_name_those_there_are(drive: Emulator):
    answer = httpx.get(f"{drive.url}/_emulator/coffee", trust_env=False, timeout=60)
    assert answer.status_code == 404 and "/_emulator/faults" in answer.json()["endpoints"]


def test_its_page_shows_the_tree_and_escapes_it(emulator: Emulator):
    with emulator.client() as api:
        room = make(api, name="<script>alert(1)</script>", mimeType=FOLDER)["id"]
        for n in range(30):
            put(api, b"x", name=f"<b>{n}</b>.jpg", parents=[room], description="<u>", appProperties={"<k>": "<v>"})
        page = httpx.get(emulator.url, trust_env=False, timeout=60)
        assert page.headers["Content-Type"].startswith("text/html")
        assert "<script>" not in page.text and "<b>29" not in page.text and "&lt;b&gt;29&lt;/b&gt;.jpg" in page.text
        assert "6 more" in page.text and "Operator" in page.text
        inside = httpx.get(f"{emulator.url}/?folder={room}", trust_env=False, timeout=60)
        assert inside.text.count("<figure") == 30 and "<b>29" not in inside.text
        photo = emulator.files()[-1]["id"]
        alone = httpx.get(f"{emulator.url}/?folder={photo}", trust_env=False, timeout=60).text
        assert "&lt;u&gt;" in alone and "<k>" not in alone


@pytest.mark.slow
def test_it_listens_on_loopback_only_and_says_so_in_one_line(tmp_path: Path):
    with Emulator.start() as server:
        assert server.url.startswith("http://127.0.0.1:")
        taken = subprocess.run(
            [sys.executable, "-m", "agent.emulator", "--port", str(server.port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert taken.returncode == 1 and str(server.port) in taken.stderr and "Traceback" not in taken.stderr


@pytest.mark.parametrize("words", ["inf", "nan", "-1", "fast"])
@pytest.mark.parametrize("option", ["--latency-ms", "--uplink-mbps"])
def test_a_line_that_cannot_be_is_refused_in_words(option: str, words: str):
    """With some of them it began, and answered nobody."""
    done = subprocess.run(
        [sys.executable, "-m", "agent.emulator", "--until-eof", f"{option}={words}"],
        cwd=ROOT,
        input="",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert option in done.stderr and "is no number from 0 on" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.slow
def test_two_emulators_do_not_share_a_folder(lasting: Emulator, tmp_path: Path):
    second = subprocess.run(
        [sys.executable, "-m", "agent.emulator", "--data", str(tmp_path / "drive")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1 and "Another emulator" in second.stderr
    assert lasting.files() == []


def test_it_ends_at_once_whatever_is_under_way(tmp_path: Path):
    server = Emulator.start(data=tmp_path)
    client = server.client()
    server.faults([{"method": "files.list", "delay_ms": 60_000}])
    hanging = threading.Thread(target=lambda: _reaches(client, "x") or _list(client))
    hanging.start()
    with socket.create_connection(("127.0.0.1", server.port)):
        time.sleep(0.2)
        begun = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - begun < 10  # 0.4 on a machine with nothing else to do
    hanging.join(5)
    assert server.stderr() == ""


def _list(client: httpx.Client) -> None:
    with suppress(httpx.TransportError):
        client.get("/drive/v3/files")


def test_a_page_that_somebody_has_open_can_neither_ask_nor_trouble_it(emulator: Emulator):
    """By a name of its own that leads here, or by a form that a browser sends without asking."""
    with httpx.Client(base_url=emulator.url, trust_env=False, timeout=60) as page:
        for host in (
            "evil.example",
            f"evil.example:{emulator.port}",
            "127.0.0.1.evil.example",
            "[::1",
            "",
            "@127.0.0.1x",
        ):
            for path in ("/", "/_emulator/files", "/drive/v3/about", "/token", "/o/oauth2/auth"):
                assert page.get(path, headers={"Host": host}).status_code in (421, 400), (host, path)
        for host in ("127.0.0.1", f"localhost:{emulator.port}", f"[::1]:{emulator.port}", "www.googleapis.com"):
            assert page.get("/_emulator/requests", headers={"Host": host}).status_code == 200, host
        json, form = {"Content-Type": "application/json"}, {"Content-Type": "text/plain"}
        sent = [
            ({**json, "Origin": "https://evil.example"}, 403),
            ({**json, "Origin": "null"}, 403),
            ({**form, "Origin": emulator.url}, 415),
            ({**json, "Origin": emulator.url}, 200),
            (form, 200),  # no browser
        ]
        for headers, status in sent:
            answer = page.post("/_emulator/lag", content=b'{"list_ms": 0}', headers=headers)
            assert answer.status_code == status, (headers, answer.text)
