"""What is made of a model once and kept in the cache folder: whole files, named by what they were made of."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from agent import clock

_STALE = 3600.0  # seconds after which another process's unfinished file is nobody's


def publish(model: bytes, target: Path) -> None:
    """Make `target` appear with these bytes, whole or not at all."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f"{target.name}.", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(model)
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError:
        return  # a full or read-only disk: the model is in memory, the next start converts again


def _sweep(target: Path) -> None:
    """Remove what a process left that was killed while it wrote."""
    for part in target.parent.glob(f"{target.name}.*.part"):
        if clock.wall() - part.stat().st_mtime > _STALE:
            part.unlink(missing_ok=True)
