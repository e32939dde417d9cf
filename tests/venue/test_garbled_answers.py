"""Good answers of Drive's in another shape than it promises: a fault of Drive's, told and waited for as any other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene
from tests.venue.weddings import wedding

pytestmark = pytest.mark.slow
FILE = {"id": "one", "name": "DSC_1.jpg", "mimeType": "image/jpeg", "size": "100", "parents": ["two"]}
LISTS = [
    {"files": {"id": "one"}},
    {"files": [["one"]]},
    {"files": [FILE | {"name": 5}]},
    {"files": [FILE | {"size": "abc"}]},
    {"files": [FILE | {"parents": "two"}]},
    {"files": [{key: value for key, value in FILE.items() if key != "id"}]},
    {"files": [FILE | {"shortcutDetails": ["one"]}]},
]
FEEDS = [
    {"newStartPageToken": 7, "changes": []},
    {"changes": []},
    {"newStartPageToken": "7", "changes": [5]},
    {"newStartPageToken": "7", "changes": [{"fileId": "one", "file": [FILE]}]},
]


def log(house: House) -> str:
    return (house.root / ".venuesync" / "logs" / "agent.log").read_text()


def garbled(house: House, method: str, bodies: list[dict[str, Any]], times: int = 2) -> None:
    house.emulator.faults(
        [{"method": method, "status": 200, "body": json.dumps(one), "times": times} for one in bodies]
    )


@pytest.mark.parametrize(("method", "bodies"), [("files.list", LISTS), ("changes.list", FEEDS)])
def test_lists_and_changes(
    house: House, anna: Photographer, tmp_path: Path, method: str, bodies: list[dict[str, Any]]
) -> None:
    """A part ended with a traceback, and began anew every six seconds."""
    root = anna.folder("Anna", share=True)
    anna.put(scene(tmp_path / "made.jpg", 1), "DSC_1.jpg", root)
    house.start()
    if method == "files.list":
        garbled(house, method, bodies)
    wedding(house, root)
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "it goes on by itself")
    garbled(house, method, bodies)
    anna.put(scene(tmp_path / "made.jpg", 2), "DSC_2.jpg", root)
    wait_for(lambda: house.json("status")["photos"]["verified"] == 2, 60, "so does what comes later")
    assert "Traceback" not in log(house) and "part.died" not in log(house)


def test_what_is_sent_is_there_once(house: House, tmp_path: Path) -> None:
    """Of a create nobody knows whether it was done."""
    house.start()
    bodies: list[dict[str, Any]] = [{"id": 5}, {"name": "x"}, FILE | {"size": [], "id": "one"}]
    house.emulator.faults(
        [
            {"method": "files.create", "status": 200, "body": json.dumps(one), "times": 1, "after_commit": True}
            for one in bodies
        ]
    )
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_1.jpg")
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "it goes on by itself")
    assert len([one for one in house.emulator.files() if one["name"] == "DSC_1.jpg"]) == 1
    assert "Traceback" not in log(house) and "part.died" not in log(house)


def test_a_fault_that_lasts_is_told_and_asked_about_less_and_less(
    house: House, anna: Photographer, tmp_path: Path
) -> None:
    root = anna.folder("Anna", share=True)
    house.start()
    wedding(house, root)
    wait_for(lambda: house.json("events", "show", "Wedding")["status"]["last_synced_at"], 30, "it is looked at")
    garbled(house, "changes.list", [{"newStartPageToken": 7}], times=10_000)
    house.run("sync")
    told = wait_for(
        lambda: (now := house.json("status")["drive"])["state"] != "online" and now["detail"],
        60,
        "what is wrong is told",
    )
    assert "cannot be read" in told or "another shape" in told
