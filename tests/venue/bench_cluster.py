"""Photos looked at by this machine alone, and by a Dask worker, too: each process on a core of its own, in turns.

make bench-cluster        60 photos of 12 megapixels, three times each (N=times); agent and face worker on core 0,
                          the other machine's on core 1, scheduler and whoever drops the photos wherever there is room
make bench BENCH=cluster  once each, beside half of the time alone

`VENUESYNC_PHOTOS=20`: as many. The last line is all of it as JSON.
"""

# ruff: noqa: T201 - its figures are what it is for

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.emulator.drive import Emulator
from tests.venue.dask_machines import machines
from tests.venue.figures import Figure, tell
from tests.venue.house import House, wait_for
from tests.venue.latency import enlarged
from tests.venue.pictures import variant

HERE, THERE = 0, 1  # cores


def seconds(folder: Path, emulator: Emulator, photos: Sequence[Path], executor: str) -> tuple[float, int]:
    """From the first look to the last photo's filing, and how many were looked at elsewhere."""
    folder.mkdir()
    settings = {"VENUESYNC_DRIVE__ENABLED": "false", "VENUESYNC_FACES__EXECUTOR": executor}
    house = House(folder / "venue", emulator, **settings)
    house.wrapped = ["taskset", "-c", str(HERE)]
    try:
        house.start()
        assert house.run("pause", "all").returncode == 0
        for path in photos:
            house.drop(path, path.name)
        with house.api() as api:
            wait_for(lambda: api.get("/status").json()["queue"]["faces"] == len(photos), 60, "all are taken in")
            if executor != "local":
                wait_for(lambda: api.get("/status").json()["faces"]["elsewhere"]["at_once"] == 1, 60, "it is ready")
            began = time.monotonic()
            api.post("/commands/resume", json={"what": "all"}).raise_for_status()
            wait_for(lambda: not any(api.get("/status").json()["queue"].values()), 600, "all are filed")
            took = time.monotonic() - began
            return took, api.get("/status").json()["faces"]["elsewhere"]["looked"]
    finally:
        house.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=int(os.environ.get("VENUESYNC_PHOTOS", "60")))
    parser.add_argument("--times", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, Emulator.start() as emulator:
        folder = Path(name)
        big = enlarged(folder)
        photos = [variant(big[n % len(big)], folder / f"DSC_{n:04}.jpg", n) for n in range(asked.photos)]
        alone: list[float] = []
        together: list[float] = []
        with machines(folder / "machines") as cluster:
            cluster.start(0)
            cluster.another(THERE)
            for turn in range(asked.times):
                alone.append(seconds(folder / f"alone {turn}", emulator, photos, "local")[0])
                took, there = seconds(folder / f"together {turn}", emulator, photos, cluster.address)
                together.append(took)
                print(f"alone {alone[-1]:.2f} s, together {took:.2f} s, of {asked.photos} {there} there", flush=True)
    here, both = statistics.median(alone), statistics.median(together)
    figures = [
        Figure("seconds alone", here),
        Figure("seconds with one more machine, beside half of those alone", both, here / 2),
        Figure("times as fast with one more machine", here / both),
    ]
    tell(figures, photos=asked.photos, n=asked.times, load=round(os.getloadavg()[0], 1))


if __name__ == "__main__":
    main()
