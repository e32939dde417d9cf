"""Keys and clicks in one packet, as a line that lags brings them: each means what stood there when it was made."""

from __future__ import annotations

import asyncio

import pytest
from monitor_pilot import Stage
from packets import DOWN, LEFT, click_on, decided, send
from people_screen import people
from troubled import asked, errors

from agent.requests.people import Undo
from agent.requests.troubles import DismissTroubles, RestoreTroubles
from tui.screens.photo import Photo
from tui.widgets.troubles import TroubleList


def ids_of(on: Stage) -> dict[str, list[int]]:
    return {one["title"]: one["ids"] for one in on.app.state.troubles["open"]}


async def test_a_key_before_a_click_is_about_what_was_marked_before() -> None:
    """`d`, and then a click on the next one, set the next one aside."""
    async with errors() as on:
        await on.shows("> Photo cut short")
        ids = ids_of(on)
        send(on, "d" + click_on(on, "File damaged in transfer"))
        await on.shows("1 set aside", "> File damaged in transfer")
        assert decided(on) == [DismissTroubles(ids=ids["Photo cut short"])]


async def test_letters_before_a_click_are_in_the_field_that_it_submits() -> None:
    """The name was given without its last letter."""
    async with people(state="small") as on:
        await on.press("r")
        await on.shows("Rename Mia Lindqvist", "enter OK")
        send(on, "-Holm" + click_on(on, "enter OK"))
        await on.shows("Renamed to Mia Lindqvist-Holm")


async def test_keys_and_clicks_in_turn_are_done_in_turn() -> None:
    async with errors() as on:
        await on.shows("> Photo cut short")
        ids, clicks = ids_of(on), [click_on(on, title) for title in ("File damaged in transfer", "Photo cut short")]
        send(on, DOWN + clicks[1] + "d" + clicks[0])
        await on.shows("> File damaged in transfer")
        await on.until(lambda: bool(asked(on, DismissTroubles)))
        assert decided(on) == [DismissTroubles(ids=ids["Photo cut short"])]


async def test_a_click_waits_a_moment_for_keys_and_those_not_done_then_are_dropped() -> None:
    """They would do to what was clicked on what was meant for another."""
    async with errors(dismissed=1) as on:
        await on.shows("> Photo cut short")
        on.line.holds[Undo] = gate = asyncio.Event()
        send(on, "zd" + click_on(on, "File damaged in transfer"))
        await on.shows("> File damaged in transfer")
        gate.set()
        await on.pilot.pause(0.3)
        assert asked(on, DismissTroubles) == []


async def test_a_key_behind_a_click_on_another_list_is_that_ones() -> None:
    async with errors(dismissed=2) as on:
        await on.shows("> Photo cut short", "Set aside 2")
        send(on, click_on(on, "DSC_4483.jpg   ") + "b")
        await on.until(lambda: bool(asked(on, RestoreTroubles)))


async def test_a_button_is_let_go_after_it_was_pressed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A click was lost whose second half came in the very step in which the key before it was done."""
    async with errors() as on:
        await on.shows("> Photo cut short")
        pressed, released = click_on(on, "File damaged in transfer").split("M")
        led = on.app._wait_for

        async def comes(task: asyncio.Task[None]) -> None:
            await led(task)
            monkeypatch.setattr(on.app, "_wait_for", led)
            monkeypatch.setattr(on.app._driver, "send_message", on.app.post_message)  # and no step later
            send(on, released)

        monkeypatch.setattr(on.app, "_wait_for", comes)
        send(on, LEFT + pressed + "M")
        await on.shows("> File damaged in transfer")


async def test_a_click_on_a_list_without_the_keys_marks_and_opens_nothing() -> None:
    """The row at which its mark would be was opened: `d` behind that did nothing, where any other row was set aside."""
    async with errors((160, 45)) as on:
        await on.press("end")
        await on.shows("> Photo damaged", "Photo damaged 3")
        await on.until(lambda: not on.app.screen.query_one(TroubleList).has_focus)
        ids = [row["id"] for row in on.app.screen.query_one(TroubleList).entries()]
        send(on, click_on(on, "DSC_4483.jpg  "), "d")
        await on.shows("1 set aside")
        assert decided(on) == [DismissTroubles(ids=ids[:1])]
        await on.shows("> DSC_4482.jpg")
        await on.click("DSC_4482.jpg")
        await on.until(lambda: isinstance(on.app.screen, Photo))
