"""`Agent` in the agent's process and over the socket: one suite, the same answers."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.client import Remote
from agent.clock import from_iso
from agent.drive.sign_in import login
from agent.errors import NoAgent, UsageError, VenueError
from agent.handlers.event_keeper import EventKeeper
from agent.model import Event
from agent.requests.control import Pause, Resume, Resync, Retry, Sync
from agent.requests.drive import BeginSignIn, FinishSignIn, GetSignIn, SignOut
from agent.requests.events import SetEvent
from agent.requests.people import EnrollPerson, ListPeople, Undo
from agent.requests.photos import FilePhotosAs, GetPhoto, GetThumbnail, ListUploads
from agent.requests.snapshot import Change, GetSnapshot
from agent.requests.status import GetStatus
from agent.requests.troubles import DismissTroubles, ListActivity, ListHeld, ListSetAside, ListTroubles, RestoreTroubles
from agent.workspace import Workspace
from tests.emulator.drive import Emulator
from tests.halting import Halt
from tests.patience import PATIENCE, within
from tests.venue.pictures import FACES, scene
from tests.venue.running import Running, an_agent


@pytest.mark.slow
async def test_a_photo_is_seen_through_every_question(running: Running, tmp_path: Path) -> None:
    service = running.service
    enrolled = await service.ask(EnrollPerson(name="Ana", photos=[str(FACES / "one_guest.jpg")]))
    assert enrolled["new"]
    assert enrolled["person"]["name"] == "Ana"
    (running.incoming / "DSC_0001.jpg").write_bytes((FACES / "one_guest.jpg").read_bytes())
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    snapshot = await service.ask(GetSnapshot())
    assert snapshot["status"]["photos"]["filed"] == 1
    assert [(one["photo"], one["to"]) for one in snapshot["latest"]] == [("DSC_0001.jpg", ["Ana"])]
    assert snapshot["queue"]["per_minute"][-1] + snapshot["queue"]["per_minute"][-2] == 1
    assert [one["line"] for one in snapshot["folders"]] == ["all copied: the card may be erased"]
    details = await service.ask(GetPhoto(id=snapshot["latest"][0]["id"]))
    assert details["state"] == "filed"
    assert [one["name"] for one in details["people"]] == ["Ana"]
    assert [Path(one["path"]).exists() for one in details["placements"]] == [True]
    assert (await service.ask(GetThumbnail(id=details["id"])) or b"").startswith(b"\xff\xd8")
    assert await service.ask(GetThumbnail(id=999)) is None
    assert [(row["photo"], row["folder"], row["state"]) for row in await service.ask(ListUploads())] == [
        ("DSC_0001.jpg", "Ana/Solo", "verified")
    ]
    assert [one["name"] for one in await service.ask(ListPeople())] == ["Ana"]
    assert any("DSC_0001.jpg is on Drive" in entry["text"] for entry in await service.ask(ListActivity()))
    assert await service.ask(ListHeld()) == []


@pytest.mark.slow
async def test_how_long_a_photo_took_is_told_of_its_first_way_alone(running: Running) -> None:
    """After a decision it said 0.1 s, from drop to verified, of a photo that had come minutes before."""
    service = running.service
    await service.ask(EnrollPerson(name="Ana", photos=[str(FACES / "one_guest.jpg")]))
    (running.incoming / "DSC_0001.jpg").write_bytes((FACES / "one_guest.jpg").read_bytes())
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    [first] = (await service.ask(GetSnapshot()))["latest"]
    details = await service.ask(GetPhoto(id=first["id"]))
    arrived, verified = from_iso(details["arrived_at"]), from_iso(str(details["verified_at"]))
    assert first["took"] == pytest.approx(verified - arrived, abs=0.01)
    await service.ask(FilePhotosAs(ids=[first["id"]], company="group"))
    await running.until(lambda now: now["safe_to_leave"]["safe"] and bool(now["people"][0]["group"]))
    [again] = (await service.ask(GetSnapshot()))["latest"]
    assert (again["at"] > first["at"], again["took"]) == (True, None)
    lines = [one["text"] for one in await service.ask(ListActivity()) if one["kind"] == "verified"]
    assert lines[0] == "DSC_0001.jpg is on Drive: Ana"
    assert lines[1].startswith("DSC_0001.jpg is on Drive after ")


async def test_changes_arrive_in_order_and_a_gap_is_one_resync(running: Running, tmp_path: Path) -> None:
    service = running.service
    snapshot = await service.ask(GetSnapshot())
    seen: list[Change] = []

    async def follow() -> None:
        async for change in service.events(snapshot["boot"], snapshot["seq"]):
            seen.append(change)

    following = asyncio.create_task(follow())
    scene(running.incoming / "DSC_0002.jpg", 2)
    await running.until(lambda now: now["photos"]["verified"] == 1)
    async with within(5):
        while not {"status", "activity", "latest"} <= {one["section"] for one in seen if one["data"]}:
            await asyncio.sleep(0.05)  # they are read, and come, one after the other
    following.cancel()
    numbers = [one["seq"] for one in seen]
    assert numbers == sorted(set(numbers))
    assert numbers[0] == snapshot["seq"] + 1
    first = await anext(aiter(service.events("another boot", 0)))
    assert (first["section"], first["boot"]) == ("resync", snapshot["boot"])


async def test_verbs_are_durable_and_twice_is_once(running: Running) -> None:
    service = running.service
    first = await service.ask(Pause(what="uploads"))
    assert (first["uploads"], first["all"]) == (True, False)
    assert await service.ask(Pause(what="uploads")) == first
    assert (await service.ask(GetStatus()))["paused"] == first
    assert (await service.ask(Pause(what="all")))["all"] is True
    assert await service.ask(Resume(what="all")) == {"uploads": False, "all": False, "since": None}
    assert await service.ask(Sync(events=[])) == ["default"]
    assert await service.ask(Resync(events=["default"])) == ["default"]
    assert await service.ask(Retry(ids=[], all=True)) == {"photos": 0, "placements": 0}


async def test_errors_are_the_same_error_at_both_ends(running: Running, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such event"):
        await running.service.ask(Sync(events=["Nowhere"]))
    with pytest.raises(UsageError) as wrong:
        await running.service.ask(GetPhoto(id=999))
    assert wrong.value.detail == "999"
    nobody = scene(tmp_path / "nobody.jpg", 1)
    with pytest.raises(VenueError) as refused:
        await running.service.ask(EnrollPerson(name="Bo", photos=[str(nobody)]))
    assert refused.value.kind == "no_reference"
    assert "nobody.jpg: no face was found" in refused.value.detail
    assert (await running.service.ask(GetStatus()))["people"] == []


async def test_a_failed_photo_can_be_retried_and_dismissed(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.pipeline.GROWING_FOR", 0.5)
    broken = running.incoming / "DSC_0003.jpg"
    broken.write_bytes((FACES / "one_guest.jpg").read_bytes()[:9000])
    await running.until(lambda now: now["photos"]["failed"] == 1)
    service = running.service
    trouble = (await service.ask(ListTroubles()))["open"][0]
    assert (trouble["title"], trouble["subjects"]) == ("Photo cut short", ["DSC_0003.jpg"])
    assert (await service.ask(Retry(ids=[], all=True)))["photos"] == 1
    await running.until(lambda now: now["photos"]["failed"] == 1)
    trouble = (await service.ask(ListTroubles()))["open"][0]
    assert await service.ask(DismissTroubles(ids=trouble["ids"])) == 1

    async def counted() -> tuple[int, int, int]:
        status = await service.ask(GetStatus())
        return status["photos"]["failed"], status["photos"]["dismissed"], status["errors"]

    assert await counted() == (0, 1, 0)
    (aside,) = await service.ask(ListSetAside())
    assert (aside["id"], aside["name"], aside["only"]) == (trouble["ids"][0], "DSC_0003.jpg", "card")
    assert aside["files"] == [str(broken)]
    assert (await service.ask(Retry(ids=[], all=True))) == {"photos": 0, "placements": 0}
    assert await service.ask(RestoreTroubles(ids=[trouble["ids"][0], 999])) == 1
    assert await counted() == (1, 0, 1)
    assert await service.ask(DismissTroubles(ids=trouble["ids"])) == 1
    assert await counted() == (0, 1, 0)
    assert (await service.ask(Undo()))["what"] == "DSC_0003.jpg set aside"
    assert await counted() == (1, 0, 1)
    assert await service.ask(ListSetAside()) == []


@pytest.mark.usefixtures("sign_in_port")
async def test_signing_in_by_the_loopback_and_by_what_the_address_bar_shows(running: Running) -> None:
    service = running.service
    assert (await service.ask(GetSignIn()))["state"] == "none"
    with pytest.raises(UsageError, match="No sign-in has begun"):
        await service.ask(FinishSignIn(pasted="code"))
    attempt = await service.ask(BeginSignIn())
    assert (await service.ask(GetSignIn()))["state"] == "waiting"
    async with httpx.AsyncClient(trust_env=False, timeout=60, follow_redirects=False) as browser:
        back = (await browser.post(attempt["url"], data={"emulator_confirm": "1"})).headers["location"]
        done = await service.ask(FinishSignIn(pasted=back))
        assert (done["state"], bool(done["account"])) == ("done", True)
        await running.until(
            lambda now: now["drive"]["state"] == "online" and now["drive"]["account"] == done["account"]
        )
        attempt = await service.ask(BeginSignIn())
        with pytest.raises(VenueError, match="another sign-in"):
            await service.ask(FinishSignIn(pasted=back))
        if attempt["start"] is None:
            return  # another process of this machine has that port
        start = await browser.get(attempt["start"])
        assert start.headers["location"] == attempt["url"]
        no = await browser.post(attempt["url"], data={"emulator_confirm": "0"})
        await browser.get(no.headers["location"])
        async with within(5):
            while (failed := await service.ask(GetSignIn()))["state"] != "failed":
                await asyncio.sleep(0.05)
        assert failed["title"] == "Google was told no"
        attempt = await service.ask(BeginSignIn())
        yes = await browser.post(attempt["url"], data={"emulator_confirm": "1"})
        assert (await browser.get(yes.headers["location"])).status_code == 200
        async with within(5):
            while (await service.ask(GetSignIn()))["state"] != "done":
                await asyncio.sleep(0.05)


@pytest.mark.usefixtures("sign_in_port")
async def test_a_sign_in_that_ends_once_a_newer_one_has_begun_leaves_that_its_ear(
    running: Running, emulator: Emulator
) -> None:
    """The browser that came back with the newer one met nobody, and that went on waiting."""
    service = running.service
    await running.until(lambda now: now["drive"]["state"] == "online")
    first = await service.ask(BeginSignIn())
    async with httpx.AsyncClient(trust_env=False, timeout=60, follow_redirects=False) as browser:
        back = (await browser.post(first["url"], data={"emulator_confirm": "1"})).headers["location"]
        emulator.forget_requests()
        emulator.faults({"method": "oauth.token", "delay_ms": 3000})
        ending = asyncio.create_task(service.ask(FinishSignIn(pasted=back)))
        async with within(10):
            while not emulator.requests()["methods"].get("oauth.token"):
                await asyncio.sleep(0.05)
        newer = await service.ask(BeginSignIn())
        assert (await ending)["state"] == "done"
        assert (await service.ask(GetSignIn()))["state"] == "waiting"
        yes = await browser.post(newer["url"], data={"emulator_confirm": "1"})
        if newer["start"] is None:
            return  # another process of this machine has that port
        assert (await browser.get(yes.headers["location"])).status_code == 200
        async with within(5):
            while (await service.ask(GetSignIn()))["state"] != "done":
                await asyncio.sleep(0.05)


@pytest.mark.usefixtures("sign_in_port")
async def test_a_sign_in_that_a_newer_one_begins_amid_is_used_as_soon_as_it_is_kept(
    running: Running, emulator: Emulator
) -> None:
    """It was broken off as its code was exchanged: somebody else was signed in, and nobody was told."""
    service = running.service
    await running.until(lambda now: now["drive"]["state"] == "online")
    first = await service.ask(BeginSignIn())
    if first["start"] is None:
        return  # another process of this machine has that port
    async with httpx.AsyncClient(trust_env=False, timeout=60, follow_redirects=False) as browser:
        ben = {"emulator_confirm": "1", "emulator_account": "ben@example.com"}
        back = (await browser.post(first["url"], data=ben)).headers["location"]
        emulator.forget_requests()
        emulator.faults({"method": "oauth.token", "delay_ms": 3000})
        assert (await browser.get(back)).status_code == 200
    async with within(10):
        while not emulator.requests()["methods"].get("oauth.token"):
            await asyncio.sleep(0.05)
    await service.ask(BeginSignIn())
    await running.until(lambda now: now["drive"]["account"] == "ben@example.com")


@pytest.mark.usefixtures("sign_in_port")
async def test_a_sign_in_that_comes_to_nothing_once_nobody_waits_for_it_leaves_no_word_of_python(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As somebody signs out while its code is exchanged: the log had a traceback."""
    service, told = running.service, list[str]()
    await running.until(lambda now: now["drive"]["state"] == "online")
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["message"]))
    begun = await service.ask(BeginSignIn())
    if begun["start"] is None:
        return  # another process of this machine has that port
    halt = Halt(monkeypatch, login, "exchange")
    halt.begin.set()
    async with httpx.AsyncClient(trust_env=False, timeout=60, follow_redirects=False) as browser:
        back = (await browser.post(begun["url"], data={"emulator_confirm": "1"})).headers["location"]
        assert (await browser.get(back)).status_code == 200
    assert await asyncio.to_thread(halt.done.wait, PATIENCE * 20)
    await service.ask(SignOut())
    assert (await service.ask(GetSignIn()))["title"] == "Somebody signed out meanwhile"
    halt.end.set()
    async with within(20):
        while any("_kept" in repr(one.get_coro()) for one in asyncio.all_tasks()):
            await asyncio.sleep(0.05)
    gc.collect()
    assert [one for one in told if "never retrieved" in one] == []


