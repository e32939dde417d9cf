"""Labelled photos of real people through the whole way: who ends up in whose folder, and whether both trees agree.

make faces          needs the labelled photos: VENUESYNC_FACES, or shared/faces beside the checkout
"""

from __future__ import annotations

import csv
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from tests.emulator.drive import Emulator
from tests.venue.house import ROOT, House

FACES = Path(os.environ.get("VENUESYNC_FACES", ROOT.parent / "shared" / "faces"))


def labels() -> list[dict[str, str]]:
    with (FACES / "labels.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def main() -> int:
    if not FACES.is_dir():
        print(f"no labelled photos in {FACES}: set VENUESYNC_FACES")
        return 2
    rows = labels()
    references: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["role"] == "enrol":
            references[row["person"]].append(str(FACES / row["file"]))
    with tempfile.TemporaryDirectory() as folder, Emulator.start(latency_ms=80) as emulator:
        house = House(Path(folder) / "venue", emulator)
        for person, pictures in references.items():
            enrolled = house.run("enroll", person, *pictures)
            assert enrolled.returncode in (0, 5), enrolled.stderr
        event = [row for row in rows if row["role"] != "enrol"]
        for row in event:
            house.drop(FACES / row["file"], row["file"].replace("/", "__"))
        began = time.monotonic()
        done = house.until_done(400)
        print(
            f"{len(event)} photos, {len(references)} people, {time.monotonic() - began:.0f} s, exit {done.returncode}"
        )
        return report(house, event, set(references))


def report(house: House, event: list[dict[str, str]], enrolled: set[str]) -> int:
    """Right, wrong and missed placements of people, and whether disk and Drive hold the same."""
    wanted = {
        (row["file"].replace("/", "__"), person)
        for row in event
        for person in row["people"].split(";")
        if person in enrolled
    }
    disk = house.on_disk()
    found = {(path.split("/")[3], path.split("/")[1]) for path in disk if path.startswith("People/")}
    right, wrong, missed = wanted & found, found - wanted, wanted - found
    result = {
        "wanted": len(wanted),
        "right": len(right),
        "precision": len(right) / max(1, len(found)),
        "recall": len(right) / max(1, len(wanted)),
        "same_tree": disk == house.on_drive(),
        "errors": [one["title"] for one in house.json("errors")["open"]],
    }
    print(f"right {len(right)} of {len(wanted)} placements of people, wrong {sorted(wrong)}, missed {sorted(missed)}")
    print(json.dumps(result))
    return 0 if result["same_tree"] else 1


if __name__ == "__main__":
    sys.exit(main())
