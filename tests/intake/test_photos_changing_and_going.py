"""Files in Incoming are overwritten, renamed, deleted and put back, and each is noticed for what it is."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import clock
from agent.disk import rarely
from agent.intake import sweep
from agent.intake.listing import FoundFile, Listing, as_before
from agent.intake.reading import StillChanging
from agent.intake.watcher import _Round

from .venue import JPEG, OpenVenue


async def test_a_photo_overwritten_in_place_is_handed_on_again(open_venue: OpenVenue) -> None:
    async with open_venue() as venue:
        path = venue.drop("DSC_1.jpg")
        await venue.until_arrived("Incoming/DSC_1.jpg")
        first = venue.seen["Incoming/DSC_1.jpg"].content.sha256
        path.write_bytes(JPEG + b"edited")
        await venue.until(lambda: venue.seen["Incoming/DSC_1.jpg"].content.sha256 != first)
        assert venue.arrived == ["Incoming/DSC_1.jpg"] * 2
        assert venue.gone == []


async def test_a_photo_replaced_by_rename_is_handed_on_again(open_venue: OpenVenue) -> None:
    async with open_venue() as venue:
        venue.drop("DSC_1.jpg")
        await venue.until_arrived("Incoming/DSC_1.jpg")
        venue.drop("DSC_1.jpg", JPEG + b"edited")
        await venue.until(lambda: len(venue.arrived) == 2)
        assert venue.gone == []


async def test_a_photo_opened_for_writing_and_left_as_it_was_is_not_handed_on_again(open_venue: OpenVenue) -> None:
    async with open_venue() as venue:
        path = venue.drop("DSC_1.jpg")
        await venue.until_arrived("Incoming/DSC_1.jpg")
        path.open("ab").close()
        venue.drop("DSC_2.jpg")
        await venue.until_arrived("Incoming/DSC_2.jpg")
        assert venue.arrived == ["Incoming/DSC_1.jpg", "Incoming/DSC_2.jpg"]


@pytest.mark.parametrize("told", [True, False])
async def test_a_deleted_photo_is_gone(open_venue: OpenVenue, told: bool) -> None:
    options = {} if told else {"observer": None, "sweep_seconds": 0.1}
    async with open_venue(**options) as venue:
        path = venue.drop("DSC_1.jpg")
        venue.drop("DSC_2.jpg")
        await venue.until_arrived("Incoming/DSC_1.jpg", "Incoming/DSC_2.jpg")
        path.unlink()
        await venue.until(lambda: venue.gone)
        assert venue.gone == ["Incoming/DSC_1.jpg"]


@pytest.mark.parametrize("told", [True, False])
async def test_a_renamed_photo_is_never_nowhere(open_venue: OpenVenue, told: bool) -> None:
    options = {} if told else {"observer": None, "sweep_seconds": 0.1}
    async with open_venue(**options) as venue:
        path = venue.drop("before.jpg")
        await venue.until_arrived("Incoming/before.jpg")
        when_gone: list[list[str]] = []

        async def slow(path: Path) -> None:
            await asyncio.sleep(0.2)

        venue.before_settled = slow
        venue.before_gone = lambda: when_gone.append(list(venue.arrived))
        path.rename(venue.incoming / "after.jpg")
        await venue.until(lambda: venue.gone)
        assert set(venue.gone) == {"Incoming/before.jpg"}
        told = ["Incoming/before.jpg", "Incoming/after.jpg"]
        assert all(one == told for one in when_gone), "a sweep in between may tell it once more, and not earlier"


async def test_a_folder_deleted_or_moved_out_takes_its_photos_along(open_venue: OpenVenue) -> None:
    async with open_venue() as venue:
        for folder in ("one", "two"):
            (venue.incoming / folder).mkdir()
            for number in range(30):
                (venue.incoming / folder / f"{number}.jpg").write_bytes(JPEG)
        await venue.until(lambda: len(venue.arrived) == 60)
        shutil.rmtree(venue.incoming / "one")
        await venue.until(lambda: len(venue.gone) == 30)
        (venue.incoming / "two").rename(venue.outside / "two")
        await venue.until(lambda: len(venue.gone) == 60)
        assert venue.watcher.report().state == "running"


async def test_a_folder_renamed_is_the_same_photos_elsewhere(open_venue: OpenVenue) -> None:
    async with open_venue() as venue:
        (venue.incoming / "one").mkdir()
        for number in range(30):
            (venue.incoming / "one" / f"{number}.jpg").write_bytes(JPEG)
        await venue.until(lambda: len(venue.arrived) == 30)
        (venue.incoming / "one").rename(venue.incoming / "two")
        await venue.until(lambda: len(venue.gone) == 30)
        assert sorted(venue.arrived[30:]) == sorted(f"Incoming/two/{number}.jpg" for number in range(30))


async def test_a_file_that_changes_while_it_is_handed_on_waits_again(open_venue: OpenVenue) -> None:
    async with open_venue() as venue:
        tries = 0

        async def twice(path: Path) -> None:
            nonlocal tries
            tries += 1
            if tries <= 2:
                raise StillChanging(path)

        venue.before_settled = twice
        venue.drop("DSC_1.jpg")
        await venue.until_arrived("Incoming/DSC_1.jpg")
        assert tries == 3


async def test_a_file_written_again_before_it_was_handed_on_waits_for_its_close(open_venue: OpenVenue) -> None:
    async with open_venue() as venue:
        held = asyncio.Event()

        async def wait(path: Path) -> None:
            await held.wait()

        venue.before_settled = wait
        for number in range(5):  # four hands are full, the fifth waits
            venue.drop(f"{number}.jpg")
        await venue.until(lambda: venue.watcher.report().settling == 5)
        waiting = venue.drop("again.jpg")
        await venue.until(lambda: venue.watcher.report().settling == 6)
        with waiting.open("ab") as file:
            file.write(b"more")
            file.flush()
            await asyncio.sleep(0.1)
            held.set()
            await venue.until(lambda: len(venue.arrived) == 5)
            assert "Incoming/again.jpg" not in venue.arrived
        await venue.until_arrived("Incoming/again.jpg")


async def test_a_photo_that_could_not_be_handed_on_is_tried_again_and_the_others_go_on(open_venue: OpenVenue) -> None:
    async with open_venue() as venue:
        broken = True

        async def fail(path: Path) -> None:
            if broken and path.name == "bad.jpg":
                raise RuntimeError("the ledger is locked")

        venue.before_settled = fail
        venue.drop("bad.jpg")
        venue.drop("good.jpg")
        await venue.until(lambda: venue.arrived == ["Incoming/good.jpg"])
        await venue.watcher.sweep_now()
        await venue.until(lambda: venue.watcher.report().settling == 1)  # it is not forgotten
        broken = False
        await venue.watcher.sweep_now()
        await venue.until_arrived("Incoming/bad.jpg")


async def test_a_file_deleted_before_it_was_whole_leaves_nothing_behind(open_venue: OpenVenue) -> None:
    async with open_venue() as venue:
        with (venue.incoming / "a.jpg").open("wb") as file:
            file.write(JPEG)
            file.flush()
            await venue.until(lambda: venue.watcher.report().settling == 1)
            (venue.incoming / "a.jpg").unlink()
        await venue.until(lambda: venue.watcher.report().settling == 0)
        assert venue.arrived == []
        assert venue.gone == []


async def test_at_rest_folders_alone_are_looked_at_and_nothing_that_came_or_went_is_missed(
    open_venue: OpenVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No event is told here, though they are thought to be: as after an overflow that nobody noticed."""
    listed: list[str] = []
    walk = Listing.walk
    monkeypatch.setattr(_Round, "_told", lambda *_: None)
    monkeypatch.setattr(sweep, "QUIET", -1.0)  # seconds: a folder counts as quiet at once
    monkeypatch.setattr(Listing, "walk", lambda self: listed.append(self.root) or walk(self))
    async with open_venue(sweep_seconds=0.1) as venue:
        card = venue.incoming / "card"
        card.mkdir()
        for name in ("a.jpg", "b.jpg"):
            venue.drop(f"card/{name}")
        await venue.watcher.sweep_now()
        await venue.until_arrived("Incoming/card/a.jpg", "Incoming/card/b.jpg")
        await venue.watcher.sweep_now()
        looks, began = len(listed), clock.steady()
        await venue.until(lambda: venue.watcher.report().whole_sweep_since(began + 0.5))
        assert len(listed) <= looks + 1
        venue.drop("card/c.jpg")
        await venue.until_arrived("Incoming/card/c.jpg")
        (card / "a.jpg").unlink()
        await venue.until(lambda: venue.gone == ["Incoming/card/a.jpg"])
        monkeypatch.setattr(rarely, "EVERY", 0.5)
        monkeypatch.setattr(rarely, "TIMES", 0)
        (card / "b.jpg").write_bytes(JPEG + b"in place")
        await venue.until(lambda: venue.arrived.count("Incoming/card/b.jpg") == 2, 20)


