"""The labelled photos of real people: found where they are, turned as they were held, refused where they are broken."""

from __future__ import annotations

import csv
from collections import defaultdict
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agent.faces.decode import decode
from agent.faces.detector import CLOSE_PIXELS
from agent.faces.engine import DlibOnnx
from agent.faces.quality import SMALLEST
from agent.faces.results import Box, Depth, Fault, FoundFace, LookError

pytestmark = pytest.mark.faces

REFUSED = {"truncated.jpg": Fault.CUT_SHORT, "empty.jpg": Fault.EMPTY, "not_an_image.jpg": Fault.NOT_AN_IMAGE}
SIDEWAYS = {"rotated90_no_exif.jpg"}  # a face on its side and no word of it: for the slower second look


def labels(faces: Path, kind: str) -> dict[str, dict[str, str]]:
    with (faces / "labels.csv").open(newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file) if row["kind"] == kind}


def boxes(faces: Path) -> dict[str, list[Box]]:
    found: dict[str, list[Box]] = defaultdict(list)
    with (faces / "boxes.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            left, top = int(row["left"]), int(row["top"])
            found[row["file"]].append((left, top, left + int(row["width"]), top + int(row["height"])))
    return found


def near(one: Box, other: Box) -> bool:
    """Whether the middles lie within 0.4 of a face's width."""
    reach = 0.4 * (other[2] - other[0])
    return all(abs((one[at] + one[at + 2]) / 2 - (other[at] + other[at + 2]) / 2) < reach for at in (0, 1))


@pytest.mark.slow
def test_each_difficult_file_as_its_label_says(engine: DlibOnnx, faces: Path) -> None:
    for name, row in labels(faces, "difficult").items():
        file = Path(name).name
        data = (faces / name).read_bytes()
        if file in REFUSED:
            with pytest.raises(LookError) as caught:
                decode(data)
            assert caught.value.fault is REFUSED[file], file
            continue
        wanted = 0 if file in SIDEWAYS else int(row["n_faces"])
        assert len(engine.look(decode(data))) == wanted, file
        assert len(sure(engine.look(decode(data, enough=CLOSE_PIXELS), Depth.CLOSE))) == int(row["n_faces"]), file


def sure(found: list[FoundFace]) -> list[FoundFace]:
    """Those that anybody would be told of."""
    return [face for face in found if face.score >= 0 and face.box[2] - face.box[0] >= SMALLEST]


@pytest.mark.slow
def test_a_face_on_its_side_is_the_same_person_as_upright(engine: DlibOnnx, faces: Path) -> None:
    (row,) = [row for name, row in labels(faces, "difficult").items() if Path(name).name in SIDEWAYS]
    data = (faces / row["file"]).read_bytes()
    (face,) = engine.look(decode(data), Depth.CLOSE)
    with Image.open(faces / row["file"]) as image:
        sideways = (image.width, image.height)
        image.transpose(Image.Transpose.ROTATE_270).save(stream := BytesIO(), "PNG")
    (upright,) = engine.look(decode(stream.getvalue()))
    assert np.linalg.norm(face.encoding - upright.encoding) < 0.2
    left, top, right, bottom = upright.box  # in the picture as it was turned clockwise: x was height - y
    turned_back = (top, sideways[1] - right, bottom, sideways[1] - left)
    assert near(face.box, turned_back)


def test_a_portrait_cut_anywhere_is_cut_short(faces: Path) -> None:
    for file in ("obama_01.jpg", "df00_01.jpg"):
        data = (faces / "solo" / file).read_bytes()
        for size in (100, len(data) // 3, len(data) - 500, len(data) - 2):
            with pytest.raises(LookError) as caught:
                decode(data[:size])
            assert caught.value.fault is Fault.CUT_SHORT


@pytest.mark.slow
def test_groups_all_labelled_faces_and_no_others(engine: DlibOnnx, faces: Path) -> None:
    wanted = boxes(faces)
    assert sum(len(each) for each in wanted.values()) == 70
    for name, truth in wanted.items():
        found = [face.box for face in engine.look(decode((faces / name).read_bytes()))]
        assert all(any(near(box, each) for box in found) for each in truth), name
        assert len(found) == len(truth), name


@pytest.mark.slow
@pytest.mark.parametrize(("file", "count"), [("collage_10.jpg", 2), ("collage_11.jpg", 3), ("collage_12.jpg", 4)])
def test_photos_held_on_their_side_or_head(engine: DlibOnnx, faces: Path, file: str, count: int) -> None:
    picture = decode((faces / "group" / file).read_bytes())
    assert picture.orientation in (3, 6, 8)
    assert (picture.width, picture.height) == (2400, 1600)
    truth = boxes(faces)[f"group/{file}"]
    found = [face.box for face in engine.look(picture)]
    assert len(found) == len(truth) == count
    assert all(any(near(box, each) for box in found) for each in truth)


@pytest.mark.slow
def test_every_portrait_has_its_face(engine: DlibOnnx, faces: Path) -> None:
    portraits = [name for name, row in labels(faces, "solo").items() if row["person"]][::5]
    counts = {name: len(engine.look(decode((faces / name).read_bytes()))) for name in portraits}
    assert len(counts) > 15
    assert {name: count for name, count in counts.items() if count != 1} == {}
