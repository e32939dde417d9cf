"""What is found or changed while a status is read is not in it: it says "safe" by no look that is newer than it, and of
no other events than it was read of; nor is it said of a card that it may be erased. A folder that was added is watched
before that is said.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from agent.handlers.status import publisher
from agent.ledger import Ledger, counts, incoming
from agent.ledger.sqlite.rows import at_once
from agent.requests.control import Pause, Retry, Sync
from agent.requests.events import AddEvent, ChangeEventFolder, SetEvent
from agent.requests.status import GetStatus
from tests.emulator.drive import Emulator
from tests.halting import Halt, HaltAnswer
from tests.patience import PATIENCE, latest, within
from tests.venue.photographer import FOLDER, Photographer, operator
from tests.venue.pictures import scene
from tests.venue.running import Running, arrive
from tests.venue.test_moved_by_verify import made

pytestmark = pytest.mark.parametrize("running", ["near"], indirect=True)


class Slow:
    """The facts of a status that is asked for are on their way until `arrive` is set; `read` tells that they are."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.read, self.arrive = Event(), Event()
        monkeypatch.setattr(publisher, "at_once", self._facts)

    def _facts(self, *given: Any) -> Any:
        found = at_once(*given)
        if self.read.is_set():  # whoever looks meanwhile asks, too
            return found
        self.read.set()
        assert self.arrive.wait(PATIENCE * 60)
        return found


async def told_amid(running: Running, monkeypatch: pytest.MonkeyPatch, look: Callable[[], Awaitable[Any]]) -> Any:
    """What a status says of "safe" whose facts were read before that look, and that is told after it."""
    slow = Slow(monkeypatch)
    asked = asyncio.create_task(running.service.ask(GetStatus()))
    assert await asyncio.to_thread(slow.read.wait, PATIENCE * 20)
    await look()
    slow.arrive.set()
    return (await asked)["safe_to_leave"]


