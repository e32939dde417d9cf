"""What lies in a folder right now: every regular file at any depth, with its facts; and the threads that look.

The truth that events only hint at. A listing says whether it saw everything: what a listing with gaps does not show is
not gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple, ParamSpec, TypeVar

from agent.disk.own_folders import Stamp
from agent.intake.kinds import left_alone
from agent.intake.reading import NOT_THERE, facts_from, facts_of
from agent.ledger.sightings import FileFacts, from_text, to_text

OFTEN = 256  # files
P = ParamSpec("P")
T = TypeVar("T")


class FoundFile(NamedTuple):
    facts: FileFacts
    changed_at: float  # wall time; the later of mtime and ctime: a copy that keeps the old mtime is new all the same


@dataclass(frozen=True, slots=True)
class Home:
    """A folder that was listed, to be known again by: `identity` is its device and inode, `first` a file seen in it."""

    identity: tuple[int, int]
    keeps_inodes: bool
    first: tuple[str, FileFacts] | None

    def lies_at(self, root: str) -> bool:
        """Whether it is there, and no other in its place.

        Some file systems (FUSE, where it was out of the system's memory for a moment) give the same folder another
        inode: there it is the one on the same device that holds the same file; an empty one has nothing to be missed.
        """
        seen = identity_of(root)
        if seen is None or seen == self.identity or self.keeps_inodes:
            return seen == self.identity
        return seen[0] == self.identity[0] and (self.first is None or _is_unchanged(*self.first))


def _is_unchanged(path: str, known: FileFacts) -> bool:
    """Whether a file has the size and time that it had."""
    facts = looks([path])[path]
    return isinstance(facts, FileFacts) and same(known, facts, inodes=False)


@dataclass(slots=True)
class Listing:
    """Gone through once, and never held as a whole. `refused` are folders that could not be read, and why."""

    root: str
    inodes: bool = True  # a file or folder keeps its own
    files: int = 0
    entries: int = 0
    identity: tuple[int, int] | None = None  # the root's device and inode; None: there is none, or it is refused
    first: tuple[str, FileFacts] | None = None
    refused: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    folders: dict[str, Stamp] = field(default_factory=dict[str, Stamp])  # as they were before they were listed
    links: bool = False  # to files, whose bytes may change with no word of it here
    abandoned: bool = False  # set from outside: stop at the next entry

    @property
    def is_whole(self) -> bool:
        """Whether what it did not show is not there."""
        return not (self.abandoned or self.refused) and self.identity is not None

    @property
    def home(self) -> Home | None:
        """The folder that it is of; `None`: there is none."""
        return None if self.identity is None else Home(self.identity, self.inodes, self.first)

    def walk(self) -> Iterator[tuple[str, FoundFile]]:
        """Every file, by the order of paths in the ledger.

        Symbolic links to files are followed, to folders not; what is left alone is left out.
        """
        self.identity = identity_of(self.root)
        open_folders = [(self.root, self._names_in(self.root))]
        while open_folders and not self.abandoned:
            folder, names = open_folders[-1]
            try:
                name = next(names, None)
                path = f"{folder.rstrip('/')}/{name}"
                if name is None:
                    open_folders.pop()
                elif name.endswith("/"):
                    open_folders.append((path[:-1], self._names_in(path[:-1])))
                elif (status := self._status(path)) and stat.S_ISREG(status.st_mode):
                    self.files += 1
                    facts = facts_from(status)
                    self.first = self.first or (path, facts)
                    yield path, FoundFile(facts, max(status.st_mtime, status.st_ctime))
            except OSError as error:
                open_folders.pop()
                if error.errno not in NOT_THERE:
                    self.refused.append((folder, error.strerror or str(error)))
                elif folder == self.root:
                    self.identity = None  # else: moved away meanwhile, and found in its new place
        if self.home is not None and not self.home.lies_at(self.root):
            self.identity = None  # unmounted or replaced meanwhile: what was not seen may lie there all the same

    def probe(self) -> None:
        """Go into every folder, and look at no file: whether all of them answer. Raises nothing."""
        left = [self.root]
        while left and not self.abandoned:
            folder = left.pop()
            with contextlib.suppress(OSError), os.scandir(folder) as entries:
                for entry in entries:
                    self.entries += 1
                    if not left_alone(entry.name) and entry.is_dir(follow_symlinks=False):
                        left.append(entry.path)

    def _names_in(self, folder: str) -> Iterator[str]:
        """Sorted, so that a folder's paths stand where the slash at the end of its name puts them."""
        self.folders[folder] = Stamp.of(os.stat(folder))  # noqa: PTH116 - as below
        names: list[str] = []
        with os.scandir(folder) as entries:
            for entry in entries:
                if self.abandoned:
                    return
                self.entries += 1
                if not left_alone(entry.name):
                    names.append(f"{entry.name}/" if entry.is_dir(follow_symlinks=False) else entry.name)
                    self.links = self.links or (entry.is_symlink() and entry.is_file())
        yield from sorted(names, key=to_text)

    def _status(self, path: str) -> os.stat_result | None:
        """`stat` of what is there or at the end of a link; `None`: gone meanwhile, a link that leads nowhere, or one of
        which the system does not tell: the others in its folder are seen all the same.
        """
        try:
            return os.stat(path)  # noqa: PTH116 - as below
        except OSError as error:
            if error.errno not in NOT_THERE and not os.path.islink(path):  # noqa: PTH114
                self.refused.append((path, error.strerror or str(error)))
            return None


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


@dataclass(slots=True)
class Comparison:
    """Of a listing with what is known: files new or changed, known ones that were not seen, and how many were."""

    found: list[tuple[str, FoundFile]] = field(default_factory=list[tuple[str, FoundFile]])
    missed: list[str] = field(default_factory=list[str])
    kept: int = 0


def compare(
    listing: Listing,
    known: Iterator[tuple[str, FileFacts]],
    now_and_then: Callable[[], None] = lambda: None,
) -> Comparison:
    """Go through both side by side: `known` are the ledger's texts of paths, in its order."""
    compared = Comparison()
    one = next(known, None)
    for number, (path, file) in enumerate(listing.walk()):
        if number % OFTEN == 0:
            now_and_then()
        text = to_text(path)
        while one is not None and one[0] < text:
            compared.missed.append(from_text(one[0]))
            one = next(known, None)
        facts = None
        if one is not None and one[0] == text:
            compared.kept, facts, one = compared.kept + 1, one[1], next(known, None)
        if not same(facts, file.facts, listing.inodes):
            compared.found.append((path, file))
    if one is not None and listing.is_whole:
        compared.missed += [from_text(text) for text, _ in chain([one], known)]
    return compared


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


def really_gone(root: str, home: Home | None, paths: list[str]) -> list[str]:
    """Those of `paths` at which there is certainly no file; none at all unless the root is there, and the same."""
    if home is None or not home.lies_at(root):
        return []
    gone = [path for path, facts in looks(paths).items() if facts is None]
    return gone if home.lies_at(root) else []  # unmounted while we asked


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
