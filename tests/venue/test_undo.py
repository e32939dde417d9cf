"""What undo and redo cannot do, and what they must not forget: lost bytes, guests found meanwhile, events that went."""

from __future__ import annotations

import asyncio
import hashlib
import time
from pathlib import Path

import pytest

from agent import clock
from agent.errors import Cause, UsageError, VenueError
from agent.filing.withdrawn import LastFiles
from agent.people import intents
from agent.requests.events import AddEvent, GetEvent, RemoveEvent
from agent.requests.people import (
    DenyPerson,
    EnrollFace,
    EnrollPerson,
    ForgetPerson,
    ListDecisions,
    ListPeople,
    MergePeople,
    Redo,
    RenamePerson,
    Undo,
)
from agent.requests.photos import FilePhotosAs, ListPhotos, MovePhotos, WithdrawPhotos
from agent.requests.troubles import ListActivity
from tests.emulator.drive import Emulator
from tests.patience import within
from tests.venue.house import House, wait_for
from tests.venue.pictures import FACES, variant
from tests.venue.running import Running
from tests.venue.test_people_both_ends import arrive, of
from tests.venue.trees import guests, people_in, same


async def refused(running: Running, verb: Undo | Redo) -> VenueError:
    with pytest.raises(VenueError) as caught:
        await running.service.ask(verb)
    assert caught.value.cause is Cause.CONFLICT
    return caught.value


async def test_undo_redo_and_their_list_walk_through_what_was_decided(running: Running, emulator: Emulator) -> None:
    service = running.service
    assert await service.ask(ListDecisions()) == {"done": [], "undone": []}
    for verb in (Undo(), Redo()):
        nothing = await refused(running, verb)
        assert (nothing.title, nothing.kind) == (f"Nothing to {type(verb).__name__.lower()}", "nothing")
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
    await service.ask(RenamePerson(person="Mia", name="Mia Berg"))
    listed = await service.ask(ListDecisions())
    assert [(one["verb"], one["what"], one["events"]) for one in listed["done"]] == [
        ("rename", "Mia renamed to Mia Berg", ["default"]),
        ("enroll", "Mia enrolled", ["default"]),
    ]
    assert await service.ask(Undo()) == {"what": "Mia renamed to Mia Berg", "photos": 0, "left": 1}
    assert [one["what"] for one in (await service.ask(ListDecisions()))["undone"]] == ["Mia renamed to Mia Berg"]
    assert [one["name"] for one in await service.ask(ListPeople())] == ["Mia"]
    assert await service.ask(Redo()) == {"what": "Mia renamed to Mia Berg", "photos": 0, "left": 0}
    assert await service.ask(ListDecisions()) == listed
    await service.ask(Undo())
    await service.ask(Undo())
    assert [one["what"] for one in (await service.ask(ListDecisions()))["undone"]] == [
        "Mia enrolled",
        "Mia renamed to Mia Berg",
    ]
    await service.ask(EnrollPerson(name="Ana", photos=[str(of("anna_berg")[0])]))
    assert (await service.ask(ListDecisions()))["undone"] == [], "something new was decided"
    assert (await refused(running, Redo())).title == "Nothing to redo"
    texts = [entry["text"] for entry in await service.ask(ListActivity())]
    assert texts.count("Undone: Mia enrolled") == texts.count("Done again: Mia renamed to Mia Berg") == 1


@pytest.mark.slow
async def test_what_changes_nothing_is_nothing_to_undo(running: Running, emulator: Emulator) -> None:
    service = running.service
    await arrive(running, of("mia_lindqvist")[0])
    (row,) = (await service.ask(ListPhotos()))["rows"]
    for count in (1, 0):
        assert await service.ask(FilePhotosAs(ids=[row["id"]], company="group")) == count
        assert await service.ask(WithdrawPhotos(ids=[row["id"]])) == count
    for _ in range(2):
        await service.ask(EnrollPerson(name="Ana", photos=[str(of("anna_berg")[0])]))
    assert [one["verb"] for one in (await service.ask(ListDecisions()))["done"]] == ["enroll", "withdraw", "company"]
    texts = [entry["text"] for entry in await service.ask(ListActivity())]
    assert texts.count("1 photo withdrawn") == texts.count("1 photo filed as groups") == 1


