"""What `enroll` says of others: whose photos it takes, and who is one with somebody by it. And what changed nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.requests.people import EnrollFace, EnrollPerson, EnrollResult, ListPeople
from agent.requests.photos import ListPhotos
from agent.requests.troubles import ListActivity
from tests.emulator.drive import Emulator
from tests.venue.pictures import variant
from tests.venue.running import PHOTOS, Running, arrive, of
from tests.venue.trees import guests, people_in, same

pytestmark = pytest.mark.parametrize("running", ["near"], indirect=True)
BOTH = PHOTOS / "DSC_4412.jpg"  # Mia and Jonas


async def enroll(running: Running, name: str, *pictures: Path) -> EnrollResult:
    return await running.service.ask(EnrollPerson(name=name, photos=[str(path) for path in pictures]))


@pytest.mark.slow
async def test_whose_photos_are_not_theirs_any_more(running: Running, emulator: Emulator, tmp_path: Path) -> None:
    await enroll(running, "Jonas", of("mia_lindqvist")[0])  # by a wrong picture
    await arrive(running, *(variant(of("mia_lindqvist")[1], tmp_path / f"{number}.jpg", number) for number in range(2)))
    await same(running, emulator, wanted=lambda now: people_in(now) == {"Jonas": 2})
    first = (await running.service.ask(ListPhotos()))["rows"][0]
    made = await running.service.ask(EnrollFace(name="Mia", face=f"photo:{first['id']}"))
    now = people_in(await same(running, emulator, wanted=lambda now: "Mia" in people_in(now)))
    gone = "1 photo is" if now["Mia"] == 1 else f"{now['Mia']} photos are"
    assert made["told"] == [f"{gone} not of Jonas any more"]


@pytest.mark.slow
async def test_a_guest_who_is_one_with_somebody_beside_whom_they_stand(
    running: Running, emulator: Emulator, tmp_path: Path
) -> None:
    await enroll(running, "Mia", *of("mia_lindqvist"))
    await arrive(running, *(variant(BOTH, tmp_path / f"{number}.jpg", number) for number in range(3)))
    await guests(running, 1)
    await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 3, "Guest 01": 3})
    made = await enroll(running, "Mia", of("jonas_lindqvist")[0])
    assert made["told"] == ["Guest 01 is one with Mia now, though 3 photos show both: if they are two, undo"]
    assert made["told"][0] in [one["text"] for one in await running.service.ask(ListActivity())]


async def test_a_picture_that_is_given_twice_is_no_more_reference(running: Running, emulator: Emulator) -> None:
    pictures = of("mia_lindqvist")[:2]
    assert [(await enroll(running, "Mia", *pictures))["added"] for _ in range(2)] == [2, 0]
    (mia,) = await running.service.ask(ListPeople())
    assert mia["references"] == 2
    told = [one["text"] for one in await running.service.ask(ListActivity()) if one["kind"] == "enrolled"]
    assert told == ["Mia enrolled: 2 references"]
