"""A folder that vanishes, cannot be read, is unmounted or tells nothing: said by name, and healed by itself."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from watchdog.observers.api import BaseObserver

from agent import clock as agent_clock
from agent.clock import Clock
from agent.intake import listener, listing, sweep, watcher
from agent.intake.listener import make_observer
from agent.intake.sweep import Sweeper
from tests.patience import PATIENCE, latest

from .venue import JPEG, OpenVenue, Venue


def fill(folder: Path, number: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(number):
        (folder / f"{index}.jpg").write_bytes(JPEG)


def said(venue: Venue) -> tuple[str, str | None]:
    report = venue.watcher.report()
    return report.state, report.detail


@pytest.mark.parametrize("told", [True, False])
async def test_a_folder_that_vanishes_and_comes_back_is_named_and_watched_again(
    open_venue: OpenVenue, told: bool
) -> None:
    async with open_venue(sweep_seconds=0.2, **({} if told else {"observer": None})) as venue:
        fill(venue.incoming, 30)
        await venue.until(lambda: len(venue.arrived) == 30)
        venue.incoming.rename(venue.root / "taken away")
        await venue.until(lambda: said(venue) == ("degraded", f"{venue.incoming} is missing: no folder is there"))
        assert not venue.watcher.report().whole_sweep_since(0)
        assert venue.gone == []

        (venue.root / "taken away").rename(venue.incoming)
        await venue.until(lambda: said(venue) == ("running", None))
        venue.drop("after.jpg")
        await venue.until_arrived("Incoming/after.jpg")
        assert len(venue.arrived) == 31
        assert venue.gone == []


async def test_after_a_folder_was_made_anew_its_events_come_again(
    open_venue: OpenVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "HEAL_SECONDS", 0.2)
    async with open_venue() as venue:
        fill(venue.incoming, 3)
        await venue.until(lambda: len(venue.arrived) == 3)
        shutil.rmtree(venue.incoming)
        await venue.until(lambda: said(venue)[0] == "degraded")
        venue.incoming.mkdir()
        await venue.until(lambda: said(venue)[0] == "running")
        end = latest(4)
        venue.drop("after.jpg")
        await venue.until_arrived("Incoming/after.jpg")
        assert time.monotonic() < end


async def test_a_folder_that_is_missing_at_the_start_is_waited_for(open_venue: OpenVenue) -> None:
    async with open_venue(sweep_seconds=0.2) as venue:
        second = venue.root / "card"
        venue.watcher.add(venue.folder(second))
        await venue.until(lambda: said(venue) == ("degraded", f"{second} is missing: no folder is there"))
        venue.drop("first.jpg")  # the other folder goes on
        await venue.until_arrived("Incoming/first.jpg")
        fill(second, 1)
        await venue.until_arrived("card/0.jpg")
        assert said(venue) == ("running", None)


async def test_a_folder_that_cannot_be_read_is_named_with_the_reason(
    open_venue: OpenVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_venue(observer=None, sweep_seconds=0.1) as venue:
        fill(venue.incoming / "locked", 30)
        fill(venue.incoming / "open", 1)
        await venue.until(lambda: len(venue.arrived) == 31)
        scandir = os.scandir

        def refused(path: str) -> Any:
            if path.endswith("locked"):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
            return scandir(path)

        monkeypatch.setattr(listing.os, "scandir", refused)
        why = f"{venue.incoming} is unreadable: {venue.incoming}/locked: Permission denied"
        await venue.until(lambda: said(venue) == ("degraded", why))
        before = agent_clock.steady()
        venue.drop("open/new.jpg")  # what can be read is taken
        await venue.until_arrived("Incoming/open/new.jpg")
        assert venue.gone == []
        assert not venue.watcher.report().whole_sweep_since(before)

        monkeypatch.undo()
        await venue.until(lambda: venue.watcher.report().whole_sweep_since(before))
        assert said(venue) == ("running", None)
        assert venue.gone == []


async def test_one_file_that_the_disk_cannot_tell_of_is_named_and_the_others_arrive(
    open_venue: OpenVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A damaged card: what stands behind it in its folder, and below, is as good as what stands before it."""
    async with open_venue(observer=None, sweep_seconds=0.1) as venue:
        bad, stat = venue.incoming / "card/DSC_2.jpg", os.stat

        def damaged(path: Any, **how: Any) -> os.stat_result:
            if str(path) == str(bad):
                raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
            return stat(path, **how)

        monkeypatch.setattr(os, "stat", damaged)
        (venue.incoming / "card/later").mkdir(parents=True)
        for name in ("DSC_1.jpg", "DSC_2.jpg", "DSC_3.jpg", "later/DSC_4.jpg"):
            (venue.incoming / "card" / name).write_bytes(JPEG + name.encode())
        await venue.until(lambda: len(venue.arrived) == 3)
        assert sorted(venue.arrived) == [
            f"Incoming/card/{name}" for name in ("DSC_1.jpg", "DSC_3.jpg", "later/DSC_4.jpg")
        ]
        why = f"{venue.incoming} is unreadable: {bad}: Input/output error"
        await venue.until(lambda: said(venue) == ("degraded", why))
        assert not venue.watcher.report().whole_sweep_since(0) or venue.watcher.report().state == "degraded"
        monkeypatch.setattr(os, "stat", stat)
        await venue.until(lambda: said(venue) == ("running", None))
        await venue.until_arrived("Incoming/card/DSC_2.jpg")
        assert venue.gone == []


