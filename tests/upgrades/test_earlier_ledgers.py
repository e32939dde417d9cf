"""A workspace of every earlier ledger opens: all that was in it is there, nothing is sent or filed again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from agent.ledger.sqlite import store
from agent.ledger.sqlite.schema import STEPS
from tests.upgrades.earlier import SAMPLES, lay_out
from tests.venue.house import House, wait_for
from tests.venue.manifest import sha256
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene

SENT = ("files.create", "files.copy", "files.get_media", "files.update")
AT_WORK = {"meta", "asked", "drive_id_pool", "activity", "feed", "sync_run", "job", "listing_again", "foreign_folder"}
AT_WORK |= {"camera_clock"}
BEFORE_FEEDS_WERE_KNOWN = 31  # by source
NEWEST = range(len(STEPS) - 2, len(STEPS) + 1)
EVERY = [
    pytest.param(one, marks=[] if one == 1 or one % 10 == 0 or one in NEWEST else [pytest.mark.slow])
    for one in range(1, len(STEPS) + 1)
]


@pytest.fixture
def earlier(request: pytest.FixtureRequest, house: House) -> House:
    lay_out(house, request.param)
    house.emulator.forget_requests()
    return house


def rows_of(house: House) -> dict[str, int]:
    """How many rows each table has."""
    with closing(sqlite3.connect(house.root / ".venuesync/ledger.sqlite")) as db:
        names = [str(name) for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {one: db.execute(f"SELECT COUNT(*) FROM {one}").fetchone()[0] for one in names}


def test_a_step_that_somebody_has_taken_is_not_edited() -> None:
    """Their ledgers would stay as they are: what is to be otherwise is a new step, and its line in `steps.sha256`."""
    taken = dict(reversed(line.split()) for line in (SAMPLES / "steps.sha256").read_text().splitlines())
    steps = Path(store.__file__).parent / "steps"
    assert {one.name: sha256(one.read_bytes()) for one in steps.glob("*.sql")} == taken
    assert {int(one.stem) for one in SAMPLES.glob("*.sql")} <= set(range(1, len(STEPS) + 1))


@pytest.mark.parametrize("earlier", EVERY, indirect=True)
def test_a_workspace_of_an_earlier_step_opens_with_all_that_was_in_it(earlier: House) -> None:
    before, tree = rows_of(earlier), earlier.on_disk()
    earlier.start()
    wait_for(lambda: earlier.json("status")["safe_to_leave"]["safe"], 60, earlier.json("status")["safe_to_leave"])
    photos = earlier.json("status")["photos"]
    assert {one: photos[one] for one in ("seen", "filed", "verified", "failed", "skipped")} == {
        "seen": 3,
        "filed": 3,
        "verified": 3,
        "failed": 0,
        "skipped": 1,
    }
    (ana,) = earlier.json("people")
    assert (ana["name"], ana["references"], ana["solo"], ana["group"]) == ("Ana Sá", 1, 1, 2)
    assert earlier.json("status")["faces"]["clusters"] == 1
    assert "Ana enrolled: 1 reference" in [one["text"] for one in earlier.json("activity")]
    assert earlier.json("errors")["open"] == []
    assert earlier.on_disk() == tree
    assert [one["camera"] for one in earlier.json("photos") if one["name"] == "ANNA_0004.jpg"] == ["Cam1"]
    after = rows_of(earlier)
    kept = {one: number for one, number in before.items() if one not in AT_WORK and not one.endswith("_tally")}
    grouped = {"alike": 2, "alike_face": 6, "sqlite_sequence": kept["sqlite_sequence"] + 1}
    left_behind = "one was left behind by a photo that left"
    wanted = kept | {one: number for one, number in grouped.items() if one in kept} | {"assignment": 3}
    assert {one: after[one] for one in kept} == wanted, left_behind
    asked = earlier.emulator.requests()["methods"]
    assert {one: asked[one] for one in SENT if one in asked} == {}
    assert earlier.run("undo").returncode == 0
    wait_for(lambda: earlier.json("status")["photos"]["verified"] == 4, 30, "what was withdrawn is back")
    asked = earlier.emulator.requests()["methods"]
    assert (asked.get("files.create"), asked.get("files.copy")) == (None, None), "out of the trash, by its id"
    earlier.assert_invariants()
    assert earlier.stop() == 0


@pytest.mark.slow
def test_what_an_earlier_program_read_the_feed_past_comes_once_its_source_is_looked_at_again(
    house: House, tmp_path: Path
) -> None:
    """Its event was switched on as the plug was pulled, and no feed is known to have told of the source."""
    lay_out(house, BEFORE_FEEDS_WERE_KNOWN)
    anna = Photographer(house.emulator)
    (source,) = (one["id"] for one in house.emulator.files() if one["name"] == "Cloud_Cam1")
    anna.put(scene(tmp_path / "1.jpg", 1), "ANNA_0005.jpg", source)
    here = house.emulator.client().get("/drive/v3/changes/startPageToken").json()["startPageToken"]
    with closing(sqlite3.connect(house.root / ".venuesync/ledger.sqlite")) as db, db:
        db.execute("UPDATE feed SET token = ?, polled_at = polled_at + 60", (here,))
        db.execute("DELETE FROM listing_again")  # ten minutes have passed since the folder was listed first
    house.start()
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "it is safe")
    assert "ANNA_0005.jpg" in [one["name"] for one in house.json("photos")]
