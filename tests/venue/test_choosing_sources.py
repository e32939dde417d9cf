"""What may be a source: refused with the reason by every way in, before anything is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from agent.drive.connection import DriveLane
from agent.drive.files import DriveFile
from agent.handlers import event_sources
from agent.model import Event, Source
from agent.requests.control import Sync
from agent.requests.events import AddEvent, ChangeEventSource
from agent.requests.troubles import ListTroubles
from agent.sync.tree import Choosing, FolderTree
from agent.workspace import Workspace
from tests.patience import within
from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene
from tests.venue.running import an_agent
from tests.venue.weddings import look, sent, wedding

FOLDER = "application/vnd.google-apps.folder"


def refused(house: House, words: str, *arguments: str) -> None:
    """By the command with exit 2, and nothing is kept of it."""
    before = house.json("events", "show", "Wedding")
    done = house.run("events", *arguments)
    assert (done.returncode, words in done.stderr) == (2, True), (done.returncode, done.stderr)
    after = house.json("events", "show", "Wedding")
    assert (chosen(after), after["settings"]) == (chosen(before), before["settings"])


def chosen(event: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What somebody chose of its sources; when they were listed last is theirs."""
    return [tuple(one[key] for key in ("id", "folder_id", "name", "enabled", "only")) for one in event["sources"]]


def posted(house: House, **event: Any) -> tuple[int, str]:
    with house.api() as api:
        answer = api.post("/events", json={"name": "Party", **event})
    assert [one["name"] for one in house.json("events")] == ["default", "Wedding"]
    return answer.status_code, answer.json()["title"]


