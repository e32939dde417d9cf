"""Closing a monitor with an agent inside, and the pause that somebody forgot."""

from __future__ import annotations

from typing import Any, cast

import pytest
from monitor_pilot import Stage, stage
from monitor_scenes import scene
from prepared import opened

from agent.model import DEFAULT_EVENT
from agent.requests.control import Pause
from agent.requests.events import SetEvent
from tui.screens.leave import Finishing, Leave
from tui.terminal.line import Line


async def asked(on: Stage) -> None:
    on.app.asks = True
    await on.press("q")
    await on.shows("Close the monitor")


@pytest.mark.parametrize(("key", "left"), [("h", Leave.HEADLESS), ("s", Leave.STOP), ("ctrl+c", Leave.STOP)])
async def test_closing_asks_what_becomes_of_the_agent(key: str, left: Leave) -> None:
    async with stage("live") as on:
        await asked(on)
        await on.shows("Not yet: 14 photos on their way to Drive; 2 more need you.", "Finish", "Headless", "Stop")
        await on.press(key)
        assert on.app.left is left
        assert not on.app.is_running


@pytest.mark.slow
async def test_the_question_says_how_it_stands_by_now() -> None:
    """`Safe to pack up` stood in it for as long as it was open, whatever came."""
    async with stage("safe") as on:
        await asked(on)
        await on.shows("Safe to pack up: all 1,204 photos verified on Drive. The ")
        await on.evening.app.service.ask(SetEvent(event=DEFAULT_EVENT, key="all_photos", value="true"))
        await on.until(lambda: "Safe to pack up" not in on.screen, 20)
        await on.shows("Not yet: 1,", "photos on their way to ")
        await on.press("escape")


async def test_attached_it_closes_at_once() -> None:
    async with stage("live") as on:
        await on.press("q")
        assert not on.app.is_running
        assert on.app.left is Leave.CLOSE


@pytest.mark.parametrize("size", [(80, 24), (40, 15)])
async def test_staying_and_the_mouse(size: tuple[int, int]) -> None:
    async with stage("live", size) as on:
        await asked(on)
        await on.press("escape")
        assert "Close the monitor" not in on.screen
        await asked(on)
        await on.click("esc Stay")
        await on.until(lambda: "Close the monitor" not in on.screen)
        await asked(on)
        await on.click("Headless")
        await on.until(lambda: on.app.left is Leave.HEADLESS)


@pytest.mark.slow
async def test_finishing_says_so_can_be_called_off_and_ends_by_itself() -> None:
    async with stage("live") as on:
        await asked(on)
        await on.press("f")
        await on.shows(" CLOSING ", "Closing when all is sent")
        await on.press("q")
        await on.shows("Stay open")
        await on.press("f")
        await on.until(lambda: " CLOSING " not in on.screen)
        await asked(on)
        await on.press("f")
        async with opened("safe", clock=on.clock) as later:
            on.line.break_off()
            on.line.mend(later.app.service)
            await on.until(lambda: not on.app.is_running)
        assert on.app.left is Leave.FINISH
        assert on.app.ending is not None
        assert on.app.ending.code == 0


def test_what_keeps_it_from_closing_is_said_with_its_key() -> None:
    """It named the command, as the line that is printed once the screen has gone does."""
    finishing, status = Finishing(), scene("safe")["status"]
    held = {"code": "held", "outlook": "needs_you", "reason": "2 held: say yes or no", "remedy": "See: venuesync held"}
    status["safe_to_leave"] = cast(Any, {**status["safe_to_leave"], **held, "safe": False})
    finishing.begin()
    note = finishing.stuck(status)
    assert note is not None
    assert note.text == "Not done: 2 held: say yes or no. See: press 5"


@pytest.mark.slow
async def test_a_forgotten_pause_is_said_again_every_quarter_of_an_hour() -> None:
    async with stage("working") as on:
        await on.evening.app.service.ask(Pause(what="uploads"))
        await on.shows("up PAUSED")
        bells: list[None] = []
        on.app.bell = lambda: bells.append(None)  # type: ignore[method-assign]
        began = on.clock.now
        for minutes, rung in ((14, 0), (15.1, 1), (15.2, 1), (30.1, 2)):
            on.clock.now = began + 60 * minutes
            on.app._tick()
            assert len(bells) == rung
        await on.shows("Uploads are still paused: for 30 min. Press p to go on")


def test_a_terminal_that_is_gone_is_told_once_and_stops_nothing() -> None:
    class Gone:
        def write(self, _: str) -> int:
            raise OSError(5, "Input/output error")

        def flush(self) -> None:
            raise OSError(5, "Input/output error")

    told: list[int] = []
    line = Line(Gone(), lambda: told.append(1), lambda: None)  # type: ignore[arg-type]
    for _ in range(100):
        assert line.write("x") == 1
        assert line.finish()
    assert told == [1]
