"""Photos arrive in every way that photographers have, and each is handed on once, when it is whole."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from agent.clock import Clock
from agent.intake import folder_watch
from agent.intake.folders import WatchedFolder
from agent.intake.listener import FileEvent
from agent.intake.watcher import _Round
from agent.model import EventId
from tests.patience import PATIENCE, latest

from .venue import JPEG, OpenVenue


async def test_a_photo_renamed_into_place_is_handed_on_at_once(open_venue: OpenVenue) -> None:
    async with open_venue() as venue:
        end = latest(4)
        venue.drop("DSC_1.jpg")
        await venue.until_arrived("Incoming/DSC_1.jpg")
        assert time.monotonic() < end


async def test_a_photo_written_and_closed_is_handed_on_at_once(open_venue: OpenVenue) -> None:
    async with open_venue() as venue:
        end = latest(4)
        (venue.incoming / "DSC_1.jpg").write_bytes(JPEG)
        await venue.until_arrived("Incoming/DSC_1.jpg")
        assert time.monotonic() < end
        assert venue.arrived == ["Incoming/DSC_1.jpg"]


async def test_photos_at_any_depth_and_in_folders_made_later_are_found(open_venue: OpenVenue) -> None:
    async with open_venue() as venue:
        card = venue.incoming / "Anna" / "card 1" / "DCIM" / "100CANON"
        card.mkdir(parents=True)
        (card / "IMG_1.jpg").write_bytes(JPEG)
        await venue.until_arrived("Incoming/Anna/card 1/DCIM/100CANON/IMG_1.jpg")
        (card / "IMG_2.jpg").write_bytes(JPEG)
        await venue.until_arrived("Incoming/Anna/card 1/DCIM/100CANON/IMG_2.jpg")


@pytest.mark.parametrize("ready", [True, False], ids=["moved in", "lying there"])
async def test_an_old_photo_waits_since_it_came_here(open_venue: OpenVenue, tmp_path: Path, ready: bool) -> None:
    """By the clock its file is a day old: it was said to have waited for a day."""
    clock = Clock(wall=lambda: time.time() + 86400)
    on = asyncio.Event()

    async def hold(_path: Path) -> None:
        await on.wait()

    card = tmp_path / ("outside" if ready else "Incoming") / "card"
    card.mkdir(parents=True)
    (card / "a.jpg").write_bytes(JPEG)
    async with open_venue(ready=ready, clock=clock) as venue:
        venue.before_settled = hold
        if ready:
            card.rename(venue.incoming / "card")
        await venue.until(lambda: venue.watcher.report().oldest_settling_at)
        since = venue.watcher.report().oldest_settling_at
        on.set()
        await venue.until_arrived("Incoming/card/a.jpg")
    assert since is not None and clock.wall() - since < 3600


async def test_a_folder_moved_in_brings_its_photos_at_once(open_venue: OpenVenue) -> None:
    async with open_venue() as venue:
        card = venue.outside / "card"
        (card / "deep").mkdir(parents=True)
        for name in ("a.jpg", "b.jpg", "deep/c.jpg"):
            (card / name).write_bytes(JPEG)
            os.utime(card / name, (1, 1))
        card.rename(venue.incoming / "card")
        await venue.until_arrived("Incoming/card/a.jpg", "Incoming/card/b.jpg", "Incoming/card/deep/c.jpg")
        venue.drop("card/d.jpg")  # and it is watched from then on
        await venue.until_arrived("Incoming/card/d.jpg")


async def test_until_a_new_folder_is_looked_into_not_all_is_looked_through(
    open_venue: OpenVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is told here of what is in it: the sweep before it was taken for one that had seen all."""
    told, compare = _Round._told, folder_watch.compare
    looking, go_on = threading.Event(), threading.Event()

    def of_folders(self: _Round, root: str, event: FileEvent, path: str) -> None:
        if event is FileEvent.FOLDER:
            told(self, root, event, path)

    def slowly(*given: Any) -> Any:
        looking.set()
        assert go_on.wait(PATIENCE * 8)
        return compare(*given)

    monkeypatch.setattr(_Round, "_told", of_folders)
    monkeypatch.setattr(folder_watch, "compare", slowly)
    async with open_venue() as venue:
        card = venue.outside / "card"
        card.mkdir()
        (card / "a.jpg").write_bytes(JPEG)
        card.rename(venue.incoming / "card")
        try:
            await venue.until(looking.is_set)
            assert not venue.watcher.report().settling
            assert not venue.watcher.report().whole_sweep_since(0)
        finally:
            go_on.set()
        await venue.until_arrived("Incoming/card/a.jpg")
        await venue.watcher.sweep_now()
        assert venue.watcher.report().whole_sweep_since(0)


