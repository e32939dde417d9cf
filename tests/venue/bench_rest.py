"""What an agent costs at rest, at its start and for a new photo, by how many photos it holds.

make rest       1,000 photos and 100,000, all filed and verified, against the emulator: twelve minutes, 2 GB

`VENUESYNC_PHOTOS="1000 20000"`: other numbers; `VENUESYNC_REST=120`: seconds of rest. Processor time is of the
agent's own process; the load stands beside it. The last line is all of it as JSON.
"""

# ruff: noqa: T201 - its figures are what it is for

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.emulator.drive import Emulator
from tests.venue.bench_uploads import seconds_of_cpu
from tests.venue.enlarge import DEMO, evening
from tests.venue.house import House, wait_for
from tests.venue.pictures import variant

PHOTOS = [int(one) for one in os.environ.get("VENUESYNC_PHOTOS", "1000 100000").split()]
REST = float(os.environ.get("VENUESYNC_REST", "120"))  # seconds
CALM = 150.0  # seconds until caches are filled and folders have been still for a minute
NEW = 20  # photos
ASKED = 10  # times
PATIENCE = 300.0  # seconds


def bench(folder: Path, photos: int) -> dict[str, Any]:
    root, drive = folder / "venue", folder / "drive"
    evening(root, drive, photos)
    with Emulator.start(drive) as emulator:
        house = House(root, emulator)
        house.processes_only = True
        is_the_same_drive(root, emulator.url)
        try:
            return {"photos": photos, **start(house), **rest(house), **asked(house), **new_photos(house, folder)}
        finally:
            house.close()


def is_the_same_drive(root: Path, url: str) -> None:
    """The emulator has another port by now: it is no other account for that."""
    with closing(sqlite3.connect(root / ".venuesync" / "ledger.sqlite")) as db:
        db.execute("UPDATE meta SET value = ? || substr(value, instr(value, ' ')) WHERE key = 'drive_account'", (url,))
        db.commit()


def start(house: House) -> dict[str, Any]:
    """From the process's begin until the first status is there."""
    began = time.monotonic()
    house.start()
    with house.api() as api:
        api.get("/status").raise_for_status()
    return {"start_seconds": round(time.monotonic() - began, 2), "start_cpu_seconds": round(cpu(house), 2)}


def rest(house: House) -> dict[str, Any]:
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], PATIENCE, "all is done")
    time.sleep(CALM)
    house.emulator.forget_requests()
    before, began, load = cpu(house), time.monotonic(), os.getloadavg()[0]
    time.sleep(REST)
    used = (cpu(house) - before) / (time.monotonic() - began)
    return {
        "rest_percent_of_a_core": round(100 * used, 2),
        "rest_seconds": REST,
        "rest_requests": house.emulator.requests()["methods"],
        **memory(house),
        "load": [round(load, 1), round(os.getloadavg()[0], 1)],
    }


def memory(house: House) -> dict[str, float]:
    assert house.agent is not None
    lines = Path(f"/proc/{house.agent.pid}/smaps_rollup").read_text().splitlines()[1:]
    kept = {name: int(value.split()[0]) / 1000 for name, _, value in (line.partition(":") for line in lines)}
    return {"rss_mb": round(kept["Rss"], 1), "pss_mb": round(kept["Pss"], 1)}


def asked(house: House) -> dict[str, float]:
    """Milliseconds of processor time, each."""
    found: dict[str, float] = {}
    with house.api() as api:
        for path in ("/status", "/metrics"):
            api.get(path).raise_for_status()
            before = cpu(house)
            for _ in range(ASKED):
                api.get(path).raise_for_status()
            found[f"{path[1:]}_cpu_ms"] = round((cpu(house) - before) / ASKED * 1000, 1)
    return found


def new_photos(house: House, folder: Path) -> dict[str, float]:
    """One after the other, each until it is verified: of the agent alone, its face worker left out."""
    known = house.json("status")["photos"]["verified"]
    before, began = cpu(house), time.monotonic()
    for number in range(1, NEW + 1):
        house.drop(variant(DEMO / "photos" / "DSC_4401.jpg", folder / "made.jpg", number), f"NEW_{number}.jpg")
        wait_for(lambda: house.json("status")["photos"]["verified"] == known + number, PATIENCE, "it is verified")  # noqa: B023
    return {
        "new_photo_cpu_ms": round((cpu(house) - before) / NEW * 1000, 1),
        "new_photo_seconds": round((time.monotonic() - began) / NEW, 2),
        "new_photos": NEW,
    }


def cpu(house: House) -> float:
    assert house.agent is not None
    return seconds_of_cpu(house.agent.pid)


def main() -> None:
    found: list[dict[str, Any]] = []
    for photos in PHOTOS:
        with tempfile.TemporaryDirectory(prefix="venuesync-rest-") as folder:
            found.append(bench(Path(folder), photos))
            print(found[-1], flush=True)
    few, many = found[0], found[-1]
    numbers = [name for name in many if isinstance(many[name], float) and few[name]]
    print("times as much:", {name: round(many[name] / few[name], 2) for name in numbers})
    print(json.dumps(found))


if __name__ == "__main__":
    main()
