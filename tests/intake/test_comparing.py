"""A folder and what the ledger knows of it, gone through side by side: in one order, and neither held as a whole."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from agent.intake.listing import Comparison, Listing, compare
from agent.intake.reading import facts_of
from agent.ledger import Ledger, sightings
from agent.ledger.sightings import FileFacts, Sighting
from agent.model import DEFAULT_EVENT

# what stands before, at and after a slash; no UTF-8; characters whose order differs between UTF-8 and UTF-16
NAMES = ["a", "a/b.jpg", "a/b/c.jpg", "a.jpg", "a!", "a0", "é/ü.jpg", "\udce9.jpg", "\udcff/x", "🎉.jpg", "\uffed.jpg"]


def make(root: Path, names: Sequence[str]) -> list[str]:
    paths = [str(root / f"{name}_" if name == "a" else root / name) for name in names]
    for path in paths:
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
        Path(path).write_bytes(b"x")
    return paths


def record(ledger: Ledger, root: Path, paths: Sequence[str]) -> None:
    def skip(db: sightings.Db) -> None:
        for path in paths:
            seen = Sighting(path, DEFAULT_EVENT, str(root), facts_of(path) or FileFacts(0, 0, 0))
            sightings.record_other(db, seen, "skipped", "as an example", 1.0)

    ledger.submit(skip).result()


def known(ledger: Ledger, root: Path) -> Iterator[tuple[str, FileFacts]]:
    after = ""
    while page := ledger.ask(lambda db, after=after: sightings.known_facts(db, str(root), str(root), after)):
        yield from page
        after = page[-1][0]


def compared(ledger: Ledger, root: Path) -> Comparison:
    return compare(Listing(str(root)), known(ledger, root))


def test_each_name_is_compared_with_its_own_facts(ledger: Ledger, tmp_path: Path) -> None:
    root, beside = tmp_path / "In", tmp_path / "In0"
    paths = make(root, NAMES)
    record(ledger, root, paths)
    record(ledger, beside, make(beside, ["a.jpg"]))
    same = compared(ledger, root)
    assert (same.found, same.missed, same.kept) == ([], [], len(paths))
    for path in paths[::2]:
        Path(path).unlink()
    Path(paths[1]).write_bytes(b"another")
    (new,) = make(root, ["a/new.jpg"])
    later = compared(ledger, root)
    assert sorted(later.missed) == sorted(paths[::2])
    assert sorted(path for path, _ in later.found) == sorted([paths[1], new])


def test_a_folder_that_cannot_be_read_says_nothing_of_what_is_in_it(ledger: Ledger, tmp_path: Path) -> None:
    record(ledger, tmp_path / "In", ["/nowhere"])
    gone = compared(ledger, tmp_path / "In")
    assert (gone.found, gone.missed) == ([], [])


@pytest.mark.slow
def test_a_sweep_takes_no_memory_for_each_file(ledger: Ledger, tmp_path: Path) -> None:
    took: dict[int, int] = {}
    for files in (3_000, 9_000):
        root = tmp_path / str(files)
        record(ledger, root, make(root, [f"{number // 100}/IMG_{number:06}.jpg" for number in range(files)]))
        tracemalloc.start()
        assert compared(ledger, root).kept == files
        took[files] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert took[9_000] < took[3_000] + 200_000, took  # bytes
