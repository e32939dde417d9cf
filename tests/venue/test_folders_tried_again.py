"""Folders on Drive of which Drive refuses something: they are tried again in their own time, and hold up no others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from agent.requests.people import EnrollPerson, RenamePerson
from agent.requests.troubles import ListTroubles
from agent.uploads import folder_upkeep
from agent.workspace import Workspace
from tests.emulator.drive import Emulator
from tests.patience import within
from tests.venue.running import Running, an_agent, of

NEVER = 3600.0
PEOPLE = "venuesync/default/People"


@pytest.fixture
async def running(
    request: pytest.FixtureRequest, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Running]:
    """Its parameter: seconds between comparisons of all folders; else there are none."""
    monkeypatch.setenv("VENUESYNC_DRIVE__FOLDER_CHECK", str(getattr(request, "param", NEVER)))
    monkeypatch.setenv("VENUESYNC_FACES__SECOND_LOOKS", "false")  # which ring, too
    async with an_agent(workspace) as made:
        yield made


async def until(so: Callable[[], Any], seconds: float = 20) -> None:
    async with within(seconds):
        while not so():
            await asyncio.sleep(0.05)


async def enroll(running: Running, name: str, who: str) -> None:
    await running.service.ask(EnrollPerson(name=name, photos=[str(path) for path in of(who)]))


def on_drive(emulator: Emulator) -> dict[str, str]:
    """By its path the id of each that is not in the trash."""
    return {one["path"]: one["id"] for one in emulator.files() if not one["trashed"]}


async def test_one_that_drive_did_not_let_be_renamed_is_when_its_time_has_come(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not when all folders are compared next, an hour later."""
    monkeypatch.setattr(folder_upkeep, "REFUSED", 4.0)  # by then all that rings by the rename has
    await enroll(running, "Hassan", "hassan")
    await until(lambda: {f"{PEOPLE}/Hassan/Solo", f"{PEOPLE}/Hassan/Group"} <= on_drive(emulator).keys())
    his = on_drive(emulator)[f"{PEOPLE}/Hassan"]
    emulator.faults({"method": "files.update", "file_id": his, "reason": "insufficientFilePermissions"})
    await running.service.ask(RenamePerson(person="Hassan", name="Hasan"))
    async with within(20):
        while not (await running.service.ask(ListTroubles()))["open"]:
            await asyncio.sleep(0.05)
    await until(lambda: f"{PEOPLE}/Hasan" in on_drive(emulator))
    async with within(20):
        while (await running.service.ask(ListTroubles()))["open"]:
            await asyncio.sleep(0.05)
