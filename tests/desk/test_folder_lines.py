"""Each incoming folder's own line: whether the card may be erased."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from agent.handlers.status.sections import folder_line
from agent.ledger import Ledger, photos, sightings, troubles
from agent.ledger.sightings import FileFacts, Sighting
from agent.model import DEFAULT_EVENT
from tests.making import content

TALLY = {"photos": 120, "skipped": 0, "unreadable": 0, "waiting": 0, "failed": 0, "dismissed": 0, "withdrawn": 0}


def line(
    *,
    looked: bool = True,
    settling: int = 0,
    nowhere: int = 0,
    state: str = "running",
    detail: str | None = None,
    **tally: int,
) -> Any:
    counts = {**TALLY, **tally}
    folder: Any = {
        "state": state,
        "detail": detail,
        "photos": counts["photos"],
        "waiting": counts["waiting"] + settling,
        "skipped_count": counts["skipped"],
    }
    return folder_line(folder, counts, looked=looked, nowhere=nowhere)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({}, (True, "all copied: the card may be erased")),
        ({"skipped": 3}, (True, "all copied: the card may be erased (3 other files stay)")),
        ({"photos": 12345, "waiting": 1234}, (False, "1,234 of 12,345 still to copy")),
        ({"waiting": 3}, (False, "3 of 120 still to copy")),
        ({"settling": 2}, (False, "2 of 122 still to copy")),
        ({"waiting": 3, "settling": 2}, (False, "5 of 122 still to copy")),
        ({"failed": 2}, (False, "2 of 120 could not be copied: see errors")),
        ({"unreadable": 1}, (False, "1 of 121 could not be copied: see errors")),
        ({"failed": 2, "unreadable": 1}, (False, "3 of 121 could not be copied: see errors")),
        ({"dismissed": 2}, (False, "2 of 120 set aside or gone: the card may not be erased")),
        ({"dismissed": 2, "nowhere": 1}, (False, "3 of 121 set aside or gone: the card may not be erased")),
        ({"withdrawn": 2}, (False, "2 of 120 withdrawn, so here alone; the rest is copied")),
        ({"withdrawn": 2, "waiting": 1}, (False, "1 of 120 still to copy")),
        ({"gone": 2}, (False, "2 of 120 filed and deleted, so here alone: venuesync retry --all")),
        ({"on_drive": 2}, (True, "all copied, 2 on Drive alone: the card may be erased")),
        ({"photos": 0, "nowhere": 1}, (False, "1 of 1 set aside or gone: the card may not be erased")),
        ({"photos": 0}, (False, "empty")),
        ({"photos": 0, "skipped": 4}, (False, "no photos, 4 other files")),
        ({"looked": False}, (False, "checking once more")),
        ({"state": "missing"}, (False, "the folder is missing")),
        ({"state": "unreadable", "detail": "permission denied"}, (False, "permission denied")),
        ({"state": "missing", "waiting": 3}, (False, "the folder is missing")),
    ],
)
def test_what_is_said_of_a_folder(facts: dict[str, Any], said: tuple[bool, str]) -> None:
    assert line(**facts) == said


def test_the_counts_of_a_folder_are_its_own(ledger: Ledger) -> None:
    """The same photo on two cards waits on both; a photo of another card is not counted here."""

    def fill(db: Any) -> None:
        facts = FileFacts(1, 1, 1)
        for folder, number in (("/a", 1), ("/a", 2), ("/b", 2), ("/b", 3)):
            seen = Sighting(f"{folder}/{number}.jpg", DEFAULT_EVENT, folder, facts)
            sightings.record_photo_at(db, seen, content(b"%d" % number), time.time(), f"{number}.jpg")
        sightings.record_other(db, Sighting("/b/n.txt", DEFAULT_EVENT, "/b", facts), "skipped", "no photo", 1.0)
        sightings.record_other(db, Sighting("/b/x.jpg", DEFAULT_EVENT, "/b", facts), "unreadable", "no", 1.0)
        db.execute("UPDATE event_photo SET state = 'filed' WHERE photo = 1")
        photos.fail(db, 3)  # type: ignore[arg-type]

    ledger.submit(fill).result()
    tallies = ledger.submit(sightings.folder_tallies).result()
    assert tallies == {
        "/a": {"photos": 2, "skipped": 0, "unreadable": 0, "waiting": 1, "failed": 0, "dismissed": 0, "withdrawn": 0},
        "/b": {"photos": 2, "skipped": 1, "unreadable": 1, "waiting": 1, "failed": 1, "dismissed": 0, "withdrawn": 0},
    }
    ledger.submit(lambda db: db.execute("UPDATE event_photo SET state = 'dismissed' WHERE photo = 3") and None).result()
    tally = ledger.submit(sightings.folder_tallies).result()["/b"]
    assert (tally["failed"], tally["dismissed"]) == (0, 1)
    assert ledger.submit(troubles.aside_and_nowhere).result() == {}
    ledger.submit(sightings.forget_paths, ["/b/3.jpg"], 1.0).result()
    assert ledger.submit(troubles.aside_and_nowhere).result() == {DEFAULT_EVENT: 1}, (
        "it may be any folder's of its event"
    )
    assert [Path(one).name for one in ledger.submit(sightings.skipped_paths, "/b").result()] == ["n.txt"]
