"""What is kept of strangers is what the ledger has, whoever writes there; groups are as if all faces were compared."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import agent
from agent.faces.cluster import grouped
from agent.faces.rule import distances
from agent.ledger import Ledger, faces, meta, photos, removed_events, unknown_faces
from agent.ledger.faces import Encoding, Face, Looked, from_blob
from agent.ledger.seen import forget_of
from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT, Box, EventId, PhotoId
from agent.people import guests, strangers
from agent.people.deciding import Decider
from agent.people.guests import Grouper
from agent.people.planner import Planner
from agent.people.strangers import KeptStrangers, Stack
from agent.roster import Roster
from tests.making import ENGINE, content, encoding, look

OTHER = EventId("other")
EVENTS = (DEFAULT_EVENT, OTHER)
NEWER = "newer"  # an engine
LIMIT = 0.5
NOW = 1_790_000_000.0
FACES = (
    "SELECT s.face, f.photo, s.cluster, f.encoding FROM stranger s JOIN face f ON f.id = s.face"
    " JOIN event_photo ep ON ep.photo = f.photo AND ep.event = s.event"
    " WHERE s.event = ? AND f.engine = ? AND f.encoding IS NOT NULL ORDER BY s.face"
)
LARGE = (
    "SELECT s.cluster FROM stranger s JOIN face f ON f.id = s.face WHERE s.event = ? AND s.cluster IS NOT NULL"
    " GROUP BY s.cluster HAVING COUNT(DISTINCT f.photo) >= ? ORDER BY s.cluster"
)
EMPTY = "SELECT COUNT(*) FROM cluster WHERE NOT EXISTS (SELECT 1 FROM stranger s WHERE s.cluster = cluster.id)"
WRITES = re.compile(r"(?:UPDATE (?:OR \w+ )?(?:face|stranger) SET|INSERT (?:OR \w+ )?INTO stranger)[^\"]*")


def seen(dice: random.Random) -> Encoding:
    """A face of one of a dozen people, of whom some look alike."""
    person = dice.randrange(12)
    middle = encoding(person // 2) + 0.25 * encoding(100 + person)
    made = middle + dice.uniform(0.1, 0.45) * encoding(1000 + dice.randrange(10_000))
    return np.asarray(made / np.linalg.norm(made), dtype=np.float32)


class Evening:
    """Two events, in which whatever writes faces or strangers does so by chance."""

    def __init__(self, ledger: Ledger, roster: Roster, seed: int) -> None:
        self.ledger = ledger
        self.dice = random.Random(seed)
        planner = Planner(ledger, roster, ENGINE, LIMIT)
        self.grouper = Grouper(ledger, roster, planner, Decider(ledger, roster, planner, lambda: None), 0)
        self.kept = self.grouper._strangers

    def disturb(self, db: Db) -> None:
        deeds = [self.look_again, self.take_out, self.take_back, self.forget, self.renew, self.leave, self.come_back]
        self.arrive(db)
        for _ in range(self.dice.randrange(3)):
            self.dice.choice(deeds)(db)
        if self.dice.random() < 0.03:
            removed_events.forget_event(db, self.dice.choice(EVENTS), [])

    def arrive(self, db: Db) -> None:
        for _ in range(self.dice.randrange(1, 4)):
            photo = photos.record_photo(db, content(self.dice.randbytes(16)))
            for event in self.dice.choice([EVENTS, EVENTS[:1], EVENTS[1:]]):
                photos.record_in_event(db, event, photo, f"{photo}.jpg", NOW)
            self.look(db, photo)

    def somebody_else(self, db: Db) -> None:
        photo = photos.record_photo(db, content(b"new"))
        photos.record_in_event(db, DEFAULT_EVENT, photo, "new.jpg", NOW)
        look(photo, db, [encoding(77)])
        unknown_faces.record_unknown(db, DEFAULT_EVENT, photo, [one.id for one in faces.of_photo(db, photo)])

    def look(self, db: Db, photo: PhotoId) -> None:
        found = [
            Face(Box(n * 300, 0, n * 300 + 100, 100), 1.0, 100.0, seen(self.dice))
            for n in range(self.dice.randrange(1, 4))
        ]
        ids = faces.record_look(db, photo, Looked(1000, 800, None, ENGINE, found), NOW)
        for one in photos.in_events(db, photo):
            unknown_faces.record_unknown(db, one.event, photo, ids)

    def some_photo(self, db: Db) -> PhotoId:
        return PhotoId(self.dice.choice(db.column("SELECT id FROM photo ORDER BY id")))

    def look_again(self, db: Db) -> None:
        """In place of the first look: its faces go, and so do they from their groups."""
        self.look(db, self.some_photo(db))

    def take_out(self, db: Db) -> None:
        """Enrolled, named, decided, withdrawn: some of a photo's faces are somebody's by now."""
        photo = self.some_photo(db)
        ids = [one.id for one in faces.of_photo(db, photo)]
        unknown_faces.record_unknown(db, self.dice.choice(EVENTS), photo, self.dice.sample(ids, len(ids) // 2))

    def take_back(self, db: Db) -> None:
        photo = self.some_photo(db)
        for one in photos.in_events(db, photo):
            unknown_faces.record_unknown(db, one.event, photo, [face.id for face in faces.of_photo(db, photo)])

    def forget(self, db: Db) -> None:
        faces.drop_encodings(db, [one.id for one in faces.of_photo(db, self.some_photo(db))][:1])

    def renew(self, db: Db) -> None:
        """Another engine's look at a photo, or one by the first engine again; the second one's face looks otherwise."""
        photo = self.some_photo(db)
        looked = [
            Face(one.box, 1.0, 100.0, seen(self.dice)) for one in faces.of_photo(db, photo) if self.dice.random() < 0.7
        ]
        engine = self.dice.choice([ENGINE, NEWER])
        faces.record_again(db, photo, Looked(1000, 800, None, engine, looked), second=False)

    def leave(self, db: Db) -> None:
        """Moved, replaced: the photo is not one of the event's any more. Its row may go, too, and its faces with it."""
        photo = self.some_photo(db)
        for one in photos.in_events(db, photo)[: self.dice.randrange(1, 3)]:
            forget_of(db, one.id)
            if self.dice.random() < 0.5:
                db.execute("DELETE FROM event_photo WHERE id = ?", (one.id,))
        photos.forget_faces(db, [photo])

    def come_back(self, db: Db) -> None:
        """A row of an event goes and comes while the faces stay what they were."""
        photo, event = self.some_photo(db), self.dice.choice(EVENTS)
        if not db.changed("DELETE FROM event_photo WHERE photo = ? AND event = ?", (photo, event)):
            photos.record_in_event(db, event, photo, f"{photo}.jpg", NOW)