async def test_a_share_whose_connection_is_dead_is_named_and_the_others_go_on(
    open_venue: OpenVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system refuses even to say whether it is there, as where a program that mounted it (sshfs) has ended."""
    monkeypatch.setattr(sweep, "HEAL_SECONDS", 0.2)
    async with open_venue() as venue:
        share, stat = venue.root / "share", os.stat
        fill(share, 1)

        def dead(path: Any, **how: Any) -> os.stat_result:
            if str(path).startswith(str(share)):
                raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN), str(path))
            return stat(path, **how)

        monkeypatch.setattr(os, "stat", dead)
        venue.watcher.add(venue.folder(share))
        told = f"{share} is unreadable: Transport endpoint is not connected"
        await venue.until(lambda: said(venue) == ("degraded", told))
        venue.drop("first.jpg")
        await venue.until_arrived("Incoming/first.jpg")
        monkeypatch.setattr(os, "stat", stat)
        await venue.until_arrived("share/0.jpg")
        assert said(venue) == ("running", None)


async def test_many_files_gone_at_once_are_believed_only_after_two_more_sweeps(open_venue: OpenVenue) -> None:
    async with open_venue(observer=None, sweep_seconds=0.2) as venue:
        fill(venue.incoming, 30)
        await venue.until(lambda: len(venue.arrived) == 30)
        began = time.monotonic()
        for path in venue.incoming.iterdir():
            path.unlink()
        await venue.until(lambda: "all 30 files that were here are gone" in str(said(venue)[1]))
        assert said(venue)[0] == "degraded"
        await venue.until(lambda: len(venue.gone) == 30)
        assert time.monotonic() - began > 0.4
        await venue.until(lambda: said(venue) == ("running", None))


class Limited:
    """watchdog's observer on a system that has no watches left."""

    def __init__(self, number: int, free: int) -> None:
        self.number, self.free = number, free

    def __call__(self) -> BaseObserver:
        observer = make_observer()
        schedule = observer.schedule

        def limited(*args: Any, **options: Any) -> Any:
            if self.free <= 0:
                raise OSError(self.number, os.strerror(self.number))
            self.free -= 1
            return schedule(*args, **options)

        observer.schedule = limited  # type: ignore[method-assign]
        return observer


@pytest.mark.parametrize(
    ("limit", "instruction"),
    [
        (Limited(errno.ENOSPC, 0), "sudo sysctl fs.inotify.max_user_watches=1048576"),
        (Limited(errno.ENOSPC, 1), "sudo sysctl fs.inotify.max_user_watches=1048576"),  # reached among the subfolders
        (Limited(errno.EMFILE, 0), "sudo sysctl fs.inotify.max_user_instances=1024"),
    ],
)
async def test_without_watches_left_photos_are_found_by_looking_and_the_remedy_is_told(
    open_venue: OpenVenue, monkeypatch: pytest.MonkeyPatch, limit: Limited, instruction: str
) -> None:
    monkeypatch.setattr(sweep, "POLL_SECONDS", 0.2)
    limit = Limited(limit.number, limit.free)
    async with open_venue(observer=limit, sweep_seconds=60) as venue:
        state, detail = said(venue)
        assert state == "running"
        assert detail is not None
        assert detail.startswith(str(venue.incoming))
        assert detail.endswith(instruction)
        (venue.incoming / "deep").mkdir()
        venue.drop("deep/a.jpg")
        await venue.until_arrived("Incoming/deep/a.jpg")  # long before the next whole minute


async def test_a_network_share_is_looked_at_every_few_seconds(
    open_venue: OpenVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "file_system", lambda path: "nfs4")
    monkeypatch.setattr(sweep, "POLL_SECONDS", 0.2)
    async with open_venue(sweep_seconds=60) as venue:
        path = venue.incoming / "a.jpg"
        path.write_bytes(JPEG)
        os.utime(path, (1, 1))
        await venue.until_arrived("Incoming/a.jpg")
        assert said(venue) == ("running", None)


async def test_on_a_card_whose_inodes_pass_a_new_inode_is_not_a_new_photo(
    open_venue: OpenVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "file_system", lambda path: "exfat")
    async with open_venue() as venue:
        path = venue.drop("a.jpg")
        await venue.until_arrived("Incoming/a.jpg")
        status = path.stat()
        copy = venue.outside / "copy"
        copy.write_bytes(JPEG)
        os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))
        copy.rename(path)
        assert path.stat().st_ino != status.st_ino
        await venue.quiet()
        assert venue.arrived == ["Incoming/a.jpg"]