@pytest.mark.slow
async def test_bytes_that_are_nowhere_are_not_promised(running: Running, emulator: Emulator) -> None:
    service = running.service
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
    await arrive(running, *of("mia_lindqvist")[1:])
    before = await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 2})
    rows = (await service.ask(ListPhotos()))["rows"]
    await service.ask(WithdrawPhotos(ids=[row["id"] for row in rows]))
    await same(running, emulator, wanted=lambda now: not now)
    original = running.incoming / rows[0]["name"]
    data = original.read_bytes()
    original.unlink()
    LastFiles(running.incoming.parent / ".venuesync").path(hashlib.sha256(data).hexdigest()).unlink()
    lost = await refused(running, Undo())
    assert (lost.title, lost.kind) == ("That cannot be brought back", "lost")
    assert lost.detail == f"{rows[0]['name']}: no file here holds it any more"
    assert [one["verb"] for one in (await service.ask(ListDecisions()))["done"]] == ["withdraw", "enroll"], (
        "it is left as it is"
    )
    assert await same(running, emulator) == []
    original.write_bytes(data[:-1])
    assert (await refused(running, Undo())).kind == "lost", "other bytes under its name"
    original.write_bytes(data)
    async with within(20):
        while True:
            try:
                await service.ask(Undo())
                break
            except VenueError as error:
                assert error.kind == "lost"
                await asyncio.sleep(0.1)
    assert await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 2}) == before


@pytest.mark.slow
@pytest.mark.parametrize("stepped", [0.0, -3600.0], ids=["as it goes", "the clock is set back"])
async def test_a_guest_who_was_found_after_an_undo_is_that_person_by_a_redo(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, stepped: float
) -> None:
    service, wall = running.service, clock.wall
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
    await arrive(running, *of("mia_lindqvist"))
    before = await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 3})
    monkeypatch.setattr(clock, "wall", lambda: wall() + stepped)
    await service.ask(Undo())
    (guest,) = await guests(running, 1)
    await same(running, emulator, wanted=lambda now: people_in(now) == {guest["name"]: 3})
    await service.ask(Redo())
    assert await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 3}) == before
    assert [one["name"] for one in await service.ask(ListPeople())] == ["Mia"]
    await service.ask(Undo())
    await same(running, emulator, wanted=lambda now: people_in(now) == {guest["name"]: 3})


@pytest.mark.slow
@pytest.mark.parametrize("stepped", [0.0, -3600.0], ids=["as it goes", "the clock is set back"])
async def test_a_guest_who_was_found_on_photos_that_were_denied_is_that_person_once_that_is_taken_back(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, stepped: float
) -> None:
    """It was said to be undone, and they stayed with the guest."""
    service, wall = running.service, clock.wall
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
    await arrive(running, *of("mia_lindqvist"))
    before = await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 3})
    rows = (await service.ask(ListPhotos()))["rows"]
    await service.ask(DenyPerson(person="Mia", photos=[row["id"] for row in rows]))
    monkeypatch.setattr(clock, "wall", lambda: wall() + stepped)
    (guest,) = await guests(running, 1)
    await same(running, emulator, wanted=lambda now: people_in(now) == {guest["name"]: 3})
    await service.ask(Undo())
    assert await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 3}) == before
    assert [one["name"] for one in await service.ask(ListPeople())] == ["Mia"]
    await service.ask(Redo())
    await same(running, emulator, wanted=lambda now: people_in(now) == {guest["name"]: 3})


@pytest.mark.slow
async def test_a_number_that_somebody_was_called_by_is_no_guest_s_while_that_is_taken_back(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Done again, two were called so, and their photos lay in one folder."""
    service = running.service
    monkeypatch.setattr(intents, "new_name", str)  # as an older program let them be called
    await service.ask(EnrollPerson(name="Guest 01", photos=[str(of("mia_lindqvist")[0])]))
    await service.ask(Undo())
    await arrive(running, *of("anna_berg"))
    await guests(running, 1)
    await service.ask(Redo())
    await arrive(running, *of("mia_lindqvist"))
    await same(running, emulator, wanted=lambda now: people_in(now) == {"Guest 01": 3, "Guest 02": 3})


@pytest.mark.slow
async def test_a_number_of_somebody_who_is_one_with_another_is_no_guest_s(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taken back, two were called so, and their photos lay in one folder."""
    service = running.service
    monkeypatch.setattr(intents, "new_name", str)  # as an older program let them be called
    await service.ask(EnrollPerson(name="Jonas", photos=[str(of("hassan_darwish")[0])]))
    await service.ask(EnrollPerson(name="Guest 01", photos=[str(of("mia_lindqvist")[0])]))
    await service.ask(MergePeople(person="Guest 01", into="Jonas"))
    await arrive(running, *of("anna_berg"))
    await guests(running, 1)
    await service.ask(Undo())
    await arrive(running, *of("mia_lindqvist"))
    await same(running, emulator, wanted=lambda now: people_in(now) == {"Guest 01": 3, "Guest 02": 3})


@pytest.mark.slow
async def test_a_no_to_somebody_counts_though_the_yes_was_said_of_one_who_was_merged_into_them(
    running: Running, emulator: Emulator
) -> None:
    service = running.service
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
    await arrive(running, of("hassan_darwish")[0])
    (row,) = (await service.ask(ListPhotos()))["rows"]
    await service.ask(EnrollFace(name="Ana", face=f"photo:{row['id']}"))
    await service.ask(MergePeople(person="Ana", into="Mia"))
    await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 1})
    await service.ask(DenyPerson(person="Mia", photos=[row["id"]]))
    assert await same(running, emulator, wanted=lambda now: not people_in(now)) == [f"Unsorted/Unknown/{row['name']}"]


