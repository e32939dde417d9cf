"""Files that somebody else named or put there: read if they are files, and no larger than makes sense.

Where `regular` opens what ought to be ours, here every refusal is an `OSError` in words that can be shown.
"""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

from agent.regular import NotRegular, open_regular

SMALL = 1 << 20  # bytes: settings, lists
PICTURE = 1 << 30  # bytes: a file larger than this is no photo


def open_given(path: Path) -> BufferedReader:
    """A regular file, open for reading. Raises `OSError`, also for whatever is none."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # looked at first: opening a device can already do something to it
            raise NotRegular(path)
        return open_regular(path)
    except NotRegular as error:
        raise OSError(errno.EINVAL, "it is a folder, a pipe or a device, and no file", str(path)) from error
    except ValueError as error:  # a NUL in its name, half a character
        raise OSError(errno.EINVAL, "that is no name of a file", repr(str(path))) from error


def read_given(path: Path, most: int = SMALL) -> bytes:
    """The bytes of a regular file. Raises `OSError`, also for one of more than `most` bytes."""
    with open_given(path) as file:
        data = file.read(min(os.fstat(file.fileno()).st_size, most) + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it has more than {most:,} bytes", str(path))
    return data


def read_text(path: Path, most: int = SMALL) -> str:
    """The same as UTF-8 text, with or without its mark. Raises `OSError`, `UnicodeDecodeError`."""
    return read_given(path, most).decode("utf-8-sig").replace("\r\n", "\n")
