"""How long a photo takes from its rename into Incoming to verified on Drive, and an enrolment to both folders there.

make latency        50 photos of 12 megapixels one at a time, 10 enrolments; Drive at 80 ms
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from agent.client import Remote
from agent.clock import from_iso
from agent.demo.guests import GUESTS, photos
from agent.requests.people import EnrollPerson
from agent.requests.snapshot import GetSnapshot
from tests.emulator.drive import Emulator
from tests.venue.house import House
from tests.venue.pictures import variant

LATENCY_MS = 80
GRAIN = 5.0  # grey levels
SIZE = (4000, 3000)  # pixels: 12 megapixels
PHOTOS = int(os.environ.get("VENUESYNC_PHOTOS", "50"))


def enlarged(folder: Path) -> list[Path]:
    """A few of the demo's photos at a camera's size."""
    made: list[Path] = []
    for photo in photos()[:6]:
        with photo.source().open("rb") as file, Image.open(file) as picture:
            target = folder / f"big-{photo.file}"
            big = np.asarray(picture.convert("RGB").resize(SIZE, Image.Resampling.LANCZOS), dtype=np.float32)
            noise = np.random.default_rng(1).normal(0, GRAIN, big.shape[:2])[
                ..., None
            ]  # a camera's, so that it weighs as much
            Image.fromarray((big + noise).clip(0, 255).astype(np.uint8)).save(target, quality=90)
            made.append(target)
    return made


async def drop_and_wait(house: House, service: Remote, source: Path, number: int) -> float:
    """Seconds from the rename to the moment at which Drive's answer was durable here."""
    name = f"DSC_{number:04}.jpg"
    beside = variant(source, house.root / f".beside-{number}", number)
    await asyncio.sleep(0.3)
    began = time.time()
    beside.replace(house.incoming / name)
    while True:
        for one in (await service.ask(GetSnapshot()))["latest"][:5]:
            if one["photo"] == name:
                return from_iso(one["at"]) - began
        await asyncio.sleep(0.05)


async def enrol_and_wait(house: House, service: Remote, number: int) -> tuple[float, float]:
    """Seconds from the call to its answer, and to both folders being there on Drive."""
    guest = GUESTS[number % len(GUESTS)]
    name = f"{guest.name} {number}"
    copy = house.root.parent / f"reference-{number}.jpg"
    copy.write_bytes(guest.reference_files()[0].read_bytes())
    wanted = {f"venuesync/default/People/{name}/{kind}" for kind in ("Solo", "Group")}
    began = time.monotonic()
    answering = asyncio.create_task(service.ask(EnrollPerson(name=name, photos=[str(copy)])))
    while not wanted <= set(await asyncio.to_thread(house.folders_on_drive)):
        await asyncio.sleep(0.005)
    there = time.monotonic() - began
    await answering
    return time.monotonic() - began, there


def told(what: str, seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered) + 0.5) - 1)]
    print(
        f"{what}: n={len(ordered)} median {statistics.median(ordered):.3f} s, p95 {p95:.3f} s, "
        f"min {ordered[0]:.3f}, max {ordered[-1]:.3f}"
    )
    return {"n": len(ordered), "median": statistics.median(ordered), "p95": p95}


async def measure() -> None:
    with tempfile.TemporaryDirectory() as folder, Emulator.start(latency_ms=LATENCY_MS) as emulator:
        house = House(Path(folder) / "venue", emulator, VENUESYNC_FACES__WORKERS="cores")
        big = enlarged(Path(folder))
        print(f"load {os.getloadavg()[0]:.2f}, {os.cpu_count()} cores, Drive at {LATENCY_MS} ms")
        print(f"photos of {SIZE[0]}x{SIZE[1]}, {statistics.mean(one.stat().st_size for one in big) / 1e6:.1f} MB")
        house.start()
        service = Remote(Path(json.loads((house.root / ".venuesync/agent.json").read_text())["socket"]))
        try:
            for guest in GUESTS:
                await service.ask(EnrollPerson(name=guest.name, photos=[str(path) for path in guest.reference_files()]))
            await asyncio.sleep(3)
            took = [await drop_and_wait(house, service, big[number % len(big)], number) for number in range(PHOTOS)]
            enrolled = [await enrol_and_wait(house, service, number) for number in range(10)]
        finally:
            await service.close()
            house.stop()
        result = {
            "photo": told("rename to verified", took),
            "folders": told("enrol to both folders on Drive", [there for _, there in enrolled]),
            "enrol": told("enrol to its answer", [answer for answer, _ in enrolled]),
        }
        print(json.dumps(result))


if __name__ == "__main__":
    sys.exit(asyncio.run(measure()))
