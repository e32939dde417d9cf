"""The second look in idle time: what it finds is filed like all else; and another engine encodes anew."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image

from agent import clock
from agent.faces.results import Depth, Fault, LookError
from agent.faces.workers import FaceWorkers
from agent.jobs import second_looks
from agent.jobs.second_looks import SecondLooks
from agent.ledger import Ledger, faces, photos, removed_events, sightings
from agent.ledger.faces import Face, Looked
from agent.model import DEFAULT_EVENT, Box, EventId, PhotoId, PhotoState
from agent.people.planner import Planner
from agent.pipeline import RETRY_AFTER, Pipeline
from agent.roster import Roster
from agent.steps import looked
from tests.making import ENGINE, WORKERS, encoding, photo_row, rows, take_in
from tests.patience import within

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLACES = "SELECT f.kind FROM placement p JOIN folder f ON f.id = p.folder WHERE p.wanted = 1 ORDER BY f.kind"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def workers(cache: Path) -> AsyncIterator[FaceWorkers]:
    async with FaceWorkers(1, WORKERS, cache, cache / "faces.log") as made:
        yield made


class Desk:
    """The pipeline's end and the second look, between real workers and a ledger."""

    def __init__(self, ledger: Ledger, folder: Path, workers: FaceWorkers, engine: str = ENGINE) -> None:
        self.ledger, self.folder, self.workers = ledger, folder, workers
        self.planner = Planner(ledger, Roster(folder / "roster.json"), engine, 0.5)
        thumbnails = folder / "thumbnails"
        thumbnails.mkdir(exist_ok=True)
        pipeline = Pipeline(ledger, self.planner, workers, workers, root=folder, thumbnails=thumbnails)
        self.looks = SecondLooks(ledger, self.planner, workers, pipeline, planned=self.tell)
        self.told = 0

    def tell(self) -> None:
        self.told += 1

    async def arrived(self, path: Path, depth: Depth = Depth.WHOLE) -> PhotoId:
        event_photo = await self.ledger.write(take_in, path)
        photo = PhotoId(rows(self.ledger, "SELECT photo FROM event_photo WHERE id = ?", event_photo)[0]["photo"])
        await self.planner.record_look(photo, looked(await self.workers.look(path, depth=depth), self.planner.engine))
        return photo

    def kinds(self) -> list[str]:
        return [row["kind"] for row in rows(self.ledger, PLACES)]

    async def counts(self) -> dict[str, int]:
        return await self.ledger.read(faces.second_look_counts)


def sideways(one_guest: Path, folder: Path) -> Path:
    path = folder / "sideways.jpg"
    with Image.open(one_guest) as image:
        image.transpose(Image.Transpose.ROTATE_90).save(path, quality=95)
    return path


async def test_a_photo_without_faces_is_looked_at_again_and_filed_by_what_is_found(
    ledger: Ledger, tmp_path: Path, workers: FaceWorkers, one_guest: Path
) -> None:
    desk = Desk(ledger, tmp_path, workers)
    await desk.arrived(sideways(one_guest, tmp_path))
    assert desk.kinds() == ["no_faces"]
    assert await desk.counts() == {"waiting": 1, "done": 0, "found": 0}
    assert await desk.looks.step()
    assert desk.kinds() == ["unknown"]
    assert desk.told == 1
    (line,) = rows(ledger, "SELECT text FROM activity WHERE kind = 'found'")
    assert line["text"] == "sideways.jpg: one more face at a second look"
    assert await desk.counts() == {"waiting": 0, "done": 1, "found": 1}
    assert not await desk.looks.step()


@pytest.mark.slow
async def test_a_photo_that_cannot_be_read_holds_up_no_second_look(
    ledger: Ledger, tmp_path: Path, workers: FaceWorkers, one_guest: Path
) -> None:
    """It is tried again every few seconds, for as long as nobody lets it be read."""
    desk = Desk(ledger, tmp_path, workers)
    await desk.arrived(sideways(one_guest, tmp_path))
    closed = await ledger.write(take_in, one_guest)
    (row,) = rows(ledger, "SELECT photo FROM event_photo WHERE id = ?", closed)
    idle = asyncio.create_task(desk.looks.run())
    async with within(40):
        while not (await desk.counts())["found"]:
            await ledger.write(faces.put_off, PhotoId(row["photo"]), clock.steady() + RETRY_AFTER)
            await asyncio.sleep(0.8 * RETRY_AFTER)  # it is due for a moment only, whenever it is tried
    idle.cancel()


