"""Folders of ours made, renamed and removed, on the router's thread.

New ones are made aside first, under a temporary name in the folder that they belong in and with all that belongs in
them; then the router writes down what they are; then they get their names. Killed anywhere between, the next life knows
by what was written down whether the folder under the name is ours.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import stat
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum, auto

from agent.disk.own_folders import (
    OPEN,
    Identity,
    LinkInTheWay,
    OpenFolders,
    OwnFolders,
    make_folder,
    names_in,
    steps,
)
from agent.filing import files
from agent.filing.files import Spot, own_prefix, rename_new
from agent.filing.names import alike, candidates
from agent.model import FolderId

NAMES_TRIED = 100  # of a folder that gets another name


@dataclass(slots=True)
class Staged:
    """Folders on their way. `waiting`: path -> where it waits for its name, parents first; `made`: what tells it from
    others. `asides`: the temporary folders, by those that they lie in; `there`: which had no need to be made.
    """

    waiting: dict[str, str] = field(default_factory=dict[str, str])
    made: dict[str, Identity] = field(default_factory=dict[str, Identity])
    asides: dict[str, str] = field(default_factory=dict[str, str])
    there: set[str] = field(default_factory=set[str])
    failed: dict[str, OSError] = field(default_factory=dict[str, OSError])


@dataclass(frozen=True, slots=True)
class MadeFolders:
    """Folders that are there, and where; which could not be, and why.

    `others`: of these another identity holds than was written down; `None`: somebody else made it meanwhile.
    """

    there: list[tuple[FolderId, str]]
    others: list[tuple[FolderId, Identity | None]]
    failed: list[tuple[str, OSError]]


# ---- made


def stage_folders(own: OwnFolders, mark: str, paths: Iterable[str]) -> Staged:
    """Make what is missing of these folders, and above them, aside; what an earlier try left there goes."""
    staged = Staged()
    with OpenFolders(own) as opened:
        for path in paths:
            try:
                _stage(own, opened, staged, path, mark)
            except OSError as error:
                staged.failed[path] = error
        for above in staged.asides:
            with suppress(OSError):
                files.sync(opened(above))
    return staged


def _stage(own: OwnFolders, opened: OpenFolders, staged: Staged, path: str, mark: str) -> str | None:
    """Where the folder waits for its name; `None`: it is there."""
    above, _, name = path.rpartition("/")
    if path in staged.waiting or (above not in staged.waiting and _is_there(opened, staged, path)):
        return staged.waiting.get(path)
    beside = _stage(own, opened, staged, above, mark) or staged.asides.get(above)
    if beside is None:
        clear_in(opened(above), mark)
        aside = f"{_asides(mark)}{secrets.token_hex(4)}"
        _make(own, opened(above), aside, path)
        beside = f"{above}/{aside}" if above else aside
        staged.asides[above] = beside
    staged.made[path] = _make(own, opened(beside), name, path)
    staged.waiting[path] = f"{beside}/{name}"
    return staged.waiting[path]


def _is_there(opened: OpenFolders, staged: Staged, path: str) -> bool:
    try:
        opened(path)
    except FileNotFoundError:
        return False
    staged.there.add(path)
    return True


def _make(own: OwnFolders, folder: int, name: str, path: str) -> Identity:
    try:
        made = make_folder(folder, name, own.access)
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from None
    if made is None:
        raise OSError(errno.EEXIST, os.strerror(errno.EEXIST), path)
    return made


def name_folders(
    own: OwnFolders, staged: Staged, absent: Sequence[tuple[FolderId, str]], refused: Collection[str]
) -> MadeFolders:
    """Those that were written down get their names, `refused` ones not; what somebody else made meanwhile stays theirs.

    Nothing is left aside.
    """
    named: dict[str, Identity | None] = {}  # `None`: it is somebody's
    lost = {*refused}
    with OpenFolders(own) as opened:
        _clear_all(opened, [staged.waiting[path] for path in refused])
        for path, beside in staged.waiting.items():
            above = path.rpartition("/")[0]
            if path in lost or above in lost:
                lost.add(path)
            elif above in staged.failed:
                staged.failed[path] = staged.failed[above]
            else:
                came_along = named.get(above) is not None
                try:
                    named[path] = _name(own, opened, path, None if came_along else beside, staged.made.get(path))
                except OSError as error:
                    staged.failed[path] = error
        _clear_all(opened, staged.asides.values())
    there = [(folder, path) for folder, path in absent if path in staged.there or path in named]
    others = [(folder, named[path]) for folder, path in there if path in named and named[path] != staged.made.get(path)]
    return MadeFolders(there, others, list(staged.failed.items()))


def _name(
    own: OwnFolders, opened: OpenFolders, path: str, beside: str | None, made: Identity | None
) -> Identity | None:
    """Give a folder its name; `beside` is `None`: the folder above brought it along. Answers what tells it from others
    now, `None` for somebody's that lies there.
    """
    above, _, name = path.rpartition("/")
    if beside is not None:
        waits, _, _ = beside.rpartition("/")
        if not rename_new(Spot(opened(waits), name), Spot(opened(above), name)):
            opened(path)  # somebody's file is no folder, and nothing goes through a link
            return None
    folder = opened(above)
    return made if own.keeps_inodes(folder) else Identity.of(os.stat(name, dir_fd=folder, follow_symlinks=False))


def _clear_all(opened: OpenFolders, paths: Iterable[str]) -> None:
    for path in paths:
        above, _, name = path.rpartition("/")
        with suppress(OSError):
            clear(opened(above), name)


def clear_asides(own: OwnFolders, mark: str, paths: Iterable[str]) -> None:
    """Remove what a crash left of folders on their way to these paths."""
    above = {""} | {below for path in paths for _, below in steps(path.rpartition("/")[0])}
    for path in above:
        with suppress(OSError), own.opened(path) as folder:
            clear_in(folder, mark)


def clear_in(folder: int, mark: str) -> None:
    """The same for those on their way into this open folder."""
    for name in names_in(folder):
        if name.startswith(_asides(mark)):
            clear(folder, name)


def clear(folder: int, name: str) -> None:
    """Remove a folder with the folders in it; what somebody put there stays, with all above it."""
    with suppress(OSError):
        inner = os.open(name, OPEN | os.O_NOFOLLOW, dir_fd=folder)
        try:
            for one in names_in(inner):
                clear(inner, one)
        finally:
            os.close(inner)
        os.rmdir(name, dir_fd=folder)


def _asides(mark: str) -> str:
    return f"{own_prefix(mark)}folders-"


# ---- renamed


class Renamed(StrEnum):
    """What became of a folder that is to be called otherwise. `GONE`: a person had removed it. `FOUND`: it was on its
    way there already, or another one has its inode by now: a disk gives that of what was removed to what comes next.
    """

    MOVED = auto()
    FOUND = auto()
    GONE = auto()


def rename_folder(
    own: OwnFolders, mark: str, now: str, wanted: str, identity: Identity | None = None
) -> tuple[str, Renamed]:
    """Bring the folder at `now` to `wanted`, or to the next name beside it that nobody has.

    Returns where it lies. Killed after the renaming and before that was written down, or amid one in two steps, it
    finds the folder, by `identity` where that is known. Raises `Astray`, `OSError`.
    """
    try:
        return _rename(own, mark, now, wanted, identity)
    except FileNotFoundError:
        return wanted, Renamed.GONE  # with the folder above it


def _rename(own: OwnFolders, mark: str, now: str, wanted: str, identity: Identity | None) -> tuple[str, Renamed]:
    with own.opened_above(now) as source, own.opened_above(wanted) as target:
        old, new = Spot(*source), Spot(*target)
        between = Spot(new.folder, _between(mark, new.name))
        found = _folder_at(old, now)
        if found is None:
            if _folder_at(new, wanted) is None and _folder_at(between, wanted) is not None:
                os.rename(between.name, new.name, src_dir_fd=between.folder, dst_dir_fd=new.folder)
            known = identity if own.keeps_inodes(new.folder) else None
            there = _beside(new, wanted)
            path = next((path for path, one in there if known is None or one.inode == known.inode), None)
            return path or wanted, Renamed.GONE if path is None else Renamed.FOUND
        at_name = _folder_at(new, wanted)
        same = at_name is not None and alike(old.name, new.name) and new.name not in names_in(new.folder)
        if at_name == found or same:  # a letter's case, on a disk that makes no difference, whatever its inodes
            _respell(old, new, between)
            return wanted, Renamed.MOVED
        for path, spot in _names(new, wanted):
            if path == now or rename_new(old, spot):
                return path, Renamed.MOVED
        return now, Renamed.MOVED


def _names(spot: Spot, wanted: str) -> Iterator[tuple[str, Spot]]:
    """The wanted name and those that are tried where it is somebody's."""
    above = wanted.rpartition("/")[0]
    for _, name in zip(range(NAMES_TRIED), candidates(spot.name), strict=False):
        yield f"{above}/{name}" if above else name, Spot(spot.folder, name)


