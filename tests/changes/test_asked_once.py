"""A source of an event that is switched off is listed where somebody asks for it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent import clock
from agent.ledger import Ledger, syncs
from agent.model import SourceId
from agent.sync import feeds
from agent.sync.feed import Feed
from tests.changes.desk import FeedDesk
from tests.emulator.drive import Emulator
from tests.venue.photographer import Photographer


async def test_one_of_which_drive_could_not_be_asked_before_is_listed_too(emulator: Emulator, tmp_path: Path) -> None:
    """Its name and drive are learned first; with that the wish was taken for fulfilled."""
    anna = Photographer(emulator)
    folder = anna.folder("Anna", share=True)
    photo = anna.put(b"\xff\xd8\xff photo", "DSC.jpg", folder)
    desk = FeedDesk(tmp_path / "desk", emulator.url)
    event = await desk.add_event("Wedding", folder)
    await desk.ledger.on_writer(desk.roster.change_event, event, lambda was: replace(was, enabled=False))
    await desk.feeds.ask([event], whole=True)
    await desk.look()
    assert {one for one, _ in (await desk.there()).get(event, set())} == {photo}
    await desk.close()


async def test_one_that_is_asked_for_amid_a_look_is_listed_by_the_next(emulator: Emulator, tmp_path: Path) -> None:
    """The wish was taken for fulfilled with those that were asked for before."""
    anna = Photographer(emulator)
    first, second = anna.folder("First", share=True), anna.folder("Second", share=True)
    photo = anna.put(b"\xff\xd8\xff photo", "DSC.jpg", second)
    desk = FeedDesk(tmp_path / "desk", emulator.url)
    events = [await desk.add_event(name, folder) for name, folder in (("First", first), ("Second", second))]
    for event in events:
        await desk.ledger.on_writer(desk.roster.change_event, event, lambda was: replace(was, enabled=False))
    await desk.feeds.ask(events[:1], whole=True)
    emulator.faults({"method": "*", "delay_ms": 400})
    look = asyncio.create_task(desk.feeds.round())
    await asyncio.sleep(0.2)
    await desk.feeds.ask(events[1:], whole=True)
    await look
    await desk.look()
    assert {one for one, _ in (await desk.there()).get(events[1], set())} == {photo}
    await desk.close()


async def test_a_shorter_interval_holds_from_now_on(emulator: Emulator, tmp_path: Path) -> None:
    """It held from the next look on, which was as far away as the longer one said."""
    ahead = [0.0]
    anna = Photographer(emulator)
    folder = anna.folder("Anna", share=True)
    desk = FeedDesk(tmp_path / "desk", emulator.url, steady=lambda: clock.steady() + ahead[0])
    event = await desk.add_event("Wedding", folder)
    await desk.ledger.on_writer(desk.roster.change_event, event, lambda was: replace(was, interval=60.0))
    for seconds in (0.0, 2000.0, 4000.0):  # by then no folder is listed again
        ahead[0] = seconds
        await desk.look()
    photo = anna.put(b"\xff\xd8\xff photo", "DSC.jpg", folder)
    await desk.ledger.on_writer(desk.roster.change_event, event, lambda was: replace(was, interval=1.0))
    for seconds in (4000.0, 4061.0):
        ahead[0] = seconds
        await desk.feeds.round()
    await desk.fetch_all()
    assert {one for one, _ in (await desk.there()).get(event, set())} == {photo}
    await desk.close()


async def test_who_asks_while_it_is_reckoned_when_to_look_is_answered(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time that was reckoned took the place of *now*."""
    ahead = [0.0]
    anna = Photographer(emulator)
    folder = anna.folder("Anna", share=True)
    desk = FeedDesk(tmp_path / "desk", emulator.url, steady=lambda: clock.steady() + ahead[0])
    event = await desk.add_event("Wedding", folder)
    for seconds in (0.0, 2000.0, 4000.0):  # by then no folder is listed again
        ahead[0] = seconds
        await desk.look()
    photo = anna.put(b"\xff\xd8\xff photo", "DSC.jpg", folder)
    read, asks = Ledger.read, [desk.feeds.look_now]

    async def amid(self: Ledger, asked: Any, *given: Any, **named: Any) -> Any:
        if asked is syncs.feed_changed_at and asks:
            asks.pop()()
        return await read(self, asked, *given, **named)

    monkeypatch.setattr(Ledger, "read", amid)
    for _ in range(2):
        await desk.feeds.round()
    await desk.fetch_all()
    assert {one for one, _ in (await desk.there()).get(event, set())} == {photo}
    await desk.close()


async def test_who_asks_as_a_feed_is_read_for_the_first_time_is_answered(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knew of that feed yet: the source was being checked once more until its interval was over."""
    folder = Photographer(emulator).folder("Anna", share=True)
    desk = FeedDesk(tmp_path / "desk", emulator.url)
    await desk.add_event("Wedding", folder)
    await desk.feeds.round()  # where it lies is learned
    read, asks = Ledger.read, [desk.feeds.look_now]

    async def amid(self: Ledger, asked: Any, *given: Any, **named: Any) -> Any:
        if asked is syncs.feed_changed_at and asks:
            asks.pop()()
        return await read(self, asked, *given, **named)

    monkeypatch.setattr(Ledger, "read", amid)
    await desk.feeds.round()
    assert not desk.polled_to_the_end()
    await desk.feeds.round()
    assert desk.polled_to_the_end()
    await desk.close()


async def test_a_look_that_ends_in_no_known_way_leaves_nothing_that_is_sure(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it was about to bring may be a photo: the look before it was told as one that had found all."""
    ahead = [0.0]
    folder = Photographer(emulator).folder("Anna", share=True)
    desk = FeedDesk(tmp_path / "desk", emulator.url, steady=lambda: clock.steady() + ahead[0])
    await desk.add_event("Wedding", folder)
    await desk.look()
    assert desk.polled_to_the_end()

    async def dies(*_: object) -> bool:
        raise ValueError("an answer that nobody knows")

    monkeypatch.setattr(Feed, "poll", dies)
    ahead[0] = 4000.0
    with pytest.raises(ValueError, match="nobody knows"):
        await desk.feeds.run()
    assert not desk.polled_to_the_end()
    await desk.close()


async def test_who_asks_as_a_source_turns_out_to_be_lost_has_it_looked_for_again_at_once(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It rested for half a minute all the same, though it was shared again."""
    anna = Photographer(emulator)
    folder = anna.folder("Anna")
    given = anna.share(folder)
    desk = FeedDesk(tmp_path / "desk", emulator.url)
    event = await desk.add_event("Wedding", folder)
    await desk.look()
    anna.unshare(folder, given)
    await desk.feeds.ask([event], whole=True)

    def asked() -> None:
        anna.share(folder)
        desk.feeds.go_on()

    write, asks = Ledger.write, [asked]

    async def amid(self: Ledger, change: Any, *given: Any, **named: Any) -> Any:
        if change is feeds.end_badly and asks:
            asks.pop()()
        return await write(self, change, *given, **named)

    monkeypatch.setattr(Ledger, "write", amid)
    await desk.feeds.round()
    assert await desk.ledger.read(syncs.lost_ones) == {SourceId("s-Wedding-0")}
    await desk.feeds.round()
    assert await desk.ledger.read(syncs.lost_ones) == set()
    await desk.close()