@pytest.mark.slow
async def test_nothing_that_was_decided_of_others_since_is_taken_back_with_what_was_before_it(
    running: Running, emulator: Emulator
) -> None:
    """What was said of both went with her: a name that was taken back took along by what he was known since."""
    service = running.service
    for name, whose in (("Mia", "mia_lindqvist"), ("Jonas", "hassan_darwish")):
        await service.ask(EnrollPerson(name=name, photos=[str(of(whose)[0])]))
    await arrive(running, of("anna_berg")[0])
    (row,) = (await service.ask(ListPhotos()))["rows"]
    await service.ask(EnrollFace(name="Mia", face=f"photo:{row['id']}"))
    await service.ask(RenamePerson(person="Jonas", name="Jon"))
    await service.ask(EnrollFace(name="Jon", face=f"photo:{row['id']}"))
    await arrive(running, of("anna_berg")[1])
    await service.ask(RenamePerson(person="Jon", name="Johnny"))
    await same(running, emulator, wanted=lambda now: people_in(now) == {"Johnny": 2})
    assert (await service.ask(ForgetPerson(person="Mia")))["waits"] == ""
    assert (await service.ask(Undo()))["what"] == "Jon renamed to Johnny"
    before = await same(running, emulator, wanted=lambda now: people_in(now) == {"Jon": 2})
    assert (await refused(running, Undo())).kind == "nothing"
    assert await same(running, emulator) == before
    await service.ask(Redo())
    await same(running, emulator, wanted=lambda now: people_in(now) == {"Johnny": 2})


@pytest.mark.slow
async def test_an_event_that_went_takes_its_decisions_along(running: Running, emulator: Emulator) -> None:
    service = running.service
    await service.ask(AddEvent(name="Gala"))
    await arrive(running, *of("mia_lindqvist")[:2])
    before = await same(running, emulator, wanted=lambda now: len(now) == 2)
    row = (await service.ask(ListPhotos()))["rows"][0]
    await service.ask(MovePhotos(ids=[row["id"]], event="Gala"))
    await running.until(lambda now: not now["queue"]["filing"])  # what is on its way into an event holds it
    await service.ask(EnrollPerson(name="Ana", photos=[str(of("anna_berg")[0])], event="Gala"))
    await service.ask(RenamePerson(person="Ana", name="Anna", event="Gala"))
    await service.ask(Undo())
    assert len((await service.ask(ListDecisions()))["undone"]) == 1
    await service.ask(RemoveEvent(event="Gala"))
    listed = await service.ask(ListDecisions())
    assert ([one["verb"] for one in listed["done"]], listed["undone"]) == (["move"], [])
    assert (await service.ask(Undo()))["what"] == "1 photo moved to Gala"
    async with within(20):
        while len((await service.ask(ListPhotos()))["rows"]) != 2:
            await asyncio.sleep(0.1)
    assert {path.rpartition("/")[2] for path in before} == {
        one["name"] for one in (await service.ask(ListPhotos()))["rows"]
    }
    with pytest.raises(UsageError, match="no such event"):
        await service.ask(GetEvent(id="Gala"))


@pytest.mark.slow
@pytest.mark.parametrize("last", [Undo(), Redo()])
async def test_nothing_that_is_taken_back_or_done_again_moves_a_photo_into_an_event_that_went(
    running: Running, emulator: Emulator, last: Undo | Redo
) -> None:
    """It would lie nowhere."""
    service = running.service
    await service.ask(AddEvent(name="Gala"))
    await arrive(running, of("mia_lindqvist")[0])
    filed = await same(running, emulator, wanted=lambda now: len(now) == 1)
    row = (await service.ask(ListPhotos()))["rows"][0]
    await service.ask(MovePhotos(ids=[row["id"]], event="Gala"))
    if isinstance(last, Redo):
        await service.ask(Undo())
    else:
        async with within(20):
            while not (rows := (await service.ask(ListPhotos(event="Gala", state="unsorted")))["rows"]):
                await asyncio.sleep(0.1)
        await service.ask(MovePhotos(ids=[rows[0]["id"]], event="default"))
    await same(running, emulator, wanted=lambda now: now == filed)
    await service.ask(RemoveEvent(event="Gala"))
    listed = await service.ask(ListDecisions())
    assert ([one["verb"] for one in listed["done"]], listed["undone"]) == (["move"] * isinstance(last, Undo), [])
    if isinstance(last, Undo):
        await service.ask(Undo())
    assert await same(running, emulator, wanted=lambda now: now == filed) == filed


