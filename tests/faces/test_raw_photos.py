"""Raw files: the picture inside them is looked at, held as the camera was; and a part of a file is known as such."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from agent.faces.decode import decode
from agent.faces.engine import DlibOnnx
from agent.faces.jpeg import largest_preview
from agent.faces.results import Fault, LookError
from tests.faces.raws import MAKERS

EVERY = pytest.mark.parametrize("kind", MAKERS)


@pytest.fixture(scope="module")
def portrait(one_guest: Path) -> Image.Image:
    with Image.open(one_guest) as image:
        return image.crop((0, 0, image.width, image.height - 60)).convert("RGB")


@pytest.mark.slow
@EVERY
def test_the_large_picture_inside_is_looked_at(kind: str, portrait: Image.Image, engine: DlibOnnx) -> None:
    picture = decode(MAKERS[kind](portrait))
    assert (picture.width, picture.height) == portrait.size
    assert picture.mime == "image/x-raw"
    assert picture.told.taken is not None
    assert picture.told.taken.text == "2026-11-20T21:14:03"
    assert len(engine.look(picture)) == 1


@EVERY
@pytest.mark.parametrize(("held", "back"), [(6, Image.Transpose.ROTATE_90), (8, Image.Transpose.ROTATE_270)])
def test_held_upright_its_faces_are_upright(
    kind: str, held: int, back: Image.Transpose, portrait: Image.Image, engine: DlibOnnx
) -> None:
    picture = decode(MAKERS[kind](portrait.transpose(back), held))
    assert (picture.width, picture.height) == portrait.size
    (face,) = engine.look(picture)
    (wanted,) = engine.look(decode(MAKERS[kind](portrait)))
    assert all(abs(one - other) < 20 for one, other in zip(face.box, wanted.box, strict=True))


@EVERY
def test_a_raw_file_still_arriving_is_cut_short(kind: str, portrait: Image.Image) -> None:
    data = MAKERS[kind](portrait)
    for size in (len(data) // 2, len(data) - 1000) if kind != "rw2" else (len(data) // 2,):
        with pytest.raises(LookError) as caught:
            decode(data[:size])
        assert caught.value.fault is Fault.CUT_SHORT


def test_without_a_picture_inside_somebody_is_told_what_to_do(portrait: Image.Image) -> None:
    data = MAKERS["nef"](portrait)
    found = largest_preview(data)
    assert found is not None
    with pytest.raises(LookError, match="no picture inside") as caught:
        decode(data[: found.start] + b"\0" * (found.end - found.start) + data[found.end :])
    assert "JPEG" in caught.value.remedy


def test_a_thumbnail_inside_the_preview_is_not_taken_for_it(portrait: Image.Image) -> None:
    found = largest_preview(MAKERS["cr2"](portrait))
    assert found is not None
    assert (found.width, found.height) == portrait.size


@EVERY
def test_damage_anywhere_is_a_picture_or_an_error_and_never_anything_else(kind: str, portrait: Image.Image) -> None:
    data = MAKERS[kind](portrait)
    for at in range(0, len(data), max(1, len(data) // 97)):
        broken = bytearray(data)
        broken[at : at + 4] = b"\xff\xff\xff\xff"
        try:
            decode(bytes(broken))
        except LookError:
            continue
