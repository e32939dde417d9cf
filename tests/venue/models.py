"""The models of the face engine, made once in a run of tests: a worker loads those that another one made.

A first start is for `tests/faces`, and for the demo.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
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
