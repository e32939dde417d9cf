"""Where the three ways that are gone most often spend processor time and memory, line by line.

make profile        reports into build/profile (OUT=folder), and the ten costliest lines of each way; three minutes

A look at a photo, as a face worker takes it; a photo's way through an agent, until it is verified on the emulator;
what an agent tells of some thousand photos, and the monitor's screens of it. Each is gone once to warm up, once with
pyinstrument (processor time of all threads, by the millisecond) and once with memray (what is held at the peak).
Both see this process alone: the face worker of the second way is left out, and the first way shows what it does.
"""

# ruff: noqa: T201 - its figures are what it is for

from __future__ import annotations

import argparse
import asyncio
import linecache
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from unittest import mock

import structlog
from pyinstrument import Profiler
from pyinstrument.renderers import ConsoleRenderer, HTMLRenderer
from pyinstrument.session import Session
from pyinstrument.stack_sampler import get_stack_sampler

from agent.app import Application
from agent.faces.engine import DlibOnnx
from agent.faces.worker import look
from agent.model import Mode
from agent.requests.people import EnrollPerson
from agent.requests.snapshot import GetSnapshot
from agent.requests.status import GetStatus
from agent.settings import load_settings
from agent.workspace import find_workspace, prepare
from tests.emulator.drive import Emulator
from tests.tui.large_venue import make
from tests.venue import models
from tests.venue.house import ROOT
from tests.venue.latency import enlarged
from tests.venue.pictures import variant
from tests.venue.running import an_agent, of
from tui.app import Monitor

INTERVAL = 0.001  # seconds of processor time between two samples
TOLD = 10  # lines
OURS = (f"{ROOT / 'agent'}{os.sep}", f"{ROOT / 'tui'}{os.sep}")
PATIENCE = 600.0  # seconds
ASKED = 30  # times
SCREENS = ("2", "down", "down", "3", "4", "5", "down", "6", "1")
SETTINGS = {"VENUESYNC_DISK__KEEP_FREE": "0", "VENUESYNC_FACES__WORKERS": "1", "VENUESYNC_POWER__STAY_AWAKE": "false"}
Place = tuple[str, int]  # file and line
Way = Callable[[Path], None]  # goes it, in a new folder


# ---- the ways


def looks(photos: list[Path], engine: DlibOnnx) -> Way:
    def go(_: Path) -> None:
        for photo in photos:
            look(engine, photo, None)

    return go


def sent(photos: int) -> Way:
    """Portraits of one who is enrolled: each is taken in, looked at, planned, filed and sent."""

    async def drop(folder: Path) -> None:
        workspace = find_workspace(folder / "venue", {})
        async with an_agent(workspace) as running:
            portraits = of("mia_lindqvist")
            await running.service.ask(EnrollPerson(name="Mia", photos=[str(path) for path in portraits]))
            for number in range(photos):
                beside = variant(portraits[number % len(portraits)], folder / "made.jpg", number)
                beside.replace(running.incoming / f"DSC_{number:05}.jpg")
            async with asyncio.timeout(PATIENCE):
                while (await running.service.ask(GetStatus()))["photos"]["verified"] < photos:
                    await asyncio.sleep(1.0)  # each look is part of what is measured

    def go(folder: Path) -> None:
        workspace = find_workspace(folder / "venue", {})
        prepare(workspace)
        models.keep_in(workspace.cache)
        with Emulator.start() as emulator:
            given = {"VENUESYNC_DRIVE__ENDPOINT": emulator.url, "XDG_RUNTIME_DIR": str(folder)}
            with mock.patch.dict(os.environ, {**SETTINGS, **given}):
                asyncio.run(drop(folder))

    return go


def told(venue: Path) -> Way:
    """An agent tells, over and over, how it stands; then a monitor shows each of its screens."""

    async def ask(folder: Path) -> None:
        settings = load_settings(venue, {**SETTINGS, "VENUESYNC_DRIVE__ENABLED": "false"})
        async with Application(find_workspace(venue, {}), settings, Mode.MONITOR) as agent:
            for _ in range(ASKED):
                await agent.service.ask(GetStatus())
                await agent.service.ask(GetSnapshot())
            async with Monitor(agent.service).run_test(size=(80, 24)) as pilot:
                for key in SCREENS:
                    await pilot.press(key)
                    await pilot.pause(0.3)

    return lambda folder: asyncio.run(ask(folder))


# ---- processor time


@contextmanager
def sampled(sessions: list[Session]) -> Iterator[None]:
    """This thread's processor time, waiting left out."""
    get_stack_sampler().timer_func = time.thread_time
    profiler = Profiler(INTERVAL, async_mode="disabled")
    profiler.start()
    try:
        yield
    finally:
        sessions.append(profiler.stop())


