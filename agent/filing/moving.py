"""Making, renaming and removing folders of ours on disk; what a person put there is neither lost nor in the way."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass

from agent.filing.files import Spot, rename_new
from agent.filing.names import candidates
from agent.model import FolderId
from agent.own_folders import Identity, LinkInTheWay, OwnFolders

NAMES_TRIED = 100


@dataclass(frozen=True, slots=True)
class MadeFolders:
    """Folders that are there, and where; `identities` of those that we made, by path; which could not be, and why."""

    there: list[tuple[FolderId, str]]
    identities: dict[str, Identity]
    failed: list[tuple[str, OSError]]


def make_folders(own: OwnFolders, absent: Sequence[tuple[FolderId, str]]) -> MadeFolders:
    """Make these folders, with all above them that is missing."""
    done = MadeFolders([], {}, [])
    for folder, path in absent:
        try:
            with own.opened(path, done.identities):
                done.there.append((folder, path))
        except OSError as error:
            done.failed.append((path, error))
    return done


def rename_folder(own: OwnFolders, now: str, wanted: str) -> tuple[str, bool]:
    """Bring the folder at `now` to `wanted`, or to the next name beside it that nobody has.

    Answers where it lies, and whether it is there: `False` where a person had removed it. Killed after the renaming and
    before that was written down, it finds the folder renamed. Raises `Astray`, `OSError`.
    """
    try:
        return _rename(own, now, wanted)
    except FileNotFoundError:
        return wanted, False  # gone with the folder above it


def _rename(own: OwnFolders, now: str, wanted: str) -> tuple[str, bool]:
    with own.opened_above(now) as source, own.opened_above(wanted) as target:
        old, new = Spot(*source), Spot(*target)
        found = _folder_at(old, now)
        if found is None:
            return wanted, _folder_at(new, wanted) is not None
        if found == _folder_at(new, wanted):  # a letter's case, on a disk that makes no difference
            os.rename(old.name, new.name, src_dir_fd=old.folder, dst_dir_fd=new.folder)
            return wanted, True
        above = wanted.rpartition("/")[0]
        for _, name in zip(range(NAMES_TRIED), candidates(new.name), strict=False):
            path = f"{above}/{name}" if above else name
            if path == now:
                return now, True
            if rename_new(old, Spot(new.folder, name)):
                return path, True
        return now, True


def _folder_at(spot: Spot, path: str) -> Identity | None:
    """What tells the folder there from others; `None` where there is none. Raises `LinkInTheWay`."""
    try:
        found = os.stat(spot.name, dir_fd=spot.folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(found.st_mode):
        raise LinkInTheWay(path)
    return Identity.of(found) if stat.S_ISDIR(found.st_mode) else None


def remove_folders(own: OwnFolders, folders: Sequence[tuple[str, Identity | None]]) -> list[bool]:
    """Remove those that we made and that are empty, in the given order. Answers for each whether we are done with it.

    That is so, too, where it is not there any more, or where somebody else made what lies there: it stays, and is not
    ours. One with something in it is looked at again.
    """
    return [_remove(own, path, identity) for path, identity in folders]


def _remove(own: OwnFolders, path: str, identity: Identity | None) -> bool:
    try:
        with own.opened_above(path) as (above, name):
            found = os.stat(name, dir_fd=above, follow_symlinks=False)
            if not stat.S_ISDIR(found.st_mode) or Identity.of(found) != identity:
                return True
            os.rmdir(name, dir_fd=above)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return True
