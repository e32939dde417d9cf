"""A folder that had got another name when the plug was pulled is looked for, and what lies in it is ours as before."""

from __future__ import annotations

import pytest

from tests.crash.lives import Lives, Role
from tests.venue.blurred import evening, forget, lose_ledger

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0", VENUESYNC_PEOPLE__FORGOTTEN="blur"),
]
NAMED = "rename filing.files._libc_rename.rename < filing.files.rename_new < filing.folder_work._rename"


@pytest.mark.slow
def test_what_was_exchanged_since_a_rebuild_goes_with_the_folder_that_was_looked_for(lives: Lives) -> None:
    """It lay there as another file, when a lost ledger was rebuilt; then somebody on it was blurred."""
    house = lives.house
    lives.start()
    evening(house)
    assert house.stop() == 0
    lose_ledger(house)
    lives.start()
    assert house.until_done().returncode == 0
    forget(house)
    assert house.until_done().returncode == 0

    lives.arm(Role.AGENT, NAMED, 1)
    house.run("people", "rename", "Jonas", "Jonathan")  # nobody answers
    lives.until(30)
    assert lives.killed_at()
    lives.kill()
    lives.start()
    assert house.until_done().returncode == 0
    assert "People/Jonathan/Group/IMG_2.jpg" in house.on_disk()
    house.assert_invariants()

    forget(house, "Jonathan")
    assert house.until_done().returncode == 0
    assert not [one for one in house.on_disk() if one.startswith("People/")]
    assert not (house.root / "People/Jonathan").exists()
    house.assert_invariants()


@pytest.mark.slow
def test_what_had_another_name_already_goes_with_whoever_is_forgotten_before_an_agent_runs(lives: Lives) -> None:
    """It was looked for by its earlier name alone, and stayed, with their photos, as somebody's own."""
    house = lives.house
    lives.start()
    evening(house)
    lives.arm(Role.AGENT, NAMED, 1)
    house.run("people", "rename", "Jonas", "Jonathan")  # nobody answers
    lives.until(30)
    assert lives.killed_at()
    lives.kill()
    assert (house.root / "People/Jonathan").exists()

    done = house.json("people", "forget", "Jonathan", "--yes", "--stay")
    assert done["named"] == []
    assert not (house.root / "People/Jonathan").exists()
    lives.start()
    assert house.until_done().returncode == 0
    assert not [one for one in house.on_disk() if one.startswith("People/Jon")]
    house.assert_invariants()
