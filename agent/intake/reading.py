"""Reading a file that arrived: one pass gives its hashes, its type and the facts that they hold for.

What is recorded of a photo must belong to the very bytes that were there: a file that changes meanwhile is refused.

No folder on the way to it may be a link, and not every link to a file is followed. Whoever may write into the folder
could else have anybody's file filed, sent to Drive and shown: whatever this user may read. So a link is followed within
the folder, or where the file at its end belongs to whoever made the link. (A hard link cannot be told from the file;
the system lets nobody make one to a file that they may not write.)
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import signal
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from agent.disk.atomic import NotRegular, open_regular
from agent.disk.mounts import NETWORK_FILE_SYSTEMS, file_system_of
from agent.disk.own_folders import Astray, OwnFolders
from agent.errors import Cause, VenueError
from agent.intake.kinds import COMPANIONS, HEAD_BYTES, kind_of, left_alone_below
from agent.ledger.photos import Content
from agent.ledger.sightings import NEVER, FileFacts

BLOCK = 1 << 20  # bytes a read; hashlib lets other threads run meanwhile
HOLLOW = 512  # bytes of nothing at a file's end: a disk's least block

NOT_THERE = (errno.ENOENT, errno.ENOTDIR)
PERMIT = "Allow this user to read it: it is taken in by itself"
COPY = "Copy the file itself into the folder"


class StillChanging(VenueError):
    """The file changed while it was read, or somebody holds it: it will be whole later."""

    cause = Cause.TRANSIENT
    kind = "still_changing"

    def __init__(self, path: Path) -> None:
        super().__init__("still being written", path.name)


class Vanished(VenueError):
    """The file is not there any more."""

    cause = Cause.MISSING
    kind = "file_vanished"

    def __init__(self, path: Path) -> None:
        super().__init__("the file is gone", path.name)


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo or video. `content.bytes` is 0 for a photo of which nothing but its name has arrived."""

    content: Content
    facts: FileFacts


@dataclass(frozen=True, slots=True)
class Skipped:
    """A real file that is no photo: it stays where it is, and `reason` is for people."""

    facts: FileFacts
    reason: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that is not to be read by us; `reason` is the system's, `facts` are unknown where not even its size is
    told.
    """

    facts: FileFacts | None
    reason: str
    remedy: str = PERMIT


def classify(path: Path, root: Path | None = None, name: str = "") -> Photo | Skipped | Unreadable:
    """What lies at `path`, below the incoming folder `root` (else in its own folder); it came here under that `name`.

    In one read, of files that are no photo one block; never waits at a pipe or device; links as `open_arrived` follows
    them. Blocks while reading; raises `StillChanging` and `Vanished`, which are no verdicts.
    """
    try:
        with open_arrived(root or path.parent, path) as file:
            fd = file.fileno()
            facts = facts_from(os.fstat(fd))
            found = _read(fd, name or path.name)
            _refuse_other(path, facts, facts_from(os.fstat(fd)), facts_of(str(path)))
    except NotRegular:
        return Skipped(_facts_at(path), "not a regular file")
    except OSError as error:
        return _unreadable(error, path)
    return Skipped(facts, found) if isinstance(found, str) else Photo(found, facts)


def called(path: Path, root: Path) -> str:
    """The name of a photo that lies there. A link to a file below the same folder is that file, whichever is found
    first; one to a file that nobody looks for, as its name or a folder's says so, has its own. Blocks.
    """
    if not path.is_symlink():
        return path.name
    target, folder = Path(os.path.realpath(path)), os.path.realpath(root)
    is_looked_for = target.is_relative_to(folder) and not left_alone_below(str(target), folder)
    return target.name if is_looked_for else path.name


def facts_of(path: str) -> FileFacts | None:
    """What `stat` says of a regular file (or of the one a link points to); `None` if there is none.

    Raises `OSError` where the system does not tell, which is not the same.
    """
    try:
        status = os.stat(path)  # noqa: PTH116 - ten thousand in a row, and a `Path` costs more than the call
    except OSError as error:
        if error.errno in NOT_THERE:
            return None
        raise
    return facts_from(status) if stat.S_ISREG(status.st_mode) else None


def facts_from(status: os.stat_result) -> FileFacts:
    return FileFacts(status.st_size, status.st_mtime_ns, status.st_ino)


def _refuse_other(path: Path, facts: FileFacts, now: FileFacts, there: FileFacts | None) -> None:
    """What was read is to be the file that lies there still: one that was moved meanwhile is of where it lies now."""
    if there is None:
        raise Vanished(path)
    if now != facts or (there.bytes, there.mtime_ns) != (facts.bytes, facts.mtime_ns):
        raise StillChanging(path)


def _facts_at(path: Path) -> FileFacts:
    """Of whatever is there, or at the end of a link."""
    try:
        return facts_from(path.stat())
    except OSError:
        return NEVER


def _read(fd: int, name: str) -> Content | str:
    """Read to the end and hash. A file that is no photo is left after its first block; answers why it is none."""
    if name.rpartition(".")[2].lower() in COMPANIONS:
        return "a camera's preview of a video"
    block = os.read(fd, BLOCK)
    kind = kind_of(block[:HEAD_BYTES], name)
    if kind is None:
        return "neither photo nor video" if block else "empty"
    sha256, md5, size, end = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0, b""
    while block:
        sha256.update(block)
        md5.update(block)
        size += len(block)
        end = block[-HOLLOW:]
        block = os.read(fd, BLOCK)
    return Content(sha256.hexdigest(), md5.hexdigest(), size, kind.mime, kind.kind, end == bytes(HOLLOW))


def _unreadable(error: OSError, path: Path) -> Unreadable:
    """Raises `StillChanging` and `Vanished` where that is what the system says."""
    if error.errno in NOT_THERE:
        raise Vanished(path) from None
    if error.errno == errno.EAGAIN or isinstance(error, Exchanged):  # a lease: a file server is handing it over now
        raise StillChanging(path) from None
    facts = None
    with suppress(OSError):
        facts = facts_of(str(path))
    if isinstance(error, OthersFile):
        return Unreadable(facts, "it is a link to a file of somebody else", COPY)
    return Unreadable(facts, error.strerror or str(error))


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


def is_being_written(root: str, path: str) -> bool | None:
    """Of a file below an incoming folder; `None`: nobody tells, as it is another user's, or on a share. Blocks."""
    if sys.platform != "linux":
        return None
    try:
        with open_arrived(Path(root), Path(path)) as file:
            return _no_lease(file.fileno())
    except (NotRegular, OSError):
        return None


def _no_lease(fd: int) -> bool | None:
    # who opens it for writing at this very moment has us told: by a signal that ends nobody, as SIGIO would
    fcntl.fcntl(fd, fcntl.F_SETSIG, signal.SIGURG)
    try:
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        shared = error.errno != errno.EAGAIN or file_system_of(os.fstat(fd).st_dev) in NETWORK_FILE_SYSTEMS
        return None if shared else True  # a share gives none, whoever has it open
    fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False
