"""A month in small: an agent that is looked after by nobody. Photos come by day, by night there is work, forty starts.

make month              30 days, 200,000 photos (N=photos, DAYS=, SEED=); figures of each day, and what grows fails
python -m tests.month.month --photos 9000 --seconds 900      as many of its days as fit

Each life of the agent begins on the next day, at half past two in the night: what the night was for is overdue then. On
every third day it is killed amid the photos. A tenth of them come by a folder on Drive; the sign-in's tokens end daily.
"""

# ruff: noqa: T201 - its figures are what it is for

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from agent.app import THREADS
from agent.jobs.backups import KEPT_LEDGERS, KEPT_PEOPLE
from agent.log import FILES, SIZE
from tests.emulator.drive import Emulator
from tests.month.almanac import Almanac
from tests.venue.house import House, wait_for
from tests.venue.memory import MB, SLACK, resident
from tests.venue.photographer import Photographer
from tests.venue.pictures import FACES, scene, variant

DAYS, PHOTOS = 30, 200_000
NIGHT, NOON = 2.5, 12.0  # hours
KILLED_EVERY = 3  # days
BY_DRIVE = 0.1  # of the photos
WITH_FACES = 0.01
IDLE = 1.5  # seconds: after one without work a face worker gives back what it looked with, 50 MB
NIGHTLY = ("backup", "cleanup")
A_PHOTO = 1.0  # seconds that one may take at most, and
A_DAY = 60.0  # seconds besides
LOOKS_EVERY = 0.3  # seconds
ENDS_IN = 10.0  # seconds after SIGTERM
MORE_FILES = 12  # open files of a busy moment
IN_MEMORY = 1500  # bytes for each photo in an incoming folder: what is known of its file, looked through at each sweep
CACHES = 64 * MB  # what SQLite keeps of a ledger that is larger than that
FEW = 100  # photos: with fewer the ledger's first pages outweigh them


@dataclass(frozen=True, slots=True)
class Evening:
    """How it stands at a day's end, in seconds and bytes. `state`: `.venuesync` but for what grows with the photos."""

    day: int
    photos: int
    started: float
    night: float
    sent: float
    ended: float
    memory: int
    files: int
    threads: int
    ledger: int
    log: int
    state: int
    downloads: int
    backups: int

    def line(self) -> str:
        per_second = self.photos_a_second
        return (
            f"{self.day:3} {self.photos:8,} {per_second:6.1f} {self.started:6.1f} {self.night:6.1f} {self.ended:6.1f}"
            f" {self.memory / MB:8.1f} {self.files:6} {self.threads:8} {self.ledger / MB:9.2f} {self.log / MB:7.2f}"
            f" {self.state / MB:8.2f} {self.downloads:6} {self.backups:5}"
        )

    @property
    def photos_a_second(self) -> float:
        return self.sent and self.photos / self.day / self.sent


HEAD = (
    "day   photos  a sec  start  night    end   memory  files  threads    ledger     log    state  downl  kept\n"
    "                        s      s      s       MB                        MB      MB       MB"
)


