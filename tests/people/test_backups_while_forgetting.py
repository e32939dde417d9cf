"""A backup that is being made as somebody is forgotten is neither taken away half made, nor left with them in it."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path

import pytest

from agent.ledger.sqlite import ledger_file
from agent.requests.people import ForgetPerson
from agent.requests.troubles import ListTroubles
from agent.workspace import Workspace
from tests.people.test_restored_roster import agent_in, enroll

NAME = "Zdenka Quarterstone"


async def test_it_is_waited_for(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """It went while it was compared, and the operator was told to check the disk."""
    comparing, soundness = threading.Event(), ledger_file.soundness

    def slowly(path: Path) -> str:
        comparing.set()
        time.sleep(3.0)
        return soundness(path)

    monkeypatch.setattr(ledger_file, "soundness", slowly)
    async with agent_in(workspace) as agent:
        await enroll(agent, NAME, 1)
        (job,) = [one for one in agent._jobs()._jobs if one.name == "backup"]
        copying = asyncio.create_task(job.do())
        assert await asyncio.to_thread(comparing.wait, 10)
        await asyncio.sleep(1.1)  # backups are called by the second
        forgotten = await agent.service.ask(ForgetPerson(person=NAME))
        assert (forgotten["waits"], forgotten["searched"]["found"]) == ("", [])
        assert (await copying).startswith("ledger-")
        assert (await agent.service.ask(ListTroubles()))["open"] == []
        (kept,) = workspace.backups.glob("ledger-*")
        assert soundness(kept) == "ok" and NAME.encode() not in kept.read_bytes()
