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


@pytest.mark.parametrize("key", ["p", "P"])
async def test_a_pause_that_is_shown_before_its_answer_is_here_is_ended_by_the_same_key(key: str) -> None:
    """The agent had still to write down what was done: the second key was dropped, and all stayed paused."""
    async with stage("live") as on:
        answer = on.line.late[Pause] = asyncio.Event()
        send(on, key)
        await on.shows("Go on")
        await asyncio.sleep(0.2)  # no key that is held
        send(on, key)
        await asyncio.sleep(0.2)
        answer.set()
        await on.until(lambda: [type(one) for one in on.line.asked] == [Pause, Resume])
        await on.shows("p Pause")


async def test_a_line_that_is_shown_as_metered_before_the_answer_is_here_is_so_no_more_by_the_same_key() -> None:
    async with stage("live") as on:
        answer = on.line.late[SetMetered] = asyncio.Event()
        send(on, "D")
        await on.until(lambda: on.app.state.status is not None and on.app.state.status["drive"]["metered"])
        await asyncio.sleep(0.2)  # no key that is held
        send(on, "D")
        await asyncio.sleep(0.2)
        answer.set()
        await on.shows("The line is not metered")


@pytest.mark.parametrize("key", ["p", "P"])
async def test_what_was_told_before_a_pause_and_is_painted_later_does_not_end_it_on_the_screen(key: str) -> None:
    """For a second at most, and whoever pressed the key to go on then had paused once more, or was refused."""
    async with stage("live") as on:
        publisher = on.evening.app._publisher
        async with publisher._publishing:  # what it tells next comes later
            on.app._feed._next_paint = asyncio.get_running_loop().time() + 1  # as much was painted just now
            before = publisher._sent["status"]
            on.evening.say("status", {**before, "faces": {**before["faces"], "found": before["faces"]["found"] + 1}})
            await on.until(lambda: "status" in on.app._feed._waiting)
            send(on, key)
            await on.shows("Go on")
            for _ in range(24):
                await on.pilot.pause(0.05)
                assert "Go on" in on.screen
            send(on, key)
            await on.until(lambda: [type(one) for one in on.line.asked] == [Pause, Resume])


async def test_an_event_that_is_shown_as_off_before_the_answer_is_here_is_on_again_by_the_same_key() -> None:
    async with screen("4", "> Mia & Jonas") as on:
        answer = on.line.late[SetEvent] = asyncio.Event()
        send(on, " ")
        await on.until(lambda: not on.app.state.events[0]["auto_sync"])
        await asyncio.sleep(0.2)  # no key that is held
        send(on, " ")
        await asyncio.sleep(0.2)
        answer.set()
        await on.shows("Mia & Jonas is on")


async def test_all_that_was_paused_goes_on_by_the_other_key_though_the_first_answer_comes_last() -> None:
    """The screen said that all is paused, and it was not."""
    async with stage("live") as on:
        answer = on.line.late[Pause] = asyncio.Event()
        send(on, "P")
        await on.shows("ALL PAUSED")
        send(on, "p")
        await asyncio.sleep(1)  # all is painted that comes of it
        answer.set()
        await on.until(lambda: [type(one) for one in on.line.asked] == [Pause, Resume])
        await on.until(lambda: not on.app.verbs.is_at("pause"))
        await on.shows("p Pause")


async def test_all_photos_of_an_event_that_are_shown_before_the_answer_is_here_are_no_more_by_the_same_key() -> None:
    async with screen("4", "> Mia & Jonas") as on:
        answer = on.line.late[SetEvent] = asyncio.Event()
        send(on, "v")
        await on.shows("all in All Photos, too")
        await asyncio.sleep(0.2)  # no key that is held
        send(on, "v")
        await asyncio.sleep(0.2)
        answer.set()
        await on.shows("in All Photos no more")
