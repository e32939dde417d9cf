"""Figures of the benchmarks: what each printed, by name and beside its yardstick, and one table for all of them.

A benchmark runs as a process of its own, in the repository that it belongs to: this one, or a copy of an earlier one.
"""

# ruff: noqa: T201 - its figures are what it is for

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import BESIDE

LABELLED = Path(os.environ.get("VENUESYNC_FACES") or BESIDE)
LINE = 1.01  # times its own time, for large photos
RCLONE = 1 / 0.9  # times its time, over a line that loses packets: nine tenths of its pace
AGAIN = 8.0  # MB of a video, at most, where the line breaks
SHOWN = 2000  # characters of what a benchmark said that failed


@dataclass(frozen=True)
class Figure:
    """One figure of one run. `beside`: what it is measured against, of the same run."""

    name: str
    value: float
    beside: float | None = None


@dataclass(frozen=True)
class Row:
    """The same figure of several runs, beside what stands next to it."""

    name: str
    values: Sequence[float]
    beside: Sequence[float]

    @property
    def ratio(self) -> float | None:
        there = statistics.median(self.beside) if self.beside else 0
        return statistics.median(self.values) / there if there else None

    def told(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "median": statistics.median(self.values),
            "beside": statistics.median(self.beside) if self.beside else None,
            "ratio": self.ratio,
            "n": len(self.values),
            "spread": [min(self.values), max(self.values)],
            "spread_beside": [min(self.beside), max(self.beside)] if self.beside else None,
            "values": list(self.values),
            "values_beside": list(self.beside),
        }


# ---- the benchmarks


def of_uploads(said: str, _: Path) -> list[Figure]:
    found: list[Figure] = []
    for case, one in last_line(said).items():
        own = f"the line's own ({LINE:g} of it allowed)" if case == "large" else "the line's own"
        if theirs := one.get("rclone_seconds"):
            own = f"rclone tuned by hand ({RCLONE:.2f} of it allowed)"
        yardstick = min(theirs.values()) if theirs else one["link_seconds"]
        found.append(Figure(f"{case}: seconds, beside {own}", one["seconds"], yardstick))
        if case == "videos":
            resumed = max(1, one["requests"].get("upload.status", 0))
            found.append(Figure(f"{case}: MB sent again of each that broke", one["bytes_again"] / resumed / 1e6, AGAIN))
        for name in ("agent_cpu_seconds", "emulator_cpu_seconds", "most_in_flight"):
            found.append(Figure(f"{case}: {name.replace('_', ' ')}", one[name]))
        for method, count in sorted(one["requests"].items()):
            found.append(Figure(f"{case}: {method} a photo", count / one["photos"]))
    return found


def of_changes(said: str, _: Path) -> list[Figure]:
    """Of each round."""
    return [
        Figure(f"{verb}: {name} seconds", seconds)
        for verb, rounds in last_line(said)["took"].items()
        for one in rounds
        for name, seconds in one.items()
    ]


def of_faces(_: str, root: Path) -> list[Figure]:
    """Beside face_recognition's defaults."""
    kept = json.loads((root / ".bench" / "faces-speed.json").read_text())
    theirs = kept["face_recognition_ms"]
    times = [Figure(f"{stage}: ms a photo", ms, theirs.get(stage)) for stage, ms in kept["ours_ms"].items()]
    return [*times, Figure("faces found", kept["ours_found"][0], kept["face_recognition_found"][0])]


FIGURE = re.compile(r"^(.+?) {2,}([-+.\de]+) (\S+) +\(at most ([.\d]+)\)", re.MULTILINE)


def of_monitor(said: str, _: Path) -> list[Figure]:
    """Beside the most that they may be."""
    return [Figure(f"{name}: {unit}", float(value), float(most)) for name, value, unit, most in FIGURE.findall(said)]


def of_figures(said: str, _: Path) -> list[Figure]:
    """Of whoever said them by `tell`."""
    return [Figure(**one) for one in last_line(said)["figures"]]


def tell(figures: Sequence[Figure], **more: object) -> None:
    """What a benchmark has to say, of itself: a line for each figure, and all of it as JSON in the last one."""
    for one in figures:
        beside = "" if one.beside is None else f", beside {number(one.beside)}"
        print(f"{one.name}: {number(one.value)}{beside}")
    print(", ".join(f"{name} {value}" for name, value in more.items()) + f"; {os.cpu_count()} cores")
    print(json.dumps({**more, "figures": [vars(one) for one in figures]}), flush=True)


def last_line(said: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said.strip().rpartition("\n")[2])
    return found


BENCHES: Mapping[str, tuple[str, Callable[[str, Path], list[Figure]]]] = {
    "uploads": ("tests.venue.bench_uploads", of_uploads),
    "burst": ("tests.venue.bench_burst", of_figures),
    "matching": ("tests.venue.bench_matching", of_figures),
    "faces": ("tests.faces.bench", of_faces),
    "monitor": ("tests.tui.monitor_bench", of_monitor),
    "changes": ("tests.venue.bench_changes", of_changes),
    "flat": ("tests.venue.bench_flat", of_figures),
    "cluster": ("tests.venue.bench_cluster", of_figures),
}


def environment(root: Path) -> dict[str, str]:
    """In which `agent`, `tui` and `tests` are those of that repository, whichever folder a process runs in."""
    one_thread = {"OPENBLAS_NUM_THREADS": "1"}  # as the workers have it
    return {**os.environ, **one_thread, "PYTHONPATH": str(root), "VENUESYNC_FACES": str(LABELLED)}


def run(bench: str, root: Path, words: Sequence[str] = ()) -> list[Figure]:
    """One run of a benchmark. Raises `SystemExit` with what it said, where it told no figures."""
    module, read = BENCHES[bench]
    command = [sys.executable, "-m", module, *words]
    done = subprocess.run(command, cwd=root, env=environment(root), capture_output=True, text=True, check=False)
    try:
        found = read(done.stdout, root) if done.returncode == 0 or bench == "monitor" else []
    except (ValueError, LookupError, OSError):
        found = []
    if not found:
        said = f"{done.stdout}{done.stderr}"[-SHOWN:]
        raise SystemExit(f"{bench} told no figures, and ended with {done.returncode}:\n{said}")
    return found


# ---- the table


def table(rows: Iterable[Row], beside: str, measured: str) -> str:
    """A line for each row; the ratio is what was measured, divided by what stands beside it."""
    lines = [("", beside, measured, "ratio", "n", f"{measured}, from to", f"{beside}, from to")]
    for row in rows:
        one = row.told()
        there = "" if one["beside"] is None else number(one["beside"])
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        lines.append(
            (row.name, there, number(one["median"]), ratio, str(one["n"]), spread(row.values), spread(row.beside))
        )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(word.rjust(width) if at else word.ljust(width) for at, (word, width) in enumerate(told)).rstrip()
        for told in (zip(line, widths, strict=True) for line in lines)
    )


def number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def spread(values: Sequence[float]) -> str:
    return f"{number(min(values))} to {number(max(values))}" if len(values) > 1 else ""


def keep(file: Path, rows: Iterable[Row], **more: object) -> None:
    """The same as JSON."""
    file.parent.mkdir(parents=True, exist_ok=True)
    told = {**more, "cores": os.cpu_count(), "rows": [row.told() for row in rows]}
    file.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
