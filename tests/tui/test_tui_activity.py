"""Activity: what happened, page by page, by day, and found by typing."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from monitor_pilot import Stage, screen
from monitor_records import happened, well_known
from monitor_scenes import at, scene
from scripted_service import ScriptedService

from tui.screens.photo import Photo

YESTERDAY = -86_400.0


@asynccontextmanager
async def activity(size: tuple[int, int] = (80, 24)) -> AsyncGenerator[Stage]:
    service = well_known(ScriptedService(scene("live")))
    service.document["activity"] = [happened(number, photo=number % 200 + 1) for number in range(900, 800, -1)]
    service.past = [happened(number) for number in range(800, 400, -1)]
    service.past += [
        happened(number, f"DSC_{number}.jpg arrived", then=at("20:00:00") + YESTERDAY + number)
        for number in range(400, 0, -1)
    ]
    async with screen("6", "Activity", "> 22:15", size=size, service=service) as on:
        yield on


async def test_newest_first_with_what_it_is_about() -> None:
    async with activity() as on:
        await on.shows("> 22:15:00 verified   DSC_900.jpg is on Drive after 6 s: Mia Lindqvist", "newest first")


async def test_what_happens_meanwhile_is_in_sight() -> None:
    async with activity() as on:
        for number in range(901, 931):
            on.service.say("activity", [happened(number)])
        await on.shows("DSC_930.jpg", "DSC_929.jpg")


async def test_it_goes_back_as_far_as_the_ledger_remembers() -> None:
    async with activity() as on:
        for _ in range(12):
            await on.press("end")
        await on.shows("DSC_1.jpg arrived")
        await on.press("home")
        for _ in range(12):
            await on.press("home")
        await on.shows("DSC_900.jpg")


async def test_a_rule_where_a_day_begins() -> None:
    async with activity() as on:
        await on.press("slash")
        await on.type("arrived")
        await on.shows("Thursday, 19 November ──")


async def test_typing_searches_all_of_it() -> None:
    async with activity() as on:
        await on.press("slash")
        await on.type("DSC_17.jpg")
        await on.shows("1 found", "DSC_17.jpg arrived")
        await on.press("escape")
        await on.shows("DSC_900.jpg")
        await on.press("slash")
        await on.type("nothing like it")
        await on.shows("No line holds that.")


async def test_enter_opens_the_photo_or_says_the_whole_line() -> None:
    async with activity() as on:
        await on.press("enter")
        await on.until(lambda: isinstance(on.app.screen, Photo))
        await on.press("escape")
        await on.press("slash")
        await on.type("DSC_17.jpg")
        await on.shows("1 found")
        await on.press("enter", "enter")
        await on.until(lambda: on.rows[-2].startswith(" DSC_17.jpg arrived"))


async def test_new_lines_come_while_the_mark_stays() -> None:
    async with activity() as on:
        await on.press("down")
        await on.shows("> 22:14:59")
        on.service.say("activity", [happened(901, "Folders of [b]Ana[/] are on Drive")])
        await on.shows("Folders of [b]Ana[/] are on Drive", "> 22:14:59")


async def test_a_phone_has_time_and_text() -> None:
    async with activity((40, 15)) as on:
        assert on.rows[4].startswith(" > 22:15 DSC_900.jpg is on Drive")
