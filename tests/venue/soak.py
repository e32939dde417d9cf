"""Hours of everything going wrong at random, and afterwards nothing lost, nothing doubled, memory flat.

make soak        an hour of each; VENUESYNC_SOAK=600: ten minutes; `python -m tests.venue.soak uploads`: that one only

A soak is a function of a folder, seconds and a seed. It answers its figures and raises `AssertionError` where something
is amiss; it is named in `SOAKS`. The same seed makes the same storm, though not the same timing.
"""

# ruff: noqa: T201 - its figures are what it is for

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

Soak = Callable[[Path, float, int], dict[str, Any]]
SOAKS = {
    "uploads": "tests.venue.soak_uploads:soak",
    "sources": "tests.venue.soak_sources:soak",
}
HOUR = 3600.0


def named(name: str) -> Soak:
    module, _, function = SOAKS[name].partition(":")
    return getattr(import_module(module), function)


def main() -> None:
    seconds = float(os.environ.get("VENUESYNC_SOAK", HOUR))
    seed = int(os.environ.get("VENUESYNC_SEED", random.randrange(10**6)))
    found: dict[str, Any] = {}
    for name in sys.argv[1:] or SOAKS:
        print(f"{name}: {seconds:g} s, VENUESYNC_SEED={seed}", flush=True)
        began = time.time()
        with tempfile.TemporaryDirectory(prefix="venuesync-soak-") as folder:
            found[name] = named(name)(Path(folder), seconds, seed)
        print(f"{name}: all well after {time.time() - began:.0f} s: {json.dumps(found[name])}", flush=True)


if __name__ == "__main__":
    main()
