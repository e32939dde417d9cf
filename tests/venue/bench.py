"""All benchmarks in one table: each figure beside its yardstick of the same run, n, median and spread; and as JSON.

make bench        all of them, three times each: almost two hours. BENCH="faces monitor": some; N=1: once

One that fails says why, and the others go on; after each of them what is there so far is kept as JSON.

Yardsticks: the line's own time for uploads, and rclone's where packets are lost, face_recognition's defaults for faces,
half of the time alone for cluster, the most that is allowed for burst, matching, monitor and flat; changes have none. A
ratio below 1: better than it.
Sizes: VENUESYNC_PHOTOS and what else stands in the head of each benchmark's file; a size is that of all that are run.
"""

# ruff: noqa: T201 - its figures are what it is for

from __future__ import annotations

import argparse
import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from tests.venue.figures import BENCHES, LABELLED, Figure, Row, keep, run, table
from tests.venue.house import ROOT

CORES = 2  # of a cluster: this machine's, and the other's


def rows_of(bench: str, figures: list[Figure]) -> list[Row]:
    """One row for each name, in the order of the first run."""
    names = dict.fromkeys(one.name for one in figures)
    same = {name: [one for one in figures if one.name == name] for name in names}
    return [
        Row(f"{bench}, {name}", [one.value for one in ones], [one.beside for one in ones if one.beside is not None])
        for name, ones in same.items()
    ]


def can_run(bench: str) -> bool:
    lacking = {
        "faces": None if (LABELLED / "labels.csv").is_file() else "there are no labelled photos (set VENUESYNC_FACES)",
        "cluster": missing_for_the_cluster(),
    }.get(bench)
    if lacking:
        print(f"{bench}: left out, {lacking}")
    return not lacking


def missing_for_the_cluster() -> str | None:
    if find_spec("distributed") is None:
        return "Dask is not installed (make dev)"
    if shutil.which("taskset") is None or (os.cpu_count() or 1) < CORES:
        return f"it gives each process a core of its own: that takes {CORES} cores, and taskset"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("benches", nargs="*", metavar="bench", help=f"of {', '.join(BENCHES)}; all by default")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bench.json")
    asked = parser.parse_args()
    if unknown := set(asked.benches) - BENCHES.keys():
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    rows: list[Row] = []
    loads: dict[str, list[float]] = {}
    failed: list[str] = []
    for bench in filter(can_run, asked.benches or BENCHES):
        figures, before = measured(bench, asked.times)
        failed += [] if len(before) == asked.times else [bench]
        rows += rows_of(bench, figures)
        loads[bench] = before
        keep(asked.out, rows, load=loads)  # whatever becomes of the next one
    print(table(rows, "yardstick", "measured"))
    print(f"load before each run, on {os.cpu_count()} cores: {loads}")
    print(f"The same as JSON: {asked.out}")
    if failed:
        print(f"Failed: {', '.join(failed)}")
    return 1 if failed else 0


def measured(bench: str, times: int) -> tuple[list[Figure], list[float]]:
    """Its figures, and the load before each run that ended well; the first that does not is the last."""
    figures: list[Figure] = []
    loads: list[float] = []
    for number in range(times):
        load = round(os.getloadavg()[0], 1)
        try:
            figures += run(bench, ROOT)
        except SystemExit as error:
            print(error, flush=True)
            break
        loads.append(load)
        print(f"{bench}: {number + 1} of {times}, load {os.getloadavg()[0]:.1f}", flush=True)
    return figures, loads


if __name__ == "__main__":
    sys.exit(main())
