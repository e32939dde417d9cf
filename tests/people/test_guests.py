"""Who is in enough photos becomes a guest; who only looks like one becomes another guest."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent.ledger import Ledger, matches, unknown_faces
from agent.ledger.faces import Encoding, Face, Looked
from agent.model import DEFAULT_EVENT, Box, PhotoId
from agent.people import plan_again as planning
from agent.people.deciding import Decider
from agent.people.guests import Grouper
from agent.people.plan_again import plan_again
from agent.people.planner import Planner
from agent.roster import Roster
from tests.making import ENGINE, add_person, encoding, look, photo_row, rows

ON = (
    "SELECT ep.name, a.person FROM assignment a JOIN face f ON f.id = a.face"
    " JOIN event_photo ep ON ep.photo = f.photo ORDER BY ep.name"
)
WANTED = (
    "SELECT ep.name, f.key FROM placement p JOIN event_photo ep ON ep.id = p.event_photo"
    " JOIN folder f ON f.id = p.folder WHERE p.wanted = 1 ORDER BY ep.name, f.key"
)
ANNA = encoding(1)


def like(one: Encoding, distance: float) -> Encoding:
    """A face so far from this one."""
    other = encoding(2) - np.dot(encoding(2), one) * one
    near = 1 - distance**2 / 2
    made = near * one + np.sqrt(1 - near**2) * other / np.linalg.norm(other)
    return np.asarray(made, dtype=np.float32)


class Night:
    """Photos of faces; guests come of two photos each."""

    def __init__(self, ledger: Ledger, roster: Roster) -> None:
        self.ledger = ledger
        self.roster = roster
        self.planner = Planner(ledger, self.roster, ENGINE, 0.5)
        self.decider = Decider(ledger, self.roster, self.planner, lambda: None)
        self.grouper = Grouper(ledger, self.roster, self.planner, self.decider, 2)
        self.numbers = itertools.count(1)

    async def photos(self, *photos: list[Encoding]) -> None:
        """They arrive, are looked at, and whoever is on them is found."""

        def make(db: Any) -> None:
            for faces in photos:
                look(PhotoId(photo_row(db, f"{next(self.numbers):02}.jpg")), db, faces)

        self.ledger.submit(make).result()
        await plan_again(self.ledger, self.roster, self.planner, None)
        await self.grouper.step()

    def guests(self) -> dict[str, list[str]]:
        """Name -> photos."""
        names = {one.id: one.name for one in self.roster.people(DEFAULT_EVENT)}
        found: dict[str, list[str]] = {}
        for photo, person in rows(self.ledger, ON):
            found.setdefault(names[person], []).append(photo)
        return found


@pytest.fixture
def night(ledger: Ledger, tmp_path: Path) -> Night:
    return Night(ledger, Roster(tmp_path / "roster.json"))


async def test_what_has_to_wait_for_others_is_looked_at_again_soon(night: Night) -> None:
    """Nobody rings when a plan is whole, or a lost ledger is rebuilt: it was half a minute until there were guests."""
    await night.photos([ANNA])
    assert not await night.grouper.step()
    add_person(night.roster, "Mia", DEFAULT_EVENT, "Mia", ())

    def make(db: Any) -> None:
        look(PhotoId(photo_row(db, "02.jpg")), db, [ANNA])

    night.ledger.submit(make).result()
    (sight,) = night.ledger.submit(matches.planned_of_content, PhotoId(2)).result()
    planned = night.planner.plan(sight, await night.planner.known(night.roster.event(DEFAULT_EVENT)))
    night.ledger.submit(lambda db: night.planner.write(db, planned, 1.0)).result()
    assert await night.grouper.step(), "what is known by now is not planned yet"
    assert night.guests() == {}
    await plan_again(night.ledger, night.roster, night.planner, None)
    assert not await night.grouper.step()
    assert night.guests() == {"Guest 01": ["01.jpg", "02.jpg"]}


async def test_more_of_the_same_are_hers_though_the_light_was_another(night: Night) -> None:
    await night.photos([ANNA], [ANNA])
    await night.photos([like(ANNA, 0.52)], [like(ANNA, 0.52)])
    assert night.guests() == {"Guest 01": ["01.jpg", "02.jpg", "03.jpg", "04.jpg"]}


async def test_a_group_that_is_small_again_by_what_is_decided_meanwhile_is_no_guest(night: Night) -> None:
    """A no makes strangers of faces that are asked about, and its undo asks about them again."""
    await night.photos([ANNA])

    def make(db: Any) -> None:
        look(PhotoId(photo_row(db, "again.jpg")), db, [ANNA])

    night.ledger.submit(make).result()
    await plan_again(night.ledger, night.roster, night.planner, None)
    async with night.grouper._decider.alone():
        grouping = asyncio.create_task(night.grouper.step())
        while not night.ledger.ask(lambda db: unknown_faces.large_clusters(db, DEFAULT_EVENT, 2)):
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)  # it waits for the decision
        night.ledger.submit(lambda db: db.execute("DELETE FROM stranger WHERE face = 2")).result()
    assert not await grouping
    assert night.guests() == {}
    assert night.roster.people(DEFAULT_EVENT) == []


async def test_two_who_look_alike_are_two_guests(night: Night) -> None:
    """Two real people among the labelled ones are as near as that."""
    await night.photos([ANNA], [ANNA])
    await night.photos([like(ANNA, 0.55)], [like(ANNA, 0.55)])
    assert night.guests() == {"Guest 01": ["01.jpg", "02.jpg"], "Guest 02": ["03.jpg", "04.jpg"]}


async def test_what_was_taken_for_another_guest_and_looks_like_a_new_one_is_theirs_at_once(night: Night) -> None:
    """Of nobody known it was not; the next verb, whatever it was about, moved it."""
    await night.photos([ANNA], [ANNA])
    await night.photos([like(ANNA, 0.45)])
    assert night.guests() == {"Guest 01": ["01.jpg", "02.jpg", "03.jpg"]}
    await night.photos([like(ANNA, 0.6)], [like(ANNA, 0.6)])
    assert night.guests() == {"Guest 01": ["01.jpg", "02.jpg"], "Guest 02": ["03.jpg", "04.jpg", "05.jpg"]}


@pytest.mark.parametrize("first", [True, False], ids=["before them", "after them"])
async def test_what_may_be_no_face_is_a_guest_s_whenever_it_came(night: Night, first: bool) -> None:
    """A portrait that a detector is not sure of, before there was the guest, lay in `No Faces`."""

    async def portrait() -> None:
        photo = await night.ledger.write(photo_row, "portrait.jpg")
        face = Face(Box(0, 0, 100, 100), -0.2, 100.0, ANNA)
        await night.planner.record_look(PhotoId(photo), Looked(1000, 800, None, ENGINE, [face]))

    if first:
        await portrait()
    await night.photos([ANNA], [ANNA])
    if not first:
        await portrait()
    assert night.guests() == {"Guest 01": ["01.jpg", "02.jpg", "portrait.jpg"]}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
async def test_all_lies_as_if_whoever_was_found_had_been_known_from_the_start(night: Night, seed: int) -> None:
    """Faces of several people who look much alike, in any order, of any quality: another plan moves none of them."""
    dice = np.random.default_rng(seed)

    def beside(one: Encoding, distance: float) -> Encoding:
        other = dice.normal(size=128)
        other -= np.dot(other, one) * one
        near = 1 - distance**2 / 2
        return np.asarray(near * one + np.sqrt(1 - near**2) * other / np.linalg.norm(other), dtype=np.float32)

    people = [beside(ANNA, dice.uniform(0.4, 0.9)) for _ in range(14)]
    await plan_again(night.ledger, night.roster, night.planner, None)
    for number in range(40):
        looks = [
            beside(people[at], dice.uniform(0.1, 0.5)) for at in dice.choice(14, dice.integers(1, 4), replace=False)
        ]
        boxes = [Box(at * 300, 0, at * 300 + 100, 100) for at in range(len(looks))]
        found = [
            Face(box, dice.choice([1.0, -0.2], p=[0.85, 0.15]), dice.choice([100.0, 4.0], p=[0.9, 0.1]), look)
            for box, look in zip(boxes, looks, strict=True)
        ]
        photo = await night.ledger.write(photo_row, f"{number:02}.jpg")
        await night.planner.record_look(PhotoId(photo), Looked(1000, 800, None, ENGINE, found))
        await night.grouper.step()
    lies = rows(night.ledger, WANTED)
    await plan_again(night.ledger, night.roster, night.planner, None)
    assert rows(night.ledger, WANTED) == lies


@pytest.mark.parametrize("name", ["Guest 01", "guest 01", "GUEST 1"])
async def test_a_number_that_somebody_is_called_by_is_no_guest_s(night: Night, name: str) -> None:
    """Two whose names differ by capitals alone: whoever names one of them in yet others means neither."""
    add_person(night.roster, name, DEFAULT_EVENT, name, ())
    await night.photos([ANNA], [ANNA])
    assert night.guests() == {"Guest 02": ["01.jpg", "02.jpg"]}


async def test_who_stands_beside_a_guest_is_another_one(night: Night) -> None:
    sister = like(ANNA, 0.52)
    await night.photos([ANNA], [ANNA])
    await night.photos([ANNA, sister], [sister])
    assert night.guests() == {"Guest 01": ["01.jpg", "02.jpg", "03.jpg"], "Guest 02": ["03.jpg", "04.jpg"]}


async def test_a_guest_of_a_lost_ledger_is_nobody_else_while_their_photo_is_not_looked_at_yet(
    night: Night, tmp_path: Path
) -> None:
    await night.photos([ANNA], [ANNA], [ANNA], [ANNA])
    ((seed, *_),) = [[one.name for one in person.references] for person in night.roster.people(DEFAULT_EVENT)]
    every = ["01.jpg", "02.jpg", "03.jpg", "04.jpg"]
    ledger = Ledger(tmp_path / "again.sqlite")
    ledger.open()
    again = Night(ledger, night.roster)

    def make(db: Any) -> PhotoId:
        for name in every:
            if name != seed:
                look(PhotoId(photo_row(db, name)), db, [ANNA])
        return PhotoId(photo_row(db, seed))

    last = ledger.submit(make).result()
    await plan_again(ledger, again.roster, again.planner, None)
    await again.grouper.step()
    assert [one.name for one in again.roster.people(DEFAULT_EVENT)] == ["Guest 01"]
    face = Face(Box(0, 0, 100, 100), 1.0, 100.0, ANNA)
    await again.planner.record_look(last, Looked(1000, 800, None, ENGINE, [face]))
    await plan_again(ledger, again.roster, again.planner, None)
    await again.grouper.step()
    assert again.guests() == {"Guest 01": every}
    ledger.close()


async def test_a_guest_whose_photo_is_gone_for_good_keeps_nobody_from_being_one(night: Night, tmp_path: Path) -> None:
    await night.photos([ANNA], [ANNA])
    ledger = Ledger(tmp_path / "again.sqlite")
    ledger.open()
    again = Night(ledger, night.roster)
    again.numbers = itertools.count(11)
    await again.photos([encoding(5)], [encoding(5)])
    assert again.guests() == {"Guest 02": ["11.jpg", "12.jpg"]}
    ledger.close()


async def test_a_guest_who_is_known_again_just_as_a_plan_ends_is_known_in_all_photos(
    night: Night, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger was lost; the photo by which they are known is looked at last, while the others' plan is recorded."""
    await night.photos([ANNA], [ANNA], [ANNA])
    ((seed, *others),) = [[one.name for one in person.references] for person in night.roster.people(DEFAULT_EVENT)]
    others = [name for name in ("01.jpg", "02.jpg", "03.jpg") if name != seed]
    ledger = Ledger(tmp_path / "again.sqlite")
    ledger.open()
    again = Night(ledger, night.roster)
    write = ledger.write

    async def late(what: Any, *given: Any, **named: Any) -> Any:
        if what is planning.record:
            monkeypatch.setattr(ledger, "write", write)
            photo = await write(photo_row, seed)
            face = Face(Box(0, 0, 100, 100), 1.0, 100.0, ANNA)
            await again.planner.record_look(PhotoId(photo), Looked(1000, 800, None, ENGINE, [face]))
        return await write(what, *given, **named)

    def make(db: Any) -> None:
        for name in others:
            look(PhotoId(photo_row(db, name)), db, [ANNA])

    ledger.submit(make).result()
    monkeypatch.setattr(ledger, "write", late)
    await plan_again(ledger, again.roster, again.planner, None)
    assert await ledger.read(planning.is_planned, again.roster.revision, again.planner.fingerprint)
    assert again.guests() == {"Guest 01": ["01.jpg", "02.jpg", "03.jpg"]}
    ledger.close()
