"""What happens is told to whoever follows it, each line once: also what comes just as they begin to."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agent.client import Remote
from agent.requests.ask import Request
from agent.requests.control import Pause, Resume
from agent.requests.snapshot import GetSnapshot
from agent.workspace import Workspace
from tests.patience import within
from tests.venue.running import an_agent
from tui.cli.commands import Chosen
from tui.cli.status import show_activity


async def test_what_happens_as_it_begins_to_be_followed_is_told_once(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that came between the list and the changes was in neither: nobody who followed heard of it."""
    told, asks = list[str](), Remote.ask
    async with an_agent(workspace) as running:

        async def amid(self: Remote, request: Request[Any]) -> Any:
            if isinstance(request, GetSnapshot):
                await running.service.ask(Pause())
            return await asks(self, request)

        monkeypatch.setattr(Remote, "ask", amid)
        monkeypatch.setattr(Chosen, "workspace", workspace.root)
        monkeypatch.setattr("tui.cli.status.say.value", lambda entry, **_: told.append(entry["text"]))
        following = asyncio.create_task(show_activity(json=True, follow=True))
        async with within(20):
            while "Uploads going on" not in told:
                await running.service.ask(Resume())
                await asyncio.sleep(0.1)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    assert [one for one in told if one.startswith("Uploads")] == ["Uploads paused", "Uploads going on"]