@pytest.mark.slow
async def test_a_photo_that_drive_tells_of_meanwhile(
    running: Running, anna: Photographer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = await asyncio.to_thread(lambda: anna.folder("From Anna", share=True))
    link = f"https://drive.google.com/drive/folders/{folder}"
    await running.service.ask(AddEvent(name="Wedding", sources=(link,)))
    await asyncio.to_thread(anna.put, scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", folder)
    await running.service.ask(Sync())
    await running.until(lambda now: now["safe_to_leave"]["safe"], 60)
    feeds = running.agent._drive.feeds

    async def look() -> None:
        await asyncio.to_thread(anna.put, scene(tmp_path / "2.jpg", 2), "DSC_2.jpg", folder)
        await running.service.ask(Sync())
        async with within(20):
            while not feeds.looks().polled:
                await asyncio.sleep(0.01)

    assert not (await told_amid(running, monkeypatch, look))["safe"]
    told = await running.until(lambda now: now if now["safe_to_leave"]["safe"] else None, 60)
    assert told["photos"]["verified"] == 2


async def test_an_event_that_goes_to_another_account_meanwhile(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its photos were counted with neither of the two, as there was one account when they were read."""
    await running.service.ask(AddEvent(name="Gala"))
    await running.service.ask(Pause())
    incoming = running.incoming.parent / "Events" / "Gala" / "Incoming"
    incoming.mkdir(parents=True, exist_ok=True)
    scene(tmp_path / "1.jpg", 1).replace(incoming / "DSC_1.jpg")
    here = running.agent._here
    await running.until(
        lambda now: (
            now["safe_to_leave"]["code"] == "uploads_paused"
            and now["photos"]["unsorted"] == 1
            and here.watcher.report().whole_sweep_since(here.pipeline.last_arrival)
        ),
        60,
    )

    async def goes() -> None:
        await running.service.ask(SetEvent(event="Gala", key="account", value="ben@example.com"))
        async with within(20):
            while len(running.agent._sides.shown.lane.each()) < 2:
                await asyncio.sleep(0.01)

    assert not (await told_amid(running, monkeypatch, goes))["safe"]


async def test_a_card_may_not_be_erased_for_a_photo_that_comes_and_is_swept_over_meanwhile(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was in no tally that was read before, and the sweep that ended since had nothing more to find."""
    made, watcher, ledger = running.agent._publisher, running.agent._here.watcher, running.agent._ledger
    await arrive(running, scene(tmp_path / "1.jpg", 1))
    await running.service.ask(Pause(what="all"))
    async with within(20):
        while not (await made._make())["folders"][0]["copied"]:
            await watcher.sweep_now()
    known, read = await ledger.read(counts.arrivals), Ledger.read

    async def look() -> None:
        scene(tmp_path / "2.jpg", 2).replace(running.incoming / "2.jpg")
        async with within(20):
            while await ledger.read(counts.arrivals) == known:
                await asyncio.sleep(0.01)
            while watcher.report().settling or not watcher.report().whole_sweep_since(0):
                await watcher.sweep_now()

    looks = [look]

    async def amid(self: Ledger, asked: Any, *given: Any, **named: Any) -> Any:
        found = await read(self, asked, *given, **named)
        if asked == made._read and asyncio.current_task() is asking and looks:
            await looks.pop()()
        return found

    asking = asyncio.create_task(made._make())
    monkeypatch.setattr(Ledger, "read", amid)
    (folder,) = (await asking)["folders"]
    assert not looks
    assert not folder["copied"]


@pytest.mark.slow
async def test_a_folder_that_was_another_events_before_is_not_seen_as_it_was_known_for_that(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first sweep found nothing new, and all was safe until the next one, which does not come here."""
    card, watcher, follow = tmp_path / "card", running.agent._here.watcher, incoming.follow
    card.mkdir()
    scene(card / "1.jpg", 1)
    await running.service.ask(AddEvent(name="Wedding", folders=(str(card),)))
    await running.until(lambda now: now["safe_to_leave"]["safe"], 60)
    await running.service.ask(ChangeEventFolder(event="Wedding", change="remove", folder=str(card)))
    await running.service.ask(AddEvent(name="Party"))

    def is_unswept() -> bool:
        return any(one.folder.path == card and one.sweep_began_at is None for one in watcher.report().folders)

    def slowly(*given: Any) -> bool:
        end = latest(20)
        while is_unswept():
            assert time.monotonic() < end
            time.sleep(0.01)
        return follow(*given)

    monkeypatch.setattr(incoming, "follow", slowly)
    monkeypatch.setattr(watcher, "look_again", lambda: None)
    await running.service.ask(ChangeEventFolder(event="Party", change="add", folder=str(card)))
    told = await running.until(lambda now: now if now["safe_to_leave"]["safe"] else None, 60)
    assert told["photos"]["seen"] == 2


async def test_a_folder_that_is_just_being_added(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list of people had it, and the watcher was still to hear of it, behind whatever else the disk was at."""
    (card := tmp_path / "card").mkdir()
    scene(card / "2.jpg", 2)
    await arrive(running, scene(tmp_path / "1.jpg", 1))
    await running.until(lambda now: now["safe_to_leave"]["safe"], 60)
    told = Halt(monkeypatch, incoming, "follow")
    add = ChangeEventFolder(event="default", change="add", folder=str(card))
    adding = asyncio.create_task(running.service.ask(add))
    assert await asyncio.to_thread(told.reached.wait, PATIENCE * 20)
    amid = (await running.service.ask(GetStatus()))["safe_to_leave"]
    told.begin.set()
    told.end.set()
    await adding
    assert amid["code"] == "sweep_pending"
    await running.until(lambda now: now["safe_to_leave"]["safe"] and now["photos"]["seen"] == 2, 60)


async def test_a_folder_is_watched_though_another_events_own_cannot_be_made(running: Running, tmp_path: Path) -> None:
    """It was the event's, as `events show` said, and nobody watched it until the next start."""
    (card := tmp_path / "card").mkdir()
    scene(card / "2.jpg", 2)
    await running.service.ask(AddEvent(name="Gala"))
    await arrive(running, scene(tmp_path / "1.jpg", 1))
    await running.until(lambda now: now["safe_to_leave"]["safe"], 60)
    own = running.incoming.parent / "Events" / "Gala" / "Incoming"
    own.rmdir()
    own.write_bytes(b"")
    await running.service.ask(ChangeEventFolder(event="default", change="add", folder=str(card)))
    told = await running.until(lambda now: now if now["photos"]["filed"] + now["photos"]["unsorted"] == 2 else None, 60)
    assert not told["safe_to_leave"]["safe"]
    own.unlink()
    own.mkdir()
    await running.until(lambda now: now["safe_to_leave"]["safe"], 60)


async def test_a_folder_that_drive_refuses_and_that_is_tried_again_meanwhile(
    running: Running, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its photos were counted as those that wait for somebody, and when that was told it was refused no more."""
    mine = await asyncio.to_thread(made, emulator, {"name": "Mine", "mimeType": FOLDER})
    await running.service.ask(AddEvent(name="Party", destination=mine))
    await arrive(running, scene(tmp_path / "1.jpg", 1))
    await running.until(lambda now: now["safe_to_leave"]["safe"], 60)
    await asyncio.to_thread(operator(emulator).trash, mine)
    await running.service.ask(Sync())
    incoming = running.incoming.parent / "Events" / "Party" / "Incoming"
    scene(tmp_path / "2.jpg", 2).replace(incoming / "2.jpg")
    await running.until(lambda now: now["safe_to_leave"]["code"] == "folder_refused" and now["photos"]["seen"] == 2, 60)
    async with within(60):
        while (told := running.agent._publisher.verdict) is None or told.others:
            await asyncio.sleep(0.05)
    asked = HaltAnswer(monkeypatch, running.agent._drive.folders, "_seen")
    amid = await told_amid(running, monkeypatch, lambda: running.service.ask(Retry(all=True)))
    asked.end.set()
    assert amid["code"] == "sending"


async def test_an_event_that_is_still_to_be_moved_on_drive(
    running: Running, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it lay there, in a folder that nobody had chosen any more, and `--until-done` would have ended."""
    mine = await asyncio.to_thread(made, emulator, {"name": "Mine", "mimeType": FOLDER})
    await running.service.ask(AddEvent(name="Party"))
    photo = running.incoming.parent / "Events" / "Party" / "Incoming" / "1.jpg"
    scene(tmp_path / "1.jpg", 1).replace(photo)
    await running.until(lambda now: now["safe_to_leave"]["safe"], 60)
    for chosen in (mine, ""):
        with monkeypatch.context() as held:
            moves = HaltAnswer(held, running.agent._drive.folders._destinations, "_bring")
            await running.service.ask(SetEvent(event="Party", key="destination", value=chosen))
            amid = (await running.service.ask(GetStatus()))["safe_to_leave"]
            moves.end.set()
        assert amid["code"] == "removing", amid
        await running.until(lambda now: now["safe_to_leave"]["safe"], 60)
        [there] = [one["path"] for one in await asyncio.to_thread(emulator.files) if one["name"] == "1.jpg"]
        assert there.startswith("Mine/" if chosen else "venuesync/Party/")
