"""The first thing that a newcomer sees and leaves: by whichever way, in words, and nothing of it stays.

A real terminal, the real demo: what it prints after its screen has gone, its exit code, its folders, its processes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.patience import PATIENCE, latest
from tests.tui.pseudo_terminal import CONTROL, PseudoTerminal

ROOT = Path(__file__).resolve().parents[2]
DEMO = [sys.executable, "-m", "tui.cli", "demo"]
SCREEN_ENDS = b"\x1b[?1049l"
PHOTO = ROOT / "agent" / "demo" / "photos" / "3Q4A0117.jpg"
LAST = "The demo is over, and nothing of it is left here. For your own photos: venuesync"


@pytest.fixture
def folder() -> Iterator[Path]:
    """For everything temporary, as short as `/tmp` is: a socket's path may not be long."""
    with tempfile.TemporaryDirectory(prefix="vs-", dir="/tmp") as made:
        yield Path(made)


def environ(folder: Path) -> dict[str, str]:
    """A temporary folder of its own, and nothing of this machine's settings."""
    kept = {key: one for key, one in os.environ.items() if not key.startswith(("VENUESYNC_", "XDG_", "COLUMNS"))}
    return {
        **kept,
        "TMPDIR": str(folder),
        "PYTHONPATH": str(ROOT),
        "VENUESYNC_FACES__WORKERS": "1",
        "TERM": "xterm-256color",
    }


def processes(folder: Path) -> dict[int, str]:
    """Commands whose environment or arguments name the temporary folder; the demo's emulator is one of them."""
    found: dict[int, str] = {}
    for one in Path("/proc").glob("[0-9]*"):
        try:
            command = (one / "cmdline").read_bytes()
            told = (one / "environ").read_bytes() + command
            state = (one / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if os.fsencode(str(folder)) in told and state != "Z" and one.name != str(os.getpid()):
            found[int(one.name)] = os.fsdecode(command).replace("\0", " ")
    return found


def emulator_of(folder: Path) -> int:
    [found] = [pid for pid, command in processes(folder).items() if "agent.emulator" in command]
    return found


def nothing_is_left(folder: Path) -> None:
    end = latest(10)
    while (left := processes(folder)) and time.monotonic() < end:
        time.sleep(0.05)
    assert left == {}
    assert [path for path in folder.iterdir()] == []


def told(terminal: PseudoTerminal) -> list[str]:
    """What was printed after the screen had gone."""
    _, _, after = terminal.seen.rpartition(SCREEN_ENDS)
    return [row.strip() for row in CONTROL.sub(b"", after).decode().splitlines() if row.strip()]


def by_key(key: str) -> Callable[[PseudoTerminal, Path], None]:
    return lambda terminal, _: terminal.type(key)


def by_signal(*numbers: signal.Signals) -> Callable[[PseudoTerminal, Path], None]:
    def send(terminal: PseudoTerminal, _: Path) -> None:
        for number in numbers:
            os.kill(terminal.pid, number)

    return send


def after_its_drive_died(terminal: PseudoTerminal, folder: Path) -> None:
    os.kill(emulator_of(folder), signal.SIGKILL)
    terminal.until("offline", 30)
    terminal.type("q")


WAYS = {
    "q": by_key("q"),
    "SIGTERM twice": by_signal(signal.SIGTERM, signal.SIGTERM),
    "its Drive died": after_its_drive_died,
}


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are looked up in /proc")
@pytest.mark.parametrize("way", WAYS)
def test_the_demo_on_the_screen_ends_in_one_line(folder: Path, way: str) -> None:
    with PseudoTerminal(DEMO, environ(folder)) as terminal:
        terminal.until("verified", 60)
        WAYS[way](terminal, folder)
        assert (terminal.ended(20), told(terminal)) == (0, [LAST])
    nothing_is_left(folder)


def test_the_demo_ends_with_its_terminal(folder: Path) -> None:
    with PseudoTerminal(DEMO, environ(folder)) as terminal:
        terminal.until("verified", 60)
        terminal.hang_up()
        assert terminal.ended(20) == 0
    nothing_is_left(folder)


def test_asked_to_end_while_it_begins_the_demo_leaves_nothing(folder: Path) -> None:
    """Before Python listens to signals there is nothing to leave; from then on all is put away."""
    with PseudoTerminal(DEMO, environ(folder)) as terminal:
        end = latest(30)
        while not any(folder.iterdir()) and time.monotonic() < end:
            time.sleep(0.01)
        os.kill(terminal.pid, signal.SIGTERM)
        assert (terminal.ended(20), told(terminal)) == (0, [LAST])
    nothing_is_left(folder)


def test_the_demo_on_the_screen_closes_after_so_many_seconds(folder: Path) -> None:
    with PseudoTerminal([*DEMO, "--seconds", "4"], environ(folder)) as terminal:
        assert (terminal.ended(60), told(terminal)) == (0, [LAST])
    nothing_is_left(folder)


def in_lines(folder: Path, *arguments: str, **settings: str) -> subprocess.Popen[str]:
    said = {**environ(folder), **settings}
    return subprocess.Popen(
        [*DEMO, "--no-ui", *arguments], env=said, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def test_the_demo_without_a_screen_is_ended_by_a_signal(folder: Path) -> None:
    with in_lines(folder) as demo:
        assert demo.stdout is not None
        assert demo.stdout.readline().startswith("A wedding in ")
        time.sleep(1)
        demo.send_signal(signal.SIGINT)
        demo.send_signal(signal.SIGHUP)
        said = demo.stdout.read()
        assert demo.wait(PATIENCE * 20) == 1, "not everything was verified"
    assert "Traceback" not in said
    nothing_is_left(folder)


def test_nobody_reads_what_the_demo_says(folder: Path) -> None:
    with in_lines(folder, "--seconds", "5") as demo:
        assert demo.stdout is not None
        demo.stdout.readline()
        demo.stdout.close()
        assert demo.wait(PATIENCE * 60) in (0, 1)
    nothing_is_left(folder)


def test_the_demo_takes_nothing_from_somebodys_own_settings(folder: Path, tmp_path: Path) -> None:
    """It opened their stores, and took the originals off their card into its folder, which goes."""
    card, state = tmp_path / "card", tmp_path / "state"
    card.mkdir()
    photo = PHOTO.read_bytes()
    (card / "DSC_0001.jpg").write_bytes(photo)
    own = {
        "VENUESYNC_STATE_DIR": str(state),
        "VENUESYNC_INCOMING__FOLDERS": str(card),
        "VENUESYNC_INCOMING__AFTER": "move",
        "UPLOAD_BATCH_SIZE": "none of it is looked at",
    }
    with in_lines(folder, "--seconds", "10", **own) as demo:
        said, _ = demo.communicate(timeout=PATIENCE * 60)
    assert "A wedding in " in said, said
    assert not state.exists()
    assert {path.name: path.read_bytes() for path in card.iterdir()} == {"DSC_0001.jpg": photo}
    nothing_is_left(folder)


def test_a_demo_that_is_killed_leaves_no_process(folder: Path) -> None:
    with in_lines(folder) as demo:
        assert demo.stdout is not None
        demo.stdout.readline()
        time.sleep(1)
        demo.kill()
        demo.wait(PATIENCE * 10)
        end = latest(10)
        while (left := processes(folder)) and time.monotonic() < end:
            time.sleep(0.05)
        assert left == {}
