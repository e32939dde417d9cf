"""A path as somebody typed it: a home that is none, and a folder that is gone, are said in words."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.venue.house import VENUESYNC, House

HOME = "~Desktop/mine"  # a stroke too few

TYPED = (
    ("enroll", "Mia", f"{HOME}.jpg"),
    ("enroll", "--from", HOME),
    ("people", "export", "Mia", f"{HOME}.zip"),
    ("people", "find", f"{HOME}.jpg"),
    ("people", "cards", f"{HOME}.html"),
    ("people", "link", "Mia", "--file", f"{HOME}.svg"),
    ("guests", f"{HOME}.svg"),
    ("report", f"{HOME}.html"),
    ("events", "add", "Gala", "--folder", HOME),
    ("events", "folder", "add", "default", HOME),
)


@pytest.mark.parametrize("words", TYPED, ids=" ".join)
def test_a_home_that_is_none_is_wrong_usage(house: House, words: tuple[str, ...]) -> None:
    """*Something unexpected happened*, it was said, and to report it."""
    wrong = house.run(*words)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith(f"venuesync: There is no such home: {HOME}"), wrong.stderr


@pytest.mark.slow
def test_a_folder_that_is_gone_is_said_and_a_whole_path_needs_none(house: House, tmp_path: Path) -> None:
    """*The disk gave an error: check the disk*, it was, whatever was asked: its folder had been removed."""

    def gone(*words: str) -> subprocess.CompletedProcess[str]:
        shell = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
        command = ["sh", "-c", shell, "sh", *VENUESYNC, *words]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=house.environ, check=False)

    said = gone("status")
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.startswith("venuesync: The current folder is not there any more: "), said.stderr
    whole = gone("--workspace", str(house.root), "status", "--check")
    assert (whole.returncode, whole.stdout, whole.stderr) == (3, "no agent runs\n", "")


@pytest.mark.slow
def test_a_workspace_without_a_name_is_none(house: House, tmp_path: Path) -> None:
    """`--workspace "$DIR" --no-ui --until-done`, with none set: one was made where that was typed, and all was done."""
    (tmp_path / "here").mkdir()
    for words in (
        ("--workspace", "", "--no-ui", "--until-done", "--timeout", "20"),
        ("--workspace=", "status"),
        ("--workspace", ""),
        ("init", ""),
    ):
        wrong = subprocess.run(
            [*VENUESYNC, *words], capture_output=True, text=True, cwd=tmp_path / "here", env=house.environ, check=False
        )
        assert (wrong.returncode, wrong.stdout, "names no folder: ''" in wrong.stderr) == (2, "", True), words
    assert not list((tmp_path / "here").iterdir())
