"""How long after the line's return the first photo is there, on Drive and from Drive, and how long until all are.

make outages        20 outages of 8 s and 20 of 60 s, refused and without a word; VENUESYNC_OUTAGES=8x4,60x4 for others
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.emulator.drive import Emulator
from tests.making import files_below
from tests.venue.house import House, wait_for
from tests.venue.latency import told
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene, variant
from tests.venue.relay import Relay, relay_to

PHOTOS = 10  # each way and each outage
VENUES = 2  # side by side: most of the time all of them wait
WANTED = 2.0  # seconds


@dataclass
class Times:
    """Seconds from the line's return."""

    sent_first: list[float] = field(default_factory=list[float])
    sent_all: list[float] = field(default_factory=list[float])
    fetched_first: list[float] = field(default_factory=list[float])
    fetched_all: list[float] = field(default_factory=list[float])


class Venue:
    """An agent whose line to Drive can be cut in two ways."""

    def __init__(self, root: Path, stack: ExitStack, number: int) -> None:
        self.root = root
        root.mkdir()
        self.number = number * 1_000_000
        self.emulator = stack.enter_context(Emulator.start(latency_ms=20))
        self.relay: Relay = stack.enter_context(relay_to(self.emulator.port))
        more = {"VENUESYNC_DRIVE__ENDPOINT": self.relay.url, "VENUESYNC_SYNC__INTERVAL": "2"}
        self.house = House(root / "venue", self.emulator, **more)
        stack.callback(self.house.close)
        self.anna = Photographer(self.emulator)
        self.folder = self.anna.folder("Anna", share=True)
        scene(root / "their.jpg", -1 - number)

    def start(self) -> None:
        self.house.start()
        added = self.house.run("events", "add", "Anna", "--source", self.folder)
        assert added.returncode == 0, added.stderr
        self.round(0.5, silent=False)  # connections stand, folders are made

    def round(self, seconds: float, *, silent: bool) -> tuple[list[float], list[float]]:
        """One outage. Seconds from its end to each photo sent, and to each one fetched."""
        names = [f"DSC_{self.number + one:07}.jpg" for one in range(PHOTOS)]
        self.number += PHOTOS
        self._cut(seconds, silent=silent)
        began = time.monotonic()
        for at, name in enumerate(names):
            self.house.drop(scene(self.root / name, self.number + at), name)
            if silent:
                self._put(name)
            time.sleep(max(0.0, began + seconds * 0.8 * (at + 1) / PHOTOS - time.monotonic()))
        back = began + seconds
        time.sleep(max(0.0, back - time.monotonic()))
        if silent:
            self.relay.back()
        else:
            for name in names:  # nobody can put anything into a Drive that is away
                self._put(name)
        sent = self._seen(back, set(names), self._on_drive)
        fetched = self._seen(back, {f"their-{name}" for name in names}, self._fetched)
        return sent, fetched

    def _put(self, name: str) -> None:
        theirs = variant(self.root / "their.jpg", self.root / f"their-{name}", int(name[4:11]))
        self.anna.put(theirs, theirs.name, self.folder)

    def _cut(self, seconds: float, *, silent: bool) -> None:
        if silent:
            self.relay.silence()
        else:
            self.emulator.outage(seconds)

    def _on_drive(self) -> set[str]:
        return {
            str(one["path"]).rpartition("/")[2]
            for one in self.emulator.files()
            if one.get("md5Checksum") and "/Unsorted/" in str(one["path"])
        }

    def _fetched(self) -> set[str]:
        return {
            name for path in files_below(self.house.root / "Events") if (name := Path(path).name).startswith("their-")
        }

    def _seen(self, back: float, names: set[str], look: Callable[[], set[str]]) -> list[float]:
        found: dict[str, float] = {}
        end = time.monotonic() + 60
        while len(found) < len(names):
            now = time.monotonic()
            for name in (look() & names) - set(found):
                found[name] = now - back
            assert now < end, f"{len(names) - len(found)} of {len(names)} never came"
            time.sleep(0.02)
        return sorted(found.values())


def measure(plan: dict[float, int]) -> dict[tuple[float, bool], Times]:
    """Outages of so many seconds, so many of each kind."""
    times = {(seconds, silent): Times() for seconds in plan for silent in (False, True)}
    lock = threading.Lock()

    def venue(number: int, folder: Path) -> None:
        with ExitStack() as stack:
            one = Venue(folder / f"venue-{number}", stack, number)
            one.start()
            for seconds, count in plan.items():
                for turn in range(number, count, VENUES):
                    silent = bool(turn // VENUES % 2)
                    sent, fetched = one.round(seconds, silent=silent)
                    with lock:
                        kept = times[seconds, silent]
                        kept.sent_first.append(sent[0])
                        kept.sent_all.append(sent[-1])
                        kept.fetched_first.append(fetched[0])
                        kept.fetched_all.append(fetched[-1])
            wait_for(lambda: one.house.json("status")["drive"]["state"] == "online", 20, "online")

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(VENUES) as threads:
        for done in [threads.submit(venue, number, Path(folder)) for number in range(VENUES)]:
            done.result()
    return times


def main() -> int:
    text = os.environ.get("VENUESYNC_OUTAGES", "8x40,60x40")
    plan = {float(one.partition("x")[0]): int(one.partition("x")[2]) for one in text.split(",")}
    print(f"load {os.getloadavg()[0]:.2f}, {os.cpu_count()} cores, {VENUES} venues at once, {PHOTOS} photos each way")
    worst = 0.0
    for (seconds, silent), kept in measure(plan).items():
        how = "without a word" if silent else "refused"
        print(f"{seconds:g} s {how}")
        for what, values in vars(kept).items():
            if values:
                p95 = told(f"  {what.replace('_', ' ')}", values)["p95"]
                worst = max(worst, p95) if what.endswith("first") else worst
    print(f"load {os.getloadavg()[0]:.2f}; the worst p95 of a first photo is {worst:.2f} s, wanted are {WANTED:g}")
    return int(worst > WANTED)


if __name__ == "__main__":
    sys.exit(main())
