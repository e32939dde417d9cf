"""Ids for what is still to be made: some are there for everybody, and each lies in the log before it is used."""

from __future__ import annotations

from pathlib import Path

from agent.ledger import Ledger, ours_on_drive
from agent.uploads.tags import AT_ONCE, LOW, IdLog, IdPool
from tests.drive.kit import Kit
from tests.emulator.drive import Emulator


async def test_some_are_left_for_others_whoever_takes_many(kit: Kit, ledger: Ledger, tmp_path: Path) -> None:
    """A folder that is to be moved takes one by the way, and nobody would have asked for more."""
    pool = IdPool(ledger, kit.client, IdLog(tmp_path / "ids.log"))
    for number in (0, 100, 1, 100, 64, 100):
        await pool.fill(number)
        taken = [await ledger.write(ours_on_drive.take_id) for _ in range(number)]
        assert None not in taken
        assert await ledger.read(ours_on_drive.pool_size) >= LOW


async def test_each_lies_in_the_log_before_it_is_used_and_few_do_before_they_are_needed(
    kit: Kit, ledger: Ledger, tmp_path: Path, emulator: Emulator
) -> None:
    log = IdLog(tmp_path / "ids.log")
    emulator.forget_requests()
    for life in range(5):
        pool = IdPool(ledger, kit.client, log)  # another agent's
        await pool.fill()
        used = {await ledger.write(ours_on_drive.take_id) for _ in range(LOW)}
        assert used <= {*log.read("")}
        assert len(log.read("")) <= (life + 1) * LOW + AT_ONCE
    assert emulator.requests()["methods"] == {"files.generateIds": 1}


async def test_distrusted_ids_are_used_no_more(kit: Kit, ledger: Ledger, tmp_path: Path) -> None:
    pool = IdPool(ledger, kit.client, IdLog(tmp_path / "ids.log"))
    await pool.fill()
    before = await ledger.read(ours_on_drive.unused)
    await pool.distrust()
    assert await ledger.write(ours_on_drive.take_id) is None
    await pool.fill()
    assert not before & await ledger.read(ours_on_drive.unused)
