"""What stays the same however many photos an agent holds: its start, rest, answers, a new photo, a rename, a sweep.

make bench BENCH=flat      1,000 photos and 10,000, all filed and verified, against the emulator: a quarter of an hour
make rest                  the long form: 1,000 and 100,000, two minutes of rest each; 2 GB

`VENUESYNC_PHOTOS="1000 20000"`: other numbers (10^6 take half an hour to be made); `VENUESYNC_REST`, `VENUESYNC_CALM`:
seconds of rest, and before it. Each figure stands beside what is allowed at any number of photos. Processor time is of
the agent's own process, its face worker left out; the load is told with it. The last line is all of it as JSON.
"""

# ruff: noqa: T201 - its figures are what it is for

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import httpx

from agent.app import Application
from agent.intake.listing import Listing, compare
from agent.model import Mode
from agent.settings import load_settings
from agent.workspace import find_workspace
from tests.emulator.drive import Emulator
from tests.venue.enlarge import DEMO, evening
from tests.venue.figures import Figure, tell
from tests.venue.filed import of_the_ledger, seconds_until_filed
from tests.venue.house import House, wait_for
from tests.venue.pictures import variant
from tests.venue.processor import seconds_of_cpu

PHOTOS = [int(one) for one in os.environ.get("VENUESYNC_PHOTOS", "1000 10000").split()]
REST = float(os.environ.get("VENUESYNC_REST", "60"))  # seconds
CALM = float(os.environ.get("VENUESYNC_CALM", "150"))  # seconds until caches are filled and folders still for a minute
WINDOW = 10.0  # seconds of catching up, of which the busiest count
NEW = 20  # photos
ASKED = 20  # times
RENAMES = 3
TURNS = 3  # of sweeps
PATIENCE = 300.0  # seconds
EVERY = 0.005  # seconds between two looks

START = 1.0  # seconds, at most; so all of these
CATCHING_UP = 0.25  # of a core
AT_REST = 0.5  # percent of a core
RESIDENT = 200.0  # MB
STATUS = 5.0  # ms of processor
SEARCH = 50.0  # ms
FILED = 0.2  # seconds
MORE = 1.2  # times the processor time that a new photo takes where there are few
RENAMED = 3.0  # seconds, promised for 20,000 photos
SWEEP = 3.0  # times what scandir and stat take


