"""A disk that is unmounted, also amid a look at it, looks like no deletions; nor does one folder in another's place.

What is believed of such a folder, and when: `Absence` in agent/intake/sweep.py.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from watchdog.observers.api import BaseObserver

from agent.intake import listener, listing
from agent.intake.listener import make_observer
from agent.intake.reading import Vanished
from tests.venue import disks

from .test_folders_in_trouble import fill, said
from .venue import JPEG, OpenVenue, Venue


class Disk:
    """One that is mounted at Incoming; below it, on another, is an empty folder."""

    def __init__(self, venue: Venue, monkeypatch: pytest.MonkeyPatch) -> None:
        self._incoming, self._away, self._patch = venue.incoming, venue.root / "unmounted", monkeypatch
        self._identity_of = listing.identity_of

    def unmount(self) -> None:
        self._incoming.rename(self._away)
        self._patch.setattr(listing, "identity_of", lambda root: (-1, 2))
        self._incoming.mkdir()

    def mount(self) -> None:
        self._incoming.rmdir()
        self._patch.setattr(listing, "identity_of", self._identity_of)
        self._away.rename(self._incoming)


async def test_an_unmounted_disk_never_looks_like_deletions(
    open_venue: OpenVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_venue(observer=None, sweep_seconds=0.05) as venue:
        disk = Disk(venue, monkeypatch)
        fill(venue.incoming, 5)
        await venue.until(lambda: len(venue.arrived) == 5)
        disk.unmount()
        told = "another, empty disk is in its place (5 files were here)"
        await venue.until(lambda: told in str(said(venue)[1]))  # a look that began before the last came counts one less
        assert said(venue)[0] == "degraded"
        for _ in range(5):
            await venue.watcher.sweep_now()
        assert venue.gone == []
        assert said(venue)[0] == "degraded"

        disk.mount()
        await venue.until(lambda: said(venue) == ("running", None))
        assert venue.gone == []
        assert len(venue.arrived) == 5


async def goes_amid_a_sweep(venue: Venue, unmount: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    stat, reading = os.stat, asyncio.Event()
    fill(venue.incoming, 5)
    await venue.until(lambda: len(venue.arrived) == 5)

    async def read_for_long(path: Path) -> None:  # what goes is told after what came before
        reading.set()
        await venue.until(lambda: "(5 files were here)" in str(said(venue)[1]))

    venue.before_settled = read_for_long
    (venue.incoming / "0.jpg").write_bytes(JPEG + b"changed")
    await reading.wait()

    def pulled(path: Any, **how: Any) -> os.stat_result:
        if str(path) == str(venue.incoming / "3.jpg"):
            monkeypatch.setattr(os, "stat", stat)
            unmount()
        return stat(path, **how)

    monkeypatch.setattr(os, "stat", pulled)
    await venue.until(lambda: "(5 files were here)" in str(said(venue)[1]))
    await venue.until(lambda: not venue.watcher.report().settling)
    await asyncio.sleep(0.1)  # until a departure would have been told
    assert venue.gone == []


async def test_a_disk_unmounted_amid_a_sweep_neither(open_venue: OpenVenue, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_venue(observer=None, sweep_seconds=0.05) as venue:
        await goes_amid_a_sweep(venue, Disk(venue, monkeypatch).unmount, monkeypatch)


@disks.needs_mounts()
@pytest.mark.parametrize("observer", [None, make_observer])
async def test_a_disk_that_is_mounted_indeed_neither_and_it_comes_back(
    open_venue: OpenVenue, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, observer: Callable[[], BaseObserver] | None
) -> None:
    with disks.Disk(tmp_path / "disk") as disk, disks.Disk(tmp_path / "Incoming") as incoming:
        incoming.unmount()
        disks.run("mount", "--bind", str(disk.path), str(incoming.path))
        async with open_venue(observer=observer, sweep_seconds=0.05) as venue:
            await goes_amid_a_sweep(venue, incoming.unmount, monkeypatch)
            assert said(venue)[0] == "degraded"
            venue.before_settled = None
            disks.run("mount", "--bind", str(disk.path), str(incoming.path))
            await venue.until(lambda: said(venue) == ("running", None))
            await venue.until_arrived("Incoming/0.jpg")
            assert venue.gone == []
            assert venue.arrived.count("Incoming/3.jpg") == 1


async def test_a_disk_unmounted_while_a_file_is_read_anew_neither(
    open_venue: OpenVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_venue(observer=None, sweep_seconds=0.05) as venue:
        disk, reading = Disk(venue, monkeypatch), asyncio.Event()
        fill(venue.incoming, 5)
        await venue.until(lambda: len(venue.arrived) == 5)

        async def read_until_it_is_said(path: Path) -> None:
            reading.set()
            await venue.until(lambda: "(5 files were here)" in str(said(venue)[1]))
            raise Vanished(path)

        venue.before_settled = read_until_it_is_said
        (venue.incoming / "0.jpg").write_bytes(JPEG + b"changed")
        await reading.wait()
        disk.unmount()
        await venue.until(lambda: not venue.watcher.report().settling)
        await asyncio.sleep(0.1)  # until a departure would have been told
        assert venue.gone == []


@pytest.mark.parametrize("kind", ["ext4", "fuse.any"])
async def test_a_folder_replaced_amid_a_sweep_neither(
    open_venue: OpenVenue, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """On the same disk, and empty: what was seen in the one before says nothing of this one."""
    monkeypatch.setattr(listener, "file_system", lambda path: kind)
    async with open_venue(observer=None, sweep_seconds=0.2) as venue:
        fill(venue.incoming, 30)
        await venue.until(lambda: len(venue.arrived) == 30)
        stat = os.stat

        def replaced(path: Any, **how: Any) -> os.stat_result:
            if str(path) == str(venue.incoming / "15.jpg"):
                monkeypatch.setattr(os, "stat", stat)
                venue.incoming.rename(venue.root / "before")
                venue.incoming.mkdir()
            return stat(path, **how)

        monkeypatch.setattr(os, "stat", replaced)
        await venue.until(lambda: "all 30 files that were here are gone" in str(said(venue)[1]))
        assert venue.gone == []
        await venue.until(lambda: len(venue.gone) == 30)  # so it stays: now it is believed


async def test_a_folder_with_another_inode_at_each_look_is_there_all_the_same(
    open_venue: OpenVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As some programs that are file systems (FUSE) give it, that keep none."""
    identity_of, inodes = listing.identity_of, itertools.count(1)

    def passing(root: str) -> tuple[int, int] | None:
        seen = identity_of(root)
        return None if seen is None else (seen[0], next(inodes))

    monkeypatch.setattr(listing, "identity_of", passing)
    monkeypatch.setattr(listener, "file_system", lambda path: "fuse.any")
    async with open_venue(observer=None, sweep_seconds=0.1) as venue:
        fill(venue.incoming, 5)
        await venue.until(lambda: len(venue.arrived) == 5)
        await venue.until(lambda: said(venue) == ("running", None))
        (venue.incoming / "3.jpg").unlink()
        await venue.until(lambda: venue.gone == ["Incoming/3.jpg"])
        assert said(venue) == ("running", None)
