"""Whatever becomes of a shot's two files, it is counted once, and as `tests/venue/recount.py` counts it."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import permutations, product

import pytest

from agent.ledger import Ledger, counts, moved_photos, photos, superseded, tallies, twins
from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT, EventId, EventPhotoId, PhotoId, PhotoState
from tests.making import content, photo_row
from tests.venue import recount

WAYS = list(product(PhotoState, (None, 5.0)))  # state, when all of it was on Drive
FILED = (PhotoState.FILED, PhotoState.UNSORTED)
GALA = EventId("gala")
NOW = 1000.0

Change = Callable[[Db, random.Random, EventPhotoId, EventPhotoId], object]


def put(db: Db, one: EventPhotoId, way: tuple[PhotoState, float | None]) -> None:
    db.execute("UPDATE event_photo SET state = ?, verified_at = ? WHERE id = ?", (*way, one))


def otherwise(db: Db) -> list[object]:
    """What is counted otherwise than by single rows."""
    tables = {"event_photo": [dict(row) for row in db.execute("SELECT * FROM event_photo")]}
    found: list[object] = [*tallies.wrong(db)]
    if all(len(shot) < 3 for shot in recount.shots(tables)):
        found += [
            (drive, told, counted)
            for drive in (True, False)
            if (told := counts.photos(db, drive=drive)) != (counted := recount.photos(tables, drive=drive))
        ]
    by_event = {event: counts.photos(db, event)["seen"] for event in (DEFAULT_EVENT, GALA)}
    if counts.photos_of_events(db) != {event: number for event, number in by_event.items() if number}:
        found.append(by_event)
    return found


@pytest.mark.parametrize("first", ["the RAW", "the JPEG"])
def test_every_shot_is_counted_as_its_rows_say(ledger: Ledger, first: str) -> None:
    def go_through(db: Db) -> None:
        main, twin = photo_row(db, "DSC_1.jpg"), photo_row(db, "DSC_1.nef")
        for way in WAYS:
            put(db, main, way)
            assert (way, otherwise(db)) == (way, []), "one alone, and the other"
        db.execute("UPDATE event_photo SET twin_of = ? WHERE id = ?", (main, twin))
        for one, other in product(WAYS, WAYS):
            for file, way in ((main, one), (twin, other)) if first == "the JPEG" else ((twin, other), (main, one)):
                put(db, file, way)
            assert (one, other, otherwise(db)) == (one, other, [])
            whole = one[0] in FILED and one[1] is not None
            done = other[0] not in ("waiting", "failed", "held", "dismissed") and (other[0] not in FILED or other[1])
            assert (one, other, counts.verified_photos(db)) == (one, other, int(whole and bool(done)))

    ledger.submit(go_through).result()


def join(db: Db, dice: random.Random, one: EventPhotoId, other: EventPhotoId) -> None:
    """By the ledger's verb, which makes no chain of them."""
    if db.value("SELECT twin_of FROM event_photo WHERE id = ?", (other,)) is None:
        twins.join(db, one, other)


def come_along(db: Db, dice: random.Random, one: EventPhotoId, other: EventPhotoId) -> None:
    """Joined from the first, as no verb writes it."""
    photo = photos.record_photo(db, content(dice.randbytes(8)))
    db.execute(
        "INSERT INTO event_photo (event, photo, name, arrived_at, since_at, twin_of) SELECT event, ?1, name, 1, 1, id"
        " FROM event_photo m WHERE id = ?2 AND twin_of IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM event_photo t WHERE t.twin_of = m.id)",
        (photo, one),
    )


def go_into_the_gala(db: Db, dice: random.Random, one: EventPhotoId, other: EventPhotoId) -> None:
    row = db.execute("SELECT photo, name FROM event_photo WHERE id = ? AND event <> ?", (one, GALA)).fetchone()
    if row is not None:
        along = db.column("SELECT id FROM event_photo WHERE twin_of = ?", (one,))
        moved_photos.move_in(db, GALA, PhotoId(row["photo"]), row["name"], DEFAULT_EVENT, NOW)
        moved_photos.join_twins(db, GALA, one, along, DEFAULT_EVENT, NOW)
        photos.set_out(db, one, PhotoState.MOVED)


