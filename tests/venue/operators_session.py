"""An operator's session at a terminal: enroll three, name five, merge two, deny four, undo six.

make session    by keys and commands in tmux, with a real agent and emulator; disk and Drive are to be exact after each
"""

# ruff: noqa: T201 - what was done is what it is for

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.emulator.drive import Emulator
from tests.venue.both_ends import BothEnds, Filed
from tests.venue.house import House, wait_for
from tests.venue.test_monitor_in_tmux import Terminal
from tests.venue.test_operators_session import DEMO, ENROLLED, NAMED

ARRIVED = 41


class Session:
    def __init__(self, house: House, emulator: Emulator) -> None:
        self.house = house
        self.ends = BothEnds(house.root, emulator)
        self.terminal = Terminal("session", house)
        self.state: Filed = {}
        self.history: list[Filed] = []

    def exact(self, what: str, began: float) -> None:
        try:
            self.ends.expect(self.state, what)
        except AssertionError:
            print(self.terminal.screen)
            raise
        print(f"{time.monotonic() - began:5.1f} s  {what}", flush=True)

    def decided(self, what: str, state: Filed, keys: Callable[[], None]) -> None:
        """By these keys; afterwards both ends are as `state` says."""
        self.history.append(self.state)
        began = time.monotonic()
        keys()
        self.state = state
        self.exact(what, began)

    # ---- what an operator does

    def enroll(self, name: str, person: str) -> None:
        began = time.monotonic()
        self.terminal.keys("e")
        self.terminal.shows("Enroll a guest")
        self.terminal.type(name)
        self.terminal.keys("Enter")
        self.terminal.type(f"{DEMO}/references/{person}_*")
        self.terminal.shows(f"{person}_3.jpg")
        self.terminal.keys("Enter")
        self.terminal.shows("3 chosen")
        self.terminal.keys("Enter")
        wait_for(lambda: any(one["name"] == name for one in self.house.json("people")), 20, self.terminal.screen)
        self.terminal.keys("Escape")
        print(f"{time.monotonic() - began:5.1f} s  enrolled {name}", flush=True)

    def settled(self, guests: int) -> None:
        def found() -> bool:
            named = [row for row in self.unknown() if row["name"]]
            return len(named) == guests and self.house.json("status")["safe_to_leave"]["safe"]

        wait_for(found, 90, f"{guests} guests, and all is on Drive")
        disk = self.ends.disk()
        assert disk == self.ends.drive()
        self.state = {one["name"]: disk.get(one["name"], set()) for one in self.house.json("people")}

    def unknown(self) -> list[Any]:
        return self.house.api().get("/unknown").json()

    def name(self, guest: str, name: str) -> None:
        """On Faces: to the group, enter, its name, enter."""
        place = [row["name"] for row in self.unknown()].index(guest)
        state = {name if known == guest else known: photos for known, photos in self.state.items()}

        def keys() -> None:
            self.terminal.keys("3")
            self.terminal.shows("[3 Faces")
            time.sleep(1)
            self.terminal.keys("Home", *["Right"] * place, "Enter")
            self.terminal.type(name)
            self.terminal.keys("Enter")

        self.decided(f"{guest} is named {name}", state, keys)

    def merge(self, one: str, into: str) -> None:
        """On People: find her, m, the other's name, enter."""
        state = {
            name: photos | (self.state[one] if name == into else set())
            for name, photos in self.state.items()
            if name != one
        }

        def keys() -> None:
            self.terminal.keys("2")
            self.terminal.shows("[2 People]")
            self.terminal.keys("/")
            self.terminal.type(one)
            self.terminal.keys("Enter", "m")
            self.terminal.type(into)
            self.terminal.keys("Enter")
            time.sleep(1)
            self.terminal.keys("Escape", "Escape")

        self.decided(f"{one} merged into {into}", state, keys)

    def deny(self, name: str) -> None:
        """By the command, in another window."""
        photo = sorted(self.state[name])[0]
        rows = self.house.api().get("/photos", params={"person": name}).json()["rows"]
        number = next(row["id"] for row in rows if row["name"] == photo)
        state = {known: photos - ({photo} if known == name else set()) for known, photos in self.state.items()}

        def keys() -> None:
            window = Terminal(f"deny{time.monotonic_ns()}", self.house, "people", "not", name, str(number))
            window.shows("left with 0")
            window.close()

        self.decided(f"{name} is not on {photo}", state, keys)

    def undo(self) -> None:
        began = time.monotonic()
        self.terminal.keys("z")
        self.state = self.history.pop()
        self.exact("undone", began)


def hold(folder: Path, emulator: Emulator) -> None:
    house = House(folder / "venue", emulator)
    try:
        house.start()
        photos = [*(DEMO / "photos").glob("*.jpg")]
        photos += [one for person in NAMED.values() for one in (DEMO / "references").glob(f"{person}_*.jpg")]
        for photo in photos:
            house.drop(photo, photo.name)
        seen = {"seen": ARRIVED, "waiting": 0}
        wait_for(lambda: seen.items() <= house.json("status")["photos"].items(), 90, "all were looked at")
        session = Session(house, emulator)
        session.terminal.shows("[1 Venue]")
        for name, person in ENROLLED.items():
            session.enroll(name, person)
        session.settled(guests=6)
        uploads = emulator.requests()["methods"]["files.create"]
        of = {f"{person}_1.jpg": name for name, person in NAMED.items()}
        guests = {of[photo]: guest for guest, found in session.state.items() for photo in found if photo in of}
        for name, guest in guests.items():
            session.name(guest, name)
        session.merge("Samuel", "Hassan")
        session.merge("Yuki", "Mia")
        for name in ("Anna", "Jonas", "Priya", "Hassan"):
            session.deny(name)
        for _ in range(6):
            session.undo()
        assert emulator.requests()["methods"]["files.create"] == uploads, "no photo was sent a second time"
        session.terminal.close()
    finally:
        house.close()
    print("disk and Drive were exact after each")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="venuesync-session-") as temporary, Emulator.start() as drive:
        hold(Path(temporary), drive)