def expected(db: Db, event: EventId) -> dict[int, int]:
    """Face -> group by a comparison of all of them; the numbers of new groups as they will be given."""
    rows = db.execute(FACES, (event, ENGINE)).fetchall()
    if not rows:
        return {}
    encodings = np.stack([one for row in rows if (one := from_blob(row["encoding"])) is not None])
    labels = grouped(encodings, [row["photo"] for row in rows], [row["cluster"] for row in rows], LIMIT)
    last = int(db.value("SELECT seq FROM sqlite_sequence WHERE name = 'cluster'") or 0)
    new = {label: last + 1 + at for at, label in enumerate(sorted({one for one in labels if one < 0}))}
    return {int(row["face"]): new.get(label, label) for row, label in zip(rows, labels, strict=True)}


def as_written(db: Db, event: EventId) -> dict[int, int]:
    return {int(row["face"]): int(row["cluster"]) for row in db.execute(FACES, (event, ENGINE))}


def held(stack: Stack) -> dict[int, set[bytes]]:
    """Face -> its encodings in the stack: of one that left and came back there may be two, which are the same."""
    found: dict[int, set[bytes]] = {}
    for page in stack._pages:
        for at in range(page.count):
            found.setdefault(int(page._ids[at]), set()).add(page.rows[at].tobytes())
    return found


