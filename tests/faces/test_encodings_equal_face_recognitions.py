"""Our encodings are face_recognition's own, to 1e-5, so that what is known of its distances holds for ours."""

from __future__ import annotations

from pathlib import Path

import dlib
import numpy as np
import pytest

from agent.faces.decode import Picture, decode
from agent.faces.encoder import Encoder
from agent.faces.engine import DlibOnnx, FaceRecognition
from agent.faces.models import CHIP, ENCODER, model_file

LIMIT = 1e-5  # L2; 2e-6 was measured


def made_chips(count: int) -> np.ndarray:
    """Noise, a gradient, black and white: the networks must agree on any input."""
    chips = np.random.default_rng(7).integers(0, 256, (count, CHIP, CHIP, 3), np.uint8)
    chips[0], chips[1] = 0, 255
    chips[2] = np.linspace(0, 255, CHIP).astype(np.uint8)[:, None, None]
    return chips


@pytest.mark.slow
def test_on_any_chip_whatever_the_batch(cache: Path) -> None:
    chips = made_chips(7)
    reference = dlib.face_recognition_model_v1(str(model_file(ENCODER)))
    wanted = np.array([np.array(reference.compute_face_descriptor(chip, 0)) for chip in chips])
    encoder = Encoder(cache)
    found = encoder.encode(chips)
    assert found.shape == (7, 128)
    assert found.dtype == np.float32
    assert np.linalg.norm(found - wanted, axis=1).max() < LIMIT
    single = np.concatenate([encoder.encode(chip[None]) for chip in chips])
    assert np.linalg.norm(single - wanted, axis=1).max() < LIMIT
    many = encoder.encode(np.tile(chips, (5, 1, 1, 1)))  # more than one batch
    assert np.linalg.norm(many - np.tile(wanted, (5, 1)), axis=1).max() < LIMIT


def test_no_chips_and_wrong_chips(cache: Path) -> None:
    encoder = Encoder(cache)
    assert encoder.encode(made_chips(3)[:0]).shape == (0, 128)
    for wrong in (made_chips(3)[0], made_chips(3)[:, 1:]):
        with pytest.raises(ValueError, match="chips must be uint8"):
            encoder.encode(wrong)


def compare(engine: DlibOnnx, picture: Picture) -> list[float]:
    """L2 between our encoding and face_recognition's for the same box, of each face that lies inside the picture."""
    import face_recognition

    rgb = np.ascontiguousarray(picture.rgb)
    apart = []
    for face in engine.look(picture):
        left, top, right, bottom = face.box
        if left == 0 or top == 0 or right == picture.width or bottom == picture.height:
            continue  # cut at the edge after it was encoded
        place = (top, right - 1, bottom - 1, left)
        (reference,) = face_recognition.face_encodings(rgb, [place], model="small")
        apart.append(float(np.linalg.norm(face.encoding - reference)))
    return apart


@pytest.mark.slow
def test_on_drawn_guests(engine: DlibOnnx, one_guest: Path, two_guests: Path) -> None:
    apart = compare(engine, decode(one_guest.read_bytes())) + compare(engine, decode(two_guests.read_bytes()))
    assert len(apart) == 3
    assert max(apart) < LIMIT


@pytest.mark.slow
@pytest.mark.faces
def test_on_real_photos_turned_ones_too(engine: DlibOnnx, faces: Path) -> None:
    photos = sorted((faces / "solo").glob("*.jpg"))[::6] + [
        faces / f"group/collage_{at:02d}.jpg" for at in (10, 11, 12)
    ]
    apart = [each for photo in photos for each in compare(engine, decode(photo.read_bytes()))]
    assert len(apart) > 15
    assert max(apart) < LIMIT


@pytest.mark.slow
def test_the_selectable_engine_sees_the_same_people(engine: DlibOnnx, two_guests: Path) -> None:
    picture = decode(two_guests.read_bytes())
    reference = FaceRecognition()
    theirs = sorted(reference.look(picture), key=lambda face: face.box)
    ours = sorted(engine.look(picture), key=lambda face: face.box)
    assert len(theirs) == len(ours) == 2
    for our, their in zip(ours, theirs, strict=True):
        assert np.linalg.norm(our.encoding - their.encoding) < 0.2  # other boxes, by a detector's step
        assert abs(our.box[0] - their.box[0]) < 40
    assert reference.dimensions == engine.dimensions == 128
    assert (reference.name, reference.version) == ("face_recognition", "1.3.0")
    assert set(reference.took) == set(engine.took) == {"detect", "encode"}
