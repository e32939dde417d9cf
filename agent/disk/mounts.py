"""What is mounted where: which file systems locks and databases break on, and which forget their inodes."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path

NETWORK_FILE_SYSTEMS = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "fuse.sshfs",
    "fuse.rclone",
    "afpfs",
    "webdav",
}
# Their inodes are made up in memory, and are others after a remount or under memory pressure.
PASSING_INODES = (NETWORK_FILE_SYSTEMS - {"nfs", "nfs4", "afs", "ceph"}) | {"exfat", "msdos", "vfat"}
ESCAPED = re.compile(r"\\([0-7]{3})")  # how the kernel writes blanks in a mount point: `\040`


def keeps_inodes(kind: str) -> bool:
    """Whether a file keeps its inode on such a file system; one that is a program (FUSE) promises nothing."""
    return kind not in PASSING_INODES and not kind.startswith("fuse")


def left_bare(folders: Collection[str]) -> set[str]:
    """Those that are as a card, disk or share leaves them that was disconnected: not there, or with nothing in them.

    Blocks. One that the system does not tell of is none.
    """
    return {folder for folder in folders if _is_bare(folder)}


def _is_bare(folder: str) -> bool:
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False


def file_system(path: Path, mounts: Path = Path("/proc/self/mounts")) -> str:
    """The kind of file system below `path` (`ext4`, `nfs4`, …); empty where the system does not tell."""
    try:
        rows = [line.split(" ") for line in os.fsdecode(mounts.read_bytes()).split("\n") if line]
    except OSError:
        return ""
    real = os.path.realpath(path)  # of what is not there, or cannot be reached, as far as it can be told
    found = ("", "")
    for row in rows:
        point = ESCAPED.sub(lambda code: chr(int(code[1], 8)), row[1])
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(found[0]):
            found = (point, row[2])
    return found[1]


def file_system_of(device: int, mounts: Path = Path("/proc/self/mountinfo")) -> str:
    """The kind of file system with this device number (`st_dev`); empty where the system does not tell."""
    number = f"{os.major(device)}:{os.minor(device)}"
    try:
        rows = [line.split(" ") for line in os.fsdecode(mounts.read_bytes()).split("\n") if line]
    except OSError:
        return ""
    return next((row[row.index("-") + 1] for row in rows if row[2] == number), "")
