"""Somebody's link on a Drive that their event has left."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.venue.browser import log_in
from tests.venue.house import wait_for
from tests.venue.running import shared
from tests.venue.test_people_commands import of as of_person
from tests.venue.two_accounts import ANA, BEN, Two

CARL = "carl@example.com"


def test_a_link_is_taken_back_on_the_drive_that_its_event_has_left_too(two: Two) -> None:
    """It was said to be taken back, and the folder on the first Drive stayed open to anybody."""
    house = two.house
    house.start()
    assert house.run("events", "add", "Party", "--account", BEN).returncode == 0
    assert house.run("enroll", "Mia", str(of_person("mia_lindqvist")[0]), "--event", "Gala").returncode == 0
    link = ("people", "link", "Mia", "--event", "Gala")
    wait_for(lambda: house.run(*link).returncode == 0, 30, "the folder is there")
    for later in ("--until", "2999-01-01"), ("--to", "mia@example.org"):
        assert house.run(*link, *later).returncode == 0
    change = ("events", "set", "Gala", "account", "", "--yes")
    refused = house.run(*change)
    assert refused.returncode == 2 and "Mia until 2999-01-01" in refused.stderr
    assert "Let it go to another account after that day" in refused.stderr
    off = house.run(*link, "--off")
    assert (off.returncode, "but for whom --to let in" in off.stdout) == (0, True)  # by the same link, if it is theirs
    assert house.run(*link).returncode == 0
    first = mias(two)
    assert house.run(*change).returncode == 0
    assert both_open(two, first), "as is said"
    wait_for(lambda: len(mias(two)) == 2 and both_open(two, mias(two)), 30, "her folder is open on Ana's Drive, too")
    assert house.run(*link, "--off", "--to", "mia@example.org").returncode == 0
    assert [one for one in mias(two) if shared(two.emulator, one, "mia@example.org")] == mias(two), "by the link"
    assert house.run(*link, "--off").returncode == 0
    for who in ("stranger@example.org", "mia@example.org"):
        assert [one for one in mias(two) if shared(two.emulator, one, who)] == []


@pytest.mark.slow
def test_photos_behind_a_link_go_to_the_drive_of_somebody_else_too(two: Two) -> None:
    """Whoever has the link may read them: what of ours lay on the earlier Drive was taken for what lies on this one:
    all was called verified there, and none of her later photos could be sent.
    """
    house, hers = two.house, "venuesync/default/People/Mia/Solo/DSC_1.jpg"
    house.start()
    assert house.run("enroll", "Mia", str(of_person("mia_lindqvist")[0]), "--event", "default").returncode == 0
    house.drop(of_person("mia_lindqvist")[1], "DSC_1.jpg")
    two.verified(1)
    assert house.run("people", "link", "Mia").returncode == 0
    assert two.there(ANA) == [hers]
    house.stop()
    assert log_in(house, way="pasted", emulator_account=CARL).code == 0
    house.start()
    wait_for(lambda: two.there(CARL) == [hers], 30, "it is on the other Drive")
    house.drop(of_person("mia_lindqvist")[2], "DSC_2.jpg")
    two.verified(2)
    two.safe()
    assert two.there(CARL) == [hers, hers.replace("DSC_1", "DSC_2")]
    assert two.there(ANA) == [hers]
    assert house.run("people", "link", "Mia").returncode == 0


@pytest.mark.slow
def test_a_link_is_taken_back_on_a_drive_that_no_event_uses_any_more(two: Two) -> None:
    """Also by the next start, and as somebody is forgotten; where nobody is signed in to it, it is named."""
    house = two.house
    house.start()
    link = ("people", "link", "Mia", "--event", "Gala")
    assert house.run("enroll", "Mia", str(of_person("mia_lindqvist")[0]), "--event", "Gala").returncode == 0
    wait_for(lambda: house.run(*link).returncode == 0, 30, "the folder is there")
    first = mias(two)
    assert house.run("events", "set", "Gala", "account", "", "--yes").returncode == 0
    wait_for(lambda: len(mias(two)) == 2 and both_open(two, mias(two)), 30, "her folder is open on Ana's Drive, too")
    house.stop()
    house.start()
    wait_for(lambda: two.status["drive"]["state"] == "online", 30, "Ana's Drive is there")
    done = house.run(*link, "--off")
    assert done.returncode == 0, done.stderr
    assert [one for one in mias(two) if shared(two.emulator, one)] == []

    permissions = f"/drive/v3/files/{first[0]}/permissions"
    made = house.emulator.client(account=BEN).post(permissions, json={"role": "reader", "type": "anyone"})
    assert made.is_success and shared(two.emulator, first[0])
    assert house.run("logout", "--account", BEN).returncode == 0
    refused = house.run(*link, "--off")
    assert refused.returncode in (1, 4)
    assert BEN in refused.stderr
    assert "Nobody can open" not in refused.stdout
    forgotten = house.run("people", "forget", "Mia", "--event", "Gala", "--yes")
    assert f"the Drive of {BEN}, from before, where a link may open their folder still" in forgotten.stdout


@pytest.mark.slow
def test_a_link_with_a_last_day_that_is_given_as_its_event_goes_is_not_left_behind(two: Two) -> None:
    """It opened the folder on the first Drive for good: an event does not go while one with a last day is open, as
    nobody would end it there.
    """
    house = two.house
    house.start()
    link = ("people", "link", "Mia", "--event", "Gala")
    assert house.run("enroll", "Mia", str(of_person("mia_lindqvist")[0]), "--event", "Gala").returncode == 0
    wait_for(lambda: house.run(*link).returncode == 0, 30, "the folder is there")
    assert house.run(*link, "--off").returncode == 0
    [first] = mias(two)
    two.emulator.faults({"method": "permissions.create", "delay_ms": 3500})
    with ThreadPoolExecutor(1) as beside:
        given = beside.submit(house.run, *link, "--until", "2999-01-01")
        wait_for(lambda: shared(two.emulator, first), 30, "it is open, and the answer on its way")
        assert house.run("events", "set", "Gala", "account", "", "--yes").returncode == 0
        refused = given.result()
    assert not shared(two.emulator, first)
    assert refused.returncode == 1 and "went to another account" in refused.stderr
    wait_for(lambda: house.run(*link, "--until", "2999-01-01").returncode == 0, 30, "her folder is on Ana's Drive, too")
    assert [one for one in mias(two) if shared(two.emulator, one)] == [one for one in mias(two) if one != first]


def mias(two: Two) -> list[str]:
    """Ids of her folders on both Drives."""
    return sorted(one["id"] for one in two.emulator.files() if one["path"].endswith("/People/Mia"))


def both_open(two: Two, folders: list[str]) -> bool:
    return all(shared(two.emulator, one) for one in folders)
