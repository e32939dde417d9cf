"""What a page is about goes by itself, and the page with it: keys for that are none of the screen beneath."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from monitor_pilot import Stage
from packets import decided, send
from test_tui_events import events, gala_is_marked
from troubled import FACES, asked, errors

from agent.ledger import troubles
from agent.ledger.sqlite.rows import Db
from agent.requests.events import RemoveEvent
from agent.requests.troubles import DismissTroubles

pytestmark = pytest.mark.usefixtures("unseen")


def heal(db: Db, photos: Sequence[int], now: float) -> None:
    troubles.heal_all(db, [f"photo:{number}" for number in photos], now)


async def page_goes(on: Stage) -> None:
    while len(on.app.screen_stack) > 1:
        await asyncio.sleep(0)


async def test_d_for_a_photo_of_a_cause_that_is_over_sets_nothing_else_aside(unseen: float) -> None:
    """Another cause was set aside, as its mark stood beneath: with that, the photo counted no more."""
    async with errors() as on:
        await on.press("end", "enter")
        await on.shows("> DSC_4483.jpg", "Photo damaged 3")
        await on.evening.write(heal, FACES, on.clock.now)
        await page_goes(on)
        send(on, "d")
        await on.shows("This is another one", "Needs you 2")
        assert decided(on) == []
        await asyncio.sleep(unseen)
        await on.press("d")
        await on.until(lambda: len(asked(on, DismissTroubles)) == 1)


async def test_nor_does_d_for_a_photo_that_heals() -> None:
    async with errors() as on:
        await on.press("end", "enter")
        await on.shows("> DSC_4483.jpg", "Photo damaged 3")
        await on.evening.write(heal, FACES[2:], on.clock.now)
        await on.shows("> DSC_4482.jpg")
        send(on, "d")
        await on.shows("This is another one")
        assert decided(on) == []


@pytest.mark.parametrize("keys", [" ", "k", "/pq"], ids=["look", "sharpest", "find"])
async def test_keys_for_photos_of_an_event_that_is_removed_switch_no_other_event(keys: str) -> None:
    """`space` looks at a photo, and switched off the event that had the mark beneath; `k` kept its photos here."""
    async with events() as on:
        await gala_is_marked(on)
        await on.press("enter")
        await on.until(lambda: on.app.screen.NAME == "Search")
        await on.evening.app.service.ask(RemoveEvent(event="Gala"))
        await page_goes(on)
        send(on, keys)
        await on.shows("This is another one", "> Morning-after brunch")
        await on.pilot.pause(0.3)
        assert on.app.is_running
        assert decided(on) == []
