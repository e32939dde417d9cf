"""Opening the ledger: from nothing, after a crash, damaged, too new, or out of reach. Nothing is ever thrown away."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agent.errors import Cause, StoreDamaged, VenueError
from agent.ledger import Ledger, meta
from agent.ledger.sqlite import schema, store
from agent.ledger.sqlite.rows import Db
from tests.making import rows


def made(path: Path, lines: int = 2000) -> Path:
    """A ledger with some pages in it, closed."""
    ledger = Ledger(path)
    ledger.open()
    for number in range(lines):
        ledger.submit(meta.note_activity, "arrived", f"DSC_{number}.jpg arrived, as told by a line of some length", 1.0)
    ledger.close()
    return path


def opened(path: Path) -> Ledger:
    ledger = Ledger(path)
    ledger.open()
    return ledger


def test_from_nothing_every_step_is_taken(tmp_path: Path) -> None:
    ledger = opened(tmp_path / "ledger.sqlite")
    assert ledger.set_aside is None
    assert rows(ledger, "PRAGMA user_version")[0][0] == len(schema.STEPS)
    assert rows(ledger, "PRAGMA journal_mode")[0][0] == "wal"
    assert ledger.submit(lambda db: db.execute("PRAGMA synchronous").fetchone()[0]).result() == 2  # FULL
    assert ledger.submit(lambda db: db.execute("PRAGMA secure_delete").fetchone()[0]).result() == 1
    ledger.close()


def test_a_new_one_is_what_the_steps_make_of_nothing(tmp_path: Path) -> None:
    """It is made in one piece: 22 steps on a slow disk are 22 waits for it."""
    ledger = opened(tmp_path / "ledger.sqlite")
    stepwise = sqlite3.connect(tmp_path / "stepwise.sqlite", isolation_level=None, factory=Db)
    schema.migrate(stepwise)
    asked = "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name"
    assert [tuple(row) for row in rows(ledger, asked)] == stepwise.execute(asked).fetchall()
    assert stat.S_IMODE(ledger.path.stat().st_mode) == 0o600
    ledger.close()
    stepwise.close()


def test_opened_again_it_holds_what_it_held(tmp_path: Path) -> None:
    path = made(tmp_path / "ledger.sqlite", 3)
    ledger = opened(path)
    assert ledger.set_aside is None
    assert len(rows(ledger, "SELECT * FROM activity")) == 3
    ledger.close()


def test_a_ledger_of_every_earlier_step_comes_to_the_newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that is added later is taken by an older ledger, whose rows stay."""
    path = made(tmp_path / "ledger.sqlite", 3)
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, "ALTER TABLE activity ADD COLUMN later TEXT;"))
    ledger = opened(path)
    assert [row["later"] for row in rows(ledger, "SELECT later FROM activity")] == [None] * 3
    ledger.close()


def test_cameras_of_an_earlier_ledger_are_called_as_they_are_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(schema, "STEPS", schema.STEPS[:3])
        path = made(tmp_path / "ledger.sqlite", 1)
    db = sqlite3.connect(path)
    for camera in ("Cloud_Cam12", "Cloud_Cam1 spare", "Bob"):
        db.execute(
            "INSERT INTO source_file (source, event, drive_id, parent, content, name, mime, md5, bytes, camera,"
            " seen_at) VALUES ('s', 'e', ?1, 'p', ?1, 'x.jpg', 'image/jpeg', 'm', 1, ?1, 1)",
            (camera,),
        )
    db.commit()
    db.close()
    ledger = opened(path)
    found = rows(ledger, "SELECT camera FROM source_file ORDER BY id")
    assert [row["camera"] for row in found] == ["Cam12", "Cloud_Cam1 spare", "Bob"]
    ledger.close()


def test_a_step_that_fails_leaves_the_ledger_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(tmp_path / "ledger.sqlite", 3)
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, "CREATE TABLE later (id) ; SELECT RAISE(FAIL, 'no');"))
    db = sqlite3.connect(path, isolation_level=None)
    with pytest.raises(sqlite3.Error):
        schema.migrate(db)
    db.close()
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone()[0] == len(schema.STEPS) - 1
    assert db.execute("SELECT COUNT(*) FROM sqlite_master WHERE name = 'later'").fetchone()[0] == 0
    db.close()


def test_a_newer_ledger_is_refused_and_not_a_byte_of_it_changed(tmp_path: Path) -> None:
    path = made(tmp_path / "ledger.sqlite", 3)
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 999")
    db.close()
    before = path.read_bytes()
    with pytest.raises(VenueError, match="newer venuesync") as refused:
        opened(path)
    assert "step 999" in refused.value.detail
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["ledger.sqlite"]


# ---- damaged


