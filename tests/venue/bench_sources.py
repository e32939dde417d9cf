"""What photos from Drive cost and how soon they are there: many events, a large first listing, push and polling.

make bench-sources        all of it, six minutes; `python -m tests.venue.bench_sources events listing` for some

A tool, not a test: figures depend on what else the machine does, so it prints the load beside them.
"""

# ruff: noqa: T201 - its figures are what it is for

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import socket
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from agent.model import DriveId, Event, EventId, Source, SourceId
from agent.roster import Roster
from tests.changes.desk import FeedDesk
from tests.emulator.drive import Emulator
from tests.venue.house import House, wait_for
from tests.venue.memory import resident
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene, variant

EVENTS = int(os.environ.get("VENUESYNC_EVENTS", "1000"))
LISTED = 20_000
BELOW = 200  # folders that these lie in
PHOTOS = 40
INTERVAL = 30.0  # seconds, for counting requests
INTERVALS = 3
WARM = 15.0  # seconds until an agent has all that it needs
MB = 1_000_000


def events(folder: Path) -> dict[str, Any]:
    """A thousand events, each with a folder of its own, on one account: requests an interval, memory an event."""
    with Emulator.start() as emulator:
        anna = Photographer(emulator)
        with ThreadPoolExecutor(4) as threads:
            roots = list(threads.map(lambda n: anna.folder(f"Event {n}", share=True), range(EVENTS)))
        house = House(
            folder / "venue",
            emulator,
            VENUESYNC_SYNC__ADAPTIVE="false",
            VENUESYNC_SYNC__INTERVAL=str(INTERVAL / 60),
            VENUESYNC_FACES__WORKERS="1",
        )
        try:
            house.start()
            time.sleep(WARM)
            assert house.agent is not None
            before = resident(house.agent.pid)
            house.stop()
            began = time.monotonic()
            add_events(house, roots)
            added = time.monotonic() - began
            began = time.monotonic()
            house.start()
            api = house.api()
            up_to_date = {"UP_TO_DATE": EVENTS + 1}
            wait_for(lambda: api.get("/events/sync/statistics").json()["byStatus"] == up_to_date, 300, "all are listed")
            listed = time.monotonic() - began
            time.sleep(INTERVAL)
            emulator.forget_requests()
            time.sleep(INTERVAL * INTERVALS)
            methods = dict(emulator.requests()["methods"])
            after = resident(house.agent.pid)
            house.kill()
            began = time.monotonic()
            house.start()
            wait_for(
                lambda: house.api().get("/events/sync/statistics").json()["byStatus"] == up_to_date, 60, "they are back"
            )
            return {
                "events": EVENTS,
                "adding_seconds": round(added, 1),
                "all_listed_seconds": round(listed, 1),
                "interval_seconds": INTERVAL,
                "requests_in_three_intervals": methods,
                "feed_requests_an_hour": round(methods.get("changes.list", 0) / INTERVALS * 3600 / INTERVAL),
                "kb_an_event": round((after - before) / EVENTS / 1000, 1),
                "agent_mb": round(after / MB, 1),
                "back_after_kill_seconds": round(time.monotonic() - began, 1),
            }
        finally:
            house.close()


def add_events(house: House, roots: list[str]) -> None:
    """Straight into the roster: adding by hand is a person's pace."""
    roster = Roster(house.root / ".venuesync" / "roster.json")
    for number, root in enumerate(roots):
        source = Source(SourceId(f"s{number}"), DriveId(root), f"Event {number}")
        roster.add_event(Event(EventId(f"e{number}"), f"Event {number}", f"Event {number}", sources=(source,)))


def listing(folder: Path) -> dict[str, Any]:
    """A first listing of 20,000 photos in 200 folders."""
    with Emulator.start() as emulator:
        anna = Photographer(emulator)
        root = anna.folder("Archive", share=True)
        with ThreadPoolExecutor(4) as threads:
            homes = list(threads.map(lambda n: anna.folder(f"Day {n}", root), range(BELOW)))
            names = range(LISTED)
            list(threads.map(lambda n: anna.put(f"photo {n}".encode(), f"DSC_{n}.jpg", homes[n % BELOW]), names))
        return asyncio.run(list_all(folder, emulator, root))


async def list_all(folder: Path, emulator: Emulator, root: str) -> dict[str, Any]:
    desk = FeedDesk(folder / "desk", emulator.url)
    event = await desk.add_event("Archive", root)
    before = resident(os.getpid())
    emulator.forget_requests()
    began = time.monotonic()
    for _ in range(2):  # learn of the source, then list it
        desk.feeds.look_now()
        await desk.feeds.round()
    seconds = time.monotonic() - began
    methods = dict(emulator.requests()["methods"])
    found = len((await desk.there())[event])
    after = resident(os.getpid())
    began = time.monotonic()
    await desk.feeds.ask([event], whole=True)
    await desk.feeds.round()
    again = time.monotonic() - began
    await desk.close()
    return {
        "files": found,
        "seconds": round(seconds, 2),
        "requests": methods,
        "grown_mb": round((after - before) / MB, 1),
        "listed_again_seconds": round(again, 2),
    }


CHANGES = 100
RELISTED = (1.1, 20.0, 180.0, 600.0, 20.0, 180.0, 600.0)  # seconds until folders are listed again, for what these bring


