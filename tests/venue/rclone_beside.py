"""How long rclone takes for the same photos over the same line, with the settings of somebody who knows it well.

No HTTP/2, which would share one connection, and so one slowing down, among all; each photo in one request; a pacer that
holds nothing up; no look at what lies there already. What is left to choose is how many go at once.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.emulator.rclone import Rclone
from tests.venue.lossy_line import Loss
from tests.venue.way import lossy_way

BY_HAND = (
    *("--drive-pacer-min-sleep", "10ms", "--drive-pacer-burst", "100"),
    *("--drive-chunk-size", "64M", "--drive-upload-cutoff", "64M"),
    *("--no-traverse", "--disable-http2"),
)
PATIENCE = 1200.0  # seconds


def lacking() -> str | None:
    """Why nothing can be measured beside rclone here."""
    return None if shutil.which("rclone") else "rclone is not installed"


def rclone_seconds(put: Callable[[Path], object], loss: Loss, transfers: Iterable[int]) -> dict[str, float]:
    """By how many go at once. `put` puts the photos into a folder.

    Each has a line of its own, as the system remembers how connections to a place did. What it takes for an empty
    folder, to begin and to sign in, is left out: our agent has done so before.
    """
    return {str(many): _seconds(put, loss, many) for many in transfers}


def _seconds(put: Callable[[Path], object], loss: Loss, many: int) -> float:
    with tempfile.TemporaryDirectory() as made, lossy_way(Path(made), loss) as way:
        rclone = Rclone(Path(made), way.proxy, way.authority, way.line.inside)
        full, empty = Path(made) / "full", Path(made) / "empty"
        full.mkdir()
        empty.mkdir()
        put(full)
        pace = (*BY_HAND, "--transfers", str(many))
        rclone("mkdir", "d:backup", pace=pace)
        took: list[float] = []
        for folder in (empty, full):
            began = time.monotonic()
            rclone("copy", str(folder), "d:backup", pace=pace, seconds=PATIENCE)
            took.append(time.monotonic() - began)
        there = sum(one["size"] is not None for one in way.emulator.files())
        assert there == sum(1 for _ in full.iterdir())
    return round(took[1] - took[0], 3)
