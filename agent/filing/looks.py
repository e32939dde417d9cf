"""What tells a file from any other: a look at it that also says when it was made, where the system knows that.

A file system gives a number (inode) to another file as soon as the first one is gone. A person who deletes a file of
ours and puts her own copy there gets the very same number on ext4; only the moment at which it was made is another one.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
import sys
from collections.abc import Callable
from functools import cache

from agent.ledger.made import Made

NO_FOLLOW, EMPTY_PATH = 0x100, 0x1000  # linux/fcntl.h: AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH
BASIC_AND_BORN, BORN = 0xFFF, 0x800  # linux/stat.h: STATX_BASIC_STATS | STATX_BTIME, STATX_BTIME
LAYOUT = struct.Struct(
    "=I 24x H 2x Q Q 32x q I 4x 16x q I 4x 8x I I"
)  # mask, mode, inode, bytes, made, changed, device
NOT_KNOWN = (errno.ENOSYS, errno.EPERM, errno.EINVAL)  # an old kernel, or a container that forbids it

Statx = Callable[[int, bytes, int, int, object], int]


def look_at(folder: int, name: str) -> Made | None:
    """The regular file of that name in an open folder; `None` where there is none (a link is none)."""
    try:
        return _look(folder, name)
    except (FileNotFoundError, NotADirectoryError):
        return None


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
