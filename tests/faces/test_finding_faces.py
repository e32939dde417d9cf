"""Where faces are found: at every size, in upright full-size coordinates, each one once."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from agent.faces.decode import Picture, decode
from agent.faces.detector import PIXELS, Detection, Detector, Hog
from agent.faces.engine import DlibOnnx
from agent.faces.results import Box


def scene(guest: Path, width: int, height: int, places: list[tuple[int, int, int]]) -> bytes:
    """A large picture with the drawn guest at some (left, top, size of the drawing)."""
    image = Image.new("RGB", (width, height), (92, 84, 96))
    for left, top, size in places:
        image.paste(Image.open(guest).resize((size, size)), (left, top))
    stream = BytesIO()
    image.save(stream, "JPEG", quality=85)
    return stream.getvalue()


def middle(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


@pytest.mark.slow
def test_a_portrait(engine: DlibOnnx, one_guest: Path) -> None:
    (face,) = engine.look(decode(one_guest.read_bytes()))
    assert middle(face.box) == pytest.approx((250, 280), abs=20)
    assert 200 < face.box[2] - face.box[0] < 300
    assert face.score > 0.5
    assert face.encoding.shape == (128,)
    assert face.encoding.dtype == np.float32


@pytest.mark.slow
def test_in_a_24_megapixel_photo_from_170_to_1500_pixels(engine: DlibOnnx, one_guest: Path) -> None:
    places = [(100, 100, 3000), (3300, 200, 1400), (4900, 300, 700), (3400, 2500, 340)]
    picture = decode(scene(one_guest, 6000, 4000, places))
    assert picture.pixels.shape == (2000, 3000, 3)
    faces = sorted(engine.look(picture), key=lambda face: face.box[0] - face.box[2])
    assert len(faces) == 4
    for face, (left, top, size) in zip(faces, places, strict=True):
        assert middle(face.box) == pytest.approx((left + 0.5 * size, top + 0.56 * size), abs=0.08 * size)
        assert np.linalg.norm(face.encoding - faces[0].encoding) < 0.3  # one person, whatever the size


@pytest.mark.parametrize("orientation", range(1, 9))
def test_boxes_are_those_of_the_upright_photo(engine: DlibOnnx, two_guests: Path, orientation: int) -> None:
    straight = decode(two_guests.read_bytes())
    turned = _held(straight, orientation)
    assert np.array_equal(turned.rgb, straight.rgb)
    wanted, found = engine.look(straight), engine.look(turned)
    for one, other in zip(wanted, found, strict=True):
        assert np.abs(np.array(one.box) - np.array(other.box)).max() <= 20  # a resampling's phase moves a box by a cell
        assert np.linalg.norm(one.encoding - other.encoding) < 0.1


def _held(straight: Picture, orientation: int) -> Picture:
    """The same photo as a camera held otherwise would have stored it."""
    pixels = straight.rgb
    for candidate in (pixels, pixels.swapaxes(0, 1)):
        for down in (1, -1):
            for right in (1, -1):
                stored = np.ascontiguousarray(candidate[::down, ::right])
                picture = Picture(stored, orientation, straight.width, straight.height, straight.mime)
                if picture.rgb.shape == pixels.shape and np.array_equal(picture.rgb, pixels):
                    return picture
    raise AssertionError(orientation)


def test_a_face_at_the_edge_stays_inside_the_photo(engine: DlibOnnx, one_guest: Path) -> None:
    with Image.open(one_guest) as image:
        cut = image.crop((140, 160, 460, 480))
    stream = BytesIO()
    cut.save(stream, "PNG")
    for face in engine.look(decode(stream.getvalue())):
        left, top, right, bottom = face.box
        assert 0 <= left < right <= 320
        assert 0 <= top < bottom <= 320


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (63, 63), (80, 80), (3000, 40)])
def test_pictures_without_room_for_a_face(engine: DlibOnnx, size: tuple[int, int]) -> None:
    stream = BytesIO()
    Image.new("RGB", size, "white").save(stream, "PNG")
    assert engine.look(decode(stream.getvalue())) == []


def test_blur_lowers_sharpness(engine: DlibOnnx, one_guest: Path) -> None:
    found = []
    for blur in (0, 3, 6):
        stream = BytesIO()
        with Image.open(one_guest) as image:
            image.filter(ImageFilter.GaussianBlur(blur)).save(stream, "PNG")
        (face,) = engine.look(decode(stream.getvalue()))
        found.append(face.sharpness)
    assert found[0] > 100 > found[1] > found[2]
    assert found[2] < 8


@pytest.mark.slow
def test_no_picture_is_looked_at_in_more_pixels_than_we_can_afford() -> None:
    detector = Detector()
    for rows, columns in ((3000, 4000), (4000, 6000), (500, 12000), (900, 1200), (100, 100)):
        zoom = detector.zoom(rows, columns)
        assert zoom <= 2
        assert rows * columns * zoom**2 <= PIXELS * 1.001


class Whole:
    """dlib's detector as it is, for the case that its saved form is one day another."""

    def __init__(self, hog: Hog) -> None:
        import dlib

        self._detector = dlib.get_frontal_face_detector()
        self.single = False
        assert hog.single, "dlib saves its detector in another form than the one this was written for"

    def find(self, grey: np.ndarray, threshold: float) -> list[tuple[Box, float]]:
        boxes, scores, _ = self._detector.run(grey, 0, threshold)
        return [((b.left(), b.top(), b.right() + 1, b.bottom() + 1), s) for b, s in zip(boxes, scores, strict=True)]


@pytest.mark.slow
def test_dlibs_own_pyramid_would_serve_as_well(two_guests: Path) -> None:
    grey = np.asarray(Image.open(two_guests).convert("L"))
    detector = Detector()
    ours = detector.find(grey)
    detector._hog = Whole(detector._hog)
    theirs = detector.find(grey)
    assert len(ours) == len(theirs) == 2

    def place(detection: Detection) -> float:
        return detection.box[0]

    for one, other in zip(sorted(ours, key=place), sorted(theirs, key=place), strict=True):
        assert middle(one.box) == pytest.approx(middle(other.box), abs=15)
