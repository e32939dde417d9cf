"""A day's budget that has room for a photo once: what was taken from Drive to make room for it is sent first."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.ledger.drive_queue import DriveTask
from agent.model import ORIGINAL, DriveId, End
from agent.requests.control import SetMetered
from agent.requests.events import SetEvent
from agent.running.waiting import PutOff
from agent.uploads.queue import UploadQueue
from agent.uploads.send import Progress, Result, Sender
from agent.workspace import Workspace
from tests.emulator.drive import Emulator
from tests.patience import within
from tests.venue.running import an_agent
from tests.venue.test_metered import MB, photo


async def test_of_a_photo_in_two_folders_the_second_small_copy_stays_until_the_first_is_exchanged(
    workspace: Workspace, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It had been asked what may go just before the first one was taken away: both were, and each waited for the other
    for the rest of the day.
    """
    monkeypatch.setenv("VENUESYNC_DRIVE__DAILY_MB", "3")
    monkeypatch.setenv("VENUESYNC_DRIVE__METERED_LONG_SIDE", "640")
    due, stumbled, late = UploadQueue._due, PutOff.stumbled, list[bool]()

    async def answered_late(queue: UploadQueue, *, any_size: bool = False) -> list[DriveTask]:
        found = await due(queue, any_size=any_size)
        ways = [one.task for one in queue.under_way.active.values()]
        if not found and not late and any(one.drive is End.SENDING and one.made_as == ORIGINAL for one in ways):
            late.append(True)
            async with within(10):
                while queue.under_way.active:
                    await asyncio.sleep(0.005)
        return found

    def rests(put_off: PutOff[int], key: int, _: float | None = None) -> int:
        put_off.end()  # whoever rests has rested by then
        return stumbled(put_off, key, 1.0)

    async with an_agent(workspace) as running:
        await running.service.ask(SetEvent(event="default", key="all_photos", value="true"))
        await running.service.ask(SetMetered(to="on"))
        (running.incoming / "B.jpg").write_bytes(photo(tmp_path / "b.jpg", 2, 2 * MB).read_bytes())
        await running.until(lambda now: now["photos"]["only_small"] == 1 and len(copies(emulator)) == 2, 60)
        monkeypatch.setattr(UploadQueue, "_due", answered_late)
        monkeypatch.setattr(PutOff, "stumbled", rests)
        await running.service.ask(SetMetered(to="off"))
        await running.until(lambda now: now["safe_to_leave"]["safe"], 30)
    assert len(copies(emulator)) == 2


def copies(emulator: Emulator) -> list[str]:
    """Where it lies on Drive."""
    return [one["path"] for one in emulator.files() if one["path"].endswith("B.jpg") and not one["trashed"]]


@pytest.mark.slow
async def test_a_day_that_is_spent_is_said_to_be_though_drive_goes_away_as_that_is_asked(
    workspace: Workspace, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VENUESYNC_DRIVE__DAILY_MB", "2")
    is_spent, asked = UploadQueue._is_spent, list[bool]()

    async def asked_amid(queue: UploadQueue) -> bool:
        emulator.outage(600)
        async with within(60):
            while queue._lane.is_open():
                await asyncio.sleep(0.02)
        asked.append(await is_spent(queue))
        return asked[-1]

    async with an_agent(workspace) as running:
        for number in range(2):
            made = photo(tmp_path / f"{number}.jpg", number, 1_100_000)
            (running.incoming / f"B{number}.jpg").write_bytes(made.read_bytes())
        await running.until(lambda now: now["safe_to_leave"]["code"] == "day_spent", 40)
        monkeypatch.setattr(UploadQueue, "_is_spent", asked_amid)
        await running.until(lambda now: asked and now["drive"]["state"] == "offline", 60)
        told = await running.until(lambda now: now["safe_to_leave"]["code"])
        assert (told, asked) == ("day_spent", [False])


@pytest.mark.slow
async def test_a_day_is_not_spent_before_what_was_taken_from_drive_for_it_is_sent(
    workspace: Workspace, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It rests for a moment between the two; for what is larger there is no room."""
    monkeypatch.setenv("VENUESYNC_DRIVE__DAILY_MB", "3")
    monkeypatch.setenv("VENUESYNC_DRIVE__METERED_LONG_SIDE", "640")
    stumbled = PutOff.stumbled

    def rests(put_off: PutOff[int], key: int, _: float | None = None) -> int:
        return stumbled(put_off, key, 2.0)

    async with an_agent(workspace) as running:
        await running.service.ask(SetMetered(to="on"))
        for number, size in enumerate([1, 4]):
            made = photo(tmp_path / f"{number}.jpg", number, size * MB)
            (running.incoming / f"B{number}.jpg").write_bytes(made.read_bytes())
        await running.until(lambda now: now["photos"]["only_small"] == 2 and now["queue"]["uploading"] == 0, 60)
        monkeypatch.setattr(PutOff, "stumbled", rests)
        await running.service.ask(SetMetered(to="off"))
        await running.until(lambda now: now["safe_to_leave"]["code"] == "day_spent", 30)
    there = [one for one in emulator.files() if one.get("md5Checksum") and not one["trashed"]]
    assert sorted(int(one["size"]) >= MB for one in there) == [False, True]


@pytest.mark.slow
async def test_a_day_is_not_spent_while_a_photo_that_it_has_room_for_only_rests(
    workspace: Workspace, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An agent that ends once nothing goes on by itself ended without it."""
    monkeypatch.setenv("VENUESYNC_DRIVE__DAILY_MB", "4")
    monkeypatch.setattr("agent.uploads.queue.BROKEN_FOR", 5.0)
    carry, broken = Sender.carry, list[int]()

    async def breaks_once(sender: Sender, task: DriveTask, drive_id: DriveId, progress: Progress) -> Result:
        if task.bytes == MB and not broken:
            broken.append(task.placement)
            raise RuntimeError("nobody knows why")
        return await carry(sender, task, drive_id, progress)

    async with an_agent(workspace) as running:
        (running.incoming / "B0.jpg").write_bytes(photo(tmp_path / "0.jpg", 0, 1_900_000).read_bytes())
        await running.until(lambda now: now["photos"]["verified"] == 1, 40)
        monkeypatch.setattr(Sender, "carry", breaks_once)
        for number, size in enumerate([MB, 3 * MB], start=1):
            made = photo(tmp_path / f"{number}.jpg", number, size)
            (running.incoming / f"B{number}.jpg").write_bytes(made.read_bytes())
            await running.until(lambda _: broken, 20)
        await running.until(lambda now: now["safe_to_leave"]["code"] == "day_spent", 60)
        sizes = [int(one["size"]) for one in emulator.files() if one.get("md5Checksum")]
    assert (len(broken), sorted(sizes)) == (1, [MB, 1_900_000])
