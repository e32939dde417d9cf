"""Near misses answered by a real agent, in its process, over the socket and by command: kept, learned from, undone."""

from __future__ import annotations

import pytest

from agent.errors import UsageError
from agent.requests.faces import ConfirmMatch, DenyMatch, ListReview
from agent.requests.people import EnrollPerson, ListPeople, Undo
from agent.requests.photos import GetPhoto
from agent.requests.status import GetStatus
from tests.emulator.drive import Emulator
from tests.venue.house import House
from tests.venue.running import Running
from tests.venue.test_people_both_ends import arrive, of
from tests.venue.trees import people_in, same

# Drawn guests, near misses of Yuki: Beatriz is 0.56 to 0.58 from her first picture, Priya's second photo 0.60 from her
# second one.
YUKI, BEATRIZ, PRIYA = of("yuki_tanaka"), of("beatriz_alves"), of("priya_raman")[1]


@pytest.mark.slow
async def test_near_misses_are_answered_learned_from_and_taken_back(running: Running, emulator: Emulator) -> None:
    """Of faces that look alike one question is asked, and its answer is about all of them."""
    service = running.service
    await service.ask(EnrollPerson(name="Yuki", photos=[str(photo) for photo in YUKI[:2]]))
    await arrive(running, BEATRIZ[0], BEATRIZ[2], PRIYA)
    before = await same(running, emulator, wanted=lambda now: len(now) == 3)
    asked = {row["faces"]: row for row in await service.ask(ListReview())}
    assert {many: row["photo_name"] for many, row in asked.items()} == {2: BEATRIZ[2].name, 1: PRIYA.name}
    assert (await service.ask(GetStatus()))["faces"]["to_review"] == 2
    (face,) = (await service.ask(GetPhoto(id=asked[2]["photo"])))["each_face"]
    assert (face["sure"], face["alike"]) == (False, 2)
    first, second = asked[1], asked[2]

    no = await service.ask(DenyMatch(id=first["id"]))
    assert (no["name"], no["yes"], no["faces"], no["photo"]) == ("Yuki", False, 1, first["photo"])
    assert [row["id"] for row in await service.ask(ListReview())] == [second["id"]]
    with pytest.raises(UsageError, match="no such question"):
        await service.ask(ConfirmMatch(id=first["id"]))
    yes = await service.ask(ConfirmMatch(id=second["id"]))
    assert (yes["name"], yes["yes"], yes["faces"], yes["photos"]) == ("Yuki", True, 2, 2)
    assert await service.ask(ListReview()) == []
    after = await same(running, emulator, wanted=lambda now: people_in(now) == {"Yuki": 2})
    assert [row["references"] for row in await service.ask(ListPeople())] == [3], "known better by it"
    theirs = [f"People/Yuki/Solo/{photo.name}" for photo in (BEATRIZ[0], BEATRIZ[2])]
    assert after == sorted([f"Unsorted/Unknown/{PRIYA.name}", *theirs])

    assert (await service.ask(Undo()))["what"] == f"{BEATRIZ[2].name} and 1 face like it are of Yuki"
    assert await same(running, emulator, wanted=lambda now: not people_in(now)) == before
    assert [row["photo_name"] for row in await service.ask(ListReview())] == [BEATRIZ[2].name]
    assert (await service.ask(Undo()))["what"] == "1 photo is not of Yuki"
    assert sorted(row["photo_name"] for row in await service.ask(ListReview())) == [BEATRIZ[2].name, PRIYA.name]
    assert [row["references"] for row in await service.ask(ListPeople())] == [2]


async def test_a_no_is_about_those_that_come_later_too(running: Running, emulator: Emulator) -> None:
    service = running.service
    await service.ask(EnrollPerson(name="Yuki", photos=[str(YUKI[0])]))
    await arrive(running, *BEATRIZ[:2])
    await same(running, emulator, wanted=lambda now: len(now) == 2)
    (asked,) = await service.ask(ListReview())
    assert (await service.ask(DenyMatch(id=asked["id"])))["faces"] == 2
    await arrive(running, BEATRIZ[2])
    found = await same(running, emulator, wanted=lambda now: people_in(now) == {"Guest 01": 3})
    assert len(found) == 3
    assert await service.ask(ListReview()) == []


@pytest.mark.slow
def test_near_misses_are_answered_by_command_without_an_agent(house: House) -> None:
    assert house.run("enroll", "Yuki", str(YUKI[0])).returncode == 0
    for photo in BEATRIZ[:2]:
        house.drop(photo, photo.name)
    assert house.until_done().returncode == 0
    (asked,) = house.json("review")
    assert "near miss, 2 faces alike" in house.run("review").stdout
    told = house.run("review", "yes", str(asked["id"]))
    assert (told.returncode, told.stdout, told.stderr) == (0, "It is Yuki: 2 photos moved\n", "")
    assert {f"People/Yuki/Solo/{photo.name}" for photo in BEATRIZ[:2]} <= set(house.on_disk())
    assert house.json("review") == []
    assert house.run("undo").returncode == 0
    (again,) = house.json("review")
    told = house.run("review", "no", str(again["id"]))
    assert (told.returncode, told.stdout.startswith("It is not Yuki: ")) == (0, True)
    assert house.json("review") == [], "the one is no more her than the other"
    gone = house.run("review", "no", "99")
    assert (gone.returncode, gone.stdout) == (2, "")
    assert gone.stderr == "venuesync: There is no such question: 99. See those that are open: venuesync review\n"
