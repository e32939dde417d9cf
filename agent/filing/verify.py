"""Comparing the disk with the ledger: what is missing, changed, or there besides. Changes nothing."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from agent.filing import files
from agent.filing.files import Spot
from agent.filing.left_over import LeftOver
from agent.ledger.made import Made
from agent.ledger.recorded import Recorded
from agent.model import End, PlacementId
from agent.own_folders import Astray, OpenFolders, OwnFolders, names_in


@dataclass(slots=True)
class DiskFindings:
    """`touched`: ours with another time; `copied`: faithful copies in place of ours, as a backup gives them back.

    `foreign`: the same bytes in somebody's file; `extra`: files of others in our folders; `left`: of ours, and
    wanted no more; `astray`: folders that are not to be entered, of whose files nothing is said.
    """

    checked: int = 0
    missing: list[Recorded] = field(default_factory=list[Recorded])
    changed: list[Recorded] = field(default_factory=list[Recorded])
    touched: list[tuple[PlacementId, Made]] = field(default_factory=list[tuple[PlacementId, Made]])
    copied: list[tuple[Recorded, Made]] = field(default_factory=list[tuple[Recorded, Made]])
    foreign: list[Recorded] = field(default_factory=list[Recorded])
    extra: list[str] = field(default_factory=list[str])
    left: list[LeftOver] = field(default_factory=list[LeftOver])
    astray: dict[str, Astray] = field(default_factory=dict[str, Astray])


def verify_disk(
    own: OwnFolders, recorded: Sequence[Recorded], folders: Sequence[str], progress: Callable[[int], None]
) -> DiskFindings:
    """Look at every filed file; its bytes are read only where it is another than recorded."""
    found = DiskFindings()
    known: dict[str, set[str]] = {folder: set() for folder in folders}
    with OpenFolders(own) as opened:
        for one in recorded:
            folder, _, name = one.path.rpartition("/")
            known.setdefault(folder, set()).add(name)
            if one.disk in (End.THERE, End.REMOVED):
                _look(opened, folder, name, one, found)
                found.checked += 1
                progress(found.checked)
        for folder, names in known.items():
            found.extra += [f"{folder}/{name}" for name in sorted(_files_in(opened, folder, found) - names)]
    return found


def _look(opened: OpenFolders, folder: str, name: str, one: Recorded, found: DiskFindings) -> None:
    try:
        spot = Spot(opened(folder), name)
    except Astray as error:
        found.astray[error.filename] = error
        return
    except (FileNotFoundError, NotADirectoryError):
        found.missing.append(one)
        return
    made = files.made_at(spot)
    if made is None:
        found.missing.append(one)
    elif one.made is None or not made.is_as_left(one.made):
        _compare(spot, made, one, found, keeps_inodes=opened.keeps_inodes(folder))


def _compare(spot: Spot, made: Made, one: Recorded, found: DiskFindings, *, keeps_inodes: bool) -> None:
    """The file in its place is not as we left it: changed, touched, or another one."""
    if not files.holds(spot, one.sha256, one.bytes):
        found.changed.append(one)
    elif one.made is not None and (made.is_surely(one.made) or not keeps_inodes):
        found.touched.append((one.placement, made))
    elif one.made is None or made.is_copy(one.made):
        found.copied.append((one, made))
    else:
        found.foreign.append(one)


def _files_in(opened: OpenFolders, folder: str, found: DiskFindings) -> set[str]:
    try:
        at = opened(folder)
        names = [name for name in names_in(at) if not name.startswith(".")]
        return {name for name in names if stat.S_ISREG(os.stat(name, dir_fd=at, follow_symlinks=False).st_mode)}
    except Astray as error:
        found.astray[error.filename] = error
    except OSError:
        pass
    return set()
