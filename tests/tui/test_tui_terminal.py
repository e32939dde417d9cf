"""The monitor in a real terminal: tmux at 80x24, typed at like a person, resized, and ended by a signal."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from prepared import templates
from test_tui_venue import LIVE_40, LIVE_80

from tests.patience import latest

SCRIPT = Path(__file__).parent / "evening_monitor.py"

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Terminal:
    """A tmux server of its own with one window, which stays when its program has ended."""

    def __init__(self, name: str, state: str) -> None:
        self._tmux = ["tmux", "-L", name, "-f", "/dev/null"]
        inherited = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES")}
        environment = {**inherited, "TZ": "UTC", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TMUX": ""}
        subprocess.run(
            [
                *self._tmux,
                "new-session",
                "-d",
                "-x",
                "80",
                "-y",
                "24",
                f"{sys.executable} {SCRIPT} {state} {templates()}; cat",
            ],
            check=True,
            env=environment,
        )

    def ask(self, *arguments: str) -> str:
        return subprocess.run([*self._tmux, *arguments], check=True, capture_output=True, text=True).stdout

    @property
    def screen(self) -> str:
        rows = self.ask("capture-pane", "-p").split("\n")
        return "\n".join(row.rstrip() for row in rows).rstrip("\n")

    def shows(self, text: str, seconds: float = 15.0) -> None:
        end = latest(seconds)
        while text not in self.screen:
            assert time.monotonic() < end, f"not shown: {text}\n{self.screen}"
            time.sleep(0.05)

    def hides(self, text: str, seconds: float = 15.0) -> None:
        end = latest(seconds)
        while text in self.screen:
            assert time.monotonic() < end, f"still shown: {text}\n{self.screen}"
            time.sleep(0.05)

    def close(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], check=False, capture_output=True)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal(f"venuesync-test-{os.getpid()}", "live")
    yield made
    made.close()


def test_in_a_real_terminal_like_a_person(terminal: Terminal) -> None:
    terminal.shows("22:14 DSC_4468.jpg", 60)
    expected = LIVE_80.replace("full bar = 20", "full bar = 10").split("\n")
    shown = terminal.screen.split("\n")
    bars = {7, 8, 9, 10}  # without the memory of a higher queue they are longer
    assert [row for y, row in enumerate(shown) if y not in bars | {6}] == [
        row for y, row in enumerate(expected) if y not in bars | {6}
    ]
    assert "full bar = 10" in shown[6]

    terminal.ask("send-keys", "p")
    terminal.shows("Uploading PAUSED")
    terminal.ask("send-keys", "?")
    terminal.shows("Look for new photos now")
    terminal.ask("send-keys", "Escape")
    terminal.hides("Look for new photos now")
    terminal.ask("send-keys", "p")
    terminal.shows("14 photos on their way")

    terminal.ask("resize-window", "-x", "40", "-y", "15")
    terminal.shows(LIVE_40.split("\n")[2])
    assert LIVE_40.split("\n")[1] in terminal.screen

    pid = int(terminal.ask("list-panes", "-F", "#{pane_pid}"))
    child = int(subprocess.run(["pgrep", "-P", str(pid)], check=True, capture_output=True, text=True).stdout.split()[0])
    os.kill(child, 15)
    terminal.shows("the monitor has left")
    assert terminal.ask("display-message", "-p", "#{alternate_on} #{mouse_any_flag} #{cursor_flag}").split() == [
        "0",
        "0",
        "1",
    ]
