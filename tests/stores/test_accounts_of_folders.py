"""Folders of events that go to another account's Drive while somebody is about to make them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from agent.ledger import Ledger, accounts, folders, meta, ours_on_drive, rebuilding
from agent.ledger.sqlite import schema
from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT, DriveId, EventId, FolderId
from agent.uploads.folders import reserve
from tests.making import folder_row, ids_to_use, rows

BEN = "ben@example.com"
EVERYTHING = "SELECT account, drive, drive_id FROM folder WHERE id = ?"


@pytest.fixture
def folder(ledger: Ledger) -> FolderId:
    """It is wanted on the Drive that all events use; both accounts have ids."""

    def make(db: Db) -> FolderId:
        for account in ("", BEN):
            ids_to_use(db, [f"{account} {number}" for number in range(9)], account)
        return folder_row(db)

    return ledger.submit(make).result()


def follow(ledger: Ledger, account: str) -> None:
    lanes: Mapping[EventId, str] = {DEFAULT_EVENT: account}
    ledger.submit(accounts.follow, lanes, lambda *_: True, 1.0).result()


def learned(ledger: Ledger, account: str) -> None:
    ledger.submit(lambda db: meta.learned(db, account, meta.to_learn(db, account))).result()


def kept(ledger: Ledger, folder: FolderId) -> tuple[str, str, str | None]:
    (row,) = rows(ledger, EVERYTHING, folder)
    return row["account"], row["drive"], row["drive_id"]


def test_one_that_went_to_another_drive_since_it_was_looked_up_has_no_id_of_the_first(
    ledger: Ledger, folder: FolderId
) -> None:
    """Else it was kept for the other Drive as made already, and found by nobody when its event came back there."""
    follow(ledger, BEN)
    learned(ledger, BEN)
    assert ledger.submit(reserve, {folder: None}, "").result() == {folder: None}
    assert kept(ledger, folder) == (BEN, "absent", None)
    given = ledger.submit(reserve, {folder: None}, BEN).result()[folder]
    assert given is not None and given.startswith(BEN)
    assert kept(ledger, folder) == (BEN, "reserved", given)
    assert ledger.submit(reserve, {folder: None}, BEN).result() == {folder: given}, "it has one"


def test_what_was_found_earlier_is_no_folder_of_an_event_that_comes_back_before_it_is_learned(
    ledger: Ledger, folder: FolderId
) -> None:
    """What came since is in none of it."""
    key = ledger.ask(lambda db: db.value("SELECT key FROM folder WHERE id = ?", (folder,)))
    follow(ledger, BEN)
    learned(ledger, BEN)
    ledger.submit(ours_on_drive.record_found, DriveId("earlier"), "folder", key, None, None, "", "Unknown").result()
    follow(ledger, "")
    times = ledger.ask(lambda db: meta.to_learn(db, ""))
    ledger.submit(ours_on_drive.adopt_folder, folder).result()
    assert kept(ledger, folder) == ("", "absent", None)
    assert not ledger.submit(meta.learned, "", times - 1).result(), "as one came while Drive was asked"
    ledger.submit(ours_on_drive.adopt_all).result()
    assert kept(ledger, folder) == ("", "absent", None)
    assert ledger.submit(meta.learned, "", times).result()
    ledger.submit(ours_on_drive.adopt_all).result()
    assert kept(ledger, folder) == ("", "there", "earlier")


def test_a_lost_ledger_waits_for_no_drive_to_which_no_event_goes(ledger: Ledger) -> None:
    """Nor for the one that all events use, where each of them names another: nobody may be signed in there."""
    ledger.submit(schema.learn_anew).result()
    for half in (meta.of_account(meta.REBUILD_DRIVE, BEN), meta.of_account(meta.REBUILD_DRIVE, "carl@example.com")):
        ledger.submit(meta.put, half, "1").result()
    follow(ledger, BEN)
    for half in (meta.REBUILD_DISK, meta.of_account(meta.REBUILD_DRIVE, BEN)):
        assert ledger.ask(lambda db: meta.rebuilding(db, drive=True))
        ledger.submit(rebuilding.done, half, "read", 1.0, lambda *_: True).result()
    assert not ledger.ask(lambda db: meta.rebuilding(db, drive=True))


def test_before_it_is_learned_what_lies_there_none_has_an_id(ledger: Ledger, folder: FolderId) -> None:
    follow(ledger, BEN)
    assert ledger.submit(reserve, {folder: None}, BEN).result() == {folder: None}
    assert kept(ledger, folder) == (BEN, "absent", None)


def test_what_is_learned_of_a_drive_that_its_event_has_left_once_more_stays_in_mind(
    ledger: Ledger, folder: FolderId
) -> None:
    """Else the folder had an id of the first Drive on the other one, and when it came back there was another."""
    made = ledger.submit(reserve, {folder: None}, "").result()[folder]
    follow(ledger, BEN)
    follow(ledger, "")
    known = ledger.submit(accounts.left_there, "").result()
    assert [(one.drive_id, one.coming) for one in known] == [(made, True)]
    follow(ledger, BEN)
    ledger.submit(accounts.come_back, "", known, set[str]()).result()
    assert kept(ledger, folder) == (BEN, "absent", None)
    follow(ledger, "")
    assert ledger.submit(accounts.left_there, "").result() == known
    ledger.submit(accounts.come_back, "", known, set[str]()).result()
    assert kept(ledger, folder) == ("", "reserved", made)


def test_an_answer_that_comes_after_another_one_was_found_changes_nothing(ledger: Ledger, folder: FolderId) -> None:
    made = ledger.submit(reserve, {folder: None}, "").result()[folder]
    assert made is not None
    found = DriveId("found there")
    ledger.submit(lambda db: db.execute("UPDATE folder SET drive = 'there', drive_id = ?", (found,))).result()
    ledger.submit(folders.made_on_drive, folder, made, "Unknown", 1.0).result()
    assert kept(ledger, folder) == ("", "there", found)
