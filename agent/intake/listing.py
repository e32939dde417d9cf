"""What lies in a folder right now: every regular file at any depth, with its facts; and the threads that look.

The truth that events only hint at. A listing says whether it saw everything: what a listing with gaps does not show is
not gone.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple, ParamSpec, TypeVar

from agent.disk.own_folders import Stamp
from agent.intake.kinds import left_alone
from agent.intake.reading import NOT_THERE, facts_from, facts_of
from agent.ledger.sightings import FileFacts

P = ParamSpec("P")
T = TypeVar("T")


class FoundFile(NamedTuple):
    facts: FileFacts
    changed_at: float  # wall time; the later of mtime and ctime: a copy that keeps the old mtime is new all the same


@dataclass(slots=True)
class Listing:
    """Filled while `take` runs, so that others see it grow. `refused` are folders that could not be read, and why."""

    root: str
    files: dict[str, FoundFile] = field(default_factory=dict[str, FoundFile])
    entries: int = 0
    identity: tuple[int, int] | None = None  # the root's device and inode; None: there is none, or it is refused
    refused: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    folders: dict[str, Stamp] = field(default_factory=dict[str, Stamp])  # as they were before they were listed
    links: bool = False  # to files, whose bytes may change with no word of it here
    abandoned: bool = False  # set from outside: stop at the next entry

    def take(self) -> Listing:
        """List the root. Symbolic links to files are followed, to folders not; what is left alone is left out."""
        self.identity = identity_of(self.root)
        pending = [self.root]
        while pending and not self.abandoned:
            folder = pending.pop()
            try:
                self._list_one(folder, pending)
            except OSError as error:
                if error.errno not in NOT_THERE:
                    self.refused.append((folder, error.strerror or str(error)))
                elif folder == self.root:
                    self.identity = None  # else: moved away meanwhile, and found in its new place
        return self

    def _list_one(self, folder: str, pending: list[str]) -> None:
        self.folders[folder] = Stamp.of(os.stat(folder))  # noqa: PTH116 - as below
        with os.scandir(folder) as entries:
            for entry in entries:
                if self.abandoned:
                    return
                self.entries += 1
                if left_alone(entry.name):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                elif (status := _status(entry)) is not None and stat.S_ISREG(status.st_mode):
                    found = FoundFile(facts_from(status), max(status.st_mtime, status.st_ctime))
                    self.links = self.links or entry.is_symlink()
                    self.files[entry.path] = found


def _status(entry: os.DirEntry[str]) -> os.stat_result | None:
    """`stat` of what the entry is or points to; `None` for a file gone meanwhile and a link that leads nowhere."""
    try:
        return entry.stat()
    except OSError as error:
        if error.errno in NOT_THERE or entry.is_symlink():
            return None
        raise


def identity_of(root: str) -> tuple[int, int] | None:
    """The device and inode of a folder; `None` if there is none, or nobody tells."""
    try:
        status = os.stat(root)  # noqa: PTH116 - paths are plain texts in this room, ten thousand at a time
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if stat.S_ISDIR(status.st_mode) else None


def as_before(folders: Mapping[str, Stamp]) -> bool:
    """Whether no name came or went in any of these folders."""
    try:
        return all(Stamp.of(os.stat(path)) == stamp for path, stamp in folders.items())  # noqa: PTH116 - as above
    except OSError:
        return False


def identities_of(roots: list[str]) -> list[tuple[int, int] | None]:
    return [identity_of(root) for root in roots]


def new_or_changed(listing: Listing, known: Mapping[str, FileFacts], inodes: bool) -> list[tuple[str, FoundFile]]:
    """The listed files that are not known, or have other facts than known."""
    return [(path, file) for path, file in listing.files.items() if not same(known.get(path), file.facts, inodes)]


def vanished(listing: Listing, known: Mapping[str, FileFacts]) -> list[str]:
    return [path for path in known if path not in listing.files]


def same(known: FileFacts | None, facts: FileFacts, inodes: bool) -> bool:
    """Whether a file is taken for the one that is known. Without `inodes`, size and mtime alone decide.

    Out of reach: a file overwritten in place by as many bytes that are given the same mtime, while nothing told of it.
    """
    if known is None or inodes:
        return known == facts
    return (known.bytes, known.mtime_ns) == (facts.bytes, facts.mtime_ns)


def looks(paths: list[str]) -> dict[str, FileFacts | OSError | None]:
    """The facts of each path; `None` where no regular file is, the error where the system does not tell."""
    answers: dict[str, FileFacts | OSError | None] = {}
    for path in paths:
        try:
            answers[path] = facts_of(path)
        except OSError as error:
            answers[path] = error
    return answers


def really_gone(root: str, identity: tuple[int, int] | None, paths: list[str]) -> list[str]:
    """Those of `paths` at which there is certainly no file; none at all unless the root is there, and the same."""
    if identity is None or identity_of(root) != identity:
        return []
    gone = [path for path, facts in looks(paths).items() if facts is None]
    return gone if identity_of(root) == identity else []  # unmounted while we asked


class Threads:
    """The threads that touch incoming folders, so that the event loop never does; calls wait for their turn.

    Few and our own: a share that hangs keeps one of them for each of its folders, and must not keep everybody else's.
    """

    def __init__(self, number: int) -> None:
        self._pool = ThreadPoolExecutor(number, thread_name_prefix="intake")

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The call's answer or error. Cancelled while it runs, the call goes on by itself."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: call(*args, **kwargs))

    def close(self) -> None:
        """Take no more calls; waits for none."""
        self._pool.shutdown(wait=False, cancel_futures=True)
