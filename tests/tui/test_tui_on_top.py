"""A screen takes itself away, and neither the one beneath nor the one over it."""

from __future__ import annotations

import asyncio

import pytest
from monitor_pilot import screen
from packets import BACK, send

from agent.requests.events import SetEvent
from agent.requests.people import ForgetPerson
from tui.screens.people import People, Person
from tui.widgets.dialogs import Prompt


@pytest.mark.slow
async def test_two_clicks_on_close_take_away_no_more_than_the_field() -> None:
    """The second one took the page beneath; on a list, the monitor ended by a fault of its own."""
    async with screen("2", "> Mia Lindqvist") as on:
        for keys, left in ((("enter", "r"), Person), (("escape", "r"), People)):
            await on.press(*keys)
            await on.shows("Rename Mia Lindqvist")
            y, row = next((y, row) for y, row in enumerate(on.rows, 1) if "esc Close" in row)
            x = row.index("esc Close") + 2
            send(on, f"\x1b[<0;{x};{y}M\x1b[<0;{x};{y}m" * 2)
            await on.until(lambda: not isinstance(on.app.screen, Prompt))
            await on.pilot.pause(0.3)
            assert type(on.app.screen) is left


async def test_a_field_that_is_done_beneath_a_question_goes_once_that_has_gone() -> None:
    """It took the question away instead, unanswered, and stayed itself."""
    async with screen("4", "> Mia & Jonas", state="small") as on:
        on.line.holds[SetEvent] = held = asyncio.Event()
        send(on, f"i{BACK}5\r")
        await on.until(lambda: bool(on.line.asked))
        field = on.app.screen
        on.app.pages.ask("Really?", "", lambda: None)
        held.set()
        await on.until(lambda: field._goes_with is not None)  # type: ignore[attr-defined]
        await on.shows("Really?")
        await on.press("n")
        await on.until(lambda: len(on.app.screen_stack) == 1)
        await on.shows("looked at every 5 min")


@pytest.mark.slow
async def test_nor_does_a_question_over_it_end_the_monitor_once_somebody_is_forgotten() -> None:
    async with screen("2", "> Mia Lindqvist", state="small") as on:
        send(on, "F")
        await on.shows("Forget Mia Lindqvist")
        on.line.holds[ForgetPerson] = held = asyncio.Event()
        send(on, "Mia Lindqvist\r")
        await on.until(lambda: any(isinstance(one, ForgetPerson) for one in on.line.asked))
        prompt = on.app.screen
        on.app.pages.ask("Really?", "", lambda: None)
        held.set()
        await on.until(lambda: prompt._goes_with is not None, 60)  # type: ignore[attr-defined]
        await on.press("n")
        await on.shows("Forgotten Mia Lindqvist: ")
