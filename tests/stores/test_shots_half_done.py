"""Of a shot of two files one is on its way to Drive, and the other waits for somebody: what is waited for."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from agent.handlers.status.facts import read_facts
from agent.handlers.status.safety import numbers_of
from agent.handlers.status.standing import Standing
from agent.handlers.status.verdict import decide
from agent.ledger import Ledger, counts
from agent.model import DriveState, Outlook, PhotoState
from tests.making import photo_row, solo_and_group, want

NOW = 1000.0


@pytest.mark.parametrize(
    ("stuck", "state", "at_last"),
    [
        ("DSC_1.jpg", "failed", Outlook.FAILED),
        ("DSC_1.nef", "failed", Outlook.FAILED),
        ("DSC_1.jpg", "held", Outlook.NEEDS_YOU),
    ],
)
def test_what_is_sent_of_a_shot_is_waited_for_though_its_other_file_waits_for_somebody(
    stuck: str, state: str, at_last: Outlook, ledger: Ledger
) -> None:
    """Such a shot was one that failed, or is held, at once: `--until-done` ended with the other file on its way."""

    def fill(db: Any) -> None:
        solo, _ = solo_and_group(db)
        main, twin = photo_row(db, "DSC_1.jpg"), photo_row(db, "DSC_1.nef")
        db.execute("UPDATE event_photo SET twin_of = ? WHERE id = ?", (main, twin))
        want(db, twin if stuck == "DSC_1.jpg" else main, solo)
        db.execute("UPDATE event_photo SET state = CASE name WHEN ? THEN ? ELSE 'filed' END", (stuck, state))
        db.execute("UPDATE folder SET disk = 'there', drive = 'there', drive_name = name")
        db.execute("UPDATE placement SET disk = 'there'")

    def outlook(drive: DriveState = DriveState.ONLINE, **how: bool) -> Outlook:
        on = drive is not DriveState.DISABLED
        facts = ledger.submit(lambda db: read_facts(db, NOW, drive=on)).result()
        return decide(Standing(numbers_of(facts, drive=on), drive=drive, **how)).outlook

    def then(change: str) -> None:
        ledger.submit(lambda db: db.execute(change) and None).result()

    ledger.submit(fill).result()
    assert outlook() is Outlook.WAITS
    assert outlook(DriveState.DISABLED) is at_last, "nothing is sent"
    for how in ({"paused": True}, {"uploads_paused": True}, {"sending_off": True}):
        assert outlook(**how) is Outlook.NEEDS_YOU, "nothing goes on by itself"
    assert outlook(DriveState.NEEDS_LOGIN) is Outlook.NEEDS_SIGN_IN
    then("UPDATE placement SET drive_failed = 1")
    assert outlook() is at_last, "Drive does not take it"
    then("UPDATE placement SET drive = 'there', drive_name = disk_name, drive_failed = 0")
    then("UPDATE event_photo SET verified_at = 5 WHERE state = 'filed'")
    assert outlook() is at_last
    assert ledger.submit(counts.verified_photos).result() == 0


def test_of_a_shot_of_which_drive_refuses_a_file_nothing_is_waited_for_but_what_moves(ledger: Ledger) -> None:
    """Whatever is true of its two files: what is refused is filed and not verified, or counts as something else."""

    def otherwise(db: Any) -> list[object]:
        solo, _ = solo_and_group(db)
        main, twin = photo_row(db, "DSC_1.jpg"), photo_row(db, "DSC_1.nef")
        for one in (main, twin):
            want(db, one, solo)
        db.execute("UPDATE event_photo SET twin_of = ? WHERE id = ?", (main, twin))
        db.execute("UPDATE placement SET drive_failed = 1")
        found: list[object] = []
        for ways in product(PhotoState, PhotoState):
            for one, state in zip((main, twin), ways, strict=True):
                db.execute("UPDATE event_photo SET state = ? WHERE id = ?", (state, one))
            photos = counts.photos(db)
            if counts.refused_photos(db) != photos["filed"] + photos["unsorted"]:
                found.append(ways)
        return found

    assert ledger.submit(otherwise).result() == []