async def test_a_large_folder_that_tells_what_comes_is_gone_through_less_often(
    open_venue: OpenVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look at it takes 0.2 s here: it is not gone through every 0.1 s, and what comes waits for no look."""
    listed: list[float] = []
    walk = Listing.walk

    def slowly(self: Listing) -> Iterator[tuple[str, FoundFile]]:
        time.sleep(0.2)
        listed.append(time.monotonic())
        return walk(self)

    monkeypatch.setattr(Listing, "walk", slowly)
    async with open_venue(sweep_seconds=0.1) as venue:
        await venue.until(lambda: listed)
        for name in ("a.jpg", "b.jpg", "c.jpg"):
            venue.drop(name)
            await venue.until(lambda name=name: f"Incoming/{name}" in venue.arrived)
        looks = len(listed)
        await venue.watcher.sweep_now()
        assert len(listed) == looks + 1, "whoever asks waits for no rest"
        await venue.until(lambda: len(listed) == looks + 2, 20)
        assert listed[-1] - listed[-2] >= 19 * 0.2


async def test_what_could_not_be_taken_in_after_its_folder_came_to_rest_is_tried_at_the_next_sweep(
    open_venue: OpenVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written in place, it changes nothing of its folder: that looks as it did when nothing was new in it."""
    monkeypatch.setattr(sweep, "QUIET", -1.0)  # seconds: a folder counts as quiet at once
    async with open_venue(sweep_seconds=0.1) as venue:
        path = venue.drop("DSC_1.jpg")
        await venue.until_arrived("Incoming/DSC_1.jpg")
        (watched,) = venue.watcher._round.watches.values()  # type: ignore[union-attr]
        await venue.until(lambda: watched.sweeper._sound and as_before(watched.sweeper._sound))
        failures = [OSError("the disk gave an error")]

        async def fail_once(_: Path) -> None:
            if failures:
                raise failures.pop()

        venue.before_settled = fail_once
        with path.open("ab") as file:
            file.write(b"edited")
        await venue.until(lambda: not failures)
        await venue.until(lambda: venue.arrived == ["Incoming/DSC_1.jpg"] * 2)