@pytest.mark.slow
def test_sources_that_overlap_hold_a_destination_or_are_our_own_are_refused(
    house: House, anna: Photographer, tmp_path: Path
) -> None:
    house.start()
    house.drop(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg")
    folder = anna.folder("Anna", share=True)
    below = anna.folder("Ceremony", anna.folder("Saturday", folder))
    wedding(house, folder)
    wait_for(lambda: sent(house, "default"), 20, "a photo is on Drive")

    refused(house, "overlap", "source", "Wedding", "add", below)
    refused(house, "overlap", "add", "Party", "--source", below, "--source", folder)
    top = next(one for one in house.emulator.files() if one["path"] == "venuesync")
    inside = next(one for one in house.emulator.files() if one["path"] == "venuesync/default/Unsorted")
    refused(house, "venuesync's own", "source", "Wedding", "add", top["id"])
    assert posted(house, googleDriveUrl=inside["id"]) == (422, "That folder is venuesync's own")

    anna.share(below, "writer")
    refused(house, "inside a source", "set", "Wedding", "destination", below)
    assert posted(house, destination=below) == (422, "A destination lies inside a source")
    mine = house.emulator.client().post("/drive/v3/files", json={"name": "Mine", "mimeType": FOLDER}).json()["id"]
    assert posted(house, googleDriveUrl=mine, destination=mine) == (422, "A destination lies inside a source")

    private = anna.folder("Private")
    assert posted(house, googleDriveUrl=private) == (404, "That folder cannot be reached")
    done = house.run("events", "add", "Party", "--source", private)
    assert done.returncode == 1 and "Share it with" in done.stderr

    with house.api() as api:
        rows = api.post("/api/cloud/lazy-folders/list_subfolders", json={}).json()["folders"]
        chosen = api.post(
            "/api/cloud/lazy-folders/validate_selection",
            json={"folder_ids": [top["id"], inside["id"], below, mine], "event": "Wedding"},
        ).json()
        true = api.post("/api/event/Wedding/auto-sync/enable", json={"interval_minutes": True})
    assert {one["name"]: one["selectable"] for one in rows} == {"Mine": True, "venuesync": False}
    assert [one["id"] for one in chosen["valid_selections"]] == [mine]
    assert [one["reason"] for one in chosen["invalid_selections"]] == [
        "venuesync's own folder",
        "venuesync's own folder",
        "inside Anna, a source already",
    ]
    assert true.status_code == 422


@pytest.mark.slow
@pytest.mark.parametrize("made", ["our folder is there", "it is to be made"])
def test_no_source_holds_our_own_folder(house: House, made: str, tmp_path: Path) -> None:
    """My Drive itself, by any of its names, or a folder of the operator's into which ours was moved."""
    if made == "it is to be made":
        assert house.run("pause", "all").returncode == 0
    house.start()
    wait_for(lambda: house.json("status")["drive"]["state"] == "online", 20, "Drive is there")
    assert house.run("events", "add", "Wedding").returncode == 0
    with house.emulator.client("browser") as client:
        root = client.get("/drive/v3/files/root").json()["id"]
        for one in ("root", root, f"https://drive.google.com/drive/u/0/folders/{root}?usp=sharing"):
            refused(house, "venuesync would file into My Drive", "source", "Wedding", "add", one)
        assert posted(house, googleDriveUrl=root) == (422, "A destination lies inside a source")
        work = client.post("/drive/v3/files", json={"name": "Work", "mimeType": FOLDER}).json()["id"]
        if made == "our folder is there":
            house.drop(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg")
            wait_for(lambda: sent(house, "default"), 20, "a photo is on Drive")
            top = next(one["id"] for one in house.emulator.files() if one["path"] == "venuesync")
            client.patch(f"/drive/v3/files/{top}", params={"addParents": work, "removeParents": root}, json={})
            refused(house, "venuesync would file into Work", "source", "Wedding", "add", work)
    with house.api() as api:
        chosen = api.post("/api/cloud/lazy-folders/validate_selection", json={"folder_ids": [root]}).json()
    assert [one["reason"] for one in chosen["invalid_selections"]] == ["venuesync's own folder lies in it"]


@pytest.mark.slow
def test_a_destination_is_known_however_it_is_named(house: House, tmp_path: Path) -> None:
    """Two events could share a folder that one of them was given by a shortcut; and nothing can be put into that."""
    house.emulator.grant("drive")
    house.start()
    house.drop(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg")
    wait_for(lambda: sent(house, "default"), 20, "a photo is on Drive")
    with house.emulator.client("browser") as client:

        def new(**what: Any) -> str:
            return client.post("/drive/v3/files", json=what).json()["id"]

        given = new(name="Given", mimeType=FOLDER)
        short = new(name="To it", mimeType="application/vnd.google-apps.shortcut", shortcutDetails={"targetId": given})
        text = new(name="notes.txt", mimeType="text/plain")
    assert house.run("events", "add", "Wedding", "--destination", short).returncode == 0
    assert house.json("events", "show", "Wedding")["settings"]["destination"] == given
    refused(house, "not a folder", "set", "Wedding", "destination", text)
    for one in (short, given, f"https://drive.google.com/drive/folders/{given}"):
        assert posted(house, destination=one) == (422, "Two events cannot share a destination")
    ours = next(one["id"] for one in house.emulator.files() if one["path"] == "venuesync/default/Unsorted")
    refused(house, "venuesync's own", "set", "Wedding", "destination", ours)
    house.drop(scene(tmp_path / "2.jpg", 2), "../Events/Wedding/Incoming/DSC_2.jpg")
    there = "Given/Unsorted/No Faces/DSC_2.jpg"
    wait_for(lambda: there in {one["path"] for one in house.emulator.files()}, 20, "it is filed there")


@pytest.mark.slow
def test_no_destination_lies_inside_another_events(house: House) -> None:
    """One event's folders would be among the other's: with a folder People in it, in those of its people."""
    house.start()
    wait_for(lambda: house.json("status")["drive"]["state"] == "online", 20, "Drive is there")

    def new(name: str, *parents: str) -> str:
        body = (
            {"name": name, "mimeType": FOLDER, "parents": list(parents)}
            if parents
            else {"name": name, "mimeType": FOLDER}
        )
        return house.emulator.client().post("/drive/v3/files", json=body).json()["id"]

    above = new("Weddings")
    mine = new("Mia and Tom", above)
    below = new("Guests", new("People", mine))
    assert house.run("events", "add", "Wedding", "--destination", mine).returncode == 0
    for one in (above, below):
        assert posted(house, destination=one) == (422, "A destination lies inside another event's")
    house.run("events", "add", "Party", "--destination", new("Party"))
    done = house.run("events", "set", "Party", "destination", below)
    assert (done.returncode, "Guests would lie inside Mia and Tom, into which Wedding is filed" in done.stderr) == (
        2,
        True,
    )
    done = house.run("events", "set", "Wedding", "destination", above)
    assert done.returncode == 0, "its own before"
    assert house.run("events", "set", "Party", "destination", new("Beside", new("Lunches"))).returncode == 0


@pytest.mark.settings(VENUESYNC_SYNC__INTERVAL="1")
def test_what_could_not_be_asked_when_it_was_chosen_is_refused_later(house: House, anna: Photographer) -> None:
    """With Drive away it is kept; when Drive tells, the source is in trouble, and the event says why."""
    folder = anna.folder("Anna", share=True)
    below = anna.folder("Ceremony", folder)
    house.run("events", "add", "Wedding", "--source", folder, "--source", below)
    house.start()
    wait_for(lambda: house.json("errors")["open"], 20, "somebody has to choose")
    told = house.json("errors")["open"][0]
    assert told["title"] == "Two sources overlap"
    one = house.json("events")[1]
    assert [source["state"] for source in one["sources"]].count("lost") == 1
    assert not house.json("status")["safe_to_leave"]["safe"]


@pytest.mark.settings(VENUESYNC_SYNC__INTERVAL="1")
def test_why_a_source_may_not_be_one_after_all_is_told_with_what_ends_it(
    house: House, anna: Photographer, tmp_path: Path
) -> None:
    """The event went on saying that it was not shared, and its folder was said to be out of reach, as it was in the
    verdict; "choose another folder" did not end it.
    """
    folder = anna.folder("Anna")
    house.run("events", "add", "Wedding", "--source", folder)
    house.run("events", "set", "Wedding", "folder_depth", "4")
    house.drop(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg")
    house.start()
    out_of_reach = wait_for(lambda: told_of_wedding(house, "cannot be reached"), 20, "nobody shares it")
    anna.share(folder)
    look(house)
    why = wait_for(lambda: told_of_wedding(house, "may not be chosen"), 20, "Drive tells how deep it lies")
    assert "Anna: at depth 1, and only folders at depth 4" in why
    assert sum("cannot be reached" in one["text"] for one in house.json("activity")) == 1, out_of_reach
    wait_for(lambda: house.json("status")["photos"]["verified"] == 1, 20, "a photo is on Drive")
    look(house)
    safe = wait_for(lambda: lost(house), 40, "all else is done")
    assert safe["reason"] == f"{folder} cannot be read on Drive"
    [error] = house.json("errors")["open"]
    command = error["remedy"].partition("venuesync ")[2].split()
    assert house.run(*command).returncode == 0, error["remedy"]
    assert house.json("errors")["open"] == []
    assert told_of_wedding(house, "") == ""


def lost(house: House) -> dict[str, Any] | None:
    """The verdict, once nothing stands in its way but a source."""
    safe = house.json("status")["safe_to_leave"]
    return safe if safe["code"] == "source_lost" else None


def told_of_wedding(house: House, word: str) -> str | None:
    """Why its event is in trouble, once that says so."""
    said = str(house.json("events")[1]["error"] or "")
    return said if word in said else None


@pytest.mark.parametrize("way", ["a source", "an event"])
async def test_what_drive_was_too_slow_to_tell_when_it_was_chosen_is_refused_later(
    workspace: Workspace, anna: Photographer, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """It had said the folders' names, and not what they lie in: nobody ever asked for that again."""
    folder = anna.folder("Anna", share=True)
    below = anna.folder("Ceremony", folder)
    above, answers = FolderTree.above, asyncio.Event()

    async def slowly(tree: FolderTree, drive_id: str) -> list[DriveFile]:
        await answers.wait()
        return await above(tree, drive_id)

    async with an_agent(workspace) as running:
        await running.until(lambda now: now["drive"]["state"] == "online")
        if way == "a source":
            await running.service.ask(AddEvent(name="Wedding", sources=(folder,)))
            await running.until(lambda now: now["events"][1]["sync_status"] == "UP_TO_DATE")
        monkeypatch.setattr(FolderTree, "above", slowly)
        monkeypatch.setattr(event_sources, "PATIENCE", 1.0)
        if way == "a source":
            await running.service.ask(ChangeEventSource(event="Wedding", change="add", source=below))
        else:
            await running.service.ask(AddEvent(name="Wedding", sources=(folder, below)))
        answers.set()
        await running.service.ask(Sync())
        await running.until(lambda now: now["errors"] == 1)
        [told] = (await running.service.ask(ListTroubles()))["open"]
    assert told["title"] == "Two sources overlap"


@pytest.mark.parametrize("late", ["the first one's look", "the second one's check"])
async def test_of_two_that_overlap_one_is_refused_where_drive_tells_of_the_first_as_the_second_is_added(
    workspace: Workspace, anna: Photographer, monkeypatch: pytest.MonkeyPatch, late: str
) -> None:
    """Each was looked at without the other one: whatever lies in both came by two ways, and nobody was told."""
    folder = anna.folder("Anna", share=True)
    below = anna.folder("Ceremony", folder)
    check, asked, looked, added = Choosing.check, asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def amid(choosing: Choosing, event: Event, news: Sequence[Source]) -> None:
        """Of the first one as it is looked at; then of the second one as it is added, and as it is looked at."""
        if news[0].folder == folder and not asked.is_set():
            asked.set()
            await check(choosing, event, news)
            await (added.wait() if late == "the first one's look" else looked.wait())
            return
        await check(choosing, event, news)
        if late == "the second one's check" and not added.is_set():
            looked.set()
            await running.until(lambda _: running.agent._here._opened.roster.event("Wedding").sources[0].resolved)

    async with an_agent(workspace) as running:
        await running.until(lambda now: now["drive"]["state"] == "online")
        monkeypatch.setattr(Choosing, "check", amid)
        with monkeypatch.context() as slow:
            slow.setattr(DriveLane, "is_open", lambda *_, **__: False)
            await running.service.ask(AddEvent(name="Wedding", sources=(folder,)))
        async with within(20):
            await asked.wait()
        await running.service.ask(ChangeEventSource(event="Wedding", change="add", source=below))
        added.set()
        await running.until(lambda now: now["errors"] == 1)
        [told] = (await running.service.ask(ListTroubles()))["open"]
    assert told["title"] == "Two sources overlap"


@pytest.mark.parametrize("drive", ["there", "not asked"])
def test_one_folder_added_twice_at_once_is_one_source(house: House, anna: Photographer, drive: str) -> None:
    """A key that is held, or two people."""
    if drive == "not asked":
        house.environ["VENUESYNC_DRIVE__ENABLED"] = "false"
    house.start()
    assert house.run("events", "add", "Wedding", "--source", anna.folder("Anna", share=True)).returncode == 0
    other = anna.folder("Ceremony", share=True)
    asked = {"event": "Wedding", "change": "add", "source": other}
    with house.api() as api, ThreadPoolExecutor(4) as at_once:
        answers = list(at_once.map(lambda _: api.post("/commands/events-source", json=asked).status_code, range(4)))
    assert sorted(answers) == [200, 409, 409, 409]
    sources = house.json("events", "show", "Wedding")["sources"]
    assert [one["folder_id"] for one in sources].count(other) == 1


@pytest.mark.slow
def test_sources_of_one_name_are_told_apart_by_their_ids(house: House, anna: Photographer) -> None:
    """Two photographers call theirs Photos: both went at once, and whatever came later was nobody's."""
    house.start()
    wedding(house, anna.folder("Photos", share=True), anna.folder("Photos", share=True))
    first, second = (one["id"] for one in house.json("events", "show", "Wedding")["sources"])
    refused(house, f"{first} (folder ", "source", "Wedding", "remove", "Photos")
    refused(house, f"{second} (folder ", "source", "Wedding", "disable", "Photos")
    assert house.run("events", "source", "Wedding", "remove", first).returncode == 0
    assert house.run("events", "source", "Wedding", "disable", "Photos").returncode == 0
    [left] = house.json("events", "show", "Wedding")["sources"]
    assert (left["id"], left["enabled"]) == (second, False)


@pytest.mark.slow
def test_a_chosen_folder_that_is_none_is_refused(house: House, anna: Photographer, tmp_path: Path) -> None:
    """Nothing lies in a photo or a shortcut: the source was taken, and stayed empty without a word."""
    house.start()
    wedding(house, anna.folder("Other", share=True))
    whole = anna.folder("Anna", share=True)
    inside = anna.folder("Cam1", whole)
    photo = anna.put(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", inside)
    refused(house, "DSC_1.jpg: not a folder", "source", "Wedding", "add", whole, "--only", photo)
    refused(
        house, "to it: not a folder", "source", "Wedding", "add", whole, "--only", anna.shortcut("to it", inside, whole)
    )
    assert house.run("events", "source", "Wedding", "add", whole, "--only", inside).returncode == 0
