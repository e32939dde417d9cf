"""What a killed command left half written says nothing of whoever is forgotten afterwards."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from agent.jobs.backups import back_up_ledger
from agent.workspace import find_workspace
from tests.crash.lives import Lives, Role
from tests.venue.test_forget import GIVEN, NAME, evening, left, traces
from tests.venue.test_people_commands import of, ok

PUT_BACK = "mkdir jobs.backups.put_ledger_back < jobs.backups.put_back"
KEPT = "create disk.atomic.beside < disk.atomic.write_whole < people.references.keep_file"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_neither_the_ledger_that_was_being_put_back_nor_a_picture_of_them_stays(lives: Lives, tmp_path: Path) -> None:
    """The one stayed whole, with names and faces, until a night's clean-up."""
    house = lives.house
    evening(house)
    backup = back_up_ledger(find_workspace(house.root, house.environ), 0)
    state = house.root / ".venuesync"
    another = shutil.copyfile(of("mia_lindqvist")[1], tmp_path / "another.jpg")
    for words, moment in (("enroll", NAME, str(another)), KEPT), (("restore", backup.name), PUT_BACK):
        lives.arm(Role.COMMAND, moment, 1)
        house.process(*words)
        assert lives.killed_at() == f"{Role.COMMAND} {moment}"
    assert len([*state.glob(".ledger.sqlite.part"), *state.glob("references/.*.new")]) == 2

    ok(house, "enroll", NAME, str(another))
    assert house.until_done().returncode == 0
    marks = {**traces(house), another.read_bytes()[:4000]: "her other picture"}
    house.run("people", "forget", NAME, "--yes")  # the rest of it is for an agent to do
    assert house.until_done().returncode == 0
    assert left(marks, state) == []
    assert not [*state.glob("references/.*.new")]
    assert not [one for one in house.emulator.files() if NAME in one["path"]]
    assert GIVEN.exists()
    house.assert_invariants()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("words", [("people", "forget", NAME, "--yes"), ("events", "remove", "Party")], ids=" ".join)
def test_nor_does_a_picture_they_were_to_be_known_by(lives: Lives, tmp_path: Path, words: tuple[str, ...]) -> None:
    """The enrolment was broken off and not said again: nobody knew whom that picture shows."""
    house = lives.house
    ok(house, "events", "add", "Party")
    ok(house, "enroll", NAME, str(GIVEN), "--event", "Party")
    another = shutil.copyfile(of("mia_lindqvist")[1], tmp_path / "another.jpg")
    lives.arm(Role.COMMAND, KEPT, 1)
    house.process("enroll", NAME, str(another), "--event", "Party")
    assert lives.killed_at() == f"{Role.COMMAND} {KEPT}"
    pictures = house.root / ".venuesync" / "references"
    (unfinished,) = pictures.glob(".*.new")
    unfinished.write_bytes(another.read_bytes())  # as of a plug that was pulled a moment later

    house.run(*words)
    assert house.until_done().returncode == 0
    assert [*pictures.iterdir()] == []
