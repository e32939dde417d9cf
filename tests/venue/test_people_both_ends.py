"""People and decisions, in the agent's process and over the socket: what each verb does to disk and Drive, and undo."""

from __future__ import annotations

import asyncio
import base64
import threading
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageOps

from agent.drive.client import DriveClient
from agent.errors import UsageError, VenueError
from agent.jobs.second_looks import SecondLooks
from agent.model import LINK_PERMISSION, DriveId, Share
from agent.people import guests as guest_groups
from agent.requests.faces import GetFacePicture, IgnoreUnknown, ListFaces, ListReview, ListUnknown, NameUnknown
from agent.requests.people import (
    DenyPerson,
    EnrollFace,
    EnrollPerson,
    FindPeople,
    GetPerson,
    LinkPerson,
    ListPeople,
    MergePeople,
    PreviewReferences,
    RenamePerson,
    Undo,
)
from agent.requests.photos import FilePhotosAs, GetPhoto, ListPhotos
from agent.requests.status import GetStatus
from agent.running.topics import Topic
from tests.emulator.drive import Emulator
from tests.patience import PATIENCE, within
from tests.venue.running import PHOTOS, Running, arrive, linked, of, shared
from tests.venue.trees import folders_of, guests, on_drive, people_in, same, tree

RENAMES = 15  # to and fro


def sent(emulator: Emulator) -> int:
    return int(emulator.requests()["methods"].get("files.create", 0))


async def no_second_look(_: SecondLooks) -> bool:
    return False


