"""A machine's clock that is months ahead of Drive's lets nothing go for good; where it is right by Drive's, it does."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from agent.people.consent import today
from tests.venue.house import House, wait_for
from tests.venue.test_people_commands import of, ok
from tests.venue.test_retention_counted import DAY, faces_kept, ran

MONTHS = 70 * DAY


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_PEOPLE__CONSENT_ENDED="forget", VENUESYNC_PEOPLE__UNKNOWN_DAYS="30")
def test_nothing_goes_by_a_clock_that_is_months_ahead(house: House) -> None:
    """Whoever had consented until next month was forgotten for good, and faces that nobody had named went."""
    ok(house, "enroll", "Mia", str(of("mia_lindqvist")[0]))
    ok(house, "people", "consent", "Mia", "form", "--until", (today() + timedelta(30)).isoformat())
    house.drop(of("mia_lindqvist")[1], "IMG_1.jpg")
    house.drop(of("anna_berg")[1], "IMG_2.jpg")
    assert house.until_done().returncode == 0
    kept = faces_kept(house)
    house.environ["VENUESYNC_CLOCK_OFFSET"] = str(MONTHS)
    house.start()
    wait_for(lambda: ran(house), 60, "it was its turn")
    assert [one["name"] for one in house.json("people")] == ["Mia"] and faces_kept(house) == kept
    (told,) = house.json("errors")["open"]
    assert told["title"] == "This machine's clock is ahead" and "days ahead of Drive's" in told["detail"], told
    assert house.stop() == 0
    (house.root / ".venuesync" / "agent.json").unlink(missing_ok=True)
    house.environ["VENUESYNC_CLOCK_OFFSET"] = str(MONTHS + DAY)
    house.emulator.clock(time.time() + MONTHS + DAY)  # by Drive's, too: it is that day
    time.sleep(0.2)  # until it says so
    house.start()
    wait_for(lambda: house.json("people") == [], 60, "the next night they are")
    wait_for(lambda: house.json("errors")["open"] == [], 60, "and it is told no more")


@pytest.mark.slow
def test_a_link_ends_by_drives_clock(house: House) -> None:
    """It was taken back weeks before its last day, for good, and the cards that were printed opened nothing."""
    ok(house, "enroll", "Mia", str(of("mia_lindqvist")[0]))
    assert house.until_done().returncode in (0, 1)
    house.start()
    wait_for(lambda: house.json("status")["drive"]["state"] == "online", 30, "Drive answers")
    wait_for(
        lambda: house.run("people", "link", "Mia", "--until", str(today() + timedelta(30))).returncode == 0, 30, ""
    )
    assert house.stop() == 0
    (house.root / ".venuesync" / "agent.json").unlink(missing_ok=True)
    house.environ["VENUESYNC_CLOCK_OFFSET"] = str(MONTHS)
    house.start()
    wait_for(lambda: house.json("status")["drive"]["state"] == "online", 30, "Drive answers")
    time.sleep(3)
    assert house.json("people")[0]["link"] is not None
    assert house.stop() == 0
    (house.root / ".venuesync" / "agent.json").unlink(missing_ok=True)
    house.emulator.clock(time.time() + MONTHS)
    time.sleep(0.2)  # until it says so
    house.start()
    wait_for(lambda: house.json("people")[0]["link"] is None, 60, "it is over by Drive's, too")
