"""Events whose names mean something in an address: shown like any other, beside an agent and by the API."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from tests.venue.house import House

NAMES = ("Anna / Ben", "Anna/clocks", ".", "..", "100 %2F?#")


@pytest.mark.parametrize("running", [True, False], ids=["running", "stopped"])
def test_an_event_of_any_name_is_shown(house: House, tmp_path: Path, running: bool) -> None:
    """Beside an agent there was no such address, or another one's answer, and a crash report for that."""
    if running:
        house.start()
    for name in NAMES:
        added = house.run("events", "add", name)
        assert added.returncode == 0, added.stderr
    for name in NAMES:
        shown = house.json("events", "show", name)
        assert shown["status"]["name"] == shown["settings"]["name"] == name
        clocks = house.run("events", "clock", name)
        assert clocks.returncode == 0, clocks.stderr
        cards = house.run("people", "cards", str(tmp_path / "cards.html"), "--event", name)
        assert cards.returncode == 1 and "Nobody has a name yet" in cards.stdout + cards.stderr


@pytest.mark.slow
def test_the_api_finds_it_at_every_address_of_an_event(house: House) -> None:
    """A `/` that is a name's own is sent as %2F, and none that parts an address is taken for one."""
    house.start()
    with house.api() as api:
        for name in NAMES:
            assert api.post("/commands/events-add", json={"name": name}).status_code == 200
        for name in NAMES:
            part = quote(name, safe="").replace(".", "%2E")  # a bare `..` leads a client elsewhere
            shown = api.get(f"/events/{part}").json()
            assert (shown["status"]["name"], shown["status"]["photos"]) == (name, 0)
            assert api.get(f"/events/{part}/clocks").json() == []
            assert api.get(f"/events/{part}/sync-status").json()["photoCount"] == 0
            assert api.get(f"/events/{part}/photos").json()["photos"] == []
            assert api.post(f"/events/{part}/sync").json() == {"started": True, "fullSync": False}
            enabled = api.post(f"/api/event/{part}/auto-sync/enable").json()
            assert enabled["message"] == f"Auto-sync is on for {name}"
        assert api.get("/events/Anna/clocks").status_code == 404, "of an event that is called Anna alone"
        refused = api.get("/nothing%2Fof/that%20name").json()
        assert (refused["status"], refused["detail"]) == (404, "/nothing/of/that name")
