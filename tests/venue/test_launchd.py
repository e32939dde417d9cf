"""macOS' property list of a workspace's agent, read back as launchd reads it. Nothing here has run on a Mac."""

from __future__ import annotations

import plistlib
from pathlib import Path

import pytest

from agent.errors import UsageError
from agent.service.launchd import PropertyList
from agent.service.unit import Unit
from agent.settings import Settings
from agent.workspace import find_workspace, prepare

HARD = ("Mia & Tom", "50 % off", 'she said "yes"', "<b>$HOME</b>", "back\\slash", "Åsa 🌸")


def made(root: Path, system: bool, **environ: str) -> PropertyList:
    workspace = find_workspace(root, environ)
    prepare(workspace)
    return PropertyList(Unit(workspace, system))


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("system", [False, True])
def test_it_starts_this_workspace_and_again_when_it_fails(tmp_path: Path, name: str, system: bool) -> None:
    file = made(tmp_path / name, system)
    read = plistlib.loads(file.text(Settings()).encode())
    assert read["ProgramArguments"][-3:] == ["--workspace", str(tmp_path / name), "--no-ui"]
    assert Path(read["ProgramArguments"][0]).is_absolute()
    assert (read["RunAtLoad"], read["KeepAlive"]) == (True, {"SuccessfulExit": False})
    assert read["ExitTimeOut"] > 10
    assert ("UserName" in read) is system
    assert read["Label"] == file.path.name.removesuffix(".plist")
    assert file.path.parent == (Path("/Library/LaunchDaemons") if system else Path.home() / "Library/LaunchAgents")


def test_it_knows_its_own_and_leaves_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    one, other = made(tmp_path / "Mia", False), made(tmp_path / "b" / "Mia", False)
    assert one.path != other.path
    one.path.parent.mkdir(parents=True)
    for text, ours in ((one.text(Settings()), True), (other.text(Settings()), False), ("no list", False)):
        one.path.write_text(text)
        assert one.is_ours is ours


def test_a_state_folder_elsewhere_is_told(tmp_path: Path) -> None:
    file = made(tmp_path / "Mia", False, VENUESYNC_STATE_DIR=str(tmp_path / "state"))
    read = plistlib.loads(file.text(Settings()).encode())
    assert read["EnvironmentVariables"] == {"VENUESYNC_STATE_DIR": str(tmp_path / "state")}


def test_a_name_that_no_list_can_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no property list"):
        made(tmp_path / "bell\a", False).text(Settings())