def requests(folder: Path) -> dict[str, Any]:
    """Requests for each change, each with a look of its own: in the source, and in what is shared and no source."""
    with Emulator.start(folder / "drive") as emulator:
        return asyncio.run(count_requests(folder, emulator))


async def count_requests(folder: Path, emulator: Emulator) -> dict[str, Any]:
    anna, now, found = Photographer(emulator), [time.monotonic()], dict[str, Any]()
    root, other = anna.folder("Wedding", share=True), anna.folder("Holidays", share=True)
    below = [anna.folder(f"Cam{number}", root) for number in range(10)]
    foreign = [anna.folder(f"Day {number}", other) for number in range(10)]
    desk = FeedDesk(folder / "desk", emulator.url, steady=lambda: now[0])
    await desk.make_own_folder()
    await desk.add_event("Wedding", root)

    async def look(*waits: float) -> Counter[str]:
        emulator.forget_requests()
        for seconds in waits or (0.0,):
            now[0] += seconds
            await desk.look(1)
        return Counter(emulator.requests()["methods"])

    def put(parent: str) -> None:
        anna.put(b"\xff\xd8\xff" + os.urandom(8), "DSC.jpg", parent)

    acts: dict[str, Callable[[int], None]] = {
        "in a folder of the source": lambda number: put(below[number % 10]),
        "in a new folder of the source": lambda number: put(anna.folder(f"New {number}", root)),
        "first in a foreign folder": lambda number: put(anna.folder(f"Trip {number}", foreign[number % 10])),
        "in a foreign folder": lambda number: put(foreign[number % 10]),
    }
    for _ in range(3):
        await look(*RELISTED)
    for name, act in acts.items():
        at_once, later = Counter[str](), Counter[str]()
        for number in range(CHANGES):
            act(number)
            at_once += await look()
        later += await look(*RELISTED)
        later -= Counter({"changes.list": len(RELISTED)})
        found[name] = {"at once": told_requests(at_once), "until ten minutes later": told_requests(later)}
    await desk.close()
    return found


def told_requests(counted: Counter[str]) -> dict[str, float]:
    return {name: round(count / CHANGES, 2) for name, count in sorted(counted.items())}


def pushed(folder: Path) -> dict[str, Any]:
    """From a photographer's upload to verified on our side, told by Drive's messages; polls an hour apart."""
    return arrivals(folder, push=True)


def polled(folder: Path) -> dict[str, Any]:
    """The same by polls, while photos arrive: every five seconds."""
    return arrivals(folder, push=False)


def arrivals(folder: Path, *, push: bool) -> dict[str, Any]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    more = {"VENUESYNC_API__LISTEN": address, "VENUESYNC_DRIVE__PUSH": f"http://{address}"} if push else {}
    interval = "60" if push else "0.5"
    with Emulator.start(latency_ms=20) as emulator:
        anna = Photographer(emulator)
        root = anna.folder("Anna", share=True)
        house = House(
            folder / "venue", emulator, **more, VENUESYNC_SYNC__INTERVAL=interval, VENUESYNC_FACES__WORKERS="1"
        )
        if push:
            house.environ["VENUESYNC_SYNC__ADAPTIVE"] = "false"
        try:
            house.start()
            assert house.run("events", "add", "Wedding", "--source", root).returncode == 0
            picture = scene(folder / "scene.jpg", 1)
            if push:
                wait_for(lambda: "changes.watch" in emulator.requests()["methods"], 20, "a channel is open")
            seconds = [arrival(emulator, anna, root, variant(picture, folder / "made.jpg", n)) for n in range(PHOTOS)]
            return told(seconds[1:])
        finally:
            house.close()


def arrival(emulator: Emulator, anna: Photographer, root: str, photo: Path) -> float:
    md5 = hashlib.md5(photo.read_bytes(), usedforsecurity=False).hexdigest()
    anna.put(photo, f"{md5[:8]}.jpg", root)
    began = time.monotonic()
    wait_for(lambda: there(emulator, md5), 90, "it is on our Drive")
    return time.monotonic() - began


def there(emulator: Emulator, md5: str) -> bool:
    files = emulator.files()
    return any(one["path"].startswith("venuesync/") and one.get("md5Checksum") == md5 for one in files)


def told(seconds: list[float]) -> dict[str, Any]:
    ordered = sorted(seconds)
    return {
        "n": len(ordered),
        "median_seconds": round(statistics.median(ordered), 3),
        "p95_seconds": round(ordered[int(len(ordered) * 0.95)], 3),
        "longest_seconds": round(ordered[-1], 3),
    }


BENCHES: dict[str, Callable[[Path], dict[str, Any]]] = {
    "listing": listing,
    "requests": requests,
    "pushed": pushed,
    "polled": polled,
    "events": events,
}


def main() -> None:
    found: dict[str, Any] = {}
    for name in sys.argv[1:] or BENCHES:
        with tempfile.TemporaryDirectory(prefix="venuesync-bench-") as folder:
            load = os.getloadavg()[0]
            found[name] = BENCHES[name](Path(folder)) | {"load_before": round(load, 2)}
        print(f"{name}: {found[name]}", flush=True)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
