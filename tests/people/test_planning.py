"""Planning: what is wanted follows the people known, also when they change while a plan is made."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from agent.ledger import Ledger, faces, meta
from agent.ledger.faces import Face, Looked, StoredFace
from agent.model import DEFAULT_EVENT, Box, EventPhotoId, Person, PhotoId, Reference
from agent.people.deciding import Decider
from agent.people.intents import merge, new_person, rename
from agent.people.plan_again import plan_again
from agent.people.planner import Planner
from agent.people.recognise import Taken, recognise
from agent.roster import Roster
from agent.roster.decisions import Verb
from tests.making import ENGINE, add_person, encoding, look, photo_row, rows
from tests.patience import PATIENCE

FOLDERS = (
    "SELECT ep.name, f.key, p.priority FROM placement p JOIN event_photo ep ON ep.id = p.event_photo"
    " JOIN folder f ON f.id = p.folder WHERE p.wanted = 1 ORDER BY ep.name, f.key"
)


class Desk:
    """A ledger, a roster and a planner between them. Everybody's face is a number."""

    def __init__(self, ledger: Ledger, path: Path) -> None:
        self.ledger = ledger
        self.roster = Roster(path)
        self.planner = Planner(ledger, self.roster, ENGINE, 0.5)

    def photo(self, name: str, *who: int) -> EventPhotoId:
        """A photo in the event with these faces, looked at and not planned."""

        def make(db: Any) -> EventPhotoId:
            photo = photo_row(db, name)
            look(PhotoId(photo), db, [encoding(one) for one in who])
            return photo

        return self.ledger.submit(make).result()

    def person(self, name: str, who: int) -> Person:
        """Enrolled, by the roster and the ledger alone."""
        sha256 = f"{who:064}"
        made = add_person(self.roster, name, DEFAULT_EVENT, name, (Reference(sha256, Box(0, 0, 9, 9), "a.jpg"),))
        self.ledger.submit(faces.record_reference, made.references[0], ENGINE, encoding(who)).result()
        self.planner.forget_known()
        return made

    async def plan(self, favoured: Person | None = None) -> int:
        """Answers how many photos with a plan are the favoured person's now."""
        whose = favoured.id if favoured else None
        with self.planner.counting() as tally:
            await plan_again(self.ledger, self.roster, self.planner, whose)
        return tally.gained(whose)

    def wanted(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for row in rows(self.ledger, FOLDERS):
            found.setdefault(row["name"], []).append(row["key"].removeprefix("event:default/"))
        return found


@pytest.fixture
def desk(ledger: Ledger, tmp_path: Path) -> Desk:
    return Desk(ledger, tmp_path / "roster.json")


def looked(*who: int) -> Looked:
    found = [Face(Box(n * 300, 0, n * 300 + 100, 100), 1.0, 100.0, encoding(one)) for n, one in enumerate(who)]
    return Looked(1000, 800, None, ENGINE, found)


async def test_a_look_and_its_plan_are_one(desk: Desk) -> None:
    mia = desk.person("Mia", 1)
    photo = desk.ledger.submit(photo_row, "a.jpg").result()
    await desk.planner.record_look(PhotoId(photo), looked(1, 2))
    assert desk.wanted() == {"a.jpg": [f"person:{mia.id}/group"]}
    assert [row["person"] for row in rows(desk.ledger, "SELECT person FROM assignment")] == [mia.id]
    await desk.planner.record_look(PhotoId(photo), looked(1))
    assert desk.wanted() == {"a.jpg": [f"person:{mia.id}/solo"]}
    assert len(rows(desk.ledger, "SELECT * FROM face")) == 1, "in place of what was found before"


async def test_who_is_enrolled_gets_the_earlier_photos_before_the_backlog(desk: Desk) -> None:
    for name, who in (("solo.jpg", [1]), ("both.jpg", [1, 2]), ("other.jpg", [2]), ("none.jpg", [])):
        desk.photo(name, *who)
    await desk.plan()
    assert desk.wanted()["solo.jpg"] == ["unknown"]
    mia = desk.person("Mia", 1)
    assert await desk.plan(mia) == 2
    assert desk.wanted() == {
        "both.jpg": [f"person:{mia.id}/group"],
        "none.jpg": ["no_faces"],
        "other.jpg": ["unknown"],
        "solo.jpg": [f"person:{mia.id}/solo"],
    }
    first = {row["name"]: row["priority"] for row in rows(desk.ledger, FOLDERS)}
    assert first == {"both.jpg": 1, "solo.jpg": 1, "none.jpg": 0, "other.jpg": 0}
    assert await desk.ledger.read(meta.planned_revision) == desk.roster.revision


async def test_what_a_decision_changed_is_counted_whoever_planned_it(desk: Desk) -> None:
    """A look that ends between the intent and its plan plans its photo by the new intent."""
    desk.photo("a.jpg", 1)
    second = desk.photo("b.jpg", 1)
    await desk.plan()
    decider = Decider(desk.ledger, desk.roster, desk.planner, lambda: None)
    async with decider.alone() as deciding:
        await desk.planner.plan_photo(PhotoId(second))  # before the intent: not by it
        reference = Reference("1" * 64, Box(0, 0, 9, 9), "a.jpg")
        await desk.ledger.write(faces.record_reference, reference, ENGINE, encoding(1))
        mia, before = await deciding.intend(
            "enroll", lambda draft: (new_person(draft, DEFAULT_EVENT, "Mia", [reference]), "Mia enrolled")
        )
        desk.planner.forget_known()
        await desk.planner.plan_photo(PhotoId(second))
        found = await deciding.follow({DEFAULT_EVENT}, before, mia.id)
    assert (found.gained, found.photos) == (2, 2)


async def test_planned_again_without_a_reason_nothing_changes(desk: Desk) -> None:
    desk.photo("a.jpg", 1)
    await desk.plan()
    mia = desk.person("Mia", 1)
    assert await desk.plan(mia) == 1
    before = rows(desk.ledger, "SELECT * FROM placement")
    assert await desk.plan(mia) == 0
    assert list(map(tuple, rows(desk.ledger, "SELECT * FROM placement"))) == list(map(tuple, before))


async def test_an_events_own_tolerance_goes_before_the_workspaces(desk: Desk) -> None:
    mia = desk.person("Mia", 1)
    event = desk.roster.event("default")
    near = stored(1, encoding(1) + 0.04)  # 0.45 away
    found = recognise([near], await desk.planner.known(event), [], ENGINE)
    assert found.taken[1] == Taken(mia.id, pytest.approx(0.4525, abs=0.01))
    strict = type(event)(event.id, event.name, event.folder, tolerance=0.4)
    desk.planner.forget_known()
    assert recognise([near], await desk.planner.known(strict), [], ENGINE).taken == {}


async def test_a_face_without_encoding_is_nobodys(desk: Desk) -> None:
    desk.person("Mia", 1)
    known = await desk.planner.known(desk.roster.event("default"))
    found = recognise([stored(1, None), stored(2, encoding(1))], known, [], ENGINE)
    assert list(found.taken) == [2]
    assert recognise([], known, [], ENGINE).taken == {}


def stored(number: int, encoded: Any) -> StoredFace:
    """A good face, and where it lies in the photo."""
    return StoredFace(number, Box(number * 300, 0, number * 300 + 100, 100), encoded, ENGINE)


async def test_a_person_whose_encoding_is_lost_takes_nothing_and_harms_nobody(desk: Desk) -> None:
    add_person(desk.roster, "Ana", DEFAULT_EVENT, "Ana", (Reference("f" * 64, Box(0, 0, 9, 9), "a.jpg"),))
    mia = desk.person("Mia", 1)
    desk.photo("a.jpg", 1)
    await desk.plan()
    assert desk.wanted() == {"a.jpg": [f"person:{mia.id}/solo"]}


# ---- people change while a plan is made


async def test_somebody_enrolled_while_a_photo_is_looked_at_is_on_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan was made with the people of before; it is made again before it is written."""
    photo = desk.ledger.submit(photo_row, "a.jpg").result()
    late: list[Person] = []
    known = desk.planner.known

    async def then_mia(event: Any) -> Any:
        found = await known(event)
        if not late:
            late.append(desk.person("Mia", 1))
        return found

    monkeypatch.setattr(desk.planner, "known", then_mia)
    await desk.planner.record_look(PhotoId(photo), looked(1))
    assert desk.wanted() == {"a.jpg": [f"person:{late[0].id}/solo"]}


async def test_people_that_change_in_the_middle_of_planning_anew_are_all_found(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two enrolments, one inside the other's planning: the outer one must not undo the inner one."""
    for number in range(5):
        desk.photo(f"{number}.jpg", 1, 2)
    mia = desk.person("Mia", 1)
    late: list[Person] = []
    of_jon: list[Any] = []
    known = desk.planner.known

    def placements_of_jon() -> list[Any]:
        query = "SELECT p.* FROM placement p JOIN folder f ON f.id = p.folder WHERE f.person = ? ORDER BY p.id"
        return [tuple(row) for row in rows(desk.ledger, query, late[0].id)]

    async def then_another(event: Any) -> Any:
        found = await known(event)
        if not late:
            late.append(desk.person("Jon", 2))
            await desk.plan(late[0])
            of_jon.extend(placements_of_jon())
        return found

    monkeypatch.setattr(desk.planner, "known", then_another)
    await desk.plan(mia)
    assert placements_of_jon() == of_jon, "not for a moment were they taken back"
    keys = sorted(f"person:{person.id}/group" for person in (mia, late[0]))
    assert desk.wanted() == {f"{number}.jpg": keys for number in range(5)}
    assert await desk.ledger.read(meta.planned_revision) == desk.roster.revision, "else it would look behind for ever"


async def test_encodings_read_before_they_changed_are_not_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    mia = add_person(desk.roster, "Mia", DEFAULT_EVENT, "Mia", (Reference("1" * 64, Box(0, 0, 9, 9), "a.jpg"),))
    event = desk.roster.event("default")
    read = faces.reference_encodings
    reading, go_on = threading.Event(), threading.Event()

    def slowly(*arguments: Any) -> Any:
        found = read(*arguments)
        reading.set()
        assert go_on.wait(PATIENCE * 5)
        return found

    monkeypatch.setattr(faces, "reference_encodings", slowly)
    early = asyncio.create_task(desk.planner.known(event))
    assert await asyncio.to_thread(reading.wait, PATIENCE * 5)
    monkeypatch.setattr(faces, "reference_encodings", read)
    await desk.ledger.write(faces.record_reference, mia.references[0], ENGINE, encoding(1))
    desk.planner.forget_known()
    go_on.set()
    assert (await early).owners == []
    again = await desk.planner.known(event)
    assert [again.people[one].id for one in again.owners] == [mia.id]


@pytest.mark.slow
async def test_two_thousand_photos_are_planned_again_while_fresh_ones_get_in_between(desk: Desk) -> None:
    def many(db: Any) -> None:
        for number in range(2000):
            look(PhotoId(photo_row(db, f"{number}.jpg")), db, [encoding(1)])

    desk.ledger.submit(many).result()
    await desk.plan()
    mia = desk.person("Mia", 1)
    planning = asyncio.create_task(desk.plan(mia))
    began = time.monotonic()
    waits: list[float] = []
    while not planning.done():
        at = time.monotonic()
        await desk.ledger.write(meta.put, "fresh", "1")
        waits.append(time.monotonic() - at)
        await asyncio.sleep(0.01)
    assert await planning == 2000
    assert len(waits) > 10 and max(waits) < (time.monotonic() - began) / 2, "nobody waits for all of it"


@pytest.mark.parametrize("part", [1, 2, 2000])
async def test_in_parts_of_whatever_size_all_is_planned(desk: Desk, monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    monkeypatch.setattr("agent.people.plan_again.SLICE", part)
    for number in range(5):
        desk.photo(f"{number}.jpg", number % 2)
    await desk.plan()
    mia = desk.person("Mia", 1)
    assert await desk.plan(mia) == 2
    both = [f"person:{mia.id}/solo"]
    assert [desk.wanted()[f"{number}.jpg"] for number in range(5)] == [
        ["unknown"],
        both,
        ["unknown"],
        both,
        ["unknown"],
    ]


async def test_a_name_changes_folders_and_plans_no_photo(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a million photos it would be said a minute later, as whose each is were found out again."""
    mia, tom = desk.person("Mia", 1), desk.person("Tom", 2)
    desk.photo("mia.jpg", 1)
    desk.photo("both.jpg", 1, 2)
    desk.photo("tom.jpg", 2)
    await desk.plan()
    planned: list[str] = []
    plan = desk.planner.plan
    monkeypatch.setattr(desk.planner, "plan", lambda sight, known: planned.append(sight.name) or plan(sight, known))
    decider = Decider(desk.ledger, desk.roster, desk.planner, lambda: None)

    def called() -> str:
        return rows(desk.ledger, "SELECT name FROM folder WHERE key = ?", f"person:{mia.id}")[0][0]

    async with decider.alone() as deciding:
        _, before = await deciding.intend(Verb.RENAME, lambda draft: rename(draft, mia, "Maya"))
        assert (await deciding.follow({DEFAULT_EVENT}, before)).photos == 2
        assert called() == "Maya"
        undone, redone = await deciding.undo({}, bool), await deciding.redo({}, bool)
        assert undone is not None and redone is not None and (undone[1].photos, redone[1].photos) == (2, 2)
    assert (called(), planned) == ("Maya", [])
    assert await desk.ledger.read(meta.planned_revision) == desk.roster.revision

    async with decider.alone() as deciding:  # one of several that is about more, and all is planned
        _, before = await deciding.intend(Verb.RENAME, lambda draft: rename(draft, tom, "Thomas"))
        await deciding.intend(Verb.MERGE, lambda draft: (merge(draft, tom, mia), "merged"))
        desk.planner.forget_known()
        await deciding.follow({DEFAULT_EVENT}, before)
    assert sorted(planned) == ["both.jpg", "mia.jpg", "tom.jpg"]
    assert desk.wanted()["tom.jpg"] == [f"person:{mia.id}/solo"]
