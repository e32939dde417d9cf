"""Files that somebody else named or put there: nobody waits at a pipe, a link leads nowhere, what is ours is ours."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.drive import Emulator
from tests.hostile.house import Door, open_house
from tests.venue.house import House, wait_for


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Its place in the temporary folder is taken by somebody's link, and there is no other one."""
    folder = Path(tmp_path_factory.mktemp("h"))
    temporary = folder / "tmp"
    temporary.mkdir()
    (temporary / f"venuesync-{os.getuid()}").symlink_to(folder)
    environ = {"TMPDIR": str(temporary), "XDG_RUNTIME_DIR": ""}
    with Emulator.start() as emulator, open_house(folder, emulator, 1, **environ) as door:
        yield door


def test_an_agent_whose_place_for_its_socket_is_taken_has_one_all_the_same(door: Door) -> None:
    assert door.house.json("status")["mode"] == "headless"
    socket = Path(door.socket)
    assert socket.exists() and not stat.S_IMODE(socket.stat().st_mode) & 0o077
    assert "api.socket_elsewhere" in door.log


def test_nobody_waits_at_a_pipe(door: Door, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.jpg"
    os.mkfifo(pipe)
    with door.over("socket") as api:
        for verb, body in [
            ("sign-in-begin", {"client": str(pipe)}),
            ("enroll", {"name": "X", "photos": [str(pipe)]}),
            ("people-find", {"photo": str(pipe)}),
        ]:
            refused = api.post(f"/commands/{verb}", json=body)
            assert refused.status_code == 422, refused.text
        seen = api.post("/commands/enroll-preview", json={"photos": [str(pipe), "/dev/zero", str(tmp_path)]})
        assert [one["verdict"]["used"] for one in seen.json()] == [False, False, False]
    house = door.house
    for path in (str(pipe), "/dev/zero"):
        for arguments in (("login", "--client", path), ("enroll", "--from", path)):
            done = house.run(*arguments)
            assert done.returncode == 2 and "Traceback" not in done.stderr, done.stderr
    note = house.root / "Enroll" / "Mia.jpg.txt"
    os.mkfifo(note)
    for name in ("Mia.jpg", "Zoe.jpg"):
        os.link(house.incoming / "DSC_0.jpg", house.root / "Enroll" / name)
    wait_for((house.root / "Enroll" / "Zoe.jpg.txt").exists, 30, "they were looked at")
    assert note.is_fifo()


@pytest.mark.parametrize("name", ["config.toml", ".env"])
@pytest.mark.parametrize("kind", ["pipe", "folder", "large", "half a character"])
def test_settings_that_are_no_file_are_said_in_words(tmp_path: Path, name: str, kind: str) -> None:
    path = tmp_path / "venue" / name
    path.parent.mkdir()
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "large":
            path.write_bytes(b"#" * (2 << 20))
        case _:
            path.write_bytes(b"[api]\nkey = '\xff'\nA=\xff")
    done = run_in(tmp_path / "venue", "status")
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr and name in done.stderr


def run_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("VENUESYNC_")}
    command = [sys.executable, "-m", "tui.cli", "--workspace", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=kept)


def test_what_should_never_happen_is_kept_for_this_user_alone(tmp_path: Path) -> None:
    """Under a name that nobody could lay a link in the way of."""
    for pid in range(os.getpid(), os.getpid() + 2000):
        (tmp_path / f"venuesync-error-{pid}.txt").symlink_to(tmp_path / "victim")
    code = "import sys; from tui.cli import unexpected; sys.exit(unexpected(ValueError('\\udc80')))"
    environ = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environ)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    found = re.search(r"report it with (\S+)", done.stderr)
    assert found is not None
    report = Path(found[1])
    assert stat.S_IMODE(report.lstat().st_mode) == 0o600 and not report.is_symlink()
    assert "ValueError" in report.read_text()
    assert not (tmp_path / "victim").exists()


def test_what_is_ours_is_for_our_eyes_alone(door: Door) -> None:
    """After all of the above: settings, ledger, list of people, logs, pictures, tokens."""
    state = door.house.root / ".venuesync"
    open_to_others = [
        str(path.relative_to(door.house.root))
        for path in [state, *state.rglob("*"), door.house.root / "config.toml"]
        if stat.S_IMODE(path.lstat().st_mode) & 0o077
    ]
    assert open_to_others == []
    assert {"ledger.sqlite", "roster.json", "logs", "tokens"} <= {path.name for path in state.iterdir()}


def test_an_agent_that_met_all_this_ends_when_it_is_asked(door: Door) -> None:
    began = time.monotonic()
    assert isinstance(door.house, House) and door.house.stop() == 0
    assert time.monotonic() - began < 10
