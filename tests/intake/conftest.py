"""Every test in this room watches its own folder, with watchdog's real observer where it does not say otherwise."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agent.intake.folders import WatchedFolder
from agent.intake.watcher import Watcher
from agent.model import EventId
from tests.patience import latest

from .venue import OpenVenue, Venue


@pytest.fixture
def open_venue(tmp_path: Path) -> OpenVenue:
    """`async with open_venue(sweep_seconds=…) as venue`: watched from the first sweep on."""

    @asynccontextmanager
    async def opened(
        *, ready: bool = True, sweep_seconds: float = 60.0, quiet_seconds: float = 0.2, **options: Any
    ) -> AsyncIterator[Venue]:
        incoming, outside = tmp_path / "Incoming", tmp_path / "outside"
        incoming.mkdir(exist_ok=True)
        outside.mkdir(exist_ok=True)
        venue = Venue(tmp_path, incoming, outside, watcher=None)  # type: ignore[arg-type]
        venue.watcher = Watcher(
            folders=[WatchedFolder(EventId("default"), incoming)],
            known=venue.known,
            known_among=venue.known_among,
            settled=venue.settled,
            gone=venue.lost,
            changed=venue.changed,
            sweep_seconds=sweep_seconds,
            quiet_seconds=quiet_seconds,
            **options,
        )
        task = asyncio.create_task(venue.watcher.run())
        try:
            if ready:
                await venue.until(lambda: task.done() or venue.watcher.report().whole_sweep_since(0))
            yield venue
        finally:
            end = latest(1)
            task.cancel()
            (ended,) = await asyncio.gather(task, return_exceptions=True)
            assert isinstance(ended, asyncio.CancelledError), ended
            assert time.monotonic() < end, "a stop takes less than a second"

    return opened
