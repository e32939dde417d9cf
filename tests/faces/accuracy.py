"""How well faces are found and told apart on a folder of labelled photos: numbers for a table, and no judgement."""

from __future__ import annotations

import csv
import statistics
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from agent.faces.decode import Picture, decode
from agent.faces.engine import DlibOnnx
from agent.faces.gallery import Gallery
from agent.faces.quality import Quality, poor, prominent, useless
from agent.faces.results import Box, FoundFace, LookError
from agent.faces.rule import Facts, Rule, decide, distances

WIDTHS = (24, 32, 40, 60, 80, 120)  # pixels, to which known faces are reduced
TOLERANCES = (0.45, 0.5, 0.55, 0.6)
SMALL_ONES = 40  # portraits that are reduced to each width
PASSER_BY = 0.3  # of the portrait's face


@dataclass(slots=True)
class Labelled:
    """A labelled photo that was looked at. `people`: everybody named in it; `count`: faces in truth, where known."""

    file: str
    person: str
    people: list[str]
    kind: str
    role: str
    count: int | None
    faces: list[FoundFace] = field(default_factory=list[FoundFace])
    picture: Picture | None = None
    ms: float = 0.0


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def looked_at(folder: Path, engine: DlibOnnx) -> list[Labelled]:
    found: list[Labelled] = []
    for row in rows_of(folder, "labels.csv"):
        count = int(row["n_faces"]) if row["n_faces"].isdigit() else None
        people = [one for one in row["people"].split(";") if one]
        photo = Labelled(row["file"], row["person"], people, row["kind"], row["role"], count)
        data = (folder / row["file"]).read_bytes()
        began = time.perf_counter()
        try:
            photo.picture = decode(data)
            photo.faces = engine.look(photo.picture)
        except LookError:
            pass
        photo.ms = (time.perf_counter() - began) * 1e3
        found.append(photo)
    return found


def near(one: Box, other: Box) -> bool:
    reach = 0.4 * (other[2] - other[0])
    return all(abs((one[at] + one[at + 2]) / 2 - (other[at] + other[at + 2]) / 2) < reach for at in (0, 1))


# ---- detection


def detection(folder: Path, photos: list[Labelled], engine: DlibOnnx) -> dict[str, Any]:
    """Labelled boxes found, others found, and portraits' faces found when reduced to each width."""
    truth: dict[str, list[Box]] = defaultdict(list)
    for row in rows_of(folder, "boxes.csv"):
        left, top, width, height = (int(row[key]) for key in ("left", "top", "width", "height"))
        truth[row["file"]].append((left, top, left + width, top + height))
    boxes = found = others = 0
    for photo in photos:
        if photo.file in truth:
            hit = [any(near(box, face.box) for face in photo.faces) for box in truth[photo.file]]
            boxes, found = boxes + len(hit), found + sum(hit)
            others += len(photo.faces) - sum(hit)
    portraits = [one for one in photos if one.kind == "solo" and one.picture is not None]
    extra = sum(max(0, len(one.faces) - 1) for one in portraits)
    return {
        "boxes": [found, boxes],
        "portraits": [sum(bool(one.faces) for one in portraits), len(portraits)],
        "others": others + extra,
        "by_width": {str(width): reduced(portraits, engine, width) for width in WIDTHS},
    }


def reduced(portraits: list[Labelled], engine: DlibOnnx, width: int) -> list[int]:
    """Found and tried among portraits of which the face is reduced to so many pixels."""
    found = tried = 0
    for photo in [one for one in portraits if one.faces and _width(one.faces[0]) >= width][:SMALL_ONES]:
        assert photo.picture is not None
        scale = width / _width(photo.faces[0])
        image = Image.fromarray(np.ascontiguousarray(photo.picture.rgb))
        size = (max(1, round(photo.picture.width * scale)), max(1, round(photo.picture.height * scale)))
        stream = BytesIO()
        image.resize(size, Image.Resampling.LANCZOS).save(stream, "PNG")
        tried += 1
        found += bool(engine.look(decode(stream.getvalue())))
    return [found, tried]


def _width(face: FoundFace) -> int:
    return face.box[2] - face.box[0]


# ---- telling apart


def pairs(photos: list[Labelled]) -> dict[str, Any]:
    """Same and different pairs of portraits that are within each tolerance."""
    solo = [one for one in photos if one.kind == "solo" and one.person and one.faces]
    encodings = np.stack([one.faces[0].encoding for one in solo])
    people = np.array([one.person for one in solo])
    which = np.triu_indices(len(solo), 1)
    apart = distances(encodings, encodings)[which]
    same = (people[:, None] == people[None])[which]
    return {
        "same": int(same.sum()),
        "different": int((~same).sum()),
        "nearest_different": round(float(apart[~same].min()), 4),
        "within": {str(one): [int((apart[same] <= one).sum()), int((apart[~same] <= one).sum())] for one in TOLERANCES},
    }


