"""What one account shares with another one of the same workspace is none of that one's."""

from __future__ import annotations

import pytest

from tests.venue.house import wait_for
from tests.venue.test_forget_accounts import NAME, there_and_away
from tests.venue.test_lost_stores import damage_ledger
from tests.venue.two_accounts import ANA, BEN, Two, of


@pytest.mark.slow
@pytest.mark.parametrize("role", ["reader", "writer"])
def test_what_an_event_left_on_a_drive_that_is_shared_with_the_new_one_stays(two: Two, role: str) -> None:
    """It was taken for a double of what was sent there anew: `verify --repair` moved it there, or was refused."""
    house = two.house
    house.start()
    mine, his = two.photo(), two.photo("Gala")
    two.verified(2)
    two.safe()
    assert house.run("events", "set", "Gala", "account", "", "--yes").returncode == 0
    wait_for(lambda: two.there(ANA) == sorted(of("default", mine) + of("Gala", his)), 30, "all is on Ana's Drive")
    two.safe()

    before = on_bens(two)
    share(two, "venuesync/Gala", role)
    assert house.run("verify").returncode == 0
    assert house.run("verify", "--repair").returncode == 0
    assert on_bens(two) == before
    assert two.there(ANA) == sorted(of("default", mine) + of("Gala", his))


@pytest.mark.slow
@pytest.mark.parametrize("role", ["reader", "writer"])
def test_what_was_shared_before_an_event_left_a_drive_is_none_of_the_new_ones(two: Two, role: str) -> None:
    """With the right to write there, its photos were called verified on Ben's Drive, and none came to Ana's."""
    house = two.house
    house.start()
    mine, his = two.photo(), two.photo("Gala")
    two.verified(2)
    before = on_bens(two)
    share(two, "venuesync/Gala", role)
    assert house.run("events", "set", "Gala", "account", "", "--yes").returncode == 0
    wait_for(lambda: two.there(ANA) == sorted(of("default", mine) + of("Gala", his)), 30, "all is on Ana's Drive")
    two.safe()
    assert on_bens(two) == before


@pytest.mark.slow
def test_a_lost_ledger_takes_nothing_of_another_accounts_for_its_own(two: Two) -> None:
    """A later event of Ana's was put into Ben's folder, as that was the older one."""
    house = two.house
    two.emulator.faults({"method": "*", "status": 503, "reason": "backendError", "times": None, "account": ANA})
    house.start()
    two.photo("Gala")
    two.verified(1)
    two.emulator.clear_faults()
    share(two, "venuesync", "writer")
    mine = two.photo()
    two.verified(2)
    two.safe()
    before = on_bens(two)
    house.stop()
    damage_ledger(house)
    two.emulator.faults({"method": "files.list", "delay_ms": 2000, "account": BEN})  # Ana's Drive is learned first
    house.start()
    two.verified(2)
    house.json("events", "add", "Ball")
    later = two.photo("Ball")
    two.verified(3)
    two.safe()
    assert on_bens(two) == before
    assert two.there(ANA) == sorted(of("default", mine) + of("Ball", later))
    by_id = {one["id"]: one for one in two.emulator.files()}
    (ball,) = [one for one in by_id.values() if one["path"] == "venuesync/Ball"]
    assert by_id[ball["parent"]]["owner"] == ANA


@pytest.mark.slow
@pytest.mark.parametrize("role", ["reader", "writer"])
def test_a_folder_of_whoever_is_forgotten_that_the_drive_that_was_left_shares_stays_there(two: Two, role: str) -> None:
    """That folder may not be deleted by who it is shared with: the forgetting never came to its end."""
    house = two.house
    house.start()
    there_and_away(two)
    share(two, "venuesync/Gala", role)
    before = on_bens(two)
    assert house.run("people", "forget", NAME, "--event", "Gala", "--yes").returncode in (0, 5)
    wait_for(lambda: "Somebody was forgotten" in house.run("activity").stdout, 30, "it is done")
    two.safe()
    assert not [one for one in two.emulator.files() if NAME in one["path"] and one["owner"] == ANA]
    assert on_bens(two) == before


def share(two: Two, path: str, role: str) -> None:
    """Ben lets Ana into a folder of his."""
    (shared,) = [one for one in two.emulator.files() if one["owner"] == BEN and one["path"] == path]
    with two.emulator.client("browser", account=BEN) as browser:
        body = {"type": "user", "role": role, "emailAddress": ANA}
        browser.post(f"/drive/v3/files/{shared['id']}/permissions", json=body).raise_for_status()


def on_bens(two: Two) -> list[tuple[str, str, bool]]:
    return [(one["id"], one["parent"], one["trashed"]) for one in two.emulator.files() if one["owner"] == BEN]
