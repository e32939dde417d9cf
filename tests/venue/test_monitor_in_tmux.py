"""The monitor as people use it: in a terminal of 80x24, around a real agent, with photos coming in."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.patience import latest
from tests.venue.house import VENUESYNC, House, wait_for
from tests.venue.pictures import FACES, scene
from tests.venue.test_people_commands import of

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

COMES = 60.0  # seconds, as for an agent that starts: monitors start beside it, two at once, beside all other tests


class Terminal:
    """One tmux session of 80x24. `instead`: what is typed instead of the workspace."""

    def __init__(self, name: str, house: House, *arguments: str, instead: Sequence[str] = ()) -> None:
        self._name = name
        self._socket = f"venuesync-{os.getpid()}"
        command = shlex.join([*VENUESYNC, *(instead or ("--workspace", str(house.root))), *arguments])
        kept = {key: one for key, one in house.environ.items() if key not in ("COLUMNS", "LINES", "TMUX")}
        self._tmux(
            "new-session",
            "-d",
            "-s",
            name,
            "-x",
            "80",
            "-y",
            "24",
            f"{command}; echo left with $?; sleep 30",
            environ=kept,
        )

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

    def at_once(self, *keys: str) -> None:
        """All in one burst, as they come over a line that lags."""
        self._tmux("send-keys", "-t", self._name, *keys)

    def type(self, text: str) -> None:
        """All at once and to the letter, as a paste is."""
        self._tmux("send-keys", "-t", self._name, "-l", text)

    def shows(self, text: str, seconds: float = COMES) -> str:
        end = latest(seconds)
        while text not in (screen := self.screen):
            assert time.monotonic() < end, f"{text!r} is not on the screen:\n{screen}"
            time.sleep(0.05)
        return screen

    def copies(self, text: str, *keys: str) -> None:
        """These keys put it on the clipboard, as far as the terminal was told."""
        self._tmux("set-option", "-s", "set-clipboard", "on")
        self.keys(*keys)
        wait_for(lambda: self._tmux("show-buffer") == text, COMES, f"{text!r} is copied: {self.screen}")

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
    terminal.shows("Safe to pack up: all 5 photos verified on Drive", 75)
    terminal.keys("p")
    terminal.shows("up PAUSED")
    house.drop(scene(tmp_path / "made.jpg", 20), "DSC_0020.jpg")
    terminal.shows("Not yet: uploads paused, 1 photo waits here")
    terminal.keys("p")
    terminal.shows("Safe to pack up: all 6 photos verified on Drive", 75)
    terminal.keys("e")
    terminal.shows("Enroll a guest")
    terminal.keys("Ana [b", "Tab")
    terminal.keys("DSC_0009", "Enter")
    time.sleep(0.5)
    terminal.keys("Enter")
    terminal.shows("Ana [b")
    wait_for(lambda: "People/Ana [b/Solo/DSC_0009.jpg" in house.on_drive(), 15, terminal.screen)
    terminal.keys("Escape")
    time.sleep(0.7)
    terminal.keys("q")
    terminal.shows("Close the monitor")
    terminal.keys("s")
    wait_for(lambda: house.run("status").returncode == 3, 15, "the agent left with its monitor")
    house.assert_same_tree(6)


def test_keys_in_a_burst_go_where_they_are_meant_for(house: House, terminal: Terminal) -> None:
    """The dialog's letters are none of the screen's verbs, what is behind `tab` goes into the other field."""
    terminal.shows("no photo has arrived")
    house.drop(FACES / "one_guest.jpg", "DSC_0009.jpg")
    terminal.shows("Safe to pack up: 1 photo verified on Drive", 75)
    terminal.at_once("3", "1", "e", *"Zoe", "Tab", *"DSC_0009", "Enter", "Enter")
    terminal.shows("Zoe")
    wait_for(lambda: "People/Zoe/Solo/DSC_0009.jpg" in house.on_drive(), 30, terminal.screen)
    terminal.keys("Escape")  # alone: with another key at once it would be alt and that key
    terminal.at_once("q", "s")
    wait_for(lambda: house.run("status").returncode == 3, 30, "the agent left with its monitor")
    house.assert_same_tree(1)


def test_a_key_says_what_it_does_now(terminal: Terminal) -> None:
    terminal.shows("p Pause   s Sync")
    for said in ("p Go on   s Sync", "p Pause   s Sync"):
        terminal.keys("p")
        terminal.shows(said)


@pytest.mark.slow
def test_a_monitor_finds_an_agent_that_listens_elsewhere_since_it_was_started_again(house: House) -> None:
    """As a service's does, or one that somebody starts from another session."""

    def listens() -> str:
        return json.loads((house.root / ".venuesync" / "agent.json").read_text())["socket"]

    with tempfile.TemporaryDirectory(prefix="venue-") as short:  # a socket's path is no longer than 107 bytes
        house.environ["XDG_RUNTIME_DIR"] = short
        house.start()
        before = listens()
        monitor = Terminal(f"follows{time.monotonic_ns()}", house)
        try:
            monitor.shows("no photo has arrived")
            assert house.stop() == 0
            monitor.shows("no agent runs here")
            del house.environ["XDG_RUNTIME_DIR"]
            house.start()
            assert listens() != before
            monitor.shows("no photo has arrived", 30)
        finally:
            monitor.close()
    assert house.stop() == 0


