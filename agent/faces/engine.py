"""The engine that looks at a decoded picture: dlib finds and aligns the faces, onnxruntime encodes them.

Another detector or encoder is one more file with a class like `DlibOnnx`; the ledger keeps with each encoding the name
and version of the engine that made it, and encodings of different engines are never compared.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Protocol

import numpy as np

from agent.faces.closely import Found, brightened, look_closely, turned_back
from agent.faces.detector import Detector
from agent.faces.dlib_faces import Aligner, grey_of
from agent.faces.dlib_weights import CHIP
from agent.faces.encoder import DIMENSIONS, Encoder
from agent.faces.identity import version_of
from agent.faces.picture import Picture, Pixels, upright
from agent.faces.seen import Box, Depth, Encoding, FoundFace
from agent.faces.sharpness import exposure, sharpness

_MARGIN = 0.6  # of a face's width around it: what landmarks and the turned chip reach for (0.4 sufficed, 0.3 did not)


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
        """`cache` keeps what is made of the models. `LookError` of kind `ENGINE` where something is missing."""
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
            found = [Found(one) for one in self._detector.find(grey, depth)]
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

    def _chip(self, picture: Picture, found: Found) -> tuple[Pixels, float]:
        """Cut a face out of the larger picture, not out of the detector's; only its surroundings are turned."""
        rgb = np.rot90(picture.rgb, found.quarters)
        left, top, right, bottom = found.detection.box
        margin = round(_MARGIN * (right - left))
        x, y = max(0, left - margin), max(0, top - margin)
        near = np.ascontiguousarray(rgb[y : max(y, bottom + margin), x : max(x, right + margin)])
        return self._aligner.chip(near, (left - x, top - y, right - x, bottom - y), CHIP)


def _face(picture: Picture, found: Found, chip: Pixels, yaw: float, encoding: Encoding) -> FoundFace:
    rows, columns = picture.rgb.shape[:2]
    box = turned_back(found.detection.box, found.quarters, rows, columns)
    return FoundFace(full_box(picture, box), found.detection.score, sharpness(chip), encoding, yaw, *exposure(chip))


def full_box(picture: Picture, box: Box) -> Box:
    """Take a box from the reduced upright picture's pixels to the photo's own, and cut it at the photo's edges."""
    rows, columns = picture.rgb.shape[:2]
    x, y = picture.width / columns, picture.height / rows
    left, top = max(0, round(box[0] * x)), max(0, round(box[1] * y))
    return left, top, min(picture.width, round(box[2] * x)), min(picture.height, round(box[3] * y))
