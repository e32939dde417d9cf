"""Faces that look alike are judged together: who is hard to tell is known by the others; a chance likeness is none."""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent.faces.rule import MANY
from agent.ledger import Ledger, alike, faces, matches, photos
from agent.ledger.faces import Encoding, Face, Looked, from_blob
from agent.ledger.seen import forget_of
from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT, Box, EventId, Person, PhotoId, Reference
from agent.people import plan_again
from agent.people.alike import ENOUGH, GROWN, Alikes
from agent.people.planner import Planner
from agent.roster import Roster
from tests.making import ENGINE, add_person, content, encoding, photo_row, rows

BOX = Box(0, 0, 9, 9)
EVENTS = (DEFAULT_EVENT, EventId("other"))


def beside(middle: Encoding, apart: float, number: int) -> Encoding:
    """A face at that distance from another one, in a direction of its own."""
    return (middle + apart * encoding(1000 + number)).astype(np.float32)


def between(one: Encoding, other: Encoding, apart: float) -> Encoding:
    """On the way from one to the other, at that distance from the first."""
    way = other - one
    return (one + apart * way / np.linalg.norm(way)).astype(np.float32)


class Evening:
    def __init__(self, ledger: Ledger, roster: Roster) -> None:
        self.ledger, self.roster = ledger, roster
        self.planner = Planner(ledger, roster, ENGINE, 0.5)

    def person(self, name: str, looks: Encoding) -> Person:
        made = add_person(self.roster, name, DEFAULT_EVENT, name, (Reference(f"{name:>064}", BOX, "a.jpg"),))
        self.ledger.submit(faces.record_reference, made.references[0], ENGINE, looks).result()
        self.planner.forget_known()
        return made

    async def look(self, name: str, *looks: Encoding, sharpness: float = 100.0) -> None:
        photo = self.ledger.submit(photo_row, name).result()
        found = [
            Face(Box(at * 300, 0, at * 300 + 100, 100), 1.0, sharpness, encoding) for at, encoding in enumerate(looks)
        ]
        await self.planner.record_look(PhotoId(photo), Looked(1000, 800, None, ENGINE, found))

    def named(self) -> dict[str, str]:
        people = {one.id: one.name for one in self.roster.people()}
        found = rows(
            self.ledger,
            "SELECT ep.name, a.person FROM assignment a JOIN face f ON f.id = a.face"
            " JOIN event_photo ep ON ep.photo = f.photo ORDER BY ep.name",
        )
        return {str(row["name"]): people[row["person"]] for row in found}

    def asked(self) -> dict[str, int]:
        return {str(row["name"]): row["faces"] for row in self.ledger.ask(lambda db: matches.open_questions(db, None))}

    def folders(self) -> dict[str, str]:
        query = (
            "SELECT ep.name, f.kind FROM placement p JOIN event_photo ep ON ep.id = p.event_photo"
            " JOIN folder f ON f.id = p.folder WHERE p.wanted = 1"
        )
        return {str(row["name"]): str(row["kind"]) for row in rows(self.ledger, query)}

    def told(self) -> list[str]:
        return [row["text"] for row in rows(self.ledger, "SELECT text FROM activity WHERE kind = 'alike' ORDER BY id")]


@pytest.fixture
def evening(ledger: Ledger, tmp_path: Path) -> Evening:
    return Evening(ledger, Roster(tmp_path / "roster.json"))


MIA = encoding(1)


async def test_who_is_hard_to_tell_alone_is_known_by_the_others_like_her(evening: Evening) -> None:
    """At 0.56 she is asked about; with two sure photos of the same face in the event she is not."""
    evening.person("Mia", MIA)
    far = between(MIA, encoding(2), 0.56)
    await evening.look("far.jpg", far)
    assert (evening.named(), evening.asked()) == ({}, {"far.jpg": 1})
    assert evening.folders() == {"far.jpg": "unknown"}
    await evening.look("1.jpg", between(MIA, encoding(2), 0.25))
    assert evening.named() == {"1.jpg": "Mia", "far.jpg": "Mia"}, "one part 0.56, two parts what both are in the mean"
    assert evening.asked() == {}
    assert evening.folders() == {"1.jpg": "solo", "far.jpg": "solo"}, "filed by it at once, in the same breath"
    assert evening.told() == ["1 photo is of Mia: more faces like these came"]


