"""What one account shares with another one of the same workspace is none of that one's."""

from __future__ import annotations

import pytest

from tests.venue.house import wait_for
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

    def on_bens() -> list[tuple[str, str, bool]]:
        return [(one["id"], one["parent"], one["trashed"]) for one in two.emulator.files() if one["owner"] == BEN]

    before = on_bens()
    (left,) = [one for one in two.emulator.files() if one["owner"] == BEN and one["path"] == "venuesync/Gala"]
    with two.emulator.client("browser", account=BEN) as browser:
        body = {"type": "user", "role": role, "emailAddress": ANA}
        browser.post(f"/drive/v3/files/{left['id']}/permissions", json=body).raise_for_status()
    assert house.run("verify").returncode == 0
    assert house.run("verify", "--repair").returncode == 0
    assert on_bens() == before
    assert two.there(ANA) == sorted(of("default", mine) + of("Gala", his))