@pytest.mark.usefixtures("sign_in_port")
async def test_a_sign_in_that_ends_as_somebody_signs_out_names_who_has_to_sign_in(running: Running) -> None:
    """It was plain `venuesync login`, by which somebody else's Drive becomes the one that all events use."""
    await running.service.ask(BeginSignIn(account="ben@example.com"))
    await running.service.ask(SignOut())
    state = await running.service.ask(GetSignIn())
    assert (state["state"], state["remedy"]) == ("failed", "Run: venuesync login --account ben@example.com")


@pytest.mark.usefixtures("sign_in_port")
async def test_a_sign_in_that_begins_and_ends_while_google_is_told_of_a_logout_is_done(
    running: Running, emulator: Emulator
) -> None:
    """It was said that there was none."""
    service = running.service
    await running.until(lambda now: now["drive"]["state"] == "online")
    consent = {"emulator_confirm": "1", "emulator_account": "ana@example.com"}
    async with httpx.AsyncClient(trust_env=False, timeout=60, follow_redirects=False) as browser:
        first = await service.ask(BeginSignIn())
        back = (await browser.post(first["url"], data=consent)).headers["location"]
        await service.ask(FinishSignIn(pasted=back))
        emulator.forget_requests()
        emulator.faults({"method": "oauth.revoke", "delay_ms": 3000})
        ending = asyncio.create_task(service.ask(SignOut()))
        async with within(10):
            while not emulator.requests()["methods"].get("oauth.revoke"):
                await asyncio.sleep(0.05)
        second = await service.ask(BeginSignIn())
        back = (await browser.post(second["url"], data=consent)).headers["location"]
        await service.ask(FinishSignIn(pasted=back))
    assert (await ending)["signed_out"] == ["ana@example.com"]
    state = await service.ask(GetSignIn())
    assert (state["state"], state["account"]) == ("done", "ana@example.com")


