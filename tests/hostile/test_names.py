"""Names of files, people, events and folders on Drive, and what Drive answers: everywhere they are text and no more.

One agent and one evening; asked by every command on a real terminal, by the monitor, by the API, and in the log.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.drive import Emulator
from tests.hostile.house import Door, open_house
from tests.hostile.names import ON_DISK, TRIES, came_through, unprintable
from tests.tui.pseudo_terminal import PseudoTerminal
from tests.venue.house import VENUESYNC, wait_for
from tests.venue.pictures import scene

FOLDER = "application/vnd.google-apps.folder"
COMMANDS = (("status",), ("errors",), ("activity",), ("photos",), ("events",), ("uploads",), ("errors", "--json"))


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = Path(tmp_path_factory.mktemp("h"))
    later = folder / "clock"
    later.write_text("3600")  # by the agent's clock nothing has changed within the last hour: nothing still arrives
    settings = {"VENUESYNC_LOG__NAMES": "true", "VENUESYNC_CLOCK_OFFSET": str(later)}
    with Emulator.start() as emulator, open_house(folder, emulator, 0, **settings) as door:
        evening(door, folder)
        yield door


def evening(door: Door, folder: Path) -> None:
    """Every second photo is a broken one: its name is in errors. One is refused by Drive in words of its own."""
    house = door.house
    house.emulator.faults(
        [{"method": "files.create", "status": 400, "reason": "invalid", "message": TRIES[0] + TRIES[1], "times": 1}]
    )
    for number, name in enumerate(ON_DISK):
        photo = scene(folder / f"{number}.jpg", number)
        if number % 2:
            photo.write_bytes(photo.read_bytes()[:4000] + b"\xff\xd9")
        target = house.incoming / f"{name}.jpg".replace("/", "_")
        shutil.copyfile(photo, target)
        house.expected.arrived(target)
    with door.over("socket") as api:
        for name in TRIES:
            answer = api.post("/commands/events-add", json={"name": name})
            assert answer.status_code in (200, 422), answer.text
            answer = api.post("/commands/people-find", json={"photo": f"/{name}.jpg"})
            assert answer.status_code in (404, 422), answer.text
    wait_for(lambda: settled(house.json("status")), 60, "all are filed or failed")


def settled(status: dict[str, Any]) -> bool:
    photos, uploads = status["photos"], status["uploads"]
    moving = photos["waiting"] + uploads["queued"] + uploads["active"] + status["queue"]["arriving"]
    return photos["seen"] == len(ON_DISK) and not moving


def test_every_photo_with_such_a_name_is_filed_or_its_trouble_told(door: Door) -> None:
    photos = door.house.json("status")["photos"]
    assert photos["failed"] == len(ON_DISK) // 2
    door.house.assert_invariants()
    names = [path.name for path in (door.house.root / "Unsorted").rglob("*.jpg")]
    assert len(names) == len(ON_DISK) - len(ON_DISK) // 2
    assert not any(unprintable(name) for name in names)


def test_on_a_real_terminal_they_are_letters(door: Door) -> None:
    ours = " ".join([*VENUESYNC, "--workspace", str(door.house.root)])
    script = "; ".join(f"{ours} {' '.join(command)}" for command in COMMANDS)
    with PseudoTerminal(["/bin/sh", "-c", script], {**door.house.environ, "TERM": "xterm-256color"}) as terminal:
        terminal.ended(120)
        shown = terminal.seen
    text = shown.decode("utf-8").replace("\r\n", "\n")
    assert text.count("EVIL") > 40
    assert unprintable(text) == set()
    assert "Traceback" not in text


def test_in_the_monitor_they_are_letters(door: Door) -> None:
    command = [*VENUESYNC, "--workspace", str(door.house.root)]
    with PseudoTerminal(command, {**door.house.environ, "TERM": "xterm-256color"}) as terminal:
        terminal.until("EVIL", 30)
        for key in "123456":
            terminal.type(key)
            terminal.quiet(0.3, 5)
            assert came_through(terminal.seen) == [], key


def test_in_json_they_are_what_they_were(door: Door) -> None:
    told = door.house.json("photos")
    done = door.house.run("photos", "--json")
    assert unprintable(done.stdout) == set() and json.loads(done.stdout) == told
    with door.over("tcp") as api:
        for path in ("/photos", "/errors", "/events", "/activity", "/status", "/uploads"):
            answer = api.get(path)
            assert answer.status_code == 200, path
            assert "EVIL" in answer.text or path in ("/status", "/activity"), path


@pytest.mark.parametrize("form", ["text", "json"])
def test_in_the_log_they_break_no_line(tmp_path: Path, form: str) -> None:
    code = (
        "import logging, sys, structlog; from pathlib import Path; from agent.log import set_up_log\n"
        "from tests.hostile.names import ON_DISK\n"
        f"set_up_log(Path(sys.argv[1]), 'info', {form!r})\n"
        "for name in ON_DISK:\n"
        "    structlog.get_logger().info('intake.seen', file=name, files=[name])\n"
        "    logging.getLogger('other').warning('refused: %s', name)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, cwd=Path(__file__).parents[2])
    log = (tmp_path / "agent.log").read_text()
    assert unprintable(log) == set()
    assert len(log.splitlines()) == 2 * len(ON_DISK)


def test_no_name_leads_out_of_the_workspace(door: Door) -> None:
    around = {path.name for path in door.house.root.parent.iterdir()}
    assert not [name for name in around if "EVIL" in name]
