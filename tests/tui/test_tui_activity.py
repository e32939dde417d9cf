"""Activity: what happened, page by page, by day, and found by typing."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from monitor_pilot import Stage, screen
from prepared import Evening
from standing import at

from agent.ledger import meta
from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT, EventPhotoId
from tui.screens.photo import Photo


def happened(db: Db) -> None:
    """400 lines of yesterday, then 500 of today, and none besides."""
    db.execute("DELETE FROM activity")
    for number in range(1, 401):
        then = at("20:00:00", "2026-11-19") + number
        meta.note_activity(db, "arrived", f"DSC_{number}.jpg arrived", then, DEFAULT_EVENT)
    for number in range(401, 901):
        line(db, number)


def line(db: Db, number: int, text: str = "") -> None:
    told = text or f"DSC_{number}.jpg is on Drive after 6 s: Mia Lindqvist"
    photo = EventPhotoId(number % 100 + 1)
    meta.note_activity(db, "verified", told, at("21:59:00") + number, DEFAULT_EVENT, photo)


@asynccontextmanager
async def activity(size: tuple[int, int] = (80, 24)) -> AsyncGenerator[Stage]:
    async def lines(evening: Evening) -> None:
        await evening.write(happened)

    async with screen("6", "Activity", "> 22:14", state="small", size=size, first=lines) as on:
        yield on


async def test_newest_first_with_what_it_is_about() -> None:
    async with activity() as on:
        await on.shows("> 22:14:00 verified   DSC_900.jpg is on Drive after 6 s: Mia Lindqvist", "newest first")


async def test_what_happens_meanwhile_is_in_sight() -> None:
    async with activity() as on:
        for number in range(901, 931):
            await on.evening.write(line, number)
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
        await on.shows("> 22:13:59")
        await on.evening.write(line, 901, "Folders of [b]Ana[/] are on Drive")
        await on.shows("Folders of [b]Ana[/] are on Drive", "> 22:13:59")


async def test_a_phone_has_time_and_text() -> None:
    async with activity((40, 15)) as on:
        assert on.rows[4].startswith(" > 22:14 DSC_900.jpg is on Drive")
