"""A large ledger after a crash: it is open at once, and checked beside its use."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from agent.errors import StoreDamaged
from agent.ledger import meta
from agent.ledger.sqlite import check
from agent.ledger.sqlite.rows import Db
from tests.making import rows
from tests.patience import latest
from tests.stores.test_ledger_opening import made, opened, unclean


@pytest.fixture(autouse=True)
def disk(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Each counts as large, and is read slowly until this is set: in minutes, where it ever were."""
    quick, refuse_unsound = threading.Event(), check.refuse_unsound

    def slowly(db: Db) -> None:
        db.set_progress_handler(lambda: 0 * quick.wait(0.01), 1)
        refuse_unsound(db)

    monkeypatch.setattr(check, "LARGE", 0)
    monkeypatch.setattr(check, "refuse_unsound", slowly)
    return quick


def clean(path: Path) -> str:
    with closing(sqlite3.connect(path)) as db:
        return str(db.execute("SELECT value FROM meta WHERE key = 'clean'").fetchone()[0])


def until(done: Callable[[], bool]) -> None:
    end = latest(20)
    while not done():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_sound_one_is_found_to_be_so_and_whoever_listens_hears_it(tmp_path: Path, disk: threading.Event) -> None:
    path = made(tmp_path / "ledger.sqlite")
    unclean(path)
    ledger = opened(path)
    heard: list[bool] = []
    ledger.on_change(lambda: heard.append(ledger.is_checked))
    assert not ledger.is_checked
    ledger.submit(meta.note_activity, "arrived", "meanwhile", 2.0).result()
    assert heard == [False]
    disk.set()
    until(lambda: heard == [False, True])  # and nothing else was written
    assert len(rows(ledger, "SELECT * FROM activity WHERE at = 2")) == 1
    ledger.close()
    assert clean(path) == "1"
    again = opened(path)
    assert again.is_checked, "it was closed well"
    again.close()


def test_one_that_ended_before_it_was_checked_is_checked_again(tmp_path: Path) -> None:
    path = made(tmp_path / "ledger.sqlite")
    unclean(path)
    for _ in range(2):
        ledger = opened(path)
        assert not ledger.is_checked
        ledger.close()
        assert clean(path) == "0"


@pytest.mark.parametrize("killed", [False, True], ids=["closed", "killed"])
def test_damage_is_said_and_the_next_start_sets_it_aside_before_anything_else(
    tmp_path: Path, disk: threading.Event, killed: bool
) -> None:
    path = made(tmp_path / "ledger.sqlite")
    data = path.read_bytes()
    whole = len(data) * 5 // 6 // 4096 * 4096  # what follows are the lines of `activity`
    path.write_bytes(data[:whole] + b"\xff" * (len(data) - whole))
    unclean(path)
    ledger = opened(path)
    disk.set()
    until(lambda: ledger.trouble is not None)
    assert isinstance(ledger.trouble, StoreDamaged)
    assert ledger.set_aside is None
    ledger.submit(meta.put, "a", "1").result()  # what was said before is written down by now
    assert clean(path) == meta.DAMAGED
    if not killed:
        ledger.close()
        assert clean(path) == meta.DAMAGED
    again = opened(path)
    assert again.set_aside is not None and again.is_checked
    again.close()
    assert clean(path) == "1"


def test_a_disk_that_does_not_answer_is_no_proof_and_is_asked_again(
    tmp_path: Path, disk: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(tmp_path / "ledger.sqlite")
    unclean(path)
    disk.set()
    tries: list[float] = []
    refuse_unsound = check.refuse_unsound

    def out_of_reach(db: Db) -> None:
        tries.append(time.monotonic())
        if len(tries) < 3:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error
        refuse_unsound(db)

    monkeypatch.setattr(check, "AGAIN", 0.05)
    monkeypatch.setattr(check, "refuse_unsound", out_of_reach)
    ledger = opened(path)
    until(lambda: len(tries) >= 2)
    until(lambda: ledger.is_checked)
    assert len(tries) == 3
    assert ledger.trouble is None
    ledger.close()
    assert clean(path) == "1"
