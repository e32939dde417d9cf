"""A command typed in this process: the same lines as in one of its own, without a second for the start of it.

That a command starts, says what it has to, and ends in a process of its own is for `tests/venue/test_commands.py`, for
the tests in terminals, and for whatever is said here to need one.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from unittest import mock

from agent.clock import OFFSET_FILE
from tui.cli import run

OF_THEIR_OWN = {"demo", "emulator", "login"}  # they stay, and take the process for theirs
READ_AT_THE_START = {OFFSET_FILE, "VENUESYNC_STANDSTILL_AFTER"}  # settings for which it is too late here


def can_be(arguments: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Whether nothing about this command needs a process."""
    if not arguments or arguments[0].startswith("-") or arguments[0] in OF_THEIR_OWN:
        return False
    if threading.current_thread() is not threading.main_thread() or READ_AT_THE_START & environ.keys():
        return False
    with contextlib.suppress(RuntimeError):
        asyncio.get_running_loop()
        return False
    return True


def typed(arguments: Sequence[str], environ: Mapping[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """What a process in `folder` would have answered."""
    said, complained = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, environ, clear=True),
        mock.patch("sys.stdin", io.StringIO()),
        contextlib.chdir(folder),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(complained),
    ):
        code = run(list(arguments))
    return subprocess.CompletedProcess(list(arguments), code, said.getvalue(), complained.getvalue())
