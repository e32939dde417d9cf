"""An event that is removed as the plug is pulled, or amid its work: nothing is left that would have gone with it."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from agent import pipeline
from agent.filing import processed
from agent.handlers import event_folders, event_keeper
from agent.ledger import moved_photos, sources
from agent.requests.control import Resync, Sync
from agent.requests.events import AddEvent, ChangeEventSource, RemoveEvent, SetEvent
from agent.requests.people import EnrollPerson, ForgetPerson
from agent.requests.status import GetStatus
from agent.requests.troubles import ListActivity, ListTroubles
from agent.sync import feed
from agent.workspace import Workspace
from tests.crash.lives import Lives, Role
from tests.halting import Halt
from tests.making import files_below
from tests.patience import PATIENCE, within
from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import FACES, scene
from tests.venue.plug import REMOVED
from tests.venue.running import REFERENCES, Running, an_agent, arrive, of
from tests.venue.test_on_the_way import put_in_party
from tests.venue.test_sources_gone import safe
from tests.venue.weddings import sent, wedding

BROKEN_OFF = {
    "the roster alone has it": REMOVED,
    "a picture is gone": "unlink jobs.pictures.drop_pictures < jobs.removals.drop_files",
    "a download is gone": "unlink jobs.removals.drop_files",
    "the ledger has it": "commit handlers.event_keeper.forget_event",
}


def kept(house: House) -> tuple[list[str], list[str], int]:
    """Pictures, files that were fetched, faces by which people are known."""
    state = house.root / ".venuesync"
    with closing(sqlite3.connect(state / "ledger.sqlite")) as db:
        (number,) = db.execute("SELECT COUNT(*) FROM reference").fetchone()
    return sorted(files_below(state / "references")), sorted(files_below(state / "downloads")), number


@pytest.mark.slow
@pytest.mark.parametrize("moment", BROKEN_OFF.values(), ids=BROKEN_OFF)
def test_what_goes_with_an_event_goes_at_the_next_start(
    lives: Lives, anna: Photographer, tmp_path: Path, moment: str
) -> None:
    """What another event needs stays, and so does what somebody may want back."""
    house = lives.house
    source, other = anna.folder("Anna", share=True), anna.folder("Other", share=True)
    for number in (1, 2):
        anna.put(scene(tmp_path / f"{number}.jpg", number), f"DSC_{number}.jpg", source)
    anna.put(scene(tmp_path / "3.jpg", 3), "DSC_3.jpg", other)
    lives.start()
    wedding(house, other, name="Party")
    assert house.run("enroll", "Ana", str(REFERENCES / "anna_berg_1.jpg")).returncode == 0
    wait_for(lambda: len(sent(house, "Party")) == 1 and safe(house), 40, "the other one's is on Drive")
    before = kept(house)
    wedding(house, source)
    assert house.run("enroll", "Mia", str(FACES / "one_guest.jpg"), "--event", "Wedding").returncode == 0
    assert house.run("enroll", "Ana", str(REFERENCES / "anna_berg_1.jpg"), "--event", "Wedding").returncode == 0
    wait_for(lambda: len(sent(house)) == 2 and safe(house), 40, "they are on Drive")
    lay = house.on_drive()
    assert (len(before[0]), len(before[1])) == (1, 1) and [len(one) for one in kept(house)[:2]] == [2, 3]
    lives.arm(Role.AGENT, moment, 1)
    house.run("events", "remove", "Wedding")
    assert lives.killed_at()
    assert house.agent is not None
    house.agent.wait(10)
    lives.start()
    assert kept(house) == before
    assert [one["name"] for one in house.json("events")] == ["default", "Party"]
    assert house.on_drive() == lay
    assert len([*files_below(house.root / "Events/Wedding/Unsorted")]) == 2
    wait_for(lambda: safe(house), 20, "nothing is left to do")


@pytest.mark.slow
async def test_an_original_that_is_put_away_while_its_event_is_removed_is_nobodys(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VENUESYNC_INCOMING__AFTER", "move")
    halt = Halt(monkeypatch, processed, "put_away")
    halt.begin.set()
    async with an_agent(workspace) as running:
        service = running.service
        photo = await put_in_party(running)
        assert await asyncio.to_thread(halt.done.wait, PATIENCE * 20)
        await service.ask(RemoveEvent(event="Party"))
        halt.end.set()
        other = of("jonas_lindqvist")[0]
        await arrive(running, other)
        async with within(20):
            while not (workspace.root / "Processed" / other.name).exists():
                await asyncio.sleep(0.05)
        known = await running.agent._ledger.read(lambda db: db.column("SELECT DISTINCT event FROM sighting"))
    assert known == ["default"]
    assert (photo.parents[1] / "Processed" / photo.name).exists()


@pytest.mark.slow
async def test_a_photo_that_is_kept_aside_while_its_event_is_removed_stops_nothing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what is filed with a face blurred the photo itself is kept: the router stopped as that had no event."""
    async with an_agent(workspace) as running:
        service = running.service
        await service.ask(AddEvent(name="Party"))
        reference, photo, _ = of("mia_lindqvist")
        await service.ask(EnrollPerson(name="Mia", photos=[str(reference)], event="Party"))
        await service.ask(ForgetPerson(person="Mia", blur=True, never=True, event="Party"))
        await running.until(lambda now: now["safe_to_leave"]["code"] != "removing")
        halt = Halt(monkeypatch, running.agent._here.router._work, "kept_of")
        halt.begin.set()
        (workspace.root / "Events/Party/Incoming" / photo.name).write_bytes(photo.read_bytes())
        assert await asyncio.to_thread(halt.done.wait, PATIENCE * 20)
        await service.ask(RemoveEvent(event="Party"))
        halt.end.set()
        await arrive(running, of("jonas_lindqvist")[0])
        await running.until(lambda now: now["safe_to_leave"]["safe"])
        told = await service.ask(ListTroubles())
    assert [one["title"] for one in (*told["open"], *told["healed"])] == []


