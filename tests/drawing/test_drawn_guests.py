"""The demo's drawn guests are found and told apart, as their labels say.

What the demo shows rests on this: dlib's own detector and encoder, on the very files that are shipped.
"""

import importlib.util
import io
import subprocess
import sys
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import dlib
import numpy as np
import pytest
from PIL import ExifTags, Image, ImageOps

from agent.demo import guests
from agent.demo.guests import GUESTS, photos
from tests.drawing import draw
from tests.drawing.album import SHOTS
from tests.drawing.cast import LOOKS
from tests.drawing.people import draw_person
from tests.drawing.shading import Light, Pose

DETECT_AT = 1280  # longest side, pixels
GENUINE_AT_MOST = 0.42
OTHERS_AT_LEAST = 0.54
DEFAULT_TOLERANCE = 0.50

Encoding = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Sight:
    """Everything dlib sees in one file, left to right."""

    encodings: list[Encoding]
    widths: list[int]


class Engine:
    """Detection, landmarks and encoding as face_recognition does them, on a reduced copy."""

    def __init__(self) -> None:
        spec = importlib.util.find_spec("face_recognition_models")
        assert spec and spec.origin
        models = Path(spec.origin).parent / "models"
        self.detector = dlib.get_frontal_face_detector()
        self.landmarks = dlib.shape_predictor(str(models / "shape_predictor_5_face_landmarks.dat"))
        self.encoder = dlib.face_recognition_model_v1(str(models / "dlib_face_recognition_resnet_model_v1.dat"))

    def look_at(self, file: Traversable) -> Sight:
        picture = ImageOps.exif_transpose(Image.open(io.BytesIO(file.read_bytes()))).convert("RGB")
        small = picture.copy()
        small.thumbnail((DETECT_AT, DETECT_AT))
        pixels, scale = np.asarray(picture), picture.width / small.width
        boxes = sorted(self.detector(np.asarray(small), 1), key=lambda box: box.left())
        large = [
            dlib.rectangle(*(int(edge * scale) for edge in (b.left(), b.top(), b.right(), b.bottom()))) for b in boxes
        ]
        shapes = [self.landmarks(pixels, box) for box in large]
        encodings = [np.array(self.encoder.compute_face_descriptor(pixels, shape)) for shape in shapes]
        return Sight(encodings, [box.width() for box in large])


def enrolled_with(engine: Engine) -> dict[str, list[Encoding]]:
    seen = {guest.name: [engine.look_at(file) for file in guest.reference_files()] for guest in GUESTS}
    assert all(len(sight.encodings) == 1 for sights in seen.values() for sight in sights)
    return {name: [sight.encodings[0] for sight in sights] for name, sights in seen.items()}


def distances(encoding: Encoding, enrolled: dict[str, list[Encoding]]) -> dict[str, float]:
    """To each guest's nearest reference."""
    return {name: min(float(np.linalg.norm(encoding - one)) for one in many) for name, many in enrolled.items()}


@pytest.mark.slow
def test_everybody_is_found_nobody_else_is_and_each_gets_the_right_name() -> None:
    """One test, so that parallel workers look at the pictures once."""
    engine = Engine()
    seen = {photo.file: engine.look_at(photo.source()) for photo in photos()}
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