def be_forgotten(db: Db, dice: random.Random, one: EventPhotoId, other: EventPhotoId) -> None:
    """In any order, as both go at once; others come."""
    db.execute("DELETE FROM event_photo WHERE id = ?1 OR twin_of = ?1", (one,))
    photo_row(db, f"{dice.random()}.jpg")


CHANGES: list[Change] = [
    join,
    join,
    come_along,
    go_into_the_gala,
    be_forgotten,
    lambda db, dice, one, other: put(db, one, dice.choice(WAYS)),
    lambda db, dice, one, other: put(db, other, dice.choice(WAYS)),
    lambda db, dice, one, other: db.execute("UPDATE event_photo SET state = ?", (dice.choice(list(PhotoState)),)),
    lambda db, dice, one, other: db.execute("UPDATE event_photo SET verified_at = 5 WHERE id <= ?", (one,)),
    lambda db, dice, one, other: db.execute("UPDATE event_photo SET twin_of = NULL WHERE id = ?", (one,)),
    lambda db, dice, one, other: twins.free_in_event(db, one),
    lambda db, dice, one, other: twins.leave(db, one),
    lambda db, dice, one, other: photos.set_out(db, one, dice.choice([PhotoState.WITHDRAWN, None])),
    lambda db, dice, one, other: superseded.supersede_one(db, one, NOW),
]


@pytest.mark.parametrize("seed", range(3))
def test_it_is_so_after_every_change(ledger: Ledger, seed: int) -> None:
    dice = random.Random(seed)

    def change(db: Db) -> None:
        for number in range(6):
            photo_row(db, f"{number}.jpg")
        for number in range(300):
            known = [EventPhotoId(one) for one in db.column("SELECT id FROM event_photo")]
            one, other = dice.sample(known, 2)
            dice.choice(CHANGES)(db, dice, one, other)
            assert (number, otherwise(db)) == (number, [])

    ledger.submit(change).result()


def test_of_several_other_files_the_one_counts_that_is_furthest_behind(ledger: Ledger) -> None:
    ways = [(PhotoState.HELD, None), (PhotoState.FILED, None), (PhotoState.DISMISSED, None), (PhotoState.FILED, 5.0)]

    def go_through(db: Db) -> None:
        main, *others = (photo_row(db, f"{number}.nef") for number in range(5))
        put(db, main, (PhotoState.FILED, 5.0))
        db.execute("UPDATE event_photo SET twin_of = ? WHERE id <> ?", (main, main))
        for order in permutations(others):
            for counted, verified in (("held", 0), ("filed", 0), ("dismissed", 0), ("filed", 1)):
                for one, way in zip(order, ways, strict=True):
                    put(db, one, way if way[0] != "held" or counted == "held" else (PhotoState.WITHDRAWN, None))
                if counted == "dismissed" or verified:
                    put(db, order[1], (PhotoState.MOVED, None))
                if verified:
                    put(db, order[2], (PhotoState.SUPERSEDED, None))
                found = counts.photos(db)
                assert (found["seen"], found[counted], counts.verified_photos(db)) == (1, 1, verified)
                assert tallies.wrong(db) == []

    ledger.submit(go_through).result()


def test_what_goes_along_with_what_goes_along_is_no_photo_more(ledger: Ledger) -> None:
    """No verb makes such a chain; an older ledger may have one."""

    def chained(db: Db) -> None:
        first, second, third = (photo_row(db, f"{number}.nef") for number in range(3))
        for one, other in ((third, second), (second, first)):
            db.execute("UPDATE event_photo SET twin_of = ? WHERE id = ?", (other, one))
        for one, way in product((third, second, first), WAYS):
            put(db, one, way)
            assert counts.photos(db)["seen"] <= 1
            assert tallies.wrong(db) == []
        db.execute("UPDATE event_photo SET twin_of = NULL, state = 'filed' WHERE id = ?", (second,))
        assert tallies.wrong(db) == []
        db.execute("DELETE FROM event_photo")
        assert counts.photos(db)["seen"] == counts.verified_photos(db) == 0

    ledger.submit(chained).result()
