"""The first paint waits for nothing that it does not show; what comes later finds the screen there, or its words."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from abc import ABC

import pytest
from monitor_pilot import Stage
from prepared import opened

from tui.app import Monitor
from tui.feed import Arriving
from tui.screens.frame import Frame
from tui.widgets.list_pane import ListPane
from tui.widgets.rows import Rows

SLOW = ["agent.app", "agent.client", "httpx", "onnxruntime", "pydantic", "sqlite3", "typer", "tui.screens.people",
        "tui.screens.enroll", "tui.cli.commands"]  # fmt: skip


def test_the_first_screen_is_imported_without_the_agents_libraries() -> None:
    code = (
        "import sys; import tui.cli, tui.cli.monitor, tui.screens.venue;"
        f"print([name for name in {SLOW} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_the_screen_is_there_before_the_agent_and_fills_when_it_comes() -> None:
    async with opened("live") as evening:
        coming = Arriving()
        app = Monitor(coming, look="dark", clock=evening.clock)
        async with app.run_test(size=(80, 24)) as pilot:
            on = Stage(app, pilot, evening)
            await asyncio.wait_for(app.painted.wait(), 5)
            await on.shows("Not known yet: asking the agent", "[1 Venue]")
            await on.press("p")  # what is asked meanwhile waits, too
            coming.arrived(evening.line)
            await on.shows("14 photos", "PAUSED")


@pytest.mark.parametrize("unwritten", [Rows, ListPane, Frame])
def test_what_a_subclass_has_to_write_is_known(unwritten: type[ABC]) -> None:
    with pytest.raises(TypeError, match="abstract"):
        unwritten()
