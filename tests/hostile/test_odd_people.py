"""A list of people with anything of the wrong kind anywhere in it: it is set aside in words, and never a crash."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.roster import Roster
from tests.emulator.drive import Emulator
from tests.venue.house import House
from tests.venue.pictures import FACES

OTHERS: tuple[Any, ...] = (None, True, -1, "x", "../../x", "\x00", [], {"x": [None]})
ASKED = (("people", "--json"), ("events", "--json"), ("status", "--json"), ("undo",))


def spots(value: Any, *way: Any) -> Iterator[tuple[Any, ...]]:
    """The way to everything in it."""
    yield way
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        yield from spots(one, *way, key)


def changed(tables: Any, way: tuple[Any, ...], value: Any) -> Any:
    made = copy.deepcopy(tables)
    at = made
    for key in way[:-1]:
        at = at[key]
    at[way[-1]] = value
    return made


@pytest.mark.timeout(300)
def test_whatever_stands_in_it(tmp_path: Path) -> None:
    with Emulator.start() as emulator:
        try_all(House(tmp_path / "venue", emulator), tmp_path)


def try_all(house: House, tmp_path: Path) -> None:
    """As a roster alone; what is believed of it, by commands, too."""
    assert house.run("enroll", "Ana", str(FACES / "one_guest.jpg")).returncode == 0
    assert house.run("people", "rename", "Ana", "Anna").returncode == 0
    assert house.run("events", "add", "Party").returncode == 0
    file = house.root / ".venuesync" / "roster.json"
    whole = file.read_text()
    tables = json.loads(whole)
    believed: list[tuple[tuple[Any, ...], Any]] = []
    apart = tmp_path / "apart" / "roster.json"
    apart.parent.mkdir()
    for way in spots(tables):
        for value in OTHERS if way else ():
            for old in apart.parent.iterdir():
                old.unlink()
            apart.write_text(json.dumps(changed(tables, way, value)))
            if Roster(apart).damaged is None:
                believed.append((way, value))
    assert believed
    for way, value in believed[:: max(1, len(believed) // 30)]:
        for old in file.parent.glob("roster*"):
            old.unlink()
        file.write_text(json.dumps(changed(tables, way, value)))
        for words in ASKED:
            done = house.run(*words)
            assert "unexpected" not in done.stderr and "Traceback" not in done.stderr, (way, value, words, done.stderr)
