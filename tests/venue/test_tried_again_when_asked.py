"""What rests for minutes, as it could not be had or was refused, is tried again as soon as somebody says *retry*."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from agent.faces.results import Depth, Fault, LookError
from agent.faces.workers import FaceWorkers
from agent.requests.control import Retry
from agent.workspace import Workspace
from tests.patience import within
from tests.venue.pictures import FACES
from tests.venue.running import Running, an_agent, arrive


@pytest.fixture
async def running(workspace: Workspace) -> AsyncIterator[Running]:
    async with an_agent(workspace) as made:
        yield made


async def test_a_second_look_at_what_could_not_be_read(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its turn came again after ten minutes."""
    look, refused = FaceWorkers.look, asyncio.Event()

    async def cannot_closely(self: FaceWorkers, path: Path, sha256: str | None = None, *depth: Depth) -> Any:
        if Depth.CLOSE in depth:
            refused.set()
            raise LookError(Fault.UNREADABLE, "Input/output error", "Connect its disk again")
        return await look(self, path, sha256, *depth)

    with Image.open(FACES / "one_guest.jpg") as image:  # the first look finds nobody
        image.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "sideways.jpg", quality=95)
    with monkeypatch.context() as patch:
        patch.setattr(FaceWorkers, "look", cannot_closely)
        await arrive(running, tmp_path / "sideways.jpg")
        async with within(30):
            await refused.wait()
    await running.service.ask(Retry(all=True))
    await running.until(lambda now: now["faces"]["second_looks"]["found"] == 1, 30)