async def test_a_whole_tree_copied_in_is_found_without_a_sweep(open_venue: OpenVenue) -> None:
    async with open_venue() as venue:
        names = [
            f"day {day}/card {card}/IMG_{number}.jpg" for day in range(3) for card in range(3) for number in range(9)
        ]
        for name in names:
            path = venue.outside / "tree" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(JPEG)
        # bytes alone: a time that is set after the last byte has a file looked at again, where a listing sees that
        copy = partial(shutil.copytree, copy_function=shutil.copyfile)
        await asyncio.to_thread(copy, venue.outside / "tree", venue.incoming / "tree")
        await venue.until_arrived(*(f"Incoming/tree/{name}" for name in names))
        assert len(venue.arrived) == len(names)


async def test_a_file_written_in_pieces_waits_for_its_writer_to_close_it(open_venue: OpenVenue) -> None:
    async with open_venue() as venue:
        with (venue.incoming / "slow.jpg").open("wb") as file:
            end = time.monotonic() + 0.8  # longer than the quiet that a share is given
            file.write(JPEG)
            file.flush()
            while time.monotonic() < end:
                await asyncio.sleep(0.1)
                assert venue.arrived == []
                assert venue.watcher.report().settling == 1
            file.write(b"the end")
        await venue.until_arrived("Incoming/slow.jpg")
        assert venue.arrived == ["Incoming/slow.jpg"]
        assert venue.seen["Incoming/slow.jpg"].content.bytes == len(JPEG) + 7


async def test_a_file_that_grows_where_nobody_tells_of_its_close_is_handed_on_whole(open_venue: OpenVenue) -> None:
    async with open_venue(observer=None, sweep_seconds=0.2, quiet_seconds=0.6) as venue:
        path = venue.incoming / "slow.jpg"
        for _ in range(4):
            with path.open("ab") as file:
                file.write(JPEG)
            await asyncio.sleep(0.3)
        await venue.until_arrived("Incoming/slow.jpg")
        assert venue.arrived == ["Incoming/slow.jpg"]
        assert venue.seen["Incoming/slow.jpg"].content.bytes == 4 * len(JPEG)


async def test_a_growing_copy_that_keeps_its_old_date_is_not_taken_for_whole(open_venue: OpenVenue) -> None:
    async with open_venue(observer=None, sweep_seconds=0.2, quiet_seconds=0.6) as venue:
        path = venue.incoming / "cp -p.jpg"
        for _ in range(4):
            with path.open("ab") as file:
                file.write(JPEG)
            os.utime(path, (1_000_000_000, 1_000_000_000))
            await asyncio.sleep(0.3)
        await venue.until_arrived("Incoming/cp -p.jpg")
        assert venue.arrived == ["Incoming/cp -p.jpg"]
        assert venue.seen["Incoming/cp -p.jpg"].content.bytes == 4 * len(JPEG)


