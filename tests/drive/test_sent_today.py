"""What went over the line on a day is kept, whenever the agent ends."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

from agent.drive.limiter import Bandwidth
from agent.ledger import Ledger, meta
from agent.roster import Roster
from agent.settings import Settings
from agent.uploads.metered import MeteredLine
from tests.patience import PATIENCE

TODAY = "2026-11-29"


async def test_what_was_sent_counts_where_the_agent_ends_before_it_is_written(ledger: Ledger, tmp_path: Path) -> None:
    """Its part is broken off while the writer is at something else: that was a day's budget spent twice."""
    line = Bandwidth()
    metered = MeteredLine(ledger, Roster(tmp_path / "roster.json"), Settings(), line, lambda: TODAY, lambda: None)
    await line.take(205_374)
    busy, free = threading.Event(), threading.Event()
    held_up = ledger.submit(lambda _: busy.set() or free.wait(PATIENCE * 20))
    assert await asyncio.to_thread(busy.wait, 20)
    saving = asyncio.create_task(metered.save())
    await asyncio.sleep(0.05)
    saving.cancel()
    await asyncio.wait([saving])
    free.set()
    assert await asyncio.wrap_future(held_up)
    await metered.save()  # as the agent ends
    await ledger.write(lambda _: None)  # behind what is under way: a ledger that is closed writes all of it
    assert (await ledger.read(meta.sent_by_day))[TODAY][0] == 205_374
    assert metered.sent_today == 205_374
