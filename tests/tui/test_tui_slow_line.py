"""Over a slow line, while photos come without a break: what is shown follows, keys go where they were meant to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from monitor_pilot import Stage, screen

from agent.errors import NoAgent
from agent.requests.ask import Request
from agent.requests.events import GetEvent
from agent.requests.faces import ListReview
from agent.requests.people import GetPerson
from agent.requests.photos import ListPhotos
from agent.requests.troubles import ListActivity
from tui.screens.events import Events

SLOW, BETWEEN = 1.5, 0.25  # seconds that an answer takes, between two photos


def slow(on: Stage, seconds: float = SLOW) -> list[Request[Any]]:
    """From now on each answer takes so long. Returns what was answered, as it grows."""
    asked, answered = on.line.ask, list[Request[Any]]()

    async def slowly(request: Any) -> Any:
        await asyncio.sleep(seconds)
        answer = await asked(request)
        answered.append(request)
        return answer

    on.line.ask = slowly  # type: ignore[method-assign]
    return answered


async def photos_come(on: Stage, count: int, enough: Callable[[], bool] = lambda: False) -> None:
    """One after the other: each is of everybody."""
    status = on.app.state.status
    assert status is not None
    for number in range(1, count + 1):
        people = [{**one, "group": one["group"] + number} for one in status["people"]]
        found = {**status["faces"], "found": status["faces"]["found"] + number}
        on.evening.say("status", {**status, "people": people, "faces": found})
        await on.pilot.pause(BETWEEN)
        if enough():
            return


@pytest.mark.slow
async def test_the_facts_of_somebody_follow() -> None:
    """Each photo broke off the question before it: what is told of them stood as it was until all was quiet."""
    async with screen("2", "> Mia Lindqvist", "with others; ", state="small") as on:
        await on.until(lambda: any(isinstance(one, GetPerson) for one in on.line.queries))
        await on.pilot.pause(0.5)
        answered = slow(on)
        await photos_come(on, 16)
        assert any(isinstance(one, GetPerson) for one in answered)


@pytest.mark.slow
async def test_what_a_list_of_photos_is_asked_for_does_not_pile_up() -> None:
    async with screen("2", "> Mia Lindqvist", state="small") as on:
        await on.press("enter")
        await on.shows("of 57", "> DSC_4471.jpg")
        await on.pilot.pause(0.7)
        asked, under_way, most = on.line.ask, 0, 0

        async def slowly(request: Any) -> Any:
            nonlocal under_way, most
            under_way += isinstance(request, ListPhotos)
            most = max(most, under_way)
            try:
                await asyncio.sleep(SLOW)
                return await asked(request)
            finally:
                under_way -= isinstance(request, ListPhotos)

        on.line.ask = slowly  # type: ignore[method-assign]
        await photos_come(on, 16)
        assert most == 1


@pytest.mark.slow
async def test_keys_go_on_while_a_screen_hears_of_photos_without_a_break() -> None:
    """They waited until all was quiet, a minute at most, and were dropped then."""
    async with screen("1", "Latest", state="small") as on:
        slow(on, 0.4)
        coming = asyncio.create_task(photos_come(on, 80))
        began = time.monotonic()
        await on.pilot.press("3", "4")
        await on.until(lambda: isinstance(on.app.screen, Events), 60)
        assert time.monotonic() - began < 8
        coming.cancel()


@pytest.mark.parametrize(
    ("keys", "request_of", "shown"),
    [
        (("2",), GetPerson, "venue/People/Mia Lindqvist"),
        (("2", "enter"), ListPhotos, "> DSC_4471.jpg"),
        (("4",), GetEvent, "venue/Incoming"),
        (("6",), ListActivity, "newest first"),
        (("3",), ListReview, "?"),
    ],
)
async def test_what_could_not_be_asked_is_asked_once_the_agent_is_there(
    keys: tuple[str, ...], request_of: type[Request[Any]], shown: str
) -> None:
    """A screen that was opened while no agent answered stayed half empty also after it was back."""
    async with screen("1", "Latest", state="small") as on:
        on.line.refuses[request_of] = NoAgent("No agent runs here")
        await on.press(*keys)
        await on.until(lambda: any(isinstance(one, request_of) for one in on.line.queries))
        await on.pilot.pause(0.5)
        before = len(on.line.queries)
        on.line.break_off()
        await on.until(lambda: not on.line.readers, 20)
        del on.line.refuses[request_of]
        on.line.mend()
        await on.until(lambda: any(isinstance(one, request_of) for one in on.line.queries[before:]), 20)
        await on.shows(shown)
