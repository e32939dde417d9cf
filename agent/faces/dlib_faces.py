"""The four things that dlib does here, each with its types: the one place that touches this untyped library.

Never share an object of these between threads: dlib releases the lock while it keeps state (wrong faces, silently).
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from agent.faces.faults import Fault, LookError
from agent.faces.kept import publish
from agent.faces.models import LANDMARKS, model_file
from agent.faces.picture import Pixels
from agent.faces.seen import Box

_WHOLE_PYRAMID = b"\x01\x50\x01\x50\x02\xe8\x03\x01\x40\x01\x40"  # window 80 x 80, 1,000 levels, none below 64 x 64
_ONE_LEVEL = b"\x01\x50\x01\x50\x02\x01\x00\x01\x40\x01\x40"


def _dlib() -> Any:
    try:
        return import_module("dlib")
    except ImportError as error:
        raise LookError(
            Fault.ENGINE, f"dlib cannot be loaded: {error}.", "Install the prebuilt one: pip install dlib-bin."
        ) from error


def _box(rectangle: Any) -> Box:
    """dlib's right and bottom are the last pixels inside, ours the first outside."""
    return rectangle.left(), rectangle.top(), rectangle.right() + 1, rectangle.bottom() + 1


class Hog:
    """dlib's frontal face detector, for faces of about 65 to 80 pixels: one level of its pyramid, not all of them.

    The levels are laid by `detector`, further apart. dlib has no setting for that, but its detectors can be saved and
    loaded, and the saved form says how many levels to take. `single` is False where a future dlib saves another form:
    then this is the whole detector, which finds the same faces more slowly.

    dlib takes half a second to unpack its own; what was made of it is kept in `cache`, and loaded in 4 ms.
    """

    def __init__(self, cache: Path | None = None) -> None:
        dlib = _dlib()
        prefix = f"dlib-frontal-{dlib.__version__}-"
        self.single = True
        kept = None if cache is None else _whole(cache, prefix)
        if kept is not None:
            self._detector: Any = dlib.fhog_object_detector(str(kept))
            return
        self._detector = dlib.get_frontal_face_detector()
        with tempfile.TemporaryDirectory(prefix="venuesync-") as folder:
            path = Path(folder) / "hog.svm"
            self._detector.save(str(path))
            saved = path.read_bytes()
            self.single = saved[:40].count(_WHOLE_PYRAMID) == 1
            if self.single:
                one = saved.replace(_WHOLE_PYRAMID, _ONE_LEVEL, 1)
                path.write_bytes(one)
                self._detector = dlib.fhog_object_detector(str(path))
                if cache is not None:
                    publish(one, cache / f"{prefix}{_digest(one)}.svm")

    def find(self, grey: Pixels, threshold: float) -> list[tuple[Box, float]]:
        """Return the boxes, in pixels of `grey` (rows, columns), whose scores are above `threshold`."""
        boxes, scores, _which = self._detector.run(grey, 0, threshold)
        return [(_box(box), float(score)) for box, score in zip(boxes, scores, strict=True)]


def _whole(cache: Path, prefix: str) -> Path | None:
    """The file that was kept, if it is still what its name says."""
    with suppress(OSError):
        for file in cache.glob(f"{prefix}*.svm"):
            if file.stem == prefix + _digest(file.read_bytes()):
                return file
    return None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


class Aligner:
    """Cuts faces out, upright and of one size, by dlib's five landmarks (eye corners and nose)."""

    def __init__(self) -> None:
        self._dlib = _dlib()
        self._predictor: Any = self._dlib.shape_predictor(str(model_file(LANDMARKS)))

    def chip(self, rgb: Pixels, box: Box, size: int) -> tuple[Pixels, float]:
        """Return (size, size, 3) uint8 of the face in `box` of contiguous `rgb`, as face_recognition does; and yaw.

        Yaw: the nose's place along the line between the eyes, 0 in its middle, in parts of the eyes' distance.
        """
        left, top, right, bottom = box
        shape = self._predictor(rgb, self._dlib.rectangle(left, top, right - 1, bottom - 1))
        marks = [(shape.part(at).x, shape.part(at).y) for at in range(5)]
        return cast("Pixels", self._dlib.get_face_chip(rgb, shape, size, 0.25)), yaw(marks)


def yaw(marks: Sequence[tuple[int, int]]) -> float:
    """How far a face is turned aside, by dlib's five landmarks: two corners of each eye, then the nose."""
    one, other = _middle(marks[0], marks[1]), _middle(marks[2], marks[3])
    across, down = one[0] - other[0], one[1] - other[1]
    squared = across * across + down * down
    if not squared:
        return 0.0
    middle = _middle(one, other)
    return ((marks[4][0] - middle[0]) * across + (marks[4][1] - middle[1]) * down) / squared


def _middle(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2


def grey_of(rgb: Pixels) -> Pixels:
    """Return (rows, columns): the mean of the three colours, so that no stage light makes a face black."""
    return cast("Pixels", _dlib().convert_image(rgb, "uint8"))


def resized(grey: Pixels, rows: int, columns: int) -> Pixels:
    """Return `grey` at another size, bilinear: 8 ms from 12 to 4 megapixels, Pillow 20 to 30."""
    return cast("Pixels", _dlib().resize_image(grey, rows, columns))
