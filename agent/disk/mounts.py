"""What is mounted where: which file systems locks and databases break on, which forget their inodes, what they lack."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from agent.disk.access import Access

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


# ---- what the disk below a folder cannot do: cards and shares have no hard links, or keep no rights of files


@dataclass(frozen=True, slots=True)
class Lack:
    """`told` and `remedy` are for people."""

    told: str
    remedy: str


def lacks_of(folders: Iterable[Path], access: Access) -> Iterator[Lack]:
    """Of each disk that these lie on, once; what is not there, or cannot be written, is passed over.

    Found out by trying, as the name of a file system says little: a share may have both, and whatever runs as a program
    (exFAT, NTFS) has the same name.
    """
    seen: set[int] = set()
    for folder in folders:
        try:
            device = folder.stat().st_dev
            if device not in seen:
                seen.add(device)
                yield from _lacks(folder, access)
        except OSError:
            continue


def _lacks(folder: Path, access: Access) -> Iterator[Lack]:
    where = f"{folder} lies on a disk ({file_system(folder) or 'of an unknown kind'})"
    with TemporaryDirectory(prefix=".venuesync-", dir=folder) as trial:
        one, other = Path(trial) / "one", Path(trial) / "other"
        fd = os.open(one, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, access.new_file(0o666))
        try:
            access.give(fd)
            given = access.is_given(os.fstat(fd))
        finally:
            os.close(fd)
        try:
            os.link(one, other)
            linked = one.stat().st_nlink == 2
        except OSError:
            linked = False
    if not linked:
        yield Lack(
            f"{where} without hard links: a photo takes its room once in each folder that it is filed in",
            "Have room for that, or let People and Unsorted lie on a disk with hard links",
        )
    if not given:
        yield Lack(
            f"{where} that does not take filing.mode and filing.group",
            "Say who may do what where it is mounted (uid, gid, umask), and leave both settings out",
        )
