"""Where Drive is off everything can be asked all the same: what stands in for it answers, or says why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from agent.app import Application
from agent.errors import UsageError, VenueError
from agent.model import Mode
from agent.people.consent import today
from agent.requests.ask import Command, Query
from agent.requests.control import LimitLine, Resync, Sync, Verify
from agent.requests.drive import BeginSignIn, ListSubfolders, SignedIn
from agent.requests.events import AddEvent, SyncPending
from agent.requests.people import LinkPerson
from agent.requests.photos import ListUploads
from agent.requests.snapshot import GetSnapshot
from agent.requests.status import GetStatus
from agent.settings import Settings
from agent.settings.keys import Disk, Drive
from agent.workspace import find_workspace, prepare

OFF = Settings(drive=Drive(enabled=False), disk=Disk(keep_free=0))
ON = Settings(disk=Disk(keep_free=0))
FOLDER = "https://drive.google.com/drive/folders/1AbCdEfGhIjKlMnOpQrStUvWxYz012345"


def agent_in(folder: Path, settings: Settings) -> Application:
    workspace = find_workspace(folder)
    prepare(workspace)
    return Application(workspace, settings, Mode.HEADLESS)


async def test_the_same_can_be_asked(tmp_path: Path) -> None:
    async with agent_in(tmp_path / "off", OFF) as off, agent_in(tmp_path / "on", ON) as on:
        assert off._service._agent._of.keys() == on._service._agent._of.keys()


async def test_the_status_says_so_and_nothing_is_under_way(tmp_path: Path) -> None:
    async with agent_in(tmp_path, OFF) as agent:
        status = await agent.service.ask(GetStatus())
        assert status["drive"]["state"] == "disabled"
        assert status["drive"]["detail"] == "Drive is off: photos are filed on this machine only"
        assert (status["uploads"]["active"], status["downloads"]["active"]) == (0, 0)
        assert status["uploads"]["eta_seconds"] is None
        snapshot = await agent.service.ask(GetSnapshot())
        assert snapshot["uploading"]["active"] == []
        assert await agent.service.ask(ListUploads()) == []


async def test_what_does_not_need_drive_is_done(tmp_path: Path) -> None:
    async with agent_in(tmp_path, OFF) as agent:
        added = await agent.service.ask(AddEvent(name="Anna", sources=(FOLDER,)))
        assert [one["name"] for one in added["sources"]] == ["1AbCdEfGhIjKlMnOpQrStUvWxYz012345"]
        assert await agent.service.ask(Sync()) == ["default", "Anna"]
        assert await agent.service.ask(Resync(events=("Anna",))) == ["Anna"]
        report = await agent.service.ask(Verify(repair=True))
        assert (report["checked_drive"], report["checked_sources"], report["differences"]) == (0, 0, [])
        await agent.service.ask(SignedIn())


@pytest.mark.parametrize(
    "asked",
    [LimitLine(up_mbps=1.0), ListSubfolders(), SyncPending(), BeginSignIn()],
    ids=lambda asked: type(asked).__name__,
)
async def test_what_needs_it_says_that_it_is_off(tmp_path: Path, asked: Command[object] | Query[object]) -> None:
    async with agent_in(tmp_path, OFF) as agent:
        with pytest.raises(VenueError, match="Drive is off"):
            await agent.service.ask(asked)


async def test_an_event_that_is_over_ends_unless_a_source_of_it_could_not_be_looked_at(tmp_path: Path) -> None:
    """Else nothing of `people.strangers_days` and `people.ended_days` would ever be done here."""
    over = partial(replace, ends=str(today() - timedelta(days=1)))
    async with agent_in(tmp_path, OFF) as agent:
        roster, ledger = agent._opened.roster, agent._opened.ledger
        await agent.service.ask(AddEvent(name="Anna", sources=(FOLDER,)))
        for event in roster.events():
            await ledger.on_writer(roster.change_event, event.id, over)
        jobs = agent._jobs()
        for job in jobs._jobs:
            await jobs.do(job)
        assert {one.name: one.ended for one in roster.events()} == {"default": True, "Anna": False}


async def test_nobodys_link_is_made(tmp_path: Path) -> None:
    async with agent_in(tmp_path, OFF) as agent:
        with pytest.raises(UsageError):
            await agent.service.ask(LinkPerson(person="Nobody", on=True))
