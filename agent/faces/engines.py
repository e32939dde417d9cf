"""The engines that settings may name, and how each is loaded: lazily, since each brings heavy libraries."""

from __future__ import annotations

from pathlib import Path

from agent.faces.engine import DlibOnnx, FaceEngine
from agent.faces.face_recognition_engine import FaceRecognition
from agent.faces.faults import Fault, LookError

NAMES = (DlibOnnx.name, FaceRecognition.name)


def load_engine(name: str, cache: Path) -> FaceEngine:
    """Return the engine of that name, its models loaded; `LookError` of kind `ENGINE` where it cannot be."""
    if name == DlibOnnx.name:
        return DlibOnnx(cache)
    if name == FaceRecognition.name:
        return FaceRecognition()
    raise LookError(Fault.ENGINE, f"There is no face engine {name!r}.", f"Choose one of {', '.join(NAMES)}.")
