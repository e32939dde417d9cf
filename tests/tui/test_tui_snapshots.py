"""Every screen as it was agreed on, at three sizes, dark and light: text, colours and weights of each cell.

    VENUESYNC_SNAPSHOTS=write .venv/bin/python -m pytest tests/tui/test_tui_snapshots.py     takes them anew

Look at the difference before committing it.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from pathlib import Path

import pytest
from monitor_pilot import Stage, stage
from screen_text import screen_text

from tests.patience import latest
from tui.terminal.looks import Look

FOLDER = Path(__file__).parent / "snapshots"
SIZES = [(40, 15), (80, 24), (200, 60)]
SCREENS = ["venue", "people", "faces", "events", "errors", "activity"]
STILL = 0.3  # seconds without a change


@pytest.mark.parametrize("look", ["dark", "light"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("screen", SCREENS)
async def test_the_screen_is_as_agreed(screen: str, size: tuple[int, int], look: Look) -> None:
    async with stage("live", size, look, pictures="off") as on:
        await on.press(str(SCREENS.index(screen) + 1))
        shown = await stands_still(on)
        kept = FOLDER / f"{screen}-{size[0]}x{size[1]}-{look}.txt"
        if os.environ.get("VENUESYNC_SNAPSHOTS") == "write":
            kept.parent.mkdir(exist_ok=True)
            kept.write_text(shown, encoding="utf-8")
        agreed, end = kept.read_text(encoding="utf-8"), latest(3)
        while shown != agreed and time.monotonic() < end:  # it stood still before an answer had come
            shown = await stands_still(on)
    assert shown == agreed


async def stands_still(on: Stage) -> str:
    """What is on the screen once nothing moves any more."""
    before, since = "", asyncio.get_running_loop().time()
    while asyncio.get_running_loop().time() - since < STILL:
        await on.pilot.pause(0.05)
        now = re.sub("/tmp/lena-[0-9]{2}", "/tmp/lena-00", screen_text(on.app))
        if now != before:
            before, since = now, asyncio.get_running_loop().time()
    return before
