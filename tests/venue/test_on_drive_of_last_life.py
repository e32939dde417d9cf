"""What was on its way when the last agent ended, in a life in which nothing is sent."""

from __future__ import annotations

import asyncio

import pytest

from agent.ledger import syncs
from agent.requests.control import Sync
from agent.workspace import Workspace
from tests.emulator.drive import Emulator
from tests.halting import HaltAnswer
from tests.patience import within
from tests.venue.photographer import operator
from tests.venue.running import an_agent, of
from tests.venue.test_on_drive_amid import sent


def newest(emulator: Emulator) -> str:
    with emulator.client() as drive:
        return drive.get("/drive/v3/changes/startPageToken").raise_for_status().json()["startPageToken"]


@pytest.mark.slow
async def test_the_feed_is_read_on_behind_it(
    workspace: Workspace, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No answer to it is still to come: the page that tells of it is not read again and again."""
    async with an_agent(workspace) as running:
        await running.until(lambda now: now["drive"]["state"] == "online")
        await running.service.ask(Sync())
        halt = HaltAnswer(monkeypatch, running.agent._drive.queue._sender, "carry")
        [photo, *_] = of("anna_berg")
        (running.incoming / photo.name).write_bytes(photo.read_bytes())
        async with within(20):
            await halt.done.wait()
    monkeypatch.setenv("VENUESYNC_DRIVE__SEND", "false")
    [file] = await asyncio.to_thread(sent, emulator)
    await asyncio.to_thread(operator(emulator).trash, file)
    async with an_agent(workspace) as running, within(20):
        while await running.agent._ledger.read(syncs.feed_token, "") != await asyncio.to_thread(newest, emulator):
            await running.service.ask(Sync())
            await asyncio.sleep(0.05)
