"""RAW and JPEG of one shot are one photo: whoever is on it is there once, whenever each of the two was looked at."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from agent.faces.results import Depth, Fault, FoundFace, LookError, Seen
from agent.intake.folders import WatchedFolder
from agent.ledger import Ledger, counts, faces, held, moved_photos, photos, sightings, superseded, twins, unknown_faces
from agent.ledger.faces import Face, Looked
from agent.ledger.sightings import FileFacts, Sighting
from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT, Box, Event, EventId, PhotoId
from agent.people.plan_again import plan_event
from agent.people.planner import Planner
from agent.pipeline import Pipeline
from agent.roster import Roster
from agent.roster.decisions import Draft, Verb
from agent.steps import take_in
from tests.faces.raws import nef
from tests.making import ENGINE, content, encoding, look, of, rows
from tests.patience import within

PARTY = EventId("party")
PLACED = (
    "SELECT ep.name, f.kind FROM placement p JOIN event_photo ep ON ep.id = p.event_photo"
    " JOIN folder f ON f.id = p.folder WHERE p.wanted = 1 ORDER BY ep.name"
)


class Looks:
    """One face, the same on each. While the RAW is looked at for it, its JPEG comes, and is planned."""

    at_once = 2

    def __init__(self, ledger: Ledger, folder: WatchedFolder, fault: Fault | None) -> None:
        self.ledger, self.folder, self.fault = ledger, folder, fault
        planner = Planner(ledger, Roster(folder.path.parent / "roster.json"), ENGINE, 0.5)
        looks: Any = self
        root = folder.path.parent
        self.pipeline = Pipeline(ledger, planner, looks, looks, root=root, thumbnails=root)

    def placed(self) -> dict[str, str]:
        return {row["name"]: row["kind"] for row in rows(self.ledger, PLACED)}

    async def look(self, path: Path, sha256: str, depth: Depth = Depth.WHOLE) -> Seen:
        if path.suffix == ".NEF" and depth is not Depth.NONE:
            jpeg = path.with_suffix(".JPG")
            Image.new("RGB", (64, 48)).save(jpeg)
            await self.pipeline.settled(self.folder, jpeg, 0.0)
            while "DSC_1.JPG" not in self.placed():
                await asyncio.sleep(0.01)
            if self.fault is not None:
                raise LookError(self.fault, "it cannot be looked at", "Nothing to do")
        face = FoundFace((0, 0, 100, 100), 1.0, 100.0, encoding(1))
        return Seen(sha256, 1000, 800, "image/jpeg", None, None, (face,), b"", {})


@pytest.mark.parametrize("fault", [None, Fault.COSTLY], ids=["seen", "no picture to look at"])
async def test_a_raw_file_that_is_being_looked_at_when_its_jpeg_comes_goes_along(
    ledger: Ledger, tmp_path: Path, fault: Fault | None
) -> None:
    """Its faces were there beside the JPEG's, and it was in no folder before the next start."""
    folder = WatchedFolder(DEFAULT_EVENT, tmp_path / "Incoming")
    folder.path.mkdir()
    raw = folder.path / "DSC_1.NEF"
    raw.write_bytes(nef(Image.new("RGB", (640, 480))))
    looks = Looks(ledger, folder, fault)
    running = asyncio.create_task(looks.pipeline.run())
    async with within(20):
        await looks.pipeline.settled(folder, raw, 0.0)
        while looks.placed() != {"DSC_1.JPG": "unknown", "DSC_1.NEF": "unknown"}:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    found = rows(ledger, "SELECT ep.name FROM face f JOIN event_photo ep ON ep.photo = f.photo")
    assert [row["name"] for row in found] == ["DSC_1.JPG"]
    assert rows(ledger, "SELECT title FROM trouble") == []


