"""Files on this machine: ours are written whole or not at all, others' are read only if they are files.

Ours are readable by their owner alone, written beside, synced and renamed into place: a pulled plug or a full disk
leaves what was there before. A pipe, a device or a folder in the place of a file keeps nobody waiting. And what a disk
refuses, in words.
"""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import secrets
import shutil
import stat
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from agent.errors import Cause, UsageError, VenueError

FULL_CODES = frozenset({errno.ENOSPC, errno.EDQUOT})
NO_HANDLE = frozenset({errno.EMFILE, errno.ENFILE})
REFUSED_CODES = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
PRIVATE = 0o600
SMALL = 1 << 20  # bytes: settings, lists
PICTURE = 1 << 30  # bytes: a file larger than this is no photo
OPEN_FILES = 16_384  # are enough: the usual limit of 1,024 is for programs that open a few


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
    """Make a file that is not there yet. Returns whether it did: what is there stays as it is."""
    return _name_new(beside(path, data), path)


@contextmanager
def written(path: Path, is_ours: Callable[[Path], bool]) -> Generator[BinaryIO]:
    """A file to write to that gets its name once it is whole and synced. One of that name goes only where it is ours.

    Raises `UsageError` where it is not, or its folder is not there, and `VenueError` for what the disk refuses; leaves
    no trace of having tried then.
    """
    if not path.parent.is_dir():
        raise UsageError("There is no such folder", str(path.parent), "Make it, or choose another place")
    if os.path.lexists(path) and not is_ours(path):
        raise taken(path)
    new = path.with_name(f".venuesync-{secrets.token_hex(4)}.new")
    try:
        with os.fdopen(_begun(new), "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if not new.exists():
                os.link(f"/proc/self/fd/{file.fileno()}", new, src_dir_fd=file.fileno())  # without: link(2) of the link
        if os.path.lexists(path):
            new.replace(path)
        elif not _name_new(new, path):
            raise taken(path)
    except BaseException as error:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        told = disk_trouble(error, path)  # nobody tries again by himself
        told.remedy = "Choose another folder, such as the workspace's own"
        raise told from error
    sync_folder(path.parent)


def _begun(new: Path) -> int:
    """A file to write to: without a name, where the system can have one, so that whoever is killed leaves nothing."""
    flags = os.O_RDWR | os.O_CLOEXEC
    if sys.platform == "linux" and Path("/proc/self/fd").exists():
        with suppress(OSError):
            return os.open(new.parent, flags | os.O_TMPFILE, PRIVATE)
    return os.open(new, flags | os.O_CREAT | os.O_EXCL, PRIVATE)


def taken(path: Path) -> UsageError:
    return UsageError(
        "There is something else of that name", str(path), "Choose another name, or remove it", cause=Cause.CONFLICT
    )


def _name_new(new: Path, path: Path) -> bool:
    """Give a file its name unless something has it; it is gone otherwise."""
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
    if error.errno in NO_HANDLE:
        return no_handle(place, reason)
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


def no_handle(place: str, reason: str) -> VenueError:
    """It is no fault of the disk's, though it comes from there."""
    return VenueError(
        "Too many files are open",
        f"{place}: {reason}",
        "Close what is connected to the agent, or start it with more: ulimit -n 1024. It goes on by itself",
        cause=Cause.TRANSIENT,
        kind="disk_error",
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


def free_bytes(where: Path | int) -> int:
    """Bytes that may still be written into a folder, or beside an open file. Raises `OSError`."""
    return shutil.disk_usage(where).free


def room_beside(part: Path, size: int) -> int:
    """Bytes that are free once a file of that size has come, of which `part` holds the beginning; below 0: it does not
    fit. Raises `OSError`.
    """
    have = part.stat().st_size if part.exists() else 0
    return free_bytes(part.parent) - max(0, size - have)


# ---- reading what ought to be a file


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


# ---- reading what somebody else named or put there: every refusal is an `OSError` in words that can be shown


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


def read_given(path: Path, most: int) -> bytes:
    """The bytes of a regular file. Raises `OSError`, also for one of more than `most` bytes."""
    with open_given(path) as file:
        data = file.read(min(os.fstat(file.fileno()).st_size, most) + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it has more than {most:,} bytes", str(path))
    return data


def read_text(path: Path, most: int = SMALL) -> str:
    """The same as UTF-8 text, with or without its mark. Raises `OSError`, `UnicodeDecodeError`."""
    return read_given(path, most).decode("utf-8-sig").replace("\r\n", "\n")


# ---- how many may be open


def raise_limit() -> int:
    """Raise this process's limit as far as it may, and no further than is enough. Returns what it is now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        for limit in (wanted, 10_240):  # macOS allows no more than that, whatever it says
            with suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
                break
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
