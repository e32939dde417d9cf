"""Changes of which no answer came, and that Drive makes late: what was asked for since holds."""

from __future__ import annotations

import asyncio

import pytest

from agent.ledger import asked
from agent.requests.control import Verify
from agent.requests.people import EnrollPerson, RenamePerson, Undo
from agent.requests.photos import ListPhotos, WithdrawPhotos
from agent.workspace import Workspace
from tests.emulator.drive import Emulator
from tests.patience import within
from tests.venue.running import Running, an_agent, arrive, of
from tests.venue.trees import folders_of, same


@pytest.fixture(autouse=True)
def _(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "LATE", 6.0)


@pytest.mark.slow
async def test_a_change_that_drive_makes_late_does_not_undo_a_later_one(running: Running, emulator: Emulator) -> None:
    service = running.service
    await arrive(running, of("anna_berg")[0])
    before = await same(running, emulator, wanted=lambda now: len(now) == 1)
    emulator.faults([{"method": "files.update", "stall_ms": 7000}])  # to the trash; given up after 3 s
    (row,) = (await service.ask(ListPhotos()))["rows"]
    await service.ask(WithdrawPhotos(ids=[row["id"]]))
    async with within(10):
        while not emulator.requests()["methods"].get("files.update", 0):
            await asyncio.sleep(0.02)
    await service.ask(Undo())
    await asyncio.sleep(10)
    assert await same(running, emulator, wanted=lambda now: len(now) == 1) == before


async def test_a_name_that_drive_gives_late_is_not_the_last_one(running: Running, emulator: Emulator) -> None:
    service = running.service
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
    async with within(10):
        while folders_of(emulator) != {"Mia"}:
            await asyncio.sleep(0.02)
    emulator.faults([{"method": "files.update", "stall_ms": 7000}])
    await service.ask(RenamePerson(person="Mia", name="Mila"))
    async with within(10):
        while not emulator.requests()["methods"].get("files.update", 0):
            await asyncio.sleep(0.02)
    await service.ask(RenamePerson(person="Mila", name="Mona"))
    await asyncio.sleep(8)
    async with within(10):
        while folders_of(emulator) != {"Mona"}:
            await asyncio.sleep(0.02)


@pytest.mark.slow
async def test_the_next_agent_knows_what_may_come_late(workspace: Workspace, emulator: Emulator) -> None:
    async with an_agent(workspace) as running:
        await arrive(running, of("anna_berg")[0])
        before = await same(running, emulator, wanted=lambda now: len(now) == 1)
        emulator.faults([{"method": "files.update", "stall_ms": 9000}])  # to the trash
        (row,) = (await running.service.ask(ListPhotos()))["rows"]
        await running.service.ask(WithdrawPhotos(ids=[row["id"]]))
        async with within(10):
            while not emulator.requests()["methods"].get("files.update", 0):
                await asyncio.sleep(0.02)
    async with an_agent(workspace) as running:
        await running.service.ask(Undo())
        await asyncio.sleep(8)
        assert await same(running, emulator, wanted=lambda now: len(now) == 1) == before


@pytest.mark.slow
async def test_not_safe_before_a_file_is_called_on_drive_as_here(workspace: Workspace, emulator: Emulator) -> None:
    """A name was asked for, no answer came, and meanwhile the one before it holds again: that waits a while."""
    async with an_agent(workspace) as running:
        await arrive(running, of("anna_berg")[0])
        await running.until(lambda now: now["safe_to_leave"]["safe"])
        (lies,) = (workspace.root / "Unsorted").glob("**/*.jpg")
        lies.unlink()
        lies.write_bytes(of("mia_lindqvist")[0].read_bytes())  # somebody's, so that ours gets another name
        emulator.faults([{"method": "files.update", "stall_ms": 9000}])
        await running.service.ask(Verify(repair=True))
        async with within(20):
            while not emulator.requests()["methods"].get("files.update", 0):
                await asyncio.sleep(0.02)
    lies.rename(lies.with_stem(f"{lies.stem} (2)"))  # over ours, whose name before is free again
    async with an_agent(workspace) as running:
        await running.service.ask(Verify(repair=True))
        waits = await running.until(lambda now: now["safe_to_leave"]["code"] == "removing" and now["safe_to_leave"])
        assert waits["reason"] == "1 file still to be taken out of folders or renamed"
        await running.until(lambda now: now["safe_to_leave"]["safe"])
        assert lies.name in [one["name"] for one in emulator.files()]
