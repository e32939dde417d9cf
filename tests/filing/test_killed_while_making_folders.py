"""The plug pulled while folders are made: those that nobody wants any more by then go, those that are wanted are ours.

Each effect of the router's is one moment, and it dies after each of them once: what it would do then is not done.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from agent.filing import files
from agent.filing.ownership import MadeLog
from agent.ledger import Ledger, folders
from agent.model import DEFAULT_EVENT
from tests.filing.one_router import Venue

# Each folder made, the note, what is written down, each name given: in an empty workspace, and beside others' folders.
MOMENTS = [(one, number) for one, most in (("empty", 16), ("others", 11)) for number in range(1, most)]


class Killed(BaseException):
    pass


class Fate:
    """After the `number`-th effect nothing more is done. `met`: it came to that."""

    def __init__(self, patch: pytest.MonkeyPatch, number: int) -> None:
        self.left = number
        patch.setattr(os, "mkdir", self.after(os.mkdir))
        patch.setattr(os, "rmdir", self.after(os.rmdir))
        patch.setattr(MadeLog, "note", self.after(MadeLog.note))
        named, write = files._libc_rename(), Ledger.write
        assert named is not None
        patch.setattr(files, "_libc_rename", lambda: self.after(named))

        async def written(*args: Any) -> Any:
            self.alive()
            return self.done(await write(*args))

        patch.setattr(Ledger, "write", written)

    @property
    def met(self) -> bool:
        return self.left <= 0

    def alive(self) -> None:
        if self.met:
            raise Killed

    def done(self, answer: Any) -> Any:
        self.left -= 1
        self.alive()
        return answer

    def after(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            self.alive()
            return self.done(call(*args, **kwargs))

        return watched


async def killed(root: Path, ledger: Ledger, before: str, number: int) -> Venue:
    """What is there after a life that ended so; the next is about to begin."""
    venue = Venue(root, ledger)
    for one in UNSORTED if before == "others" else ():
        (root / one).mkdir()
    with pytest.MonkeyPatch.context() as patch:
        fate = Fate(patch, number)
        with suppress(Killed):
            await venue.settle()
        venue.router.close()
    assert fate.met, "it makes fewer steps"
    return Venue(root, ledger)


def below(venue: Venue) -> list[str]:
    found = (str(one.relative_to(venue.root)) for one in venue.root.rglob("*"))
    return sorted(one for one in found if one != "Incoming")


UNSORTED = ["People", "Unsorted", "Unsorted/No Faces", "Unsorted/Unknown"]


@pytest.mark.parametrize(("before", "number"), MOMENTS)
async def test_of_somebody_whom_nobody_wants_by_then_nothing_is_left(
    tmp_path: Path, ledger: Ledger, before: str, number: int
) -> None:
    venue = await killed(tmp_path / "venue", ledger, before, number)
    venue.do(lambda db: folders.keep_only(db, DEFAULT_EVENT, [], all_photos=False))
    await venue.settle()
    venue.router.close()
    assert [one for one in below(venue) if one not in UNSORTED] == []


@pytest.mark.parametrize(("before", "number"), MOMENTS)
async def test_of_somebody_who_is_still_wanted_the_folders_are_there_and_ours(
    tmp_path: Path, ledger: Ledger, before: str, number: int
) -> None:
    venue = await killed(tmp_path / "venue", ledger, before, number)
    await venue.settle()
    assert below(venue) == sorted([*UNSORTED, "People/Mia", "People/Mia/Group", "People/Mia/Solo"])
    venue.do(lambda db: folders.keep_only(db, DEFAULT_EVENT, [], all_photos=False))
    await venue.settle()
    venue.router.close()
    assert below(venue) == UNSORTED
