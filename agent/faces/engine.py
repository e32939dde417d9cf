"""The engines that look at a decoded picture, and that settings may name: our own, and the package face_recognition.

In our own dlib finds and aligns the faces, and onnxruntime encodes them. Another detector or encoder is one more class
like `DlibOnnx`; the ledger keeps with each encoding the name and version of the engine that made it, and encodings of
different engines are never compared.
"""

from __future__ import annotations

import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from agent.faces.decode import Picture, Pixels, upright
from agent.faces.detector import Aligner, Detection, Detector, brightened, grey_of, look_closely, turned_back
from agent.faces.encoder import DIMENSIONS, Encoder
from agent.faces.models import CHIP, package_version, version_of
from agent.faces.quality import exposure, sharpness
from agent.faces.results import Box, Depth, Encoding, Fault, FoundFace, LookError

_MARGIN = 0.6  # of a face's width around it: what landmarks and the turned chip reach for (0.4 sufficed, 0.3 did not)
_PACKAGES = (
    ("face_recognition", 'pip install "venuesync[face-recognition]"'),
    ("pkg_resources", 'pip install "setuptools<81"'),
    ("face_recognition_models", 'pip install "face_recognition_models>=0.3.0"'),
)
_CLOSE_TO = 5_000_000  # pixels: a level of 20 megapixels, some 2 s
_UPSAMPLE_TO = 1_000_000  # pixels: smaller pictures are enlarged once, as the package does by default


class FaceEngine(Protocol):
    """Finds and encodes the faces in a picture. Not to be shared between threads."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str:
        """Two encodings may be compared if names and versions are equal."""
        ...

    @property
    def dimensions(self) -> int:
        """Numbers in an encoding."""
        ...

    @property
    def took(self) -> dict[str, float]:
        """Milliseconds of the last look, by stage."""
        ...

    @property
    def stopped(self) -> bool:
        """Whether the last quick look left smaller faces for later."""
        ...

    def look(self, picture: Picture, depth: Depth = Depth.WHOLE) -> list[FoundFace]:
        """Return the faces, the surest first, boxes in the photo's own upright pixels."""
        ...


class DlibOnnx:
    """HOG detection on grey, 5-point landmarks and the 128-number encoder. 70 MB of models, loaded once."""

    name = "dlib-onnx"
    dimensions = DIMENSIONS

    def __init__(self, cache: Path) -> None:
        """`cache` keeps what is made of the models. `LookError` for `ENGINE` where something is missing."""
        self._detector = Detector(cache=cache)
        self._aligner = Aligner()
        self._encoder = Encoder(cache)
        self.version = version_of(self._encoder.version)
        self.took: dict[str, float] = {}

    @property
    def stopped(self) -> bool:
        return self._detector.stopped

    def look(self, picture: Picture, depth: Depth = Depth.WHOLE) -> list[FoundFace]:
        start = time.perf_counter()
        grey = self._grey(picture)
        if depth is Depth.CLOSE:
            found = look_closely(self._detector, grey, picture.width / grey.shape[1])
        else:
            found = self._detector.find(grey, depth)
        detected = time.perf_counter()
        chips = [self._chip(picture, one) for one in found]
        shown = [brightened(chip) if one.brightened else chip for (chip, _), one in zip(chips, found, strict=True)]
        encodings = self._encoder.encode(np.stack(shown)) if shown else ()
        faces = [
            _face(picture, one, chip, yaw, encoding)
            for one, (chip, yaw), encoding in zip(found, chips, encodings, strict=True)
        ]
        done = time.perf_counter()
        self.took = {"detect": (detected - start) * 1e3, "encode": (done - detected) * 1e3}
        return faces

    def _grey(self, picture: Picture) -> Pixels:
        """Grey before turned: a third of the bytes to move."""
        return np.ascontiguousarray(upright(grey_of(picture.pixels), picture.orientation))

    def _chip(self, picture: Picture, found: Detection) -> tuple[Pixels, float]:
        """Cut a face out of the larger picture, not out of the detector's; only its surroundings are turned."""
        rgb = np.rot90(picture.rgb, found.quarters)
        left, top, right, bottom = found.box
        margin = round(_MARGIN * (right - left))
        x, y = max(0, left - margin), max(0, top - margin)
        near = np.ascontiguousarray(rgb[y : max(y, bottom + margin), x : max(x, right + margin)])
        return self._aligner.chip(near, (left - x, top - y, right - x, bottom - y), CHIP)


def _face(picture: Picture, found: Detection, chip: Pixels, yaw: float, encoding: Encoding) -> FoundFace:
    rows, columns = picture.rgb.shape[:2]
    box = turned_back(found.box, found.quarters, rows, columns)
    return FoundFace(full_box(picture, box), found.score, sharpness(chip), encoding, yaw, *exposure(chip))


def full_box(picture: Picture, box: Box) -> Box:
    """Take a box from the reduced upright picture's pixels to the photo's own, and cut it at the photo's edges."""
    rows, columns = picture.rgb.shape[:2]
    x, y = picture.width / columns, picture.height / rows
    left, top = max(0, round(box[0] * x)), max(0, round(box[1] * y))
    return left, top, min(picture.width, round(box[2] * x)), min(picture.height, round(box[3] * y))


# ---- the package face_recognition


class FaceRecognition:
    """face_recognition's own `face_locations` (HOG) and `face_encodings`, on the reduced upright picture: the reference
    that our own engine is held against, and a choice in settings. It loads models that nobody uses here, too (100 MB a
    worker), and takes about 60 ms a face.

    It tells no scores: they are 0. Sharpness is that of the box in the size it has: compare it within this engine only.
    """

    name = "face_recognition"
    dimensions = 128
    stopped = False

    def __init__(self) -> None:
        """`LookError` for `ENGINE` where the package, or what it needs, is missing."""
        self._package = _load_package()
        self.version = package_version()
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


def _load_package() -> Any:
    """Importing it carelessly is dangerous: where pkg_resources is missing (setuptools 82 and newer) it prints a
    request and ends the process with exit code 0. So what it needs is looked for first.
    """
    for package, install in _PACKAGES:
        if find_spec(package) is None:
            raise LookError(
                Fault.ENGINE,
                f"The engine face_recognition needs the package {package}, which is not installed",
                f"Install it ({install}), or choose the engine dlib-onnx",
            )
    try:
        return import_module("face_recognition")
    except (ImportError, SystemExit) as error:
        raise LookError(
            Fault.ENGINE,
            f"The package face_recognition does not load: {error or 'it ended by itself'}",
            "Install it anew, or choose the engine dlib-onnx",
        ) from error


# ---- which one

NAMES = (DlibOnnx.name, FaceRecognition.name)


def load_engine(name: str, cache: Path) -> FaceEngine:
    """Return the engine of that name, its models loaded; `LookError` for `ENGINE` where it cannot be."""
    if name == DlibOnnx.name:
        return DlibOnnx(cache)
    if name == FaceRecognition.name:
        return FaceRecognition()
    raise LookError(Fault.ENGINE, f"There is no face engine {name!r}", f"Choose one of {', '.join(NAMES)}")
