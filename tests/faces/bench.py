"""24 megapixels with 6 faces on one core: ours beside face_recognition's defaults, photo by photo, in one run.

make bench-faces    needs the labelled photos (VENUESYNC_FACES): the faces are real, the frames are composed
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from agent.faces.engine import DlibOnnx
from agent.faces.results import Box
from agent.faces.worker import look
from tests.conftest import BESIDE
from tests.faces.measure import SIZES, Photo, compose, hits, portraits
from tests.venue.house import ROOT

KEPT = ROOT / ".bench" / "faces-speed.json"


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def on_one_core() -> None:
    """Both sides have the same core, and no other."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def theirs(path: Path) -> tuple[dict[str, float], list[Box]]:
    """face_recognition as its manual has it."""
    import face_recognition

    start = time.perf_counter()
    image = face_recognition.load_image_file(str(path))
    loaded = time.perf_counter()
    places = face_recognition.face_locations(image)
    located = time.perf_counter()
    face_recognition.face_encodings(image, places)
    done = time.perf_counter()
    took = {"decode": loaded - start, "detect": located - loaded, "encode": done - located, "total": done - start}
    return {name: 1e3 * one for name, one in took.items()}, [
        (left, top, right, bottom) for top, right, bottom, left in places
    ]


def recall(photos: Sequence[Photo], found: Sequence[list[Box]]) -> list[int]:
    truth = [[box for _, box in photo.people] for photo in photos]
    return [sum(hits(boxes, one) for boxes, one in zip(truth, found, strict=True)), sum(map(len, truth))]


def medians(took: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: round(statistics.median(one[name] for one in took), 1) for name in took[0]}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=8)
    asked = parser.parse_args()
    folder = Path(os.environ.get("VENUESYNC_FACES") or BESIDE)
    on_one_core()
    with tempfile.TemporaryDirectory() as temporary:
        engine = DlibOnnx(Path(temporary))
        known, chance = portraits(folder, engine), np.random.default_rng(5)
        photos = [compose(Path(temporary) / f"{at}.jpg", SIZES["24 MP"], known, chance) for at in range(asked.photos)]
        look(engine, photos[0].path, None)
        our_ms, our_boxes, their_ms, their_boxes = [], [], [], []
        for photo in photos:
            began = time.process_time()
            seen = look(engine, photo.path, None)
            between = time.process_time()
            took, boxes = theirs(photo.path)
            done = time.process_time()
            our_ms.append({**seen.ms, "core": 1e3 * (between - began)})
            our_boxes.append([face.box for face in seen.faces])
            their_ms.append({**took, "core": 1e3 * (done - between)})
            their_boxes.append(boxes)
        ours, baseline = medians(our_ms), medians(their_ms)
        result = {
            "photos": len(photos),
            "ours_ms": ours,
            "ours_found": recall(photos, our_boxes),
            "face_recognition_ms": baseline,
            "face_recognition_found": recall(photos, their_boxes),
            "times_faster": round(baseline["total"] / ours["total"], 1),
            "times_less_of_the_core": round(baseline["core"] / ours["core"], 1),  # whoever else uses it, too
            "load": round(os.getloadavg()[0], 1),
        }
    last = json.loads(KEPT.read_text()) if KEPT.is_file() else {}
    for name, value in result.items():
        say(f"{name:24} {value}" + (f"    (last time {last[name]})" if last.get(name, value) != value else ""))
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps(result, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
