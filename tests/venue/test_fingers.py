"""One script of keys as bytes to a real monitor: whole, cut anywhere, byte by byte, over a thin line. One end.

`VENUESYNC_CUTS=all` cuts at every point, `VENUESYNC_CUTS=10:20` from there to there; else at a sample of them.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.drive import Emulator
from tests.patience import latest
from tests.tui.pseudo_terminal import PseudoTerminal
from tests.venue.house import VENUESYNC, House, wait_for
from tests.venue.pictures import variant

PHOTOS = Path(__file__).parents[2] / "agent" / "demo" / "photos"
GROUPS = {"DSC_4404": 6, "DSC_4407": 5, "3Q4A0117": 4, "3Q4A0121": 2}  # photos of each of nobody known
BACK, LEFT, RIGHT, DOWN, HOME = "\x7f", "\x1b[D", "\x1b[C", "\x1b[B", "\x1b[H"

SCRIPT = (
    # Found by, on Venue: `p` pauses and `e` enrolls where they are not typed into it; then another screen is.
    f"/penny and pip{BACK * 13}people\r1"
    f"3\rPennnn{BACK}{BACK}y Jxx{BACK}{BACK}i\r"  # the largest group is named
    f"\rMx Zöllner{HOME}{RIGHT}a\r"  # and the next one, by `Max`
    "iz"  # the one behind is ignored, and is not
    f"1/dsc{BACK * 3}activity\r2/mia{BACK * 3}pen\r1"
    f"eZoxx{BACK}{BACK}ë Berx{LEFT}g{RIGHT}{BACK}\tIMGG{BACK}_2046{DOWN}\r\r"
).encode()


def cuts() -> list[int]:
    wanted = os.environ.get("VENUESYNC_CUTS", "")
    if wanted == "all":
        return list(range(1, len(SCRIPT)))
    if wanted:
        first, last = wanted.split(":")
        return list(range(int(first), int(last)))
    after = (b"3\r", b"a\ri", b"\xc3")  # before a list is there, between two verbs, within a letter
    return [SCRIPT.index(one) + len(one) for one in after]


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder, emulator = tmp_path_factory.mktemp("f"), Emulator.start()
    house = House(folder / "venue", emulator, VENUESYNC_DRIVE__ENABLED="false", TERM="xterm-256color")
    for name, count in GROUPS.items():
        for number in range(count):
            house.drop(variant(PHOTOS / f"{name}.jpg", folder / "made.jpg", number), f"{name}_{number}.jpg")
    house.drop(PHOTOS / "IMG_2046.jpg", "IMG_2046.jpg")
    os.utime(house.drop(PHOTOS / "DSC_4401.jpg", "IMG_2046_too.jpg"), (time.time() + 60,) * 2)
    house.start()
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "all is filed")
    yield house
    house.close()
    emulator.stop()


def decided(house: House) -> dict[str, Any]:
    """What the agent was told, who is there with how many photos by it, guests without number, and what is paused."""
    told, paused = house.json("undo", "--list"), house.json("status")["paused"]
    return {
        "done": [NUMBER.sub("Guest", one["what"]) for one in told["done"]],
        "undone": [NUMBER.sub("Guest", one["what"]) for one in told["undone"]],
        "people": sorted((NUMBER.sub("Guest", one["name"]), one["solo"], one["group"]) for one in house.json("people")),
        "paused": paused["uploads"] or paused["all"],
    }


NUMBER = re.compile(r"Guest \d+")
END = {
    "done": ["Zoë Berg enrolled", "Guest named Max Zöllner", "Guest named Penny Ji"],
    "undone": [],
    "people": [("Guest", 4, 0), ("Max Zöllner", 5, 0), ("Penny Ji", 6, 0), ("Zoë Berg", 1, 0)],
    "paused": False,
}


def ends_as_meant(house: House, send: Callable[[PseudoTerminal], None], seconds: float = 15) -> None:
    """Typed into a monitor of its own; what it decided is taken back for the next one."""
    with PseudoTerminal([*VENUESYNC, "--workspace", str(house.root)], house.environ) as monitor:
        monitor.until("[1 Venue]", 30)
        monitor.quiet(0.2, 5)
        send(monitor)
        end = latest(seconds)
        while (found := decided(house)) != END and time.monotonic() < end:
            monitor.read_for(0.2)
    while house.run("undo").returncode == 0:
        pass
    assert found == END


def in_two(at: int) -> Callable[[PseudoTerminal], None]:
    """The screen follows the first packet before the second comes; no arrow is cut, as `esc` alone is a key."""

    def send(monitor: PseudoTerminal) -> None:
        monitor.send(SCRIPT[:at])
        monitor.read_for(0.02 if b"\x1b" in SCRIPT[max(0, at - 2) : at] else 0.25)
        monitor.send(SCRIPT[at:])

    return send


@pytest.mark.slow
def test_in_one_packet(venue: House) -> None:
    ends_as_meant(venue, lambda monitor: monitor.send(SCRIPT))


@pytest.mark.slow
@pytest.mark.parametrize("at", cuts())
def test_in_two_packets(venue: House, at: int) -> None:
    ends_as_meant(venue, in_two(at))


@pytest.mark.slow
def test_byte_by_byte(venue: House) -> None:
    def send(monitor: PseudoTerminal) -> None:
        for byte in SCRIPT:
            monitor.send(bytes([byte]))
            monitor.read_for(0.01)

    ends_as_meant(venue, send)


@pytest.mark.slow
def test_over_a_line_of_2_kb_a_second(venue: House) -> None:
    """Both ways: the screen is written as slowly as the keys come."""

    def send(monitor: PseudoTerminal) -> None:
        monitor.slow = 2000
        for at in range(0, len(SCRIPT), 20):
            monitor.send(SCRIPT[at : at + 20])
            monitor.read_for(0.01)

    ends_as_meant(venue, send, 80)


def test_a_monitor_that_stood_still_asks_over_the_connection_that_it_had(venue: House) -> None:
    """While a thin line took what was painted, the agent closed it, and the decision asked over it was lost."""
    about = json.loads((venue.root / ".venuesync" / "agent.json").read_text())
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(latest(10) - time.monotonic())
        line.connect(about["socket"])
        asked = http.client.HTTPConnection("agent")
        asked.sock = line
        for _ in range(2):
            asked.request("GET", "/health")
            assert asked.getresponse().read()
            time.sleep(6)  # whole screens at 2 kB a second


@pytest.mark.slow
def test_a_line_that_stands_still_holds_up_neither_a_photo_nor_the_end(tmp_path: Path) -> None:
    """A phone in a tunnel, its connection open: the agent inside stood still once nobody took what was painted."""
    with Emulator.start() as emulator:
        house = House(tmp_path / "venue", emulator, TERM="xterm-256color")
        with PseudoTerminal([*VENUESYNC, "--workspace", str(house.root)], house.environ) as monitor:
            monitor.until("[1 Venue]", 30)
            monitor.type("2345" * 10)  # from here on nobody reads
            time.sleep(5)
            for number in range(3):
                house.drop(variant(PHOTOS / "DSC_4404.jpg", tmp_path / "made.jpg", number), f"A_{number}.jpg")
            wait_for(lambda: house.json("status")["photos"]["verified"] == 3, 30, "all is on Drive")
            monitor.type("1")
            monitor.until("3 photos", 15)  # it goes on with what is so now
            monitor.type("2345" * 10)
            time.sleep(3)
            os.kill(monitor.pid, signal.SIGTERM)
            wait_for(lambda: monitor.is_over, 20, "it has ended")
