"""Two who decide about the same person at the same moment lose nothing of each other."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent import app
from agent.errors import VenueError
from agent.faces.results import Depth
from agent.faces.workers import FaceWorkers
from agent.model import DriveId, Person, PersonId, PhotoId, Reference, Share
from agent.people import export, intents
from agent.people.export import Exporter
from agent.people.faces import face_to_enroll, reference_id
from agent.people.references import take_over
from agent.requests.ask import Command
from agent.requests.events import AddEvent, RemoveEvent, SetEvent
from agent.requests.faces import GetFacePicture, ListUnknown
from agent.requests.people import (
    EnrollFace,
    EnrollPerson,
    ExportPerson,
    ForgetPerson,
    LinkPerson,
    ListPeople,
    MergePeople,
    PersonExport,
    RenamePerson,
    Undo,
)
from agent.requests.photos import ApprovePhotos, GetThumbnail, ListPhotos, WithdrawPhotos
from agent.requests.troubles import ApproveHeld, ListActivity, ListHeld, ListTroubles, RejectHeld
from agent.roster.decisions import Verb
from agent.running.topics import Topic
from agent.uploads.folder_upkeep import Sharing
from tests.emulator.drive import Emulator
from tests.patience import within
from tests.venue.running import Running, arrive, linked, of, shared


@pytest.mark.slow
async def test_a_face_that_became_a_guests_meanwhile_is_enrolled_with_all_of_hers(running: Running) -> None:
    """Both were on their way: strangers become guests while somebody presses the key."""
    service, decider = running.service, running.agent._here.decider
    async with decider.alone():
        await arrive(running, *of("yuki_tanaka"))
        (group,) = await grouped(running, 3)
        enrolling = asyncio.ensure_future(service.ask(EnrollFace(name="Yuki", face=f"photo:{group['photo_ids'][0]}")))
        await asyncio.sleep(1)  # whoever is to make a guest of them waits before that, and this after it
    made = await enrolling
    assert made["photos"] == 3
    assert [one["name"] for one in await service.ask(ListPeople())] == ["Yuki"]
    assert await service.ask(ListUnknown()) == []


@pytest.mark.slow
async def test_who_is_renamed_while_she_becomes_known_better_is_both(running: Running) -> None:
    service, decider = running.service, running.agent._here.decider
    first, *more = of("yuki_tanaka")
    await service.ask(EnrollPerson(name="Yuki", photos=[str(first)]))
    async with decider.alone():
        learning = asyncio.ensure_future(service.ask(EnrollPerson(name="Yuki", photos=[str(one) for one in more])))
        await asyncio.sleep(5)  # looked at, and waiting
        renaming = asyncio.ensure_future(service.ask(RenamePerson(person="Yuki", name="Ynez")))
        await asyncio.sleep(0.5)
    await asyncio.gather(learning, renaming)
    (person,) = await service.ask(ListPeople())
    assert (person["name"], person["references"]) == ("Ynez", 3)


@pytest.mark.slow
async def test_nobody_is_enrolled_in_an_event_that_is_removed_meanwhile(running: Running) -> None:
    """They would be somebody of no event, whom no verb could name and nothing would ever remove."""
    service, decider, roster = running.service, running.agent._here.decider, running.agent._opened.roster
    await service.ask(AddEvent(name="Gala"))
    yuki = EnrollPerson(name="Yuki", photos=[str(of("yuki_tanaka")[0])], event="Gala")
    async with decider.alone():
        enrolling = asyncio.ensure_future(service.ask(yuki))
        await asyncio.sleep(5)  # looked at, and waiting
        await running.agent.service.ask(RemoveEvent(event="Gala"))  # it had its turn before
    with pytest.raises(VenueError, match="removed meanwhile"):
        await enrolling
    assert roster.everybody() == []


async def test_an_event_is_removed_once(running: Running) -> None:
    """Whoever comes second is told that there is none."""
    service, decider = running.service, running.agent._here.decider
    await service.ask(AddEvent(name="Gala"))
    async with decider.alone():
        removing = [asyncio.ensure_future(service.ask(RemoveEvent(event="Gala"))) for _ in range(2)]
        await asyncio.sleep(1)  # both wait for their turn
    told = await asyncio.gather(*removing, return_exceptions=True)
    assert [one for one in told if not isinstance(one, VenueError)] == ["Gala"]
    said = [one["text"] for one in await service.ask(ListActivity())]
    assert said.count("Event Gala was removed: its files stay") == 1


async def test_what_two_answer_at_once_is_one_answer(running: Running) -> None:
    """One said yes and the other no: the second is not told that anything was withdrawn."""
    service, decider = running.service, running.agent._here.decider
    await service.ask(SetEvent(event="default", key="review", value="true"))
    await arrive(running, of("yuki_tanaka")[0])
    (held,) = await service.ask(ListHeld())
    async with decider.alone():
        yes = asyncio.ensure_future(service.ask(ApproveHeld(ids=[held["id"]])))
        await asyncio.sleep(0.5)  # it waits for its turn, and the other one behind it
        no = asyncio.ensure_future(service.ask(RejectHeld(ids=[held["id"]])))
        await asyncio.sleep(0.5)
    assert (await yes, await no) == (1, 0)
    assert (await running.until(lambda now: now["photos"]))["held"] == 0


@pytest.mark.parametrize("running", ["near"], indirect=True)
@pytest.mark.parametrize("answer", [ApproveHeld(all=True), RejectHeld(all=True), ApprovePhotos(event="default")])
async def test_what_comes_before_it_is_the_turn_of_an_answer_is_not_answered_with_it(
    running: Running, answer: Command[int]
) -> None:
    """Somebody had said yes to one photo while another decision was carried out: the next one was filed unseen."""
    service, decider, (first, second, _) = running.service, running.agent._here.decider, of("yuki_tanaka")
    await service.ask(SetEvent(event="default", key="review", value="true"))
    await arrive(running, first)
    async with decider.alone():
        answering = asyncio.ensure_future(service.ask(answer))
        await asyncio.sleep(0.5)
        await arrive(running, second)
    assert await answering == 1
    assert [one["name"] for one in (await service.ask(ListPhotos(state="held")))["rows"]] == [second.name]


async def test_an_undo_takes_back_what_was_last_as_it_was_said(running: Running) -> None:
    """It took back what somebody else was deciding just then."""
    service, decider = running.service, running.agent._here.decider
    await service.ask(EnrollPerson(name="Yuki", photos=[str(of("yuki_tanaka")[0])]))
    async with decider.alone():
        renaming = asyncio.ensure_future(service.ask(RenamePerson(person="Yuki", name="Ynez")))
        await asyncio.sleep(0.5)
        undoing = asyncio.ensure_future(service.ask(Undo()))
        await asyncio.sleep(0.5)
    await renaming
    with pytest.raises(VenueError, match="Somebody else decided something meanwhile: the last is now: Yuki ren"):
        await undoing
    assert [one["name"] for one in await service.ask(ListPeople())] == ["Ynez"]
    assert (await service.ask(Undo()))["what"] == "Yuki renamed to Ynez"


@pytest.mark.slow
async def test_whose_enrolment_was_not_planned_yet_is_no_guest(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that is killed leaves somebody known, and their photos planned as those of a stranger."""
    monkeypatch.setattr(app, "CATCH_UP_EVERY", 4.0)
    service, here = running.service, running.agent._here
    async with here.decider.alone() as deciding:
        await arrive(running, *of("yuki_tanaka"))
        (group,) = await grouped(running, 3)
        chosen = await here.decider._ledger.read(face_to_enroll, f"photo:{group['photo_ids'][0]}", None)
        reference = Reference(chosen.at.sha256, chosen.at.box, chosen.at.name)
        await here.decider._ledger.write(take_over, [reference], here.planner.engine)
        await deciding.intend(Verb.ENROLL, lambda draft: intents.enroll(draft, chosen.event, "Yuki", [reference], []))
        await asyncio.sleep(1)  # whoever is to make a guest of them waits
    async with within(40):
        while [one["solo"] for one in await service.ask(ListPeople())] != [3]:
            await asyncio.sleep(0.1)
    await asyncio.sleep(2)
    assert [one["name"] for one in await service.ask(ListPeople())] == ["Yuki"]


