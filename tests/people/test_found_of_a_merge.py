"""A guest who was found of a merge is nobody once that is taken back, where all of theirs would be another guest's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agent.ledger import Ledger
from agent.ledger.faces import Encoding
from agent.people.intents import merge
from agent.people.taken_back import FoundMeanwhile
from agent.roster import Roster
from agent.roster.decisions import Verb
from tests.making import encoding
from tests.people.test_denied_faces import OTHER_LIGHT, Denied
from tests.people.test_guests import ANNA

SISTER = encoding(7)


def aside(one: Encoding, of: Encoding, distance: float) -> Encoding:
    """A face so far from this one, on the way to another."""
    other = of - np.dot(of, one) * one
    near = 1 - distance**2 / 2
    return np.asarray(near * one + np.sqrt(1 - near**2) * other / np.linalg.norm(other), dtype=np.float32)


LATE = encoding(9)  # the light that the sister is in later on


class Evening(Denied):
    def __init__(self, ledger: Ledger, roster: Roster) -> None:
        super().__init__(ledger, roster)
        self.meanwhile = FoundMeanwhile(ledger, roster, self.planner, 2)

    async def merge(self, name: str, into: str) -> None:
        one, other = self.person(name), self.person(into)
        await self.say(Verb.MERGE, lambda draft: (merge(draft, one, other), "merged"))
        await self.grouper.step()

    async def turn(self, back: bool) -> None:
        """Undo, or redo, as the handlers do it."""
        roster = self.roster
        async with self.decider.alone() as deciding:
            (entry,) = (roster.journal() if back else roster.undone())[-1:]
            besides = await self.meanwhile.as_then(entry)
            await (deciding.undo(besides, bool) if back else deciding.redo(besides, bool))
        await self.grouper.step()


@pytest.fixture
def night(ledger: Ledger, tmp_path: Path) -> Evening:
    return Evening(ledger, Roster(tmp_path / "roster.json"))


@pytest.mark.parametrize("beside", [True, False], ids=["some of theirs are hers", "all are nobody's"])
@pytest.mark.parametrize("merges", [1, 2])
async def test_a_guest_of_a_merge_is_whom_they_would_be_taken_for_once_it_is_undone(
    night: Evening, merges: int, beside: bool
) -> None:
    """They took photos out of the real one's folders: in another light they were nobody's by what was known."""
    near, late = aside(SISTER, LATE, 0.4), aside(SISTER, LATE, OTHER_LIGHT)
    for look in (ANNA, SISTER, encoding(3)):
        await night.photos([look], [look])
    for name in ("Guest 02", "Guest 03")[:merges]:
        await night.merge(name, "Guest 01")
    await night.photos(*([ANNA, near if beside else late] for _ in range(2)), [late], [late], [late])
    assert night.guests()["Guest 04"] == ["07.jpg", "08.jpg", "09.jpg", "10.jpg", "11.jpg"]
    for _ in range(merges):
        await night.turn(back=True)
    before = {
        "Guest 01": ["01.jpg", "02.jpg", "07.jpg", "08.jpg"],
        "Guest 02": ["03.jpg", "04.jpg", "07.jpg", "08.jpg", "09.jpg", "10.jpg", "11.jpg"],
        "Guest 03": ["05.jpg", "06.jpg"],
    }
    assert night.guests() == before
    await night.turn(back=False)
    assert "Guest 02" not in night.guests()
    await night.turn(back=True)
    assert night.guests() == before


async def test_a_guest_who_is_another_one_than_who_is_beside_them_stays(night: Evening) -> None:
    """Enough of theirs are of nobody, whom they stand beside on one of these."""
    late = aside(SISTER, LATE, OTHER_LIGHT)
    for look in (ANNA, SISTER):
        await night.photos([look], [look])
    await night.merge("Guest 02", "Guest 01")
    await night.photos([ANNA, late], [SISTER, late], [late])
    assert night.guests()["Guest 03"] == ["05.jpg", "06.jpg", "07.jpg"]
    await night.turn(back=True)
    assert night.guests() == {
        "Guest 01": ["01.jpg", "02.jpg", "05.jpg"],
        "Guest 02": ["03.jpg", "04.jpg", "06.jpg"],
        "Guest 03": ["05.jpg", "06.jpg", "07.jpg"],
    }
