"""Google's token endpoint in trouble: waited for like any outage, and never taken for a sign-in that is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.emulator.drive import Emulator
from tests.venue.house import House, wait_for
from tests.venue.pictures import scene

TROUBLES: dict[str, dict[str, Any]] = {
    "403, too often": {"status": 403, "body": '{"error": "rate_limit_exceeded"}'},
    "403 without a word": {"status": 403, "body": ""},
    "403 by a firewall": {"status": 403, "reason": "html"},
    "401 without a word": {"status": 401, "body": "{}"},
    "429": {"status": 429},
    "503": {"status": 503, "reason": "html"},
    "nothing": {"drop": True},
}


@pytest.mark.slow
def test_a_token_endpoint_in_trouble_ends_no_sign_in(tmp_path: Path, house: House, emulator: Emulator) -> None:
    """One after the other at one agent: each is waited for, and everything goes on by itself when it is over."""
    house.start()
    for number, (name, fault) in enumerate(TROUBLES.items(), 1):
        wait_for(lambda: house.json("status")["drive"]["state"] == "online", 20, "online")
        emulator.faults({"method": "oauth.token", "times": None, **fault})
        emulator.expire("access_tokens")
        house.drop(scene(tmp_path / "made.jpg", number), f"DSC_{number:04}.jpg")
        state = wait_for(lambda: away(house.json("status")), 20, f"{name} is seen")
        assert state in ("throttled", "offline"), name
        assert house.json("status")["photos"]["failed"] == 0, name
        emulator.clear_faults()
        wait_for(lambda number=number: house.json("status")["photos"]["verified"] == number, 20, f"after {name}")
    house.assert_same_tree(len(TROUBLES))
    assert house.json("errors")["open"] == []


def away(status: dict[str, Any]) -> str | None:
    """Drive's state, if it is not well."""
    state = str(status["drive"]["state"])
    return None if state == "online" else state
