"""Near misses answered by a real agent, in its process, over the socket and by command: kept, learned from, undone."""

from __future__ import annotations

import pytest

from agent.errors import UsageError
from agent.requests.faces import ConfirmMatch, DenyMatch, ListReview
from agent.requests.people import EnrollPerson, ListPeople, Undo
from tests.emulator.drive import Emulator
from tests.venue.house import House
from tests.venue.running import Running
from tests.venue.test_people_both_ends import arrive, of, people_in, same

YUKI, BEATRIZ = of("yuki_tanaka"), of("beatriz_alves")  # two drawn guests, 0.55 to 0.60 apart: near misses


async def test_near_misses_are_answered_learned_from_and_taken_back(running: Running, emulator: Emulator) -> None:
    service = running.service
    await service.ask(EnrollPerson(name="Yuki", photos=[str(YUKI[0])]))
    await arrive(running, BEATRIZ[0], BEATRIZ[2])
    before = await same(running, emulator, wanted=lambda now: len(now) == 2)
    asked = {row["photo_name"]: row for row in await service.ask(ListReview())}
    assert sorted(asked) == [BEATRIZ[0].name, BEATRIZ[2].name]
    first, second = (asked[photo.name] for photo in (BEATRIZ[0], BEATRIZ[2]))

    no = await service.ask(DenyMatch(id=first["id"]))
    assert (no["name"], no["yes"], no["photo"]) == ("Yuki", False, first["photo"])
    assert [row["id"] for row in await service.ask(ListReview())] == [second["id"]]
    with pytest.raises(UsageError, match="no such question"):
        await service.ask(ConfirmMatch(id=first["id"]))
    yes = await service.ask(ConfirmMatch(id=second["id"]))
    assert (yes["name"], yes["yes"], yes["photos"]) == ("Yuki", True, 1)
    assert await service.ask(ListReview()) == []
    after = await same(running, emulator, wanted=lambda now: people_in(now) == {"Yuki": 1})
    assert [row["references"] for row in await service.ask(ListPeople())] == [2], "known better by it"
    assert after == sorted([f"Unsorted/Unknown/{BEATRIZ[0].name}", f"People/Yuki/Solo/{BEATRIZ[2].name}"])

    assert (await service.ask(Undo()))["what"] == f"{BEATRIZ[2].name} is of Yuki"
    assert await same(running, emulator, wanted=lambda now: not people_in(now)) == before
    assert [row["photo_name"] for row in await service.ask(ListReview())] == [BEATRIZ[2].name]
    assert (await service.ask(Undo()))["what"] == "1 photo is not of Yuki"
    assert sorted(row["photo_name"] for row in await service.ask(ListReview())) == [BEATRIZ[0].name, BEATRIZ[2].name]
    assert [row["references"] for row in await service.ask(ListPeople())] == [1]


def test_near_misses_are_answered_by_command_without_an_agent(house: House) -> None:
    assert house.run("enroll", "Yuki", str(YUKI[0])).returncode == 0
    for photo in BEATRIZ[:2]:
        house.drop(photo, photo.name)
    assert house.until_done().returncode == 0
    newest, other = house.json("review")
    told = house.run("review", "yes", str(newest["id"]))
    assert (told.returncode, told.stdout, told.stderr) == (0, "It is Yuki: 2 photos moved\n", "")
    assert f"People/Yuki/Solo/{newest['photo_name']}" in house.on_disk()
    assert house.json("review") == [], "the other one looks like it: Yuki is known by that now"
    assert house.run("undo").returncode == 0
    other = next(row for row in house.json("review") if row["photo"] == other["photo"])
    told = house.run("review", "no", str(other["id"]))
    assert (told.returncode, told.stdout.startswith("It is not Yuki: ")) == (0, True)
    gone = house.run("review", "no", "99")
    assert (gone.returncode, gone.stdout) == (2, "")
    assert gone.stderr == "venuesync: There is no such question: 99. See those that are open: venuesync review\n"
