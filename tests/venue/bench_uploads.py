"""How fast a whole agent gets photos to Drive: filed first while uploads are paused, then let go.

make bench-uploads        all of it, twelve minutes; `python -m tests.venue.bench_uploads small large faults` for some

`VENUESYNC_PHOTOS=20`: so many in the place of 200, and of the others a part of theirs; videos stay four.
The emulator's line has a latency, a pace that all bodies share, and can break. It loses no packets, as loopback does
not: for that (`lossy`, `lossy_small`) there is a line of packets (`lossy_line.py`), where root may make one, behind
which agent and rclone run in turns. Its TCP slows down by *cubic*, as a laptop's; `VENUESYNC_TCP=bbr`: by another one.

A tool, not a test: figures depend on what else the machine does, so it prints the load beside them. The last line is
all of it as JSON.
"""

# ruff: noqa: T201 - its figures are what it is for

from __future__ import annotations

import asyncio
import json
import os
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.client import Remote
from agent.requests.control import Resume
from agent.requests.status import GetStatus
from tests.emulator.drive import Emulator
from tests.faces.films import film
from tests.venue import lossy_line, rclone_beside
from tests.venue.house import House
from tests.venue.lossy_line import Loss
from tests.venue.pictures import longer, padded, scene
from tests.venue.processor import seconds_of_cpu
from tests.venue.rclone_beside import rclone_seconds
from tests.venue.trouble import TRANSIENT, share
from tests.venue.way import Way, lossy_way

MB = 1_000_000
PHOTOS = int(os.environ.get("VENUESYNC_PHOTOS", "200"))
VIDEO, VIDEOS = 64 * MB, 4
BREAK = 1.0  # seconds
LOSSY = Loss(rtt_ms=300, share=0.02, mbps=50, control=os.environ.get("VENUESYNC_TCP", "cubic"))


@dataclass(frozen=True)
class Line:
    latency_ms: float
    uplink_mbps: float


def bytes_to_go(house: House) -> int:
    return sum(path.stat().st_size for path in house.incoming.rglob("*") if path.is_file())


def photo(folder: Path, number: int, size: int) -> tuple[Path, str]:
    """A file that is to be dropped, and its name."""
    return padded(scene(folder / "made.jpg", number, (320, 240)), size, number), f"DSC_{number:04}.jpg"


def video(folder: Path, number: int, size: int) -> tuple[Path, str]:
    return longer(film(folder / "made.mp4", [(None, 2)]), size, number), f"MVI_{number:04}.MP4"


async def filed(service: Remote, count: int, patience: float) -> None:
    """Until all photos lie in their folders here, and Drive has those folders."""
    async with asyncio.timeout(patience):
        while True:
            now = await service.ask(GetStatus())
            if now["photos"]["filed"] + now["photos"]["unsorted"] == count and not now["uploads"]["folders_left"]:
                return
            await asyncio.sleep(0.3)


async def verified(service: Remote, count: int, patience: float) -> None:
    async with asyncio.timeout(patience):
        while (await service.ask(GetStatus()))["photos"]["verified"] < count:
            await asyncio.sleep(0.5)


def last_verified(house: House) -> float:
    """When Drive's last answer was durable here, seconds UTC."""
    db = sqlite3.connect(house.root / ".venuesync" / "ledger.sqlite")
    try:
        return float(db.execute("SELECT MAX(verified_at) FROM placement").fetchone()[0])
    finally:
        db.close()


async def broken(emulator: Emulator, after: float) -> None:
    """The line breaks once, as soon as so many bytes have come."""
    while emulator.requests()["bytes_in"] < after:
        await asyncio.sleep(0.05)
    emulator.outage(BREAK)


async def let_go(
    folder: Path,
    count: int,
    size: int,
    line: Line,
    faults: list[dict[str, Any]] | None = None,
    patience: float = 1200,
    *,
    made: Callable[[Path, int, int], tuple[Path, str]] = photo,
    breaks: bool = False,
    way: Way | None = None,
) -> dict[str, Any]:
    """File `count` photos of `size` bytes with uploads paused, then resume; what it took until the last is verified.

    `breaks`: the line does, for a second, when half of all has gone. `way`: by which the agent gets to that emulator,
    where it does not by loopback.
    """
    with Emulator.start() if way is None else nullcontext(way.emulator) as emulator:
        house = House(folder / "venue", emulator, **({} if way is None else way.settings))
        house.wrapped = [] if way is None else way.line.inside
        assert house.run("pause").returncode == 0
        house.start()
        assert house.agent is not None
        service = Remote(Path(json.loads((house.root / ".venuesync/agent.json").read_text())["socket"]))
        try:
            for number in range(count):
                house.drop(*made(folder, number, size))
            await filed(service, count, patience)
            await asyncio.sleep(1.0)
            emulator.post("link", {"latency_ms": line.latency_ms, "uplink_mbps": line.uplink_mbps})
            emulator.forget_requests()
            if faults:
                emulator.faults(faults)
            load = os.getloadavg()[0]
            pid, cpu, theirs = house.agent.pid, seconds_of_cpu(house.agent.pid), seconds_of_cpu(emulator.pid)
            began = time.time()
            await service.ask(Resume(what="uploads"))
            if breaks:
                await broken(emulator, bytes_to_go(house) / 2)
            await verified(service, count, patience)
            took = last_verified(house) - began
            cpu, theirs = seconds_of_cpu(pid) - cpu, seconds_of_cpu(emulator.pid) - theirs
            emulator.clear_faults()
            status, seen = await service.ask(GetStatus()), emulator.requests()
            house.assert_same_tree(count)
        finally:
            await service.close()
            house.stop()
    assert status["uploads"]["failed"] == 0
    assert status["errors"] == 0, status
    sent = bytes_to_go(house)
    own = sent * 8 / (line.uplink_mbps * 1e6) + (BREAK if breaks else 0) if line.uplink_mbps else None
    return {
        "photos": count,
        "bytes": size,
        **vars(line),
        "seconds": round(took, 3),
        "link_seconds": own and round(own, 3),
        "ratio": own and round(took / own, 4),
        "agent_cpu_seconds": round(cpu, 2),
        "emulator_cpu_seconds": round(theirs, 2),
        "load_before": load,
        "load_after": os.getloadavg()[0],
        "requests": seen["methods"],
        "statuses": seen["statuses"],
        "most_in_flight": seen["most_in_flight"],
        "bytes_again": seen["bytes_in"] - sent,  # with the requests' own, some kilobytes a photo
    }


