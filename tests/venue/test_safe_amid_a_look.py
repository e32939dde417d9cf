"""What a look finds while a status is read is not in that status: it says "safe" by no look that is newer than it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from agent.handlers.status import publisher
from agent.ledger.sqlite.rows import at_once
from agent.requests.control import Sync
from agent.requests.events import AddEvent
from agent.requests.status import GetStatus
from tests.patience import within
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene
from tests.venue.running import Running

pytestmark = pytest.mark.parametrize("running", ["near"], indirect=True)


class Slow:
    """The facts of a status that is asked for are on their way until `arrive` is set; `read` tells that they are."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.read, self.arrive = Event(), Event()
        monkeypatch.setattr(publisher, "at_once", self._facts)

    def _facts(self, *given: Any) -> Any:
        found = at_once(*given)
        self.read.set()
        assert self.arrive.wait(60)
        return found


async def told_amid(running: Running, monkeypatch: pytest.MonkeyPatch, look: Callable[[], Awaitable[Any]]) -> Any:
    """What a status says of "safe" whose facts were read before that look, and that is told after it."""
    slow = Slow(monkeypatch)
    asked = asyncio.create_task(running.service.ask(GetStatus()))
    assert await asyncio.to_thread(slow.read.wait, 20)
    await look()
    slow.arrive.set()
    return (await asked)["safe_to_leave"]


async def test_a_photo_that_drive_tells_of_meanwhile(
    running: Running, anna: Photographer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = await asyncio.to_thread(lambda: anna.folder("From Anna", share=True))
    link = f"https://drive.google.com/drive/folders/{folder}"
    await running.service.ask(AddEvent(name="Wedding", sources=(link,)))
    await asyncio.to_thread(anna.put, scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", folder)
    await running.service.ask(Sync())
    await running.until(lambda now: now["safe_to_leave"]["safe"], 60)
    feeds = running.agent._drive.feeds

    async def look() -> None:
        await asyncio.to_thread(anna.put, scene(tmp_path / "2.jpg", 2), "DSC_2.jpg", folder)
        await running.service.ask(Sync())
        async with within(20):
            while not feeds.looks().polled:
                await asyncio.sleep(0.01)

    assert not (await told_amid(running, monkeypatch, look))["safe"]
    told = await running.until(lambda now: now if now["safe_to_leave"]["safe"] else None, 60)
    assert told["photos"]["verified"] == 2
