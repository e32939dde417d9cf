"""Folders that are renamed, looked for or gone while something else is done with them."""

from __future__ import annotations

import asyncio

import pytest

from agent.filing import check
from agent.handlers import verifying
from agent.ledger import asked
from agent.requests.control import Verify
from agent.requests.faces import IgnoreUnknown
from agent.requests.people import EnrollPerson, RenamePerson, Undo
from tests.emulator.drive import Emulator
from tests.halting import Halt
from tests.patience import PATIENCE, within
from tests.venue.running import Running, arrive, of
from tests.venue.test_on_the_way import both
from tests.venue.trees import guests

pytestmark = pytest.mark.parametrize("running", ["near"], indirect=True)


async def filed_for_mia(running: Running, emulator: Emulator) -> list[str]:
    await running.service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
    await arrive(running, *of("mia_lindqvist"))
    return await both(running, emulator, lambda now: len(now) == 3)


def of_maja(now: list[str]) -> bool:
    return len(now) == 3 and all(one.startswith("People/Maja/") for one in now)


@pytest.mark.slow
async def test_a_folder_renamed_while_verify_looks_is_not_filled_a_second_time(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = running.service
    await filed_for_mia(running, emulator)
    halt = Halt(monkeypatch, verifying, "verify_disk")
    mending = asyncio.ensure_future(service.ask(Verify(repair=True)))
    assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
    await service.ask(RenamePerson(person="Mia", name="Maja"))
    await both(running, emulator, of_maja)
    halt.begin.set()
    halt.end.set()
    await mending
    await running.until(lambda now: now["photos"]["waiting"] == 0 and now["photos"]["verified"] == 3)
    await both(running, emulator, of_maja)


async def test_a_folder_renamed_to_and_fro_while_it_is_looked_for_is_not_filled_a_second_time(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = running.service
    before = await filed_for_mia(running, emulator)
    halt = Halt(monkeypatch, check, "list_folders")
    looking = asyncio.ensure_future(running.agent._here.disk_check.check())
    assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
    await service.ask(RenamePerson(person="Mia", name="Maja"))
    await both(running, emulator, of_maja)
    halt.begin.set()
    assert await asyncio.to_thread(halt.done.wait, PATIENCE * 20)
    await service.ask(Undo())
    await both(running, emulator, lambda now: now == before)
    halt.end.set()
    await looking
    await running.until(lambda now: now["photos"]["waiting"] == 0 and now["photos"]["verified"] == 3)
    await both(running, emulator, lambda now: now == before)


@pytest.mark.slow
async def test_a_folder_that_is_gone_goes_along_with_the_one_it_is_to_lie_in(
    running: Running, emulator: Emulator
) -> None:
    """Of an ignored guest one folder was not empty, and stayed; then they got a name."""
    service = running.service
    [first, *others] = of("anna_berg")
    await arrive(running, first, *others)
    [guest] = await guests(running, 1)
    await both(running, emulator, lambda now: len([one for one in now if one.startswith("People/")]) == 3)
    people = running.incoming.parent / "People"
    (people / guest["name"] / "Group" / "notes.txt").write_text("somebody's")
    await service.ask(IgnoreUnknown(id=guest["id"]))
    async with within(7):
        while (people / guest["name"] / "Solo").exists():
            await asyncio.sleep(0.05)
    await service.ask(EnrollPerson(name="Wilhelmina", photos=[str(first)]))
    async with within(7):
        while not (people / "Wilhelmina" / "Solo").is_dir():
            await asyncio.sleep(0.05)
    assert [one.name for one in people.iterdir()] == ["Wilhelmina"]


@pytest.mark.slow
async def test_a_folder_is_called_as_it_was_though_the_answer_to_its_other_name_was_lost(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was taken back before anybody knew whether Drive had done it."""
    monkeypatch.setattr(asked, "LATE", 2.0)
    service = running.service
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
    await arrive(running, of("mia_lindqvist")[1])
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    emulator.faults([{"method": "files.update", "delay_ms": 1500, "drop": True, "after_commit": True}])
    await service.ask(RenamePerson(person="Mia", name="Maja"))
    async with within(7):
        while "venuesync/default/People/Maja" not in {one["path"] for one in emulator.files()}:
            await asyncio.sleep(0.02)
    await service.ask(Undo())
    await both(running, emulator, lambda now: all(one.startswith("People/Mia/") for one in now))
    await running.until(lambda now: now["safe_to_leave"]["safe"])