def tell(name: str, found: dict[str, Any]) -> None:
    creates = found["requests"].get("files.create", 0)
    own = f", the line's own time {found['link_seconds']} s, ratio {found['ratio']}" if found["link_seconds"] else ""
    if "line" in found:
        beside = ", ".join(f"{seconds} s with {many} at once" for many, seconds in found["rclone_seconds"].items())
        own = f", {found['line']['share']:.0%} lost, {found['line']['control']}; rclone {beside or 'is not installed'}"
    print(
        f"{name}: {found['photos']} x {found['bytes'] / MB:g} MB at {found['latency_ms']:g} ms"
        f" and {found['uplink_mbps']:g} Mbit/s: {found['seconds']} s{own}; uploads per photo"
        f" {creates / found['photos']:.2f}, processor {found['agent_cpu_seconds']} s here and"
        f" {found['emulator_cpu_seconds']} s at the emulator, at most {found['most_in_flight']} at once,"
        f" {found['bytes_again'] / MB:.1f} MB besides the photos' own,"
        f" load {found['load_before']:.1f} to {found['load_after']:.1f} on {os.cpu_count()} cores",
        flush=True,
    )


# ---- what is measured


async def small(folder: Path) -> dict[str, Any]:
    """Under 3.0 s, 8 at a time."""
    return await let_go(folder, PHOTOS, 400_000, Line(80, 400))


async def large(folder: Path) -> dict[str, Any]:
    """Within 1.01 of the line's own time."""
    return await let_go(folder, PHOTOS, 4 * MB, Line(80, 50))


async def far(folder: Path) -> dict[str, Any]:
    """The same over 300 ms, a fifth as many."""
    return await let_go(folder, -(-PHOTOS // 5), 4 * MB, Line(300, 50))


async def videos(folder: Path) -> dict[str, Any]:
    """Of each that is under way when the line breaks under 8 MB go twice, by what the emulator got."""
    return await let_go(folder, VIDEOS, VIDEO, Line(80, 200), made=video, breaks=True)


async def calm(folder: Path) -> dict[str, Any]:
    return await let_go(folder, 5 * PHOTOS, 20_000, Line(20, 0))


async def faults(folder: Path) -> dict[str, Any]:
    """The same while one request in five fails, in every way that passes by itself."""
    return await let_go(folder, 5 * PHOTOS, 20_000, Line(20, 0), share(TRANSIENT, 0.2, random.randrange(10**6)))


async def lossy(folder: Path) -> dict[str, Any]:
    """Within 1.11 of rclone's time: nine tenths of its pace."""
    return await beside_rclone(folder, -(-PHOTOS // 5), 4 * MB, (64,))  # 32 at once took it 1.7 times as long


async def lossy_small(folder: Path) -> dict[str, Any]:
    """The same."""
    return await beside_rclone(folder, -(-PHOTOS // 2), 400_000, (32, 64))


async def beside_rclone(folder: Path, count: int, size: int, transfers: Sequence[int]) -> dict[str, Any]:
    """Over the line that loses packets; `rclone_seconds` by how many it sends at once, where it is installed."""
    with lossy_way(folder, LOSSY) as way:
        found = await let_go(folder, count, size, Line(0, 0), way=way)

    def put(into: Path) -> None:
        for number in range(count):
            made, name = photo(folder, number, size)
            made.replace(into / name)

    beside = {} if rclone_beside.lacking() else await asyncio.to_thread(rclone_seconds, put, LOSSY, transfers)
    line = {"latency_ms": LOSSY.rtt_ms, "uplink_mbps": LOSSY.mbps}
    return {**found, **line, "line": vars(LOSSY), "carried": way.line.carried, "rclone_seconds": beside}


def left_out(case: str) -> str | None:
    """Why it cannot be measured here."""
    return lossy_line.lacking() if case.startswith("lossy") else None


CASES: dict[str, Callable[[Path], Coroutine[Any, Any, dict[str, Any]]]] = {
    "small": small,
    "large": large,
    "far": far,
    "videos": videos,
    "calm": calm,
    "faults": faults,
    "lossy": lossy,
    "lossy_small": lossy_small,
}


def main() -> None:
    found: dict[str, Any] = {}
    for name in sys.argv[1:] or CASES:
        if why := left_out(name):
            print(f"{name}: left out, {why}", flush=True)
            continue
        with tempfile.TemporaryDirectory() as folder:
            found[name] = asyncio.run(CASES[name](Path(folder)))
        tell(name, found[name])
    print(json.dumps(found))


if __name__ == "__main__":
    main()