@pytest.mark.slow
def test_a_photo_that_was_moved_into_an_event_that_went_keeps_nobody_waiting_after_a_lost_ledger(
    house: House,
) -> None:
    house.run("events", "add", "Gala")
    house.drop(of("mia_lindqvist")[0], "DSC_1.jpg")
    assert house.until_done().returncode == 0
    [row] = house.json("photos")
    assert house.run("photos", "move", str(row["id"]), "--event", "Gala").returncode == 0
    assert house.until_done().returncode == 0
    assert house.run("events", "remove", "Gala").returncode == 0
    (house.root / ".venuesync" / "ledger.sqlite").unlink()
    house.drop(of("anna_berg")[0], "DSC_2.jpg")
    assert house.until_done().returncode == 0
    assert (house.json("status")["photos"]["seen"], house.json("status")["photos"]["waiting"]) == (1, 0)


@pytest.mark.slow
def test_a_guest_who_was_found_after_an_undo_is_that_person_by_a_redo_though_the_ledger_was_lost(house: House) -> None:
    """They were two whom nobody could tell apart, and the photos were nobody's."""
    assert house.run("enroll", "Mia", str(of("mia_lindqvist")[0])).returncode == 0
    assert house.run("undo").returncode == 0
    for store in (house.root / ".venuesync").glob("ledger.sqlite*"):
        store.unlink()
    for number, photo in enumerate(of("mia_lindqvist")):
        house.drop(photo, f"DSC_{number}.jpg")
    house.start()
    wait_for(lambda: lies_with(house) == ["Guest 01"] * 3, 90, "she is a guest")
    assert house.run("redo").stdout.startswith("Done again: Mia enrolled")
    wait_for(lambda: lies_with(house) == ["Mia"] * 3, 60, "the guest is she")
    assert [one["name"] for one in house.json("people")] == ["Mia"]
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "all is sent")
    house.assert_same_tree(3)


def lies_with(house: House) -> list[str]:
    """Whose folder each filed photo lies in; `Unsorted`: nobody's."""
    return [path.split("/")[1] if path.startswith("People/") else "Unsorted" for path in house.on_disk()]


@pytest.mark.slow
def test_undo_and_redo_by_command(house: House) -> None:
    for verb in ("undo", "redo"):
        nothing = house.run(verb)
        assert (nothing.returncode, nothing.stdout, nothing.stderr) == (1, "", f"venuesync: Nothing to {verb}\n")
    assert house.run("enroll", "Mia", str(of("mia_lindqvist")[0])).returncode == 0
    assert house.run("undo").stdout == "Undone: Mia enrolled (no photo had to move, 0 more)\n"
    listed = house.run("undo", "--list").stdout.splitlines()
    assert [row.split()[0] for row in listed] == ["BY", "redo"]
    assert listed[1].endswith("default  Mia enrolled")
    assert house.run("redo").stdout == "Done again: Mia enrolled (no photo had to move, 0 more)\n"
    assert [one["what"] for one in house.json("undo", "--list")["done"]] == ["Mia enrolled"]
    assert (house.root / "People" / "Mia" / "Solo").is_dir()


@pytest.mark.slow
def test_what_is_back_on_drive_before_it_is_on_disk_is_not_sent_again(house: House, tmp_path: Path) -> None:
    """The disk waits for room: Drive gives the photo back out of its trash, and that is all that is asked of it."""
    assert house.run("enroll", "Ana", str(FACES / "one_guest.jpg")).returncode == 0
    house.drop(variant(FACES / "one_guest.jpg", tmp_path / "made.jpg", 1), "DSC_0001.jpg")
    house.start()
    wait_for(lambda: house.json("status")["photos"]["verified"] == 1, 30, "it is on Drive")
    assert house.run("photos", "withdraw", "1").returncode == 0
    wait_for(lambda: not house.on_drive() and not house.on_disk(), 30, "it is nowhere")
    assert house.stop() == 0
    room = house.environ["VENUESYNC_DISK__KEEP_FREE"]
    house.environ["VENUESYNC_DISK__KEEP_FREE"] = str(10**15)
    house.start()
    house.emulator.forget_requests()
    assert house.run("undo").returncode == 0
    wait_for(house.on_drive, 30, "it is out of the trash")
    time.sleep(1)
    assert "files.create" not in house.emulator.requests()["methods"]
    assert not house.on_disk()
    assert house.stop() == 0
    house.environ["VENUESYNC_DISK__KEEP_FREE"] = room
    assert house.until_done().returncode == 0
    assert "files.create" not in house.emulator.requests()["methods"]
    house.assert_same_tree(1)
