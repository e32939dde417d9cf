"""The monitor as people use it: in a terminal of 80x24, around a real agent, with photos coming in."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.venue.house import VENUESYNC, House, wait_for
from tests.venue.pictures import FACES, scene

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Terminal:
    """One tmux session of 80x24."""

    def __init__(self, name: str, house: House, *arguments: str) -> None:
        self._name = name
        self._socket = f"venuesync-{os.getpid()}"
        command = shlex.join([*VENUESYNC, "--workspace", str(house.root), *arguments])
        kept = {key: one for key, one in house.environ.items() if key not in ("COLUMNS", "LINES", "TMUX")}
        self._tmux("new-session", "-d", "-s", name, "-x", "80", "-y", "24", f"{command}; sleep 2", environ=kept)

    def _tmux(self, *arguments: str, environ: dict[str, str] | None = None) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._socket, "-f", "/dev/null", *arguments],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
            cwd=Path(__file__).parents[2],
        )
        return done.stdout

    @property
    def screen(self) -> str:
        return self._tmux("capture-pane", "-p", "-t", self._name)

    def keys(self, *keys: str) -> None:
        """One after the other, as a quick typist does."""
        for key in keys:
            self._tmux("send-keys", "-t", self._name, key)
            time.sleep(0.25)

    def shows(self, text: str, seconds: float = 20) -> str:
        end = time.monotonic() + seconds
        while text not in (screen := self.screen):
            assert time.monotonic() < end, f"{text!r} is not on the screen:\n{screen}"
            time.sleep(0.05)
        return screen

    def close(self) -> None:
        self._tmux("kill-session", "-t", self._name)


@pytest.fixture
def terminal(house: House) -> Iterator[Terminal]:
    opened = Terminal(f"one{time.monotonic_ns()}", house)
    yield opened
    opened.close()


@pytest.mark.slow
def test_a_night_on_the_screen(tmp_path: Path, house: House, terminal: Terminal) -> None:
    """Photos come in, somebody is enrolled by keys, uploads are paused and go on; at the end it says SAFE."""
    terminal.shows("[1 Venue]")
    terminal.shows("Nothing yet: no photo has arrived")
    for number in range(4):
        house.drop(scene(tmp_path / "made.jpg", number), f"DSC_{number:04}.jpg")
    house.drop(FACES / "one_guest.jpg", "DSC_0009.jpg")
    terminal.shows("Safe to pack up: all 5 photos verified on Drive")
    terminal.keys("p")
    terminal.shows("up PAUSED")
    house.drop(scene(tmp_path / "made.jpg", 20), "DSC_0020.jpg")
    terminal.shows("Not yet: uploads paused, 1 photo waits here")
    terminal.keys("p")
    terminal.shows("Safe to pack up: all 6 photos verified on Drive")
    terminal.keys("e")
    terminal.shows("Enroll a guest")
    terminal.keys("Ana [b", "Tab")
    terminal.keys("DSC_0009", "Enter")
    time.sleep(0.5)
    terminal.keys("Enter")
    terminal.shows("Ana [b")
    wait_for(lambda: "People/Ana [b/Solo/DSC_0009.jpg" in house.on_disk(), 15, terminal.screen)
    terminal.keys("Escape")
    time.sleep(0.7)
    terminal.keys("q")
    wait_for(lambda: house.run("status").returncode == 3, 15, "the agent left with its monitor")
    house.assert_same_tree(6)


@pytest.mark.slow
def test_a_monitor_attaches_and_leaves_the_agent_alone(tmp_path: Path, house: House) -> None:
    house.start()
    two = [Terminal(f"{name}{time.monotonic_ns()}", house) for name in ("a", "b")]
    try:
        for one in two:
            one.shows("no photo has arrived")
        house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
        for one in two:
            one.shows("Safe to pack up: 1 photo verified on Drive")
        two[0].keys("q")
        time.sleep(1)
        assert house.json("status")["mode"] == "headless"
        house.stop()
        two[1].shows("no word from the agent", 30)
    finally:
        for one in two:
            one.close()


@pytest.mark.slow
def test_a_dropped_connection_ends_it_cleanly(tmp_path: Path, house: House, terminal: Terminal) -> None:
    """SIGHUP: the terminal is gone, the agent puts everything down, nothing is in the way of the next."""
    terminal.shows("[1 Venue]")
    about = wait_for(lambda: read_json(house.root / ".venuesync/agent.json"), 10, "the agent listens")
    os.kill(about["pid"], signal.SIGHUP)
    wait_for(lambda: house.run("status").returncode == 3, 15, "it is gone")
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
    assert house.until_done().returncode == 0


def read_json(path: Path) -> dict[str, int] | None:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None
