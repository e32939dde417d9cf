"""Backups that the disk takes no more: told, and the rest of the night's work is done."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

import pytest

from agent.requests.control import ListJobs
from agent.requests.troubles import ListTroubles
from agent.workspace import Workspace
from tests.patience import within
from tests.venue.disks import MB, Disk, needs_mounts, run
from tests.venue.running import an_agent


@needs_mounts()
async def test_a_disk_for_backups_that_is_read_only_keeps_nothing_else_of_the_night_from_being_done(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Faces that were not to be kept stayed, and no event ended: all of that stood behind the backup."""
    async with an_agent(workspace) as running:
        async with within(20):
            while not await running.service.ask(ListJobs()):
                await asyncio.sleep(0.05)
    with closing(sqlite3.connect(workspace.ledger)) as db:
        db.execute("UPDATE job SET next_at = 1")
        db.commit()
    with Disk(workspace.backups, 4 * MB):
        run("mount", "-o", "remount,ro", str(workspace.backups))
        async with an_agent(workspace) as running:
            async with within(20):
                while not all(one["last_at"] for one in await running.service.ask(ListJobs())):
                    await asyncio.sleep(0.05)
            jobs = await running.service.ask(ListJobs())
            assert "Read-only file system" in next(one["outcome"] for one in jobs if one["name"] == "backup")
            (told,) = (await running.service.ask(ListTroubles()))["open"]
            assert (told["subjects"], "Read-only file system" in told["detail"]) == (["backups"], True), told