def test_a_raw_file_that_was_a_photo_of_its_own_goes_along_once_its_jpeg_is_moved_there(ledger: Ledger) -> None:
    """It was looked at alone in that event, and is looked at again should the JPEG leave."""

    def moved(db: Db) -> None:
        picture = BytesIO()
        Image.new("RGB", (64, 48)).save(picture, "JPEG")
        jpeg = photos.record_photo(db, content(picture.getvalue()))
        raw = photos.record_photo(db, replace(content(b"raw"), mime="image/x-nikon-nef"))
        photos.record_in_event(db, PARTY, raw, "DSC_1.NEF", 1.0)
        look(raw, db, [encoding(1)])
        unknown_faces.record_unknown(db, PARTY, raw, db.column("SELECT id FROM face"))
        photos.record_in_event(db, DEFAULT_EVENT, jpeg, "DSC_1.JPG", 1.0)
        photos.record_in_event(db, DEFAULT_EVENT, raw, "DSC_1.NEF", 1.0)
        twins.join(db, of(db, raw), of(db, jpeg))
        assert len(db.column("SELECT face FROM stranger")) == 1, "it is a photo of its own in the other event"
        look(jpeg, db, [encoding(1)])
        for _ in range(2):  # each time that it is planned
            moved_photos.move_in(db, PARTY, jpeg, "DSC_1.JPG", DEFAULT_EVENT, 1.0)
            moved_photos.join_twins(db, PARTY, of(db, jpeg), [of(db, raw)], DEFAULT_EVENT, 1.0)
        assert db.column("SELECT face FROM stranger") == []
        late = Looked(900, 600, None, ENGINE, [Face(Box(0, 0, 9, 9), 1.0, 99.0, encoding(3))])
        assert faces.record_again(db, raw, late, second=True) == 0, "a look that began before"
        assert db.column("SELECT photo FROM face") == [jpeg]
        assert photos.look_of(db, raw) == "done"
        twins.free_in_event(db, of(db, jpeg, PARTY))
        assert photos.look_of(db, raw) == "due"

    ledger.submit(moved).result()


def test_a_jpeg_whose_raw_goes_along_with_another_one_that_is_moved_there_is_a_photo_of_its_own(ledger: Ledger) -> None:
    """It went along with what goes along itself: it was counted nowhere, and nobody looked who is on it."""

    def moved(db: Db) -> None:
        raw = photos.record_photo(db, replace(content(b"raw"), mime="image/x-nikon-nef"))
        theirs, jpeg = photos.record_photo(db, content(b"theirs")), photos.record_photo(db, content(b"jpeg"))
        for event, main in ((PARTY, theirs), (DEFAULT_EVENT, jpeg)):
            photos.record_in_event(db, event, raw, "DSC_1.NEF", 1.0)
            photos.record_in_event(db, event, main, "DSC_1.JPG", 1.0)
        for one in (raw, jpeg):
            look(one, db, [encoding(1)])
        twins.join(db, of(db, theirs, PARTY), of(db, raw, PARTY))
        assert twins.is_whole(db, theirs) == [raw]
        twins.join(db, of(db, raw), of(db, jpeg))
        db.execute("UPDATE event_photo SET state = 'filed'")
        assert counts.photos(db, PARTY)["seen"] == 1
        moved_photos.move_in(db, PARTY, jpeg, "DSC_1.JPG", DEFAULT_EVENT, 1.0)
        moved_photos.join_twins(db, PARTY, of(db, jpeg), [of(db, raw)], DEFAULT_EVENT, 1.0)
        found = counts.photos(db, PARTY)
        assert (found["seen"], found["waiting"]) == (2, 2)
        assert photos.look_of(db, theirs) == "due"

    ledger.submit(moved).result()


async def test_a_raw_file_whose_jpeg_was_moved_before_is_planned_in_the_other_event_at_once(
    ledger: Ledger, tmp_path: Path
) -> None:
    """It was one of that event's, and in no folder until somebody looked at the JPEG once more."""
    roster = Roster(tmp_path / "roster.json")
    planner = Planner(ledger, roster, ENGINE, 0.5)
    roster.add_event(Event(PARTY, "Party", "Party"))

    def came(db: Db) -> PhotoId:
        jpeg = photos.record_photo(db, content(b"jpeg"))
        photos.record_in_event(db, DEFAULT_EVENT, jpeg, "DSC_1.JPG", 1.0)
        look(jpeg, db, [encoding(1)])
        return jpeg

    def came_late(db: Db) -> None:
        raw = photos.record_photo(db, replace(content(b"raw"), mime="image/x-nikon-nef"))
        photos.record_in_event(db, DEFAULT_EVENT, raw, "DSC_1.NEF", 2.0)
        twins.join(db, of(db, raw), of(db, jpeg))
        assert twins.is_whole(db, raw) == [jpeg]

    def move(draft: Draft) -> tuple[None, str]:
        sha256 = content(b"jpeg").sha256
        draft.decide_photo(DEFAULT_EVENT, sha256, "DSC_1.JPG", lambda was: replace(was, moved_to=PARTY))
        return None, "moved"

    jpeg = ledger.submit(came).result()
    roster.intend(Verb.MOVE, move)
    await planner.plan_photo(jpeg)
    ledger.submit(came_late).result()
    await planner.plan_photo(jpeg)
    query = "SELECT ep.event, ep.name FROM event_photo ep JOIN placement p ON p.event_photo = ep.id WHERE p.wanted = 1"
    found = sorted(tuple(row) for row in rows(ledger, query))
    assert found == [(PARTY, "DSC_1.JPG"), (PARTY, "DSC_1.NEF")]