async def test_a_folder_that_does_not_answer_is_named_and_the_others_go_on(
    open_venue: OpenVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sweeper, "silence", 0.1)
    answer = threading.Event()
    scandir = os.scandir

    def hanging(path: Any) -> Any:
        if os.fsdecode(path).endswith("share"):
            assert answer.wait(PATIENCE * 20)
        return scandir(path)

    async with open_venue(sweep_seconds=0.2) as venue:
        monkeypatch.setattr(listing.os, "scandir", hanging)
        share = venue.root / "share"
        fill(share, 1)
        venue.watcher.add(venue.folder(share))
        try:
            await venue.until(lambda: said(venue) == ("degraded", f"{share} is unreadable: it does not answer"))
            venue.drop("a.jpg")
            await venue.until_arrived("Incoming/a.jpg")
        finally:
            answer.set()
        await venue.until_arrived("share/0.jpg")
        await venue.until(lambda: said(venue) == ("running", None))


async def test_a_disk_that_hangs_after_a_while_is_named_and_the_others_are_swept(
    open_venue: OpenVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is watched by then, and not looked through first."""
    monkeypatch.setattr(Sweeper, "silence", 0.1)
    answer = threading.Event()
    stat = os.stat

    def hanging(path: Any, **how: Any) -> os.stat_result:
        if not isinstance(path, int) and os.fsdecode(path).endswith("card"):
            assert answer.wait(PATIENCE * 20)
        return stat(path, **how)

    async with open_venue(sweep_seconds=0.2) as venue:
        card = venue.root / "card"
        fill(card, 1)
        venue.watcher.add(venue.folder(card))
        await venue.until_arrived("card/0.jpg")
        await venue.until(lambda: venue.watcher.report().whole_sweep_since(0))
        monkeypatch.setattr(os, "stat", hanging)
        try:
            await venue.until(lambda: said(venue) == ("degraded", f"{card} is unreadable: it does not answer"))
            now = agent_clock.steady()
            await venue.until(lambda: (venue.watcher.report().folders[0].sweep_began_at or 0) > now)
        finally:
            answer.set()
        await venue.until(lambda: said(venue) == ("running", None))


async def test_after_a_night_asleep_the_folders_are_swept_at_once(open_venue: OpenVenue) -> None:
    asleep = 0.0
    clock = Clock(wall=lambda: time.time() + asleep, steady=lambda: time.time() + asleep)
    async with open_venue(observer=None, sweep_seconds=60, clock=clock) as venue:
        venue.drop("a.jpg")
        asleep = 8 * 3600.0
        await venue.until(lambda: venue.watcher.report().whole_sweep_since(agent_clock.steady() + 8 * 3600 - 60))
        await venue.until_arrived("Incoming/a.jpg")


async def test_the_safe_line_can_ask_since_when_everything_was_seen(open_venue: OpenVenue) -> None:
    async with open_venue() as venue:
        before = agent_clock.steady()
        assert not venue.watcher.report().whole_sweep_since(before)
        assert await venue.watcher.sweep_now()
        assert venue.watcher.report().whole_sweep_since(before)
        (folder,) = venue.watcher.report().folders
        assert before <= folder.sweep_began_at <= folder.sweep_ended_at <= agent_clock.steady()
        watcher = venue.watcher
    assert watcher.report().state == "stopped"
    assert not watcher.report().whole_sweep_since(0)
    assert not await watcher.sweep_now()


async def test_whoever_asks_is_sure_by_a_sweep_that_began_after_that(
    open_venue: OpenVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a slow share a sweep takes longer than anybody waits for its end."""
    go_on = threading.Event()
    looked_at = sweep.identity_of

    def slowly(root: str) -> tuple[int, int] | None:
        assert go_on.wait(PATIENCE * 8)
        return looked_at(root)

    monkeypatch.setattr(watcher, "ASK_SECONDS", 0.1)
    async with open_venue(observer=None, sweep_seconds=0.05) as venue:
        await venue.until(lambda: venue.watcher.report().whole_sweep_since(0))
        monkeypatch.setattr(sweep, "identity_of", slowly)
        assert not await venue.watcher.sweep_now(anew=True)
        assert not venue.watcher.report().whole_sweep_since(0)
        asked = agent_clock.steady()
        go_on.set()
        await venue.until(lambda: venue.watcher.report().whole_sweep_since(0))
        (folder,) = venue.watcher.report().folders
        assert folder.sweep_ended_at > asked


async def test_what_is_on_its_way_is_counted_with_its_age_until_it_was_handed_on(open_venue: OpenVenue) -> None:
    async with open_venue() as venue:
        held = asyncio.Event()

        async def wait(path: Path) -> None:
            await held.wait()

        venue.before_settled = wait
        before, changes = time.time(), venue.changes
        venue.drop("a.jpg")
        await venue.until(lambda: venue.watcher.report().settling == 1)
        report = venue.watcher.report()
        assert before - 1 < report.oldest_settling_at < time.time()
        assert report.folders[0].settling == 1
        await venue.until(lambda: venue.changes > changes)
        held.set()
        await venue.until_arrived("Incoming/a.jpg")
        assert venue.watcher.report().oldest_settling_at is None


async def test_a_stop_leaves_no_thread_that_watches(open_venue: OpenVenue) -> None:
    before = set(threading.enumerate())
    async with open_venue() as venue:
        venue.drop("a.jpg")
        await venue.until_arrived("Incoming/a.jpg")
    await venue.until(lambda: all("intake" not in thread.name for thread in threading.enumerate()))
    left = [thread.name for thread in set(threading.enumerate()) - before if not thread.name.startswith("asyncio")]
    assert left == []
