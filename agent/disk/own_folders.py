"""Folders of ours, opened from the workspace's folder down and never through a symbolic link.

A path is looked up anew at each call, and any folder in it may have become a link since it was looked at. So each is
opened within the one above it, and what is done in it is done by name within the open folder. Why the topmost may be
links all the same: docs/decisions/12-nothing-goes-through-a-link.md.
"""

from __future__ import annotations

import errno
import os
import stat
import unicodedata
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import structlog

from agent.disk.access import USUAL, Access
from agent.disk.mounts import file_system_of, keeps_inodes

log = structlog.get_logger(__name__)

OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
LOOKS = 8  # at a folder that is a link one moment and none the next
NO_DIRECTORY = (errno.ENOTDIR, errno.ELOOP)  # what opening a link so is answered with: Linux the first, macOS both


class Astray(OSError):
    """A folder of ours is not what it was, and nothing goes into it: it became a link, or another disk is there.

    `path` is the folder's, below the workspace; `title`, `remedy` and `filename` are for people.
    """

    def __init__(self, code: int, title: str, path: str, remedy: str) -> None:
        super().__init__(code, title, path or "the workspace")
        self.path = path
        self.title = title
        self.remedy = remedy


class LinkInTheWay(Astray):
    def __init__(self, path: str) -> None:
        super().__init__(
            errno.ELOOP,
            "A folder is a link",
            path,
            "Remove the link, or put the folder back in its place: it goes on by itself",
        )


class LedNowhere(Astray):
    def __init__(self, path: str) -> None:
        super().__init__(
            errno.ENXIO,
            "A folder is a link to a disk that was not there when venuesync started",
            path,
            "Connect its disk, then start venuesync again",
        )


