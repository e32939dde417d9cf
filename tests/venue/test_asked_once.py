"""What somebody asks of Drive while it is away: nobody asks again for them, and that is what they are told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.venue.house import House, wait_for
from tests.venue.test_people_commands import of, ok

FOLDERS = "/api/cloud/lazy-folders"
ASKED: dict[str, tuple[str, dict[str, Any]]] = {
    "folders": (f"{FOLDERS}/list_subfolders", {"parent_id": "root"}),
    "selection": (f"{FOLDERS}/validate_selection", {"folder_ids": ["1abcdefghijklmnopqrstuvwxyz"]}),
    "link": ("/commands/people-link", {"person": "Mia"}),
}


@pytest.mark.parametrize("fault", [{"status": 503}, {"reason": "rateLimitExceeded", "status": 429}, {"drop": True}])
@pytest.mark.parametrize("asked", ASKED)
def test_a_question_says_to_ask_again(house: House, asked: str, fault: dict[str, Any]) -> None:
    """It said that there was nothing to do, and that it goes on by itself."""
    ok(house, "enroll", "Mia", str(of("mia_lindqvist")[0]))
    house.start()
    wait_for(lambda: any(one.endswith("/Mia/Group") for one in house.folders_on_drive()), 30, "her folders are there")
    house.emulator.faults({"method": "*", "times": None, **fault})
    path, body = ASKED[asked]
    with house.api() as api:
        told = api.post(path, json=body)
    assert told.status_code in (429, 503), told.text
    problem = told.json()
    assert "sk again" in problem["remedy"]
    assert not any("by itself" in problem[key] or "retrying" in problem[key] for key in ("title", "detail", "remedy"))
    house.emulator.clear_faults()
