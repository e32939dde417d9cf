"""Opening a file of an incoming folder: no folder on the way may be a link, and not every link to a file is followed.

Whoever may write into the folder could else have anybody's file filed, sent to Drive and shown: whatever this user may
read. So a link is followed within the folder, or where the file at its end belongs to whoever made the link. (A hard
link cannot be told from the file; the system lets nobody make one to a file that they may not write.)
"""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

from agent.own_folders import Astray, OwnFolders
from agent.regular import NotRegular, open_regular


class OthersFile(OSError):
    """A link leads to a file that belongs to somebody else than the link."""


class Exchanged(OSError):
    """The link was another one a moment ago."""


def open_arrived(root: Path, path: Path) -> BufferedReader:
    """Open a file below an incoming folder for reading; never waits at a pipe, never opens a device.

    Raises `NotRegular`, `OthersFile`, `Exchanged`, `OSError`. Where a folder on the way is a link, nothing is there.
    """
    try:
        with OwnFolders(root).opened_above(str(path.relative_to(root))) as (folder, name):
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISLNK(found.st_mode):
                return _through(root, path, folder, name, found)
            refuse_irregular(path, found)
            return open_regular(name, folder=folder, follow=False)
    except Astray:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from None


def refuse_irregular(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise NotRegular(path)


def _through(root: Path, path: Path, folder: int, name: str, link: os.stat_result) -> BufferedReader:
    refuse_irregular(path, os.stat(name, dir_fd=folder))
    real_root, target = Path(os.path.realpath(root)), Path(os.path.realpath(path))
    if target.is_relative_to(real_root):
        with OwnFolders(real_root).opened_above(str(target.relative_to(real_root))) as (inner, real_name):
            return open_regular(real_name, folder=inner, follow=False)
    file = open_regular(name, folder=folder)
    try:
        if not may_follow(link, os.fstat(file.fileno())):
            raise OthersFile(str(path))
        now = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if (now.st_ino, now.st_ctime_ns) != (link.st_ino, link.st_ctime_ns):
            raise Exchanged(str(path))
    except BaseException:
        file.close()
        raise
    return file


def may_follow(link: os.stat_result, target: os.stat_result) -> bool:
    """Whether the file belongs to whoever made the link; or to us, where the machine's administrator made it."""
    return target.st_uid == link.st_uid or (link.st_uid == 0 and target.st_uid == os.geteuid())
