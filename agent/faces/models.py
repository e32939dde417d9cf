"""Finds the model files that the face_recognition_models package brings, without importing it.

Its `__init__` needs pkg_resources, which is gone from setuptools 82 on; the files themselves lie beside it.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from agent.faces.faults import Fault, LookError

ENCODER = "dlib_face_recognition_resnet_model_v1.dat"  # 22.5 MB, CC0
LANDMARKS = "shape_predictor_5_face_landmarks.dat"  # 9.2 MB, CC0


def model_file(name: str) -> Path:
    """Return the path of a model file that exists; `LookError` of kind `ENGINE` where there is none."""
    spec = find_spec("face_recognition_models")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "models" / name
        if path.is_file():
            return path
    raise LookError(
        Fault.ENGINE,
        f"The face model {name} is missing from this installation.",
        'Install it: pip install "face_recognition_models>=0.3.0".',
    )