class OtherDisk(Astray):
    """Or none, where one was."""

    def __init__(self, path: str) -> None:
        super().__init__(
            errno.ENXIO,
            "A folder is another one than when venuesync started",
            path,
            "Connect its disk again; if the change was meant, start venuesync again",
        )


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells one folder from any other, for as long as its disk is there."""

    device: int
    inode: int

    @classmethod
    def of(cls, found: os.stat_result) -> Identity:
        return cls(found.st_dev, found.st_ino)


@dataclass(frozen=True, slots=True)
class Held:
    """One of the topmost folders as it was at the start; `link`: what it led to, where it is a link."""

    identity: Identity
    link: str | None = None


class OwnFolders:
    """`root` is the workspace's folder. Paths are below it, with `/` between their names.

    `access`: who may do what with the files and folders that are made in them.
    """

    def __init__(self, root: Path, access: Access = USUAL) -> None:
        self.root = root
        self.access = access
        self._held: dict[str, Held] = {}
        self._led_nowhere: set[str] = set()  # topmost ones that an operator made links, as they were looked at
        self._keep_inodes: dict[int, bool] = {}  # by device

    # ---- what an operator set up

    def hold(self, topmost: Iterable[str]) -> dict[str, Held]:
        """Take these folders as they are now, links too: the operator set them up so. Returns all that are held.

        One that is not there yet is not held, nor is one whose link leads nowhere: nothing is filed there then.
        """
        for path in ("", *topmost):
            if path in self._held:
                continue
            if (held := self._looked_at(self.root / path)) is not None:
                self._held[path] = held
            elif (self.root / path).is_symlink():
                self._led_nowhere.add(path)
        return dict(self._held)

    def _looked_at(self, path: Path) -> Held | None:
        try:
            link = os.readlink(path) if path != self.root and path.is_symlink() else None  # noqa: PTH115 - as it is
            return Held(Identity.of(path.stat()), link) if path.is_dir() else None
        except OSError:
            return None

    # ---- the way down

    @contextmanager
    def opened(self, path: str, made: dict[str, Identity] | None = None) -> Generator[int]:
        """The folder, open: a descriptor for `dir_fd`. What is missing of it is made where `made` is given to note it.

        Raises `Astray`; `FileNotFoundError` and `NotADirectoryError`, with the path below the workspace; `OSError`.
        """
        folder = self.open(path, made)
        try:
            yield folder
        finally:
            os.close(folder)

    def open(self, path: str, made: dict[str, Identity] | None = None) -> int:
        """The same for whoever closes it."""
        folder = self._open_root()
        for name, below in steps(path):
            try:
                inner = self._enter(folder, name, below, made)
            finally:
                os.close(folder)
            folder = inner
        return folder

    @contextmanager
    def opened_above(self, path: str) -> Generator[tuple[int, str]]:
        """The folder that `path` lies in, open, and its name there."""
        above, _, name = path.rpartition("/")
        with self.opened(above) as folder:
            yield folder, name

    def is_astray(self, path: str) -> Astray | None:
        """Why nothing goes into this folder; `None` where it can be entered, or is simply not there."""
        try:
            with self.opened(path):
                return None
        except Astray as error:
            return error
        except OSError:
            return None

    def keeps_inodes(self, folder: int) -> bool:
        """Whether a file keeps its inode where this open folder lies: on exFAT, say, it has another after a remount."""
        device = os.fstat(folder).st_dev
        if device not in self._keep_inodes:
            self._keep_inodes[device] = keeps_inodes(file_system_of(device))
        return self._keep_inodes[device]

    def _open_root(self) -> int:
        try:
            folder = os.open(self.root, OPEN)
        except (FileNotFoundError, NotADirectoryError):
            raise OtherDisk("") from None
        self._check(folder, "", whole=True)
        return folder

    def _enter(self, folder: int, name: str, path: str, made: dict[str, Identity] | None) -> int:
        for _ in range(LOOKS):
            try:
                inner = self._open_or_make(folder, name, path, made)
            except OSError as error:
                if error.errno not in NO_DIRECTORY:
                    raise OSError(error.errno, error.strerror, path) from None
                mode = mode_of(folder, name)  # one look: it may be exchanged between two
                if stat.S_ISLNK(mode):
                    return self._through(folder, name, path)
                if mode and not stat.S_ISDIR(mode):
                    raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path) from None
            else:
                self._check(inner, path, whole=False)
                return inner
        raise LinkInTheWay(path)

    def _open_or_make(self, folder: int, name: str, path: str, made: dict[str, Identity] | None) -> int:
        try:
            return os.open(name, OPEN | os.O_NOFOLLOW, dir_fd=folder)
        except FileNotFoundError:
            if made is None:
                raise
        identity = make_folder(folder, name, self.access)
        if identity is not None:
            made[path] = identity
        return os.open(name, OPEN | os.O_NOFOLLOW, dir_fd=folder)

    def _through(self, folder: int, name: str, path: str) -> int:
        """Into a topmost folder that the operator made a link, if it leads where it did."""
        held = self._held.get(path)
        if held is None or held.link is None:
            raise LedNowhere(path) if path in self._led_nowhere else LinkInTheWay(path)
        if os.readlink(name, dir_fd=folder) != held.link:
            raise OtherDisk(path)
        try:
            inner = os.open(name, OPEN, dir_fd=folder)
        except OSError:
            raise OtherDisk(path) from None
        self._check(inner, path, whole=True)
        return inner

    def _check(self, folder: int, path: str, *, whole: bool) -> None:
        """Raise if this is not the folder that is held: the very same one, or at least on the same device."""
        held = self._held.get(path)
        if held is None:
            return
        found = Identity.of(os.fstat(folder))
        if found != held.identity if whole else found.device != held.identity.device:
            os.close(folder)
            raise OtherDisk(path)


def steps(path: str) -> Iterable[tuple[str, str]]:
    """Each name of a path with the path so far. Raises `ValueError` for a path that leads out."""
    below = ""
    for name in path.split("/") if path else ():
        if name in ("", ".", ".."):
            raise ValueError(f"{path} is no path of a folder of ours")
        below = f"{below}/{name}" if below else name
        yield name, below


class Stamp(NamedTuple):
    """What changes with the names in a folder; `times` in nanoseconds of wall time."""

    device: int
    inode: int
    times: tuple[int, int]

    @staticmethod
    def of(facts: os.stat_result) -> Stamp:
        return Stamp(facts.st_dev, facts.st_ino, (facts.st_mtime_ns, facts.st_ctime_ns))

    @property
    def changed_at(self) -> float:
        """In wall time. What happens in the same tick of the clock changes it no more."""
        return max(self.times) / 1e9


def names_in(folder: int) -> list[str]:
    """What lies in an open folder, sorted; by the names that it was given where a disk takes letters apart (HFS+)."""
    listed = set(os.listdir(folder))
    return sorted(one if unicodedata.is_normalized("NFC", one) else _as_given(folder, one, listed) for one in listed)


def _as_given(folder: int, name: str, listed: set[str]) -> str:
    composed = unicodedata.normalize("NFC", name)
    with suppress(OSError):
        here, there = (os.stat(one, dir_fd=folder, follow_symlinks=False) for one in (name, composed))
        if composed not in listed and os.path.samestat(here, there):
            return composed
    return name


def is_folder(folder: int, name: str) -> bool:
    """Whether it is a folder itself, and no link to one."""
    return stat.S_ISDIR(mode_of(folder, name))


def mode_of(folder: int, name: str) -> int:
    """What lies there, as `stat` has it, a link itself; 0: nothing."""
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except OSError:
        return 0


def make_folder(folder: int, name: str, access: Access) -> Identity | None:
    """Make a folder within an open one. Returns what tells it from others; `None` where there was one."""
    try:
        os.mkdir(name, access.new_folder, dir_fd=folder)
    except FileExistsError:
        return None
    made = os.open(name, OPEN | os.O_NOFOLLOW, dir_fd=folder)
    try:
        access.give(made)
        return Identity.of(os.fstat(made))
    finally:
        os.close(made)


class OpenFolders:
    """Folders that stay open while a batch is done, some dozens at most: most of it is done in few folders."""

    MOST = 32

    def __init__(self, own: OwnFolders) -> None:
        self._own = own
        self._open: dict[str, int] = {}

    def __enter__(self) -> OpenFolders:
        return self

    def __exit__(self, *_: object) -> None:
        for folder in self._open.values():
            os.close(folder)
        self._open.clear()

    def __call__(self, path: str) -> int:
        """The folder's descriptor, good until some thirty others were asked for. Raises as `OwnFolders.opened`."""
        folder = self._open.pop(path, None)
        if folder is None:
            if len(self._open) >= self.MOST:
                os.close(self._open.pop(next(iter(self._open))))
            folder = self._own.open(path)
        self._open[path] = folder
        return folder

    def keeps_inodes(self, path: str) -> bool:
        return self._own.keeps_inodes(self(path))


def folders_below(own: OwnFolders, tops: Iterable[str]) -> Generator[tuple[str, int]]:
    """These folders with all in them, by path and open; those whose names begin with a dot are left out."""
    left = list(tops)
    while left:
        path = left.pop()
        with or_told(path), own.opened(path) as folder:
            yield path, folder
            names = [name for name in names_in(folder) if not name.startswith(".")]
            left += [f"{path}/{name}" for name in names if is_folder(folder, name)]


@contextmanager
def or_told(path: str) -> Generator[None]:
    """What cannot be read is passed over; what is not there needs no word."""
    try:
        yield
    except FileNotFoundError:
        pass
    except OSError as error:
        log.warning("folder.not_read", path=path, error=error.strerror)
