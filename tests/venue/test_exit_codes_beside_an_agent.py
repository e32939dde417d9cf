"""A command leaves with the same code beside an agent as without one, also where the disk refuses what it leads to."""

from __future__ import annotations

import pytest

from tests.venue.house import House, wait_for
from tests.venue.running import of

MIA, ANNA = str(of("mia_lindqvist")[0]), str(of("anna_berg")[0])


@pytest.mark.parametrize("beside", [True, False], ids=["beside an agent", "alone"])
def test_folders_that_cannot_be_made_or_renamed_are_said(house: House, beside: bool) -> None:
    """`enroll` and `people rename` named folders beside an agent that there were not, and left with 0."""
    if beside:
        house.start()
    assert house.run("enroll", "Anna", ANNA).returncode == 0
    people = house.root / "People"
    (people / "Mia").write_text("a file of somebody's")
    made = house.run("enroll", "Mia", MIA)
    assert (made.returncode, "Not all of it is done" in made.stderr) == (5, True), made.stdout
    (people / "Mia").unlink()
    assert house.run("retry").returncode == 0
    wait_for((people / "Mia/Solo").is_dir, 20, "it is made once it can be")
    assert house.run("people", "rename", "Mia", "Zoe").returncode == 0
    assert (people / "Zoe/Solo").is_dir()
