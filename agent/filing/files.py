"""Putting a file in its place: hashed while copied, never over somebody's file, whole or not at all.

A place is a name in an open folder, so that nothing here passes through a link. A file is made under a temporary name
and gets its own in one step: renamed where nothing lies, linked where the file system cannot do that, and where it has
not even links the name is claimed first.

A file system gives a number (inode) to another file as soon as the first one is gone. A person who deletes a file of
ours and puts their own copy there gets the very same number on ext4; only the moment at which it was made is another
one. So a look at a file also says when that was, where the system knows it.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import hashlib
import os
import stat
import struct
import sys
from collections.abc import Callable, Collection
from functools import cache
from io import BufferedReader, FileIO
from pathlib import Path
from typing import NamedTuple

from agent.disk.access import USUAL, Access
from agent.disk.atomic import NotRegular, free_bytes, open_regular
from agent.disk.own_folders import is_folder
from agent.filing.names import candidates
from agent.ledger.placements import Made

BLOCK = 1 << 20  # bytes
FICLONE = 0x40049409  # linux/fs.h
RENAME_NOREPLACE = 1  # linux/fs.h, for renameat2
RENAME_EXCL = 4  # sys/stdio.h on macOS, for renameatx_np
CLAIM = b"venuesync keeps this name for a photo on its way\n"
NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK, errno.EXDEV, errno.ENOSYS, errno.EACCES}
NO_SUCH_RENAME = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
MB = 10**6
ENOUGH = 32 * MB  # bytes of room that are enough for other photos
ANYBODYS = 0o666  # less what the user's mask takes away
LAYOUT = struct.Struct(
    "=I 24x H 2x Q Q 32x q I 4x 16x q I 4x 8x I I"
)  # mask, mode, inode, bytes, made, changed, device
NOT_KNOWN = (errno.ENOSYS, errno.EPERM, errno.EINVAL)  # an old kernel, or a container that forbids it


class OtherBytes(Exception):
    """The source does not hold the bytes that were expected (any more)."""


class NotRead(OSError):
    """The source refuses to be read, on a disk that was pulled out, say; another one may hold the same bytes."""


class NoRoom(OSError):
    """It does not fit, though there is room for others."""


class NameTaken(Exception):
    """Something that is not ours lies under that name: somebody's, and left alone."""


class Spot(NamedTuple):
    """A name in an open folder."""

    folder: int
    name: str


def made_at(spot: Spot) -> Made | None:
    """What tells the regular file there from others; `None` where there is none (a link is none)."""
    try:
        return _look(spot.folder, spot.name)
    except (FileNotFoundError, NotADirectoryError):
        return None


