"""What tells a file that we made from any other: recorded before it gets its name, and compared before it is removed.

The same bytes are not enough: anybody may have a copy, and put it anywhere.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

COPIED_WITHIN = 2_000_000_000  # nanoseconds: the coarsest a file system keeps times (FAT)
COLUMNS = "disk_inode, disk_mtime_ns, disk_device, disk_born_us"  # of a placement


@dataclass(frozen=True, slots=True)
class Made:
    """A file as it was when we made it.

    `device` is `None` where an older program recorded it; `born_us`, microseconds since 1970, where the file system
    does not keep when a file was made.
    """

    bytes: int
    mtime_ns: int
    inode: int
    device: int | None
    born_us: int | None = None

    def is_file(self, other: Made) -> bool:
        """Whether both are one file by all that is known of both, whatever was written to it since."""
        return self.inode == other.inode and _agree(self.device, other.device) and _agree(self.born_us, other.born_us)

    def is_surely(self, other: Made) -> bool:
        """The same, and known by when it was made: an inode is given to another file as soon as one is gone."""
        return self.is_file(other) and self.born_us is not None and other.born_us is not None

    def is_as_left(self, other: Made) -> bool:
        """Whether it is that file, and by all that can be told nobody wrote to it."""
        return self.is_file(other) and (self.bytes, self.mtime_ns) == (other.bytes, other.mtime_ns)

    def is_copy(self, other: Made) -> bool:
        """Whether it may be a faithful copy of it: restored from a backup, or brought to another disk."""
        return self.bytes == other.bytes and abs(self.mtime_ns - other.mtime_ns) <= COPIED_WITHIN


def _agree(one: int | None, other: int | None) -> bool:
    return one is None or other is None or one == other


def made_in(row: sqlite3.Row) -> Made | None:
    """Of a placement's row with its photo's `bytes`; `None`: nothing of ours is recorded there."""
    if row["disk_inode"] is None:
        return None
    return Made(row["bytes"], row["disk_mtime_ns"], row["disk_inode"], row["disk_device"], row["disk_born_us"])


def columns_of(made: Made | None) -> tuple[int | None, int | None, int | None, int | None]:
    """The values of `COLUMNS`."""
    return (None, None, None, None) if made is None else (made.inode, made.mtime_ns, made.device, made.born_us)
