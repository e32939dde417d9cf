"""Messages to people, at their real end: a server that Apprise posts to."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import shutil
import socket
import time
from base64 import b64decode
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest

from agent import notify
from agent.jobs.addresses import Address, Addresses
from agent.jobs.outbox import TRIES
from agent.requests.notify import AddAddress, RemoveAddress, TryNotify
from agent.requests.troubles import ListTroubles
from agent.workspace import Workspace
from tests.emulator.drive import Emulator
from tests.patience import within
from tests.venue.house import House, wait_for
from tests.venue.pictures import scene
from tests.venue.running import an_agent
from tests.venue.test_people_commands import of

SECRET = "a-secret-word"


class Phone:
    """Takes messages; `refuses` while its line is down; `takes` seconds until it says that it has one, `answers` when
    it may.
    """

    def __init__(self) -> None:
        self.asked, self.answers = Event(), Event()
        self.answers.set()
        self.got: list[tuple[str, str]] = []
        self.files: list[tuple[str, bytes]] = []
        self.refuses = False
        self.takes = 0.0
        phone = self

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                phone.asked.set()
                if not phone.refuses:
                    phone.got.append((told["title"], told["message"]))
                    phone.files += [(one["filename"], b64decode(one["base64"])) for one in told["attachments"]]
                time.sleep(phone.takes)
                phone.answers.wait(60)
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
def endless() -> Iterator[str]:
    """The address of a server that begins its answers, and ends none."""
    over = Event()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(OSError):
                while not over.wait(0.1):
                    self.wfile.write(b" ")

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"json://127.0.0.1:{server.server_port}"
        over.set()
        server.shutdown()


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


@pytest.mark.slow
def test_that_one_was_not_sent_is_over_once_a_trial_message_came_through(
    told: House, phone: Phone, tmp_path: Path
) -> None:
    """As its remedy says: also where nothing waits any more, since the agent was started again."""
    phone.refuses = True
    told.start()
    told.drop(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg")
    wait_for(lambda: any(one["kind"] == "notify" for one in told.json("errors")["open"]), 30, "it could not be told")
    assert told.stop() == 0
    told.environ["VENUESYNC_NOTIFY__TELL"] = "problems"
    told.start()
    assert told.run("notify", "test").returncode == 1
    assert [one["kind"] for one in told.json("errors")["open"]] == ["notify"]
    phone.refuses = False
    assert told.run("notify", "test").returncode == 0
    assert told.json("errors")["open"] == []


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_that_all_is_safe_counts_as_told_once_it_was_sent(told: House, phone: Phone, tmp_path: Path) -> None:
    phone.refuses = True
    told.start()
    told.drop(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg")
    wait_for(lambda: any(one["kind"] == "notify" for one in told.json("errors")["open"]), 30, "it could not be told")
    assert told.stop() == 0
    phone.refuses = False
    told.start()
    wait_for(lambda: "venue: safe to pack up" in phone.titles(), 30, "it is told by the next agent")


@pytest.mark.slow
def test_that_all_was_safe_is_not_told_when_it_is_so_no_more(told: House, phone: Phone, tmp_path: Path) -> None:
    """While its line was down another photo came, which is not sent: once all is safe again, that is told, once."""
    phone.refuses = True
    told.start()
    told.drop(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg")
    wait_for(lambda: any(one["kind"] == "notify" for one in told.json("errors")["open"]), 30, "it could not be told")
    assert told.run("pause").returncode == 0
    told.drop(scene(tmp_path / "2.jpg", 2), "DSC_2.jpg")
    wait_for(lambda: told.json("status")["safe_to_leave"]["code"] == "uploads_paused", 30, "it is not safe any more")
    phone.refuses = False
    time.sleep(TRIES[1] + 2)
    assert not phone.got
    assert told.run("resume").returncode == 0
    wait_for(lambda: phone.got, 60, "it is told of both")
    time.sleep(2)
    assert phone.got == [("venue: safe to pack up", "all 2 photos verified on Drive.")]


@pytest.mark.slow
def test_that_all_is_safe_is_told_of_another_photo_in_the_place_of_one_that_was_withdrawn(
    told: House, phone: Phone, tmp_path: Path
) -> None:
    """As many as before: whoever waits for the message about the new one waited for good."""
    told.start()
    told.drop(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg")
    wait_for(lambda: phone.got, 30, "it is told")
    assert told.run("pause").returncode == 0
    told.drop(scene(tmp_path / "2.jpg", 2), "DSC_2.jpg")
    wait_for(lambda: not told.json("status")["safe_to_leave"]["safe"], 30, "it is not safe any more")
    with told.api() as api:
        first = api.get("/photos", params={"q": "DSC_1.jpg"}).raise_for_status().json()["rows"][0]["id"]
    assert told.run("photos", "withdraw", str(first)).returncode == 0
    assert told.run("resume").returncode == 0
    wait_for(lambda: len(phone.got) > 1, 60, "it is told of the other one")
    assert phone.got[1] == ("venue: safe to pack up", "1 photo verified on Drive.")


@pytest.mark.slow
def test_what_was_told_is_not_told_again_by_the_next_agent_and_what_was_not_is(
    told: House, phone: Phone, tmp_path: Path
) -> None:
    """In words of the operator's own; one that was killed is named."""
    told.environ["VENUESYNC_NOTIFY__PROBLEM"] = "{title} {{at}} {venue}\n- {text}"
    phone.refuses = True
    agent = told.start()
    told.emulator.outage(300)
    told.drop(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg")
    wait_for(lambda: any(one["kind"] == "notify" for one in told.json("errors")["open"]), 60, "it could not be told")
    agent.kill()
    agent.wait()
    phone.refuses = False
    told.start()
    wait_for(lambda: len(phone.got) > 1, 60, "both are told by the next agent")
    assert phone.titles() == ["The agent was started again {at} venue", "Drive cannot be reached {at} venue"]
    assert phone.got[1][1].startswith("- ")
    assert told.stop() == 0
    told.start()
    wait_for(lambda: told.json("status")["drive"]["state"] == "offline", 30, "it is so still")
    time.sleep(5)
    assert len(phone.got) == 2


@pytest.mark.slow
def test_how_long_it_was_so_counts_from_its_beginning_whichever_agent_told_it(
    told: House, phone: Phone, tmp_path: Path
) -> None:
    """The second one is started two hours later."""
    told.start()
    told.emulator.outage(300)
    told.drop(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg")
    wait_for(lambda: "venue: Drive cannot be reached" in phone.titles(), 60, "it is told")
    assert told.stop() == 0
    told.environ["VENUESYNC_CLOCK_OFFSET"] = "7200"
    told.start()
    wait_for(lambda: told.json("status")["drive"]["state"] == "offline", 30, "it is so still")
    told.emulator.outage(0)
    wait_for(lambda: "venue: Over: Drive cannot be reached" in phone.titles(), 120, "it is over")
    (text,) = [text for title, text in phone.got if title == "venue: Over: Drive cannot be reached"]
    assert re.fullmatch(r"It was so for 12[0-3] min\.", text), text


@pytest.mark.slow
def test_what_was_on_its_way_as_the_agent_ended_is_not_told_again(told: House, phone: Phone, tmp_path: Path) -> None:
    phone.takes = 1.0
    told.start()
    told.drop(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg")
    wait_for(lambda: phone.got, 30, "it is told")
    assert told.stop() == 0
    told.start()
    wait_for(lambda: told.json("status")["safe_to_leave"]["safe"], 30, "safe again")
    time.sleep(5)
    assert phone.titles() == ["venue: safe to pack up"]


@pytest.mark.slow
def test_new_photos_of_namesakes_are_told_of_each_and_a_new_name_makes_none_new(
    tmp_path: Path, emulator: Emulator, phone: Phone
) -> None:
    """Of two events; at the real document, looked at twice."""
    made = House(
        tmp_path / "venue",
        emulator,
        VENUESYNC_NOTIFY__ADDRESSES=phone.address,
        VENUESYNC_NOTIFY__TELL="new photos",
        VENUESYNC_NOTIFY__EVERY="1",
    )
    try:
        for event in (["--event", "Gala"], []):
            if event:
                assert made.run("events", "add", "Gala").returncode == 0
            assert made.run("enroll", "Mia", str(of("mia_lindqvist")[0]), *event).returncode == 0
        assert made.run("enroll", "Jonas", str(of("jonas_lindqvist")[0])).returncode == 0
        made.drop(of("jonas_lindqvist")[1], "J.jpg")
        assert made.until_done().returncode == 0
        made.start()
        time.sleep(3)  # it has looked once
        made.drop(of("mia_lindqvist")[1], "1.jpg")
        (made.root / "Events" / "Gala" / "Incoming").mkdir(parents=True, exist_ok=True)
        shutil.copy(of("mia_lindqvist")[2], made.root / "Events" / "Gala" / "Incoming" / "2.jpg")
        assert made.run("people", "rename", "Jonas", "Jonathan").returncode == 0
        earlier = [("venue: new photos of 1", "Jonas: 1 photo")]  # where the first agent took longer than a second
        wait_for(lambda: phone.got not in ([], earlier), 80, "they are told")
        news = [("venue: new photos of 2", "Mia, Gala: 1 photo\nMia, default: 1 photo")]
        assert phone.got in (news, earlier + news)
    finally:
        made.close()


@pytest.mark.slow
def test_nothing_secret_is_logged_or_told_of_an_address_that_is_wrong(told: House, phone: Phone) -> None:
    wrong = f"slack://{SECRET}/bad"
    told.environ |= {"VENUESYNC_NOTIFY__ADDRESSES": f"{phone.address} {wrong}", "VENUESYNC_LOG__LEVEL": "debug"}
    told.start()
    said = told.run("notify", "test").stdout
    (told.root / "config.toml").write_text(f'[notify]\naddresses = ["json://me:{SECRET}@other/hook"]\n')
    said += told.run("doctor").stdout
    assert "notify.addresses is another value" in said
    told.environ["VENUESYNC_NOTIFY__ADDRESSES"] = f"json:/{SECRET}"
    refused = told.run("status")
    assert refused.returncode == 2
    logs = "".join(path.read_text() for path in (told.root / ".venuesync/logs").iterdir())
    assert "/hook" not in logs, "what an address leads to is secret as a rule"
    assert SECRET not in said + refused.stderr + logs


def test_an_address_that_was_mistyped_is_not_shown(told: House) -> None:
    """It was typed unseen, as it holds a password: neither here nor by the API."""
    for mistyped in (f"json://me:{SECRET} word@host/hook", f"me:{SECRET}@host/hook", f"json:/me:{SECRET}@host"):
        refused = told.run("notify", "add", mistyped)
        assert refused.returncode == 2
        assert "accepted: an address such as" in refused.stderr
        assert SECRET not in refused.stdout + refused.stderr, mistyped
    told.start()
    with told.api() as api:
        answer = api.post("/commands/notify-add", json={"address": f"me:{SECRET}@host/hook"})
        assert (answer.status_code, SECRET in answer.text) == (422, False)


@pytest.mark.slow
def test_an_address_that_does_not_answer_keeps_the_agent_from_nothing(house: House) -> None:
    """Whoever asked is told so in words when the agent ends."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as silent:
        house.environ["VENUESYNC_NOTIFY__ADDRESSES"] = f"json://127.0.0.1:{silent.getsockname()[1]}/x"
        agent = house.start()
        with ThreadPoolExecutor() as pool, house.api() as api, house.api() as live:
            asked = pool.submit(api.post, "/commands/notify-test", json={}, timeout=60)
            events = pool.submit(live.get, "/stream", timeout=60)
            line, _ = silent.accept()
            began = time.monotonic()
            assert house.run("stop").returncode == 0
            agent.wait(20)
            assert time.monotonic() - began < 10
            answer = asked.result()
            assert (answer.status_code, answer.json()["title"]) == (503, "The agent is ending")
            assert events.result().status_code == 200
            line.close()
    assert "Traceback" not in (house.root / ".venuesync/logs/agent.log").read_text()


async def test_an_answer_that_never_ends_keeps_no_other_address_from_its_messages(
    workspace: Workspace, phone: Phone, endless: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is whoever tries it kept waiting."""
    monkeypatch.setenv("VENUESYNC_NOTIFY__ADDRESSES", json.dumps([endless, phone.address]))
    monkeypatch.setattr(notify, "IN_ALL", 1.0)
    async with an_agent(workspace) as running:
        for title in ("The disk is full", "The disk has room"):
            running.agent._outbox.post(title, "venue")  # pyright: ignore[reportPrivateUsage]
            async with within(20):
                while title not in phone.titles():
                    await asyncio.sleep(0.05)
        first, second = await running.service.ask(TryNotify())
        assert (first["detail"], second["sent"]) == ("It was not answered to the end within 1 s", True)


@pytest.mark.parametrize("refuses", [False, True])
async def test_an_address_that_is_removed_amid_a_message_gets_no_other_and_is_not_complained_of(
    workspace: Workspace, phone: Phone, refuses: bool
) -> None:
    """Nobody could have ended that: there was no address left to try."""
    phone.refuses = refuses
    phone.answers.clear()
    async with an_agent(workspace) as running:
        (added,) = await running.service.ask(AddAddress(address=phone.address))
        for title in ("The disk is full", "The disk has room"):
            running.agent._outbox.post(title, "venue")  # pyright: ignore[reportPrivateUsage]
        assert await asyncio.to_thread(phone.asked.wait, 20)
        assert await running.service.ask(RemoveAddress(number=added["number"] or 0)) == []
        phone.answers.set()
        await asyncio.sleep(2)
        assert phone.titles() == ([] if refuses else ["The disk is full"])
        assert (await running.service.ask(ListTroubles()))["open"] == []


async def test_an_address_that_is_removed_while_another_is_added_gets_nothing_more(
    workspace: Workspace, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the other one had read before that was what held, until the next start."""
    read, told = Event(), Event()
    look = Addresses.all

    def slowly(addresses: Addresses) -> Sequence[Address]:
        found = look(addresses)
        if not read.is_set():
            read.set()
            assert told.wait(60)
        return found

    async with an_agent(workspace) as running:
        (first,) = await running.service.ask(AddAddress(address=phone.address))
        monkeypatch.setattr(Addresses, "all", slowly)
        adding = asyncio.ensure_future(running.service.ask(AddAddress(address="json://127.0.0.1:9/x")))
        assert await asyncio.to_thread(read.wait, 20)
        removing = asyncio.ensure_future(running.service.ask(RemoveAddress(number=first["number"] or 0)))
        await asyncio.wait({removing}, timeout=1)
        told.set()
        await asyncio.gather(adding, removing)
        running.agent._outbox.post("The disk is full", "venue")  # pyright: ignore[reportPrivateUsage]
        await asyncio.sleep(2)
    assert phone.titles() == []


@pytest.mark.slow
def test_an_address_that_was_added_is_sealed_told_at_once_and_taken_away(
    house: House, phone: Phone, tmp_path: Path
) -> None:
    """While an agent runs, and by the next one; of another key it is named, and added again."""
    house.environ["VENUESYNC_NOTIFY__SAFE_AFTER"] = "0.02"
    house.start()
    house.drop(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg")
    added = house.process("notify", "add", phone.address)
    assert added.returncode == 0 and added.stdout.strip().startswith("1  json://me:****@127.0.0.1"), added
    assert house.run("notify", "add", phone.address).returncode == 0  # once is enough
    assert len(house.json("notify")) == 1
    wait_for(lambda: "venue: safe to pack up" in phone.titles(), 30, "it is told without a start")
    assert house.stop() == 0
    house.drop(scene(tmp_path / "2.jpg", 2), "DSC_2.jpg")
    house.start()
    wait_for(lambda: phone.titles().count("venue: safe to pack up") > 1, 30, "the next agent tells it, too")
    assert house.stop() == 0

    sealed = b"".join(path.read_bytes() for path in house.root.rglob("*") if path.is_file())
    assert SECRET.encode() not in sealed
    house.environ["ENCRYPTION_KEY"] = "another key, which opens nothing that was sealed before it"
    house.start()
    wait_for(lambda: house.json("errors")["open"], 20, "that it cannot be opened is said")
    (trouble,) = house.json("errors")["open"]
    assert trouble["title"] == "The addresses of messages cannot be opened"
    assert "notify add" in house.run("notify").stderr
    assert house.run("notify", "add", phone.address).returncode == 0
    wait_for(lambda: not house.json("errors")["open"], 20, "and over")
    assert house.run("notify", "remove", "1").returncode == 0
    before = len(phone.got)
    assert house.run("notify", "test").returncode == 2
    house.drop(scene(tmp_path / "3.jpg", 3), "DSC_3.jpg")
    wait_for(lambda: house.json("status")["safe_to_leave"]["verified"] == 3, 60, "safe once more")
    time.sleep(4)
    assert len(phone.got) == before


@pytest.mark.slow
def test_the_report_is_sent_and_nothing_else_of_this_machine(told: House, phone: Phone, tmp_path: Path) -> None:
    told.start()
    told.drop(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg")
    wait_for(lambda: told.json("status")["safe_to_leave"]["safe"], 60, "safe")
    done = told.run("report", "--for", "couple", "--send")
    assert done.returncode == 0 and done.stdout.rstrip().endswith("/hook: sent"), done
    assert phone.titles()[-1] == "venuesync"
    ((name, page),) = phone.files
    assert (name, page) == ("report-couple.html", (told.root / "report-couple.html").read_bytes())
    secret = tmp_path / "secret.html"
    secret.write_text("<meta name='generator' content='venuesync report of somebody else'>")
    with told.api() as api:
        for path in (secret, tmp_path, told.root / "config.toml", Path("/etc/hostname"), Path("/nowhere")):
            assert api.post("/commands/report-send", json={"file": str(path)}).status_code == 422, path
    assert len(phone.files) == 1
    phone.refuses = True
    failed = told.run("report", "--send")
    assert failed.returncode == 1 and "not sent" in failed.stdout
