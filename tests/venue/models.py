"""What looking for faces costs is paid once in a run of tests: for models, and for each picture.

A worker loads the models that another one made, and a picture in which faces were looked for is not searched again:
the same pixels give the same boxes. A first start, and each look as such, are for `tests/faces`, and for the demo.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import pickle
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

RUN = "PYTEST_VENUESYNC_RUN"  # the folder that all processes of a run share


@cache
def of_this_run() -> Path:
    """Made by whoever asks first, for all whom that process begins; it goes when that process ends."""
    if RUN not in os.environ:
        os.environ[RUN] = tempfile.mkdtemp(prefix="venuesync-tests-")
        atexit.register(shutil.rmtree, os.environ[RUN], ignore_errors=True)
    return Path(os.environ[RUN])


def keep_in(folder: Path) -> None:
    """Saves every face worker of a test a second."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for file in made().iterdir():
        kept = folder / file.name
        if not kept.exists():
            try:
                kept.hardlink_to(file)  # 22 MB, which nobody changes in their place
            except OSError:  # on another disk
                shutil.copy(file, kept)  # with its mode


@cache
def made() -> Path:
    from agent.faces.engine import DlibOnnx

    folder = of_this_run() / "models"
    with (of_this_run() / "making models").open("w") as one_makes_them:
        fcntl.flock(one_makes_them, fcntl.LOCK_EX)
        if not folder.exists():
            with mock.patch.dict(os.environ):  # which it changes
                DlibOnnx(folder)
    return folder


def remember(detector: Any) -> None:
    """Have a `Detector` search each picture once in a run, also if it is another worker's."""
    from agent.faces.detector import Depth, Detection, Pixels

    search, folder = detector.find, of_this_run() / "faces"
    folder.mkdir(exist_ok=True)

    def find(grey: Pixels, depth: Depth = Depth.WHOLE) -> list[Detection]:
        rows, columns = grey.shape
        file = folder / f"{rows} {columns} {depth.value} {hashlib.sha256(grey.tobytes()).hexdigest()}"
        try:
            found, detector.stopped = pickle.loads(file.read_bytes())
        except FileNotFoundError:
            found = search(grey, depth)
            beside = file.with_name(f"{file.name} {os.getpid()}")
            beside.write_bytes(pickle.dumps((found, detector.stopped)))
            beside.replace(file)
        return found

    detector.find = find