class Flat:
    """One house with so many photos, and what was measured in it."""

    def __init__(self, house: House, photos: int) -> None:
        self.house = house
        self.photos = photos
        self.figures: list[Figure] = []
        self.new_photo_ms = 0.0

    def note(self, name: str, value: float, beside: float | None = None) -> None:
        self.figures.append(Figure(f"{self.photos:,} photos: {name}", value, beside))

    def cpu(self) -> float:
        assert self.house.agent is not None
        return seconds_of_cpu(self.house.agent.pid)

    def start(self) -> None:
        """From the process's begin until the first status is there."""
        began = time.monotonic()
        self.house.begin()
        while not self.answers():
            if time.monotonic() - began > PATIENCE:
                raise SystemExit(f"no answer within {PATIENCE:g} s of the start: look at .venuesync/logs")
            time.sleep(EVERY)
        self.note("first answer after a start, seconds", time.monotonic() - began, START)
        self.note("first answer after a start, seconds of processor", self.cpu())

    def answers(self) -> bool:
        with suppress(httpx.HTTPError, OSError, ValueError), self.house.api() as api:
            return api.get("/status").is_success
        return False

    def catch_up(self) -> None:
        """The busiest of what follows the first answer."""
        shares: list[float] = []
        end = time.monotonic() + CALM
        while time.monotonic() < end:
            before, began = self.cpu(), time.monotonic()
            time.sleep(min(WINDOW, CALM))
            shares.append((self.cpu() - before) / (time.monotonic() - began))
        self.note(f"catching up, of a core, the busiest {WINDOW:g} s", max(shares), CATCHING_UP)
        wait_for(lambda: self.house.json("status")["safe_to_leave"]["safe"], PATIENCE, "all is done")

    def rest(self) -> None:
        self.house.emulator.forget_requests()
        before, began = self.cpu(), time.monotonic()
        time.sleep(REST)
        self.note("at rest, percent of a core", 100 * (self.cpu() - before) / (time.monotonic() - began), AT_REST)
        print(f"at rest for {REST:g} s: requests {self.house.emulator.requests()['methods']}", flush=True)
        self.note("resident, MB", self.resident(), RESIDENT)

    def resident(self) -> float:
        assert self.house.agent is not None
        lines = Path(f"/proc/{self.house.agent.pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Rss:")) / 1000

    def ask(self) -> None:
        for path in ("/status", "/metrics"):
            _, used = self.asked(path)
            self.note(f"{path[1:]}, ms of processor", used, STATUS if path == "/status" else None)
        hits = {"many hits": "img", "one hit": f"IMG_{self.photos - 1:06}", "no hit": "zebra"}
        for what, word in hits.items():
            took, used = self.asked(f"/events/default/photos?q={word}")
            self.note(f"search with {what}, ms", took, SEARCH)
            self.note(f"search with {what}, ms of processor", used)

    def asked(self, path: str) -> tuple[float, float]:
        """Milliseconds by the clock, the median; and of the agent's processor, each."""
        took: list[float] = []
        with self.house.api() as api:
            api.get(path).raise_for_status()
            before = self.cpu()
            for _ in range(ASKED):
                began = time.perf_counter()
                api.get(path).raise_for_status()
                took.append(1e3 * (time.perf_counter() - began))
            return statistics.median(took), 1e3 * (self.cpu() - before) / ASKED

    def new_photos(self, folder: Path) -> None:
        """One after the other, each until it is verified."""
        before = self.cpu()
        took: list[float] = []
        query = "SELECT verified_at FROM event_photo WHERE event = 'default' AND name = ?"
        for number in range(1, NEW + 1):
            name = f"NEW_{number}.jpg"
            beside = variant(DEMO / "photos" / "DSC_4401.jpg", folder / "made.jpg", number)
            took.append(seconds_until_filed(self.house, beside, name, PATIENCE))
            wait_for(lambda name=name: of_the_ledger(self.house.root, query, name), PATIENCE, "it is verified")
        self.new_photo_ms = 1e3 * (self.cpu() - before) / NEW
        self.note(f"a new photo filed, seconds, median of {NEW}", statistics.median(took), FILED)
        self.note(f"a new photo filed, seconds, worst of {NEW}", max(took), FILED)

    def rename(self) -> None:
        """Whoever is on most photos, by the command, there and back: until disk and Drive have followed."""
        with closing(sqlite3.connect(self.house.root / ".venuesync" / "ledger.sqlite")) as db:
            query = (
                "SELECT f.disk_path, COUNT(*) FROM placement p JOIN folder f ON f.id = p.folder"
                " WHERE f.disk_path LIKE 'People/%' GROUP BY f.id"
            )
            placed: dict[str, dict[str, int]] = {}
            for path, count in db.execute(query):
                _, name, kind = str(path).split("/")
                placed.setdefault(name, {})[kind] = int(count)
            most = max(placed, key=lambda name: sum(placed[name].values()))
            query = "SELECT drive_id FROM folder WHERE disk_path = ?"
            (folder,) = db.execute(query, (f"People/{most}",)).fetchone()
        names = [most, f"{most} Renamed"]
        took: list[tuple[float, float, float]] = []
        for turn in range(RENAMES):
            time.sleep(2)
            took.append(self.renamed(names[turn % 2], names[(turn + 1) % 2], folder, placed[most]))
        answer, disk, drive = (max(column) for column in zip(*took, strict=True))
        what = f"somebody on {sum(placed[most].values()):,} of them renamed, worst of {RENAMES}, seconds until"
        self.note(f"{what} the command has ended", answer)
        self.note(f"{what} the disk has followed", disk, RENAMED)
        self.note(f"{what} Drive has", drive, RENAMED)

    def renamed(self, before: str, after: str, folder: str, placed: dict[str, int]) -> tuple[float, float, float]:
        """Seconds from the command's start to its end, and until disk and Drive show it."""

        def on_disk() -> bool:
            people = self.house.root / "People"
            if (people / before).exists() or not (people / after).exists():
                return False
            return all(sum(1 for _ in (people / after / kind).iterdir()) == count for kind, count in placed.items())

        def on_drive() -> bool:
            return drive.get(f"/drive/v3/files/{folder}", params={"fields": "name"}).json()["name"] == after

        with ThreadPoolExecutor(3) as both, self.house.emulator.client() as drive:
            began = time.monotonic()
            ends = [both.submit(until, look, began) for look in (on_disk, on_drive)]
            done = self.house.run("people", "rename", before, after)
            assert done.returncode == 0, done.stderr
            answered = time.monotonic() - began
            disk, there = (one.result() for one in ends)
            return answered, disk, there


