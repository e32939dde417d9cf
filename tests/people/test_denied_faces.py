"""A face of which somebody said that it is not a person's is nothing that they are known by, whatever comes later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.ledger import Ledger
from agent.ledger.faces import Face, Looked
from agent.model import DEFAULT_EVENT, Box, Person, PhotoId, Reference
from agent.people.faces import faces_on_photos
from agent.people.intents import FaceAt, confirm, deny, enroll, merge
from agent.people.plan_again import plan_again
from agent.roster import Roster
from agent.roster.decisions import Draft, Verb
from tests.making import ENGINE, photo_row
from tests.people.test_guests import ANNA, Night, like

OTHER_LIGHT = 0.52  # from her: more of the same, to whoever was told nothing else


class Denied(Night):
    """Guests, and what is said of them."""

    def person(self, name: str) -> Person:
        found = self.roster.named(name, DEFAULT_EVENT)
        assert found is not None, name
        return found

    def faces(self, name: str, *photos: int) -> list[FaceAt]:
        return self.ledger.ask(lambda db: faces_on_photos(db, self.person(name), photos))

    async def say(self, verb: Verb, change: Callable[[Draft], tuple[Any, str]]) -> None:
        async with self.decider.alone() as deciding:
            _, before = await deciding.intend(verb, change)
            self.planner.forget_known()
            await deciding.follow({DEFAULT_EVENT}, before)

    async def deny(self, name: str, *photos: int) -> list[FaceAt]:
        found = self.faces(name, *photos)
        await self.say(Verb.NOT, lambda draft: deny(draft, self.person(name), found))
        return found

    def known_by(self, name: str) -> set[str]:
        """Names of the photos."""
        return {one.name for one in self.person(name).references}


@pytest.fixture
def night(ledger: Ledger, tmp_path: Path) -> Denied:
    return Denied(ledger, Roster(tmp_path / "roster.json"))


async def test_a_group_of_what_was_denied_of_a_guest_is_another_guest(night: Denied) -> None:
    """They were known by these faces again as soon as these were put into a group, and had all that looks so."""
    await night.photos([ANNA], [ANNA])
    await night.photos([like(ANNA, OTHER_LIGHT)], [like(ANNA, OTHER_LIGHT)])
    assert night.guests() == {"Guest 01": ["01.jpg", "02.jpg", "03.jpg", "04.jpg"]}
    await night.deny("Guest 01", 3, 4)
    await night.grouper.step()
    await night.photos([like(ANNA, OTHER_LIGHT)])
    assert night.known_by("Guest 01") == {"01.jpg", "02.jpg"}
    assert night.guests() == {"Guest 01": ["01.jpg", "02.jpg"], "Guest 02": ["03.jpg", "04.jpg", "05.jpg"]}


async def test_so_it_is_once_the_ledger_was_lost(night: Denied, tmp_path: Path) -> None:
    """All is looked at anew; the list of people says what was denied."""
    looks = [ANNA, ANNA, like(ANNA, OTHER_LIGHT), like(ANNA, OTHER_LIGHT)]
    await night.photos(*([one] for one in looks[:2]))
    await night.photos(*([one] for one in looks[2:]))
    await night.deny("Guest 01", 3, 4)
    ledger = Ledger(tmp_path / "again.sqlite")
    ledger.open()
    again = Denied(ledger, night.roster)
    for number, look in enumerate(looks, 1):
        photo = await ledger.write(photo_row, f"{number:02}.jpg")
        face = Face(Box(2, 2, 101, 101), 1.0, 100.0, look)  # a little aside of where it was found before
        await again.planner.record_look(PhotoId(photo), Looked(1000, 800, None, ENGINE, [face]))
    await plan_again(ledger, again.roster, again.planner)
    await again.grouper.step()
    assert again.known_by("Guest 01") == {"01.jpg", "02.jpg"}
    assert again.guests() == {"Guest 01": ["01.jpg", "02.jpg"], "Guest 02": ["03.jpg", "04.jpg"]}
    ledger.close()


async def test_what_looks_like_it_and_came_before_it_is_theirs_no_more_once_the_ledger_was_lost(
    night: Denied, tmp_path: Path
) -> None:
    """It stayed in their folder until somebody decided something: the no was heeded of what came after that photo."""
    looks = [ANNA, ANNA, like(ANNA, 0.475), like(like(ANNA, 0.475), 0.05)]
    await night.photos(*([one] for one in looks[:2]))
    await night.photos(*([one] for one in looks[2:]))
    await night.deny("Guest 01", 3)
    before = night.guests()
    assert before == {"Guest 01": ["01.jpg", "02.jpg"]}
    ledger = Ledger(tmp_path / "again.sqlite")
    ledger.open()
    again = Denied(ledger, night.roster)
    await plan_again(ledger, again.roster, again.planner)  # as it starts
    for number in (1, 2, 4, 3):
        photo = await ledger.write(photo_row, f"{number:02}.jpg")
        face = Face(Box(2, 2, 101, 101), 1.0, 100.0, looks[number - 1])
        await again.planner.record_look(PhotoId(photo), Looked(1000, 800, None, ENGINE, [face]))
    if not await again.decider.is_planned():  # as it catches up
        await plan_again(ledger, again.roster, again.planner)
    assert again.guests() == before
    ledger.close()


async def test_nobody_is_known_by_what_was_denied_of_them_after_a_merge(night: Denied) -> None:
    await night.photos([ANNA], [ANNA])
    await night.photos([like(ANNA, OTHER_LIGHT)], [like(ANNA, OTHER_LIGHT)])
    await night.deny("Guest 01", 3, 4)
    await night.grouper.step()
    guest, other = night.person("Guest 01"), night.person("Guest 02")
    await night.say(Verb.MERGE, lambda draft: (merge(draft, other, guest), "merged"))
    assert night.known_by("Guest 01") == {"01.jpg", "02.jpg"}
    await night.grouper.step()
    assert night.known_by("Guest 01") == {"01.jpg", "02.jpg"}
    night.roster.undo()
    assert (night.known_by("Guest 01"), night.known_by("Guest 02")) == ({"01.jpg", "02.jpg"}, {"03.jpg", "04.jpg"})


async def test_a_face_that_another_look_found_a_little_aside_is_the_one_that_was_denied(night: Denied) -> None:
    """As after a lost ledger, by another engine."""
    await night.photos([ANNA], [ANNA], [like(ANNA, 0.3)])
    guest = night.person("Guest 01")
    aside = [replace(one, box=Box(4, 3, 103, 101)) for one in guest.references]
    night.roster._change(lambda: night.roster._store([replace(guest, references=tuple(aside))]))
    await night.deny("Guest 01", 1)
    assert night.known_by("Guest 01") == {one.name for one in aside} - {"01.jpg"}


async def test_a_yes_after_the_no_counts(night: Denied) -> None:
    await night.photos([ANNA], [ANNA], [like(ANNA, 0.3)])
    (found,) = await night.deny("Guest 01", 3)
    await night.say(Verb.REVIEW, lambda draft: confirm(draft, night.person("Guest 01"), [found], learn=True))
    assert "03.jpg" in night.known_by("Guest 01")
    assert night.guests() == {"Guest 01": ["01.jpg", "02.jpg", "03.jpg"]}


async def test_who_is_enrolled_by_what_was_denied_of_them_is_on_it_after_all(night: Denied) -> None:
    """The last word counts: they were known by it, and it lay elsewhere."""
    await night.photos([ANNA], [ANNA], [like(ANNA, 0.3)])
    (found,) = await night.deny("Guest 01", 3)
    given = [Reference(found.sha256, found.box, found.name)]
    await night.say(Verb.ENROLL, lambda draft: enroll(draft, DEFAULT_EVENT, "Guest 01", given, []))
    assert "03.jpg" in night.known_by("Guest 01")
    assert night.guests() == {"Guest 01": ["01.jpg", "02.jpg", "03.jpg"]}
    night.roster.undo()
    assert "03.jpg" not in night.known_by("Guest 01")