@pytest.mark.parametrize(
    "temporary", [".in.DSC_1.jpg.", ".DSC_1.jpg.Xy12Ab", "DSC_1.jpg.part", "~syncthing~DSC_1.jpg.tmp"]
)
async def test_a_transfer_under_a_temporary_name_arrives_when_it_is_renamed(
    open_venue: OpenVenue, temporary: str
) -> None:
    async with open_venue() as venue:
        (venue.incoming / temporary).write_bytes(JPEG)
        await venue.quiet()
        assert venue.arrived == []
        end = latest(4)
        (venue.incoming / temporary).rename(venue.incoming / "DSC_1.jpg")
        await venue.until_arrived("Incoming/DSC_1.jpg")
        assert time.monotonic() < end
        assert venue.arrived == ["Incoming/DSC_1.jpg"]
        assert venue.gone == []


@pytest.mark.parametrize("name", ["upload17", "DSC_1.jpg_", "DSC_1.jpg.xfer"])
async def test_a_photo_that_gets_its_name_a_moment_after_it_was_closed_arrives_under_that_name(
    open_venue: OpenVenue, name: str
) -> None:
    """As an FTP client's does, a round trip later; it was filed, for good, as `upload17`, which no phone opens."""
    async with open_venue(quiet_seconds=1.0) as venue:
        (venue.incoming / name).write_bytes(JPEG)
        await asyncio.sleep(0.3)
        (venue.incoming / name).rename(venue.incoming / "DSC_1.jpg")
        await venue.until_arrived("Incoming/DSC_1.jpg")
        assert venue.arrived == ["Incoming/DSC_1.jpg"]


@pytest.mark.slow
async def test_two_thousand_photos_at_once_all_arrive_once_and_four_at_a_time(open_venue: OpenVenue) -> None:
    async with open_venue() as venue:
        most = 0
        handing: set[Path] = set()

        async def slow(path: Path) -> None:
            nonlocal most
            handing.add(path)
            most = max(most, len(handing))
            await asyncio.sleep(0)
            handing.discard(path)

        venue.before_settled = slow
        names = [f"Incoming/IMG_{number:04}.jpg" for number in range(2000)]

        def pour() -> None:
            for name in names:
                (venue.root / name).write_bytes(JPEG)

        await asyncio.to_thread(pour)
        assert threading.active_count() < 30
        await venue.until_arrived(*names, seconds=20)
        assert sorted(venue.arrived) == names
        assert most <= 4


async def test_it_is_told_how_long_a_photo_was_there_before_it_was_handed_on(open_venue: OpenVenue) -> None:
    async with open_venue() as venue:
        hands_are_free = asyncio.Event()

        async def wait(path: Path) -> None:
            if path.stem.startswith("long"):
                await hands_are_free.wait()

        venue.before_settled = wait
        for number in range(4):
            venue.drop(f"long-{number}.jpg")
        await venue.until(lambda: venue.watcher.report().settling == 4)
        venue.drop("older.jpg")
        await asyncio.sleep(0.5)
        venue.drop("newer.jpg")
        await asyncio.sleep(0.5)
        hands_are_free.set()
        await venue.until_arrived("Incoming/older.jpg", "Incoming/newer.jpg")
        assert venue.waited["Incoming/newer.jpg"] + 0.3 < venue.waited["Incoming/older.jpg"]


