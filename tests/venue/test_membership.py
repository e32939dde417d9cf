"""A shared drive, or folder, that an account may not see for a while: what lies there comes back with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.venue.browser import log_in
from tests.venue.house import House, wait_for
from tests.venue.test_destination_away import FOLDER, GONE
from tests.venue.test_verify import report
from tests.venue.test_verify_remembered import safe
from tests.venue.two_accounts import ANA, BEN, Two
from tests.venue.weddings import look, read_to_its_end

ALL = {"supportsAllDrives": "true"}


class Shared:
    """Something of Ben's that Ana may write into."""

    def __init__(self, house: House, of: str) -> None:
        self._http = house.emulator.client("browser", account=BEN)
        if of == "drive":
            made = self._http.post("/drive/v3/drives", params={"requestId": "one"}, json={"name": "Venue"})
        else:
            made = self._http.post("/drive/v3/files", json={"name": "Venue", "mimeType": FOLDER})
        self.id = str(made.raise_for_status().json()["id"])
        self._role = "fileOrganizer" if of == "drive" else "writer"
        self._given = ""
        self.give()

    def give(self) -> None:
        member: dict[str, Any] = {"type": "user", "role": self._role, "emailAddress": ANA}
        made = self._http.post(f"/drive/v3/files/{self.id}/permissions", params=ALL, json=member)
        self._given = made.raise_for_status().json()["id"]

    def take(self) -> None:
        self._http.delete(f"/drive/v3/files/{self.id}/permissions/{self._given}", params=ALL).raise_for_status()


@pytest.mark.slow
@pytest.mark.parametrize("of", ["drive", "folder"])
@pytest.mark.parametrize("meanwhile", ["look", "verify", "the feed begins anew", "not at once"])
def test_a_membership_that_is_lost_and_given_back(house: House, tmp_path: Path, of: str, meanwhile: str) -> None:
    """All that lay there was said to be deleted by hand, until somebody said `retry`."""
    assert log_in(house, "--account", ANA, "--level", "manage").code == 0
    shared = Shared(house, of)
    two = Two(house, tmp_path)
    two.gala = house.json("events", "add", "Gala", "--destination", shared.id)["status"]["id"]
    house.start()
    two.photo("Gala"), two.photo("Gala")
    two.verified(2)
    two.safe()
    look(house)
    wait_for(lambda: read_to_its_end(house), 10, "the feed is read")
    before = {one["id"] for one in house.emulator.files() if one.get("md5Checksum")}
    if meanwhile == "the feed begins anew":
        house.emulator.expire("page_tokens")
    if meanwhile == "not at once":  # Drive shows the folder for longer than what lies in it
        house.emulator.expire("page_tokens")
        house.emulator.faults([{"method": "files.get", "status": 404, "reason": "notFound", "times": 4}])
        look(house)
        wait_for(lambda: all(one["amiss"] for one in house.json("photos")), 10, "they are said to be gone")
    shared.take()
    look(house)
    wait_for(lambda: GONE in house.run("errors").stdout, 30, "that it is away is told")
    if meanwhile == "verify":
        report(house)
    assert not safe(house)["safe"]
    assert any(one["amiss"] for one in house.json("photos")) == (meanwhile == "not at once")
    shared.give()
    wait_for(lambda: safe(house)["safe"], 60, "it is there again")
    assert {one["id"] for one in house.emulator.files() if one.get("md5Checksum")} == before
    assert report(house)[1]["differences"] == []
