"""The marked one goes by itself: what is typed about it, a question and its answer, is about no other one."""

from __future__ import annotations

import asyncio

import pytest
from monitor_pilot import Stage
from packets import decided, send
from people_screen import people
from test_tui_events import events, gala_is_marked

from agent.requests.events import RemoveEvent
from agent.requests.people import MergePeople

pytestmark = pytest.mark.usefixtures("unseen")


async def jonas_goes(on: Stage) -> None:
    """Another monitor says that he is somebody else."""
    jonas = on.person("Jonas Lindqvist")
    await on.line.agent.ask(MergePeople(person=jonas, into="Anna Berg"))
    while any(one["id"] == jonas for one in on.app.state.people):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    "keys", ["mTom Becker\r", "r\x15Jo\r", "Csigned form\r", "ll"], ids=["merge", "rename", "consent", "link"]
)
async def test_a_question_about_somebody_who_goes_is_about_nobody_else(keys: str) -> None:
    """Whoever was next became one with Tom Becker, had another name on Drive, or their photos were open to anybody."""
    async with people(state="small") as on:
        await on.press("down")
        await on.shows("> Jonas Lindqvist")
        await jonas_goes(on)
        send(on, keys)
        await on.shows("This is another one")
        await on.pilot.pause(0.3)
        assert decided(on) == []
        assert len(on.app.screen_stack) == 1


async def test_nor_where_the_photos_beside_the_list_have_the_keys() -> None:
    async with people((160, 50), state="small") as on:
        await on.press("down", "tab")
        await on.shows("  Jonas Lindqvist", "> DSC_")
        await jonas_goes(on)
        send(on, "mTom Becker\r")
        await on.shows("This is another one")
        await on.pilot.pause(0.3)
        assert decided(on) == []


@pytest.mark.parametrize("keys", ["i\x155\r", "r\x15Party\r", "R"], ids=["interval", "rename", "resync"])
async def test_a_question_about_an_event_that_goes_is_about_no_other_one(keys: str) -> None:
    """The next one was called so on Drive, or all that was removed of it by hand came back."""
    async with events() as on:
        await gala_is_marked(on)
        await on.evening.app.service.ask(RemoveEvent(event="Gala"))
        while any(one["name"] == "Gala" for one in on.app.state.events):
            await asyncio.sleep(0)
        send(on, keys)
        await on.shows("This is another one")
        await on.pilot.pause(0.3)
        assert decided(on) == []


async def test_who_is_found_by_typing_is_asked_about_at_once() -> None:
    """The mark goes to them by one's own keys."""
    async with people(state="small") as on:
        send(on, "/tom\rr")
        await on.shows("Rename Tom Becker")
