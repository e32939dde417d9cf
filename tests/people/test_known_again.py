"""Who was forgotten, is never to be known again and is blurred: so also on what comes later, whatever comes between."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from agent.jobs.retention import let_go
from agent.ledger import Ledger, faces
from agent.ledger.faces import Face, Looked
from agent.model import DEFAULT_EVENT, Box, Event, EventId, Person, PersonId, PhotoId
from agent.people.intents import FaceAt, confirm, deny, empty
from agent.people.known_faces import look_text
from agent.people.plan_again import is_planned
from agent.people.planner import Planner
from agent.roster import Roster
from agent.roster.decisions import Verb
from agent.roster.forgetting import Forgetting
from tests.making import ENGINE, add_person, encoding, photo_row, rows
from tests.people.test_guests import ANNA, Night, like
from tests.people.test_planning import Desk, looked

HER, HIM, OTHER = 1, 2, 3
FILED = (
    "SELECT ep.name, p.filed_as FROM placement p JOIN event_photo ep ON ep.id = p.event_photo"
    " WHERE p.wanted = 1 ORDER BY ep.name"
)


class Evening(Desk):
    """She was known, and is forgotten."""

    def forget(self, who: int = HER, *, blur: bool = True) -> Forgetting:
        person = self.roster.named("Mia", DEFAULT_EVENT) or self.person("Mia", who)
        look = look_text(ENGINE, [encoding(who)])
        instead = Person(PersonId("p-x"), DEFAULT_EVENT, "", "", guest=True, ignored=True, look=look, blur=blur)
        return self.roster.forget(person, [], instead, blur=blur)

    async def look(self, name: str, *who: int) -> PhotoId:
        photo = PhotoId(self.ledger.submit(photo_row, name).result())
        await self.planner.record_look(photo, looked(*who))
        return photo

    def blurred(self) -> dict[str, bool]:
        return {row["name"]: "~" in row["filed_as"] for row in rows(self.ledger, FILED)}

    def kept(self, photo: PhotoId) -> list[bool]:
        """Of each face on it whether its encoding is kept."""
        found = rows(self.ledger, "SELECT encoding FROM face WHERE photo = ? ORDER BY id", photo)
        return [row["encoding"] is not None for row in found]

    def sha256(self, photo: PhotoId) -> str:
        return str(rows(self.ledger, "SELECT sha256 FROM photo WHERE id = ?", photo)[0]["sha256"])

    def boxes(self, photo: PhotoId) -> list[Box]:
        """Of faces that are blurred, as the file on disk says."""
        return Roster(self.roster.path).blurred_faces(DEFAULT_EVENT, self.sha256(photo))


@pytest.fixture
def evening(ledger: Ledger, tmp_path: Path) -> Evening:
    return Evening(ledger, tmp_path / "roster.json")


async def test_on_a_photo_that_comes_later_she_is_blurred_by_its_first_plan_and_no_other_plan_is_behind(
    evening: Evening,
) -> None:
    evening.forget()
    await evening.plan()
    before = evening.roster.revision
    photo = await evening.look("a.jpg", HER, HIM)
    assert (evening.blurred(), evening.kept(photo)) == ({"a.jpg": True}, [False, True])
    assert evening.boxes(photo) == [Box(0, 0, 100, 100)]
    assert evening.roster.revision == before
    assert await evening.ledger.read(is_planned, before, evening.planner.fingerprint)
    await evening.look("b.jpg", HIM)
    assert evening.blurred() == {"a.jpg": True, "b.jpg": False}


@pytest.mark.parametrize("older", [False, True], ids=["stay", "an older list"])
async def test_where_nobody_said_blur_only_encodings_go(evening: Evening, older: bool) -> None:
    evening.forget(blur=older)
    if older:
        tables = json.loads(evening.roster.path.read_text())
        for row in tables["people"].values():
            del row["blur"]
        evening.roster.path.write_text(json.dumps(tables))
        evening = Evening(evening.ledger, evening.roster.path)
    photo = await evening.look("a.jpg", HER)
    assert (evening.blurred(), evening.kept(photo), evening.boxes(photo)) == ({"a.jpg": False}, [False], [])


async def test_killed_between_the_roster_s_word_and_the_plan_it_is_done_by_the_next(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening.forget()
    await evening.plan()

    def killed(self: Roster, *given: Any) -> None:
        said(self, *given)
        raise RuntimeError

    said = Roster.blur_faces
    with monkeypatch.context() as patch:
        patch.setattr(Roster, "blur_faces", killed)
        with pytest.raises(RuntimeError):
            await evening.look("a.jpg", HER)
    assert rows(evening.ledger, "SELECT 1 FROM placement") == rows(evening.ledger, "SELECT 1 FROM face") == []
    after = Evening(evening.ledger, evening.roster.path)
    photo = PhotoId(rows(evening.ledger, "SELECT id FROM photo")[0]["id"])
    await after.planner.record_look(photo, looked(HER))
    assert (after.blurred(), after.kept(photo)) == ({"a.jpg": True}, [False])


async def test_a_second_look_that_finds_her_and_another_engine_that_does_not_know_her(evening: Evening) -> None:
    evening.forget()
    photo = await evening.look("a.jpg", HIM)
    found = [Face(Box(500, 0, 600, 100), 1.0, 100.0, encoding(HER))]

    def again(db: Any, _: float, engine: str = ENGINE) -> None:
        faces.record_again(db, photo, Looked(1000, 800, None, engine, found), second=True)

    assert evening.blurred() == {"a.jpg": False}
    await evening.planner.after(photo, again, may_remove=True)
    assert evening.blurred() == {"a.jpg": True}
    found = [replace(found[0], box=Box(505, 5, 610, 105), encoding=encoding(OTHER))]
    evening.planner = Planner(evening.ledger, evening.roster, "another", 0.5)
    await evening.planner.after(photo, partial(again, engine="another"), may_remove=True)
    assert evening.blurred() == {"a.jpg": True}
    assert evening.boxes(photo) == [Box(500, 0, 600, 100)]


async def test_earlier_photos_that_are_matched_anew_withdrawn_and_moved_ones_with_them(evening: Evening) -> None:
    party = EventId("party")
    evening.roster.add_event(Event(party, "Party", "Events/Party"))
    photos = [await evening.look(name, HER, HIM) for name in ("a.jpg", "moved.jpg", "out.jpg")]
    _, moved, out = map(evening.sha256, photos)
    evening.roster.intend(
        Verb.MOVE,
        lambda draft: (
            (
                draft.decide_photo(DEFAULT_EVENT, moved, "", lambda was: replace(was, moved_to=party)),
                draft.decide_photo(DEFAULT_EVENT, out, "", lambda was: replace(was, withdrawn=True)),
            )
            and (None, "")
        ),
    )
    await evening.plan()
    assert evening.blurred() == {"a.jpg": False, "moved.jpg": False}
    evening.forget()
    await evening.plan()
    assert evening.blurred() == {"a.jpg": True, "moved.jpg": True}
    assert [evening.boxes(one) for one in photos] == [[Box(0, 0, 100, 100)]] * 3
    assert [evening.kept(one) for one in photos] == [[False, True]] * 3
    assert await evening.ledger.read(is_planned, evening.roster.revision, evening.planner.fingerprint)


async def test_no_undo_shows_her_again_and_her_name_on_that_face_does(evening: Evening) -> None:
    jonas = evening.person("Jonas", HIM)
    photo = await evening.look("a.jpg", HER, HIM)
    sha256 = evening.sha256(photo)
    hers, his = (FaceAt(sha256, Box(left, 0, left + 100, 100), "a.jpg") for left in (0, 300))
    evening.roster.intend(Verb.NOT, lambda draft: deny(draft, jonas, [hers, his]))
    evening.forget()
    await evening.plan()
    assert evening.boxes(photo) == [hers.box]
    while evening.roster.undo():
        assert evening.boxes(photo) == [hers.box]
    assert evening.roster.redo({}) is not None, "of the other face it is done again"
    assert evening.boxes(photo) == [hers.box]
    assert [one.no for one in evening.roster.face_decisions(DEFAULT_EVENT, sha256)] == [(), (jonas.id,)]

    mia = add_person(evening.roster, "Mia", DEFAULT_EVENT, "Mia", ())
    evening.roster.intend(Verb.REVIEW, lambda draft: confirm(draft, mia, [hers], learn=False))
    await evening.plan()
    assert evening.blurred() == {"a.jpg": False}
    assert evening.roster.undo()
    assert evening.boxes(photo) == [hers.box], "that it was named is taken back"
    assert evening.roster.redo({})
    evening.roster.intend(
        Verb.RETENTION,
        lambda draft: (
            None,
            str(draft.decide_face(DEFAULT_EVENT, empty(hers), partial(let_go, draft, mia.id, False))),
        ),
        undoable=False,
    )
    assert evening.boxes(photo) == [], "its encoding may go, and she is shown"


async def test_of_whom_it_was_said_that_it_is_not_she_is_shown_for_good(evening: Evening) -> None:
    mia = evening.person("Mia", HER)
    photos = [await evening.look(name, HER) for name in ("not.jpg", "hers.jpg")]
    face = FaceAt(evening.sha256(photos[0]), Box(0, 0, 100, 100), "not.jpg")
    evening.roster.intend(Verb.NOT, lambda draft: deny(draft, mia, [face]))
    evening.forget()
    for _ in range(2):
        await evening.plan()
        assert evening.blurred() == {"not.jpg": False, "hers.jpg": True}
        assert [evening.kept(one) for one in photos] == [[True], [False]]
        evening = Evening(evening.ledger, evening.roster.path)
    await evening.look("later.jpg", HER)
    assert evening.blurred() == {"not.jpg": False, "hers.jpg": True, "later.jpg": True}


async def test_twice_on_one_photo_and_twice_at_one_place_she_is_blurred_once_each(evening: Evening) -> None:
    evening.forget()
    there = [Box(0, 0, 100, 100), Box(0, 0, 100, 100), Box(400, 0, 500, 100)]
    photo = PhotoId(evening.ledger.submit(photo_row, "a.jpg").result())
    found = [Face(box, 1.0, 100.0, encoding(HER)) for box in there]
    await evening.planner.record_look(photo, Looked(1000, 800, None, ENGINE, found))
    await evening.plan()
    assert evening.boxes(photo) == [there[0], there[2]]
    assert evening.kept(photo) == [False] * 3


@pytest.mark.parametrize(("apart", "hers"), [(0.52, True), (0.55, False)])
async def test_a_group_of_strangers_is_hers_and_blurred_by_the_rule_by_which_its_encodings_go(
    ledger: Ledger, tmp_path: Path, apart: float, hers: bool
) -> None:
    night = Night(ledger, Roster(tmp_path / "roster.json"))
    look = look_text(ENGINE, [ANNA])
    her = Person(PersonId("p-x"), DEFAULT_EVENT, "", "", guest=True, ignored=True, look=look, blur=True)
    night.roster.intend(Verb.IGNORE, lambda draft: (draft.put(her), ""))
    await night.photos([like(ANNA, apart)], [like(ANNA, apart)])
    assert [*night.guests()] == ([] if hers else ["Guest 01"])
    assert {"~" in row["filed_as"] for row in rows(ledger, FILED)} == {hers}
    assert {row[0] is None for row in rows(ledger, "SELECT encoding FROM face")} == {hers}


async def test_a_video_stays_and_is_named_until_it_is_taken_out(evening: Evening) -> None:
    evening.forget()
    await evening.plan()
    photo = PhotoId(evening.ledger.submit(photo_row, "v.mp4").result())
    evening.ledger.submit(lambda db: db.execute("UPDATE photo SET kind = 'video'")).result()
    await evening.planner.record_look(photo, looked(HER))
    assert (evening.blurred(), evening.boxes(photo), evening.kept(photo)) == ({"v.mp4": False}, [], [False])
    told = "SELECT title, severity FROM trouble WHERE state = 'open'"
    assert [tuple(row) for row in rows(evening.ledger, told)] == [
        ("A video shows somebody who was forgotten", "warning")
    ]
    evening.roster.intend(
        Verb.WITHDRAW,
        lambda draft: (
            draft.decide_photo(DEFAULT_EVENT, evening.sha256(photo), "", lambda was: replace(was, withdrawn=True)),
            "",
        ),
    )
    await evening.plan()
    assert rows(evening.ledger, told) == []