async def test_what_is_fetched_while_its_event_is_removed_is_not_left_here(
    workspace: Workspace, anna: Photographer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its source is forgotten last: it was taken for a file that somebody knows of."""
    folder = anna.folder("Anna", share=True)
    anna.put(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", folder)
    async with an_agent(workspace) as running:
        arriving = Halt(monkeypatch, pipeline, "classify")
        arriving.begin.set()
        await running.service.ask(AddEvent(name="Wedding", sources=(folder,)))
        assert await asyncio.to_thread(arriving.done.wait, PATIENCE * 20)
        dropping = Halt(monkeypatch, event_folders, "drop_files")
        removing = asyncio.create_task(running.service.ask(RemoveEvent(event="Wedding")))
        assert await asyncio.to_thread(dropping.reached.wait, PATIENCE * 20)
        arriving.end.set()
        async with within(20):
            while running.agent._drive.downloader.under_way.active:
                await asyncio.sleep(0.02)
        dropping.begin.set()
        dropping.end.set()
        await removing
    assert [*files_below(workspace.downloads)] == []


async def test_what_is_fetched_while_its_source_is_removed_is_not_filed(
    workspace: Workspace, anna: Photographer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a wrong folder the film that was on its way for minutes came into the event all the same."""
    folder = anna.folder("Anna", share=True)
    anna.put(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", folder)
    async with an_agent(workspace) as running:
        service = running.service
        arriving = Halt(monkeypatch, pipeline, "classify")
        arriving.begin.set()
        await service.ask(AddEvent(name="Wedding", sources=(folder,)))
        assert await asyncio.to_thread(arriving.done.wait, PATIENCE * 20)
        await service.ask(ChangeEventSource(event="Wedding", change="remove", source="Anna"))
        arriving.end.set()
        async with within(20):
            while running.agent._drive.downloader.under_way.active:
                await asyncio.sleep(0.02)
        assert not [one for one in await service.ask(ListActivity()) if "arrived" in one["text"]]
        now = await service.ask(GetStatus())
        assert (now["photos"]["seen"], now["downloads"]["queued"]) == (0, 0)
    assert [*files_below(workspace.downloads)] == []


async def test_what_is_fetched_and_filed_as_its_event_is_about_to_be_removed_goes_with_it(
    workspace: Workspace, anna: Photographer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = anna.folder("Anna", share=True)
    async with an_agent(workspace) as running:
        service = running.service
        await service.ask(AddEvent(name="Wedding", sources=(folder,)))
        halt = Halt(monkeypatch, moved_photos, "withdrawn_with")
        removing = asyncio.create_task(service.ask(RemoveEvent(event="Wedding")))
        assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
        await asyncio.to_thread(anna.put, scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", folder)
        await service.ask(Sync())
        await running.until(lambda now: now["photos"]["verified"] == 1)
        halt.begin.set()
        halt.end.set()
        await removing
    assert [*files_below(workspace.downloads)] == []
    assert len([*files_below(workspace.root / "Events/Wedding/Unsorted")]) == 1


async def test_what_was_fetched_and_is_no_photo_goes_with_its_event(workspace: Workspace, anna: Photographer) -> None:
    folder = anna.folder("Anna", share=True)
    anna.put(b"of no camera", "odd.xyz", folder, "video/x-odd")
    async with an_agent(workspace) as running:
        await running.service.ask(AddEvent(name="Wedding", sources=(folder,)))
        await running.until(lambda now: "odd.xyz" in (now["safe_to_leave"]["note"] or ""))
        assert len([*files_below(workspace.downloads)]) == 1
        await running.service.ask(RemoveEvent(event="Wedding"))
        assert [*files_below(workspace.downloads)] == []


async def one_waits(running: Running, anna: Photographer, photo: Path) -> None:
    """An event's photo was fetched, and somebody is to look at it first."""
    folder = anna.folder("Anna", share=True)
    await running.service.ask(AddEvent(name="Wedding", sources=(folder,)))
    await running.service.ask(SetEvent(event="Wedding", key="review", value="true"))
    await asyncio.to_thread(anna.put, photo, "DSC_1.jpg", folder)
    await running.service.ask(Sync())
    await running.until(lambda now: now["photos"]["held"] == 1)


async def test_what_was_fetched_and_waits_for_a_yes_stays_as_its_event_is_removed_and_it_is_said_where(
    workspace: Workspace, anna: Photographer, tmp_path: Path
) -> None:
    """It may lie nowhere else, and nobody knew that it lies there."""
    async with an_agent(workspace) as running:
        service = running.service
        await one_waits(running, anna, scene(tmp_path / "1.jpg", 1))
        await service.ask(RemoveEvent(event="Wedding"))
        said = [one["text"] for one in await service.ask(ListActivity())]
    [file] = files_below(workspace.downloads)
    where = (workspace.downloads / file).parent
    assert f"Event Wedding was removed: its files stay, 1 fetched file in {where}" in said


REMOVALS = {  # and what comes after the last of its sources' files
    "its event": (RemoveEvent(event="Wedding"), event_keeper, "forget_event"),
    "its source": (ChangeEventSource(event="Wedding", change="remove", source="Anna"), sources, "forget"),
}


@pytest.mark.parametrize("of", REMOVALS)
async def test_a_listing_amid_the_removal_finds_nothing_anew(
    workspace: Workspace, anna: Photographer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, of: str
) -> None:
    """A file that waited for a yes was fetched once more, over itself, and then, as nobody's, deleted."""
    asked, *after = REMOVALS[of]
    async with an_agent(workspace) as running:
        service = running.service
        await one_waits(running, anna, scene(tmp_path / "1.jpg", 1))
        fetched = running.agent._drive.downloader.begun
        listing = Halt(monkeypatch, feed, "in_doubt")
        looking = asyncio.create_task(service.ask(Resync()))
        assert await asyncio.to_thread(listing.reached.wait, PATIENCE * 20)
        forgetting = Halt(monkeypatch, sources, "forget_some")
        removing = asyncio.create_task(service.ask(asked))
        assert await asyncio.to_thread(forgetting.reached.wait, PATIENCE * 20)
        last = Halt(monkeypatch, sources, "forget_some")  # that finds nothing more
        last.begin.set()
        forgetting.begin.set()
        forgetting.end.set()
        assert await asyncio.to_thread(last.done.wait, PATIENCE * 20)
        listing.begin.set()
        listing.end.set()
        await asyncio.sleep(0.5)  # what it found is to be written next
        removed = Halt(monkeypatch, *after)
        last.end.set()
        assert await asyncio.to_thread(removed.reached.wait, PATIENCE * 20)
        running.agent._drive.downloader.go_on()
        await asyncio.sleep(0.5)  # what is due is to be fetched
        removed.begin.set()
        removed.end.set()
        await asyncio.gather(removing, looking)
        assert running.agent._drive.downloader.begun == fetched
    assert len([*files_below(workspace.downloads)]) == 1
