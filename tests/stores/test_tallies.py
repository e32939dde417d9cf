"""What is counted as rows change is what is there, whatever is done to the rows; else it is put right at night."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from agent.ledger import Ledger, counts, tallies
from agent.ledger.sqlite import schema
from agent.ledger.sqlite.rows import Db
from tests.making import photo_row, rows, solo_and_group, want

SEEN = (
    "INSERT OR REPLACE INTO sighting (path, event, folder, state, bytes, mtime_ns, inode, seen_at)"
    " VALUES (?, 'e', ?, ?, 1, 1, 1, 1)"
)
LISTED = (
    "INSERT OR REPLACE INTO source_file (source, event, drive_id, parent, content, name, mime, md5, bytes, state,"
    " camera, seen_at) VALUES ('s', ?, ?, 'p', 'c', 'n', 'image/jpeg', 'm', 5, ?, ?, 1)"
)
TAKEN = "2026-11-21T22:14:07"
FOUND = (
    "INSERT INTO face (photo, box_left, box_top, box_right, box_bottom, score, sharpness, engine, found)"
    " VALUES (?, 1, 1, 2, 2, 1, 1, 'x', ?)"
)

REFILED = (  # into the other folder, where that does not hold it
    "UPDATE placement SET folder = (SELECT MAX(o.folder) FROM placement o WHERE o.folder <> placement.folder)"
    " WHERE id = ? AND 1 = (SELECT COUNT(*) FROM placement o WHERE o.event_photo = placement.event_photo)"
)


def fill(db: Db) -> None:
    solo, group = solo_and_group(db)
    for number in range(20):
        want(db, photo_row(db, f"{number}.jpg"), *((solo, group) if number % 2 else (solo,)))


def disturb(db: Db, dice: random.Random) -> None:
    """One change of any row, as the agent or somebody's hand would make it."""
    one, other = dice.sample(range(1, 21), 2)
    name, two, state = str(dice.randint(1, 9)), dice.randint(0, 1), dice.choice(["photo", "skipped"])
    changes: list[tuple[str, tuple[object, ...]]] = [
        ("UPDATE event_photo SET state = ? WHERE id = ?", (dice.choice(["waiting", "filed", "moved"]), one)),
        ("UPDATE event_photo SET verified_at = CASE WHEN verified_at IS NULL THEN 5 END WHERE id = ?", (one,)),
        ("UPDATE event_photo SET twin_of = CASE WHEN twin_of IS NULL THEN ? END WHERE id = ?", (other, one)),
        ("UPDATE OR IGNORE event_photo SET event = ? WHERE id = ?", (dice.choice(["default", "e"]), one)),
        (
            "UPDATE placement SET drive = ?, wanted = ? WHERE id = ?",
            (dice.choice(["absent", "there", "removed"]), two, one),
        ),
        (REFILED, (one,)),
        ("UPDATE placement SET drive_failed = ? WHERE event_photo = ?", (two, one)),
        ("DELETE FROM placement WHERE id = ?", (one,)),
        (SEEN, (name, dice.choice(["/a", "/b"]), state)),
        ("UPDATE OR REPLACE sighting SET path = ? WHERE path = ?", (name, str(one))),
        ("UPDATE sighting SET folder = '' WHERE path = ?", (name,)),
        ("DELETE FROM sighting WHERE path = ?", (name,)),
        ("UPDATE photo SET look = 'done', second = ? WHERE id = ?", (dice.choice(["due", "none", "rest"]), one)),
        ("UPDATE photo SET look = 'due' WHERE id = ?", (one,)),
        ("UPDATE photo SET looked_at = ? WHERE id = ?", (dice.choice([None, 5.0]), one)),
        (FOUND, (one, 1 + two)),
        ("DELETE FROM face WHERE photo = ?", (one,)),
        ("UPDATE face SET found = 2 WHERE photo = ?", (one,)),
        ("INSERT OR IGNORE INTO assignment SELECT id, ?, 'p', 0.1 FROM face", (dice.choice(["default", "e"]),)),
        ("DELETE FROM assignment WHERE event = ?", (dice.choice(["default", "e"]),)),
        (LISTED, (dice.choice(["default", "e"]), name, dice.choice(["due", "done", "gone"]), dice.choice(["", "a"]))),
        ("UPDATE source_file SET state = 'done', camera = 'b' WHERE drive_id = ?", (name,)),
        ("DELETE FROM source_file WHERE drive_id = ?", (name,)),
        ("INSERT OR IGNORE INTO cluster (id, event) VALUES (?, 'e')", (two,)),
        ("INSERT OR IGNORE INTO stranger SELECT id, ?, NULL FROM face", (dice.choice(["default", "e"]),)),
        (
            "UPDATE stranger SET cluster = (SELECT MAX(id) FROM cluster WHERE id <= ?) WHERE face % 3 = ?",
            (one % 3, two),
        ),
        ("DELETE FROM stranger WHERE face % 5 = ?", (two,)),
        ("UPDATE photo SET device = ? WHERE id = ?", (dice.choice(["", "Canon", "Canon #7"]), one)),
        (
            "UPDATE photo SET taken_at = ? WHERE id = ?",
            (dice.choice([None, TAKEN, f"{TAKEN}.50", f"{TAKEN}+02:00"]), one),
        ),
        ("UPDATE photo SET kind = ? WHERE id = ?", (dice.choice(["image", "video"]), one)),
        ("UPDATE event_photo SET camera = ? WHERE id = ?", (dice.choice(["", "Ana"]), one)),
    ]
    db.execute(*dice.choice(changes))


