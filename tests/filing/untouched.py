"""What lies below a folder, as exactly as a disk can tell: nothing of it may change by our doing."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

Look = tuple[int, int, int, int, str]  # inode, mode, bytes, time of change of the content, and the content


def below(*folders: Path) -> dict[str, Look]:
    """Every file, folder and link, itself included; what is read leaves no trace."""
    found: dict[str, Look] = {}
    for top in folders:
        for path in [top, *sorted(top.rglob("*"))]:
            status = path.lstat()
            if stat.S_ISLNK(status.st_mode):
                content = os.readlink(path)  # noqa: PTH115 - as text
            elif stat.S_ISREG(status.st_mode):
                content = hashlib.sha256(path.read_bytes()).hexdigest()
            else:
                content = ""
            found[str(path)] = (status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, content)
    return found
