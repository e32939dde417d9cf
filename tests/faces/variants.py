"""Labelled portraits as they are and as bad photos show them, encoded: what galleries are made of.

Each face is laid into a square of three times its width, made worse there, and its landmarks and encoding are made anew
by the product's own code, which also says how good each picture is. What was encoded is kept in `.bench/`, by the
engine, the labels and the variants' names.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from agent.faces.detector import Aligner
from agent.faces.encoder import Encoder
from agent.faces.engine import DlibOnnx
from agent.faces.models import CHIP
from agent.faces.quality import Quality, exposure, sharpness
from agent.faces.results import Box, FoundFace
from tests.faces.accuracy import Labelled, looked_at, near, rows_of
from tests.venue.house import ROOT

KEPT = ROOT / ".bench"
FORMAT = 3  # raised when a variant is made otherwise
WIDTH = 150  # pixels of the face in its square; a third of that
LEAST = 40  # pixels of an unnamed face in a group, to count

Shown = tuple[Image.Image, Box]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Portraits:
    """`rows`: (photos, variants, 128), the first variant as is. `seen`: (photos, variants, 5), see `quality_of`."""

    rows: Floats
    seen: Floats

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Looks:
    """`people`: by name. `others`: one photo of each."""

    people: dict[str, Portraits]
    others: Portraits


def quality_of(seen: Floats) -> Quality:
    """From width, sharpness, yaw, light and contrast."""
    width, sharp, yaw, light, contrast = (float(one) for one in seen)
    return Quality(round(width), 1.0, sharp, yaw, light, contrast)


def box_in(width: int, height: int) -> Box:
    """Where the face lies in a picture that is its square at another size."""
    side = (width + height) // 6
    left, top = (width - side) // 2, (height - side) // 2
    return left, top, left + side, top + side


def whole(image: Image.Image) -> Shown:
    return image, box_in(*image.size)


def small(image: Image.Image, face: int) -> Image.Image:
    return image.resize((3 * face, 3 * face), Image.Resampling.LANCZOS)


def levels(image: Image.Image, change: Callable[[Floats], Floats]) -> Image.Image:
    grey = change(np.asarray(image, np.float64))
    return Image.fromarray(np.clip(np.rint(grey), 0, 255).astype(np.uint8))


def as_jpeg(image: Image.Image, quality: int) -> Image.Image:
    stream = BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return Image.open(stream).convert("RGB")


def side_light(grey: Floats) -> Floats:
    return grey * np.linspace(0.25, 1.25, grey.shape[1])[None, :, None]


def noise(grey: Floats) -> Floats:
    return grey + np.random.default_rng(5).normal(0, 25, grey.shape)


def motion(grey: Floats) -> Floats:
    return np.mean([np.roll(grey, step, 1) for step in range(-5, 6)], axis=0)


def half_hidden(image: Image.Image) -> Image.Image:
    """A glass, a hand or a scarf before mouth and chin."""
    hidden = image.copy()
    left, top, right, bottom = box_in(*image.size)
    hidden.paste((120, 112, 108), (left - 20, top + round(0.65 * (bottom - top)), right + 20, bottom + 30))
    return hidden


LIGHT: dict[str, Callable[[Image.Image], Image.Image]] = {
    "as is": lambda image: image,
    "mirrored": lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "rolled": lambda image: image.rotate(22, Image.Resampling.BICUBIC),
    "coloured light": lambda image: levels(image, lambda grey: grey * np.array([1.0, 0.55, 0.85])),
    "side light": lambda image: levels(image, side_light),
    "60 pixels": lambda image: small(image, 60),
    "blurred": lambda image: image.filter(ImageFilter.GaussianBlur(1.5)),
}
HEAVY: dict[str, Callable[[Image.Image], Image.Image]] = {
    "dark": lambda image: levels(image, lambda grey: grey * 0.2),
    "noise": lambda image: levels(image, noise),
    "more blurred": lambda image: image.filter(ImageFilter.GaussianBlur(2.5)),
    "moved": lambda image: levels(image, motion),
    "half hidden": half_hidden,
    "turned": lambda image: image.resize((round(2.25 * WIDTH), 3 * WIDTH), Image.Resampling.LANCZOS),
    "42 pixels": lambda image: small(image, 42),
    "JPEG": lambda image: as_jpeg(image, 12),
    "dark, small, JPEG": lambda image: as_jpeg(levels(small(image, 80), lambda grey: grey * 0.45), 30),
}
VARIANTS = {**LIGHT, **HEAVY}
DETAIL = {"60 pixels": 60, "42 pixels": 42, "dark, small, JPEG": 80}  # of the face's width that is left


def square_of(photo: Labelled, face: FoundFace) -> Image.Image:
    """The face and its surroundings, three times its width, with black where the photo ends."""
    assert photo.picture is not None
    rgb = photo.picture.rgb
    scale = rgb.shape[1] / photo.picture.width
    left, top, right, bottom = (edge * scale for edge in face.box)
    side, x, y = right - left, (left + right) / 2, (top + bottom) / 2
    edges = (x - 1.5 * side, y - 1.5 * side, x + 1.5 * side, y + 1.5 * side)
    image = Image.fromarray(np.ascontiguousarray(rgb))
    return image.transform((3 * WIDTH, 3 * WIDTH), Image.Transform.EXTENT, edges, Image.Resampling.BICUBIC)


def encoded(photo: Labelled, face: FoundFace, aligner: Aligner, encoder: Encoder) -> tuple[Floats, Floats]:
    """Return (variants, 128) and (variants, 5). As is: what a look at the whole photo gave.

    A face is as wide as in its photo, or as what is left of it where that is less.
    """
    square, chips, width = square_of(photo, face), [], face.box[2] - face.box[0]
    seen = [(width, face.sharpness, face.yaw, face.light, face.contrast)]
    for name, change in list(VARIANTS.items())[1:]:
        image, box = whole(change(square))
        chip, yaw = aligner.chip(np.ascontiguousarray(image), box, CHIP)
        chips.append(chip)
        seen.append((min(width, DETAIL.get(name, width)), sharpness(chip), yaw, *exposure(chip)))
    rows = np.vstack([face.encoding[None], encoder.encode(np.stack(chips))]).astype(np.float64)
    return rows, np.array(seen, np.float64)


def portraits(found: list[tuple[Floats, Floats]]) -> Portraits:
    return Portraits(np.stack([rows for rows, _ in found]), np.stack([seen for _, seen in found]))


def others_of(photos: list[Labelled], folder: Path) -> list[tuple[Labelled, FoundFace]]:
    """The unnamed faces of group photos that are wide enough."""
    found: list[tuple[Labelled, FoundFace]] = []
    by_file = {photo.file: photo for photo in photos}
    for row in rows_of(folder, "boxes.csv"):
        left, top, width, height = (int(row[key]) for key in ("left", "top", "width", "height"))
        if not row["person"] and width >= LEAST and row["file"] in by_file:
            photo = by_file[row["file"]]
            found += [(photo, one) for one in photo.faces if near((left, top, left + width, top + height), one.box)][:1]
    return found


def made(folder: Path, engine: DlibOnnx, encoder: Encoder) -> Looks:
    photos = looked_at(folder, engine)
    aligner = Aligner()
    people: dict[str, list[tuple[Floats, Floats]]] = defaultdict(list)
    for photo in photos:
        if photo.kind == "solo" and photo.person and photo.faces:
            people[photo.person].append(encoded(photo, photo.faces[0], aligner, encoder))
    others = [encoded(photo, face, aligner, encoder) for photo, face in others_of(photos, folder)]
    return Looks({name: portraits(each) for name, each in sorted(people.items())}, portraits(others))


def looks(folder: Path) -> Looks:
    """Those of a folder of labelled photos; half a minute where they are not kept."""
    KEPT.mkdir(exist_ok=True)
    encoder = Encoder(KEPT)
    what = hashlib.sha256((folder / "labels.csv").read_bytes() + (folder / "boxes.csv").read_bytes())
    what.update(f"{FORMAT} {sorted(VARIANTS)}".encode())
    kept = KEPT / f"looks-{encoder.version}-{zlib.crc32(what.digest()):08x}.npz"
    if not kept.is_file():
        found = made(folder, DlibOnnx(KEPT), encoder)
        every = {"others": found.others, **{f"person {name}": each for name, each in found.people.items()}}
        arrays = {f"rows of {of}": each.rows for of, each in every.items()}
        with kept.open("wb") as file:
            np.savez(file, **arrays, **{f"seen of {of}": each.seen for of, each in every.items()})
    with np.load(kept) as file:
        of = [name.removeprefix("rows of ") for name in file.files if name.startswith("rows of ")]
        read = {name: Portraits(file[f"rows of {name}"], file[f"seen of {name}"]) for name in of}
    others = read.pop("others")
    return Looks({name.removeprefix("person "): each for name, each in read.items()}, others)
