"""A fault of the monitor's own, in a real terminal: told in words, written down, and no photo waits because of it."""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path

import pytest

from tests.tui.pseudo_terminal import CONTROL, PseudoTerminal
from tests.venue.house import House, wait_for
from tests.venue.pictures import scene

pytestmark = pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")

BREAKS = """
import sys
from tui.app import Monitor

async def on_key(self, event):
    if event.key == "f12":
        raise KeyError("[b]a fault of ours")

Monitor.on_key = on_key
from tui.cli import main
main()
"""

SLOW = """
import asyncio
from textual.screen import ModalScreen

made = ModalScreen._compose

async def slowly(self):
    await asyncio.sleep(1)
    await made(self)

ModalScreen._compose = slowly
from tui.cli import main
main()
"""


def broken(house: House) -> str:
    """A monitor that has a fault when F12 is pressed; what it left on the terminal."""
    command = [sys.executable, "-c", BREAKS, "--workspace", str(house.root)]
    with PseudoTerminal(command, {**house.environ, "TERM": "xterm-256color"}) as terminal:
        terminal.until("Incoming", 30)
        terminal.type("\x1b[24~")
        assert terminal.ended(30) == 1
        left = CONTROL.sub(b"", terminal.seen.rpartition(b"\x1b[?1049l")[2]).decode()
    assert "Traceback" not in left
    assert "The monitor closed by a fault of its own. KeyError: '[b]a fault of ours'; all of it is in" in left
    log = house.root / ".venuesync/logs/monitor.log"
    assert "Traceback" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0
    return left


@pytest.mark.slow
def test_its_own_agent_goes_on_without_it(house: House, tmp_path: Path) -> None:
    left = broken(house)
    found = re.search(r"The agent goes on without a screen, pid (\d+)", left)
    assert found is not None, left
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_1.jpg")
    wait_for(lambda: house.json("status")["photos"]["unsorted"] == 1, 30, "it is filed all the same")
    assert house.run("stop").returncode == 0


@pytest.mark.slow
def test_what_goes_on_headless_leaves_one_line(house: House) -> None:
    """`Putting everything down safely…` stood above it for good."""
    command = [sys.executable, "-m", "tui.cli", "--workspace", str(house.root)]
    with PseudoTerminal(command, {**house.environ, "TERM": "xterm-256color"}) as terminal:
        terminal.until("Incoming", 30)
        wait_for(lambda: house.run("status").returncode == 0, 30, "its agent runs")
        terminal.type("q")
        terminal.until("Headless", 30)
        terminal.type("h")
        assert terminal.ended(60) == 0
        left = terminal.seen.rpartition(b"\x1b[?1049l")[2]
    assert "Putting everything down safely" in left.decode()
    kept = [CONTROL.sub(b"", one.rpartition(b"\x1b[2K")[2]).decode().strip() for one in left.split(b"\n")]
    [last] = [one for one in kept if one]
    assert last.startswith("The agent goes on without a screen, pid ")
    assert house.run("stop").returncode == 0


def test_the_agent_that_it_looked_on_stays_as_it_is(house: House) -> None:
    house.start()
    assert re.search(r"The agent goes on, pid \d+. `venuesync` shows it again", broken(house))
    assert house.agent is not None
    assert house.agent.poll() is None


@pytest.mark.slow
@pytest.mark.parametrize("key", ["e", "q", "\x10"], ids=["enroll", "close", "actions"])
def test_what_ends_it_while_a_dialog_opens_ends_its_agent_too(house: House, key: str) -> None:
    """Of a screen that is left the toolkit makes nothing, and then misses it."""
    command = [sys.executable, "-c", SLOW, "--workspace", str(house.root)]
    with PseudoTerminal(command, {**house.environ, "TERM": "xterm-256color"}) as terminal:
        terminal.until("Incoming", 30)
        wait_for(lambda: house.run("status").returncode == 0, 30, "its agent runs")
        terminal.type(key)
        terminal.read_for(0.5)
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.ended(30) == 0, terminal.seen[-2000:]
    assert house.run("status").returncode == 3
