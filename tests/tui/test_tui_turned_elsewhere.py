"""What one key turns on and off, and another monitor turns in the very step in which it is typed here."""

from __future__ import annotations

import asyncio

import pytest
from monitor_pilot import Stage, screen, stage
from packets import send

from agent.model import DEFAULT_EVENT
from agent.requests.ask import Command
from agent.requests.control import Pause, Resume, SetMetered
from agent.requests.events import SetEvent
from agent.requests.status import StatusDocument


async def heard(on: Stage, told: Command[object]) -> None:
    """Another monitor says it, and this one hears of it."""

    def stands(status: StatusDocument | None) -> object:
        return status and (status["paused"], status["drive"]["metered"])

    before = stands(on.app.state.status)
    await on.line.agent.ask(told)
    while stands(on.app.state.status) == before:
        await asyncio.sleep(0)


@pytest.mark.parametrize("key", ["p", "P"])
async def test_two_who_pause_at_once_have_paused(key: str, unseen: float) -> None:
    """By the second one all went on."""
    async with stage("live") as on:
        await heard(on, Pause(what="uploads" if key == "p" else "all"))
        send(on, key)
        await on.shows("This is another one", "Go on")
        assert on.line.asked == []
        await asyncio.sleep(unseen)
        await on.press(key)
        await on.until(lambda: [type(one) for one in on.line.asked] == [Resume])


@pytest.mark.usefixtures("unseen")
async def test_two_who_meter_the_line_at_once_have_metered_it() -> None:
    async with stage("live") as on:
        await heard(on, SetMetered(to="on"))
        send(on, "D")
        await on.shows("This is another one")
        assert on.line.asked == []


async def test_a_line_that_was_metered_elsewhere_unheard_is_so_still() -> None:
    """`D` asked how it stood, and turned that round: with two who pressed it, the originals went to Drive."""
    async with stage("live") as on:
        on.line.holds[SetMetered] = gate = asyncio.Event()
        send(on, "D")
        await on.until(lambda: on.app.verbs.is_at("metered"))
        await on.evening.app.service.ask(SetMetered(to="on"))
        gate.set()
        await on.shows("The line is metered")
        assert on.line.asked == [SetMetered(to="on")]


async def test_ones_own_word_about_the_line_is_taken_back_at_once() -> None:
    """It was refused, as if somebody else had said it."""
    async with stage("live") as on:
        send(on, "D")
        await on.shows("The line is metered")
        await asyncio.sleep(0.2)  # no key that is held
        send(on, "D")
        await on.shows("The line is not metered")


@pytest.mark.usefixtures("unseen")
async def test_two_who_switch_an_event_off_at_once_have_switched_it_off() -> None:
    """By the second one Drive was looked at again."""
    async with screen("4", "> Mia & Jonas") as on:
        await on.line.agent.ask(SetEvent(event=DEFAULT_EVENT, key="enabled", value="false"))
        while on.app.state.events[0]["auto_sync"]:
            await asyncio.sleep(0)
        send(on, " ")
        await on.shows("This is another one", "off")
        assert on.line.asked == []


@pytest.mark.usefixtures("unseen")
async def test_ones_own_event_is_switched_on_again_at_once() -> None:
    async with screen("4", "> Mia & Jonas") as on:
        send(on, " ")
        await on.until(lambda: not on.app.state.events[0]["auto_sync"])
        await asyncio.sleep(0.2)  # no key that is held
        send(on, " ")
        await on.shows("Mia & Jonas is on")


async def test_ones_own_pause_is_ended_at_once() -> None:
    async with stage("live") as on:
        await on.press("p")
        await on.until(lambda: on.app.state.status is not None and on.app.state.status["paused"]["uploads"])
        await asyncio.sleep(0.2)  # no key that is held
        send(on, "p")
        await on.until(lambda: [type(one) for one in on.line.asked] == [Pause, Resume])
