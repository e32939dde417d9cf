"""Renaming and removing whole folders of ours on disk; what a person put there is neither lost nor in the way."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from agent.filing.files import rename_new
from agent.filing.names import candidates

NAMES_TRIED = 100


def rename_folder(root: Path, now: str, wanted: str) -> tuple[str, bool]:
    """Bring the folder at `now` to `wanted` (both below `root`), or to the next name beside it that nobody has.

    Answers where it lies, and whether it is there: `False` where a person had removed it. Killed after the renaming and
    before that was written down, it finds the folder renamed.
    """
    source, target = root / now, root / wanted
    if not source.is_dir():
        return wanted, target.is_dir()
    if target.exists() and target.samefile(source):  # a letter's case, on a disk that makes no difference
        source.rename(target)
        return wanted, True
    for _, name in zip(range(NAMES_TRIED), candidates(target.name), strict=False):
        other = target.with_name(name)
        if other == source:
            return now, True
        with contextlib.suppress(OSError):
            other.rmdir()  # an empty folder is in nobody's way
        if rename_new(source, other):
            return str(other.relative_to(root)), True
    return now, True


def remove_folders(folders: Sequence[Path]) -> list[bool]:
    """Remove those that are empty, in the given order; one that is not stays. Answers for each whether it is gone."""
    gone: list[bool] = []
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:
            gone.append(not folder.is_dir())
        else:
            gone.append(True)
    return gone
