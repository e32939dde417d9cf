"""What people do to files of ours on Drive while all is compared, or while one is on its way there, is told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agent.ledger import recorded
from agent.requests.control import Sync, Verify
from tests.emulator.drive import Emulator
from tests.halting import Halt
from tests.patience import PATIENCE
from tests.venue.running import Running, arrive, of

pytestmark = pytest.mark.parametrize("running", ["near"], indirect=True)


def change(emulator: Emulator, file: str, to: dict[str, Any]) -> None:
    with emulator.client("their browser") as drive:
        drive.patch(f"{emulator.url}/drive/v3/files/{file}", json=to).raise_for_status()


def sent(emulator: Emulator) -> list[str]:
    return [one["id"] for one in emulator.files() if one["mimeType"].startswith("image/")]


async def test_what_goes_while_all_is_compared_is_not_forgotten_by_that(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It had been listed before, and was safe again as soon as `verify` was done, for good."""
    service = running.service
    await arrive(running, of("anna_berg")[0])
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    halt = Halt(monkeypatch, recorded, "still_sent_so")
    comparing = asyncio.create_task(service.ask(Verify()))
    assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
    [file] = await asyncio.to_thread(sent, emulator)
    await asyncio.to_thread(change, emulator, file, {"trashed": True})
    await service.ask(Sync())
    await running.until(lambda now: now["safe_to_leave"]["code"] == "taken_away")
    halt.begin.set()
    halt.end.set()
    assert (await comparing)["differences"] == []
    await running.until(lambda now: now["safe_to_leave"]["code"] == "taken_away", 3)


async def test_what_is_back_while_all_is_compared_is_back(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It had been missed before, and counted as deleted from then on, until all was compared once more."""
    service = running.service
    await arrive(running, of("anna_berg")[0])
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    [file] = await asyncio.to_thread(sent, emulator)
    await asyncio.to_thread(change, emulator, file, {"trashed": True})
    await service.ask(Sync())
    await running.until(lambda now: now["safe_to_leave"]["code"] == "taken_away")
    halt = Halt(monkeypatch, recorded, "still_sent_so")
    comparing = asyncio.create_task(service.ask(Verify()))
    assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
    await asyncio.to_thread(change, emulator, file, {"trashed": False})
    await service.ask(Sync())
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    halt.begin.set()
    halt.end.set()
    assert len((await comparing)["differences"]) == 1
    await running.until(lambda now: now["safe_to_leave"]["safe"], 3)
