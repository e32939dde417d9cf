"""The face_recognition package as an engine: the reference that our own one is held against, and a choice in settings.

Importing it carelessly is dangerous: where pkg_resources is missing (setuptools 82 and newer) it prints a request and
ends the process with exit code 0. So what it needs is looked for first. It loads models that nobody uses here, too
(100 MB a worker), and takes about 60 ms a face.
"""

from __future__ import annotations

import time
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.faces.engine import full_box
from agent.faces.faults import Fault, LookError
from agent.faces.picture import Picture
from agent.faces.seen import Depth, FoundFace
from agent.faces.sharpness import exposure, sharpness

_PACKAGES = (
    ("face_recognition", 'pip install "venuesync[face-recognition]"'),
    ("pkg_resources", 'pip install "setuptools<81"'),
    ("face_recognition_models", 'pip install "face_recognition_models>=0.3.0"'),
)
_CLOSE_TO = 5_000_000  # pixels: a level of 20 megapixels, some 2 s
_UPSAMPLE_TO = 1_000_000  # pixels: smaller pictures are enlarged once, as the package does by default


def _load() -> Any:
    for package, install in _PACKAGES:
        if find_spec(package) is None:
            raise LookError(
                Fault.ENGINE,
                f"The engine face_recognition needs the package {package}, which is not installed.",
                f"Install it ({install}), or choose the engine dlib-onnx.",
            )
    try:
        return import_module("face_recognition")
    except (ImportError, SystemExit) as error:
        raise LookError(
            Fault.ENGINE,
            f"The package face_recognition does not load: {error or 'it ended by itself'}.",
            "Install it anew, or choose the engine dlib-onnx.",
        ) from error


class FaceRecognition:
    """face_recognition's own `face_locations` (HOG) and `face_encodings`, on the reduced upright picture.

    It tells no scores: they are 0. Sharpness is that of the box in the size it has: compare it within this engine only.
    """

    name = "face_recognition"
    dimensions = 128
    stopped = False

    def __init__(self) -> None:
        """`LookError` of kind `ENGINE` where the package, or what it needs, is missing."""
        self._package = _load()
        try:
            self.version = version("face_recognition")
        except PackageNotFoundError:
            self.version = "unknown"
        self.took: dict[str, float] = {}

    def look(self, picture: Picture, depth: Depth = Depth.WHOLE) -> list[FoundFace]:
        """The same at every depth but `CLOSE`, where the picture is enlarged once, as far as it is bearable."""
        start = time.perf_counter()
        rgb = np.ascontiguousarray(picture.rgb)
        upsample = 1 if rgb.shape[0] * rgb.shape[1] <= (_CLOSE_TO if depth is Depth.CLOSE else _UPSAMPLE_TO) else 0
        places: list[tuple[int, int, int, int]] = self._package.face_locations(rgb, upsample, "hog")
        detected = time.perf_counter()
        encodings: list[NDArray[np.float64]] = self._package.face_encodings(rgb, places, model="small")
        faces: list[FoundFace] = []
        for (top, right, bottom, left), encoding in zip(places, encodings, strict=True):
            box = full_box(picture, (left, top, right + 1, bottom + 1))
            cut = rgb[top : bottom + 1, left : right + 1]
            faces.append(FoundFace(box, 0.0, sharpness(cut), encoding.astype(np.float32), 0.0, *exposure(cut)))
        self.took = {"detect": (detected - start) * 1e3, "encode": (time.perf_counter() - detected) * 1e3}
        return faces