async def test_what_a_quick_look_left_is_found_later(
    ledger: Ledger, tmp_path: Path, workers: FaceWorkers, one_guest: Path
) -> None:
    photo = Image.new("RGB", (3000, 2000), (90, 80, 70))
    with Image.open(one_guest) as portrait:
        photo.paste(portrait.resize((1500, 1500)), (200, 200))
        photo.paste(portrait.resize((220, 220)), (2400, 1500))
    photo.save(tmp_path / "a.jpg", quality=95)
    desk = Desk(ledger, tmp_path, workers)
    number = await desk.arrived(tmp_path / "a.jpg", Depth.QUICK)
    (first,) = await ledger.read(faces.of_photo, number)
    assert (await desk.counts())["waiting"] == 1
    await desk.looks.step()
    both = await ledger.read(faces.of_photo, number)
    assert [both[0].id, len(both)] == [first.id, 2]
    assert await desk.counts() == {"waiting": 0, "done": 1, "found": 1}


async def test_a_photo_that_is_gone_waits_for_nothing(
    ledger: Ledger, tmp_path: Path, workers: FaceWorkers, one_guest: Path
) -> None:
    desk = Desk(ledger, tmp_path, workers)
    path = sideways(one_guest, tmp_path)
    await desk.arrived(path)
    path.unlink()
    await ledger.write(sightings.drop, str(path))  # else it may be on a share that is away
    assert await desk.looks.step()
    assert await desk.counts() == {"waiting": 0, "done": 0, "found": 0}
    assert desk.kinds() == ["no_faces"]


