"""What rests for minutes, as it could not be had or was refused, is tried again as soon as somebody says *retry*."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tenacity import wait_fixed

from agent.faces.results import Depth, Fault, LookError
from agent.faces.workers import FaceWorkers
from agent.ledger import syncs
from agent.requests.control import Resync, Retry
from agent.requests.events import AddEvent
from agent.requests.troubles import ListTroubles
from agent.workspace import Workspace
from tests.emulator.drive import Emulator
from tests.patience import within
from tests.venue.photographer import Photographer
from tests.venue.pictures import FACES, scene
from tests.venue.running import Running, an_agent, arrive

LISTED = ("Wedding", "UP_TO_DATE")


@pytest.fixture
async def running(workspace: Workspace) -> AsyncIterator[Running]:
    async with an_agent(workspace) as made:
        yield made


@pytest.mark.slow
async def test_a_second_look_at_what_could_not_be_read(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its turn came again after ten minutes."""
    look, refused = FaceWorkers.look, asyncio.Event()

    async def cannot_closely(self: FaceWorkers, path: Path, sha256: str | None = None, *depth: Depth) -> Any:
        if Depth.CLOSE in depth:
            refused.set()
            raise LookError(Fault.UNREADABLE, "Input/output error", "Connect its disk again")
        return await look(self, path, sha256, *depth)

    with Image.open(FACES / "one_guest.jpg") as image:  # the first look finds nobody
        image.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "sideways.jpg", quality=95)
    with monkeypatch.context() as patch:
        patch.setattr(FaceWorkers, "look", cannot_closely)
        await arrive(running, tmp_path / "sideways.jpg")
        async with within(30):
            await refused.wait()
    await running.service.ask(Retry(all=True))
    await running.until(lambda now: now["faces"]["second_looks"]["found"] == 1, 30)


