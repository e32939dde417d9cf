"""Measures the face engine beside face_recognition's defaults: `.venv/bin/python tests/faces/measure.py`.

Not a test: figures depend on the machine and on who shares it, so it prints the load, too. Photos are composed here
from the labelled portraits (`VENUESYNC_FACES` or `../shared/faces`): artificial frames, real faces, known places.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from agent.faces.decode import decode
from agent.faces.engine import DlibOnnx
from agent.faces.results import Box, Seen
from agent.faces.rule import distances
from agent.faces.workers import FaceWorkers
from tests.conftest import BESIDE

SHARES = (0.15, 0.1, 0.07, 0.053, 0.038, 0.0283)  # widths of the faces' boxes in parts of the photo's width
SIZES = {"12 MP": (4000, 3000), "24 MP": (6000, 4000)}


@dataclass(frozen=True)
class Portrait:
    person: str
    image: Image.Image
    box: Box


@dataclass(frozen=True)
class Photo:
    path: Path
    people: tuple[tuple[str, Box], ...]


def say(*words: object, end: str = "\n") -> None:
    sys.stdout.write(" ".join(str(word) for word in words) + end)
    sys.stdout.flush()


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(newline="") as file:
        return list(csv.DictReader(file))


def portraits(folder: Path, engine: DlibOnnx) -> list[Portrait]:
    """Labelled portraits with one face of at least 100 pixels."""
    found = []
    for row in rows(folder, "labels.csv"):
        if row["kind"] == "solo" and row["person"]:
            picture = decode((folder / row["file"]).read_bytes())
            faces = engine.look(picture)
            if (
                len(faces) == 1
                and faces[0].box[2] - faces[0].box[0] >= 100
                and picture.pixels.shape[1] == picture.width
            ):
                found.append(Portrait(row["person"], Image.fromarray(np.ascontiguousarray(picture.rgb)), faces[0].box))
    return found


def background(width: int, height: int, chance: np.random.Generator) -> Image.Image:
    """A busy, slightly noisy backdrop, so that the JPEG is as large as a camera's (3 and 6 MB)."""
    image = Image.new("RGB", (width, height), (92, 74, 70))
    draw = ImageDraw.Draw(image)
    for at in range(260):
        left, top = int(chance.integers(width)), int(chance.integers(height))
        size, colour = (
            int(chance.integers(width // 120, width // 25)),
            tuple(int(v) for v in chance.integers(20, 230, 3)),
        )
        (draw.ellipse if at % 2 else draw.rectangle)((left, top, left + size, top + size), fill=colour)
    blurred = np.asarray(image.filter(ImageFilter.GaussianBlur(width / 900))).astype(np.float32)
    noise = chance.normal(0, 5, (height, width, 1)).astype(np.float32)
    return Image.fromarray((blurred + noise).clip(0, 255).astype(np.uint8))


def compose(path: Path, size: tuple[int, int], known: list[Portrait], chance: np.random.Generator) -> Photo:
    """Six people of six sizes, nobody twice, none over another."""
    image, people, taken = background(*size, chance), [], []
    order = [known[at] for at in chance.permutation(len(known))]
    for share in SHARES:
        portrait = next(each for each in order if each.person not in {name for name, _ in people})
        left, top, right, bottom = portrait.box
        zoom, margin = share * size[0] / (right - left), int(0.55 * (right - left))
        cut = portrait.image.crop((left - margin, top - margin, right + margin, bottom + margin))
        cut = cut.resize((round(cut.width * zoom), round(cut.height * zoom)), Image.Resampling.LANCZOS)
        while True:
            x, y = int(chance.integers(size[0] - cut.width)), int(chance.integers(size[1] - cut.height))
            place = (x, y, x + cut.width, y + cut.height)
            if all(place[2] <= o[0] or o[2] <= place[0] or place[3] <= o[1] or o[3] <= place[1] for o in taken):
                break
        taken.append(place)
        image.paste(cut, (x, y))
        width = round(share * size[0])
        x, y = x + round(margin * zoom), y + round(margin * zoom)
        people.append((portrait.person, (x, y, x + width, y + width)))
    image.save(path, quality=92)
    return Photo(path, tuple(people))


def near(one: Box, other: Box) -> bool:
    reach = 0.4 * (other[2] - other[0])
    return all(abs((one[at] + one[at + 2]) / 2 - (other[at] + other[at + 2]) / 2) < reach for at in (0, 1))


def hits(truth: Iterable[Box], found: list[Box]) -> int:
    return sum(any(near(box, each) for box in found) for each in truth)


def median(values: Iterable[float]) -> str:
    return f"{statistics.median(values):.0f}"


def load() -> str:
    return f"load {os.getloadavg()[0]:.1f}"


def report(name: str, photos: list[Photo], seen: list[Seen], walls: list[float]) -> None:
    found = sum(
        hits((box for _, box in photo.people), [f.box for f in one.faces])
        for photo, one in zip(photos, seen, strict=True)
    )
    count = sum(len(photo.people) for photo in photos)
    extra = sum(len(one.faces) for one in seen) - found
    stages = {stage: median(one.ms[stage] for one in seen) for stage in seen[0].ms}
    say(
        f"  ours, {name}: n={len(seen)} median ms",
        stages,
        "wall",
        median(walls),
        f"faces {found}/{count} extra {extra},",
        load(),
    )


def baseline(name: str, photos: list[Photo]) -> None:
    """face_recognition as its manual has it: load_image_file, face_locations, face_encodings."""
    import face_recognition

    took: list[tuple[float, float, float]] = []
    found = 0
    for photo in photos:
        start = time.perf_counter()
        image = face_recognition.load_image_file(str(photo.path))
        loaded = time.perf_counter()
        places = face_recognition.face_locations(image)
        located = time.perf_counter()
        face_recognition.face_encodings(image, places)
        done = time.perf_counter()
        took.append(((loaded - start) * 1e3, (located - loaded) * 1e3, (done - located) * 1e3))
        found += hits(
            (box for _, box in photo.people), [(left, top, right, bottom) for top, right, bottom, left in places]
        )
    stages = [median(column) for column in zip(*took, strict=True)]
    count = sum(len(photo.people) for photo in photos)
    total = median(sum(each) for each in took)
    say(
        f"  face_recognition, {name}: n={len(photos)} median ms decode, detect, encode",
        stages,
        "total",
        total,
        f"faces {found}/{count},",
        load(),
    )


def memory(pid: int) -> dict[str, int]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {
        line.split(":")[0]: int(line.split()[1]) // 1024
        for line in lines
        if line.startswith(("VmRSS", "VmHWM", "VmSize"))
    }


async def look_at(photos: dict[str, list[Photo]], cache: Path, folder: Path) -> None:
    start = time.perf_counter()
    async with FaceWorkers(1, "dlib-onnx", cache, folder / "workers.log") as workers:
        await workers.warm()
        say(f"start of a worker: {time.perf_counter() - start:.2f} s, converted before; MB", memory(workers.pids[0]))
        for name, each in photos.items():
            await workers.look(each[0].path)
            seen, walls = [], []
            for photo in each:
                start = time.perf_counter()
                seen.append(await workers.look(photo.path))
                walls.append((time.perf_counter() - start) * 1e3)
            report(name, each, seen, walls)
        say("  after these, MB", memory(workers.pids[0]))
        await asyncio.sleep(1.5)
        say("  idle, MB", memory(workers.pids[0]))
    for count in (1, 2):
        async with FaceWorkers(count, "dlib-onnx", cache, folder / "workers.log") as workers:
            await workers.warm()
            every = [photo.path for photo in photos["12 MP"]] * 2
            start = time.perf_counter()
            await asyncio.gather(*(workers.look(path) for path in every))
            say(
                f"  {count} workers: {len(every) / (time.perf_counter() - start):.1f} photos of 12 MP a second,", load()
            )


def recall(folder: Path, engine: DlibOnnx) -> None:
    truth: dict[str, list[Box]] = {}
    for row in rows(folder, "boxes.csv"):
        left, top, width, height = (int(row[key]) for key in ("left", "top", "width", "height"))
        truth.setdefault(row["file"], []).append((left, top, left + width, top + height))
    found = extra = 0
    for name, boxes in truth.items():
        faces = [face.box for face in engine.look(decode((folder / name).read_bytes()))]
        found += hits(boxes, faces)
        extra += len(faces) - hits(boxes, faces)
    say(f"groups: {found}/{sum(map(len, truth.values()))} labelled faces found, {extra} others, {len(truth)} photos")
    encodings, people, missed, second = [], [], 0, 0
    for row in rows(folder, "labels.csv"):
        if row["kind"] == "solo" and row["person"]:
            faces = engine.look(decode((folder / row["file"]).read_bytes()))
            missed, second = missed + (not faces), second + (len(faces) > 1)
            if faces:
                encodings.append(faces[0].encoding)
                people.append(row["person"])
    say(f"portraits: {len(people)}/{len(people) + missed} with a face, {second} with more than one")
    apart = distances(np.array(encodings), np.array(encodings))
    pairs = np.triu_indices(len(people), 1)
    same = (np.array(people)[:, None] == np.array(people)[None])[pairs]
    for tolerance in (0.45, 0.5, 0.55, 0.6):
        close = apart[pairs] <= tolerance
        say(f"  tolerance {tolerance}: same {close[same].mean():.3f} of {same.sum()},", end="")
        say(f" different {close[~same].mean():.5f} of {(~same).sum()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=8, help="of each size")
    parser.add_argument("--baseline", type=int, default=2, help="of each size, by face_recognition (7 s each)")
    asked = parser.parse_args()
    faces = Path(os.environ.get("VENUESYNC_FACES") or BESIDE)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        engine = DlibOnnx(folder / "cache")
        say(load())
        recall(faces, engine)
        known, chance = portraits(faces, engine), np.random.default_rng(5)
        photos = {
            name: [compose(folder / f"{name}-{at}.jpg", size, known, chance) for at in range(asked.photos)]
            for name, size in SIZES.items()
        }
        asyncio.run(look_at(photos, folder / "cache", folder))
        for name, each in photos.items():
            baseline(name, each[: asked.baseline])


if __name__ == "__main__":
    main()
