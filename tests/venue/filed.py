"""When a photo is filed, seen from outside: by looks at its name in each folder where it may come to lie."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tests.venue.house import House

EVERY = 0.005  # seconds between two looks


def seconds_until_filed(house: House, beside: Path, name: str, patience: float) -> float:
    """From its rename into Incoming until it lies below People or Unsorted. `beside`: on the same disk."""
    began = time.monotonic()
    beside.replace(house.incoming / name)
    while not any((folder / name).exists() for folder in folders(house.root)):
        if time.monotonic() - began > patience:
            raise SystemExit(f"{name} was dropped and not filed within {patience:g} s: look at .venuesync/logs")
        time.sleep(EVERY)
    return time.monotonic() - began


def folders(root: Path) -> Iterator[Path]:
    yield from (root / "Unsorted" / name for name in ("No Faces", "Unknown", "Videos"))
    for person in os.scandir(root / "People"):
        yield from (Path(person.path) / kind for kind in ("Solo", "Group"))


def of_the_ledger(root: Path, query: str, *values: object) -> float:
    """One number, read beside the agent: it does nothing for it."""
    with closing(sqlite3.connect(root / ".venuesync" / "ledger.sqlite")) as db:
        return float(db.execute(query, values).fetchone()[0] or 0)


def filed(root: Path) -> int:
    return int(of_the_ledger(root, "SELECT COUNT(*) FROM event_photo WHERE filed_at IS NOT NULL"))


def last_filed_at(root: Path) -> float:
    """Seconds UTC."""
    return of_the_ledger(root, "SELECT MAX(filed_at) FROM event_photo")
