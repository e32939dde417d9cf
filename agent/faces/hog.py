"""dlib's frontal face detector on one level of a picture: its own boxes and scores, looked for where a face may be.

It finds faces of about 65 to 80 pixels, as one level of its pyramid does. Computing a level's features exactly takes
it 40 ms at 2,400 x 1,600; so most of a level is ruled out by less (`glance`), and dlib itself looks at the surroundings
of what is left, cut out on its grid of cells.
"""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from agent.faces.decode import Pixels
from agent.faces.glance import FILTERS, WEIGHTS, Find, Glance, Place
from agent.faces.gradients import CELL
from agent.faces.models import Reader, WeightsError, keep
from agent.faces.pyramid import Level, Pyramid, load_dlib

LEAST = -0.15  # the lowest score that may be asked for: the glance's limits are for finds above it
_SMALL = 400  # pixels: a level less high or wide is left to dlib, which is as fast there
_MUCH = 0.18  # of a level in cut-outs: then it is laid as a whole
_WHOLE_PYRAMID = b"\x01\x50\x01\x50\x02\xe8\x03\x01\x40\x01\x40"  # window 80 x 80, 1,000 levels, none below 64 x 64
_ONE_LEVEL = b"\x01\x50\x01\x50\x02\x01\x00\x01\x40\x01\x40"


class Hog:
    """One level, not all of them: `Detector` lays those, further apart than dlib does. One thread at a time.

    dlib has no setting for that, but its detectors can be saved and loaded, and the saved form says how many levels to
    take. `single` is False where a future dlib saves another form: then this is the whole detector, which finds the
    same faces more slowly.

    dlib takes half a second to unpack its own; what was made of it is kept in `cache`, and loaded in 4 ms.
    """

    def __init__(self, cache: Path | None = None) -> None:
        dlib = load_dlib()
        prefix = f"dlib-frontal-{dlib.__version__}-"
        self.single = True
        level, filters = _kept(cache, prefix, ".svm"), _kept(cache, prefix, ".filters")
        if level is not None and filters is not None:
            self._detector: Any = dlib.fhog_object_detector(str(level))
            self._glance = Glance.of(filters.read_bytes())
            return
        self._glance = None
        self._detector = dlib.get_frontal_face_detector()
        with tempfile.TemporaryDirectory(prefix="venuesync-") as folder:
            path = Path(folder) / "hog.svm"
            self._detector.save(str(path))
            saved = path.read_bytes()
            self.single = saved[:40].count(_WHOLE_PYRAMID) == 1
            if not self.single:
                return
            one = saved.replace(_WHOLE_PYRAMID, _ONE_LEVEL, 1)
            path.write_bytes(one)
            self._detector = dlib.fhog_object_detector(str(path))
        made = filters_of(one)
        self._glance = Glance.of(made)
        if cache is not None:
            keep(one, cache / f"{prefix}{_digest(one)}.svm")
            keep(made, cache / f"{prefix}{_digest(made)}.filters")

    def find(self, grey: Pixels, threshold: float) -> list[Find]:
        """Return the boxes, in pixels of `grey` (rows, columns), whose scores are above `threshold`."""
        return self.search(Pyramid(grey).level(*grey.shape), threshold)

    def search(self, level: Level, threshold: float) -> list[Find]:
        """The same on a level's part; boxes are in pixels of that part."""
        glance = self._glance if threshold >= LEAST and min(level.shape) >= _SMALL else None
        places = None if glance is None else glance.places(level)
        if glance is None or places is None:
            return self._run(level.lay(), threshold)
        if sum(place.area for place in places) > _MUCH * level.shape[0] * level.shape[1]:
            level.lay()
        return glance.distinct([one for place in places for one in self._near(level, place, threshold)])

    def _near(self, level: Level, place: Place, threshold: float) -> list[Find]:
        """What dlib finds in that place."""
        x, y = place.pixels[:2]
        shifted = [
            ((box[0] + x, box[1] + y, box[2] + x, box[3] + y), score)
            for box, score in self._run(level.cut(place.pixels), threshold)
        ]
        return [one for one in shifted if place.holds(one[0])]

    def _run(self, grey: Pixels, threshold: float) -> list[Find]:
        """`grey` is contiguous: dlib does not look, and finds faces where there are none."""
        found, scores, _which = self._detector.run(grey, 0, threshold)
        boxes = [(one.left(), one.top(), one.right() + 1, one.bottom() + 1) for one in found]  # dlib's are inclusive
        return list(zip(boxes, map(float, scores), strict=True))


def _kept(cache: Path | None, prefix: str, ending: str) -> Path | None:
    """The file that was kept, if it is still what its name says."""
    with suppress(OSError):
        for file in cache.glob(f"{prefix}*{ending}") if cache is not None else ():
            if file.stem == prefix + _digest(file.read_bytes()):
                return file
    return None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


# ---- what dlib's detector consists of


def filters_of(saved: bytes) -> bytes:
    """Return what `Glance` needs of a saved detector, float32 one after the other; nothing where its form is another.

    After versions and sizes: two limits of the overlap from which two windows are one find; then five filters of 31
    features x 10 x 10 cells, each with its threshold behind it.
    """
    reader = Reader(saved)
    with suppress(WeightsError):
        if reader.integers(8) != [2, 1, 0, 0, CELL, 0, 80, 80]:  # no features of its own, cells, padding, window
            return b""
        reader.integers(3)  # levels, smallest width and height
        reader.real()  # of its training
        reader.expect("weights of a filter", WEIGHTS)
        overlap = reader.reals(2)
        weights: list[float] = []
        for _ in range(reader.expect("filters", FILTERS)):
            rows, columns = reader.integers(2)
            if rows * columns != WEIGHTS + 1:
                return b""
            weights += reader.reals(WEIGHTS + 1)
        if reader.at == len(saved):
            return np.array([*overlap, *weights], "<f4").tobytes()
    return b""
