"""Files that are not any more what was queued: never sent under another photo's name."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.venue.house import House, wait_for
from tests.venue.pictures import scene


def queued(house: House, tmp_path: Path) -> tuple[Path, Path]:
    """A photo filed here and not sent yet: its original and its filed copy."""
    assert house.run("pause").returncode == 0
    house.start()
    original = house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
    wait_for(lambda: len(house.on_disk()) == 1, 20, "it is filed")
    return original, house.root / next(iter(house.on_disk()))


def overwritten(path: Path) -> None:
    """Other bytes, as many."""
    data = bytearray(path.read_bytes())
    data[-200:] = bytes(200)
    path.write_bytes(data)


def test_the_filed_copy_was_edited_the_original_is_sent(house: House, tmp_path: Path) -> None:
    original, filed = queued(house, tmp_path)
    before = original.read_bytes()
    overwritten(filed)
    assert house.run("resume").returncode == 0
    wait_for(lambda: house.json("status")["photos"]["verified"] >= 1, 30, "it is on Drive")
    sums = set(house.on_drive().values())
    assert hashlib.md5(before, usedforsecurity=False).hexdigest() in sums
    assert house.json("status")["photos"]["failed"] == 0


@pytest.mark.slow
def test_both_are_gone_the_photo_waits_for_somebody(house: House, tmp_path: Path) -> None:
    original, filed = queued(house, tmp_path)
    original.unlink()
    filed.unlink()
    assert house.run("resume").returncode == 0
    wait_for(lambda: house.json("errors")["open"], 40, "it is told")
    (told,) = house.json("errors")["open"]
    assert "DSC_0001.jpg" in json.dumps(told)
    assert house.on_drive() == {}
