"""All is planned anew while a file of a shot gives way to another: it is not wanted again by what was so before."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.people import plan_again
from agent.requests.people import EnrollPerson
from agent.workspace import Workspace
from tests.emulator.drive import Emulator
from tests.halting import Halt
from tests.patience import within
from tests.venue.running import an_agent, arrive, of
from tests.venue.test_live_photos import there
from tests.venue.test_raw_and_jpeg import raw
from tests.venue.trees import tree


@pytest.mark.slow
async def test_a_raw_that_is_overwritten_while_somebody_is_enrolled_is_gone(
    workspace: Workspace, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It lay in their folder beside what had taken its place, here and on Drive, and was counted nowhere."""
    monkeypatch.setenv("VENUESYNC_INCOMING__REPLACED", "replace")
    [mia, jpeg, _] = of("mia_lindqvist")
    both = [tmp_path / "DSC_1.JPG", tmp_path / "DSC_1.NEF"]
    both[0].write_bytes(jpeg.read_bytes())
    raw(both[1], jpeg)
    async with an_agent(workspace) as running:
        await arrive(running, both[0])
        (running.incoming / both[1].name).write_bytes(both[1].read_bytes())
        await running.until(lambda now: now["safe_to_leave"]["safe"] and now["uploads"]["verified"] == 2)
        halt = Halt(monkeypatch, plan_again, "differences")
        halt.begin.set()
        enrolling = asyncio.create_task(running.service.ask(EnrollPerson(name="Mia", photos=[str(mia)])))
        async with within(20):
            while not halt.done.is_set():
                await asyncio.sleep(0.05)
        (running.incoming / both[1].name).write_bytes(both[1].read_bytes() + b"edited")
        async with within(20):
            while not await running.agent._ledger.read(
                lambda db: db.has("SELECT 1 FROM event_photo WHERE state = 'superseded'")
            ):
                await asyncio.sleep(0.05)
        halt.end.set()
        await enrolling
        await running.until(
            lambda now: now["people"] and now["people"][0]["on_drive"] == 1 and now["safe_to_leave"]["safe"]
        )
        wanted = [f"People/Mia/Solo/{one.name}" for one in both]
        assert await asyncio.to_thread(tree, running) == wanted
        assert await asyncio.to_thread(there, emulator) == wanted