def lacks(db: Db, kept: KeptStrangers, event: EventId) -> set[int]:
    """Faces in groups that a stack which would be believed has not, or otherwise."""
    stack = kept._stacks.get(event)
    if stack is None or stack.state != f"{ENGINE} {meta.get(db, faces.ENCODINGS, '0')}":
        return set()
    there = held(stack)
    pages = unknown_faces.grouped_encodings(db, event, ENGINE)
    fresh = {one: row.tobytes() for ids, rows in pages for one, row in zip(ids, rows, strict=True)}
    return {one for one, row in fresh.items() if there.get(one) != {row}}


@pytest.fixture
def evening(ledger: Ledger, tmp_path: Path) -> Callable[[int], Evening]:
    return lambda seed: Evening(ledger, Roster(tmp_path / "roster.json"), seed)


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "page", "most"), [(0, 4096, 10_000), (1, 8, 10_000), (2, 8, 10_000), (3, 8, 60)])
async def test_groups_are_as_if_all_were_compared_whoever_writes(
    evening: Callable[[int], Evening], monkeypatch: pytest.MonkeyPatch, seed: int, page: int, most: int
) -> None:
    monkeypatch.setattr(strangers, "PAGE", page)
    monkeypatch.setattr(unknown_faces, "PAGE", page)
    night = evening(seed)
    night.kept._most = most
    believed = 0
    for _ in range(80):
        await night.ledger.write(night.disturb)
        for event in EVENTS:
            meant = await night.ledger.read(expected, event)
            assert await night.ledger.read(lacks, night.kept, event) == set()
            believed += event in night.kept._stacks
            await night.grouper._group(event)
            assert await night.ledger.read(as_written, event) == meant
            assert await night.ledger.read(lacks, night.kept, event) == set()
            assert len(night.kept) <= most
            for number in (1, 2, 3):
                large = await night.ledger.read(unknown_faces.large_clusters, event, number)
                assert large == await night.ledger.read(Db.column, LARGE, (event, number))
    assert believed > 40
    assert len(set(meant.values())) < len(meant)


async def test_faces_in_groups_are_read_once_while_photos_come_and_go_after_a_while(
    evening: Callable[[int], Evening], monkeypatch: pytest.MonkeyPatch
) -> None:
    night = evening(5)
    await night.ledger.write(night.arrive)
    await night.grouper.step()
    reads: list[EventId] = []
    read = unknown_faces.grouped_encodings

    def counted(db: Db, event: EventId, engine: str) -> Any:
        reads.append(event)
        return read(db, event, engine)

    monkeypatch.setattr(unknown_faces, "grouped_encodings", counted)
    for _ in range(5):
        await night.ledger.write(night.arrive)
        await night.grouper.step()
    assert reads == []
    assert len(night.kept)
    monkeypatch.setattr(guests, "REST", -1.0)
    await night.grouper.step()
    assert not len(night.kept), "an agent at rest holds none"


@pytest.mark.parametrize("is_written", [False, True])
async def test_what_ended_amid_a_write_is_grouped_with_all_the_next_time(
    evening: Callable[[int], Evening], monkeypatch: pytest.MonkeyPatch, *, is_written: bool
) -> None:
    """Whether it was written or not nobody knows by then."""
    night = evening(6)
    await night.ledger.write(night.arrive)
    await night.grouper._group(DEFAULT_EVENT)
    write = night.ledger.write

    async def failing(*given: Any) -> None:
        if is_written:
            await write(*given)
        raise OSError("no room")

    for _ in range(3):
        await night.ledger.write(night.arrive)
        with monkeypatch.context() as full:
            full.setattr(night.ledger, "write", failing)
            with pytest.raises(OSError, match="no room"):
                await night.grouper._group(DEFAULT_EVENT)
        assert await night.ledger.read(lacks, night.kept, DEFAULT_EVENT) == set()
        meant = await night.ledger.read(expected, DEFAULT_EVENT)
        await night.grouper._group(DEFAULT_EVENT)
        assert await night.ledger.read(as_written, DEFAULT_EVENT) == meant


