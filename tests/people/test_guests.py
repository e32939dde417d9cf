"""Who is in enough photos becomes a guest; who only looks like one becomes another guest."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent.ledger import Ledger
from agent.ledger.faces import Encoding
from agent.model import DEFAULT_EVENT, PhotoId
from agent.people.deciding import Decider
from agent.people.guests import Grouper
from agent.people.plan_again import plan_again
from agent.people.planner import Planner
from agent.roster import Roster
from tests.making import ENGINE, encoding, look, photo_row, rows

ON = (
    "SELECT ep.name, a.person FROM assignment a JOIN face f ON f.id = a.face"
    " JOIN event_photo ep ON ep.photo = f.photo ORDER BY ep.name"
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

    def __init__(self, ledger: Ledger, path: Path) -> None:
        self.ledger = ledger
        self.roster = Roster(path)
        self.planner = Planner(ledger, self.roster, ENGINE, 0.5)
        decider = Decider(ledger, self.roster, self.planner, lambda: None)
        self.grouper = Grouper(ledger, self.roster, self.planner, decider, 2)
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
    return Night(ledger, tmp_path / "roster.json")


async def test_more_of_the_same_are_hers_though_the_light_was_another(night: Night) -> None:
    await night.photos([ANNA], [ANNA])
    await night.photos([like(ANNA, 0.52)], [like(ANNA, 0.52)])
    assert night.guests() == {"Guest 01": ["01.jpg", "02.jpg", "03.jpg", "04.jpg"]}


async def test_two_who_look_alike_are_two_guests(night: Night) -> None:
    """Two real people among the labelled ones are as near as that."""
    await night.photos([ANNA], [ANNA])
    await night.photos([like(ANNA, 0.55)], [like(ANNA, 0.55)])
    assert night.guests() == {"Guest 01": ["01.jpg", "02.jpg"], "Guest 02": ["03.jpg", "04.jpg"]}


async def test_who_stands_beside_a_guest_is_another_one(night: Night) -> None:
    sister = like(ANNA, 0.52)
    await night.photos([ANNA], [ANNA])
    await night.photos([ANNA, sister], [sister])
    assert night.guests() == {"Guest 01": ["01.jpg", "02.jpg", "03.jpg"], "Guest 02": ["03.jpg", "04.jpg"]}