async def test_newer_photos_are_handed_on_before_older_ones(open_venue: OpenVenue) -> None:
    async with open_venue() as venue:
        begun: list[str] = []
        gates = [asyncio.Event() for _ in range(3)]

        async def wait(path: Path) -> None:
            begun.append(path.stem)
            await gates[(len(begun) - 1) // 4].wait()

        venue.before_settled = wait
        for number in range(12):
            venue.drop(f"{number:02}.jpg")
            wanted = min(number + 1, 4)
            await venue.until(lambda wanted=wanted: len(begun) == wanted)
        await venue.until(lambda: venue.watcher.report().settling == 12)
        gates[0].set()
        await venue.until(lambda: len(begun) == 8)
        assert begun[:4] == ["00", "01", "02", "03"]
        assert sorted(begun[4:]) == ["08", "09", "10", "11"]  # the four newest, for there are four hands
        gates[1].set()
        gates[2].set()
        await venue.until(lambda: len(venue.arrived) == 12)


async def test_photos_that_were_there_before_the_agent_are_found_once(open_venue: OpenVenue, tmp_path: Path) -> None:
    (tmp_path / "Incoming" / "deep").mkdir(parents=True)
    (tmp_path / "Incoming" / "deep" / "a.jpg").write_bytes(JPEG)
    os.utime(tmp_path / "Incoming" / "deep" / "a.jpg", (1, 1))
    async with open_venue() as venue:
        await venue.until_arrived("Incoming/deep/a.jpg")
        await venue.quiet()
        assert venue.arrived == ["Incoming/deep/a.jpg"]


async def test_a_sweep_finds_what_no_event_told(open_venue: OpenVenue) -> None:
    async with open_venue(observer=None, sweep_seconds=60) as venue:
        venue.drop("a.jpg")
        assert await venue.watcher.sweep_now()
        await venue.until_arrived("Incoming/a.jpg")


async def test_a_folder_added_while_running_is_watched_and_a_removed_one_is_not(open_venue: OpenVenue) -> None:
    async with open_venue() as venue:
        second = venue.root / "Second"
        second.mkdir()
        (second / "before.jpg").write_bytes(JPEG)
        folder = venue.folder(second)
        venue.watcher.add(folder)
        venue.watcher.add(folder)
        await venue.until_arrived("Second/before.jpg")
        (second / "after.jpg").write_bytes(JPEG)
        await venue.until_arrived("Second/after.jpg")
        assert len(venue.watcher.report().folders) == 2

        venue.watcher.remove(folder)
        (second / "never.jpg").write_bytes(JPEG)
        venue.drop("first.jpg")
        await venue.until_arrived("Incoming/first.jpg")
        await venue.quiet()
        assert sorted(venue.arrived) == ["Incoming/first.jpg", "Second/after.jpg", "Second/before.jpg"]
        assert venue.gone == []
        assert len(venue.watcher.report().folders) == 1


async def test_of_two_changes_at_once_the_later_one_holds(open_venue: OpenVenue) -> None:
    """Which folders there are is looked up beside the loop: the earlier answer may be the one that comes last."""
    async with open_venue() as venue:
        one, other = venue.folder(venue.root / "One"), venue.folder(venue.root / "Other")
        for folder in (one, other):
            folder.path.mkdir()
        incoming, asked, come = venue.folder(venue.incoming), threading.Event(), threading.Event()

        def slowly() -> list[WatchedFolder]:
            asked.set()
            assert come.wait(PATIENCE * 5)
            return [incoming, one]

        first = asyncio.create_task(venue.watcher.follow(slowly))
        assert await asyncio.to_thread(asked.wait, 5)
        second = asyncio.create_task(venue.watcher.follow(lambda: [incoming, one, other]))
        await asyncio.sleep(0.1)
        come.set()
        await asyncio.gather(first, second)
        assert {one.folder.path for one in venue.watcher.report().folders} == {
            venue.incoming,
            one.path,
            other.path,
        }
        theirs = WatchedFolder(EventId("wedding"), one.path)
        await venue.watcher.follow(lambda: [incoming, theirs])
        assert [each.folder for each in venue.watcher.report().folders] == [incoming, theirs], "another event's by now"


async def test_a_folder_whose_files_hang_does_not_hold_up_the_others(open_venue: OpenVenue) -> None:
    async with open_venue() as venue:
        share = venue.root / "share"
        share.mkdir()
        venue.watcher.add(venue.folder(share))
        hung = asyncio.Event()

        async def hang(path: Path) -> None:
            if path.parent == share:
                await hung.wait()

        venue.before_settled = hang
        for number in range(6):
            (share / f"{number}.jpg").write_bytes(JPEG)
        await venue.until(lambda: venue.watcher.report().settling == 6)
        venue.drop("DSC_1.jpg")
        await venue.until(lambda: venue.arrived == ["Incoming/DSC_1.jpg"])
        hung.set()
        await venue.until_arrived(*(f"share/{number}.jpg" for number in range(6)))
