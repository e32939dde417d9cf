"""The desktop around the terminal, where there is one: folders are opened there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping


def opener(environ: Mapping[str, str] | None = None) -> str | None:
    """The command that opens a folder on this machine's own screen; None over SSH and without one."""
    environ = os.environ if environ is None else environ
    if environ.get("SSH_CONNECTION"):
        return None
    if sys.platform == "darwin":
        return shutil.which("open")
    if environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"):
        return shutil.which("xdg-open")
    return None


def open_folder(path: str) -> bool:
    """Open it; False where there is no screen. What becomes of it is the desktop's."""
    command = opener()
    if command is None:
        return False
    subprocess.Popen(  # noqa: S603 - a folder of ours, as one argument
        [command, path],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return True
