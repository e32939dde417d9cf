"""The workspace's own disk goes away while an agent runs: an empty folder is left, and no new workspace."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.venue.house import House, wait_for
from tests.venue.pictures import scene


@pytest.mark.parametrize(
    "left",
    [pytest.param(True, id="an empty folder is left"), pytest.param(False, id="nothing is", marks=pytest.mark.slow)],
)
def test_beside_an_agent_whose_disk_is_away_nothing_begins_anew(tmp_path: Path, house: House, left: bool) -> None:
    """In its place a new workspace was made, and all of its photos were safe: none had arrived."""
    house.start()
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_1.jpg")
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "it is sent")
    away = house.root.rename(tmp_path / "unplugged")
    if left:
        house.root.mkdir()
    wait_for(lambda: "not yet" in house.run("status", "--check").stdout, 30, "it is missed")
    done = house.run("--no-ui", "--until-done", "--timeout", "3")
    assert (done.returncode, done.stderr.startswith("Not done within 3 s: ")) == (1, True), done
    for one in house.json("errors")["open"]:
        assert str(house.incoming) in one["title"] or "Check the disk" in one["detail"].replace("its", "the"), one
    begun = house.run("--no-ui")
    assert (begun.returncode, "An agent runs here already" in begun.stderr) == (1, True)
    if left:
        house.root.rmdir()  # nothing lies in it
    assert not house.root.exists()
    away.rename(house.root)
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "it is back")
