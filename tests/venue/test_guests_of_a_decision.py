"""Guests who were found of what an operator decided: by `undo` all lies as before, by `redo` as after it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from agent.requests.faces import ListReview, NameUnknown
from agent.requests.people import (
    DenyPerson,
    EnrollFace,
    EnrollPerson,
    GetPerson,
    ListPeople,
    MergePeople,
    Redo,
    RenamePerson,
    Undo,
)
from agent.requests.photos import ListPhotos
from tests.emulator.drive import Emulator
from tests.patience import within
from tests.venue.house import House, wait_for
from tests.venue.pictures import variant
from tests.venue.running import PHOTOS, Running, arrive, of
from tests.venue.trees import folders_of, guests, people_in, same

BOTH, MIA, JONAS = (PHOTOS / f"DSC_{number}.jpg" for number in (4412, 4404, 4407))
REFERENCES = {"Mia": of("mia_lindqvist"), "Jonas": of("jonas_lindqvist")}
TWO = {"Mia": 4, "Jonas": 4}


def photos(folder: Path) -> list[Path]:
    """One of each, and three that show both."""
    return [MIA, JONAS, *(variant(BOTH, folder / f"{number}_{BOTH.name}", number) for number in range(3))]


async def enroll(running: Running, name: str, pictures: list[Path]) -> None:
    await running.service.ask(EnrollPerson(name=name, photos=[str(path) for path in pictures]))


async def known(running: Running) -> Any:
    """Who there is, by what, on how many photos; and whom is asked about."""
    people = await running.service.ask(ListPeople())
    keys = ("id", "name", "references", "solo", "group")
    asked = [(one["photo_name"], one["name"]) for one in await running.service.ask(ListReview())]
    return sorted(tuple(one[key] for key in keys) for one in people), sorted(asked)


async def merge(running: Running) -> None:
    await running.service.ask(MergePeople(person="Mia", into="Jonas"))


async def merge_the_other_way(running: Running) -> None:
    await running.service.ask(MergePeople(person="Jonas", into="Mia"))


async def deny(running: Running) -> None:
    rows = (await running.service.ask(ListPhotos()))["rows"]
    shown = [row["id"] for row in rows if row["name"].endswith(BOTH.name)]
    await running.service.ask(DenyPerson(person="Mia", photos=shown))


async def name_a_guest(running: Running) -> None:
    """By the name of another one."""
    (guest,) = await guests(running, 1)
    await running.service.ask(NameUnknown(id=guest["id"], name="Mia"))


async def enroll_by_a_wrong_picture(running: Running) -> None:
    """Whoever is on it was a guest."""
    await enroll(running, "Mia", REFERENCES["Jonas"])


Decide = Callable[[Running], Awaitable[None]]


@pytest.mark.slow
@pytest.mark.parametrize("running", ["near"], indirect=True)
@pytest.mark.parametrize(
    ("decide", "enrolled", "then"),
    [
        (merge, ["Mia", "Jonas"], {"Jonas": 5, "Guest 01": 3}),
        (merge_the_other_way, ["Mia", "Jonas"], {"Mia": 5, "Guest 01": 3}),
        (deny, ["Mia", "Jonas"], {"Mia": 1, "Jonas": 4, "Guest 01": 3}),
        (name_a_guest, ["Mia"], {"Mia": 5, "Guest 02": 3}),
        (enroll_by_a_wrong_picture, ["Mia"], {"Mia": 5, "Guest 02": 3}),
    ],
)
async def test_a_guest_who_was_found_of_a_decision_goes_with_it(
    running: Running, emulator: Emulator, tmp_path: Path, decide: Decide, enrolled: list[str], then: dict[str, int]
) -> None:
    """Nobody is on a photo twice, so the other face became a guest, who kept the photos of whoever looks so."""
    for name in enrolled:
        await enroll(running, name, REFERENCES[name])
    await arrive(running, *photos(tmp_path))
    whose = TWO if len(enrolled) == 2 else {"Mia": 4, "Guest 01": 4}
    before = await same(running, emulator, wanted=lambda now: people_in(now) == whose)
    people = await known(running)
    await decide(running)
    after = await same(running, emulator, wanted=lambda now: people_in(now) == then)
    one = await known(running)
    for _ in range(2):
        await running.service.ask(Undo())
        assert await same(running, emulator, wanted=lambda now: people_in(now) == whose) == before
        assert await known(running) == people
        await running.until(lambda _: folders_of(emulator) == {*whose})
        await running.service.ask(Redo())
        assert await same(running, emulator, wanted=lambda now: people_in(now) == then) == after
        assert await known(running) == one


@pytest.mark.slow
@pytest.mark.parametrize("running", ["near"], indirect=True)
async def test_a_guest_of_a_decision_takes_no_photo_of_somebody_enrolled_and_their_number_is_nobody_s_after_it(
    running: Running, emulator: Emulator, tmp_path: Path
) -> None:
    for name, pictures in REFERENCES.items():
        await enroll(running, name, pictures)
    await arrive(running, *photos(tmp_path))
    await same(running, emulator, wanted=lambda now: people_in(now) == TWO)
    await merge(running)
    merged = await same(running, emulator, wanted=lambda now: people_in(now) == {"Jonas": 5, "Guest 01": 3})
    await enroll(running, "Yuki", of("yuki_tanaka"))  # all is planned once more
    assert await same(running, emulator) == merged
    await running.service.ask(Undo())
    await running.service.ask(Undo())
    await deny(running)
    await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 1, "Jonas": 4, "Guest 02": 3})
    await running.service.ask(RenamePerson(person="Jonas", name="Jonas L."))
    await running.service.ask(Undo())
    await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 1, "Jonas": 4, "Guest 02": 3})


@pytest.mark.slow
@pytest.mark.parametrize("running", ["near"], indirect=True)
async def test_a_guest_who_is_known_better_of_a_decision_is_known_as_before_it_once_that_is_taken_back(
    running: Running, emulator: Emulator, tmp_path: Path
) -> None:
    """Two guests look alike by it, so that other photos are nobody's: by these one of the two was known ever better."""
    pictures = [variant(MIA, tmp_path / f"mia_{number}.jpg", number) for number in range(8)]
    first, later = pictures[:3], pictures[3:]
    first += [variant(JONAS, tmp_path / f"jonas_{number}.jpg", number) for number in range(3)]
    for some, wanted in ((first, [3, 3]), (later, [3, 8])):  # by those that came first they are known
        await arrive(running, *some)
        await same(running, emulator, wanted=lambda now: sorted(people_in(now).values()) == wanted)  # noqa: B023
    mia, jonas = await guests(running, 2)
    await running.service.ask(MergePeople(person=mia["id"], into=jonas["id"]))
    before = await same(running, emulator, wanted=lambda now: people_in(now) == {jonas["name"]: 11})
    people = await known(running)
    references = (await running.service.ask(GetPerson(id=jonas["id"])))["references"]
    rows = (await running.service.ask(ListPhotos()))["rows"]
    denied = [row["id"] for row in rows if row["name"] in {one.name for one in later[:4]}]
    await running.service.ask(DenyPerson(person=jonas["id"], photos=denied))
    for _ in range(2):
        await known_better(running, jonas["id"], len(references))
        await running.service.ask(Undo())
        assert await same(running, emulator, wanted=lambda now: now == before) == before
        assert await known(running) == people
        await running.service.ask(Redo())


