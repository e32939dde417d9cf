"""Root in somebody else's workspace, as behind `sudo`: nothing is written there that its owner could not read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.venue.house import House

THEIRS = 65534


def give(root: Path) -> set[Path]:
    """All of it is somebody else's."""
    found = {root, *root.rglob("*")}
    for path in found:
        os.lchown(path, THEIRS, THEIRS)
    return found


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be refused")
def test_what_root_decides_locks_nobody_out_of_their_workspace(house: House) -> None:
    """Behind one `sudo venuesync events add` no agent of theirs started any more: the list of people was root's."""
    assert house.run("events", "add", "Gala").returncode == 0
    before = give(house.root)
    for words in (("events", "add", "Party"), ("--no-ui", "--until-done"), ("status",), ("login",), ("token",)):
        refused = house.run(*words)
        assert (refused.returncode, refused.stdout) == (2, ""), words
        assert "The workspace is another user's: nobody could read nothing any more" in refused.stderr, words
    assert {house.root, *house.root.rglob("*")} == before
    assert house.run("stop").returncode == 3
    os.chown(house.root / ".venuesync" / "roster.json", 0, 0)  # root has worked here all along
    assert house.run("status").returncode == 3


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may ask another user's agent")
def test_root_may_ask_the_agent_that_runs(house: House) -> None:
    """As whoever looks after a service does: what that writes is the agent's own."""
    house.start()
    give(house.root)
    assert house.run("pause").returncode == 0
    assert house.json("status")["paused"]["uploads"]
