"""Many photos with faces dropped at once: how much of all cores that takes, how long, and how soon a new one is filed.

make bench BENCH=burst      200 photos of 12 megapixels at once, and five more one by one amid them; 1.2 GB of disk

All the while somebody goes through the screens of a monitor that is attached, two keys a second.

`VENUESYNC_PHOTOS=2000`: as many; `VENUESYNC_DRIVE=1`: sent to the emulator besides, which takes of the same cores.
What photos need at least is that many looks of the face workers, shared by all cores: the rate of one core is
measured before and after, on one of them, by processor time (a machine that is shared is slower at times: 0.20 and
0.28 s, minutes apart). The last line is all of it as JSON.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

from agent.demo.guests import GUESTS
from agent.faces.engine import DlibOnnx
from agent.faces.results import Depth
from agent.faces.worker import look
from tests.emulator.drive import Emulator
from tests.tui.monitor_bench import CODES, VENUESYNC
from tests.tui.pseudo_terminal import PseudoTerminal
from tests.venue.figures import Figure, tell
from tests.venue.filed import filed, last_filed_at, seconds_until_filed
from tests.venue.house import House
from tests.venue.latency import enlarged
from tests.venue.pictures import variant
from tests.venue.processor import idle_and_all, seconds_of_family

PHOTOS = int(os.environ.get("VENUESYNC_PHOTOS", "200"))
WITH_DRIVE = os.environ.get("VENUESYNC_DRIVE") == "1"
NEWEST = 5  # photos
LOOKS = 2  # at each picture
IDLE, LONGER, SOON = 5.0, 1.1, 2.0  # percent of all cores, times, seconds: what is allowed
A_KEY = 50.0  # ms, of 95 in 100
KEYS = ["2", "down", "up", "6", "down", "up", "1"]  # each of them paints something
BETWEEN = 0.5  # seconds, two keys
OF_ITSELF = 150  # bytes, at most, of what changes on a screen while nobody types
EVERY = 0.2  # seconds between two looks at how far it is
PATIENCE = 600.0  # seconds


def seconds_of_a_look(pictures: Sequence[Path]) -> float:
    """Processor time of what a face worker does for a photo, on one core and no other: the mean of these pictures."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as cache:
        engine = DlibOnnx(Path(cache))
        look(engine, pictures[0], None, Depth.QUICK)
        began = time.process_time()
        for picture in [*pictures] * LOOKS:
            look(engine, picture, None, Depth.QUICK)
        return (time.process_time() - began) / (LOOKS * len(pictures))


