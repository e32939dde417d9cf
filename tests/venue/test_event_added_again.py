"""An event that is removed and added again by its name: what the earlier one filed stays, and is called nobody's."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.requests.control import Verify, VerifyReport
from agent.requests.events import AddEvent, RemoveEvent
from agent.requests.photos import ListPhotos, WithdrawPhotos
from agent.workspace import Workspace
from tests.making import files_below
from tests.patience import within
from tests.venue.running import Running, an_agent, of


async def filed_twice(running: Running, workspace: Workspace, photo: Path) -> Path:
    """By the event Party, and by the next one of that name. Returns where both lie."""
    root, service = workspace.root / "Events/Party", running.service
    for _ in range(2):
        await service.ask(AddEvent(name="Party"))
        (root / "Incoming").mkdir(parents=True, exist_ok=True)
        (root / "Incoming" / photo.name).write_bytes(photo.read_bytes())
        await running.until(lambda now: now["photos"]["unsorted"] == 1 and now["uploads"]["verified"] == 1)
        if not [*files_below(root / "Unsorted")][1:]:
            await service.ask(RemoveEvent(event="Party"))
    assert [*files_below(root / "Unsorted/Unknown")] == [f"{photo.stem} (2).jpg", photo.name]
    return root / "Unsorted/Unknown"


def on_disk(report: VerifyReport) -> list[tuple[str, str]]:
    return [(Path(one["path"]).name, one["repair"]) for one in report["differences"] if one["where"] == "disk"]


async def test_what_an_event_of_that_name_filed_before_is_left_by_verify(workspace: Workspace) -> None:
    """It was called ours and wanted there no more, and `verify --repair` took it out; so after many a start."""
    photo = of("jonas_lindqvist")[0]
    async with an_agent(workspace) as running:
        folder = await filed_twice(running, workspace, photo)
        told = on_disk(await running.service.ask(Verify(repair=True)))
        assert told == [(photo.name, "somebody's: left alone")]
        assert len([*files_below(folder)]) == 2
        (row,) = (await running.service.ask(ListPhotos(event="Party")))["rows"]
        await running.service.ask(WithdrawPhotos(ids=[row["id"]]))
        async with within(20):
            while len([*files_below(folder)]) == 2:
                await asyncio.sleep(0.05)
        told = on_disk(await running.service.ask(Verify(repair=True)))
    assert told == [(photo.name, "somebody's: left alone")]
    assert [*files_below(folder)] == [photo.name]


@pytest.mark.slow
async def test_it_is_left_as_well_when_the_ledger_is_lost(workspace: Workspace) -> None:
    photo = of("jonas_lindqvist")[0]
    async with an_agent(workspace) as running:
        folder = await filed_twice(running, workspace, photo)
    for one in workspace.state.glob("ledger.sqlite*"):
        one.unlink()
    async with an_agent(workspace) as running:
        await running.until(lambda now: now["photos"]["unsorted"] == 1 and now["uploads"]["verified"] == 1)
        told = on_disk(await running.service.ask(Verify(repair=True)))
    assert told == [(photo.name, "somebody's: left alone")]
    assert len([*files_below(folder)]) == 2
