"""Names an engine together with the version of what it encodes by, without loading it.

Encodings are compared only where these names are equal; when one changes, the photos are encoded anew in idle time.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from agent.faces.faults import LookError
from agent.faces.models import ENCODER, model_file

ALIGNMENT = "1"  # how faces are cut out for the encoder: five landmarks, chips of 150 with padding 0.25


@cache
def engine_id(name: str) -> str:
    """`dlib-onnx 1-9e4a1b2c`: the name, and the version that a worker announces. The name alone where it lacks."""
    if name == "face_recognition":
        try:
            return f"{name} {version(name)}"
        except PackageNotFoundError:
            return f"{name} unknown"
    try:
        weights = model_file(ENCODER).read_bytes()
    except (LookError, OSError):  # the workers say so, to whom it concerns
        return name
    return f"{name} {version_of(hashlib.sha256(weights).hexdigest())}"


def version_of(weights: str) -> str:
    """The version of encodings by the weights with this SHA-256."""
    return f"{ALIGNMENT}-{weights[:8]}"
