"""Labelled photos of real people, measured: faces found and told apart, and whole venues, who ends up in whose folder.

make faces          needs the labelled photos: VENUESYNC_FACES, or shared/faces beside the checkout; a folder beside
                    it with `-held-out` behind its name has photos that nothing was ever tuned on: measured apart
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from agent.faces.engine import DlibOnnx
from agent.faces.rule import Rule
from tests.emulator.drive import Emulator
from tests.faces.accuracy import measured, rows_of
from tests.venue.house import ROOT, House

FACES = Path(os.environ.get("VENUESYNC_FACES", ROOT.parent / "shared" / "faces"))
HELD_OUT = Path(os.environ.get("VENUESYNC_FACES_HELD_OUT", f"{FACES}-held-out"))
KEPT = ROOT / ".bench" / "faces.json"  # the last result, to compare with


def say(*words: object) -> None:
    sys.stdout.write(" ".join(str(word) for word in words) + "\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-venue", action="store_true", help="leave out the way through a whole venue")
    asked = parser.parse_args()
    folders = {"labelled": FACES, "held out": HELD_OUT}
    result: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as cache:
        engine = DlibOnnx(Path(cache))
        for name, folder in folders.items():
            if not (folder / "labels.csv").is_file():
                say(f"{name}: no labelled photos in {folder}")
                continue
            result[name] = measured(folder, engine, Rule())
            if not asked.no_venue:
                result[name]["venue"] = venue(folder)
    if not result:
        return 2
    last = json.loads(KEPT.read_text()) if KEPT.is_file() else {}
    show(flat(result), flat(last))
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps(result, indent=1))
    say(f"kept in {KEPT.relative_to(ROOT)}, load {os.getloadavg()[0]:.1f}")
    return 0 if all(one.get("venue", {}).get("same_tree", True) for one in result.values()) else 1


def flat(value: Any, name: str = "") -> dict[str, Any]:
    if not isinstance(value, dict):
        return {name: value}
    return {key: one for part, inner in value.items() for key, one in flat(inner, f"{name} {part}".strip()).items()}


def show(now: dict[str, Any], last: dict[str, Any]) -> None:
    """A line each; what was otherwise the last time is told beside it."""
    for name, value in now.items():
        before = f"    (last time {last[name]})" if name in last and last[name] != value else ""
        say(f"{name:48} {value}{before}")


# ---- a whole venue


def venue(folder: Path) -> dict[str, Any]:
    """Enrol, drop everything else, wait for the second looks, and hold what lies in people's folders against truth."""
    rows = rows_of(folder, "labels.csv")
    references: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["role"] == "enrol":
            references[row["person"]].append(str(folder / row["file"]))
    event = [row for row in rows if row["role"] != "enrol"]
    with tempfile.TemporaryDirectory() as temporary, Emulator.start(latency_ms=20) as emulator:
        house = House(Path(temporary) / "venue", emulator)
        for person, pictures in references.items():
            enrolled = house.run("enroll", person, *pictures)
            assert enrolled.returncode in (0, 5), enrolled.stderr
        for row in event:
            house.drop(folder / row["file"], flat_name(row))
        began = time.monotonic()
        assert house.until_done(400).returncode in (0, 5)
        took = time.monotonic() - began
        first = judged(house, event, set(references))
        look_again(house)
        found = judged(house, event, set(references))
        status = house.json("status")
        again = {"before_second_looks": first["placements"], "second_looks": status["faces"]["second_looks"]}
        same = house.on_disk() == house.on_drive()
        return {**found, **again, "same_tree": same, "seconds": round(took, 1), "difficult": difficult(house, event)}


def flat_name(row: dict[str, str]) -> str:
    return row["file"].replace("/", "__")


def look_again(house: House) -> None:
    """Let the agent run until nothing waits for a second look, and everything lies where it is wanted."""
    house.start()
    calm = 0
    for _ in range(300):
        looks = house.json("status")["faces"]["second_looks"]
        calm = calm + 1 if looks["waiting"] == 0 and looks["done"] else 0
        if calm >= 8:
            break
        time.sleep(1)
    house.stop()
    assert house.until_done(120).returncode in (0, 5)


def judged(house: House, event: list[dict[str, str]], enrolled: set[str]) -> dict[str, Any]:
    """Placements in people's folders: right, wrong, missed; and whether Solo or Group is right."""
    wanted = {(flat_name(row), person) for row in event for person in row["people"].split(";") if person in enrolled}
    counts = {flat_name(row): row["n_faces"] for row in event}
    found: set[tuple[str, str]] = set()
    company = [0, 0]
    for path in house.on_disk():
        if path.startswith("People/"):
            _, person, kind, name = path.split("/")
            if person in enrolled:
                found.add((name, person))
            if counts.get(name, "").isdigit():
                company[1] += 1
                company[0] += (kind == "Solo") == (counts[name] == "1")
    right = wanted & found
    missed = sorted(wanted - found)
    return {
        "placements": [len(right), len(wanted)],
        "precision": round(len(right) / max(1, len(found)), 4),
        "recall": round(len(right) / max(1, len(wanted)), 4),
        "wrong": sorted(found - wanted),
        "missed": missed,
        "company": company,
    }


def difficult(house: House, event: list[dict[str, str]]) -> dict[str, str]:
    """Where each difficult file ended up, and how many faces its label gives it."""
    places: dict[str, list[str]] = defaultdict(list)
    for path in house.on_disk():
        places[path.rpartition("/")[2]].append(path.rpartition("/")[0])
    return {
        flat_name(row).removeprefix("difficult__"): f"{row['n_faces']} {row['people'] or '-'}: "
        + (", ".join(places.get(flat_name(row), [])) or "refused")
        for row in event
        if row["kind"] == "difficult"
    }


if __name__ == "__main__":
    sys.exit(main())
