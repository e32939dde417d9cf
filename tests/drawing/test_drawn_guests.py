"""The demo's drawn guests are found and told apart, as their labels say.

What the demo shows rests on this: the engine that it runs with, on the very files that are shipped. That its encodings
are face_recognition's own, on these guests too, is in tests/faces.
"""

import io
import subprocess
import sys
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageOps

from agent.demo import guests
from agent.demo.guests import GUESTS, photos
from agent.faces.decode import decode
from agent.faces.engine import DlibOnnx
from tests.drawing import draw
from tests.drawing.album import SHOTS
from tests.drawing.cast import LOOKS
from tests.drawing.people import draw_person
from tests.drawing.shading import Light, Pose

GENUINE_AT_MOST = 0.42
OTHERS_AT_LEAST = 0.54
DEFAULT_TOLERANCE = 0.50

Encoding = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Sight:
    """All that the engine sees in one file, left to right."""

    encodings: list[Encoding]
    widths: list[int]


def look_at(engine: DlibOnnx, file: Traversable) -> Sight:
    found = [face for face in engine.look(decode(file.read_bytes())) if face.score >= 0]
    faces = sorted(found, key=lambda face: face.box[0])
    return Sight([face.encoding for face in faces], [face.box[2] - face.box[0] for face in faces])


def enrolled_with(engine: DlibOnnx) -> dict[str, list[Encoding]]:
    seen = {guest.name: [look_at(engine, file) for file in guest.reference_files()] for guest in GUESTS}
    assert all(len(sight.encodings) == 1 for sights in seen.values() for sight in sights)
    return {name: [sight.encodings[0] for sight in sights] for name, sights in seen.items()}


def distances(encoding: Encoding, enrolled: dict[str, list[Encoding]]) -> dict[str, float]:
    """To each guest's nearest reference."""
    return {name: min(float(np.linalg.norm(encoding - one)) for one in many) for name, many in enrolled.items()}


@pytest.mark.slow
def test_everybody_is_found_nobody_else_is_and_each_gets_the_right_name(tmp_path: Path) -> None:
    """One test, so that parallel workers look at the pictures once."""
    engine = DlibOnnx(tmp_path)
    seen = {photo.file: look_at(engine, photo.source()) for photo in photos()}
    assert {file: len(sight.encodings) for file, sight in seen.items()} == {p.file: len(p.people) for p in photos()}
    assert_all_prominent(seen)
    assert_named_with_a_margin(seen, enrolled_with(engine))


def assert_all_prominent(seen: dict[str, Sight]) -> None:
    """In a group the narrowest face is well over half as wide as the widest, which is what filing calls prominent."""
    for photo in photos():
        if photo.folder == "group":
            assert min(seen[photo.file].widths) >= 0.6 * max(seen[photo.file].widths), photo.file


def assert_named_with_a_margin(seen: dict[str, Sight], enrolled: dict[str, list[Encoding]]) -> None:
    own: list[float] = []
    others: list[float] = []
    for photo in photos():
        for person, encoding in zip(photo.people, seen[photo.file].encodings, strict=True):
            to = distances(encoding, enrolled)
            own += [to.pop(person)] if person in to else []
            others.append(min(to.values()))
    assert len(own) >= 40
    assert max(own) <= GENUINE_AT_MOST < DEFAULT_TOLERANCE < OTHERS_AT_LEAST <= min(others)


def test_the_photos_are_varied() -> None:
    kinds = [photo.folder for photo in photos()]
    assert len(kinds) >= 24
    assert {kind: kinds.count(kind) >= 2 for kind in ("solo", "group", "none")} == dict.fromkeys(
        ("solo", "group", "none"), True
    )
    assert {name for photo in photos() for name in photo.people} == {guest.name for guest in GUESTS} | {"stranger"}
    assert max(len(photo.people) for photo in photos()) == 6


def test_labels_are_those_of_the_album() -> None:
    assert [draw.label(shot) for shot in SHOTS] == [
        {
            "file": photo.file,
            "people": list(photo.people),
            "folder": photo.folder,
            "camera": photo.camera,
            "taken_at": photo.taken_at,
        }
        for photo in photos()
    ]


def test_all_pictures_together_stay_small() -> None:
    shipped = [photo.source() for photo in photos()] + [file for guest in GUESTS for file in guest.reference_files()]
    assert sum(len(file.read_bytes()) for file in shipped) <= 3_000_000


def test_exif_says_when_by_what_camera_and_which_way_up() -> None:
    turned = 0
    for photo in photos():
        picture = Image.open(io.BytesIO(photo.source().read_bytes()))
        tags = picture.getexif()
        taken = tags.get_ifd(ExifTags.IFD.Exif)
        day, clock = taken[ExifTags.Base.DateTimeOriginal].split()
        assert f"{day.replace(':', '-')}T{clock}{taken[ExifTags.Base.OffsetTimeOriginal]}" == photo.taken_at
        assert tags[ExifTags.Base.Model] == photo.camera
        assert 1600 <= max(picture.size) <= 2400
        if tags[ExifTags.Base.Orientation] != 1:
            upright = ImageOps.exif_transpose(picture)
            assert upright.height > upright.width
            turned += 1
    assert turned == 2


def test_a_head_drawn_twice_is_the_same() -> None:
    pose, light = Pose(yaw=0.1, roll=3.0, open=0.5), Light()
    once, again = (draw_person(LOOKS[0], pose, light, 24.0).tobytes() for _ in range(2))
    assert once == again


def test_the_running_demo_needs_no_drawing_libraries() -> None:
    code = f"import sys; from {guests.__name__} import photos; photos(); print({{'numpy', 'PIL'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