async def known_better(running: Running, person: str, references: int) -> None:
    async with within(30):
        while len((await running.service.ask(GetPerson(id=person)))["references"]) <= references:
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("running", ["near"], indirect=True)
@pytest.mark.parametrize("by", ["a picture", "a face"])
async def test_a_guest_of_whose_faces_it_was_said_that_they_are_not_somebody_s_is_not_made_one_with_them(
    running: Running, emulator: Emulator, tmp_path: Path, by: str
) -> None:
    """Two who look alike, once they had been told apart by hand: the guest was gone, and their photos nobody's."""
    await enroll(running, "Mia", REFERENCES["Jonas"][:1])
    await arrive(running, *(variant(JONAS, tmp_path / f"{number}.jpg", number) for number in range(4)))
    await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 4})
    rows = (await running.service.ask(ListPhotos()))["rows"]
    await running.service.ask(DenyPerson(person="Mia", photos=[row["id"] for row in rows]))
    await same(running, emulator, wanted=lambda now: people_in(now) == {"Guest 01": 4})
    if by == "a picture":
        await enroll(running, "Mia", REFERENCES["Jonas"][1:2])
        await same(running, emulator, wanted=lambda now: people_in(now) == {"Guest 01": 4})
    else:
        made = await running.service.ask(EnrollFace(name="Mia", face=f"photo:{rows[0]['id']}"))
        assert not made["merged"]
        await same(running, emulator, wanted=lambda now: people_in(now) == {"Guest 01": 3, "Mia": 1})
    assert sorted(one["name"] for one in await running.service.ask(ListPeople())) == ["Guest 01", "Mia"]


@pytest.mark.slow
@pytest.mark.parametrize("lost", [False, True], ids=["another start", "a lost ledger"])
def test_a_guest_who_was_found_of_a_merge_goes_with_it_after(house: House, lost: bool) -> None:
    for name, pictures in REFERENCES.items():
        assert house.run("enroll", name, *map(str, pictures)).returncode == 0
    for path in photos(house.root):
        house.drop(path, path.name)
    house.start()
    wait_for(lambda: counted(house) == {"Mia": 4, "Jonas": 4}, 60, "all are filed")
    before = house.on_disk()
    assert house.run("people", "merge", "Jonas", "Mia").returncode == 0
    wait_for(lambda: counted(house) == {"Mia": 5, "Guest 01": 3}, 60, "the guest was found")
    after = house.on_disk()
    for verb, wanted in (("undo", before), ("redo", after), ("undo", before)):
        assert house.stop() == 0
        for store in (house.root / ".venuesync").glob("ledger.sqlite*") if lost else ():
            store.unlink()
        house.start()
        wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 90, "all is known again")
        assert house.run(verb).returncode == 0
        wait_for(lambda: house.on_disk() == wanted, 60, f"it is as before by {verb}")  # noqa: B023
        wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "all is sent")
        house.assert_same_tree(5)
    assert sorted(one["name"] for one in house.json("people")) == ["Jonas", "Mia"]


def counted(house: House) -> dict[str, int]:
    return dict(people_in([*house.on_disk()]))
