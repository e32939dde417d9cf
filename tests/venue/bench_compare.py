"""Two commits by the same benchmark, in turns on the same machine: whatever else it does slows down both.

make bench-compare REV=commit       beside HEAD, three times each (N=); BENCH=one of those of `make bench`

`WITH="small"`: words for the benchmark itself. What it reads from the environment it gets, too (VENUESYNC_PHOTOS=…).

Each commit is copied into a folder of its own and runs its own benchmark there, by this repository's Python and its
libraries. What is not committed is not measured. A ratio below 1: HEAD takes less.
"""

# ruff: noqa: T201 - its figures are what it is for

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.venue.figures import BENCHES, Figure, Row, environment, keep, run, table
from tests.venue.house import ROOT

PACKAGES = ("agent", "tui", "tests")
Runs = list[list[Figure]]


def git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def copied(commit: str, folder: Path) -> Path:
    """A copy of that commit, compiled, so that its first run costs no more than its next one."""
    git("clone", "--quiet", "--no-checkout", str(ROOT), str(folder))
    git("-C", str(folder), "checkout", "--quiet", "--detach", commit)
    compiling = [sys.executable, "-m", "compileall", "-q", *PACKAGES]
    subprocess.run(compiling, cwd=folder, env=environment(folder), check=True)
    return folder


def assert_its_own(folder: Path) -> None:
    """Whichever folder a process runs in, what it imports is the copy's, not that of the repository beside it."""
    asked = f"import {', '.join(PACKAGES)}; print({', '.join(f'{one}.__file__' for one in PACKAGES)}, sep='\\n')"
    for where in (folder, folder.parent):
        done = subprocess.run(
            [sys.executable, "-c", asked],
            cwd=where,
            env=environment(folder),
            capture_output=True,
            text=True,
            check=True,
        )
        for file in done.stdout.splitlines():
            if not Path(file).resolve().is_relative_to(folder.resolve()):
                raise SystemExit(f"{file} is imported in place of the copy's own")


def in_turns(bench: str, folders: Sequence[Path], times: int, words: Sequence[str]) -> list[Runs]:
    """The runs of each folder."""
    found: list[Runs] = [[] for _ in folders]
    for number in range(times):
        for folder, runs in zip(folders, found, strict=True):
            runs.append(run(bench, folder, words))
            print(f"{number + 1} of {times}: {folder.name}, load {os.getloadavg()[0]:.1f}", flush=True)
    return found


def rows_of(before: Runs, now: Runs) -> list[Row]:
    """In the order of what HEAD told; what only one of them knows stands alone."""
    values, beside = by_name(now), by_name(before)
    gone = [Row(f"{name} (only before)", there, []) for name, there in beside.items() if name not in values]
    return [Row(name, here, beside.get(name, [])) for name, here in values.items()] + gone


def by_name(runs: Runs) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for figure in (one for figures in runs for one in figures):
        found.setdefault(figure.name, []).append(figure.value)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rev", help="the commit that HEAD is compared with")
    parser.add_argument("--bench", choices=BENCHES, default="uploads")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bench-compare.json")
    asked, words = parser.parse_known_args()
    try:
        commits = [git("rev-parse", "--short", "--verify", f"{one}^{{commit}}") for one in (asked.rev, "HEAD")]
    except subprocess.CalledProcessError:
        parser.error(f"there is no commit {asked.rev!r}: make bench-compare REV=commit")
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="vs-") as name:
        places = [Path(name) / f"{side}-{commit}" for side, commit in zip(("before", "now"), commits, strict=True)]
        folders = [copied(commit, place) for commit, place in zip(commits, places, strict=True)]
        for folder in folders:
            assert_its_own(folder)
        before, now = in_turns(asked.bench, folders, asked.times, words)
    rows = rows_of(before, now)
    print(table(rows, commits[0], f"HEAD {commits[1]}"))
    loads = [round(load, 1), round(os.getloadavg()[0], 1)]
    print(f"{asked.bench}, load {loads[0]} to {loads[1]} on {os.cpu_count()} cores")
    keep(asked.out, rows, bench=asked.bench, before=commits[0], now=commits[1], load=loads)
    print(f"The same as JSON: {asked.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
