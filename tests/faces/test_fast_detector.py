"""The detector looks closely only where a face may be, and finds what dlib finds: the same boxes, the same scores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps

from agent.faces import glance, hog
from agent.faces.detector import PIXELS, STEP
from agent.faces.gradients import histograms
from agent.faces.hog import LEAST, Hog, filters_of
from agent.faces.pyramid import Level, Pyramid, fours
from tests.conftest import BESIDE


def noisy(grey: np.ndarray, levels: float) -> np.ndarray:
    return np.clip(grey + np.random.default_rng(3).normal(0, levels, grey.shape), 0, 255).astype(np.uint8)


CHANGES = {
    "as it is": lambda grey: grey,
    "noisy": lambda grey: noisy(grey, 10),
    "very noisy": lambda grey: noisy(grey, 25),
    "dark": lambda grey: grey // 4,
    "blurred": lambda grey: np.asarray(Image.fromarray(grey).filter(ImageFilter.GaussianBlur(2))),
}


@pytest.fixture(scope="module")
def detector(cache: Path) -> Hog:
    return Hog(cache)


def grey_of(file: Path) -> np.ndarray:
    with Image.open(file) as image:
        return np.asarray(ImageOps.exif_transpose(image).convert("L"))


def levels(grey: np.ndarray) -> Iterator[Level]:
    """All that are large enough to be looked at in two ways."""
    pyramid, zoom = Pyramid(np.ascontiguousarray(grey)), min(2.0, (PIXELS / grey.size) ** 0.5)
    while min(round(side * zoom) for side in grey.shape) >= hog._SMALL:
        yield pyramid.level(*(round(side * zoom) for side in grey.shape))
        zoom *= STEP


def same_as_dlib(detector: Hog, level: Level) -> int:
    """How many dlib found."""
    found = dict(detector.search(level, LEAST))  # before the level is laid for dlib
    theirs = detector._run(level.lay(), LEAST)
    assert found == dict(theirs)
    return len(theirs)


def alone(grey: np.ndarray) -> Level:
    return Pyramid(grey).level(*grey.shape)


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("drawn", [300, 560, 800])
def test_drawn_guests_at_many_sizes(detector: Hog, one_guest: Path, two_guests: Path, drawn: int, change: str) -> None:
    picture = Image.new("L", (1600, 1100), 92)
    with Image.open(one_guest) as one, Image.open(two_guests) as two:
        picture.paste(one.resize((drawn, drawn)), (11, 23))
        picture.paste(two.resize((drawn * 9 // 10, drawn // 2)), (830, 1))  # cut off at the edge
        picture.paste(two.resize((drawn * 9 // 10, drawn // 2)), (820, 700))
    grey = CHANGES[change](np.asarray(picture))
    assert sum(same_as_dlib(detector, level) for level in levels(grey)) >= (0 if change == "very noisy" else 3)


@pytest.mark.slow
@pytest.mark.faces
@pytest.mark.parametrize("change", CHANGES)
def test_every_sixth_labelled_photo(detector: Hog, change: str) -> None:
    photos = sorted(one for kind in ("solo", "group") for one in (BESIDE / kind).glob("*.jpg"))[::6]
    found = [same_as_dlib(detector, level) for photo in photos for level in levels(CHANGES[change](grey_of(photo)))]
    assert sum(found) > (2 if change == "very noisy" else 10)  # dlib itself finds no more


@pytest.mark.slow
@pytest.mark.faces
@pytest.mark.parametrize("seed", [1, 2])
def test_a_crowd_of_small_faces_some_of_them_in_the_dark(detector: Hog, seed: int) -> None:
    chance, photos = np.random.default_rng(seed), sorted((BESIDE / "solo").glob("*.jpg"))
    picture = chance.normal(60, 3, (1300, 1900))
    for y in range(0, 1040, 260):
        for x in range(0, 1640, 260):
            portrait = Image.fromarray(grey_of(photos[chance.integers(len(photos))]))
            portrait.thumbnail([int(chance.integers(120, 250))] * 2)
            part = np.asarray(portrait) * chance.choice([0.12, 0.4, 1.0])
            picture[y : y + part.shape[0], x : x + part.shape[1]] = part
    grey = (picture + chance.normal(0, 2, picture.shape)).clip(0, 255).astype(np.uint8)
    assert sum(same_as_dlib(detector, level) for level in levels(grey)) >= 25


@pytest.mark.slow
def test_nothing_but_noise(detector: Hog) -> None:
    same_as_dlib(detector, alone(np.random.default_rng(7).integers(0, 256, (1000, 1500), np.uint8)))


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_nothing_at_all(detector: Hog, shade: int) -> None:
    assert detector.find(np.full((700, 900), shade, np.uint8), LEAST) == []


@pytest.mark.parametrize("shape", [(hog._SMALL, hog._SMALL), (hog._SMALL, 3001), (1201, 803), (997, hog._SMALL)])
def test_odd_sizes(detector: Hog, one_guest: Path, shape: tuple[int, int]) -> None:
    with Image.open(one_guest) as image:
        same_as_dlib(detector, alone(np.asarray(image.convert("L").resize(shape[::-1]))))


def test_where_faces_may_be_in_too_many_places_dlib_looks_at_all_of_it(
    detector: Hog, two_guests: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grey = np.asarray(Image.fromarray(grey_of(two_guests)).resize((1350, 750)))
    wanted = detector.find(grey, LEAST)
    monkeypatch.setattr(glance, "_CROWDED", 0.0)
    assert detector._glance is not None
    assert detector._glance.places(alone(grey)) is None
    assert detector.find(grey, LEAST) == wanted


@pytest.mark.slow
def test_a_detector_of_another_form_finds_as_much_more_slowly(
    tmp_path: Path, two_guests: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grey = np.asarray(Image.fromarray(grey_of(two_guests)).resize((1350, 750)))
    wanted = Hog(tmp_path).find(grey, LEAST)
    assert filters_of(b"") == filters_of(b"\x01\x02" * 200) == b""
    monkeypatch.setattr(hog, "filters_of", lambda saved: b"")
    for _ in range(2):  # and what was kept of it says so
        assert Hog(tmp_path / "other").find(grey, LEAST) == wanted


def weights(place: float) -> list[tuple[int, float]]:
    """The two cells of four places that a place is in, and its shares there, in quarters."""
    first = int(np.floor((place + 0.5) / 4 - 0.5))
    share = (place + 0.5) / 4 - 0.5 - first
    share = 0.25 if share < 0.5 else 0.75
    return [(first, 1 - share), (first + 1, share)]


@pytest.mark.parametrize("zoom", [2.0, 1.0, 0.8])
def test_histograms_are_those_of_half_the_places_in_a_halved_picture(one_guest: Path, zoom: float) -> None:
    with Image.open(one_guest) as image:
        grey = np.asarray(image.convert("L").resize((256, 240)))
    level = Pyramid(grey).level(round(240 * zoom), round(256 * zoom))
    have = histograms(level)
    pixel = 1 if zoom > 1.4 else 2
    picture = fours(grey, pixel) / 2  # in half grey levels
    directions = np.deg2rad(20 * np.arange(18))
    projections = np.rint(22.3 * np.stack([np.cos(directions), np.sin(directions)]))
    steepness = 1e-3 * np.array([0, 1, 2, 3, 4, 4, 3, 2, 1] * 2)  # of two equal ones the less steep counts
    want = np.zeros(have.shape)
    for row in range(4 * (have.shape[1] - 2)):
        for column in range((row + 1) % 2, 4 * (have.shape[2] - 2), 2):
            places = [
                round(((2 * at + 0.5) * ((full - 1) / (side - 1)) - 0.5) / pixel)
                for at, full, side in zip((row, column), grey.shape, level.shape, strict=True)
            ]
            y, x = (min(max(at, 1), side - 2) for at, side in zip(places, picture.shape, strict=True))
            gradient = picture[y, x + 1] - picture[y, x - 1], picture[y + 1, x] - picture[y - 1, x]
            lengths = np.floor(gradient) @ projections
            best = int(np.argmax(lengths - steepness))
            for at, share in weights(row):
                for beside, part in weights(column):
                    want[best, at + 1, beside + 1] += 16 * share * part * (lengths[best] // 32)
    assert np.array_equal(have[:, 1:-1, 1:-1], want[:, 1:-1, 1:-1])
