"""Putting a file in its place: hashed while copied, never over somebody's file, whole or not at all.

A file appears under its name in one step, by linking a finished, synced temporary file to it. Where the file system
has no hard links it is renamed without replacing, and where it has not even that the name is claimed first.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import hashlib
import os
import stat
import sys
from io import BufferedReader, FileIO
from pathlib import Path

from agent.ledger.sightings import FileFacts

BLOCK = 1 << 20  # bytes
FICLONE = 0x40049409  # linux/fs.h
RENAME_NOREPLACE = 1  # linux/fs.h, for renameat2
RENAME_EXCL = 4  # sys/stdio.h on macOS, for renamex_np
AT_FDCWD = -100
CLAIM = b"venuesync keeps this name for a photo on its way\n"
NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK, errno.EXDEV, errno.ENOSYS, errno.EACCES}


class OtherBytes(Exception):
    """The source does not hold the bytes that were expected (any more)."""


class NotRegular(OtherBytes):
    """It is no file at all: a folder, a pipe, a device."""


class NameTaken(Exception):
    """Something of other content lies under that name: somebody's, and left alone."""


def facts_of(path: Path) -> FileFacts | None:
    """What `stat` says of a regular file; `None` where there is none."""
    try:
        found = path.stat(follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return FileFacts(found.st_size, found.st_mtime_ns, found.st_ino)


def holds(path: Path, sha256: str, size: int) -> bool:
    """Whether a file has exactly these bytes; a link to such a file has not."""
    try:
        with _regular(path, os.O_NOFOLLOW) as file:
            if os.fstat(file.fileno()).st_size != size:
                return False
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except (FileNotFoundError, NotADirectoryError, PermissionError, NotRegular):
        return False


def _regular(path: Path, flags: int = 0) -> BufferedReader:
    """Open a file to read; never waits at a pipe. Raises `NotRegular` for all that is no file, `OSError`."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC | flags)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):  # a link that was not to be followed; a socket
            raise NotRegular(path) from None
        raise
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise NotRegular(path)
    return os.fdopen(fd, "rb")


def place_copy(source: Path, target: Path, sha256: str, temporary: Path) -> FileFacts:
    """Copy `source` to `target` by way of `temporary`, beside it.

    Called again after a crash, finishes. Raises `OtherBytes`, `NameTaken`, `OSError`.
    """
    size = _copy(source, temporary, sha256)
    try:
        _publish(temporary, target, sha256, size)
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
    return _facts(target)


def place_link(first: Path, target: Path, sha256: str, temporary: Path) -> FileFacts:
    """A further name for a file of ours; a copy where the file system has no links. Raises as `place_copy`."""
    try:
        os.link(first, target, follow_symlinks=False)
    except FileExistsError:
        if not holds(target, sha256, first.stat().st_size):
            raise NameTaken(target) from None
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        return place_copy(first, target, sha256, temporary)
    return _facts(target)


def _copy(source: Path, temporary: Path, sha256: str) -> int:
    """A synced copy with the source's times, hashed on the way. Raises `OtherBytes`."""
    digest = hashlib.sha256()
    # One that a crash left may have its final name already, too: it is let go, never written to.
    temporary.unlink(missing_ok=True)
    try:
        with _regular(source) as original, _new(temporary) as copy:
            cloned = _reflink(original.fileno(), copy.fileno())
            reader = copy if cloned else original
            while block := reader.read(BLOCK):
                digest.update(block)
                if not cloned:
                    _write_all(copy.fileno(), block)
            if digest.hexdigest() != sha256:
                raise OtherBytes(source)
            times = os.fstat(original.fileno())
            os.utime(copy.fileno(), ns=(times.st_atime_ns, times.st_mtime_ns))
            os.fsync(copy.fileno())
            return os.fstat(copy.fileno()).st_size
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        raise


def _new(path: Path) -> FileIO:
    return FileIO(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666), "r+")


def _reflink(source: int, target: int) -> bool:
    """Share the blocks, where the file system can (btrfs, XFS, bcachefs); it costs no space and no time."""
    if sys.platform != "linux":
        return False
    try:
        fcntl.ioctl(target, FICLONE, source)
    except OSError:
        return False
    return True


def _write_all(fd: int, block: bytes) -> None:
    view = memoryview(block)
    while view:
        view = view[os.write(fd, view) :]


def _publish(temporary: Path, target: Path, sha256: str, size: int) -> None:
    """Give the finished file its name, unless another file has it. The same bytes there: done before."""
    try:
        os.link(temporary, target, follow_symlinks=False)
        return
    except FileExistsError:
        pass
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        if rename_new(temporary, target):
            return
    if holds(target, sha256, size):
        return
    if _claimed(target):
        temporary.replace(target)
        return
    raise NameTaken(target)


def rename_new(source: Path, target: Path) -> bool:
    """Rename where nothing lies at `target`, in one step. Answers whether it did; nothing is ever replaced."""
    libc = ctypes.CDLL(None, use_errno=True)
    old, new = os.fsencode(source), os.fsencode(target)
    if sys.platform == "darwin":
        failed = libc.renamex_np(old, new, RENAME_EXCL)
    elif hasattr(libc, "renameat2"):
        failed = libc.renameat2(AT_FDCWD, old, AT_FDCWD, new, RENAME_NOREPLACE)
    else:
        return _claim_and_replace(source, target)
    if not failed:
        return True
    code = ctypes.get_errno()
    if code == errno.EEXIST:
        return False
    if code in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP):
        return _claim_and_replace(source, target)
    raise OSError(code, os.strerror(code), str(target))


def _claim_and_replace(source: Path, target: Path) -> bool:
    """Where nothing else exists: take the name with a file that says it is ours, then put the bytes in its place."""
    try:
        fd = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    except FileExistsError:
        return False
    try:
        _write_all(fd, CLAIM)
        os.fsync(fd)
    finally:
        os.close(fd)
    source.replace(target)
    return True


def _claimed(target: Path) -> bool:
    """A name that we took before a crash, and whose bytes are still to come."""
    return holds(target, hashlib.sha256(CLAIM).hexdigest(), len(CLAIM))


def _facts(path: Path) -> FileFacts:
    found = facts_of(path)
    if found is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    return found


def take_away(path: Path, facts: FileFacts | None, sha256: str, size: int) -> bool:
    """Remove a file of ours; one that a person changed or put there is left. Answers whether ours is gone."""
    found = facts_of(path)
    if found is None:
        return True
    if found != facts and not holds(path, sha256, size):
        return False
    path.unlink(missing_ok=True)
    return True


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a pulled plug; where the file system cannot, it is as good as it gets."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):
            os.fsync(fd)
    finally:
        os.close(fd)
