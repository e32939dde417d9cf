"""What a start has to look at: once, and no more than may be otherwise than it was."""

from __future__ import annotations

import time
from typing import Any

import pytest

from agent.intake import sweep
from agent.ledger import recorded
from agent.workspace import Workspace
from tests.venue.running import PHOTOS, an_agent, arrive


async def one_is_filed(workspace: Workspace) -> None:
    async with an_agent(workspace) as running:
        await arrive(running, PHOTOS / "DSC_4401.jpg")
        await running.until(lambda now: now["safe_to_leave"]["safe"], 60)


@pytest.mark.slow
async def test_what_a_first_sweep_saw_is_not_looked_at_again_to_be_sure(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a million files each sweep takes eleven seconds of a processor."""
    await one_is_filed(workspace)
    looks, real = [0], sweep.compare

    def compare(*given: Any, **named: Any) -> Any:
        looks[0] += 1
        time.sleep(3.5)  # as very many files take
        return real(*given, **named)

    monkeypatch.setattr(sweep, "compare", compare)
    async with an_agent(workspace) as running:
        await running.until(lambda now: now["safe_to_leave"]["code"] == "sweep_pending", 30)
        await running.until(lambda now: now["safe_to_leave"]["safe"], 30)
        assert looks == [1]


async def test_folders_that_were_not_there_before_concern_no_file(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second start knows folders that the first one made: that took 30 s of a processor at a million photos."""
    await one_is_filed(workspace)
    asked: list[str] = []
    monkeypatch.setattr(recorded, "made_on_disk", lambda *_: asked.append("asked") or [])
    async with an_agent(workspace) as running:
        await running.until(lambda now: now["safe_to_leave"]["safe"], 60)
    assert asked == []
