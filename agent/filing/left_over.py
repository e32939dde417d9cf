"""Files of ours that nobody wants where they lie: left when a ledger was lost, or an older one put back, in between.

Only the log of what was ever made tells that they are ours. They are found when everything is compared, and go when it
is mended; by themselves they stay: a ledger that lost something takes nothing away.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from agent.filing import files, moving
from agent.filing.files import Spot
from agent.filing.made_log import FOLDER, EverMade
from agent.filing.names import candidates
from agent.filing.tree import outputs
from agent.ledger.made import Made
from agent.model import Event
from agent.own_folders import Identity, OwnFolders, folders_below, names_in, or_told

FILED = ("People", "Unsorted")  # what lies in the third, Processed, are originals
Names = Mapping[str, Collection[str]]
NUMBERED = re.compile(r" \(\d+\)(?=\.[^.]*$|$)")  # as `candidates` does
NAMES = 1000  # that are given to photos of one name in one folder


@dataclass(frozen=True, slots=True)
class LeftOver:
    """`path` is below the workspace."""

    path: str
    made: Made
    sha256: str


def find(
    own: OwnFolders, event: Event, made: EverMade, recorded: Collection[str], settled: Names, mark: str
) -> list[LeftOver]:
    """Files below the event's folders that we made, under names that we gave, and that are at no `recorded` path.

    `settled`: of photos that lie wherever they are wanted, SHA-256 -> names; of any other nothing is said, and what has
    another name got it from a person. `mark`: see `take_out`; names of ours alone, left by a crash, are found, too.
    """
    inodes = {inode for inode, what in made.files if what in settled}
    found: list[LeftOver] = []
    for path, folder in folders_below(own, outputs(event, FILED)):
        with or_told(path):
            for name in names_in(folder):
                there = files.made_at(Spot(folder, name))
                if there is None or there.inode not in inodes or f"{path}/{name}" in recorded:
                    continue
                sha256 = files.digest(Spot(folder, name))
                names = (one for shown in settled.get(sha256, ()) for one in given_to(shown))
                given = name.startswith(temporary(mark)) or name in names
                if given and sha256 in settled and (there.inode, sha256) in made.files:
                    found.append(LeftOver(f"{path}/{name}", there, sha256))
    return found


def take_out(own: OwnFolders, left: Sequence[LeftOver], mark: str) -> int:
    """Remove those that are still as they were found. Answers how many went; `mark`: of the workspace's own names."""
    return sum(_take_out(own, one, mark) for one in left)


def _take_out(own: OwnFolders, one: LeftOver, mark: str) -> bool:
    path, _, name = one.path.rpartition("/")
    with or_told(one.path), own.opened(path) as folder:
        aside = Spot(folder, f"{_aside(mark)}{one.made.inode}")
        away = files.take_away(Spot(folder, name), aside, one.made, one.sha256)
        files.sync(folder)
        return away
    return False


def remove_emptied(own: OwnFolders, event: Event, made: EverMade, known: Collection[str]) -> None:
    """Remove folders that we made, that the ledger does not know, and in which nothing is left."""
    there = [(path, Identity.of(os.fstat(folder))) for path, folder in folders_below(own, outputs(event, FILED))]
    ours = [(path, one) for path, one in there if path not in known and (one.inode, FOLDER) in made.files]
    moving.remove_folders(own, sorted(ours, reverse=True))  # what lies in a folder before the folder


def given_to(shown: str) -> Iterator[str]:
    """Names that a photo's files may have got; it may be known by one of them, since a ledger was lost."""
    first = NUMBERED.sub("", shown)
    for name in dict.fromkeys((shown, first)):
        yield from islice(candidates(name), NAMES)


def remove_unfinished(own: OwnFolders, event: Event, mark: str) -> None:
    """Remove files that were on their way to their names when a ledger was lost that knew of them."""
    for path, folder in folders_below(own, outputs(event, FILED)):
        with or_told(path):
            for name in names_in(folder):
                if name.startswith(temporary(mark)) and name.endswith(".part"):
                    files.remove(Spot(folder, name))


def temporary(mark: str) -> str:
    """How the names begin that nobody but us gives, and that no file keeps."""
    return f".venuesync-{mark}-"


def _aside(mark: str) -> str:
    return f"{temporary(mark)}left-"
