"""A store of a newer program is refused with what to do, and not a byte of it is changed."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from agent.drive.sign_in.kept import ACTIVE
from agent.drive.sign_in.vault import Vault
from agent.ledger.sqlite.schema import STEPS
from agent.workspace import find_workspace
from tests.upgrades.earlier import lay_out
from tests.venue.house import House


def newer_ledger(house: House) -> Path:
    """Its last writes stand in the log beside it still, as after a kill."""
    path = house.root / ".venuesync/ledger.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
        db.execute("INSERT INTO activity (at, kind, text) VALUES (1.0, 'later', 'of a newer program')")
        for suffix in ("", "-wal"):
            shutil.copy(f"{path}{suffix}", f"{path}{suffix}.kept")
    for suffix in ("", "-wal"):
        Path(f"{path}{suffix}.kept").rename(f"{path}{suffix}")
    return path


def newer_people(house: House) -> Path:
    path = house.root / ".venuesync/roster.json"
    tables = json.loads(path.read_text(encoding="utf-8"))
    tables["workspace"]["1"] |= {"format": 2, "revision": {"of": "another kind"}}
    path.write_text(json.dumps(tables), encoding="utf-8")
    return path


def newer_settings(house: House) -> Path:
    path = house.root / "config.toml"
    path.write_text('[lamp]\ncolour = "red"\n')
    return path


def newer_sign_in(house: House) -> Path:
    vault = Vault(find_workspace(house.root, house.environ).sign_in)
    vault.write("account-0.sealed", {"format": 2, "who": "somebody"})
    vault.write(ACTIVE, {"format": 1, "file": "account-0.sealed"})
    return house.root / ".venuesync/sign-in/account-0.sealed"


NEWER = {
    newer_ledger: (1, "The ledger was made by a newer venuesync: it is at step", "Update venuesync", "ledger"),
    newer_people: (1, "The list of people was made by a newer venuesync: it is of format 2", "Update", "people"),
    newer_settings: (2, "lamp.colour is no setting", "config.toml.example", "config"),
    newer_sign_in: (4, "The stored sign-in was made by a newer venuesync", "Update venuesync, or run", "sign-in"),
}


@pytest.mark.slow
@pytest.mark.parametrize("newer", NEWER)
def test_it_is_refused_and_stays_as_it_is(house: House, newer: Callable[[House], Path]) -> None:
    lay_out(house, len(STEPS))
    path = newer(house)
    code, why, remedy, check = NEWER[newer]
    before = {one.name: one.read_bytes() for one in path.parent.glob(f"{path.name}*") if "-shm" not in one.name}
    done = house.run("--no-ui", "--until-done")
    assert done.returncode == code, done.stderr
    assert newer is newer_sign_in or (why in done.stderr and remedy in done.stderr), done.stderr
    told = {one["check"]: one for one in json.loads(house.run("doctor", "--json").stdout)}[check]
    assert why in told["detail"] and told["state"] == "problem", told
    assert remedy in told["remedy"] or newer is newer_settings
    after = {one.name: one.read_bytes() for one in path.parent.glob(f"{path.name}*") if "-shm" not in one.name}
    assert after == before
    assert not list(path.parent.glob("*damaged*"))


def test_an_older_copy_takes_the_place_of_a_newer_list_of_people(house: House) -> None:
    lay_out(house, len(STEPS))
    state = house.root / ".venuesync"
    older = shutil.copy(state / "roster.json", state / "older.json")
    newer = newer_people(house).read_bytes()
    done = house.run("restore", str(older))
    assert done.returncode == 0, done.stderr
    assert [one["name"] for one in house.json("people")] == ["Ana Sá"]
    assert [one.read_bytes() for one in state.glob("before-restore-*/roster.json")] == [newer], "it is kept"