async def test_a_broken_line_says_so(running: Running) -> None:
    lost = Remote(running.incoming / "no.sock")
    with pytest.raises(NoAgent):
        await lost.ask(GetStatus())
    with pytest.raises(NoAgent):
        await anext(aiter(lost.events("", 0)))
    await lost.close()


@asynccontextmanager
async def breaking(at: Path, to: Path) -> AsyncIterator[Remote]:
    """A line to an agent that breaks as soon as an answer comes."""

    async def carry(asked: asyncio.StreamReader, asks: asyncio.StreamWriter) -> None:
        while data := await asked.read(65_536):
            asks.write(data)

    async def lead(asked: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        answers, asks = await asyncio.open_unix_connection(to)
        onward = asyncio.create_task(carry(asked, asks))
        await answers.read(1)
        onward.cancel()
        asks.close()
        back.close()

    async with await asyncio.start_unix_server(lead, at):
        line = Remote(at)
        yield line
        await line.close()


async def test_of_a_command_amid_which_the_line_breaks_it_is_said_that_it_may_be_done(
    workspace: Workspace, tmp_path: Path
) -> None:
    """`The agent does not answer` was said of what the agent had done."""
    pause, told = Pause(what="uploads"), "it may be done, or not"
    nowhere = Remote(tmp_path / "nowhere")
    async with an_agent(workspace) as running, breaking(tmp_path / "line", workspace.socket()) as line:
        with pytest.raises(NoAgent) as broken:
            await line.ask(pause)
        assert told in broken.value.detail
        assert (await running.service.ask(GetStatus()))["paused"]["uploads"]
        for one, request in ((line, GetStatus()), (nowhere, pause)):
            with pytest.raises(NoAgent) as nobody:
                await one.ask(request)
            assert told not in nobody.value.detail
    await nowhere.close()


async def test_what_was_counted_earlier_is_never_told_after_what_was_counted_later(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow count that a faster one overtakes would show an empty venue once more."""
    snapshot = await running.service.ask(GetSnapshot())
    ledger, go_on = running.agent._opened.ledger, asyncio.Event()
    read = ledger.read
    held: list[object] = []

    async def first_one_slowly(question: Any, *arguments: Any, **more: Any) -> Any:
        found = await read(question, *arguments, **more)
        if getattr(question, "__name__", "") == "_read" and not held:
            held.append(found)
            await go_on.wait()
        return found

    async def follow() -> None:
        async for change in running.service.events(snapshot["boot"], snapshot["seq"]):
            if change["section"] == "status":
                told.append(change["data"]["photos"]["seen"])

    told: list[int] = []
    following = asyncio.create_task(follow())
    monkeypatch.setattr(ledger, "read", first_one_slowly)
    slow = asyncio.create_task(running.agent.service.ask(GetSnapshot()))
    while not held:
        await asyncio.sleep(0.01)
    scene(running.incoming / "DSC_0002.jpg", 2)
    await running.until(lambda now: now["photos"]["seen"] == 1)
    fast = asyncio.create_task(running.agent.service.ask(GetSnapshot()))
    await asyncio.wait({fast}, timeout=0.5)
    go_on.set()
    await asyncio.gather(slow, fast)
    await running.until(lambda now: now["photos"]["verified"] == 1)
    async with within(20):
        while told[-1:] != [1]:  # a stream may come later than an answer
            await asyncio.sleep(0.05)
    following.cancel()
    assert told == sorted(told)


async def test_what_is_learned_of_an_event_while_it_is_changed_stays(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drive may be asked for seconds before a change is written: the night may end the event in between."""
    opened, check = running.agent._opened, EventKeeper._check

    async def slow(self: EventKeeper, event: Event) -> None:
        await check(self, event)
        await opened.ledger.on_writer(opened.roster.change_event, event.id, lambda now: replace(now, ended=True))

    monkeypatch.setattr(EventKeeper, "_check", slow)
    settings = (await running.service.ask(SetEvent(event="default", key="tolerance", value="0.45")))["settings"]
    assert (settings["tolerance"], settings["ended"]) == (0.45, True)
