"""A level's parts are those that dlib would lay, bit for bit; and differences come from a picture of a fitting size."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from agent.faces import pyramid
from agent.faces.pyramid import Pyramid, fours, interpolated, resized

SIZES = [
    ((711, 533), (1111, 901)),
    ((400, 600), (243, 365)),
    ((50, 60), (60, 50)),
    ((997, 1201), (997, 800)),
    ((9, 8), (5, 3)),
]


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).integers(0, 256, shape, np.uint8)


@pytest.mark.parametrize(("size", "wanted"), SIZES)
def test_a_part_of_a_level_is_what_dlib_lays(size: tuple[int, int], wanted: tuple[int, int]) -> None:
    grey, chance = noise(*size), np.random.default_rng(1)
    whole = resized(grey, *wanted)
    assert np.array_equal(interpolated(grey, *wanted, (0, 0, wanted[1], wanted[0])), whole)
    for _ in range(20):
        top, bottom, left, right = (int(at) for side in wanted for at in np.sort(chance.choice(side + 1, 2, False)))
        assert np.array_equal(interpolated(grey, *wanted, (left, top, right, bottom)), whole[top:bottom, left:right])


@pytest.mark.parametrize("exact", [True, False])
def test_a_tile_of_a_level_is_cut_at_its_edges(exact: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyramid, "_is_dlibs", lambda: exact)
    level = Pyramid(noise(300, 400)).level(600, 800)
    tile = level.part(500, 380, 200)
    whole = resized(level.pyramid.grey, 600, 800)
    assert tile.shape == (200, 200)
    assert level.part(700, 0, 200).shape == (200, 100)
    cut = tile.cut((24, 16, 320, 160))
    assert level.pyramid.is_laid(600, 800) is not exact
    assert np.array_equal(cut, whole[396:540, 524:700])
    assert np.array_equal(tile.lay(), whole[380:580, 500:700])
    assert cut.flags.c_contiguous
    assert tile.lay().flags.c_contiguous


def test_what_is_done_here_is_what_this_dlib_does() -> None:
    assert pyramid._is_dlibs()


def test_differences_are_of_pixels_larger_than_those_of_the_level() -> None:
    grey = noise(400, 600)
    own = Pyramid(grey)
    zooms = [2.0, 1.41, 1.4, 0.71, 0.7, 0.4, 0.2]
    times = [own.differences(zoom)[0] for zoom in zooms]
    assert times == [0, 0, 1, 1, 1, 2, 3]
    assert all(one <= other for one, other in pairwise(times))
    for zoom, pixels in ((1.0, fours(grey, 2)), (2.0, fours(grey, 1))):
        _, across, down = own.differences(zoom)
        sums = pixels.astype(int)
        assert np.array_equal(across, (sums[1:-1, 2:] - sums[1:-1, :-2]) >> 1)
        assert np.array_equal(down, (sums[2:, 1:-1] - sums[:-2, 1:-1]) >> 1)


def test_a_picture_of_a_few_pixels_is_halved_as_often_as_it_can_be() -> None:
    for side in range(4, 30):
        _, across, down = Pyramid(noise(side, side + 1)).differences(0.01)
        assert across.shape == down.shape
        assert min(across.shape) >= 1


def test_sums_of_four_pixels() -> None:
    grey = noise(7, 9)
    assert fours(grey, 2).shape == (3, 4)
    assert fours(grey, 2)[2, 1] == int(grey[4:6, 2:4].sum())
    assert fours(grey, 1).shape == (6, 8)
    assert fours(grey, 1)[5, 2] == int(grey[5:7, 2:4].sum())
    assert fours(noise(8, 6), 2).shape == (4, 3)