@pytest.mark.slow
def test_a_monitor_attaches_and_leaves_the_agent_alone(tmp_path: Path, house: House) -> None:
    house.start()
    two = [Terminal(f"{name}{time.monotonic_ns()}", house) for name in ("a", "b")]
    try:
        for one in two:
            one.shows("no photo has arrived")
        house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
        for one in two:
            one.shows("Safe to pack up: 1 photo verified on Drive", 75)
        two[0].keys("q")
        assert "The agent goes on, pid" in two[0].shows("left with 0")
        assert house.json("status")["mode"] == "headless"
        two[1].keys("S")
        two[1].shows("Stop the agent?")
        two[1].keys("y")
        two[1].shows("no agent runs here")
        wait_for(lambda: house.run("status").returncode == 3, 15, "it has ended")
        two[1].keys("S")
        two[1].shows("Safe to pack up: 1 photo verified on Drive", 75)
        assert house.json("status")["mode"] == "headless"
        assert house.run("stop").returncode == 0
    finally:
        for one in two:
            one.close()


def test_what_stays_here_is_not_told_as_on_drive(tmp_path: Path, house: House, terminal: Terminal) -> None:
    terminal.shows("no photo has arrived")
    terminal.keys("4", "k")
    terminal.shows("only here those without faces")
    terminal.keys("1")
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
    terminal.shows("DSC_0001.jpg only here", 75)
    assert "only here\n" in terminal.shows("Photos stay only here.", 75), "it took nothing to get nowhere"
    terminal.keys("4", "k", "1")
    terminal.shows("DSC_0001.jpg No Faces", 75)


def test_what_of_somebodys_stays_here_is_not_told_as_on_drive(house: House, terminal: Terminal) -> None:
    given, sent, left_out = of("mia_lindqvist")
    terminal.shows("no photo has arrived")
    assert house.run("events", "set", "default", "exclude", left_out.name).returncode == 0
    assert house.run("enroll", "Mia", str(given)).returncode == 0
    house.drop(sent, sent.name)
    house.drop(left_out, left_out.name)
    terminal.keys("2")
    terminal.shows("2 alone, 0 with others; 1 of 2 on Drive, 1 only here", 75)


def test_finishing_closes_when_all_is_sent(tmp_path: Path, house: House, terminal: Terminal) -> None:
    """`f` stays until the last photo is verified, says CLOSING meanwhile, and leaves the answer on the terminal."""
    terminal.shows("no photo has arrived")
    house.emulator.outage(4)
    for number in range(3):
        house.drop(scene(tmp_path / "made.jpg", number), f"DSC_{number:04}.jpg")
    terminal.shows("3 photos")
    terminal.keys("q")
    terminal.shows("Close the monitor")
    terminal.keys("f")
    terminal.shows("CLOSING")
    terminal.shows("Safe to pack up: ", 75)
    wait_for(lambda: house.run("status").returncode == 3, 15, "it has ended")
    house.assert_same_tree(3)


def test_going_on_without_a_screen_and_coming_back(tmp_path: Path, house: House, terminal: Terminal) -> None:
    """`h`: another monitor that looks on follows the agent from the screen to headless; a third attaches later."""
    terminal.shows("no photo has arrived")
    first = wait_for(lambda: read_json(house.root / ".venuesync/agent.json"), 10, "the agent listens")["pid"]
    looking = Terminal(f"b{time.monotonic_ns()}", house)
    later = None
    try:
        looking.shows("no photo has arrived")
        terminal.keys("q", "h")
        terminal.shows("The agent goes on without a screen")
        about = house.json("status")
        assert (about["mode"], about["pid"] != first) == ("headless", True)
        house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
        looking.shows("Safe to pack up: 1 photo verified on Drive", 75)
        later = Terminal(f"c{time.monotonic_ns()}", house)
        later.shows("Safe to pack up: 1 photo verified on Drive", 75)
        later.keys("q")
        assert house.json("status")["mode"] == "headless"
        os.kill(about["pid"], signal.SIGTERM)
        looking.shows("no agent runs here", 30)
    finally:
        looking.close()
        if later is not None:
            later.close()
        end_agent(house)


