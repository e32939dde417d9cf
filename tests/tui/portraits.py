"""The small evening with pictures in Incoming by which somebody can be enrolled, and models for the face workers."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from likeness import SMALL, face
from PIL import Image
from prepared import copy, opened
from standing import at

from agent import demo
from agent.faces.engine import DlibOnnx
from agent.faces.workers import FaceWorkers
from agent.ledger.faces import Encoding, Looked, record_again
from agent.ledger.sqlite.rows import Db
from agent.model import PhotoId
from agent.workspace import find_workspace

REFERENCES = Path(demo.__file__).parent / "references"
WHO = [REFERENCES / f"beatriz_alves_{n}.jpg" for n in (1, 2, 3)]
THREE = [REFERENCES / f"{name}_1.jpg" for name in ("samuel_osei", "priya_raman", "hassan_darwish")]
SEEN = (100, 101, 102)  # photos of the evening on which the same person is


def make(root: Path, small: Path) -> None:
    """From the small evening."""
    shutil.copytree(small, root, copy_function=copy)
    workspace = find_workspace(root, {})
    shutil.rmtree(workspace.incoming)
    shown = {11: WHO[0], 13: WHO[1], 14: WHO[2]}
    for n in range(11, 31):
        photo = incoming(workspace.incoming, n)
        photo.parent.mkdir(parents=True, exist_ok=True)
        photo.write_bytes(shown[n].read_bytes() if n in shown else b"")
    beside(THREE).save(incoming(workspace.incoming, 12), quality=95)
    shrunk(WHO[0]).save(incoming(workspace.incoming, 15), quality=95)
    for n in range(11, 31):
        then = at("22:14:07") - 60 * (n - 10)
        os.utime(incoming(workspace.incoming, n), (then, then))
    workspace.cache.mkdir(exist_ok=True)
    DlibOnnx(workspace.cache)
    encodings = asyncio.run(looks(workspace.cache))
    asyncio.run(known(root, encodings))


def incoming(folder: Path, number: int) -> Path:
    return folder / ("Lena" if number % 2 else "Ravi") / f"IMG_20{number}.jpg"


def beside(pictures: Sequence[Path]) -> Image.Image:
    images = [Image.open(one).convert("RGB").resize((600, 600)) for one in pictures]
    made = Image.new("RGB", (600 * len(images), 600))
    for n, image in enumerate(images):
        made.paste(image, (600 * n, 0))
    return made


def shrunk(picture: Path) -> Image.Image:
    """On a large grey ground: its face is found, some 37 pixels wide."""
    made = Image.new("RGB", (800, 600), (120, 120, 120))
    made.paste(Image.open(picture).convert("RGB").resize((110, 110), Image.Resampling.LANCZOS), (300, 200))
    return made


async def looks(cache: Path) -> list[Encoding]:
    async with FaceWorkers(1, "dlib-onnx", cache, cache / "faces.log") as workers:
        return [(await workers.look(one, None)).faces[0].encoding for one in WHO]


async def known(root: Path, encodings: Sequence[Encoding]) -> None:
    async with opened("small", at_root=root, started=()) as evening:
        planner = evening.planner
        for number, encoding in zip(SEEN, encodings, strict=True):

            def show(db: Db, number: int, seen: Encoding) -> PhotoId:
                photo = PhotoId(db.execute("SELECT photo FROM event_photo WHERE id = ?", (number,)).fetchone()["photo"])
                found = [face(9, np.asarray(seen, dtype=np.float32), SMALL)]
                record_again(db, photo, Looked(6000, 4000, None, planner.engine, found), second=False)
                return photo

            await planner.plan_photo(await evening.write(show, number, encoding))
