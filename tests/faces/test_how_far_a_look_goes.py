"""How far a look goes: a quick one leaves nobody out whom the photo is about; the slower one finds whom it missed."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agent.faces.decode import decode
from agent.faces.detector import CLOSE_PIXELS, brightening, turned_back
from agent.faces.engine import DlibOnnx
from agent.faces.models import engine_id
from agent.faces.results import Box, Depth, FoundFace


def png(image: Image.Image) -> bytes:
    stream = BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def placed(guest: Path, *places: tuple[int, int, int], size: tuple[int, int] = (3000, 2000)) -> bytes:
    """A PNG of this size with the guest's portrait at each (left, top, side)."""
    photo = Image.new("RGB", size, (90, 80, 70))
    with Image.open(guest) as portrait:
        for left, top, side in places:
            photo.paste(portrait.resize((side, side), Image.Resampling.LANCZOS), (left, top))
    return png(photo)


def middles(found: list[FoundFace]) -> set[tuple[int, int]]:
    """Where faces are, in steps of 100 pixels."""
    return {((f.box[0] + f.box[2]) // 200, (f.box[1] + f.box[3]) // 200) for f in found}


@pytest.mark.slow
def test_a_quick_look_stops_at_one_large_face_and_says_so(engine: DlibOnnx, one_guest: Path) -> None:
    data = placed(one_guest, (200, 200, 1500), (2400, 1500, 220))
    quick = engine.look(decode(data), Depth.QUICK)
    assert engine.stopped
    whole = engine.look(decode(data))
    assert not engine.stopped
    assert len(quick) == 1
    assert len(whole) == 2
    assert middles(quick) < middles(whole)


@pytest.mark.slow
def test_a_quick_look_goes_on_where_faces_are_many_or_one_is_half_as_large(engine: DlibOnnx, one_guest: Path) -> None:
    for places in (((100, 100, 420), (700, 100, 420), (1300, 100, 420)), ((200, 200, 420), (2400, 1500, 240))):
        data = placed(one_guest, *places)
        assert len(engine.look(decode(data), Depth.QUICK)) == len(places)
        assert not engine.stopped


@pytest.mark.slow
def test_very_small_faces_are_for_the_slower_look(engine: DlibOnnx, one_guest: Path) -> None:
    data = placed(one_guest, (500, 500, 210), (3000, 900, 210), size=(6000, 4000))
    assert engine.look(decode(data)) == []
    assert len(engine.look(decode(data, enough=CLOSE_PIXELS), Depth.CLOSE)) == 2


@pytest.mark.slow
@pytest.mark.parametrize("quarters", [1, 3])
def test_a_photo_held_sideways(engine: DlibOnnx, one_guest: Path, quarters: int) -> None:
    with Image.open(one_guest) as image:
        upright = decode(png(image.convert("RGB")))
        sideways = Image.fromarray(np.ascontiguousarray(np.rot90(np.asarray(image.convert("RGB")), quarters)))
    assert engine.look(decode(png(sideways))) == []
    (face,) = engine.look(decode(png(sideways)), Depth.CLOSE)
    (wanted,) = engine.look(upright)
    assert np.linalg.norm(face.encoding - wanted.encoding) < 0.3


def test_a_photo_in_the_dark(engine: DlibOnnx, one_guest: Path) -> None:
    with Image.open(one_guest) as image:
        dark = Image.fromarray((np.asarray(image.convert("RGB")) * 0.06).astype(np.uint8))
    (face,) = engine.look(decode(png(dark)), Depth.CLOSE)
    assert face.light < 16


@pytest.mark.slow
def test_what_is_nobody_stays_nobody(engine: DlibOnnx) -> None:
    chance = np.random.default_rng(3)
    noise = chance.integers(0, 255, (900, 1200, 3)).astype(np.uint8)
    assert engine.look(decode(png(Image.fromarray(noise))), Depth.CLOSE) == []


def test_boxes_are_turned_back_where_they_were() -> None:
    picture = np.zeros((40, 70), np.uint8)
    box: Box = (5, 8, 25, 18)
    picture[box[1] : box[3], box[0] : box[2]] = 1
    for quarters in range(4):
        down, right = np.nonzero(np.rot90(picture, quarters))
        there = (int(right.min()), int(down.min()), int(right.max()) + 1, int(down.max()) + 1)
        assert turned_back(there, quarters, 40, 70) == box


def test_only_dark_pictures_are_brightened() -> None:
    assert brightening(np.full((20, 20), 128, np.uint8)) is None
    table = brightening(np.full((20, 20), 30, np.uint8))
    assert table is not None
    assert table[30] > 90
    assert (np.diff(table.astype(int)) >= 0).all()
    assert (table[0], table[255]) == (0, 255)


def test_size_pose_and_light_are_told_with_each_face(engine: DlibOnnx, one_guest: Path) -> None:
    with Image.open(one_guest) as image:
        (face,) = engine.look(decode(png(image.convert("RGB"))))
        dim = Image.fromarray((np.asarray(image.convert("RGB")) // 3).astype(np.uint8))
    assert abs(face.yaw) < 0.25
    assert 40 < face.light < 220
    (darker,) = engine.look(decode(png(dim)))
    assert darker.light == pytest.approx(face.light / 3, abs=3)
    assert darker.contrast < face.contrast


def test_the_engines_name_is_known_without_loading_it(engine: DlibOnnx) -> None:
    assert engine_id(engine.name) == f"{engine.name} {engine.version}"