def alone_on_a_core(pictures: Sequence[Path]) -> float:
    """The same, in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as aside:
        return aside.submit(seconds_of_a_look, pictures).result()


class Burst:
    """A house into which it falls; `load` is that of the machine before."""

    def __init__(self, house: House, pictures: Sequence[Path]) -> None:
        self.house = house
        self.pictures = pictures
        self.newest: list[float] = []
        self.keys: list[float] = []  # ms until each was painted
        self._looks: list[tuple[float, float, float, float]] = []  # when, idle, all, processor time of the agent's

    def beside(self, number: int) -> Path:
        """A photo that is to come, on the same disk."""
        return variant(self.pictures[number % len(self.pictures)], self.house.root / f".beside-{number}", number)

    def fall(self) -> None:
        waiting = [self.beside(number) for number in range(PHOTOS + NEWEST)]
        with self.somebody_at_the_monitor():
            time.sleep(2)
            self.see()
            for number, one in enumerate(waiting[:PHOTOS]):
                one.replace(self.house.incoming / f"DSC_{number:05}.jpg")
            self.until_filed(waiting[PHOTOS:])

    @contextmanager
    def somebody_at_the_monitor(self) -> Iterator[None]:
        """Only what is typed meanwhile counts."""
        command = [*VENUESYNC, "--workspace", str(self.house.root)]
        environ = {**self.house.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        over = threading.Event()

        def type_on() -> None:
            while not over.is_set():
                self.keys += [painted(terminal, key) for key in KEYS]

        with PseudoTerminal(command, environ) as terminal, ThreadPoolExecutor(1) as beside:
            terminal.until("[1 Venue]", 30)
            for key in KEYS:  # each screen's first visit builds it
                painted(terminal, key)
            typing = beside.submit(type_on)
            try:
                yield
            finally:
                over.set()
            typing.result()

    def until_filed(self, further: list[Path]) -> None:
        """`further` ones come one by one."""
        between, turn = time.monotonic() + 1, 0
        while (there := filed(self.house.root)) < PHOTOS + len(self.newest):
            if time.time() - self._looks[0][0] > PATIENCE + PHOTOS:
                raise SystemExit(f"only {there} of {PHOTOS} photos were filed: look at .venuesync/logs")
            self.see()
            time.sleep(EVERY)
            if further and time.monotonic() > between:
                turn += 1
                took = seconds_until_filed(self.house, further.pop(), f"NEW_{turn}.jpg", PATIENCE)
                self.newest.append(took)
                between = time.monotonic() + 1
        self.see()

    def see(self) -> None:
        assert self.house.agent is not None
        self._looks.append((time.time(), *idle_and_all(), seconds_of_family(self.house.agent.pid)))

    def figures(self, alone: float) -> list[Figure]:
        """`alone`: seconds of a look on one core."""
        cores, photos = os.cpu_count() or 1, PHOTOS + len(self.newest)
        began, ended = self._looks[0], last_filed_at(self.house.root)
        last = max(one for one in self._looks if one[0] <= ended)
        idle, every, ours = (here - before for here, before in zip(last[1:], began[1:], strict=True))
        least, took = photos * alone / cores, ended - began[0]
        newest = [
            Figure(f"newest photo amid it: seconds until filed, {which}", of(self.newest), SOON)
            for which, of in (("median", statistics.median), ("worst", max))
            if self.newest
        ]
        return [
            Figure("percent of all cores idle, beside what is allowed", 100 * idle / every, IDLE),
            Figure("percent of all cores used by agent and workers", 100 * ours / every),
            Figure(f"seconds, beside {LONGER:g} times photos x a look / cores", took, LONGER * least),
            Figure(
                f"processor seconds of agent and workers a photo, beside {LONGER:g} times a look's",
                (self._looks[-1][3] - began[3]) / photos,
                LONGER * alone,
            ),
            *newest,
            Figure("a key of the monitor amid it, ms until it is painted, p95", percentile(self.keys, 0.95), A_KEY),
        ]


def painted(terminal: PseudoTerminal, key: str) -> float:
    """Milliseconds until it shows, which is more than what changes there of itself."""
    terminal.read_for(BETWEEN)
    terminal.quiet(0.05, 1)
    before, began = terminal.received, time.monotonic()
    terminal.type(CODES.get(key, key))
    while terminal.received <= before + OF_ITSELF:
        if terminal.burst(5, 0.002) is None:
            raise SystemExit(f"the monitor did not answer {key!r} within 5 s")
    return 1e3 * (time.monotonic() - began)


def percentile(values: Sequence[float], part: float) -> float:
    return sorted(values)[int(len(values) * part)]


def main() -> None:
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="venuesync-burst-") as name, Emulator.start() as emulator:
        folder = Path(name)
        pictures = enlarged(folder)
        looks = [alone_on_a_core(pictures)]
        given = {"VENUESYNC_FACES__WORKERS": "cores", "VENUESYNC_PEOPLE__GUEST_AFTER": "0"}
        house = House(folder / "venue", emulator, **given, VENUESYNC_DRIVE__ENABLED=str(WITH_DRIVE).lower())
        house.processes_only = True
        try:
            house.start()
            with house.api() as api:
                for guest in GUESTS:
                    portraits = [str(path) for path in guest.reference_files()]
                    one = {"name": guest.name, "photos": portraits}
                    api.post("/commands/enroll", json=one).raise_for_status()
            burst = Burst(house, pictures)
            burst.fall()
        finally:
            house.close()
        looks.append(alone_on_a_core(pictures))
        tell(
            burst.figures(statistics.mean(looks)),
            photos=PHOTOS,
            newest=[round(one, 2) for one in burst.newest],
            keys=len(burst.keys),
            key_ms=[round(percentile(burst.keys, part)) for part in (0.5, 0.9, 0.99)],
            look_seconds=[round(one, 4) for one in looks],
            drive=WITH_DRIVE,
            load=[round(load, 1), round(os.getloadavg()[0], 1)],
        )


if __name__ == "__main__":
    sys.exit(main())