def is_there(spot: Spot) -> bool:
    """Whether anything has that name."""
    try:
        os.stat(spot.name, dir_fd=spot.folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def holds(spot: Spot, sha256: str, size: int) -> bool:
    """Whether the file there has exactly these bytes; a link to such a file has not."""
    try:
        with open_spot(spot) as file:
            return has_bytes(file, sha256, size)
    except (FileNotFoundError, NotADirectoryError, PermissionError, NotRegular):
        return False


def holds_any(spot: Spot, sha256s: Collection[str]) -> bool:
    """The same of any of these bytes, of whatever size."""
    try:
        return digest(spot) in sha256s
    except (FileNotFoundError, NotADirectoryError, PermissionError, NotRegular):
        return False


def holds_at(path: Path, sha256: str, size: int) -> bool:
    """Whether the file there has exactly these bytes, wherever a link leads. Reads it."""
    with contextlib.suppress(OSError, NotRegular), open_regular(path) as file:
        return has_bytes(file, sha256, size)
    return False


def has_bytes(file: BufferedReader, sha256: str, size: int) -> bool:
    """Whether an open file, unread as yet, has exactly these bytes."""
    return os.fstat(file.fileno()).st_size == size and hashlib.file_digest(file, "sha256").hexdigest() == sha256


def digest(spot: Spot) -> str:
    """SHA-256 of the file there, in hex. Raises `NotRegular`, `OSError`."""
    with open_spot(spot) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def open_spot(spot: Spot) -> BufferedReader:
    """Open a file to read, never through a link. Raises `NotRegular`, `OSError`."""
    return open_regular(spot.name, folder=spot.folder, follow=False)


# ---- making a file under its temporary name


def copy(
    original: BufferedReader,
    temporary: Spot,
    sha256: str,
    mode: int | None = None,
    access: Access = USUAL,
    keep_free: int = 0,
) -> Made:
    """A synced copy with the original's times, where the disk lets us say them, hashed on the way.

    Raises `OtherBytes`, `NotRead`, `NoRoom`, `OSError`; leaves nothing then. What would leave less than `keep_free`
    bytes is not begun.

    Nobody may do more with it than with the original, unless `access` says otherwise; `mode` stands for the original's
    where that says nothing.
    """
    digest = hashlib.sha256()
    facts = os.fstat(original.fileno())
    remove(temporary)  # left by a crash; it may have its own name already, too: let go, never written to
    try:
        usual = stat.S_IMODE(facts.st_mode) if mode is None else mode
        with _new(temporary, access.new_file(usual)) as made:
            cloned = _reflink(original.fileno(), made.fileno())
            if not cloned:
                _refuse_too_large(made.fileno(), facts.st_size, keep_free)
            while block := made.read(BLOCK) if cloned else _read(original):
                digest.update(block)
                if not cloned:
                    _write_all(made.fileno(), block)
            if digest.hexdigest() != sha256:
                raise OtherBytes(original.name)
            access.give(made.fileno())
            times = os.fstat(original.fileno())
            with contextlib.suppress(OSError):  # on a share whose files all belong to somebody else
                os.utime(made.fileno(), ns=(times.st_atime_ns, times.st_mtime_ns))
            os.fsync(made.fileno())
            return look_at_open(made.fileno())
    except BaseException:
        remove(temporary)
        raise


def _refuse_too_large(fd: int, size: int, keep_free: int) -> None:
    """To begin it all the same would fill the disk to its last byte, again and again."""
    free = free_bytes(fd) - keep_free
    if size > free >= ENOUGH:
        raise NoRoom(errno.ENOSPC, f"it has {size / MB:,.0f} MB, and {(size - free) / MB:,.0f} MB of room are missing")
    if size > free:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _read(original: BufferedReader) -> bytes:
    try:
        return original.read(BLOCK)
    except OSError as error:
        raise NotRead(error.errno, error.strerror, str(original.name)) from None


def write(temporary: Spot, data: bytes) -> None:
    """A small file of our own. Raises `OSError`."""
    remove(temporary)
    with _new(temporary, ANYBODYS) as made:
        _write_all(made.fileno(), data)


def link(first: Spot, temporary: Spot, expected: Made) -> Made | None:
    """A further name for a file of ours; `None` where the file system gives none, or it is another file by now."""
    remove(temporary)
    try:
        os.link(first.name, temporary.name, src_dir_fd=first.folder, dst_dir_fd=temporary.folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        return None
    made = made_at(temporary)
    if made is None or not made.is_as_left(expected):  # exchanged a moment ago
        remove(temporary)
        return None
    return made


def _new(spot: Spot, mode: int) -> FileIO:
    """Readable for us whatever the original's mode says: we could read that, too."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    return FileIO(os.open(spot.name, flags, mode & 0o777 | stat.S_IRUSR, dir_fd=spot.folder), "r+")


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


# ---- giving it its name


def publish(temporary: Spot, target: Spot, made: Made) -> None:
    """Give a finished file its name. Called again after a crash, finishes. Raises `NameTaken`, `OSError`."""
    if rename_new(temporary, target):
        return
    found = made_at(target)
    if found is not None and found.is_file(made):  # linked just before a crash
        remove(temporary)
    elif _claimed(target):
        _replace(temporary, target)
    else:
        raise NameTaken(target.name)


def take_place(temporary: Spot, target: Spot, made: Made, sha256: str, *, keeps_inodes: bool = True) -> bool:
    """Give a finished file the name of one of ours, in one step; another one under that name stays. Returns whether."""
    if not is_ours(target, made, sha256, keeps_inodes=keeps_inodes):
        return False
    _replace(temporary, target)
    return True


def rename_new(source: Spot, target: Spot) -> bool:
    """Rename where nothing lies at `target`. Returns whether it did; nothing is ever replaced."""
    rename = _libc_rename()
    if rename is not None:
        if not rename(source.folder, os.fsencode(source.name), target.folder, os.fsencode(target.name)):
            return True
        code = ctypes.get_errno()
        if code == errno.EEXIST:
            return False
        if code not in NO_SUCH_RENAME:
            raise OSError(code, os.strerror(code), target.name)
    return _link_and_unlink(source, target)


@cache
def _libc_rename() -> Callable[[int, bytes, int, bytes], int] | None:
    """The system's own: (folder, name, folder, name) -> 0, or -1 where it would replace something or cannot."""
    libc = ctypes.CDLL(None, use_errno=True)
    call, flag = ("renameatx_np", RENAME_EXCL) if sys.platform == "darwin" else ("renameat2", RENAME_NOREPLACE)

    def rename(old_folder: int, old: bytes, new_folder: int, new: bytes) -> int:
        return int(getattr(libc, call)(old_folder, old, new_folder, new, flag))

    return rename if hasattr(libc, call) else None


def _link_and_unlink(source: Spot, target: Spot) -> bool:
    try:
        os.link(source.name, target.name, src_dir_fd=source.folder, dst_dir_fd=target.folder, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        return _claim_and_replace(source, target)
    os.unlink(source.name, dir_fd=source.folder)
    return True


def _claim_and_replace(source: Spot, target: Spot) -> bool:
    """Where nothing else exists: take the name with a file that says it is ours, then put the bytes in its place.

    A folder takes it with an empty one; that is replaced only as long as it is empty.
    """
    if is_folder(source.folder, source.name):
        return _claim_and_replace_folder(source, target)
    try:
        fd = os.open(target.name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, ANYBODYS, dir_fd=target.folder)
    except FileExistsError:
        return False
    try:
        _write_all(fd, CLAIM)
        os.fsync(fd)
    finally:
        os.close(fd)
    _replace(source, target)
    return True


def _claim_and_replace_folder(source: Spot, target: Spot) -> bool:
    try:
        os.mkdir(target.name, dir_fd=target.folder)
    except FileExistsError:
        return False
    try:
        _replace(source, target)
    except OSError:
        with contextlib.suppress(OSError):
            os.rmdir(target.name, dir_fd=target.folder)
        raise
    return True


def _replace(source: Spot, target: Spot) -> None:
    os.replace(source.name, target.name, src_dir_fd=source.folder, dst_dir_fd=target.folder)


def _claimed(target: Spot) -> bool:
    """A name that we took before a crash, and whose bytes are still to come."""
    return holds(target, hashlib.sha256(CLAIM).hexdigest(), len(CLAIM))


# ---- taking it away


def take_away(spot: Spot, aside: Spot, made: Made | None, sha256: str, *, keeps_inodes: bool = True) -> bool:
    """Remove the file that we made; one that a person changed, exchanged or put there is left. Returns whether it was.

    It is renamed to `aside` and looked at once more before it goes: somebody may exchange it at any moment.
    """
    _put_back(aside, spot, made, sha256, keeps_inodes=keeps_inodes)
    if not is_ours(spot, made, sha256, keeps_inodes=keeps_inodes):
        return made_at(spot) is None
    if not rename_new(spot, aside):
        return False
    return not _put_back(aside, spot, made, sha256, keeps_inodes=keeps_inodes)


def is_ours(spot: Spot, made: Made | None, sha256: str, *, keeps_inodes: bool = True) -> bool:
    """Whether the file there is the one that was `made`, with its bytes.

    Where inodes pass, a file is known by its name, size, time and bytes.
    """
    found = made_at(spot)
    if found is None or made is None:
        return False
    if found.is_as_left(made):
        return True
    known = found.is_surely(made) if keeps_inodes else found.is_copy(made)
    return known and holds(spot, sha256, made.bytes)


def _put_back(aside: Spot, spot: Spot, made: Made | None, sha256: str, *, keeps_inodes: bool) -> bool:
    """Remove what was put aside if it is ours; if not, it gets its name again, or the next. Returns whether it did."""
    if made_at(aside) is None:
        return False
    if is_ours(aside, made, sha256, keeps_inodes=keeps_inodes):
        os.unlink(aside.name, dir_fd=aside.folder)
        return False
    return any(rename_new(aside, Spot(spot.folder, name)) for name in candidates(spot.name))


def remove(spot: Spot) -> None:
    """Remove what lies under a temporary name of ours; a folder there is none of ours, and stays."""
    with contextlib.suppress(FileNotFoundError, IsADirectoryError, PermissionError):
        os.unlink(spot.name, dir_fd=spot.folder)


def sync(folder: int) -> None:
    """Make the names in a folder survive a pulled plug; where the file system cannot, it is as good as it gets."""
    with contextlib.suppress(OSError):
        os.fsync(folder)


def own_prefix(mark: str) -> str:
    """How the names begin that nobody but us gives, and that no file keeps; `mark`: whose, of several workspaces."""
    return f".venuesync-{mark}-"


def part_of(mark: str, placement: int) -> str:
    """Under which name a placement's file is made ready."""
    return f"{own_prefix(mark)}{placement}.part"


NO_FOLLOW, EMPTY_PATH = 0x100, 0x1000  # linux/fcntl.h: AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH
BASIC_AND_BORN, BORN = 0xFFF, 0x800  # linux/stat.h: STATX_BASIC_STATS | STATX_BTIME, STATX_BTIME

Statx = Callable[[int, bytes, int, int, object], int]


def look_at_open(fd: int) -> Made:
    """The file that is open."""
    made = _look(fd, "")
    if made is None:
        raise OSError(errno.EINVAL, "not a regular file")
    return made


def _look(folder: int, name: str) -> Made | None:
    statx = _libc_statx()
    if statx is not None:
        buffer = ctypes.create_string_buffer(256)
        flags = NO_FOLLOW if name else NO_FOLLOW | EMPTY_PATH
        if not statx(folder, os.fsencode(name), flags, BASIC_AND_BORN, buffer):
            return _made(buffer.raw)
        code = ctypes.get_errno()
        if code not in NOT_KNOWN:
            raise OSError(code, os.strerror(code), name)
    found = os.stat(name, dir_fd=folder, follow_symlinks=False) if name else os.fstat(folder)
    if not stat.S_ISREG(found.st_mode):
        return None
    born = getattr(found, "st_birthtime", None)
    return Made(
        found.st_size, found.st_mtime_ns, found.st_ino, found.st_dev, None if born is None else int(born * 1_000_000)
    )


def _made(raw: bytes) -> Made | None:
    mask, mode, inode, size, born, born_ns, changed, changed_ns, major, minor = LAYOUT.unpack_from(raw)
    if not stat.S_ISREG(mode):
        return None
    since = born * 1_000_000 + born_ns // 1000 if mask & BORN else None
    return Made(size, changed * 1_000_000_000 + changed_ns, inode, os.makedev(major, minor), since)


@cache
def _libc_statx() -> Statx | None:
    """The system's own: (folder, name, flags, mask, buffer) -> 0 or -1; `None` where it has none."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.statx if hasattr(libc, "statx") else None