async def test_groups_without_faces_are_gone_once_the_next_one_is_made(
    evening: Callable[[int], Evening], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that went over to others, and a new one that all faces left while it was made."""
    night = evening(7)
    for _ in range(20):
        await night.ledger.write(night.arrive)
        await night.grouper._group(DEFAULT_EVENT)
    assert await night.ledger.read(lambda db: db.value(EMPTY)) == 0
    await night.ledger.write(night.somebody_else)
    write = night.ledger.write

    async def too_late(*given: Any) -> None:
        await write(lambda db: db.execute("DELETE FROM stranger WHERE cluster IS NULL"))
        await write(*given)

    monkeypatch.setattr(night.ledger, "write", too_late)
    await night.grouper._group(DEFAULT_EVENT)
    assert await night.ledger.read(lambda db: db.value(EMPTY)) == 0


@pytest.mark.parametrize("length", [1.0, 40.0])
@pytest.mark.parametrize("count", [1000, 10_000])
def test_all_that_are_near_are_found_and_no_others(count: int, length: float) -> None:
    """Also those exactly at the limit; few faces are compared in all directions, many in some of them first."""
    dice = np.random.default_rng(1)
    scale = np.exp(-np.arange(128) / 24.0)
    rows = (dice.normal(size=(count, 128)) * scale * 0.15 + 0.1).astype(np.float32)
    face = rows[-1].copy()
    for at in range(900):  # so far in one direction that rounding decides
        rows[at] = face
        rows[at, at % 128] += LIMIT * (1 + (at - 500) * 1e-8)
    rows, face, limit = rows * np.float32(length), face * np.float32(length), LIMIT * length
    stack = Stack("")
    stack.add(range(600), rows[:600])
    for at in range(600, count, 7):
        stack.add(range(at, min(at + 7, count)), rows[at : at + 7])
    apart = distances(face[None], rows)[0]
    found = stack.near(face[None], limit)
    assert len(stack) == count
    assert set(np.flatnonzero(apart <= limit)) <= found <= set(np.flatnonzero(apart <= limit + 1e-5))
    assert 100 < len(found) < count
    assert stack.near(np.empty((0, 128), np.float32), limit) == set()


def test_events_share_the_room_and_the_one_asked_last_has_it() -> None:
    kept = KeptStrangers(most=10)
    for number in range(4):
        stack = Stack("")
        stack.add(range(4), np.zeros((4, 128), np.float32))
        kept.put_back(EventId(str(number)), stack, [])
    assert [*kept._stacks] == ["2", "3"]


def test_whoever_writes_strangers_or_encodings_is_known() -> None:
    """Faces come into groups by the grouper's `put_in_clusters` alone; an encoding that changes is counted."""
    root = Path(agent.__file__).parent
    found = {
        (str(path.relative_to(root)), one.strip())
        for path in root.rglob("*.py")
        for one in WRITES.findall(path.read_text())
    }
    assert found == {
        ("ledger/unknown_faces.py", "INSERT INTO stranger (face, event) VALUES (?, ?)"),
        ("ledger/unknown_faces.py", "UPDATE stranger SET cluster = ? WHERE face = ? AND event = ?"),
        (
            "ledger/faces.py",
            "UPDATE face SET engine = ?, encoding = ?, score = ?, sharpness = ?, yaw = ?, light = ?, contrast = ?",
        ),
        ("ledger/faces.py", "UPDATE face SET encoding = NULL WHERE id = ?"),
    }
