"""Reading a file that arrived: one pass gives its hashes, its type and the facts that they hold for.

What is recorded of a photo must belong to the very bytes that were there: a file that changes meanwhile is refused.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agent.errors import Cause, VenueError
from agent.intake.kinds import COMPANIONS, HEAD_BYTES, kind_of
from agent.intake.links import Exchanged, OthersFile, open_arrived
from agent.ledger.photos import Content
from agent.ledger.sightings import NEVER, FileFacts
from agent.regular import NotRegular

BLOCK = 1 << 20  # bytes a read; hashlib lets other threads run meanwhile

NOT_THERE = (errno.ENOENT, errno.ENOTDIR)


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


PERMIT = "Allow this user to read it: it is taken in by itself"
COPY = "Copy the file itself into the folder"


class CannotRead(VenueError):
    """The system refuses to read the file; `reason` is the system's, `facts` where it tells at least these."""

    kind = "permission_denied"

    def __init__(self, path: Path, reason: str, facts: FileFacts | None, remedy: str = PERMIT) -> None:
        super().__init__("the file cannot be read", f"{path.name}: {reason}", remedy)
        self.reason = reason
        self.facts = facts


class NotAPhoto(VenueError):
    """The file is neither photo nor video; `reason` is for people, `facts` are those that this holds for."""

    kind = "no_photo"

    def __init__(self, path: Path, reason: str, facts: FileFacts) -> None:
        super().__init__("no photo", f"{path.name}: {reason}")
        self.reason = reason
        self.facts = facts


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
    """A file that is not to be read by us; `facts` are unknown where not even its size is told."""

    facts: FileFacts | None
    reason: str
    remedy: str = PERMIT


def classify(path: Path, root: Path | None = None) -> Photo | Skipped | Unreadable:
    """What lies at `path`, below the incoming folder `root` (else in its own folder).

    Blocks while reading; raises `StillChanging` and `Vanished`, which are no verdicts.
    """
    try:
        return Photo(*read_content(path, root))
    except NotAPhoto as error:
        return Skipped(error.facts, error.reason)
    except CannotRead as error:
        return Unreadable(error.facts, error.reason, error.remedy)


def read_content(path: Path, root: Path | None = None) -> tuple[Content, FileFacts]:
    """The content of a photo or video and the facts it holds for, in one read. Of other files one block is read.

    Never blocks on a pipe or device; links as `open_arrived` follows them.
    Raises `StillChanging`, `Vanished`, `CannotRead`, `NotAPhoto`.
    """
    try:
        with open_arrived(root or path.parent, path) as file:
            fd = file.fileno()
            facts = facts_from(os.fstat(fd))
            found = _read(fd, path.name)
            if facts_from(os.fstat(fd)) != facts:
                raise StillChanging(path)
    except NotRegular:
        raise NotAPhoto(path, "not a regular file", _facts_at(path)) from None
    except OSError as error:
        raise _ours(error, path) from None
    if isinstance(found, str):
        raise NotAPhoto(path, found, facts)
    return found, facts


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
    sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
    while block:
        sha256.update(block)
        md5.update(block)
        size += len(block)
        block = os.read(fd, BLOCK)
    return Content(sha256.hexdigest(), md5.hexdigest(), size, kind.mime, kind.kind)


def _ours(error: OSError, path: Path) -> VenueError:
    if error.errno in NOT_THERE:
        return Vanished(path)
    if error.errno == errno.EAGAIN or isinstance(error, Exchanged):  # a lease: a file server is handing it over now
        return StillChanging(path)
    facts = None
    with suppress(OSError):
        facts = facts_of(str(path))
    if isinstance(error, OthersFile):
        return CannotRead(path, "it is a link to a file of somebody else", facts, COPY)
    return CannotRead(path, error.strerror or str(error), facts)
