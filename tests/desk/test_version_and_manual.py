"""What a command line says of itself: its version down to the commit, its manual page, what a shell completes."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import agent
from tests.conftest import Venuesync
from tests.venue.test_every_verb import leaves
from tui.cli import man
from tui.cli.commands import FILES, command, commands_in
from tui.cli.version import LIBRARIES

ROOT = Path(agent.__file__).parents[1]


def test_the_version_names_the_commit_and_the_libraries(venuesync: Venuesync) -> None:
    done = venuesync("--version")
    own, machine, *libraries = done.stdout.splitlines()
    assert done.returncode == 0
    assert machine.startswith("Python 3.")
    if (ROOT / ".git").exists() and shutil.which("git"):
        at = subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout
        found = re.fullmatch(rf"venuesync {agent.__version__} \((\w+)(-dirty)?\)", own)
        assert found is not None, own
        assert at.startswith(found[1])
    wanted = [name for names in LIBRARIES.values() for name in names]
    for name in wanted:
        assert re.search(rf"\b{name} \d+\.", "\n".join(libraries)), name
    direct = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert set(wanted) <= {re.split(r"[<>=]", one)[0] for one in direct}


def test_installed_elsewhere_it_names_no_commit(tmp_path: Path) -> None:
    """As a package within somebody's own repository: that one's commit is none of ours."""
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    for room in ("agent", "tui"):
        (tmp_path / "lib").mkdir(exist_ok=True)
        (tmp_path / "lib" / room).symlink_to(ROOT / room)
    said = subprocess.run(
        [sys.executable, "-m", "tui.cli", "--version"],
        cwd=tmp_path / "lib",
        env={"PYTHONPATH": str(tmp_path / "lib"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.splitlines()[0] == f"venuesync {agent.__version__}"


def test_every_command_of_a_file_is_named_in_the_help() -> None:
    """One that is not is found all the same when it is typed, and by nobody who looks for it."""
    assert [name for file in set(FILES.values()) for name in commands_in(file) if name not in FILES] == []


def test_the_manual_page_has_every_command() -> None:
    page = "\n".join(man.page())
    assert [name for name in leaves(command()) if man.plain(f"venuesync {name} ") not in page] == []
    assert page.count("\n.SH ") > 8


def test_the_manual_page_is_read_without_a_warning() -> None:
    groff = shutil.which("groff")
    if groff is None:
        pytest.skip("groff is not on the PATH")
    page = "\n".join(man.page()).encode()
    read = subprocess.run([groff, "-man", "-ww", "-Tutf8"], input=page, capture_output=True, check=True)
    assert read.stderr == b""
    text = re.sub(r"\x1b\[\d+m|.\x08", "", read.stdout.decode())
    assert "sign-in needed" in text
    assert "venuesync people merge [OPTIONS] {A INTO B}" in text


def test_a_shell_completes_commands(venuesync: Venuesync) -> None:
    asked = {"_VENUESYNC_COMPLETE": "complete_bash", "COMP_WORDS": "venuesync people re", "COMP_CWORD": "2"}
    assert venuesync(**asked).stdout.split() == ["rename"]


def test_a_name_typed_without_quotes_is_told_so_and_where_to_read_on(venuesync: Venuesync) -> None:
    done = venuesync("unknown", "name", "c1", "Mia", "Berg")
    assert done.returncode == 2
    assert "several words stands in quotes. See: venuesync unknown name --help" in done.stderr