def timed(go: Callable[[], None]) -> Session:
    """Of this thread and of all that begin meanwhile."""
    sessions: list[Session] = []
    begin = threading.Thread.start

    def start(thread: threading.Thread) -> None:
        run = thread.run

        def measured() -> None:
            with sampled(sessions):
                run()

        thread.run = measured
        begin(thread)

    with mock.patch.object(threading.Thread, "start", start), sampled(sessions):
        go()
    whole = reduce(Session.combine, sessions)
    whole.duration = whole.cpu_time = sum(seconds for _, seconds in whole.frame_records)  # it added all threads' clocks
    return whole


def seconds_by_line(session: Session) -> Counter[Place]:
    found: Counter[Place] = Counter()
    for frames, seconds in session.frame_records:
        found[blamed(map(place_of, reversed(frames)))] += seconds
    return found


def place_of(frame: str) -> Place:
    """Of a frame as pyinstrument writes it: function, file and first line, then the line that ran."""
    _, file, rest = frame.split("\x00", 2)
    first, *more = rest.split("\x01")
    return file, int(next((one[1:] for one in more if one.startswith("l")), first))


# ---- memory


def bytes_by_line(file: Path) -> Counter[Place]:
    """What was held at the moment at which most was."""
    from memray import FileReader

    found: Counter[Place] = Counter()
    with FileReader(str(file)) as reader:
        for record in reader.get_high_watermark_allocation_records(merge_threads=True):
            found[blamed((path, line) for _, path, line in record.stack_trace())] += record.size
    return found


def remembered(go: Callable[[], None], file: Path) -> None:
    from memray import Tracker

    with Tracker(file, trace_python_allocators=True):
        go()


# ---- what is told


def blamed(stack: Iterable[Place]) -> Place:
    """The innermost line of ours, with all that it calls elsewhere; where none is, the innermost that has a file."""
    places = [one for one in stack if not one[0].startswith("<") and one[1]]
    return next((one for one in places if one[0].startswith(OURS)), places[0] if places else ("elsewhere", 0))


def tell(what: str, costs: Counter[Place], unit: str, scale: float) -> str:
    total = sum(costs.values())
    lines = [f"{what}: {total / scale:,.1f} {unit} in all"]
    for (file, line), cost in costs.most_common(TOLD):
        where = f"{Path(file).relative_to(ROOT) if file.startswith(OURS) else '/'.join(Path(file).parts[-3:])}:{line}"
        source = linecache.getline(file, line).strip()[:70]
        lines.append(f"{cost / scale:10,.1f} {unit} {100 * cost / total:5.1f} %  {where:44}  {source}")
    return "\n".join(lines)


def report(name: str, way: Way, out: Path) -> None:
    """Go one way three times, and write what was seen."""
    new = tempfile.TemporaryDirectory
    with new(prefix="vs-") as folder:
        way(Path(folder))
    with new(prefix="vs-") as folder:
        session = timed(lambda: way(Path(folder)))
    (out / f"{name}-time.html").write_text(HTMLRenderer().render(session))
    with new(prefix="vs-") as folder:
        memory = Path(folder) / "memory.bin"
        remembered(lambda: way(Path(folder)), memory)
        graph = ["-m", "memray", "flamegraph", "--force", "-o", str(out / f"{name}-memory.html"), str(memory)]
        subprocess.run([sys.executable, *graph], check=True, stdout=subprocess.DEVNULL)
        held = bytes_by_line(memory)
    told = [
        tell(f"{name}, processor time", seconds_by_line(session), "ms", 0.001),
        tell(f"{name}, memory at the peak", held, "kB", 1000),
    ]
    tree = ConsoleRenderer(show_all=False, color=False).render(session)
    (out / f"{name}.txt").write_text("\n\n".join([*told, tree]))
    print("\n\n".join(told), f"load {os.getloadavg()[0]:.1f}\n", sep="\n", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, nargs="?", default=ROOT / "build" / "profile")
    parser.add_argument("--looks", type=int, default=12, help="photos of 12 megapixels")
    parser.add_argument("--photos", type=int, default=100, help="that go through an agent")
    parser.add_argument("--held", type=int, default=5000, help="photos in the venue that is told of")
    parser.add_argument("--only", choices=("look", "photo", "status"))
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    asked.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="vs-") as name:
        folder = Path(name)

        def of_looks() -> Way:
            made = enlarged(folder)
            return looks([made[number % len(made)] for number in range(asked.looks)], DlibOnnx(models.made()))

        ways: dict[str, Callable[[], Way]] = {
            "look": of_looks,
            "photo": lambda: sent(asked.photos),
            "status": lambda: told(make(folder / "venue", asked.held, 200, asked.held // 50).root),
        }
        for name in [asked.only] if asked.only else ways:
            report(name, ways[name](), asked.out)
    print(f"The reports lie in {asked.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