@pytest.mark.parametrize("how", ["its JPEG is gone", "the move is taken back"])
async def test_a_raw_file_that_is_back_from_another_event_is_wanted_there_no_more(
    ledger: Ledger, tmp_path: Path, how: str
) -> None:
    """It was wanted in both until all else was planned. A third event has it by itself: it was looked at."""
    gala, sha256 = EventId("gala"), content(b"jpeg").sha256
    roster = Roster(tmp_path / "roster.json")
    planner = Planner(ledger, roster, ENGINE, 0.5)
    roster.add_event(Event(PARTY, "Party", "Party"))
    roster.add_event(Event(gala, "Gala", "Gala"))

    def came(db: Db) -> PhotoId:
        raw = photos.record_photo(db, replace(content(b"raw"), mime="image/x-nikon-nef"))
        jpeg = photos.record_photo(db, content(b"jpeg"))
        photos.record_in_event(db, gala, raw, "DSC_1.NEF", 1.0)
        for one, name in ((raw, "DSC_1.NEF"), (jpeg, "DSC_1.JPG")):
            look(one, db, [encoding(1)])
            photos.record_in_event(db, DEFAULT_EVENT, one, name, 1.0)
        twins.join(db, of(db, raw), of(db, jpeg))
        return jpeg

    def move(draft: Draft) -> tuple[None, str]:
        draft.decide_photo(DEFAULT_EVENT, sha256, "DSC_1.JPG", lambda was: replace(was, moved_to=PARTY))
        return None, "moved"

    def wanted() -> list[tuple[str, ...]]:
        query = (
            "SELECT ep.event, ep.name FROM event_photo ep JOIN placement p ON p.event_photo = ep.id AND p.wanted = 1"
        )
        return sorted(tuple(row) for row in rows(ledger, query))

    jpeg = ledger.submit(came).result()
    roster.intend(Verb.MOVE, move)
    await planner.plan_photo(jpeg)
    assert wanted() == [(PARTY, "DSC_1.JPG"), (PARTY, "DSC_1.NEF")]
    back = [(DEFAULT_EVENT, "DSC_1.NEF")]
    if how == "its JPEG is gone":
        ledger.submit(superseded.supersede, jpeg, 2.0).result()
    else:
        roster.undo()
        back = [(DEFAULT_EVENT, "DSC_1.JPG"), *back]
    await plan_event(ledger, roster, planner, roster.event("default"), None)
    assert wanted() == back


