"""Two people of one name, each of another event: nobody is taken for the other one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.venue.house import House
from tests.venue.test_people_commands import of, ok


@pytest.mark.slow
def test_who_of_two_is_meant_is_asked(house: House, tmp_path: Path) -> None:
    """The one of the earlier event was: her photos were packed, renamed or opened for somebody else."""
    for event, person in (("Gala", "mia_lindqvist"), ("Party", "anna_berg")):
        ok(house, "events", "add", event)
        ok(house, "enroll", "Mia", str(of(person)[0]), "--event", event)
    ids = {one["event"]: one["id"] for one in house.json("people")}
    file = str(tmp_path / "mia.zip")
    for words in (
        ("export", "Mia", file),
        ("rename", "Mia", "Mia Berg"),
        ("consent", "Mia", "signed form"),
        ("not", "Mia", "1"),
        ("merge", "Mia", "Anna"),
    ):
        asked = house.run("people", *words)
        assert (asked.returncode, asked.stdout) == (2, ""), words
        assert "Who is meant?: Mia is in Gala, Party. Say in which event: --event E" in asked.stderr, words
    assert {one["event"]: one["name"] for one in house.json("people")} == dict.fromkeys(ids, "Mia")
    ok(house, "people", "export", "Mia", file, "--event", "Party")
    ok(house, "people", "rename", next(iter(ids.values())), "Mia Berg")
    ok(house, "people", "rename", "Mia", "Mia Lindqvist")
