"""Sources that cannot be reached: asked for again now and then, and not at all once nobody looks at them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent import clock
from agent.ledger import accounts, sources, syncs
from agent.ledger.sqlite.rows import Db
from agent.model import Event, EventId, SourceId
from agent.uploads.drive_state import settle_account
from tests.changes.desk import FeedDesk
from tests.emulator.drive import Emulator
from tests.venue.photographer import FOLDER, Photographer

CHANGES: dict[str, Callable[[Event], Event]] = {
    "taken away": lambda event: replace(event, sources=()),
    "switched off": lambda event: replace(event, enabled=False),
    "ended": lambda event: replace(event, ended=True),
    "of another account": lambda event: replace(event, account="ben@example.com"),
}


class Later:
    """A steady clock that the test puts on."""

    def __init__(self) -> None:
        self.by = 0.0

    def __call__(self) -> float:
        return clock.steady() + self.by


@pytest.fixture
async def later() -> Later:
    return Later()


@pytest.fixture
async def desk(tmp_path: Path, emulator: Emulator, later: Later) -> AsyncIterator[FeedDesk]:
    made = FeedDesk(tmp_path / "desk", emulator.url, steady=later)
    yield made
    await made.close()


@pytest.mark.parametrize("what", CHANGES)
async def test_one_that_nobody_looks_at_any_more_keeps_nobody_awake(
    desk: FeedDesk, later: Later, emulator: Emulator, what: str
) -> None:
    """Its next try was never taken off the list: from then on the feeds went round twenty times a second."""
    anna = Photographer(emulator)
    folder = anna.folder("Anna")
    permission = anna.share(folder)
    await desk.add_event("Party", anna.folder("Other", share=True))
    event = await desk.add_event("Wedding", folder)
    await desk.look()
    anna.unshare(folder, permission)
    await desk.look()
    assert [one.check.value for one in await desk.standings()][1] == "lost"
    await desk.ledger.on_writer(desk.roster.change_event, event, CHANGES[what])
    later.by += 40.0
    for _ in range(3):
        await desk.feeds.round()
    assert desk.feeds._pause() > 1.0


@pytest.mark.parametrize("minutes", [2.0, 60.0])
async def test_a_shared_drive_that_has_no_feed_for_us_is_asked_for_one_as_seldom_as_the_interval_says(
    desk: FeedDesk, later: Later, emulator: Emulator, minutes: float
) -> None:
    """It was each minute, whatever was set; whoever asks for a look waits for none of that."""
    anna = Photographer(emulator)
    options = {"supportsAllDrives": "true"}
    drive = anna.http.post("/drive/v3/drives", params={"requestId": "studio"}, json={"name": "Studio"}).json()["id"]
    made = {"name": "From the studio", "mimeType": FOLDER, "parents": [drive]}
    folder = anna.http.post("/drive/v3/files", params=options, json=made).raise_for_status().json()["id"]
    reader = {"type": "user", "role": "reader", "emailAddress": anna.venue}
    anna.http.post(f"/drive/v3/files/{folder}/permissions", params=options, json=reader).raise_for_status()
    event = await desk.add_event("Wedding", folder)
    await desk.ledger.on_writer(desk.roster.change_event, event, lambda was: replace(was, interval=minutes))
    await desk.look()

    async def asked_after(more: float) -> int:
        """How often that drive was, once so many minutes more have passed."""
        emulator.forget_requests()
        later.by += 60 * more
        await desk.feeds.round()
        return emulator.requests()["methods"].get("changes.getStartPageToken", 0)

    assert [await asked_after(minutes / 6) for _ in range(5)] == [0] * 5
    assert await asked_after(minutes / 3) == 1
    assert await asked_after(minutes / 6) == 0
    desk.feeds.look_now()
    assert await asked_after(0) == 1
    client: Any = desk.client
    real = client.start_page_token

    async def asked_meanwhile(*given: Any) -> Any:
        client.start_page_token = real
        desk.feeds.look_now()
        return await real(*given)

    client.start_page_token = asked_meanwhile
    desk.feeds.look_now()
    assert await asked_after(0) == 1
    assert client.start_page_token == real
    assert await asked_after(0) == 1, "whoever asked amid that had it asked for again"
    assert await asked_after(0) == 0


async def test_an_event_that_goes_to_another_account_amid_a_listing_is_listed_there(
    desk: FeedDesk, emulator: Emulator
) -> None:
    """Else it would be said that all of a source is here which the other one may not even see."""
    anna = Photographer(emulator)
    folder = anna.folder("Anna", share=True)
    event = await desk.add_event("Wedding", folder)
    await desk.ledger.write(event_folder, event)
    await desk.look()
    await desk.feeds.ask([event], whole=True)
    client: Any = desk.client
    real = client._call

    async def changed_meanwhile(*args: Any, **more: Any) -> Any:
        if args[:2] == ("files", "list"):
            client._call = real
            await desk.ledger.on_writer(desk.roster.change_event, event, CHANGES["of another account"])
            await desk.ledger.write(accounts.follow, {event: "ben@example.com"}, desk.roster.is_expected, clock.wall())
        return await real(*args, **more)

    client._call = changed_meanwhile
    await desk.feeds.round()
    assert client._call == real
    assert await desk.ledger.read(syncs.required) == {SourceId("s-Wedding-0")}


async def test_a_source_that_is_removed_amid_a_listing_leaves_nothing(desk: FeedDesk, emulator: Emulator) -> None:
    """Its last look was said to go on, and what lies above it stayed in mind for good."""
    anna = Photographer(emulator)
    folder = anna.folder("Anna", anna.folder("Above", share=True))
    anna.put(b"\xff\xd8\xff photo", "DSC.jpg", folder)
    event = await desk.add_event("Wedding", folder)
    client: Any = desk.client
    real = client._call

    async def removed_meanwhile(*args: Any, **more: Any) -> Any:
        if args[:2] == ("files", "list"):
            client._call = real
            await desk.ledger.on_writer(desk.roster.change_event, event, CHANGES["taken away"])
            await desk.ledger.write(sources.forget, [SourceId("s-Wedding-0")])
        return await real(*args, **more)

    client._call = removed_meanwhile
    await desk.look()
    assert client._call == real
    assert await desk.ledger.read(left_over) == []


async def test_a_source_that_is_removed_as_all_are_asked_to_be_looked_at_is_not_fetched_anew(
    desk: FeedDesk, emulator: Emulator
) -> None:
    """It was named before, and written down once more behind its end: a look that was under way fetched all of it."""
    anna = Photographer(emulator)
    folder = anna.folder("Anna", share=True)
    anna.put(b"\xff\xd8\xff photo", "DSC.jpg", folder)
    events = [await desk.add_event(f"Other {number}", anna.folder("Other", share=True)) for number in range(20)]
    events.append(await desk.add_event("Wedding", folder))
    client: Any = desk.client
    real = client._call

    async def removed() -> None:
        await desk.ledger.on_writer(desk.roster.remove_event, events[-1])
        await desk.ledger.write(sources.forget, [SourceId("s-Wedding-0")])

    async def removed_meanwhile(*args: Any, **more: Any) -> Any:
        if args[:2] == ("files", "list") and folder in str((args, more)):
            client._call = real
            await asyncio.gather(desk.feeds.ask(events, whole=False), removed())
        return await real(*args, **more)

    client._call = removed_meanwhile
    await desk.look()
    assert client._call == real
    assert SourceId("s-Wedding-0") not in await desk.ledger.read(syncs.states)
    assert "e-Wedding" not in await desk.there()


async def test_somebody_else_who_signs_in_amid_a_look_has_a_feed_of_their_own(
    desk: FeedDesk, emulator: Emulator
) -> None:
    """Its place was the earlier one's, in whose numbers Drive counts another way."""
    anna = Photographer(emulator)
    folder = anna.folder("Anna", share=True)
    await desk.add_event("Wedding", folder)
    await desk.look()
    anna.put(b"\xff\xd8\xff photo", "DSC.jpg", folder)
    client: Any = desk.client
    real = client._call

    async def signed_in_meanwhile(*args: Any, **more: Any) -> Any:
        answer = await real(*args, **more)
        if args[:2] == ("changes", "list"):
            client._call = real
            await desk.ledger.write(accounts.somebody_else, "")
        return answer

    client._call = signed_in_meanwhile
    desk.feeds.look_now()
    await desk.feeds.round()
    assert client._call == real
    assert await desk.ledger.read(syncs.feed_token, "") is None
    assert not await desk.there()
    await desk.look()
    assert len((await desk.there())["e-Wedding"]) == 1