def _beside(spot: Spot, wanted: str) -> Iterator[tuple[str, Identity]]:
    """The folders that are called so, up to the first name that nobody has."""
    for path, one in _names(spot, wanted):
        if (found := _folder_at(one, path)) is None:
            return
        yield path, found


def _respell(old: Spot, new: Spot, between: Spot) -> None:
    """The same name in other letters. Linux's exFAT and FAT take the new one for the old one, and leave it as it is."""
    os.rename(old.name, new.name, src_dir_fd=old.folder, dst_dir_fd=new.folder)
    if new.name not in names_in(new.folder):
        os.rename(old.name, between.name, src_dir_fd=old.folder, dst_dir_fd=between.folder)
        os.rename(between.name, new.name, src_dir_fd=between.folder, dst_dir_fd=new.folder)


def _between(mark: str, name: str) -> str:
    """Where a folder lies between two steps to this name: found again after a kill."""
    return f"{own_prefix(mark)}to-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def _folder_at(spot: Spot, path: str) -> Identity | None:
    """What tells the folder there from others; `None` where there is none. Raises `LinkInTheWay`."""
    try:
        found = os.stat(spot.name, dir_fd=spot.folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(found.st_mode):
        raise LinkInTheWay(path)
    return Identity.of(found) if stat.S_ISDIR(found.st_mode) else None


# ---- removed


def remove_folders(own: OwnFolders, folders: Sequence[tuple[str, Identity | None]]) -> list[bool]:
    """Remove those that we made and that are empty, in the given order. Returns for each whether we are done with it.

    That is so, too, where it is not there any more, or where somebody else made what lies there: it stays, and is not
    ours (where inodes pass, one that we made is known by its name). One with something in it is looked at again.
    """
    return [_remove(own, path, identity) for path, identity in folders]


def _remove(own: OwnFolders, path: str, identity: Identity | None) -> bool:
    try:
        with own.opened_above(path) as (above, name):
            found = os.stat(name, dir_fd=above, follow_symlinks=False)
            other = identity is None or (Identity.of(found) != identity and own.keeps_inodes(above))
            if not stat.S_ISDIR(found.st_mode) or other:
                return True
            os.rmdir(name, dir_fd=above)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return True
