"""dlib's detector as it was unpacked is kept: the next start finds the same faces, and a harmed file is made again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agent.faces.detector import Detector


def grey(file: Path) -> np.ndarray:
    with Image.open(file) as image:
        return np.ascontiguousarray(image.convert("L"))


@pytest.mark.slow
def test_the_next_start_finds_the_same(tmp_path: Path, two_guests: Path) -> None:
    own = Detector().find(grey(two_guests))
    first = Detector(cache=tmp_path).find(grey(two_guests))
    before = {kept: kept.stat().st_mtime_ns for kept in tmp_path.iterdir()}
    assert Detector(cache=tmp_path).find(grey(two_guests)) == first == own
    assert len(own) == 2
    assert {kept: kept.stat().st_mtime_ns for kept in tmp_path.iterdir()} == before


@pytest.mark.slow
@pytest.mark.parametrize("which", ["svm", "filters"])
@pytest.mark.parametrize("harm", ["cut", "changed", "emptied"])
def test_a_harmed_file_is_made_again(tmp_path: Path, two_guests: Path, harm: str, which: str) -> None:
    own = Detector(cache=tmp_path).find(grey(two_guests))
    (kept,) = tmp_path.glob(f"*.{which}")
    whole = kept.read_bytes()
    middle = len(whole) // 2
    harmed = {"cut": whole[:-1], "changed": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]}
    kept.write_bytes(harmed.get(harm, b""))
    assert Detector(cache=tmp_path).find(grey(two_guests)) == own
    assert kept.read_bytes() == whole


def test_a_cache_that_cannot_be_written_is_gone_without(tmp_path: Path, two_guests: Path) -> None:
    nowhere = tmp_path / "file"
    nowhere.write_text("no folder")
    assert len(Detector(cache=nowhere).find(grey(two_guests))) == 2