@pytest.mark.parametrize("how", ["signal", "line"])
def test_a_dropped_connection_goes_on_without_a_screen(
    tmp_path: Path, house: House, terminal: Terminal, how: str
) -> None:
    """SIGHUP from somebody, or the terminal gone with its window, while photos come in: nothing is lost, or doubled."""
    terminal.shows("[1 Venue]")
    about = wait_for(lambda: read_json(house.root / ".venuesync/agent.json"), 10, "the agent listens")
    for number in range(4):
        house.drop(scene(tmp_path / "made.jpg", number), f"DSC_{number:04}.jpg")
    if how == "signal":
        os.kill(about["pid"], signal.SIGHUP)
    else:
        terminal.close()
    try:
        wait_for(lambda: mode(house) == "headless", 25, "it goes on without a screen")
        wait_for(lambda: has_ended(about["pid"]), 15, "the monitor's own process has ended")
        house.drop(scene(tmp_path / "made.jpg", 9), "DSC_0009.jpg")
        assert house.until_done().returncode == 0
        house.assert_same_tree(5)
    finally:
        end_agent(house)


@pytest.mark.slow
def test_a_dropped_connection_ends_it_where_that_is_set(tmp_path: Path, house: House) -> None:
    house.environ["VENUESYNC_MONITOR__ON_HANGUP"] = "stop"
    terminal = Terminal(f"one{time.monotonic_ns()}", house)
    terminal.shows("[1 Venue]")
    wait_for(lambda: read_json(house.root / ".venuesync/agent.json"), 10, "the agent listens")
    terminal.close()
    wait_for(lambda: house.run("status").returncode == 3, 15, "it is gone")
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
    assert house.until_done().returncode == 0


def test_a_continue_that_follows_no_stop_changes_nothing(house: House, terminal: Terminal) -> None:
    """Shells and tmux send SIGCONT behind SIGHUP; Textual would begin a second time, and the process never end."""
    terminal.shows("no photo has arrived")
    pid = wait_for(lambda: read_json(house.root / ".venuesync/agent.json"), 10, "the agent listens")["pid"]
    for _ in range(2):
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.3)
    terminal.keys("q", "s")
    wait_for(lambda: has_ended(pid), 15, "it has ended")


def test_a_photos_page_follows_it_into_other_folders(house: House, terminal: Terminal) -> None:
    """A folder that it has left stands there no more, and comes back with it."""
    demo = Path(__file__).parents[2] / "agent" / "demo"
    terminal.shows("no photo has arrived")
    for name in ("Mia", "Jonas"):
        photos = sorted((demo / "references").glob(f"{name.lower()}_*.jpg"))
        assert house.run("enroll", name, *map(str, photos)).returncode == 0
    house.drop(demo / "photos" / "DSC_4412.jpg", "DSC_4412.jpg")
    terminal.shows("Safe to pack up: 1 photo verified on Drive", 75)
    terminal.keys("/")
    terminal.type("4412")
    terminal.keys("Enter")
    terminal.shows("DSC_4412.jpg")
    terminal.keys("Enter")
    for _ in range(2):
        both = terminal.shows("Jonas/Group")
        assert "Mia/Group" in both, both
        assert house.run("people", "merge", "Jonas", "INTO", "Mia").returncode == 0
        wait_for(lambda: "Jonas/Group" not in terminal.screen, 20, "it has left that folder")
        assert "Mia/Group" in terminal.screen, terminal.screen
        assert house.run("undo").returncode == 0
    terminal.shows("Jonas/Group")
    assert "Mia/Group" in terminal.screen, terminal.screen


def mode(house: House) -> str:
    """Of the agent that answers; between one that ends and the next that begins none does."""
    told = house.run("status", "--json")
    return str(json.loads(told.stdout)["mode"]) if told.stdout else ""


def has_ended(pid: int) -> bool:
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True


def end_agent(house: House) -> None:
    """The one that went on in a session of its own."""
    about = read_json(house.root / ".venuesync/agent.json")
    if about is not None:
        os.kill(about["pid"], signal.SIGTERM)
        wait_for(lambda: house.run("status").returncode == 3, 15, "it has ended")


def read_json(path: Path) -> dict[str, int] | None:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None
