"""Activity: what happened, page by page, by day, and found by typing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from monitor_pilot import Stage, screen, stage
from prepared import Evening
from standing import at

from agent.ledger import meta
from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT, EventPhotoId
from agent.requests.snapshot import GetSnapshot
from agent.requests.troubles import ListActivity
from tests.patience import within
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
    photo = EventPhotoId(number - 800 if number > 800 else 1000 + number)  # the last ones are there
    meta.note_activity(db, "verified", told, at("21:59:00") + number, DEFAULT_EVENT, photo)


@asynccontextmanager
async def activity(size: tuple[int, int] = (80, 24)) -> AsyncGenerator[Stage]:
    async def lines(evening: Evening) -> None:
        await evening.write(happened)

    async with screen("6", "Activity", "> 22:14", state="small", size=size, first=lines) as on:
        yield on


async def press_until(on: Stage, key: str, text: str) -> None:
    """Each brings the next page, which is there when it is there."""
    async with within(20):
        while text not in on.screen:
            await on.press(key)


async def test_what_goes_well_is_one_line_for_each_hour_and_kind() -> None:
    async with activity() as on:
        await on.shows("> 22:14:00 verified   500 photos on Drive, since 22:05", "newest first")
        await on.shows("20:06:40 arrived    400 photos arrived, since 20:00")


async def test_enter_opens_what_is_told_as_one_and_closes_it_again() -> None:
    async with activity() as on:
        await on.press("enter")
        await on.shows("  22:14:00 verified   DSC_900.jpg is on Drive after 6 s: Mia Lindqvist", "DSC_884.jpg")
        await on.evening.write(line, 901)
        await on.shows("> 22:14:01 verified   501 photos on Drive", "  22:14:01 verified   DSC_901.jpg is on")
        await on.press("enter")
        await on.shows("400 photos arrived")
        assert "DSC_9" not in on.screen


@pytest.mark.slow
async def test_a_photo_that_went_to_several_folders_is_one() -> None:
    """It said how many lines there were: `51 photos on Drive` of 14."""
    async with activity() as on:
        for _ in range(3):
            await on.evening.write(line, 900, "DSC_900.jpg is on Drive: Anna Berg")
        await on.shows("> 22:14:00 verified   500 photos on Drive, since 22:05")
        await on.press("enter")
        await on.shows("DSC_900.jpg is on Drive: Anna Berg")
        assert on.screen.count("DSC_900.jpg is on Drive") == 4


async def test_trouble_stands_between_what_went_well_in_the_order_in_which_it_came() -> None:
    """Its time may be any, where the clock was set back: what is new stands on top."""

    def trouble(db: Db) -> None:
        meta.note_activity(db, "outage", "Drive is back: it could not be reached for 6 min", at("12:10:00"))

    async with activity() as on:
        await on.evening.write(trouble)
        await on.evening.write(line, 901)
        await on.evening.write(line, 902)
        await on.shows("22:14:02 verified   2 photos on Drive, since 22:14", "12:10:00 outage     Drive is back")
        rows = [row[3:] for row in on.rows if "outage" in row or "on Drive" in row]
        assert [row.split()[0] for row in rows] == ["22:14:02", "12:10:00", "22:14:00"]


async def test_a_key_leaves_only_one_kind() -> None:
    def failed(db: Db) -> None:
        meta.note_activity(db, "failed", "DSC_5.jpg: photo cut short", at("21:00:00"), DEFAULT_EVENT)

    async with activity() as on:
        await on.evening.write(failed)
        await on.press("k")
        await on.shows("problems, newest first", "> 21:00:00 failed     DSC_5.jpg: photo cut short")
        assert "on Drive" not in on.screen.partition("Activity")[2]
        await on.press("k")
        await on.shows("No line about decisions.")
        await on.press("k")
        await on.shows("photos, newest first", "500 photos on Drive")
        await on.press("k", "k")
        await on.shows("all, newest first", "DSC_5.jpg: photo cut short")


async def test_what_happens_meanwhile_is_in_sight() -> None:
    async with activity() as on:
        for number in range(901, 931):
            await on.evening.write(line, number)
        await on.shows("> 22:14:30 verified   530 photos on Drive")


async def test_an_older_ledger_that_was_put_back_tells_what_it_knows() -> None:
    """What another one had told stayed there, until something happened."""

    def restored(db: Db) -> None:
        db.execute("DELETE FROM activity WHERE id > (SELECT min(id) FROM activity)")
        db.execute("UPDATE activity SET text = 'Workspace made'")

    async with activity() as on:
        await on.evening.write(restored)
        on.app.refreshed(await on.evening.app.service.ask(GetSnapshot()))
        await on.shows("> ", "Workspace made")
        assert "photos on Drive" not in on.screen


async def test_nobody_looks_where_no_agent_is_heard() -> None:
    async with stage("small") as on:
        on.line.holds[ListActivity] = asyncio.Event()
        await on.press("6")
        await on.shows("Looking.")
        on.app.lost(ended=True)
        await on.tick(60)
        await on.shows("Not known: no agent runs here", "Not known.")
        assert "Looking." not in on.screen


async def test_lines_that_come_without_a_break_are_followed() -> None:
    """Each put off the question that the one before had led to: nothing new was told until all was quiet."""
    async with activity() as on:
        number, seen = 900, ""
        while number < 930 and not seen:
            number += 1
            await on.evening.write(line, number)
            await on.pilot.pause(0.25)
            seen = next((row for row in on.rows if "photos on Drive" in row and " 500 " not in row), "")
        assert seen, on.screen


@pytest.mark.slow
async def test_it_goes_back_as_far_as_the_ledger_remembers() -> None:
    async with activity() as on:
        await on.press("slash")
        await on.type("DSC")
        await on.shows("DSC_900.jpg")
        await on.press("enter")
        await press_until(on, "end", "DSC_1.jpg arrived")
        await press_until(on, "home", "DSC_900.jpg")


def set_back(db: Db) -> None:
    """The clock, by four hours, before line 450: all before it has later times."""
    earlier = "id < (SELECT id FROM activity WHERE text LIKE 'DSC_450.jpg %')"
    db.execute(f"UPDATE activity SET at = at + 14400 WHERE {earlier}")


@pytest.mark.slow
async def test_where_the_clock_was_set_back_each_line_is_there_once() -> None:
    async with activity() as on:
        await on.evening.write(set_back)
        await on.press("slash")
        await on.type("DSC")
        await on.shows("DSC_900.jpg")
        await on.press("enter")
        await press_until(on, "end", "DSC_1.jpg arrived")
        await on.shows("DSC_1.jpg arrived", "900 of 900")


async def test_a_rule_where_a_day_begins() -> None:
    async with activity() as on:
        await on.press("slash")
        await on.type("arrived")
        await on.shows("Thursday, 19 November ──")


@pytest.mark.slow
async def test_typing_searches_all_of_it() -> None:
    async with activity() as on:
        await on.press("slash")
        await on.type("DSC_17.jpg")
        await on.shows("1 found", "DSC_17.jpg arrived")
        await on.press("escape")
        await on.shows("500 photos on Drive")
        await on.press("slash")
        await on.type("nothing like it")
        await on.shows("No line holds that.")


@pytest.mark.slow
async def test_enter_opens_the_photo_or_says_the_whole_line() -> None:
    async with activity() as on:
        await on.press("enter")
        await on.shows("DSC_900.jpg")
        await on.press("down", "enter")
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
        await on.shows("> 20:06:40")
        await on.evening.write(meta.note_activity, "folder", "Folders of [b]Ana[/] are on Drive", at("22:14:05"))
        await on.shows("Folders of [b]Ana[/] are on Drive", "> 20:06:40")


async def test_a_phone_has_time_and_text() -> None:
    async with activity((40, 15)) as on:
        assert on.rows[4].startswith(" > 22:14 500 photos on Drive, since")


@pytest.mark.slow
async def test_walking_up_from_the_end_leaves_no_line_out() -> None:
    """Where the first page was fetched again, the mark was a page further up than it had been brought."""

    def marked(on: Stage) -> int:
        row = next(row for row in on.rows if row.startswith(" > "))
        return int(row.partition("DSC_")[2].partition(".")[0])

    async with activity() as on:
        await on.press("slash")
        await on.type("DSC")
        await on.shows("DSC_900.jpg")
        await on.press("enter")
        for _ in range(12):
            await on.press("end")
        await on.shows("> 20:00:01 arrived    DSC_1.jpg arrived")
        last = 1
        while last < 900:
            await on.press("pageup")
            await on.pilot.pause(0.05)
            assert last <= marked(on) <= last + 40, f"from {last} to {marked(on)}"
            if marked(on) == last:
                break
            last = marked(on)
        assert last == 900
