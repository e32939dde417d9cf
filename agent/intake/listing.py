"""What lies in a folder right now: every regular file at any depth, with its facts.

The truth that events only hint at. A listing says whether it saw everything: what a listing with gaps does not show is
not gone.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from agent.intake.names import left_alone
from agent.intake.reading import NOT_THERE, facts_from, facts_of
from agent.ledger.sightings import FileFacts


class Found(NamedTuple):
    facts: FileFacts
    changed_at: float  # wall time; the later of mtime and ctime: a copy that keeps the old mtime is new all the same


@dataclass(slots=True)
class Listing:
    """Filled while `take` runs, so that others see it grow. `refused` are folders that could not be read, and why."""

    root: str
    files: dict[str, Found] = field(default_factory=dict[str, Found])
    entries: int = 0
    identity: tuple[int, int] | None = None  # the root's device and inode; None: there is none, or it is refused
    refused: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
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
                    found = Found(facts_from(status), max(status.st_mtime, status.st_ctime))
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


def identities_of(roots: list[str]) -> list[tuple[int, int] | None]:
    return [identity_of(root) for root in roots]


def new_or_changed(listing: Listing, known: Mapping[str, FileFacts], inodes: bool) -> list[tuple[str, Found]]:
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