async def test_somebody_else_who_signs_in_as_a_feed_begins_has_a_place_in_it_of_their_own(
    desk: FeedDesk, emulator: Emulator
) -> None:
    """It was the earlier one's, which had been asked for just before."""
    anna = Photographer(emulator)
    folder = anna.folder("Anna", share=True)
    await desk.add_event("Wedding", folder)
    await desk.ledger.write(settle_account, "Ben", clock.wall())
    client: Any = desk.client
    real = client._call

    async def signed_in_meanwhile(*args: Any, **more: Any) -> Any:
        answer = await real(*args, **more)
        if args[:2] == ("changes", "getStartPageToken"):
            client._call = real
            await desk.ledger.write(settle_account, "Carl", clock.wall())
        return answer

    client._call = signed_in_meanwhile
    await desk.look()
    assert client._call == real
    assert emulator.requests()["methods"]["changes.getStartPageToken"] == 2
    anna.put(b"\xff\xd8\xff photo", "DSC.jpg", folder)
    await desk.look()
    assert len((await desk.there())["e-Wedding"]) == 1


def left_over(db: Db) -> list[str]:
    return db.column(
        "SELECT source FROM source_above UNION SELECT source FROM source_file UNION SELECT id FROM sync_run"
    )


def event_folder(db: Db, event: EventId) -> None:
    db.execute(
        "INSERT INTO folder (key, kind, name, event, wanted_at) VALUES (?, 'event', 'Wedding', ?, 1)",
        (f"event:{event}", event),
    )