async def test_photos_after_a_look_that_ended_in_no_known_way(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None was looked at for up to a minute more."""
    look, broken = FaceWorkers.look, asyncio.Event()

    async def breaks_once(self: FaceWorkers, path: Path, *given: Any) -> Any:
        if not broken.is_set():
            broken.set()
            raise RuntimeError("nobody knows why")
        return await look(self, path, *given)

    monkeypatch.setattr("agent.pipeline.DEATH", wait_fixed(3600.0))
    monkeypatch.setattr(FaceWorkers, "look", breaks_once)
    async with an_agent(workspace) as running:
        scene(running.incoming / "DSC_1.jpg", 1)
        async with within(30):
            await broken.wait()
            while not (open_ := (await running.service.ask(ListTroubles()))["open"]):
                await asyncio.sleep(0.05)
        (told,) = open_
        assert told["title"] == "A photo's look ended in no known way"
        assert told["detail"].startswith("DSC_1.jpg: RuntimeError: nobody knows why")
        await running.service.ask(Retry(all=True))
        await running.until(lambda now: now["photos"]["seen"] == 1 and now["photos"]["waiting"] == 0)
        assert (await running.service.ask(ListTroubles()))["open"] == [], "it is over"


async def test_a_photo_whose_look_ends_in_no_known_way_just_then(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That was forgotten, as the look ended after it: it was looked at a minute later."""
    look, begun, asked = FaceWorkers.look, asyncio.Event(), asyncio.Event()

    async def breaks_once(self: FaceWorkers, path: Path, *given: Any) -> Any:
        if not begun.is_set():
            begun.set()
            await asked.wait()
            raise RuntimeError("nobody knows why")
        return await look(self, path, *given)

    monkeypatch.setattr("agent.pipeline.DEATH", wait_fixed(3600.0))
    monkeypatch.setattr("agent.pipeline.BROKEN_FOR", 3600.0)
    monkeypatch.setattr(FaceWorkers, "look", breaks_once)
    async with an_agent(workspace) as running:
        scene(running.incoming / "DSC_1.jpg", 1)
        async with within(30):
            await begun.wait()
        await running.service.ask(Retry(all=True))
        asked.set()
        await running.until(lambda now: now["photos"]["seen"] == 1 and now["photos"]["waiting"] == 0)


@pytest.mark.slow
@pytest.mark.parametrize("reason", ["badRequest", "insufficientFilePermissions"])
async def test_a_photo_that_drive_refuses_just_then(
    workspace: Workspace, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    """It, or all that was for its folder, was set aside, as the answer came after that."""
    monkeypatch.setenv("VENUESYNC_DRIVE__ATTEMPTS", "1")
    async with an_agent(workspace) as running:
        scene(running.incoming / "DSC_1.jpg", 1)
        await running.until(lambda now: now["photos"]["verified"] == 1)
        await refused_amid_a_retry(running, emulator, "files.create", reason)
        await running.until(lambda now: now["photos"]["verified"] == 2)


@pytest.mark.slow
async def test_a_photo_that_drive_does_not_give_out_just_then(
    workspace: Workspace, emulator: Emulator, anna: Photographer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VENUESYNC_DRIVE__ATTEMPTS", "1")
    folder = anna.folder("Anna", share=True)
    anna.put(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", folder)
    async with an_agent(workspace) as running:
        await refused_amid_a_retry(running, emulator, "files.get_media", "badRequest", folder)
        await running.until(lambda now: now["photos"]["verified"] == 2)


async def test_when_it_was_tried_is_kept_of_nothing_that_was_given_up(
    workspace: Workspace, emulator: Emulator, anna: Photographer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was, of each photo, until the agent ended."""
    monkeypatch.setenv("VENUESYNC_DRIVE__ATTEMPTS", "1")
    folder = anna.folder("Anna", share=True)
    anna.put(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", folder)
    async with an_agent(workspace) as running:
        scene(running.incoming / "DSC_2.jpg", 2)
        await running.until(lambda now: now["photos"]["verified"] == 1)
        for method, source in (("files.create", None), ("files.get_media", folder)):
            emulator.faults({"method": method, "reason": "badRequest"})
            if source is None:
                scene(running.incoming / "DSC_3.jpg", 3)
            else:
                await running.service.ask(AddEvent(name="Wedding", sources=[source]))
            async with within(20):
                while len((await running.service.ask(ListTroubles()))["open"]) < (1 if source is None else 2):
                    await asyncio.sleep(0.05)
        for part in (running.agent._drive.queue, running.agent._drive.downloader):
            async with within(10):
                while part.under_way.active or part._put_off._tried_at:
                    await asyncio.sleep(0.05)


async def refused_amid_a_retry(
    running: Running, emulator: Emulator, method: str, reason: str, source: str | None = None
) -> None:
    """A photo comes, also from a source, and while Drive is about to refuse one of them somebody says *retry*."""
    emulator.forget_requests()
    emulator.faults({"method": method, "reason": reason, "delay_ms": 3000})
    scene(running.incoming / "DSC_2.jpg", 2)
    if source is not None:
        await running.service.ask(AddEvent(name="Wedding", sources=[source]))
    async with within(20):
        while not emulator.requests()["methods"].get(method):
            await asyncio.sleep(0.05)
    await running.service.ask(Retry(all=True))


async def test_a_source_that_could_not_be_reached(
    running: Running, anna: Photographer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shared again it was looked for half a minute later."""
    monkeypatch.setattr("agent.sync.feeds.LOST_AGAIN", 3600.0)
    folder = anna.folder("Anna")
    given = anna.share(folder)
    await running.service.ask(AddEvent(name="Wedding", sources=[folder]))
    await running.until(lambda now: any((one["name"], one["sync_status"]) == LISTED for one in now["events"]))
    anna.unshare(folder, given)
    await running.service.ask(Resync(events=["Wedding"]))
    async with within(20):
        while not (await running.service.ask(ListTroubles()))["open"]:
            await asyncio.sleep(0.05)
    anna.share(folder)
    await running.service.ask(Retry(all=True))
    async with within(20):
        while (await running.service.ask(ListTroubles()))["open"]:
            await asyncio.sleep(0.05)


async def test_an_address_to_which_drive_refused_to_send_word(
    workspace: Workspace, emulator: Emulator, anna: Photographer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been put right at Google's end; Drive was asked for it ten minutes later."""
    monkeypatch.setenv("VENUESYNC_DRIVE__PUSH", "http://127.0.0.1:1/hook")
    emulator.faults({"method": "changes.watch", "reason": "badRequest"})
    async with an_agent(workspace) as running:
        await running.service.ask(AddEvent(name="Wedding", sources=[anna.folder("Anna", share=True)]))
        async with within(20):
            while not (told := (await running.service.ask(ListTroubles()))["open"]):
                await asyncio.sleep(0.05)
        assert [one["title"] for one in told] == ["Drive sends no word of changes"]
        await running.service.ask(Retry(all=True))
        async with within(20):
            while emulator.requests()["methods"]["changes.watch"] < 2:
                await asyncio.sleep(0.05)
        async with within(20):
            while (await running.service.ask(ListTroubles()))["open"]:
                await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_a_feed_that_drive_refused_keeps_no_later_one_from_word_of_its_changes(
    workspace: Workspace, emulator: Emulator, anna: Photographer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was polled for ten minutes; and of the one that was refused nothing was told any more then."""
    monkeypatch.setenv("VENUESYNC_DRIVE__PUSH", "http://127.0.0.1:1/hook")
    emulator.faults({"method": "changes.watch", "reason": "badRequest"})
    with emulator.client() as team:
        drive = team.post("/drive/v3/drives", params={"requestId": "team"}, json={"name": "Studio"}).json()["id"]
        made = {"name": "Studio photos", "mimeType": "application/vnd.google-apps.folder", "parents": [drive]}
        ours = team.post("/drive/v3/files", params={"supportsAllDrives": "true"}, json=made).json()["id"]
    async with an_agent(workspace) as running:
        await running.service.ask(AddEvent(name="Wedding", sources=[anna.folder("Anna", share=True)]))
        async with within(20):
            while not (await running.service.ask(ListTroubles()))["open"]:
                await asyncio.sleep(0.05)
        await running.service.ask(AddEvent(name="Party", sources=[ours]))
        async with within(20):
            while not (known := await running.agent._ledger.read(syncs.channels)):
                await asyncio.sleep(0.05)
        assert [one.feed for one in known] == [drive]
        (told,) = (await running.service.ask(ListTroubles()))["open"]
        assert told["title"] == "Drive sends no word of changes"
        await running.service.ask(Retry(all=True))
        async with within(20):
            while (await running.service.ask(ListTroubles()))["open"]:
                await asyncio.sleep(0.05)
        assert {one.feed for one in await running.agent._ledger.read(syncs.channels)} == {drive, ""}