def garbage(data: bytes) -> bytes:
    return b"this is no database " * (len(data) // 20)


def cut_short(data: bytes) -> bytes:
    return data[: len(data) // 2]


def torn_pages(data: bytes) -> bytes:
    return data[:4096] + b"\xff" * (len(data) - 8192) + data[-4096:]


def without_tables(data: bytes) -> bytes:
    return data[:100] + b"\0" * (len(data) - 100)


@pytest.mark.parametrize("harm", [garbage, cut_short, torn_pages, without_tables])
def test_a_damaged_file_is_set_aside_and_a_new_one_begun(harm: object, tmp_path: Path) -> None:
    path = made(tmp_path / "ledger.sqlite")
    damaged = harm(path.read_bytes())  # type: ignore[operator]
    path.write_bytes(damaged)
    unclean(path)
    damaged = path.read_bytes()
    ledger = opened(path)
    assert ledger.set_aside is not None
    assert ledger.set_aside.read_bytes() == damaged
    assert rows(ledger, "SELECT * FROM activity") == []
    ledger.submit(meta.put, "a", "1").result()
    ledger.close()
    again = opened(path)
    assert again.set_aside is None
    again.close()


def test_what_a_lost_ledger_left_beside_it_is_none_of_its_backups(tmp_path: Path) -> None:
    """Killed while it was set aside, its last writes lie there still: they are another ledger's."""
    path, backup = made(tmp_path / "ledger.sqlite", 200), tmp_path / "backup.sqlite"
    shutil.copyfile(path, backup)
    ledger = opened(path)
    for number in range(50):
        ledger.submit(meta.note_activity, "arrived", f"written later {number}", 2.0).result()
    left = path.with_name("ledger.sqlite-wal").read_bytes()
    ledger.close()
    path.unlink()
    path.with_name("ledger.sqlite-wal").write_bytes(left)
    again = Ledger(path, lambda: [backup])
    again.open()
    assert again.spare == backup
    assert again.set_aside is None
    assert [tuple(row) for row in rows(again, "SELECT COUNT(*), MAX(at) FROM activity")] == [(200, 1.0)]
    again.close()
    assert [one.read_bytes() for one in tmp_path.glob("ledger.left-*-wal")] == [left], "nothing is thrown away"


def test_what_a_full_disk_left_of_a_ledger_is_gone_at_the_next_start(tmp_path: Path) -> None:
    """Each start on it left another empty ledger beside the last one, for good."""
    path = tmp_path / "ledger.sqlite"
    (tmp_path / "ledger.left-1000000000.sqlite").touch()
    (tmp_path / "ledger.left-1000000000.sqlite-shm").write_bytes(bytes(32_768))
    (tmp_path / "ledger.left-1000000001.sqlite-wal").write_bytes(b"somebody's last writes" * 9)
    path.touch()
    opened(path).close()
    assert [one.name for one in tmp_path.glob("ledger.left-*")] == ["ledger.left-1000000001.sqlite-wal"]


def unclean(path: Path) -> None:
    """As a pulled plug leaves it, where it is still a database."""
    db = sqlite3.connect(path, isolation_level=None)
    try:
        db.execute("UPDATE meta SET value = '0' WHERE key = 'clean'")
    except sqlite3.DatabaseError:
        pass
    finally:
        db.close()


async def test_damage_that_is_met_at_work_is_said_and_looked_for_at_the_next_start(tmp_path: Path) -> None:
    path = made(tmp_path / "ledger.sqlite")
    data = path.read_bytes()
    whole = len(data) * 5 // 6 // 4096 * 4096  # what follows are the lines of `activity`
    path.write_bytes(data[:whole] + b"\xff" * (len(data) - whole))  # it was closed well: opening looks no further
    ledger = opened(path)
    assert ledger.set_aside is None
    with pytest.raises(StoreDamaged, match="Start venuesync again"):
        await ledger.read(lambda db: db.execute("SELECT * FROM activity").fetchall())
    ledger.close()
    again = opened(path)
    assert again.set_aside is not None
    again.close()


@pytest.mark.parametrize("instead", [None, "an older one"])
def test_one_that_is_taken_away_at_work_is_missed_and_no_other_is_read(tmp_path: Path, instead: str | None) -> None:
    """An empty one was made in its place, which shared its log: what was written last was lost, and photos were filed
    a second time.
    """
    path = made(tmp_path / "ledger.sqlite", 3)
    ledger = opened(path)
    ledger.measure()
    assert ledger.trouble is None
    taken = path.rename(tmp_path / "taken")
    if instead is not None:
        made(tmp_path / "other.sqlite", 1).rename(path)
    before = sorted(tmp_path.iterdir())
    with ThreadPoolExecutor(1) as another, pytest.raises(StoreDamaged, match="was taken away"):
        another.submit(ledger.ask, lambda db: db.execute("SELECT * FROM activity").fetchall()).result()
    ledger.measure()
    assert "was taken away" in str(ledger.trouble)
    assert sorted(tmp_path.iterdir()) == before
    ledger.submit(meta.note_activity, "arrived", "DSC_9.jpg arrived", 1.0).result()
    taken.rename(path)
    ledger.measure()
    assert ledger.trouble is None, "it lies there again"
    assert len(rows(ledger, "SELECT * FROM activity")) == 4
    ledger.close()


# ---- out of reach: nothing is wrong with the file


def test_a_ledger_that_another_program_holds_stays_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(tmp_path / "ledger.sqlite", 3)
    connect = sqlite3.connect
    monkeypatch.setattr(store.sqlite3, "connect", lambda *args, **kw: connect(*args, **{**kw, "timeout": 0.1}))
    other = connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(VenueError, match="Another program holds the ledger") as refused:
        opened(path)
    assert refused.value.cause is Cause.TRANSIENT
    other.execute("ROLLBACK")
    other.close()
    ledger = opened(path)
    assert ledger.set_aside is None
    assert len(rows(ledger, "SELECT * FROM activity")) == 3
    ledger.close()


def test_a_folder_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(VenueError, match="unable to open"):
        opened(tmp_path / "nowhere" / "ledger.sqlite")


def test_after_a_crash_a_sound_ledger_is_kept(tmp_path: Path) -> None:
    path = made(tmp_path / "ledger.sqlite", 50)
    unclean(path)
    ledger = opened(path)
    assert ledger.set_aside is None
    assert len(rows(ledger, "SELECT * FROM activity")) == 50
    ledger.close()
