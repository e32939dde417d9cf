"""Wrong matches, corrected face by face where they are seen: disk and Drive follow each key, and `z` takes it back."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from agent.errors import VenueError
from agent.requests.events import AddEvent
from agent.requests.faces import IgnoreUnknown, ListReview
from agent.requests.people import DenyPerson, EnrollFace, EnrollPerson, GetPerson, Undo
from agent.requests.photos import GetPhoto, ListPhotos, MovePhotos, PhotoFace, WithdrawPhotos
from agent.requests.status import GetStatus
from tests.emulator.drive import Emulator
from tests.making import files_below
from tests.venue.house import House, wait_for
from tests.venue.running import PHOTOS, Running
from tests.venue.test_monitor_in_tmux import Terminal, terminal
from tests.venue.test_people_both_ends import arrive, of
from tests.venue.trees import people_in, same

__all__ = ["terminal"]

IN_DEFAULT = "People/{}/{}/DSC_4412.jpg"


def paths(side: str, *names: str) -> set[str]:
    return {IN_DEFAULT.format(name, side) for name in names}


def stands(house: House, wanted: set[str], what: str) -> None:
    """The photo lies there at both ends, and nowhere else in this event."""
    wait_for(lambda: set(house.on_disk()) == wanted, 30, f"{what} on disk")
    wait_for(lambda: {one for one in house.on_drive() if "Gala" not in one} == wanted, 30, f"{what} on Drive")


def largest(house: House, photo: int) -> str:
    """Whose face it is."""
    with house.api() as api:
        faces = api.get(f"/photos/{photo}").json()["each_face"]
    left, _, right, _ = range(4)
    return max(faces, key=lambda one: one["box"][right] - one["box"][left])["name"]


def open_photo(terminal: Terminal, name: str) -> None:
    terminal.keys("/")
    terminal.type(name)
    terminal.keys("Enter")
    terminal.shows(f"{name}.jpg")
    terminal.keys("Enter")
    terminal.shows("1-9 Face")


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_an_evening_of_corrections(house: House, terminal: Terminal) -> None:
    terminal.shows("no photo has arrived")
    for name, pictures in (("Mia", "mia_lindqvist"), ("Tom", "jonas_lindqvist")):  # somebody mixed them up
        assert house.run("enroll", name, *map(str, of(pictures))).returncode == 0
    assert house.run("events", "add", "Gala").returncode == 0
    house.drop(PHOTOS / "DSC_4412.jpg", "DSC_4412.jpg")
    terminal.shows("Safe to pack up: 1 photo verified on Drive", 75)
    stands(house, paths("Group", "Mia", "Tom"), "as it was matched")
    (row,) = house.json("photos")
    open_photo(terminal, "DSC_4412")
    screen = terminal.shows(f"number {row['id']}")
    found = re.search(r"(\d)  Tom ", screen)
    assert found, screen
    tom = found[1]

    terminal.at_once(tom, "n")
    terminal.shows(f"Face {tom} is not Tom: 1 photo moved; z undoes it")
    stands(house, paths("Group", "Mia"), "not Tom")
    terminal.shows(f"> {tom}  unnamed")
    terminal.at_once("Enter", *"Jonas", "Enter")
    terminal.shows(f"> {tom}  Jonas")
    stands(house, paths("Group", "Mia", "Jonas"), "named Jonas")
    terminal.at_once("e")
    terminal.shows("It was so already: Jonas")
    terminal.keys("f")
    portrait = paths("Solo", largest(house, row["id"])) | paths(
        "Group", *({"Mia", "Jonas"} - {largest(house, row["id"])})
    )
    stands(house, portrait, "a portrait")
    terminal.at_once("M", *"gala", "Enter")
    terminal.shows("Moved to Gala")
    stands(house, set(), "in another event")
    wait_for(
        lambda: any(path.endswith("DSC_4412.jpg") for path in files_below(house.root / "Events/Gala")),
        30,
        "it is there",
    )
    terminal.keys("z")
    stands(house, portrait, "not moved")
    terminal.keys("w")
    terminal.shows("Withdrawn DSC_4412.jpg")
    stands(house, set(), "withdrawn")
    for left, what in [
        (portrait, "there again"),
        (paths("Group", "Mia", "Jonas"), "a group again"),
        (paths("Group", "Mia"), "not Jonas"),
        (paths("Group", "Mia", "Tom"), "Tom again"),
    ]:
        terminal.keys("z")
        stands(house, left, what)
    terminal.shows(f"> {tom}  Tom")
    house.assert_same_tree(1)


async def faces_on(running: Running, name: str) -> tuple[int, list[PhotoFace]]:
    (row,) = (await running.service.ask(ListPhotos(q=name)))["rows"]
    return row["id"], (await running.service.ask(GetPhoto(id=row["id"])))["each_face"]


async def whose(running: Running, name: str) -> list[str | None]:
    return [one["name"] for one in (await faces_on(running, name))[1]]


async def references(running: Running, id: str) -> list[bool]:
    """Of each whether it was learned."""
    return [one["learned"] for one in (await running.service.ask(GetPerson(id=id)))["references"]]


@pytest.mark.slow
async def test_each_face_with_whom_it_was_taken_for(running: Running, emulator: Emulator) -> None:
    service = running.service
    made = await service.ask(EnrollPerson(name="Mia", photos=[str(one) for one in of("mia_lindqvist")]))
    await arrive(running, PHOTOS / "DSC_4412.jpg")
    number, faces = await faces_on(running, "DSC_4412")
    assert [one["box"][0] for one in faces] == sorted(one["box"][0] for one in faces)
    mia, stranger = sorted(faces, key=lambda one: one["name"] is None)
    assert (mia["person"], mia["name"], mia["sure"], mia["guest"]) == (made["person"]["id"], "Mia", True, False)
    assert mia["unknown"] is None
    assert mia["distance"] is not None
    assert (stranger["person"], stranger["sure"], stranger["distance"]) == (None, False, None)
    stranger = await grouped(running, "DSC_4412", stranger["face_id"])

    ignored = await service.ask(IgnoreUnknown(id=str(stranger["unknown"])))
    assert ignored["photos"] == 0
    (now,) = [one for one in (await faces_on(running, "DSC_4412"))[1] if one["face_id"] == stranger["face_id"]]
    assert (now["unknown"], now["name"]) == (None, None)
    await service.ask(Undo())
    await grouped(running, "DSC_4412", stranger["face_id"])
    assert number == (await service.ask(GetPhoto(id=number)))["id"]


async def grouped(running: Running, name: str, face: str) -> PhotoFace:
    """Once it is among the strangers."""
    for _ in range(200):
        (found,) = [one for one in (await faces_on(running, name))[1] if one["face_id"] == face]
        if found["unknown"] is not None:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(found)


@pytest.mark.slow
async def test_one_face_is_denied_and_the_other_stays(running: Running, emulator: Emulator) -> None:
    """Two faces that were both said to be theirs, on one photo: only the one that is meant is not."""
    service = running.service
    made = await service.ask(EnrollPerson(name="Mia", photos=[str(one) for one in of("mia_lindqvist")]))
    await arrive(running, PHOTOS / "DSC_4412.jpg")
    number, faces = await faces_on(running, "DSC_4412")
    mia, other = sorted(faces, key=lambda one: one["name"] is None)
    told: dict[str, Any] = {"person": made["person"]["id"], "photos": [number]}
    with pytest.raises(VenueError, match="Mia is not on these photos"):
        await service.ask(DenyPerson(**told, faces=[other["face_id"]]))
    await service.ask(DenyPerson(**told, faces=[mia["face_id"]]))
    assert await whose(running, "DSC_4412") == [None, None]
    await same(running, emulator, wanted=lambda now: not people_in(now))
    await service.ask(Undo())
    assert sorted(map(str, await whose(running, "DSC_4412"))) == ["Mia", "None"]
    await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 1})


@pytest.mark.slow
async def test_a_face_given_to_somebody_is_learned_and_forgotten_by_who_had_it(
    running: Running, emulator: Emulator
) -> None:
    service = running.service
    mia = (await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])])))["person"]["id"]
    ana = (await service.ask(EnrollPerson(name="Ana", photos=[str(of("anna_berg")[0])])))["person"]["id"]
    await arrive(running, of("hassan_darwish")[0])
    _, (face,) = await faces_on(running, "hassan")
    for name, by in (("Mia", [[False, True], [False]]), ("Ana", [[False], [False, True]])):
        await service.ask(EnrollFace(name=name, face=face["face_id"], reference=False))
        assert [await references(running, mia), await references(running, ana)] == by, name
        await same(running, emulator, wanted=lambda now, name=name: people_in(now) == {name: 1})
    await service.ask(EnrollFace(name="Ana", face=face["face_id"]))
    await service.ask(Undo())
    await service.ask(Undo())
    assert [await references(running, mia), await references(running, ana)] == [[False, True], [False]]
    await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 1})


@pytest.mark.slow
@pytest.mark.parametrize("said", ["it is Ana's", "it is not Mia's"])
async def test_nobody_is_known_by_a_face_that_was_given_them_by_mistake(
    running: Running, emulator: Emulator, said: str
) -> None:
    """Both would be as near to every later photo of Ana: each was asked about, for good."""
    service, (one, two, three) = running.service, of("anna_berg")
    await arrive(running, one)
    (photo,) = (await service.ask(ListPhotos()))["rows"]
    mia = await service.ask(EnrollFace(name="Mia", face=f"photo:{photo['id']}"))
    if said == "it is Ana's":
        await service.ask(EnrollFace(name="Ana", face=f"photo:{photo['id']}"))
    else:
        await service.ask(DenyPerson(person="Mia", photos=[photo["id"]]))
        await service.ask(EnrollPerson(name="Ana", photos=[str(three)]))
    assert await references(running, mia["id"]) == []
    await arrive(running, two)
    await same(running, emulator, wanted=lambda now: people_in(now) == {"Ana": 2})
    assert await service.ask(ListReview()) == []
    await service.ask(Undo())
    if said == "it is Ana's":
        assert await references(running, mia["id"]) == [False]


async def test_a_face_that_is_no_reference_can_be_somebodys_who_is_known(
    running: Running, emulator: Emulator, tmp_path: Path
) -> None:
    service = running.service
    made = await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
    small = tmp_path / "small.jpg"
    with Image.open(of("hassan_darwish")[0]) as picture:
        picture.thumbnail((130, 130))
        picture.save(small, quality=95)
    await arrive(running, small)
    _, (face,) = await faces_on(running, "small")
    for verb in (
        EnrollFace(name="Mia", face=face["face_id"]),
        EnrollFace(name="Hassan", face=face["face_id"], reference=False),
    ):
        with pytest.raises(VenueError, match="cannot be a reference"):
            await service.ask(verb)
    await service.ask(EnrollFace(name="Mia", face=face["face_id"], reference=False))
    await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 1})
    assert await references(running, made["person"]["id"]) == [False]
    await service.ask(Undo())
    await same(running, emulator, wanted=lambda now: not people_in(now))


@pytest.mark.slow
async def test_nobody_is_to_be_known_on_what_is_withdrawn(running: Running) -> None:
    """Its faces counted as nobody's: more of them the more was withdrawn."""
    service = running.service
    await arrive(running, *of("mia_lindqvist"), *of("yuki_tanaka")[:2])
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))

    async def counted() -> tuple[int, int]:
        faces = (await service.ask(GetStatus()))["faces"]
        return faces["found"], faces["unknown"]

    assert await counted() == (5, 2)
    every = [row["id"] for row in (await service.ask(ListPhotos(order="name")))["rows"]][::-1]
    await service.ask(WithdrawPhotos(ids=every[:4]))  # Yuki's two, and two of Mia's
    assert await counted() == (5, 0)
    await service.ask(AddEvent(name="Gala"))
    await service.ask(MovePhotos(ids=every[4:], event="Gala"))
    assert await counted() == (5, 1), "nobody is known there"
    for wanted in ((5, 0), (5, 2)):
        await service.ask(Undo())
        assert await counted() == wanted