async def test_a_photo_on_a_share_that_is_away_has_its_turn_when_that_is_back(
    ledger: Ledger, tmp_path: Path, workers: FaceWorkers, one_guest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that waited was given up for good while it was away for a minute."""
    desk, share = Desk(ledger, tmp_path, workers), tmp_path / "share"
    share.mkdir()
    await desk.arrived(sideways(one_guest, share))
    share.rename(tmp_path / "away")
    monkeypatch.setattr(second_looks, "LATER", 0.0)
    assert await desk.looks.step()
    assert await desk.counts() == {"waiting": 1, "done": 0, "found": 0}
    assert not await desk.looks.step()
    (tmp_path / "away").rename(share)
    monkeypatch.setattr(clock, "steady", lambda: time.monotonic() + 10**10)
    assert await desk.looks.step()
    assert await desk.counts() == {"waiting": 0, "done": 1, "found": 1}


async def test_very_many_that_are_away_keep_no_other_from_its_look(
    ledger: Ledger, tmp_path: Path, workers: FaceWorkers, one_guest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk put away for good: by the time that the last of its photos was put off, the first was due again."""
    before, disk, passed = Desk(ledger, tmp_path, workers, "old 1"), tmp_path / "disk", 0
    disk.mkdir()
    for n in range(40):
        path = disk / f"{n}.jpg"
        path.write_bytes(one_guest.read_bytes() + bytes([n]))
        event_photo = await ledger.write(take_in, path)
        (row,) = rows(ledger, "SELECT photo FROM event_photo WHERE id = ?", event_photo)
        await before.planner.record_look(PhotoId(row["photo"]), Looked(9, 9, "", "old 1", []))
    newest = await before.arrived(one_guest)
    disk.rename(tmp_path / "away")
    after = Desk(ledger, tmp_path, workers, "new 2")
    monkeypatch.setattr(second_looks, "LATER", 0.0)
    monkeypatch.setattr(clock, "steady", lambda: 10**10 + 32.0 * passed)  # 30 s between two, and 2 s until all is calm
    while passed < 200 and rows(ledger, "SELECT engine FROM photo WHERE id = ?", newest)[0]["engine"] == "old 1":
        assert await after.looks.step()
        passed += 1
    assert passed < 200


async def test_a_photo_that_cannot_be_read_now_keeps_no_other_from_its_look(
    ledger: Ledger, tmp_path: Path, workers: FaceWorkers, one_guest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was the next one for good; later it is its turn again."""
    desk = Desk(ledger, tmp_path, workers)
    await desk.arrived(sideways(one_guest, tmp_path))
    with Image.open(one_guest) as image:
        image.transpose(Image.Transpose.ROTATE_270).save(tmp_path / "newest.jpg", quality=95)
    newest = await desk.arrived(tmp_path / "newest.jpg")
    look = FaceWorkers.look

    async def refused(self: FaceWorkers, path: Path, *given: Any) -> Any:
        if path.name == "newest.jpg":
            raise LookError(Fault.UNREADABLE, "Input/output error", "Connect its disk again")
        return await look(self, path, *given)

    monkeypatch.setattr(second_looks, "LATER", 0.0)
    with monkeypatch.context() as patch:
        patch.setattr(FaceWorkers, "look", refused)
        assert await desk.looks.step()
        assert await desk.looks.step()
        assert await desk.counts() == {"waiting": 1, "done": 1, "found": 1}
        assert not await desk.looks.step()
    monkeypatch.setattr(clock, "steady", lambda: time.monotonic() + 10**10)
    assert await desk.looks.step()
    assert len(await ledger.read(faces.of_photo, newest)) == 1
    assert await desk.counts() == {"waiting": 0, "done": 2, "found": 2}


async def test_who_asks_amid_a_look_that_fails_is_answered_by_another_one(
    ledger: Ledger, tmp_path: Path, workers: FaceWorkers, one_guest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they asked for was that photo, which that look put off for ten minutes."""
    desk = Desk(ledger, tmp_path, workers)
    await desk.arrived(sideways(one_guest, tmp_path))
    look, asks = FaceWorkers.look, [desk.looks.go_on]

    async def refused_once(self: FaceWorkers, path: Path, *given: Any) -> Any:
        if asks:
            asks.pop()()
            raise LookError(Fault.UNREADABLE, "Input/output error", "Connect its disk again")
        return await look(self, path, *given)

    monkeypatch.setattr(FaceWorkers, "look", refused_once)
    for _ in range(2):
        assert await desk.looks.step()
    assert await desk.counts() == {"waiting": 0, "done": 1, "found": 1}


async def test_another_engine_encodes_anew_and_faces_keep_their_numbers(
    ledger: Ledger, tmp_path: Path, workers: FaceWorkers, two_guests: Path
) -> None:
    before = Desk(ledger, tmp_path, workers, "old 1")
    photo = await before.arrived(two_guests)
    was = await ledger.read(faces.of_photo, photo)
    after = Desk(ledger, tmp_path, workers, "new 2")
    assert await after.looks.step()
    now = await ledger.read(faces.of_photo, photo)
    assert [face.id for face in now] == [face.id for face in was]
    assert {face.engine for face in now} == {"new 2"}
    assert (await after.counts())["found"] == 0
    assert rows(ledger, "SELECT engine FROM photo")[0]["engine"] == "new 2"


async def test_what_is_away_is_not_said_to_be_encoded_by_an_engine_that_never_saw_it(
    ledger: Ledger, tmp_path: Path, workers: FaceWorkers, two_guests: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = tmp_path / "share"
    share.mkdir()
    (share / "a.jpg").write_bytes(two_guests.read_bytes())
    photo = await Desk(ledger, tmp_path, workers, "old 1").arrived(share / "a.jpg")
    after = Desk(ledger, tmp_path, workers, "new 2")
    share.rename(tmp_path / "away")
    monkeypatch.setattr(second_looks, "LATER", 0.0)
    assert await after.looks.step()
    assert rows(ledger, "SELECT engine FROM photo")[0]["engine"] == "old 1"
    (tmp_path / "away").rename(share)
    monkeypatch.setattr(clock, "steady", lambda: time.monotonic() + 10**10)
    assert await after.looks.step()
    assert rows(ledger, "SELECT engine FROM photo")[0]["engine"] == "new 2"
    assert {face.engine for face in await ledger.read(faces.of_photo, photo)} == {"new 2"}


def shot(db: sqlite3.Connection, name: str, second: int, people: int) -> PhotoId:
    """A photo taken at that second, with so many faces."""
    event_photo = photo_row(db, name)
    photo = PhotoId(db.execute("SELECT photo FROM event_photo WHERE id = ?", (event_photo,)).fetchone()[0])
    found = [Face(Box(n * 300, 0, n * 300 + 99, 99), 1.0, 100.0, encoding(n)) for n in range(people)]
    faces.record_look(db, photo, Looked(900, 600, f"2026-11-20T20:00:{second:02}", ENGINE, found), time.time())
    return photo


async def test_fewer_faces_than_most_photos_of_the_same_half_minute_are_doubted(ledger: Ledger) -> None:
    shots = [("a", 0, 4), ("b", 5, 4), ("c", 9, 1), ("d", 12, 4), ("e", 59, 1)]
    photos = {name: await ledger.write(shot, name, second, people) for name, second, people in shots}
    fewer = {name for name, photo in photos.items() if await ledger.read(faces.has_fewer_faces, photo)}
    assert fewer == {"c"}
    while await ledger.write(faces.decide_second_looks):
        pass
    following = await ledger.read(faces.next_second_look)
    assert following is not None
    assert following["id"] == photos["c"]
    assert (await ledger.read(faces.second_look_counts))["waiting"] == 1


@pytest.mark.slow
async def test_a_camera_without_a_clock_makes_no_decision_dearer(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All its photos are of one second."""
    monkeypatch.setattr(faces, "NEIGHBOURS", 10)

    def ask(db: sqlite3.Connection, photos: int) -> int:
        made = [shot(db, f"{photos}-{number}", 0, 1 if number % 9 == 4 else 3) for number in range(photos)]
        asked = [0]
        db.set_progress_handler(lambda: asked.append(1), 1)
        assert not faces.has_fewer_faces(db, made[photos // 2])
        assert faces.has_fewer_faces(db, made[photos // 18 * 9 + 4])
        db.set_progress_handler(None, 0)
        return len(asked)

    few = await ledger.write(ask, 30)
    assert await ledger.write(ask, 300) <= 1.5 * few


@pytest.mark.slow
async def test_photos_of_another_event_say_nothing(ledger: Ledger) -> None:
    photos = [await ledger.write(shot, name, 3, people) for name, people in (("a", 1), ("b", 4))]
    await ledger.write(lambda db: db.execute("UPDATE event_photo SET event = 'gala' WHERE photo = ?", (photos[1],)))
    assert DEFAULT_EVENT != "gala"
    assert not await ledger.read(faces.has_fewer_faces, photos[0])


@pytest.mark.slow
@pytest.mark.parametrize("how", ["withdrawn", "its event is removed"])
async def test_a_photo_that_nobody_waits_for_any_more_is_not_due_for_ever(
    ledger: Ledger, tmp_path: Path, workers: FaceWorkers, how: str
) -> None:
    """Before anybody looked at it: else there would be no second looks any more, and the pipeline would never rest."""
    desk, event = Desk(ledger, tmp_path, workers), EventId("wedding")
    (tmp_path / "a.jpg").write_bytes(b"a photo")
    photo = await ledger.write(take_in, tmp_path / "a.jpg", event)
    assert await ledger.read(faces.next_due_at) == 0
    assert not await desk.looks._idle()
    if how == "withdrawn":
        await ledger.write(photos.set_out, photo, PhotoState.WITHDRAWN)
    else:
        await ledger.write(removed_events.forget_event, event, [])
    assert await ledger.read(faces.next_due_at) is None
    assert not await ledger.read(photos.is_look_due)
    assert await desk.looks._idle()
    if how == "withdrawn":
        await ledger.write(photos.set_out, photo, None)
        assert await ledger.read(faces.next_due_at) == 0, "taken back it is looked at"