async def test_a_face_like_theirs_that_comes_amid_a_plan_of_all_keeps_no_photo_from_it(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule of the event is said; before it is followed, they are looked at together with the new one."""
    for number in range(2):
        await evening.look(f"{number}.jpg", beside(MIA, 0.01, number))
    before, loop = evening.roster.revision, asyncio.get_running_loop()
    evening.roster.change_event(DEFAULT_EVENT, partial(replace, all_photos=True))
    differences = plan_again.differences

    def amid(*given: Any) -> plan_again.Difference:
        found = differences(*given)
        if "2.jpg" not in evening.folders():
            asyncio.run_coroutine_threadsafe(evening.look("2.jpg", beside(MIA, 0.01, 2)), loop).result(30)
        return found

    monkeypatch.setattr(plan_again, "differences", amid)
    await plan_again.plan_again(evening.ledger, evening.roster, evening.planner, only={DEFAULT_EVENT}, since=before)
    query = (
        "SELECT ep.name FROM placement p JOIN event_photo ep ON ep.id = p.event_photo JOIN folder f ON f.id = p.folder"
        " WHERE p.wanted = 1 AND f.kind = 'all_photos' ORDER BY ep.name"
    )
    assert [row["name"] for row in rows(evening.ledger, query)] == ["0.jpg", "1.jpg", "2.jpg"]


async def test_a_few_faces_have_room_where_everybody_else_is_far_and_many_need_none(evening: Evening) -> None:
    """0.53 is too far where one reference is known, and not too far where ten others say how far strangers are."""
    evening.person("Mia", MIA)
    near = between(MIA, encoding(2), 0.53)
    for number in range(3):
        await evening.look(f"{number}.jpg", beside(near, 0.01, number))
    assert (evening.named(), list(evening.asked().values())) == ({}, [3])
    for number in range(MANY):
        evening.person(f"Guest {number}", encoding(100 + number))
    await plan_again.plan_again(evening.ledger, evening.roster, evening.planner)
    assert evening.named() == dict.fromkeys(("0.jpg", "1.jpg", "2.jpg"), "Mia")
    for number in (3, 4):
        await evening.look(f"{number}.jpg", beside(near, 0.01, number))
    assert (evening.named(), list(evening.asked().values())) == ({}, [5]), "the middle of five says where they are"


async def test_how_far_a_face_is_told_is_what_any_later_plan_says(evening: Evening) -> None:
    evening.person("Mia", MIA)
    for number in range(7):
        await evening.look(f"{number}.jpg", beside(MIA, 0.1 + 0.05 * number, number))

    def told() -> list[float]:
        return [row["distance"] for row in rows(evening.ledger, "SELECT distance FROM assignment ORDER BY face")]

    before = told()
    for number in range(7):
        await evening.planner.plan_photo(PhotoId(number + 1))
    assert len(before) == 7
    assert told() == before


async def test_a_stranger_who_is_near_by_chance_in_one_photo_is_not_named_once_others_show(evening: Evening) -> None:
    evening.person("Mia", MIA)
    stranger = between(MIA, encoding(2), 0.72)
    await evening.look("chance.jpg", between(MIA, encoding(2), 0.49))
    assert evening.named() == {"chance.jpg": "Mia"}
    await evening.look("1.jpg", stranger)
    await evening.look("2.jpg", beside(stranger, 0.1, 1))
    assert evening.named() == {}
    assert evening.folders() == dict.fromkeys(("1.jpg", "2.jpg", "chance.jpg"), "unknown")
    assert "1 photo is not of Mia: more faces like these came" in evening.told()


async def test_one_question_is_asked_of_a_group_and_each_about_whoever_is_in_none(evening: Evening) -> None:
    evening.person("Mia", MIA)
    near, other = between(MIA, encoding(2), 0.57), between(MIA, encoding(3), 0.58)
    for number in range(4):
        await evening.look(f"{number}.jpg", beside(near, 0.05, number))
    await evening.look("other.jpg", other)
    assert sorted(evening.asked().values()) == [1, 4]
    assert evening.ledger.ask(matches.count_questions) == 2
    nearest = evening.ledger.ask(lambda db: matches.open_questions(db, None))
    (many,) = [row for row in nearest if row["faces"] == 4]
    together = evening.ledger.ask(lambda db: matches.asked_together(db, many["id"]))
    assert together[0].name == many["name"]
    assert sorted(one.name for one in together) == [f"{number}.jpg" for number in range(4)]
    assert evening.ledger.ask(lambda db: matches.asked_together(db, 999)) == []


async def test_a_blurred_face_is_asked_about_with_its_group_and_says_nothing_of_it(evening: Evening) -> None:
    evening.person("Mia", MIA)
    for number in range(3):
        await evening.look(f"{number}.jpg", beside(MIA, 0.1, number))
    await evening.look("blurred.jpg", beside(MIA, 0.4, 9), sharpness=0.1)
    await evening.look("blurred_too.jpg", beside(MIA, 0.4, 10), sharpness=0.1)
    assert set(evening.named()) == {"0.jpg", "1.jpg", "2.jpg"}
    assert list(evening.asked().values()) == [2]
    (row,) = rows(evening.ledger, "SELECT number, faces FROM alike")
    assert tuple(row) == (3, 3)


async def test_two_faces_of_one_photo_are_never_in_one_group(evening: Evening) -> None:
    twin = encoding(4)
    await evening.look("a.jpg", twin, beside(twin, 0.05, 1))
    await evening.look("b.jpg", beside(twin, 0.02, 2), beside(twin, 0.06, 3))
    shared = "SELECT 1 FROM alike_face a JOIN face f ON f.id = a.face GROUP BY a.alike, f.photo HAVING COUNT(*) > 1"
    assert rows(evening.ledger, shared) == []


async def test_who_is_forgotten_is_not_known_by_a_group_either(evening: Evening) -> None:
    looks = [beside(MIA, 0.1, number) for number in range(3)]
    for number, one in enumerate(looks):
        await evening.look(f"{number}.jpg", one)
    first, second, third = [row["id"] for row in rows(evening.ledger, "SELECT id FROM face ORDER BY id")]
    evening.ledger.submit(alike.drop_encodings, [first]).result()
    (row,) = rows(evening.ledger, "SELECT number, faces, middle, spread FROM alike")
    middle = from_blob(row["middle"])
    assert middle is not None and (row["number"], row["faces"]) == (2, 2)
    assert middle == pytest.approx((looks[1] + looks[2]) / 2, abs=1e-6), "of those who are left"
    evening.ledger.submit(alike.drop_encodings, [second, third]).result()
    assert rows(evening.ledger, "SELECT * FROM alike") == []
    await evening.look("again.jpg", looks[0])
    assert [row["number"] for row in rows(evening.ledger, "SELECT number FROM alike")] == [1]


async def test_where_there_are_more_groups_than_are_kept_faces_stay_as_they_are(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening.person("Mia", MIA)
    monkeypatch.setattr("agent.people.alike.MOST", 3)
    for number in range(9):
        await evening.look(f"{number}.jpg", encoding(100 + number))
    assert len(rows(evening.ledger, "SELECT 1 FROM alike")) == 4
    await evening.look("mia.jpg", beside(MIA, 0.3, 1))
    assert evening.named() == {"mia.jpg": "Mia"}


async def test_what_was_found_before_there_were_groups_comes_to_the_same(evening: Evening, tmp_path: Path) -> None:
    """A ledger of an earlier program: all is put into groups before it is planned by them."""
    evening.person("Mia", MIA)
    for number in range(12):
        apart = (0.25, 0.56, 0.3, 0.45)[number % 4]
        await evening.look(f"{number:02}.jpg", beside(between(MIA, encoding(2), apart), 0.05, number))
    before, asked, folders = evening.named(), evening.asked(), evening.folders()
    assert len(before) == 12

    def undo(db: Db) -> None:
        db.execute("DELETE FROM alike_face")
        db.execute("DELETE FROM assignment WHERE face % 2")
        db.execute("INSERT INTO meta VALUES (?, '1')", (alike.DUE,))

    evening.ledger.submit(undo).result()
    planner = Planner(evening.ledger, evening.roster, ENGINE, 0.5)
    await plan_again.plan_again(evening.ledger, evening.roster, planner)
    assert (evening.named(), evening.asked(), evening.folders()) == (before, asked, folders)
    assert rows(evening.ledger, "SELECT 1 FROM meta WHERE key = ?", alike.DUE) == []


async def test_a_plan_by_a_group_as_it_was_is_not_written_over_a_newer_one(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A photo that comes while all is planned again tells more of the others': that plan stays."""
    evening.person("Mia", MIA)
    await evening.look("far.jpg", between(MIA, encoding(2), 0.56))
    seen = matches.planned_by
    came: list[str] = []

    def then_another(db: Db, among: list[int]) -> object:
        if not came:
            came.append("")
            photo = photo_row(db, "1.jpg")
            face = Face(Box(0, 0, 100, 100), 1.0, 100.0, between(MIA, encoding(2), 0.25))
            faces.record_look(db, PhotoId(photo), Looked(1000, 800, None, ENGINE, [face]), 0.0)
            known = {one.id: evening.planner._knower._known[one.id] for one in evening.roster.events()}
            evening.planner._write_photo(db, PhotoId(photo), None, known, 0.0, may_remove=True)
        return seen(db, among)

    evening.ledger.submit(lambda db: db.execute("DELETE FROM review")).result()
    monkeypatch.setattr(matches, "planned_by", then_another)
    await plan_again.plan_again(evening.ledger, evening.roster, evening.planner)
    assert came
    assert evening.named() == {"1.jpg": "Mia", "far.jpg": "Mia"}


# ---- whatever is done to the rows


def middle_of(db: Db, group: int) -> list[Encoding]:
    found = db.column(alike.COUNTED, (group,))
    return [one for row in found if (one := from_blob(row)) is not None]


def check(db: Db) -> None:
    wrong = db.column(
        "SELECT id FROM alike WHERE number <> (SELECT COUNT(*) FROM alike_face a WHERE a.alike = alike.id AND counts)"
        " OR number < 1"
    )
    assert wrong == [], "as many as are in it"
    twice = "SELECT 1 FROM alike_face a JOIN face f ON f.id = a.face GROUP BY a.alike, f.photo HAVING COUNT(*) > 1"
    assert db.column(twice) == []
    for row in db.execute("SELECT * FROM alike WHERE number = faces AND faces > 1").fetchall():
        looks = np.stack(middle_of(db, row["id"])).astype(float)
        middle = from_blob(row["middle"])
        assert middle is not None
        if np.abs(looks.mean(axis=0) - middle).max() < 1e-5:
            assert ((looks - middle) ** 2).sum(axis=1).mean() == pytest.approx(row["spread"], abs=1e-5)
    for row in db.execute("SELECT number, faces FROM alike").fetchall():
        assert row["faces"] >= ENOUGH or row["number"] < GROWN * row["faces"], "looked at again once it has grown"


class Undone(Exception):
    """Raised at the end of a change, which is taken back by that."""


class ByChance:
    """Two events, in which photos come and go, some of them undone as they come."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.alikes = Alikes()
        self.number = 0

    def arrive(self, db: Db) -> None:
        self.number += 1
        dice = self.dice
        photo = photos.record_photo(db, content(f"{self.number}".encode()))
        looks = [beside(encoding(dice.randrange(5)), dice.uniform(0.05, 0.45), dice.randrange(10_000)) for _ in "ab"]
        found = [
            Face(Box(at * 300, 0, at * 300 + 100, 100), 1.0, dice.choice([100.0, 100.0, 0.1]), one)
            for at, one in enumerate(looks)
        ]
        for event in EVENTS:
            photos.record_in_event(db, event, photo, f"{self.number}.jpg", 0.0)
        faces.record_look(db, photo, Looked(1000, 800, None, ENGINE, found), 0.0)
        for sight in matches.planned_of_content(db, photo):
            db.execute("SAVEPOINT read_again")
            Alikes().put(db, sight.event, photo, sight.faces, ENGINE)
            read_again = db.pairs("SELECT face, alike FROM alike_face WHERE event = ?", (sight.event,))
            db.execute("ROLLBACK TO read_again")
            self.alikes.put(db, sight.event, photo, sight.faces, ENGINE)
            kept = db.pairs("SELECT face, alike FROM alike_face WHERE event = ?", (sight.event,))
            assert kept == read_again, "what is kept in memory is what the ledger has"

    def undone(self, db: Db) -> None:
        self.arrive(db)
        raise Undone

    def goes(self, db: Db) -> None:
        one = PhotoId(self.dice.choice(db.column("SELECT id FROM photo ORDER BY id")))
        match self.dice.randrange(4):
            case 0:
                db.execute("DELETE FROM face WHERE photo = ?", (one,))
            case 1:
                faces.record_look(db, one, Looked(1000, 800, None, ENGINE, []), 0.0)
            case 2:
                alike.drop_encodings(db, db.column("SELECT id FROM face WHERE photo = ?", (one,)))
            case _:
                place = "SELECT id FROM event_photo WHERE photo = ? AND event = ?"
                forget_of(db, db.value(place, (one, EVENTS[1])))


@pytest.mark.parametrize("seed", range(6))
async def test_groups_are_what_their_faces_are_whatever_happens(ledger: Ledger, seed: int) -> None:
    evening = ByChance(seed)
    await ledger.write(evening.arrive)
    for _ in range(60):
        chosen = evening.dice.choices([evening.arrive, evening.undone, evening.goes], [8, 1, 2])[0]
        with contextlib.suppress(Undone):
            await ledger.write(chosen)
        await ledger.write(check)
    for event in EVENTS:
        assert rows(ledger, "SELECT 1 FROM alike WHERE event = ?", event), "not all went"
    await ledger.write(alike.forget_event, EVENTS[0])
    assert rows(ledger, "SELECT 1 FROM alike WHERE event = ?", EVENTS[0]) == []
    assert rows(ledger, "SELECT 1 FROM alike WHERE event = ?", EVENTS[1])
