"""Somebody is forgotten while everything is paused, or uploads are: said at once, and done as soon as it goes on."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.venue.house import House, wait_for
from tests.venue.test_forget import GIVEN, NAME, of, ok

EVERYTHING = "their folders here, once it goes on: everything is paused"
UPLOADS = "their folders on Drive, once uploads go on: these are paused"


def filed(house: House) -> None:
    ok(house, "enroll", NAME, str(GIVEN))
    for number, photo in enumerate(of("mia_lindqvist")[1:]):
        house.drop(photo, f"IMG_{number}.jpg")
    assert house.until_done().returncode == 0


def forget(house: House) -> tuple[dict[str, Any], float]:
    began = time.monotonic()
    return house.json("people", "forget", NAME, "--yes"), time.monotonic() - began


@pytest.mark.slow
@pytest.mark.parametrize("what, waits", [("all", EVERYTHING), ("uploads", UPLOADS)])
def test_what_waits_for_a_pause_is_said_at_once(house: House, what: str, waits: str) -> None:
    """It waited for a minute, and then called her folder the operator's own."""
    filed(house)
    house.start()
    wait_for(lambda: house.json("status")["drive"]["state"] == "online", 20, "Drive is there")
    ok(house, "pause", what)
    done, took = forget(house)
    assert (done["waits"], done["named"]) == (waits, [])
    assert took < 15
    assert house.json("status")["safe_to_leave"]["safe"] is False
    ok(house, "resume", "all")
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 40, "all is done")
    assert not any(NAME in path for path in [*house.on_disk(), *(one["path"] for one in house.emulator.files())])
    house.assert_invariants()


@pytest.mark.slow
def test_it_is_so_without_an_agent(house: House) -> None:
    filed(house)
    ok(house, "pause", "all")
    done, took = forget(house)
    assert (done["waits"], done["named"]) == (EVERYTHING, [])
    assert took < 15
    ok(house, "resume", "all")
    assert house.until_done().returncode == 0
    assert not any(NAME in path for path in [*house.on_disk(), *(one["path"] for one in house.emulator.files())])
