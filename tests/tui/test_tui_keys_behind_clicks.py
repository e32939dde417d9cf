"""Keys behind a click, in one packet with it: they are meant for what that led to, as behind a key."""

from __future__ import annotations

import asyncio

from monitor_pilot import stage
from packets import click_on, decided, send, typed
from people_screen import people
from test_tui_photo import photo
from troubled import asked, errors

from agent.requests.people import MergePeople, Undo
from agent.requests.troubles import DismissTroubles
from tui.screens.errors import Cause


async def test_z_behind_a_click_on_ok_takes_back_what_that_did() -> None:
    """It was dropped, unsaid: two people were one."""
    async with people(state="small") as on:
        await on.press("m")
        await on.shows("enter OK")
        await on.type("Tom Becker")
        await on.until(lambda: typed(on) == ["Tom Becker"])
        send(on, click_on(on, "enter OK") + "z")
        await on.shows("Undone")
        assert [type(one) for one in decided(on)] == [MergePeople, Undo]


async def test_a_key_behind_a_click_that_opens_a_page_is_that_pages() -> None:
    """`d` asked whether to set all three aside, where the marked photo was meant."""
    async with errors() as on:
        await on.press("end")
        await on.shows("> Photo damaged")
        ids = next(one["ids"] for one in on.app.state.troubles["open"] if one["title"] == "Photo damaged")
        send(on, click_on(on, "Photo damaged") + "d")
        await on.shows("1 set aside")
        assert isinstance(on.app.screen, Cause)
        assert decided(on) == [DismissTroubles(ids=ids[:1])]


async def test_letters_behind_a_click_that_opens_a_field_are_typed_into_it() -> None:
    """The first one withdrew the photo."""
    async with photo("446", state="small") as on:
        await on.shows("DSC_4467.jpg", "M Move")
        send(on, click_on(on, "M Move") + "winnie")
        await on.until(lambda: typed(on) == ["winnie"])
        assert decided(on) == []


async def test_letters_behind_a_click_that_opens_no_field_are_nothing() -> None:
    """They were dropped up to a pause behind the last key, and that was long ago: `p` paused all uploads."""
    async with stage("empty") as on:
        await on.press("2")
        await on.shows("r Rename")
        await asyncio.sleep(1)
        send(on, click_on(on, "r Rename") + "penny")
        await on.shows("Nobody is marked")
        await asyncio.sleep(0.3)
        assert decided(on) == []


async def test_the_same_key_before_a_click_and_behind_it_is_pressed_twice() -> None:
    """Of one that is held the repeats are nothing: the second one was not set aside, unsaid."""
    async with errors() as on:
        await on.shows("> Photo cut short")
        ids = {one["title"]: one["ids"] for one in on.app.state.troubles["open"]}
        send(on, "d" + click_on(on, "File damaged in transfer") + "d")
        await on.until(lambda: len(asked(on, DismissTroubles)) == 2)
        assert decided(on) == [
            DismissTroubles(ids=ids[title]) for title in ("Photo cut short", "File damaged in transfer")
        ]
