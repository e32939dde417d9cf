"""What the disk below a folder cannot do: cards and shares have no hard links, or keep no rights of files.

Found out by trying, as the name of a file system says little: a share may have both, and whatever runs as a program
(exFAT, NTFS) has the same name.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from agent.disk.access import Access
from agent.disk.mounts import file_system


@dataclass(frozen=True, slots=True)
class Lack:
    """`told` and `remedy` are for people."""

    told: str
    remedy: str


def lacks_of(folders: Iterable[Path], access: Access) -> Iterator[Lack]:
    """Of each disk that these lie on, once; what is not there, or cannot be written, is passed over."""
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
