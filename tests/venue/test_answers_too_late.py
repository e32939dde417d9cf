"""What an answer that belongs to an earlier wish does not do: something else is wanted of the photo by now."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.requests.control import SetMetered
from agent.requests.events import SetEvent
from tests.emulator.drive import Emulator
from tests.halting import HaltAnswer
from tests.patience import within
from tests.venue.pictures import padded, scene
from tests.venue.running import Running, arrive
from tests.venue.test_renditions import LARGE

pytestmark = pytest.mark.parametrize("running", ["near"], indirect=True)


def sent(emulator: Emulator) -> list[str]:
    return [one["name"] for one in emulator.files() if one["mimeType"].startswith("image/")]


async def test_what_is_to_stay_here_by_now_is_not_sent_small_on_a_metered_line(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """That a small copy of it goes first had been said just before: it went, and lay on Drive while that lasted."""
    service = running.service
    await service.ask(SetMetered(to="on"))
    await running.until(lambda now: now["drive"]["state"] == "online")
    halt = HaltAnswer(monkeypatch, running.agent._drive.queue._sender, "carry")
    await arrive(running, padded(scene(tmp_path / "A.jpg", 1, LARGE), 2_000_000, 1))
    async with within(20):
        await halt.done.wait()
    await service.ask(SetEvent(event="default", key="exclude", value="*.jpg"))
    halt.end.set()
    now = await running.until(lambda now: now["safe_to_leave"]["safe"] and now)
    assert "1 only here" in now["safe_to_leave"]["reason"]
    assert await asyncio.to_thread(sent, emulator) == []
