"""A workspace in which faces were looked for before: what is made of the models lies in its cache already."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from agent.faces.engine import DlibOnnx


def keep_in(folder: Path) -> None:
    """Saves every face worker of a test a second. The very first start is for `tests/faces`, and for the demo."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for file in made().iterdir():
        shutil.copy(file, folder)  # with its mode


@cache
def made() -> Path:
    """Once in each process of tests."""
    folder = Path(tempfile.mkdtemp(prefix="venuesync-models-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    DlibOnnx(folder)
    return folder
