"""What each end of a placement has to do next: the design's table, in code and in the ledger's columns."""

from __future__ import annotations

from itertools import product

import pytest

from agent.filing.plan import Step, disk_step, drive_step
from agent.ledger import Ledger
from agent.model import End
from tests.filing.one_placement import One

ON_DISK = (End.ABSENT, End.RESERVED, End.THERE, End.REMOVED)
ON_DRIVE = (End.ABSENT, End.RESERVED, End.SENDING, End.THERE, End.REMOVED, End.TRASHED)

DISK = {
    (True, End.ABSENT): Step.PLACE,
    (True, End.RESERVED): Step.FINISH,
    (True, End.THERE): Step.NOTHING,
    (True, End.REMOVED): Step.NOTHING,  # by hand: left so
    (False, End.ABSENT): Step.NOTHING,
    (False, End.RESERVED): Step.TAKE_BACK,  # bytes may have come there before a crash
    (False, End.THERE): Step.TAKE_BACK,
    (False, End.REMOVED): Step.NOTHING,
}
DRIVE = {
    (True, End.ABSENT): Step.PLACE,
    (True, End.RESERVED): Step.PLACE,
    (True, End.SENDING): Step.FINISH,
    (True, End.THERE): Step.NOTHING,
    (True, End.REMOVED): Step.NOTHING,
    (True, End.TRASHED): Step.REVIVE,
    (False, End.ABSENT): Step.NOTHING,
    (False, End.RESERVED): Step.TAKE_BACK,
    (False, End.SENDING): Step.TAKE_BACK,  # by its id, never an orphan
    (False, End.THERE): Step.TAKE_BACK,
    (False, End.REMOVED): Step.NOTHING,
    (False, End.TRASHED): Step.NOTHING,
}


@pytest.fixture
def one(ledger: Ledger) -> One:
    return One(ledger)


@pytest.mark.parametrize(("wanted", "disk"), [*product((True, False), ON_DISK)])
def test_every_state_of_the_disk_has_its_step(wanted: bool, disk: End) -> None:
    assert disk_step(wanted=wanted, disk=disk) is DISK[wanted, disk]


@pytest.mark.parametrize(("wanted", "drive"), [*product((True, False), ON_DRIVE)])
def test_every_state_of_drive_has_its_step(wanted: bool, drive: End) -> None:
    assert drive_step(wanted=wanted, drive=drive) is DRIVE[wanted, drive]


@pytest.mark.parametrize(("wanted", "drive"), [*product((True, False), ON_DRIVE)])
def test_another_name_on_disk_is_followed_where_the_file_is_there(wanted: bool, drive: End) -> None:
    expected = Step.RENAME if wanted and drive is End.THERE else DRIVE[wanted, drive]
    assert drive_step(wanted=wanted, drive=drive, same_name=False) is expected


@pytest.mark.parametrize(("wanted", "disk", "failed"), [*product((True, False), ON_DISK, (True, False))])
def test_the_ledgers_column_for_the_disk_says_the_same(wanted: bool, disk: End, failed: bool, one: One) -> None:
    one.set(wanted=wanted, disk=disk, disk_failed=failed)
    assert bool(one.row["disk_due"]) is (DISK[wanted, disk] is not Step.NOTHING and not failed)


@pytest.mark.parametrize(
    ("wanted", "drive", "failed", "same_name"), [*product((True, False), ON_DRIVE, (True, False), (True, False))]
)
def test_the_ledgers_column_for_drive_says_the_same(
    wanted: bool, drive: End, failed: bool, same_name: bool, one: One
) -> None:
    one.set(wanted=wanted, drive=drive, drive_failed=failed, drive_name=one.row["disk_name"] if same_name else "x.jpg")
    step = drive_step(wanted=wanted, drive=drive, same_name=same_name)
    assert bool(one.row["drive_due"]) is (step is not Step.NOTHING and not failed)
