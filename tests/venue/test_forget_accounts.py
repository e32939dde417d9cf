"""Somebody is forgotten whose event was on another account's Drive before: that it goes back there names nobody."""

from __future__ import annotations

import shutil
import time

import pytest

from tests.venue.house import wait_for
from tests.venue.pictures import FACES
from tests.venue.test_forget import TOGETHER, left
from tests.venue.test_people_commands import of as of_person
from tests.venue.two_accounts import ANA, BEN, GALA, Two

NAME = "Ana Wolkenstein"
HERS = f"venuesync/Gala/People/{NAME}/Solo/her.jpg"


def there_and_away(two: Two) -> None:
    """Her photo lies on Ben's Drive from before, and on Ana's now."""
    house = two.house
    assert house.run("enroll", NAME, str(FACES / "one_guest.jpg"), "--event", "Gala").returncode == 0
    (house.root / GALA / "her.jpg").write_bytes((FACES / "one_guest.jpg").read_bytes())
    two.verified(1)
    assert house.run("events", "set", "Gala", "account", "", "--yes").returncode == 0
    wait_for(lambda: two.there(ANA) == [HERS], 30, "she is on Ana's Drive")
    assert two.there(BEN) == [HERS]


@pytest.mark.slow
def test_who_was_forgotten_meanwhile_is_not_learned_again_from_there(two: Two) -> None:
    house = two.house
    house.start()
    there_and_away(two)
    assert house.run("people", "forget", NAME, "--event", "Gala", "--yes").returncode in (0, 5)
    two.safe()
    assert left({NAME.encode(): "her name"}, house.root / ".venuesync") == []
    assert house.run("events", "set", "Gala", "account", BEN, "--yes").returncode == 0
    wait_for(lambda: not [one for one in two.there(BEN) if NAME in one], 30, "nothing of hers is there")
    two.safe()
    assert left({NAME.encode(): "her name"}, house.root / ".venuesync") == []


@pytest.mark.slow
def test_what_was_listed_there_before_somebody_was_forgotten_says_nothing_of_them_after_it(two: Two) -> None:
    house = two.house
    house.start()
    there_and_away(two)
    (her,) = [one["id"] for one in house.json("people") if one["name"] == NAME]
    two.emulator.faults({"method": "files.list", "account": BEN, "delay_ms": 3000, "times": 2})
    assert house.run("events", "set", "Gala", "account", BEN, "--yes").returncode == 0
    time.sleep(1)
    assert house.run("people", "forget", NAME, "--event", "Gala", "--yes").returncode in (0, 5)
    wait_for(lambda: "Somebody was forgotten" in house.run("activity").stdout, 60, "it is done")
    two.safe()
    assert not [one["path"] for one in two.emulator.files() if NAME in one["path"] and one["owner"] == BEN]
    assert left({NAME.encode(): "her name", her.encode(): "her id"}, house.root / ".venuesync") == []


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0")
def test_what_lies_in_an_event_that_was_removed_stays_there_when_another_one_comes_back(two: Two) -> None:
    """The same photo lay in both; since then somebody on it was forgotten, and blurred in the one that there is."""
    house = two.house
    house.start()
    for words in (("add", "Party"), ("set", "Party", "account", BEN)):
        assert house.run("events", *words).returncode == 0
    assert house.run("enroll", "Mia", str(of_person("mia_lindqvist")[0]), "--event", "default").returncode == 0
    shutil.copy(TOGETHER, house.root / "Events/Party/Incoming/IMG.jpg")
    shutil.copy(of_person("jonas_lindqvist")[1], house.root / GALA / "HIS.jpg")
    house.drop(TOGETHER, "IMG.jpg")
    wait_for(lambda: len(two.there(BEN)) == 2 and len(two.there(ANA)) == 1, 40, "all is on their Drives")
    two.safe()
    assert house.run("events", "remove", "Party").returncode == 0
    lies = two.there(BEN)
    assert [one for one in lies if "/Party/" in one]
    assert house.run("people", "forget", "Mia", "--event", "default", "--blur", "--yes").returncode in (0, 5)
    two.safe()
    assert two.there(BEN) == lies
    for account in ("", BEN):
        assert house.run("events", "set", "Gala", "account", account, "--yes").returncode == 0
        two.safe()
    house.stop()
    assert house.until_done().returncode == 0
    assert two.there(BEN) == lies
