"""Faces: from a photo's bytes to the faces in it, and from faces to the people they belong to.

In a worker's process (`worker`): `formats`, `jpeg` and `exif` stand below `decode`; `models`, `detector` and `encoder`
below `engine`. Heavy libraries (dlib, onnxruntime, Pillow) are loaded there alone: the agent's own process imports
`workers`, `results`, `quality`, `rule`, `cluster` and `models`, which need numpy and no more. They take it from here:
`np` is what `import numpy as np` gives, imported when something of it is first used. A command beside no agent has all
parts of one, and mostly no face to look at.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__all__ = ["np"]

if TYPE_CHECKING:
    import numpy as np
else:

    class _Later:
        def __getattr__(self, name: str) -> Any:
            vars(self)[name] = found = getattr(import_module("numpy"), name)
            return found

    np = _Later()