def identification(photos: list[Labelled], rule: Rule) -> dict[str, Any]:
    """What the rule says of portraits: of people who are enrolled, and of strangers."""
    solo = [one for one in photos if one.kind == "solo" and one.person and one.faces]
    enrolled = [one for one in solo if one.role == "enrol"]
    people = sorted({one.person for one in enrolled})
    references = np.stack([one.faces[0].encoding for one in enrolled])
    gallery = Gallery(references, [people.index(one.person) for one in enrolled])
    tally: Counter[str] = Counter()
    for photo in solo:
        if photo.role == "enrol":
            continue
        face = photo.faces[0]
        apart, _ = gallery.apart(face.encoding[None], np.arange(len(people)))
        (verdict,) = decide(apart, rule, facts_of([face]))
        known = photo.person in people
        tally["known" if known else "strangers"] += 1
        if verdict.person is not None:
            right = people[verdict.person] == photo.person
            tally["right" if right else ("wrong" if known else "strangers_named")] += 1
        elif verdict.ask is not None:
            tally["asked" if known else "strangers_asked"] += 1
    names = ("known", "right", "asked", "wrong", "strangers", "strangers_named", "strangers_asked")
    return {name: tally[name] for name in names}


def facts_of(faces: list[FoundFace]) -> Facts:
    bad: dict[int, str] = {}
    out: set[int] = set()
    for at, face in enumerate(faces):
        quality = Quality(_width(face), face.score, face.sharpness, face.yaw, face.light, face.contrast)
        reason = poor(quality)
        if useless(quality) is not None:
            out.add(at)
        elif reason is not None:
            bad[at] = reason
    return Facts(bad, frozenset(out))


# ---- solo and group


def company(photos: list[Labelled], engine: DlibOnnx) -> dict[str, list[int]]:
    """Right and tried: labelled solos and groups; and portraits with a passer-by behind."""
    tally = {"solo": [0, 0], "group": [0, 0], "passer_by": [0, 0]}
    for photo in photos:
        if photo.kind in ("solo", "group") and photo.count and photo.faces:
            kind = "solo" if photo.count == 1 else "group"
            tally[kind][1] += 1
            tally[kind][0] += alone(photo.faces) == (kind == "solo")
    portraits = [one for one in photos if one.kind == "solo" and len(one.faces) == 1 and _width(one.faces[0]) >= 150]
    for at, photo in enumerate(portraits[:30]):
        tally["passer_by"][1] += 1
        tally["passer_by"][0] += alone(engine.look(with_passer_by(photo, portraits[(at + 7) % len(portraits)])))
    return tally


def alone(faces: list[FoundFace]) -> bool:
    sure = [face for face in faces if face.score >= 0] or faces
    return sum(prominent([face.box for face in sure], [face.sharpness for face in sure])) == 1


def with_passer_by(photo: Labelled, other: Labelled) -> Picture:
    """The portrait, made wider, and somebody further back beside it, a little out of focus."""
    assert photo.picture is not None
    assert other.picture is not None
    portrait = Image.fromarray(np.ascontiguousarray(photo.picture.rgb))
    behind = Image.fromarray(np.ascontiguousarray(other.picture.rgb))
    reduce = photo.picture.rgb.shape[1] / photo.picture.width
    scale = PASSER_BY * _width(photo.faces[0]) * reduce / _width(other.faces[0])
    behind = behind.resize((max(1, round(behind.width * scale)), max(1, round(behind.height * scale))))
    wide = Image.new("RGB", (portrait.width + behind.width, max(portrait.height, behind.height)), (70, 66, 60))
    wide.paste(portrait, (0, 0))
    wide.paste(behind, (portrait.width, 0))
    stream = BytesIO()
    wide.save(stream, "PNG")
    return decode(stream.getvalue())


def measured(folder: Path, engine: DlibOnnx, rule: Rule) -> dict[str, Any]:
    photos = looked_at(folder, engine)
    faces = sum(len(one.faces) for one in photos)
    return {
        "photos": len(photos),
        "detection": detection(folder, photos, engine),
        "pairs": pairs(photos),
        "identification": identification(photos, rule),
        "company": company(photos, engine),
        "ms_per_photo": round(statistics.median(one.ms for one in photos), 1),
        "ms_per_face": round(sum(one.ms for one in photos) / max(1, faces), 1),
    }
