"""Files of ours, written whole or not at all, readable by their owner alone; and what a disk refuses, in words.

Written beside, synced and renamed into place: a pulled plug or a full disk leaves what was there before.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from agent.errors import Cause, VenueError

FULL_CODES = frozenset({errno.ENOSPC, errno.EDQUOT})
REFUSED_CODES = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
PRIVATE = 0o600


def write_whole(path: Path, data: bytes, *, sync: bool = True) -> None:
    """Replace a file, or make it. Raises `OSError`, and leaves no trace of having tried.

    Without `sync` a pulled plug may take it: for what can be made again.
    """
    new = beside(path, data, sync=sync)
    try:
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
    if sync:
        sync_folder(path.parent)


def write_new(path: Path, data: bytes) -> bool:
    """Make a file that is not there yet. Answers whether it did: what is there stays as it is."""
    new = beside(path, data)
    try:
        os.link(new, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno in (*FULL_CODES, errno.EROFS):
            raise
        if path.exists():  # a file system without hard links
            return False
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
    sync_folder(path.parent)
    return True


def beside(path: Path, data: bytes, *, sync: bool = True) -> Path:
    """A new file with these bytes in the same folder. Raises `OSError`, and leaves none then."""
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            if sync:
                os.fsync(file.fileno())
    except BaseException:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
        raise
    return new


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder survive a pulled plug; where the file system cannot, it is as good as it gets."""
    with contextlib.suppress(OSError):
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


# ---- what a disk refuses


def is_full(error: OSError) -> bool:
    return error.errno in FULL_CODES


def disk_trouble(error: OSError, where: Path | str = "") -> VenueError:
    """The system's refusal to write or read a file, as something that a person can act on."""
    place = str(where or error.filename or "this machine's disk")
    if is_full(error):
        return full(place)
    reason = error.strerror or str(error)
    if error.errno in REFUSED_CODES:
        return VenueError(
            "A file cannot be written",
            f"{place}: {reason}",
            "Allow this user to write there: it goes on by itself",
            cause=Cause.TRANSIENT,
            kind="permission_denied",
        )
    return VenueError(
        "The disk gave an error", f"{place}: {reason}", "Check the disk", cause=Cause.TRANSIENT, kind="disk_error"
    )


def full(place: str) -> VenueError:
    return VenueError(
        "The disk is full",
        f"nothing more can be written to {place}",
        "Make room: all goes on by itself",
        cause=Cause.QUOTA,
        kind="disk_full",
    )


@contextmanager
def in_words(where: Path | str = "") -> Generator[None]:
    """What the system refuses meanwhile is raised as a `VenueError`."""
    try:
        yield
    except OSError as error:
        raise disk_trouble(error, where) from error


def free_bytes(folder: Path) -> int:
    """Bytes that may still be written there. Raises `OSError`."""
    return shutil.disk_usage(folder).free