@pytest.mark.slow
async def test_a_photo_that_came_while_a_guest_was_made_is_theirs(
    running: Running, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planned before there was the guest, and in no group yet: of nobody known it was, for good."""
    with Image.open(of("mia_lindqvist")[0]) as picture:
        ImageOps.mirror(picture).save(tmp_path / "mirrored.jpg", quality=95)
    made, arrived, group = threading.Event(), threading.Event(), guest_groups.grouped

    def slowly(encodings: Any, photos: Any, *more: Any) -> list[int]:
        labels = group(encodings, photos, *more)
        if len(photos) == 3:
            made.set()
            assert arrived.wait(PATIENCE * 60)  # as long as a photo is given to arrive
        return labels

    monkeypatch.setattr(guest_groups, "grouped", slowly)
    monkeypatch.setattr(SecondLooks, "step", no_second_look)  # by which it was found after all
    await arrive(running, *of("mia_lindqvist"))
    assert await asyncio.to_thread(made.wait, PATIENCE * 30)
    await arrive(running, tmp_path / "mirrored.jpg")
    arrived.set()
    wanted = {"Guest 01": 4}
    assert people_in(await same(running, emulator, wanted=lambda now: people_in(now) == wanted)) == wanted


@pytest.mark.slow
async def test_strangers_in_three_photos_are_a_guest_and_get_a_name(running: Running, emulator: Emulator) -> None:
    service = running.service
    await arrive(running, *of("mia_lindqvist"), *of("jonas_lindqvist")[:2])
    await guests(running, 1)  # is made, and then given photo by photo
    wanted = {"Guest 01": 3}
    assert people_in(await same(running, emulator, wanted=lambda now: people_in(now) == wanted)) == wanted
    (guest,) = await guests(running, 1)
    assert (guest["name"], guest["faces"], guest["photos"]) == ("Guest 01", 3, 3)
    assert len(guest["face_ids"]) == len(guest["photo_ids"]) == 3
    (pair,) = await guests(running, 1, named=False)
    assert (pair["faces"], pair["photos"]) == (2, 2)
    picture = await service.ask(GetFacePicture(id=guest["face_ids"][0], side=64))
    assert picture is not None
    assert picture[:2] == b"\xff\xd8"
    assert await service.ask(GetFacePicture(id="face:999")) is None

    files = sent(emulator)
    named = await service.ask(NameUnknown(id=guest["id"], name="Mia"))
    assert (named["id"], named["name"], named["merged"]) == (guest["id"], "Mia", False)
    assert people_in(await same(running, emulator, wanted=lambda now: "Mia" in people_in(now))) == {"Mia": 3}
    group = await service.ask(NameUnknown(id=pair["id"], name="Jonas"))
    assert group["photos"] == 2
    assert people_in(await same(running, emulator, wanted=lambda now: "Jonas" in people_in(now))) == {
        "Mia": 3,
        "Jonas": 2,
    }
    assert folders_of(emulator) == {"Mia", "Jonas"}
    assert sent(emulator) - files == 3, "Jonas's folders; no photo is sent a second time"

    undone = await service.ask(Undo())
    assert undone["what"] == "Jonas named"
    assert people_in(await same(running, emulator, wanted=lambda now: "Jonas" not in people_in(now))) == {"Mia": 3}
    await service.ask(Undo())
    assert people_in(await same(running, emulator, wanted=lambda now: "Guest 01" in people_in(now))) == {"Guest 01": 3}
    with pytest.raises(VenueError) as nothing:
        await service.ask(Undo())
    assert nothing.value.kind == "nothing"


@pytest.mark.slow
async def test_two_names_of_one_person_are_merged_and_parted_again(running: Running, emulator: Emulator) -> None:
    service = running.service
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
    await service.ask(EnrollPerson(name="Hassan", photos=[str(of("hassan_darwish")[0])]))
    await arrive(running, *of("mia_lindqvist")[1:], *of("hassan_darwish")[1:])
    before = await same(running, emulator, wanted=lambda now: len(people_in(now)) == 2)
    merged = await service.ask(MergePeople(person="Hassan", into="Mia"))
    assert (merged["name"], merged["merged"], merged["photos"]) == ("Mia", True, 2)
    assert people_in(await same(running, emulator, wanted=lambda now: len(people_in(now)) == 1)) == {"Mia": 4}
    async with within(20):
        while folders_of(emulator) != {"Mia"} or (running.incoming.parent / "People" / "Hassan").exists():
            await asyncio.sleep(0.1)
    assert [one["name"] for one in await service.ask(ListPeople())] == ["Mia"]
    files = sent(emulator)
    await service.ask(Undo())
    assert await same(running, emulator, wanted=lambda now: len(people_in(now)) == 2) == before
    assert folders_of(emulator) == {"Mia", "Hassan"}
    assert sent(emulator) == files, "all of it comes back by its ids"
    with pytest.raises(UsageError, match="no such person"):
        await service.ask(MergePeople(person="Nobody", into="Mia"))


@pytest.mark.slow
@pytest.mark.parametrize("running", ["near"], indirect=True)
async def test_a_name_is_kept_whichever_way_its_person_and_a_guest_are_merged(
    running: Running, emulator: Emulator
) -> None:
    """Somebody with a name who was merged into a guest was a guest, in the list and in the folders at both ends."""
    service = running.service
    await service.ask(EnrollPerson(name="Hassan", photos=[str(of("hassan_darwish")[0])]))
    await arrive(running, *of("hassan_darwish")[1:], *of("anna_berg"))
    await guests(running, 1)
    before = await same(running, emulator, wanted=lambda now: people_in(now) == {"Hassan": 2, "Guest 01": 3})
    people = {one["id"]: (one["name"], one["guest"]) for one in await service.ask(ListPeople())}
    merged = await service.ask(MergePeople(person="Hassan", into="Guest 01"))
    assert (merged["name"], merged["merged"], people[merged["id"]]) == ("Hassan", True, ("Hassan", False))
    assert people_in(await same(running, emulator, wanted=lambda now: len(people_in(now)) == 1)) == {"Hassan": 5}
    await running.until(lambda _: folders_of(emulator) == {"Hassan"})
    assert [(one["name"], one["guest"]) for one in await service.ask(ListPeople())] == [("Hassan", False)]
    undone = await service.ask(Undo())
    assert undone["what"] == "Guest 01 merged into Hassan"
    assert await same(running, emulator, wanted=lambda now: len(people_in(now)) == 2) == before
    await running.until(lambda _: folders_of(emulator) == {"Hassan", "Guest 01"})
    assert {one["id"]: (one["name"], one["guest"]) for one in await service.ask(ListPeople())} == people


@pytest.mark.slow
@pytest.mark.parametrize("running", ["near"], indirect=True)
@pytest.mark.parametrize("asked", ["before", "after"])
async def test_taken_back_while_a_folder_goes_to_the_trash_it_comes_back_with_all_that_was_in_it(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    service, trash = running.service, DriveClient.trash
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
    await service.ask(EnrollPerson(name="Hassan", photos=[str(of("hassan_darwish")[0])]))
    await arrive(running, *of("hassan_darwish")[1:])
    before = await same(running, emulator, wanted=lambda now: len(people_in(now)) == 1)
    files, done = sent(emulator), asyncio.Event()

    async def meanwhile(client: DriveClient, drive_id: DriveId) -> None:
        """The operator is as quick as that: `before` Drive hears of it, or `after` it has done it."""
        if asked == "before":
            await service.ask(Undo())
        await trash(client, drive_id)
        if asked == "after":
            await service.ask(Undo())
        done.set()

    monkeypatch.setattr(DriveClient, "trash", meanwhile)
    await service.ask(MergePeople(person="Hassan", into="Mia"))
    async with within(20):
        await done.wait()
    monkeypatch.undo()
    assert await same(running, emulator, wanted=lambda now: "Hassan" in people_in(now)) == before
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    assert await same(running, emulator) == before
    assert folders_of(emulator) == {"Mia", "Hassan"}
    assert sent(emulator) == files, "nothing is made or sent a second time"


@pytest.mark.slow
async def test_a_no_sticks_and_is_taken_back(running: Running, emulator: Emulator) -> None:
    service = running.service
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
    await arrive(running, *of("mia_lindqvist")[1:])
    before = await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 2})
    rows = (await service.ask(ListPhotos(person="Mia")))["rows"]
    assert [row["people"] for row in rows] == [["Mia"], ["Mia"]]
    assert rows[0]["folders"] == ["People/Mia/Solo"]
    with pytest.raises(UsageError, match="no such photo"):
        await service.ask(DenyPerson(person="Mia", photos=[rows[0]["id"] + 99]))
    changed = await service.ask(DenyPerson(person="Mia", photos=[rows[0]["id"]]))
    assert changed["photos"] == 1
    now = await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 1})
    assert f"Unsorted/Unknown/{rows[0]['name']}" in now
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
    assert await same(running, emulator) == now, "it is kept through every plan"
    await service.ask(Undo())
    assert await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 2}) == before


@pytest.mark.slow
@pytest.mark.parametrize("running", ["near"], indirect=True)
async def test_a_file_that_somebody_deleted_is_not_brought_back_by_a_no_that_is_taken_back(
    running: Running, emulator: Emulator
) -> None:
    service = running.service
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
    await arrive(running, *of("mia_lindqvist")[1:])
    before = await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 2})
    row = (await service.ask(ListPhotos(person="Mia")))["rows"][0]
    (running.incoming.parent / row["folders"][0] / row["name"]).unlink()
    async with within(30):
        while "removed" not in {one["disk"] for one in (await service.ask(GetPhoto(id=row["id"])))["placements"]}:
            await asyncio.sleep(0.1)
    left = await asyncio.to_thread(tree, running)
    await service.ask(DenyPerson(person="Mia", photos=[row["id"]]))
    await same(running, emulator, wanted=lambda now: f"Unsorted/Unknown/{row['name']}" in now)
    await service.ask(Undo())
    async with within(30):
        while on_drive(emulator) != before or tree(running) != left:
            await asyncio.sleep(0.1)
    await asyncio.sleep(0.5)  # nothing comes after that
    assert (tree(running), on_drive(emulator)) == (left, before)


@pytest.mark.slow
async def test_ignored_strangers_stay_ignored(running: Running, emulator: Emulator) -> None:
    service = running.service
    await arrive(running, *of("anna_berg"))
    (guest,) = await guests(running, 1)
    await service.ask(IgnoreUnknown(id=guest["id"]))
    await same(running, emulator, wanted=lambda now: not people_in(now))
    assert await service.ask(ListUnknown()) == []
    await arrive(running, PHOTOS / "DSC_4436.jpg")
    await asyncio.sleep(2.5)
    assert await service.ask(ListUnknown()) == []
    assert await service.ask(ListReview()) == []
    await service.ask(Undo())
    await same(running, emulator, wanted=lambda now: people_in(now) == {guest["name"]: 4})  # and who came meanwhile
    assert (await guests(running, 1))[0]["photos"] == 4


@pytest.mark.slow
async def test_who_was_ignored_and_is_enrolled_later_has_her_earlier_photos(
    running: Running, emulator: Emulator
) -> None:
    """Nobody was to be asked about them; by now it is known who she is. Taken back, she is ignored again."""
    service = running.service
    await arrive(running, *of("anna_berg"))
    (guest,) = await guests(running, 1)
    await service.ask(IgnoreUnknown(id=guest["id"]))
    await same(running, emulator, wanted=lambda now: not people_in(now))
    made = await service.ask(EnrollPerson(name="Anna", photos=[str(PHOTOS / "DSC_4436.jpg")]))
    assert made["matched"] == 3
    await same(running, emulator, wanted=lambda now: people_in(now) == {"Anna": 3})
    await service.ask(Undo())
    await same(running, emulator, wanted=lambda now: not people_in(now))
    assert await service.ask(ListUnknown()) == []
    assert await service.ask(ListReview()) == []


@pytest.mark.slow
async def test_who_was_a_guest_and_is_enrolled_is_told_of_with_all_their_photos(running: Running) -> None:
    """It said "0 earlier photos matched" of ten that lie in her folder under her name from then on."""
    await arrive(running, *of("anna_berg"))
    await guests(running, 1)
    made = await running.service.ask(EnrollPerson(name="Anna", photos=[str(PHOTOS / "DSC_4436.jpg")]))
    assert (made["matched"], made["person"]["solo"]) == (3, 3)


@pytest.mark.slow
async def test_a_photo_that_came_late_into_a_folder_in_the_trash_is_not_doubled(
    running: Running, emulator: Emulator
) -> None:
    service = running.service
    one, two, three = of("anna_berg")
    await arrive(running, one, two)
    await same(running, emulator, wanted=lambda now: len(now) == 2)
    emulator.faults([{"method": "files.update", "stall_ms": 1500, "times": 2}])  # on their way to the guest's folder
    await arrive(running, three)
    (guest,) = await guests(running, 1)
    async with within(10):
        while emulator.requests()["methods"].get("files.update", 0) < 2:
            await asyncio.sleep(0.02)
    await service.ask(IgnoreUnknown(id=guest["id"]))
    async with within(10):
        while guest["name"] in folders_of(emulator):
            await asyncio.sleep(0.02)
    await asyncio.sleep(2)  # they have come, and left again
    assert people_in(await same(running, emulator, wanted=lambda now: len(now) == 3)) == {}
    await service.ask(Undo())
    assert len(await same(running, emulator, wanted=lambda now: people_in(now) == {guest["name"]: 3})) == 3


@pytest.mark.slow
async def test_a_face_in_a_photo_makes_somebody_known(running: Running, emulator: Emulator) -> None:
    service = running.service
    await arrive(running, *of("yuki_tanaka")[:2])
    row = (await service.ask(ListPhotos()))["rows"][0]
    made = await service.ask(EnrollFace(name="Yuki", face=f"photo:{row['id']}"))
    assert (made["name"], made["photos"]) == ("Yuki", 2)
    assert people_in(await same(running, emulator, wanted=lambda now: len(people_in(now)) == 1)) == {"Yuki": 2}
    with pytest.raises(UsageError, match="no such face"):
        await service.ask(EnrollFace(name="Yuki", face="face:99"))
    [latest, older] = await service.ask(ListFaces())
    assert latest["photo"] == row["id"] > older["photo"]
    assert (latest["name"], latest["verdict"]["photo"]) == ("Yuki", row["name"])
    assert latest["verdict"]["used"]
    assert await service.ask(ListFaces(limit=1)) == [latest]
    [reference] = (await service.ask(GetPerson(id=made["id"])))["references"]
    assert (reference["learned"], reference["width"] > 80) == (False, True)
    for id in (latest["face_id"], reference["face_id"]):
        assert (await service.ask(GetFacePicture(id=id)) or b"").startswith(b"\xff\xd8")


@pytest.mark.slow
async def test_a_picture_is_asked_about_and_nothing_is_kept(running: Running) -> None:
    service = running.service
    await service.ask(EnrollPerson(name="Mia", photos=[str(one) for one in of("mia_lindqvist")]))
    state = running.incoming.parent / ".venuesync" / "references"
    kept = sorted(path.name for path in state.iterdir())
    found = await service.ask(FindPeople(photo=str(PHOTOS / "DSC_4412.jpg")))
    assert sorted((one["name"] or "", one["sure"]) for one in found) == [("", False), ("Mia", True)]
    named = next(one for one in found if one["name"])
    assert named["folder"] == str(running.incoming.parent / "People" / "Mia")
    assert next(one for one in found if not one["name"])["why"] == "nobody known looks like this"
    assert sorted(path.name for path in state.iterdir()) == kept
    assert (await service.ask(GetStatus()))["photos"]["seen"] == 0
    with pytest.raises(VenueError, match="cannot be looked at"):
        await service.ask(FindPeople(photo="/nowhere.jpg"))


@pytest.mark.slow
async def test_a_portrait_is_filed_as_a_group_when_told_so(running: Running, emulator: Emulator) -> None:
    service = running.service
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
    await arrive(running, of("mia_lindqvist")[1])
    (row,) = (await service.ask(ListPhotos()))["rows"]
    assert await service.ask(FilePhotosAs(ids=[row["id"]], company="group")) == 1
    await same(running, emulator, wanted=lambda now: now == [f"People/Mia/Group/{row['name']}"])
    assert await service.ask(FilePhotosAs(ids=[row["id"]], company="auto")) == 1
    await same(running, emulator, wanted=lambda now: now == [f"People/Mia/Solo/{row['name']}"])


@pytest.mark.slow
async def test_a_rename_keeps_every_file_where_it_is(running: Running, emulator: Emulator) -> None:
    service = running.service
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
    await service.ask(EnrollPerson(name="Ana", photos=[str(of("anna_berg")[0])]))
    await arrive(running, *of("mia_lindqvist")[1:])
    await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 2})
    before = emulator.requests()["methods"].get("files.update", 0)
    renamed = await service.ask(RenamePerson(person="Mia", name="Mia Berg / 2"))
    assert renamed["folders"][0].endswith("People/Mia Berg _ 2/Solo")
    async with within(20):
        while people_in(tree(running)) != {"Mia Berg _ 2": 2} or "Mia Berg / 2" not in {
            one["name"] for one in emulator.files() if not one["trashed"]
        }:
            await asyncio.sleep(0.1)
    assert emulator.requests()["methods"]["files.update"] - before == 1, "the folder alone"
    with pytest.raises(UsageError, match="somebody of that name"):
        await service.ask(RenamePerson(person="Mia Berg / 2", name="Ana"))


async def an_old_folders_link(running: Running) -> None:
    """The link leads to a folder that has been made anew since; then folders are made."""
    opened = running.agent._opened
    [person] = opened.roster.people()
    old = Share(DriveId("an-old-folder"), LINK_PERMISSION)
    await opened.ledger.on_writer(opened.roster.set_shares, person.id, [old])
    assert (await running.service.ask(ListPeople()))[0][
        "link"
    ] == "https://drive.google.com/drive/folders/an-old-folder"
    running.agent._topics.publish(Topic.FOLDERS_MADE)


@pytest.mark.slow
async def test_a_link_lets_anybody_read_the_folder_and_is_taken_back(running: Running, emulator: Emulator) -> None:
    link = await linked(running)
    assert link is not None
    folder = link.removeprefix("https://drive.google.com/drive/folders/")
    assert shared(emulator, folder)
    [person] = await running.service.ask(ListPeople())
    assert person["link"] == link
    assert await running.service.ask(LinkPerson(person="Mia", on=True)) == link
    await an_old_folders_link(running)
    await running.until(lambda now: now["people"][0]["link"] == link)
    assert await running.service.ask(LinkPerson(person="Mia", on=False)) is None
    assert not shared(emulator, folder)
    [person] = await running.service.ask(ListPeople())
    assert person["link"] is None
    assert await running.service.ask(LinkPerson(person="Mia", on=False)) is None


async def test_a_picture_is_looked_at_before_it_becomes_a_reference(running: Running) -> None:
    good, several = str(of("mia_lindqvist")[0]), str(PHOTOS / "DSC_4412.jpg")
    found = await running.service.ask(PreviewReferences(photos=[good, several, "/nowhere.jpg"]))
    assert [one["path"] for one in found] == [good, several, "/nowhere.jpg"]
    assert [one["verdict"]["used"] for one in found] == [True, False, False]
    assert found[0]["verdict"]["verdict"] == "good"
    assert base64.b64decode(found[0]["picture"] or "").startswith(b"\xff\xd8")
    assert found[2]["picture"] is None
    assert await running.service.ask(ListPeople()) == []


@pytest.mark.slow
@pytest.mark.parametrize("running", ["near"], indirect=True)
async def test_faces_are_shown_while_their_photos_are_filed_elsewhere(running: Running) -> None:
    await running.service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
    await arrive(running, of("mia_lindqvist")[1])
    await running.until(lambda now: now["people"][0]["solo"] == 1)
    face = (await running.service.ask(ListFaces()))[0]["face_id"]
    sides = iter(range(16, 1025))
    missed: list[int] = []

    async def look() -> None:
        for side in sides:  # each anew: none of them was kept
            if await running.service.ask(GetFacePicture(id=face, side=side)) is None:
                missed.append(side)

    looking = asyncio.create_task(look())
    for name in ("Mia", "Mia Berg") * RENAMES:
        await running.service.ask(RenamePerson(person=name, name="Mia Berg" if name == "Mia" else "Mia"))
        await asyncio.sleep(0.05)
    looking.cancel()
    assert not missed
