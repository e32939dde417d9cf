"""Disks that take letters apart (HFS+, some shares) list `é` as `e` with a mark: ours is ours all the same."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from agent.disk.own_folders import OwnFolders, names_in
from agent.filing import check
from agent.filing.check import DiskCheck
from agent.ledger import Ledger
from tests.filing.one_router import Venue

NAME = "Café Zoë.jpg"
APART = unicodedata.normalize("NFD", NAME)


@pytest.fixture
def taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's answers as they are on such a disk; none can be mounted everywhere."""
    listed, looked = os.listdir, os.stat

    def listdir(folder: Any) -> list[str]:
        return [unicodedata.normalize("NFD", one) for one in listed(folder)]

    def stat(path: Any, *more: Any, **how: Any) -> os.stat_result:
        return looked(unicodedata.normalize("NFC", path) if isinstance(path, str) else path, *more, **how)

    monkeypatch.setattr(os, "listdir", listdir)
    monkeypatch.setattr(os, "stat", stat)


async def test_what_is_filed_there_is_not_taken_for_removed(
    tmp_path: Path, ledger: Ledger, taken_apart: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "AGAIN_AFTER", 0.05)
    venue, rings = Venue(tmp_path / "venue", ledger), list[None]()
    photo = venue.drop(NAME)
    venue.want(photo, venue.solo)
    await venue.settle()
    await DiskCheck(ledger, venue.own, 60, lambda: rings.append(None)).check()
    assert (rings, [row["disk"] for row in venue.placements()]) == ([], ["there"])
    with OwnFolders(venue.root).opened("People/Mia/Solo") as folder:
        assert names_in(folder) == [NAME], "so that nothing takes it for another, and for left over"
    venue.router.close()


def test_where_both_are_names_each_is_itself(tmp_path: Path) -> None:
    for one in (NAME, APART):
        (tmp_path / one).write_text(one)
    if len(list(tmp_path.iterdir())) == 1:
        pytest.skip("this disk takes both for one")
    with OwnFolders(tmp_path).opened("") as folder:
        assert names_in(folder) == sorted([NAME, APART])
        (tmp_path / NAME).unlink()
        os.link(tmp_path / APART, tmp_path / "other.jpg")
        assert names_in(folder) == sorted([APART, "other.jpg"])