def until(done: Callable[[], bool], began: float) -> float:
    """Seconds since then."""
    while not done():
        if time.monotonic() - began > PATIENCE:
            raise SystemExit(f"a rename was not followed within {PATIENCE:g} s: look at .venuesync/logs")
        time.sleep(EVERY)
    return time.monotonic() - began


# ---- a sweep


async def sweep(root: Path) -> tuple[float, float]:
    """Seconds of processor of a whole sweep of Incoming, and of scandir and stat alone: the least of some in turns."""
    workspace = find_workspace(root, {})
    incoming = str(workspace.incoming)
    ours, plain = list[float](), list[float]()
    async with Application(workspace, load_settings(root, {"VENUESYNC_DRIVE__ENABLED": "false"}), Mode.HEADLESS) as app:
        for _ in range(TURNS):
            began = time.thread_time()
            found = compare(Listing(incoming), app._opened.known_facts(incoming, incoming))
            between = time.thread_time()
            count = look_at_all(incoming)
            ours.append(between - began)
            plain.append(time.thread_time() - between)
            assert found.kept == count and not found.found and not found.missed, found
    return min(ours), min(plain)


def look_at_all(folder: str) -> int:
    """How many files there are, each asked for its facts."""
    files = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                files += look_at_all(entry.path)
            else:
                files += stat.S_ISREG(os.stat(entry.path).st_mode)  # noqa: PTH116 - as a sweep does
    return files


# ---- all of it


def bench(folder: Path, photos: int) -> Flat:
    root, drive = folder / "venue", folder / "drive"
    evening(root, drive, photos)
    with Emulator.start(drive) as emulator:
        house = House(root, emulator)
        house.processes_only = True
        is_the_same_drive(root, emulator.url)
        flat = Flat(house, photos)
        try:
            flat.start()
            flat.catch_up()
            flat.rest()
            flat.ask()
            flat.new_photos(folder)
            flat.rename()
            house.stop()
        finally:
            house.close()
    ours, plain = asyncio.run(sweep(root))
    flat.note(f"a sweep, seconds of processor, beside {SWEEP:g} times scandir and stat", ours, SWEEP * plain)
    return flat


def is_the_same_drive(root: Path, url: str) -> None:
    """The emulator has another port by now: it is no other account for that."""
    with closing(sqlite3.connect(root / ".venuesync" / "ledger.sqlite")) as db:
        db.execute("UPDATE meta SET value = ? || substr(value, instr(value, ' ')) WHERE key = 'drive_account'", (url,))
        db.commit()


def main() -> None:
    figures: list[Figure] = []
    loads = [round(os.getloadavg()[0], 1)]
    few: Flat | None = None
    for photos in PHOTOS:
        with tempfile.TemporaryDirectory(prefix="venuesync-flat-") as folder:
            flat = bench(Path(folder), photos)
        few = few or flat
        beside = None if few is flat else MORE * few.new_photo_ms
        named = "a new photo, ms of processor" + ("" if few is flat else f", beside {MORE:g} times those at the fewest")
        flat.note(named, flat.new_photo_ms, beside)
        figures += flat.figures
        loads.append(round(os.getloadavg()[0], 1))
        print(f"{photos:,} photos: measured, load {loads[-1]}", flush=True)
    tell(figures, photos=PHOTOS, rest_seconds=REST, load=loads)


if __name__ == "__main__":
    sys.exit(main())