@pytest.mark.parametrize("seed", range(3))
def test_they_follow_every_change(ledger: Ledger, seed: int) -> None:
    dice = random.Random(seed)

    def follow(db: Db) -> None:
        fill(db)
        for number in range(400):
            disturb(db, dice)
            assert number % 10 or tallies.wrong(db) == []

    ledger.submit(follow).result()


def test_an_older_ledger_is_counted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ledger.sqlite"
    with monkeypatch.context() as earlier:
        # what is written today needs the columns of later ones
        earlier.setattr(
            schema, "STEPS", (*schema.STEPS[:9], *(schema.STEPS[at] for at in (11, 16, 17, 18, 19, 23, 35, 41)))
        )
        older = Ledger(path)
        older.open()
        older.submit(fill).result()
        older.close()
    with closing(sqlite3.connect(path)) as db:
        db.executescript(
            "DROP TABLE giving_way; DROP TABLE sent_on_day;"
            "DROP INDEX placement_owed; ALTER TABLE placement DROP COLUMN owed;"
            "DROP INDEX placement_blurred; ALTER TABLE placement DROP COLUMN made_as;"
            "ALTER TABLE placement DROP COLUMN filed_as; ALTER TABLE placement DROP COLUMN lies_as;"
            "ALTER TABLE placement DROP COLUMN disk_bytes; DROP TABLE rendition; DROP INDEX disk_found_stands_for;"
            "ALTER TABLE disk_found DROP COLUMN sha256; ALTER TABLE disk_found DROP COLUMN made_as;"
            "DROP INDEX event_photo_given; ALTER TABLE event_photo DROP COLUMN given; PRAGMA user_version = 9"
        )
        db.executescript("ALTER TABLE drive_found DROP COLUMN name")
        db.executescript("DROP INDEX photo_due; ALTER TABLE photo DROP COLUMN came_at")
        db.executescript("CREATE INDEX photo_due ON photo (id) WHERE look = 'due'")
        db.executescript("ALTER TABLE folder DROP COLUMN account; DROP INDEX drive_id_pool_account")
        db.executescript("".join(f"ALTER TABLE {one} DROP COLUMN account;" for one in ("drive_id_pool", "drive_found")))
    ledger = Ledger(path)
    ledger.open()
    assert ledger.submit(tallies.wrong).result() == []
    assert ledger.submit(counts.photos).result()["seen"] == 20
    ledger.close()


def test_what_is_counted_wrongly_is_found_and_put_right(ledger: Ledger) -> None:
    ledger.submit(fill).result()
    ledger.submit(lambda db: db.execute("UPDATE shot_tally SET number = 7")).result()
    assert ledger.submit(tallies.wrong).result() == ["photos"]
    assert ledger.submit(tallies.recount).result() == ["photos"]
    assert ledger.submit(counts.photos).result()["seen"] == rows(ledger, "SELECT COUNT(*) FROM event_photo")[0][0]
