"""Opening a file to read, if it is one: a pipe, a device or a folder in its place keeps nobody waiting."""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path


class NotRegular(Exception):
    """It is no file at all: a folder, a pipe, a device, a link that is not to be followed."""


def open_regular(path: Path | str, *, folder: int | None = None, follow: bool = True) -> BufferedReader:
    """The file at `path`, or of that name in an open `folder`. Raises `NotRegular`, `OSError`."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
    try:
        fd = os.open(path, flags, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):  # a link that was not to be followed, or leads in a circle
            raise NotRegular(path) from None
        raise
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise NotRegular(path)
    return os.fdopen(fd, "rb")
