"""The detector looks closely only where a face may be, and finds what dlib finds: the same boxes, the same scores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps

from agent.faces import hog
from agent.faces.detector import PIXELS, STEP, resized
from agent.faces.gradients import histograms
from agent.faces.hog import LEAST, Hog, filters_of
from tests.conftest import BESIDE

CHANGES = {
    "as it is": lambda grey: grey,
    "noisy": lambda grey: np.clip(grey + np.random.default_rng(3).normal(0, 10, grey.shape), 0, 255).astype(np.uint8),
    "dark": lambda grey: grey // 4,
    "blurred": lambda grey: np.asarray(Image.fromarray(grey).filter(ImageFilter.GaussianBlur(2))),
}


@pytest.fixture(scope="module")
def detector(cache: Path) -> Hog:
    return Hog(cache)


def grey_of(file: Path) -> np.ndarray:
    with Image.open(file) as image:
        return np.asarray(ImageOps.exif_transpose(image).convert("L"))


def levels(grey: np.ndarray) -> Iterator[np.ndarray]:
    """All that are large enough to be looked at in two ways."""
    zoom = min(2.0, (PIXELS / grey.size) ** 0.5)
    while min(round(side * zoom) for side in grey.shape) >= hog._SMALL:
        yield resized(grey, *(round(side * zoom) for side in grey.shape))
        zoom *= STEP


def same_as_dlib(detector: Hog, grey: np.ndarray) -> int:
    """How many dlib found."""
    theirs = detector._run(grey, LEAST)
    assert dict(detector.find(grey, LEAST)) == dict(theirs)
    return len(theirs)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("drawn", [300, 560, 800])
def test_drawn_guests_at_many_sizes(detector: Hog, one_guest: Path, two_guests: Path, drawn: int, change: str) -> None:
    picture = Image.new("L", (1600, 1100), 92)
    with Image.open(one_guest) as one, Image.open(two_guests) as two:
        picture.paste(one.resize((drawn, drawn)), (11, 23))
        picture.paste(two.resize((drawn * 9 // 10, drawn // 2)), (830, 1))  # cut off at the edge
        picture.paste(two.resize((drawn * 9 // 10, drawn // 2)), (820, 700))
    grey = CHANGES[change](np.asarray(picture))
    assert sum(same_as_dlib(detector, level) for level in levels(grey)) >= 3


@pytest.mark.faces
@pytest.mark.parametrize("change", CHANGES)
def test_every_sixth_labelled_photo(detector: Hog, change: str) -> None:
    photos = sorted(one for kind in ("solo", "group") for one in (BESIDE / kind).glob("*.jpg"))[::6]
    found = [same_as_dlib(detector, level) for photo in photos for level in levels(CHANGES[change](grey_of(photo)))]
    assert sum(found) > 10


def test_nothing_but_noise(detector: Hog) -> None:
    same_as_dlib(detector, np.random.default_rng(7).integers(0, 256, (1000, 1500), np.uint8))


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_nothing_at_all(detector: Hog, shade: int) -> None:
    assert detector.find(np.full((700, 900), shade, np.uint8), LEAST) == []


@pytest.mark.parametrize("shape", [(hog._SMALL, hog._SMALL), (hog._SMALL, 3001), (1201, 803), (997, hog._SMALL)])
def test_odd_sizes(detector: Hog, one_guest: Path, shape: tuple[int, int]) -> None:
    with Image.open(one_guest) as image:
        same_as_dlib(detector, np.asarray(image.convert("L").resize(shape[::-1])))


def test_where_faces_may_be_in_too_many_places_dlib_looks_at_all_of_it(
    detector: Hog, two_guests: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grey = np.asarray(Image.fromarray(grey_of(two_guests)).resize((1350, 750)))
    wanted = detector.find(grey, LEAST)
    monkeypatch.setattr(hog, "_CROWDED", 0.0)
    assert detector._glance is not None
    assert detector._glance.places(grey) is None
    assert detector.find(grey, LEAST) == wanted


def test_a_detector_of_another_form_finds_as_much_more_slowly(
    tmp_path: Path, two_guests: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grey = np.asarray(Image.fromarray(grey_of(two_guests)).resize((1350, 750)))
    wanted = Hog(tmp_path).find(grey, LEAST)
    assert filters_of(b"") == filters_of(b"\x01\x02" * 200) == b""
    monkeypatch.setattr(hog, "filters_of", lambda saved: b"")
    for _ in range(2):  # and what was kept of it says so
        assert Hog(tmp_path / "other").find(grey, LEAST) == wanted


def test_histograms_are_those_of_a_quarter_of_the_pixels(one_guest: Path) -> None:
    with Image.open(one_guest) as image:
        grey = np.asarray(image.convert("L").resize((128, 120)))
    have = histograms(grey)
    rows, columns = ((side - 5) // 8 * 8 + 4 for side in grey.shape)
    directions, picture = np.deg2rad(20 * np.arange(18)), grey.astype(int)
    want = np.zeros_like(have, dtype=float)
    for y in range(5, rows, 2):
        for x in range(4, columns, 2):
            across, down = picture[y, x + 1] - picture[y, x - 1], picture[y + 1, x] - picture[y - 1, x]
            best = int(np.argmax(np.round(across * np.cos(directions) + down * np.sin(directions), 9)))
            at_y, at_x = (y + 0.5) / 8 - 0.5, (x + 0.5) / 8 - 0.5
            for row, share in ((0, 1 - at_y % 1), (1, at_y % 1)):
                for column, part in ((0, 1 - at_x % 1), (1, at_x % 1)):
                    want[int(at_y) + row, best, int(at_x) + column] += 4 * share * part * np.hypot(across, down)
    assert np.abs(have - want).max() < 0.002 * want.max()
