"""A ledger in which both files of a shot had been looked at: whoever is on it is there once, as in one of today."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from agent.ledger import Ledger, tallies
from agent.ledger.sqlite import schema
from agent.ledger.sqlite.rows import Db
from tests.making import rows
from tests.upgrades.earlier import write_ledger

STEP = (Path(schema.__file__).parent / "steps/39_faces_of_pairs.sql").read_text(encoding="utf-8")
BEFORE = """
DELETE FROM face;
INSERT INTO photo (id, sha256, md5, bytes, mime, kind, look, looked_at, engine) VALUES
(90, 'a', 'a', 1, 'image/jpeg', 'image', 'done', 1.0, 'e'),
(91, 'b', 'b', 1, 'image/x-nikon-nef', 'image', 'done', 1.0, 'e'),
(92, 'c', 'c', 1, 'image/x-nikon-nef', 'image', 'done', 1.0, 'e');
INSERT INTO event_photo (id, event, photo, name, state, arrived_at, since_at) VALUES
(90, 'default', 90, 'DSC_9.JPG', 'unsorted', 1.0, 1.0),
(91, 'default', 91, 'DSC_9.NEF', 'unsorted', 1.0, 1.0),
(92, 'party', 91, 'DSC_9.NEF', 'unsorted', 1.0, 1.0),
(93, 'default', 92, 'DSC_8.NEF', 'unsorted', 1.0, 1.0),
(94, 'party', 92, 'DSC_8.NEF', 'unsorted', 1.0, 1.0);
UPDATE event_photo SET twin_of = 90 WHERE id IN (91, 92, 93);
INSERT INTO face (id, photo, box_left, box_top, box_right, box_bottom, score, sharpness, engine, encoding) VALUES
(90, 90, 0, 0, 9, 9, 1.0, 100.0, 'e', X'00'),
(91, 91, 0, 0, 9, 9, 1.0, 100.0, 'e', X'00'),
(92, 92, 0, 0, 9, 9, 1.0, 100.0, 'e', X'00');
INSERT INTO stranger (face, event) VALUES (90, 'default'), (91, 'default'), (92, 'default'), (92, 'party');
INSERT INTO assignment (face, event, person, distance) VALUES (91, 'party', 'p', 0.1);
INSERT INTO review (face, event, person, distance, why) VALUES (90, 'default', 'p', 0.1, 'near'),
(91, 'default', 'p', 0.1, 'near');
"""


@pytest.mark.slow
def test_of_a_shot_both_files_of_which_were_looked_at_one_has_faces(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None, factory=Db)) as db:
        write_ledger(db, schema.STEPS.index(STEP), {})
        db.execute("PRAGMA foreign_keys = ON")
        db.executescript(BEFORE)
    ledger = Ledger(path)
    ledger.open()
    try:
        assert [row["id"] for row in rows(ledger, "SELECT id FROM face ORDER BY id")] == [90, 92], "one is a photo, too"
        strangers = rows(ledger, "SELECT face, event FROM stranger ORDER BY face, event")
        assert [tuple(row) for row in strangers] == [(90, "default"), (92, "party")]
        assert [row["face"] for row in rows(ledger, "SELECT face FROM review")] == [90]
        assert rows(ledger, "SELECT 1 FROM assignment") == []
        looks = rows(ledger, "SELECT look, looked_at, engine FROM photo WHERE id BETWEEN 90 AND 92 ORDER BY id")
        assert [tuple(row) for row in looks] == [("done", 1.0, "e"), ("done", None, None), ("done", 1.0, "e")]
        assert not ledger.ask(tallies.wrong)
    finally:
        ledger.close()
