"""Messages to people, at their real end: a server that Apprise posts to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.emulator.drive import Emulator
from tests.venue.house import House, wait_for
from tests.venue.pictures import scene

SECRET = "a-secret-word"


class Phone:
    """Takes messages; `refuses` while its line is down."""

    def __init__(self) -> None:
        self.got: list[tuple[str, str]] = []
        self.refuses = False
        phone = self

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if not phone.refuses:
                    phone.got.append((told["title"], told["message"]))
                self.send_response(503 if phone.refuses else 200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.address = f"json://me:{SECRET}@127.0.0.1:{self._server.server_port}/hook"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def titles(self) -> list[str]:
        return [title for title, _ in self.got]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def phone() -> Iterator[Phone]:
    made = Phone()
    yield made
    made.close()


@pytest.fixture
def told(tmp_path: Path, emulator: Emulator, phone: Phone) -> Iterator[House]:
    """A venue whose messages go to that phone."""
    made = House(
        tmp_path / "venue",
        emulator,
        VENUESYNC_NOTIFY__ADDRESSES=phone.address,
        VENUESYNC_NOTIFY__SAFE_AFTER="0.02",
        VENUESYNC_NOTIFY__OFFLINE_AFTER="0.02",
        VENUESYNC_NOTIFY__EVERY="1",
    )
    yield made
    made.close()


def test_a_trial_message_reaches_every_address_and_names_the_one_that_it_does_not(told: House, phone: Phone) -> None:
    done = told.run("notify", "test")
    assert done.returncode == 0 and done.stdout.endswith("/hook: sent\n")
    assert phone.titles() == ["venuesync"]
    told.environ["VENUESYNC_NOTIFY__ADDRESSES"] = f"{phone.address} json://me:{SECRET}@127.0.0.1:9/x"
    both = told.run("notify", "test", "--json")
    assert both.returncode == 5
    assert [one["sent"] for one in json.loads(both.stdout)] == [True, False]
    told.environ["VENUESYNC_NOTIFY__ADDRESSES"] = "nonsense://somewhere"
    none = told.run("notify", "test")
    assert none.returncode == 1 and "No address that Apprise knows" in none.stdout
    told.environ["VENUESYNC_NOTIFY__ADDRESSES"] = ""
    assert told.run("notify", "test").returncode == 2
    assert not any(SECRET in text for text in (done.stdout, done.stderr, both.stdout, both.stderr))


def test_that_all_is_safe_is_told_once_for_each_evening(told: House, phone: Phone, tmp_path: Path) -> None:
    told.start()
    told.drop(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg")
    wait_for(lambda: phone.got, 30, "it is told")
    assert phone.got == [("venue: safe to pack up", "1 photo verified on Drive.")]
    assert told.stop() == 0
    told.start()
    wait_for(lambda: told.json("status")["safe_to_leave"]["safe"], 30, "safe again")
    told.drop(scene(tmp_path / "2.jpg", 2), "DSC_2.jpg")
    wait_for(lambda: len(phone.got) > 1, 30, "the next ones are told")
    assert phone.got[1:] == [("venue: safe to pack up", "all 2 photos verified on Drive.")]
    with told.api() as api:
        assert [one["sent"] for one in api.post("/commands/notify-test", json={}).json()] == [True]
    assert phone.titles()[2:] == ["venuesync"]


def test_what_needs_somebody_is_told_and_that_it_is_over_also_after_the_line_was_down(
    told: House, phone: Phone, tmp_path: Path
) -> None:
    told.start()
    told.drop(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg")
    wait_for(lambda: "venue: safe to pack up" in phone.titles(), 30, "it is told")
    phone.refuses = True
    told.emulator.outage(12)
    told.drop(scene(tmp_path / "2.jpg", 2), "DSC_2.jpg")
    wait_for(lambda: any(one["kind"] == "notify" for one in told.json("errors")["open"]), 30, "that it was not told is")
    phone.refuses = False
    wait_for(lambda: "venue: Drive cannot be reached" in phone.titles(), 60, "it is told when it can be")
    wait_for(lambda: "venue: Over: Drive cannot be reached" in phone.titles(), 60, "and that it is over")
    wait_for(lambda: not told.json("errors")["open"], 20, "nothing is amiss any more")
    logs = "".join(path.read_text() for path in (told.root / ".venuesync/logs").iterdir())
    assert SECRET not in logs + json.dumps(told.json("activity"))