async def test_a_raw_file_that_is_due_a_look_for_another_event_goes_with_its_jpeg_all_the_same(
    ledger: Ledger, tmp_path: Path
) -> None:
    """A yes to its JPEG left it held, and named nowhere: nobody could say yes to it. A no left it in its folders."""
    roster = Roster(tmp_path / "roster.json")
    planner = Planner(ledger, roster, ENGINE, 0.5)
    roster.add_event(Event(PARTY, "Party", "Party"))
    roster.change_event(DEFAULT_EVENT, lambda was: replace(was, review=True))
    sha256 = content(b"jpeg").sha256

    def came(db: Db) -> PhotoId:
        raw = photos.record_photo(db, replace(content(b"raw"), mime="image/x-nikon-nef"))
        jpeg = photos.record_photo(db, content(b"jpeg"))
        for one, name in ((jpeg, "DSC_1.JPG"), (raw, "DSC_1.NEF")):
            photos.record_in_event(db, DEFAULT_EVENT, one, name, 1.0)
        look(jpeg, db, [encoding(1)])
        twins.join(db, of(db, raw), of(db, jpeg))
        assert twins.is_whole(db, raw) == [jpeg]
        return jpeg

    def comes_there(db: Db) -> None:
        raw = PhotoId(db.value("SELECT id FROM photo WHERE mime = 'image/x-nikon-nef'"))
        photos.record_in_event(db, PARTY, raw, "DSC_1.NEF", 2.0)
        twins.pair(db, PARTY, raw)
        assert photos.look_of(db, raw) == "due"

    def approve(draft: Draft) -> tuple[None, str]:
        draft.decide_photo(DEFAULT_EVENT, sha256, "DSC_1.JPG", lambda was: replace(was, approved=True))
        return None, "approved"

    def withdraw(draft: Draft) -> tuple[None, str]:
        draft.decide_photo(DEFAULT_EVENT, sha256, "DSC_1.JPG", lambda was: replace(was, withdrawn=True))
        return None, "withdrawn"

    def states() -> dict[str, str]:
        found = rows(ledger, "SELECT name, state FROM event_photo WHERE event = ?", DEFAULT_EVENT)
        return {row["name"]: row["state"] for row in found}

    jpeg = ledger.submit(came).result()
    await planner.plan_photo(jpeg)
    assert states() == {"DSC_1.JPG": "held", "DSC_1.NEF": "held"}
    ledger.submit(comes_there).result()
    roster.intend(Verb.APPROVE, approve)
    await planner.plan_photo(jpeg)
    assert [row["name"] for row in rows(ledger, PLACED)] == ["DSC_1.JPG", "DSC_1.NEF"]
    roster.intend(Verb.WITHDRAW, withdraw)
    await planner.plan_photo(jpeg)
    assert rows(ledger, PLACED) == []
    assert states() == {"DSC_1.JPG": "withdrawn", "DSC_1.NEF": "withdrawn"}


def test_where_a_raw_file_was_given_up_it_is_no_photo_of_its_own(ledger: Ledger) -> None:
    """Its card was put into another event's folder first: its faces were found by nobody who forgot whom they show."""

    def given_up(db: Db) -> None:
        raw = photos.record_photo(db, replace(content(b"raw"), mime="image/x-nikon-nef"))
        jpeg = photos.record_photo(db, content(b"jpeg"))
        for one, name in ((jpeg, "DSC_1.JPG"), (raw, "DSC_1.NEF")):
            photos.record_in_event(db, DEFAULT_EVENT, one, name, 1.0)
        photos.record_in_event(db, PARTY, raw, "DSC_1.NEF", 1.0)
        db.execute("UPDATE event_photo SET state = 'superseded' WHERE event = ?", (PARTY,))
        twins.join(db, of(db, raw), of(db, jpeg))
        assert [bool(row["goes_along"]) for row in faces.due(db, [], 9.0, 5) if row["id"] == raw] == [True]
        look(raw, db, [encoding(1)])
        assert db.column("SELECT photo FROM face") == []
        twins.is_whole(db, raw)
        assert photos.look_of(db, raw) == "done"

    ledger.submit(given_up).result()


def test_a_file_that_is_back_on_its_card_and_makes_a_shot_whole_is_back_all_the_same(ledger: Ledger) -> None:
    """It went by a yes to a question of before that, though it lay on the card; and it was said to arrive once more."""
    raw, jpeg = replace(content(b"raw"), mime="image/x-nikon-nef"), content(b"jpeg")
    facts = FileFacts(1, 2, 3)

    def come_back(db: Db) -> None:
        for one, name in ((raw, "DSC_1.NEF"), (jpeg, "DSC_1.JPG")):
            kept = Sighting(f"/kept/{one.sha256}", DEFAULT_EVENT, "", facts)
            sightings.record_photo_at(db, kept, one, 1.0, name)
        theirs = [of(db, PhotoId(photo)) for photo in db.column("SELECT id FROM photo")]
        held.hold_back(db, DEFAULT_EVENT, "gone", "They are gone from their source", theirs, 2.0)
        for one, name in ((raw, "DSC_1.NEF"), (jpeg, "DSC_1.JPG")):
            take_in(db, Sighting(f"/card/{name}", DEFAULT_EVENT, "/card", facts), one, 3.0, name)

    ledger.submit(come_back).result()
    assert len(rows(ledger, "SELECT id FROM event_photo WHERE twin_of IS NOT NULL")) == 1, "they are one photo"
    assert ledger.ask(held.opened) == []
    assert [row["text"] for row in rows(ledger, "SELECT text FROM activity WHERE kind = 'arrived'")] == []
