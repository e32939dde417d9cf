"""How long faces of an event are kept is counted from its last day, whatever else that waits for."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

import pytest

from agent.people.consent import today
from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.test_people_commands import of, ok

DAY = 86_400


def faces_kept(house: House) -> int:
    with closing(sqlite3.connect(f"file:{house.root}/.venuesync/ledger.sqlite?mode=ro", uri=True)) as db:
        (known,) = db.execute("SELECT COUNT(*) FROM face WHERE encoding IS NOT NULL").fetchone()
        (references,) = db.execute("SELECT COUNT(*) FROM reference").fetchone()
    return known + references


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_PEOPLE__ENDED_DAYS="30")
@pytest.mark.parametrize("is_lost", [False, True], ids=["", "with a source that is lost"])
def test_faces_go_so_many_days_after_the_last_day(house: House, anna: Photographer, is_lost: bool) -> None:
    """They stayed until the event's last listing was done: for good where a source of it was lost."""
    folder = anna.folder("Card")
    permission = anna.share(folder)
    ok(house, "events", "source", "add", "default", folder)
    ok(house, "events", "set", "default", "ends", today().isoformat())
    ok(house, "enroll", "Mia", str(of("mia_lindqvist")[0]))
    house.drop(of("mia_lindqvist")[1], "IMG_1.jpg")
    assert house.until_done().returncode == 0
    if is_lost:
        anna.unshare(folder, permission)
    for days, is_kept in ((29, True), (31, False)):
        house.environ["VENUESYNC_CLOCK_OFFSET"] = str(days * DAY)
        house.emulator.clock(time.time() + days * DAY)
        house.start()
        wait_for(lambda: ran(house), 60, "the night's work is done")
        assert bool(faces_kept(house)) is is_kept, f"after {days} days"
        assert house.stop() == 0
        (house.root / ".venuesync" / "agent.json").unlink(missing_ok=True)
    assert "People/Mia/Solo/IMG_1.jpg" in house.on_disk(), "photos stay where they are"


def ran(house: House) -> bool:
    """Whether the night's look at faces was at that day."""
    with house.api() as api:
        (job,) = [one for one in api.get("/jobs").json() if one["name"] == "retention"]
    return job["last_at"] is not None and job["last_at"] > house.json("status")["started_at"]