class Month:
    """One house over its days."""

    def __init__(self, folder: Path, emulator: Emulator, days: int, photos: int, seed: int) -> None:
        self.kept_days = max(1, min(7, days // 3))
        self.house = House(
            folder / "venue",
            emulator,
            VENUESYNC_CLEANUP__DAYS=str(self.kept_days),
            VENUESYNC_SYNC__INTERVAL="0.5",
            VENUESYNC_LOG__LEVEL="debug",
            VENUESYNC_FACES__WORKERS="2",
        )
        self.almanac = Almanac(self.house)
        self.a_day = max(2, photos // days)
        self.starts = 0
        self._folder = folder
        self._dice = random.Random(seed)
        self._scenes = [scene(folder / f"scene-{number}.jpg", number, (64, 48)) for number in range(8)]
        self._anna = Photographer(emulator)
        self._source = self._anna.folder("Anna's photos", share=True)
        self._photos = 0

    def start(self, day: int, hour: float) -> float:
        """Seconds until it listens, without those for which others held the core that it could have run on."""
        self.almanac.at(day, hour)
        self.starts += 1
        began = time.monotonic()
        self.house.begin(subprocess.DEVNULL)
        wait_for((self.house.root / ".venuesync" / "agent.json").exists, 60, "the agent listens")
        assert self.house.agent is not None
        return time.monotonic() - began - held_up(self.house.agent.pid)

    def begin(self) -> float:
        """The first day's morning: somebody is enrolled, and a folder on Drive is a source. No night was before it."""
        for words in (
            ["enroll", "Mia", str(FACES / "one_guest.jpg")],
            ["events", "source", "add", "default", self._source],
        ):
            done = self.house.run(*words)
            assert done.returncode == 0, done.stderr
        return 0.0

    def day(self, day: int) -> Evening:
        """`day` from 1."""
        started = self.start(day, NIGHT)
        night = self._night(day) if day > 1 else self.begin()
        self._tokens_end()
        began = time.monotonic()
        for number in range(self.a_day):
            if number == self.a_day // 2 and day % KILLED_EVERY == 0:
                self.house.kill()
                self.start(day, NOON)
            self._photo(day, face=number == self.a_day - 1)  # what tells them apart takes 50 MB once there is one
        self._all_sent()
        sent = time.monotonic() - began
        evening = self._look(day, started, night, sent)
        began = time.monotonic()
        assert self.house.stop(ENDS_IN) == 0
        return Evening(**{**asdict(evening), "ended": time.monotonic() - began})

    def _tokens_end(self) -> None:
        """Everybody's."""
        self.house.emulator.expire("access_tokens")

    def _photo(self, day: int, *, face: bool) -> None:
        """`face`: one is on it, whatever the dice say."""
        self._photos += 1
        face = self._dice.random() < WITH_FACES or face
        made = variant(
            FACES / "one_guest.jpg" if face else self._dice.choice(self._scenes),
            self._folder / "made.jpg",
            self._photos,
        )
        name = f"DSC_{self._photos:06}.jpg"
        if self._photos % round(1 / BY_DRIVE) == 0:
            self._anna.put(made, name, self._source)
            self.house.expected.arrived(made)
        else:
            self.house.drop(made, f"day {day:02}/{name}")

    def _all_sent(self) -> None:
        self.house.run("sync")

        def sent() -> bool:
            time.sleep(LOOKS_EVERY)  # who asks all the time is answered instead of photos being sent
            status = self.house.json("status")
            return status["photos"]["verified"] == self._photos and status["safe_to_leave"]["safe"]

        wait_for(sent, A_DAY + A_PHOTO * self.a_day, f"{self._photos} photos are sent")

    def _night(self, day: int) -> float:
        """Seconds until what the night was for is done: it was missed."""
        began, date = time.monotonic(), self.almanac.date(day)

        def done() -> bool:
            with self.house.api() as api:
                rows = {one["name"]: one for one in api.get("/jobs").raise_for_status().json()}
            return all((rows[name]["last_at"] or "").startswith(date) for name in NIGHTLY)

        wait_for(done, 60, f"the night's work of {date}")
        return time.monotonic() - began

    def _look(self, day: int, started: float, night: float, sent: float) -> Evening:
        assert self.house.agent is not None
        pid, state = self.house.agent.pid, self.house.root / ".venuesync"
        time.sleep(IDLE)
        assert self.house.json("errors")["open"] == []
        kept = list((state / "backups").glob("*-*"))
        for name, most in (("ledger", KEPT_LEDGERS), ("people", KEPT_PEOPLE)):
            assert len([one for one in kept if one.name.startswith(name)]) <= most, kept
        apart = {"thumbnails", "backups", "cache", "downloads"}
        return Evening(
            day,
            self._photos,
            started,
            night,
            sent,
            0.0,
            resident(pid),
            len(list(Path(f"/proc/{pid}/fd").iterdir())),
            len(list(Path(f"/proc/{pid}/task").iterdir())),
            sum(one.stat().st_size for one in state.glob("ledger.sqlite*")),
            size_below(state / "logs"),
            sum(size_below(one) for one in state.iterdir() if one.name not in apart),
            sum(one.is_file() for one in (state / "downloads").rglob("*")),
            len(kept),
        )

    def over(self, evenings: Sequence[Evening]) -> None:
        """Everything is there, and nothing grew that should not."""
        self.start(evenings[-1].day + 1, NIGHT)
        self._night(evenings[-1].day + 1)
        self.house.assert_invariants()
        assert self.house.stop(ENDS_IN) == 0
        left = sum(one.is_file() for one in (self.house.root / ".venuesync" / "downloads").rglob("*"))
        assert left <= (self.kept_days + 1) * (self.a_day * BY_DRIVE + 1), f"{left} downloads are kept"
        assert_flat(evenings)


def held_up(pid: int) -> float:
    """Seconds that its first thread was ready and had no core (the second figure of Linux's `schedstat`)."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9


def size_below(path: Path) -> int:
    return sum(one.stat().st_size for one in ([path] if path.is_file() else path.rglob("*")) if one.is_file())


def assert_flat(evenings: Sequence[Evening]) -> None:
    """The last third of the days beside the first: nothing grows, but with the photos, and by so much for each."""
    third = max(1, len(evenings) // 3)
    before, after = evenings[:third], evenings[-third:]

    def middle(of: Sequence[Evening], name: str) -> float:
        return statistics.median(getattr(one, name) for one in of)

    more = min(CACHES, evenings[-1].ledger) + IN_MEMORY * (middle(after, "photos") - middle(before, "photos"))
    assert middle(after, "memory") <= 1.1 * middle(before, "memory") + SLACK + more, "memory grows"
    assert middle(after, "files") <= middle(before, "files") + MORE_FILES, "open files grow"
    assert middle(after, "threads") <= max(middle(before, "threads"), THREADS) + MORE_FILES, "threads grow"
    assert middle(after, "started") <= 2 * middle(before, "started") + 2, "starts take longer"
    assert evenings[-1].log <= 2 * (FILES + 1) * SIZE, "the logs grow"
    if before[-1].photos >= FEW:
        each = [one.ledger / one.photos for one in (before[-1], after[-1])]
        assert each[1] <= 1.25 * each[0], f"a photo takes {each[1]:,.0f} bytes of the ledger instead of {each[0]:,.0f}"


def month(folder: Path, days: int, photos: int, seed: int, seconds: float = float("inf")) -> list[Evening]:
    """Its days, told as they pass; no day is begun after so many seconds."""
    evenings: list[Evening] = []
    end = time.monotonic() + seconds
    with Emulator.start(folder / "drive") as emulator:
        it = Month(folder, emulator, days, photos, seed)
        clocks = "the machine's uptime passes, too" if it.almanac.passes_for_all else "the clock alone moves"
        print(f"{days} days, {it.a_day} photos a day, seed {seed}; {clocks}\n{HEAD}", flush=True)
        try:
            while len(evenings) < days and time.monotonic() < end:
                evenings.append(it.day(len(evenings) + 1))
                print(evenings[-1].line(), flush=True)
            it.over(evenings)
            asked = emulator.requests()["methods"]
            assert not emulator.stderr(), emulator.stderr()
        finally:
            it.house.close()
        print(f"all well: {len(evenings)} days, {it.starts} starts; asked of Drive: {json.dumps(asked)}")
    return evenings


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--days", type=int, default=DAYS)
    asked.add_argument("--photos", type=int, default=PHOTOS)
    asked.add_argument("--seconds", type=float, default=float("inf"), help="no day is begun after these")
    asked.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="venuesync-month-") as folder:
        month(Path(folder), given.days, given.photos, given.seed, given.seconds)


if __name__ == "__main__":
    main()