async def test_photos_are_counted_though_a_look_that_ends_meanwhile_renames_the_folder(running: Running) -> None:
    """It is told how many photos lie elsewhere, whoever planned it first."""
    service, here = running.service, running.agent._here
    await service.ask(EnrollPerson(name="Yuki", photos=[str(of("yuki_tanaka")[0])]))
    await arrive(running, *of("yuki_tanaka")[1:])
    (person,) = here.decider._roster.people(None)
    async with here.decider.alone() as deciding:
        _, before = await deciding.intend(Verb.RENAME, lambda draft: intents.rename(draft, person, "Ynez"))
        await here.planner.plan_photo(PhotoId(1))
        replanned = await deciding.follow([person.event], before)
    assert replanned.photos == 2


async def test_a_link_taken_back_and_given_at_once_is_on_drive_as_it_is_told(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drive's answer to the first may come after its answer to the second."""
    service, close = running.service, Sharing.close
    folder = (await linked(running) or "").rpartition("/")[2]

    async def answered_late(self: Sharing, closed: Share, where: str) -> None:
        await close(self, closed, where)
        await asyncio.sleep(0.5)

    monkeypatch.setattr(Sharing, "close", answered_late)
    taking = asyncio.ensure_future(service.ask(LinkPerson(person="Mia", on=False)))
    await asyncio.sleep(0.2)
    await asyncio.gather(taking, service.ask(LinkPerson(person="Mia", on=True)))
    [person] = await service.ask(ListPeople())
    assert shared(emulator, folder) == (person["link"] is not None)


@pytest.mark.slow
async def test_whoever_is_forgotten_while_a_link_is_made_is_linked_to_nobody(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drive answers late; an address that is kept then would stay for good."""
    service, opened = running.service, Sharing.open
    folder = (await linked(running) or "").rpartition("/")[2]
    await service.ask(LinkPerson(person="Mia", on=False))

    async def answered_late(self: Sharing, folder: DriveId, to: str, where: str) -> Share:
        made = await opened(self, folder, to, where)
        await asyncio.sleep(3)
        return made

    monkeypatch.setattr(Sharing, "open", answered_late)
    linking = asyncio.ensure_future(service.ask(LinkPerson(person="Mia", to="stranger@example.org")))
    await asyncio.sleep(0.5)
    await service.ask(ForgetPerson(person="Mia"))
    with pytest.raises(VenueError, match="no such person"):
        await linking
    assert "stranger@example.org" not in running.agent._opened.roster.path.read_text()
    assert not [one["text"] for one in await service.ask(ListActivity()) if "Mia" in one["text"]]
    assert not shared(emulator, folder)


@pytest.mark.slow
async def test_of_whoever_is_forgotten_while_their_link_is_taken_back_nothing_tells(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drive answers once all lines that name them are out: one more was written then, for good."""
    service, close, roster = running.service, Sharing.close, running.agent._opened.roster
    await linked(running)
    answered, asked = asyncio.Event(), asyncio.Event()

    async def answered_late(self: Sharing, closed: Share, where: str) -> None:
        asked.set()
        await answered.wait()
        await close(self, closed, where)

    monkeypatch.setattr(Sharing, "close", answered_late)
    taking = asyncio.ensure_future(service.ask(LinkPerson(person="Mia", on=False)))
    await asked.wait()
    forgetting = asyncio.ensure_future(service.ask(ForgetPerson(person="Mia")))
    async with within(60):
        while not roster.forgetting() or any(one.is_here for one in roster.forgetting()):
            await asyncio.sleep(0.1)
    answered.set()
    await asyncio.gather(taking, forgetting)
    assert not [one["text"] for one in await service.ask(ListActivity()) if "Mia" in one["text"]]


@pytest.mark.slow
async def test_who_is_forgotten_twice_at_once_is_nobody_any_more_by_the_second_word(running: Running) -> None:
    """It was told, some seconds later, that there is no such person, and who else is known."""
    await running.service.ask(EnrollPerson(name="Yuki", photos=[str(of("yuki_tanaka")[0])]))
    asked = [running.service.ask(ForgetPerson(person="Yuki")) for _ in range(2)]
    done = await asyncio.gather(*asked, return_exceptions=True)
    told = [one.title for one in done if isinstance(one, VenueError)]
    assert (told, len(done)) == (["They are nobody any more"], 2)


async def test_who_is_merged_or_taken_back_meanwhile_is_told_so_and_called_by_no_id(running: Running) -> None:
    """As on a page that somebody has open while somebody else decides: there was "no such person", as an id."""
    service = running.service
    for name, key in (("Yuki", "yuki_tanaka"), ("Anna", "anna_berg")):
        await service.ask(EnrollPerson(name=name, photos=[str(of(key)[0])]))
    ids = {one["name"]: one["id"] for one in await service.ask(ListPeople())}
    await service.ask(MergePeople(person=ids["Yuki"], into="Anna"))
    with pytest.raises(VenueError, match="They are one with somebody else by now: Yuki is Anna"):
        await service.ask(RenamePerson(person=ids["Yuki"], name="Yuka"))
    for _ in range(2):
        await service.ask(Undo())
    with pytest.raises(VenueError, match="They are nobody any more"):
        await service.ask(RenamePerson(person=ids["Anna"], name="Anne"))


@pytest.mark.slow
async def test_of_whoever_is_forgotten_while_their_folder_is_made_on_drive_nothing_tells(
    running: Running, emulator: Emulator
) -> None:
    """Nor is a folder of that name there for good, of which nobody knew: Drive's answer came after all was deleted."""
    service, roster = running.service, running.agent._opened.roster
    await service.ask(EnrollPerson(name="Anna", photos=[str(of("anna_berg")[0])]))
    await running.until(lambda now: now["drive"]["state"] == "online")
    async with within(30):
        while not [one for one in await service.ask(ListActivity()) if one["text"] == "Folders of Anna are on Drive"]:
            await asyncio.sleep(0.1)
    emulator.faults([{"method": "files.create", "stall_ms": 3000, "times": 1}])
    asked = emulator.requests()["methods"]["files.create"]
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
    async with within(30):
        while emulator.requests()["methods"]["files.create"] == asked:
            await asyncio.sleep(0.02)
    await service.ask(ForgetPerson(person="Mia"))
    async with within(60):
        while roster.forgetting():
            await asyncio.sleep(0.1)
    await running.until(lambda now: now["drive"]["pace"]["in_flight"] == 0)
    assert not [one["text"] for one in await service.ask(ListActivity()) if "Mia" in one["text"]]
    assert "Mia" not in str([one["path"] for one in emulator.files()])


@pytest.mark.slow
async def test_of_whoever_is_forgotten_while_they_are_exported_nothing_tells(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands of photos take minutes; the line came after all others of them were out."""
    service, exported, forgotten = running.service, Exporter.export, threading.Event()
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
    begun = threading.Event()

    def slowly(self: Exporter, person: Person, file: Path, given_up: threading.Event) -> PersonExport:
        made = exported(self, person, file, given_up)
        begun.set()
        assert forgotten.wait(60)
        return made

    monkeypatch.setattr(Exporter, "export", slowly)
    exporting = asyncio.ensure_future(service.ask(ExportPerson(person="Mia", file=str(tmp_path / "mia.zip"))))
    assert await asyncio.to_thread(begun.wait, 60)
    await service.ask(ForgetPerson(person="Mia"))
    forgotten.set()
    await exporting
    assert not [one["text"] for one in await service.ask(ListActivity()) if "Mia" in one["text"]]


@pytest.mark.slow
@pytest.mark.parametrize("running", ["near"], indirect=True)
async def test_of_whoever_is_forgotten_while_they_are_packed_there_is_no_export(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It got its name after the search had found nothing of them."""
    service, index, there = running.service, export.index, tmp_path / "there"
    packed, forgotten = threading.Event(), threading.Event()
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))

    def slowly(held: Any) -> bytes:
        packed.set()
        assert forgotten.wait(60)
        return index(held)

    monkeypatch.setattr(export, "index", slowly)
    there.mkdir()
    exporting = asyncio.ensure_future(service.ask(ExportPerson(person="Mia", file=str(there / "mia.zip"))))
    assert await asyncio.to_thread(packed.wait, 60)
    await service.ask(ForgetPerson(person="Mia"))
    forgotten.set()
    with pytest.raises(VenueError, match="nobody any more"):
        await exporting
    assert not [*there.iterdir()]


@pytest.mark.parametrize("running", ["near"], indirect=True)
async def test_what_is_withdrawn_while_others_are_packed_is_in_no_export(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, opened, (first, second, _) = running.service, export.opened, of("mia_lindqvist")
    begun, withdrawn = threading.Event(), threading.Event()
    photo = await hers(running, first, second)

    def slowly(path: Path) -> Any:
        begun.set()  # at her reference
        assert withdrawn.wait(60)
        return opened(path)

    monkeypatch.setattr(export, "opened", slowly)
    exporting = asyncio.ensure_future(service.ask(ExportPerson(person="Mia", file=str(tmp_path / "mia.zip"))))
    assert await asyncio.to_thread(begun.wait, 60)
    await service.ask(WithdrawPhotos(ids=[photo]))
    withdrawn.set()
    made = await exporting
    assert (made["photos"], made["references"], made["missing"]) == (0, 1, [second.name])


async def hers(running: Running, reference: Path, photo: Path) -> int:
    """The number of the one photo that lies in Mia's folder."""
    await running.service.ask(EnrollPerson(name="Mia", photos=[str(reference)]))
    await arrive(running, photo)
    await running.until(lambda now: now["people"][0]["solo"] == 1)
    (row,) = (await running.service.ask(ListPhotos(person="Mia")))["rows"]
    return int(row["id"])


@pytest.mark.slow
@pytest.mark.parametrize("running", ["near"], indirect=True)
async def test_no_small_picture_is_kept_of_whoever_is_blurred_while_it_is_made(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, look, (first, second, _) = running.service, FaceWorkers.look, of("mia_lindqvist")
    photo = await hers(running, first, second)
    (small,) = (running.incoming.parent / ".venuesync" / "thumbnails").glob("*.jpg")
    small.unlink()
    looked, forgotten = asyncio.Event(), asyncio.Event()

    async def slowly(self: FaceWorkers, path: Path, sha256: str | None = None, depth: Depth = Depth.WHOLE) -> Any:
        seen = await look(self, path, sha256, depth)
        if depth is Depth.QUICK:
            looked.set()
            await forgotten.wait()
        return seen

    monkeypatch.setattr(FaceWorkers, "look", slowly)
    asked = asyncio.ensure_future(service.ask(GetThumbnail(id=photo)))
    async with within(30):
        await looked.wait()
    await service.ask(ForgetPerson(person="Mia", blur=True))
    forgotten.set()
    assert await asked is None
    assert not small.exists()


@pytest.mark.slow
@pytest.mark.parametrize("running", ["near"], indirect=True)
async def test_no_picture_of_a_face_is_kept_that_was_cut_while_she_was_forgotten(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, cut, state = running.service, FaceWorkers.cut, running.incoming.parent / ".venuesync"
    made = await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
    (picture,) = (state / "references").iterdir()
    done, forgotten = asyncio.Event(), asyncio.Event()

    async def slowly(self: FaceWorkers, *given: Any) -> bytes:
        found = await cut(self, *given)
        done.set()
        await forgotten.wait()
        return found

    monkeypatch.setattr(FaceWorkers, "cut", slowly)
    id = reference_id(PersonId(made["person"]["id"]), picture.name)
    asked = asyncio.ensure_future(service.ask(GetFacePicture(id=id)))
    async with within(30):
        await done.wait()
    await service.ask(ForgetPerson(person="Mia"))
    forgotten.set()
    await asked
    assert not [*(state / "cache").glob("faces/*")]


@pytest.mark.slow
async def test_of_whoever_is_forgotten_while_a_link_is_made_anew_no_error_tells(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, opened, roster = running.service, Sharing.open, running.agent._opened.roster
    asked = asyncio.Event()
    await linked(running)

    async def answered_late(self: Sharing, folder: DriveId, to: str, where: str) -> Share:
        made = await opened(self, folder, to, where)
        asked.set()
        await asyncio.sleep(3)
        return made

    monkeypatch.setattr(Sharing, "open", answered_late)
    [mia] = roster.people()
    [kept] = roster.shares(mia.id)
    await running.agent._opened.ledger.on_writer(
        roster.set_shares, mia.id, [replace(kept, folder=DriveId("an-old-folder"))]
    )
    running.agent._topics.publish(Topic.FOLDERS_MADE)
    async with within(10):
        await asked.wait()
    await service.ask(ForgetPerson(person="Mia"))
    await asyncio.sleep(3)
    assert "Mia" not in str(await service.ask(ListTroubles()))


async def grouped(running: Running, photos: int) -> list[Any]:
    """The groups that nobody has named, once one has so many photos."""
    async with within(60):
        while True:
            rows = await running.service.ask(ListUnknown())
            if any(one["photos"] == photos for one in rows):
                return list(rows)
            await asyncio.sleep(0.05)
