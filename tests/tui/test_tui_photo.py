"""A photo's page: its picture, who is in it, where it lies, each step's time, and every key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from monitor_pilot import Stage, stage
from prepared import Evening

from agent.ledger import clocks, counts, placements, removed_events
from agent.ledger.clocks import Clock
from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT
from agent.requests.control import Retry
from agent.requests.photos import GetThumbnail, WithdrawPhotos
from tui.pictures.picture import Picture
from tui.screens.finder import Finder
from tui.screens.photo import Photo
from tui.terminal.looks import Look


@asynccontextmanager
async def photo(
    words: str = "446", size: tuple[int, int] = (80, 24), look: Look = "dark", state: str = "live"
) -> AsyncGenerator[Stage]:
    """Found by these words; of several the second one."""
    async with stage(state, size, look) as on:
        await on.press("slash")
        await on.until(lambda: isinstance(on.app.screen, Finder))
        await on.type(words)
        await on.until(lambda: f"DSC_{words}" in on.screen)
        await on.press(*["down"] * (len(words) < 4), "enter")
        await on.until(lambda: isinstance(on.app.screen, Photo))
        yield on


async def test_all_that_is_known_of_it() -> None:
    async with photo("4462") as on:
        await on.shows("Jonas Lindqvist", "distance 0.31", "Anna Berg?", "number ", "Jonas Lindqvi…/Group", "verified")
        await on.shows("Arrived", "after 0.6 s", "Verified", "after 5 s", "6000 x 4000, 8.2 MB, JPEG")
        await on.until(lambda: any("▀▀▀▀" in row for row in on.rows))


async def test_left_and_right_go_to_its_neighbours() -> None:
    async with photo() as on:
        await on.shows("DSC_4467.jpg", "2 of 11")
        await on.press("right")
        await on.shows("DSC_4466.jpg", "3 of 11")
        await on.press("left", "left", "left")
        await on.shows("DSC_4468.jpg", "1 of 11")


async def test_a_neighbour_shows_no_picture_until_its_own_is_here() -> None:
    """What is decided is decided about what stands in the words."""
    async with photo() as on:
        await on.shows("DSC_4467.jpg")
        picture = on.app.screen.query_one(Picture)
        await on.until(lambda: picture.shows)
        on.line.holds[GetThumbnail] = held = asyncio.Event()
        await on.press("right")
        await on.shows("DSC_4466.jpg")
        await on.until(lambda: not picture.shows)
        held.set()
        await on.until(lambda: picture.shows)


@pytest.mark.slow
async def test_withdraw_link_and_back() -> None:
    async with photo("4467", state="small") as on:
        number = await on.photo("DSC_4467.jpg")
        placed = (await on.evening.read(placements.of_photo, number))[0]
        await on.shows("DSC_4467.jpg")
        await on.press("l")
        await on.shows(f"Its address on Drive: https://drive.google.com/file/d/{placed['drive_id']}/view (copied)")
        await on.press("w")
        await on.shows("Withdrawn DSC_4467.jpg: out of every folder")
        assert on.line.asked == [WithdrawPhotos(ids=[number])]
        await on.press("z")
        await on.shows("Undone: 1 photo withdrawn", "Anna Berg/Solo")
        await on.press("escape")
        await on.until(lambda: not isinstance(on.app.screen, Photo))


@pytest.mark.slow
async def test_what_failed_is_tried_again_and_what_did_not_is_said() -> None:
    async with photo("4402", state="small") as on:
        await on.shows("FAILED")
        await on.press("x")
        await on.shows("Trying it again")
        assert on.line.asked == [Retry(ids=[await on.photo("DSC_4402.jpg")])]
    async with photo("4467", state="small") as on:
        await on.shows("DSC_4467.jpg")
        await on.press("x")
        await on.shows("Nothing to try again: nothing of it failed or was removed")


@pytest.mark.slow
async def test_its_neighbour_is_tried_while_the_agent_is_at_the_first_one() -> None:
    async with photo() as on:
        await on.shows("DSC_4467.jpg", "2 of 11")
        on.line.holds[Retry] = asyncio.Event()
        await on.press("x", "right", "x")
        numbers = [await on.photo(f"DSC_{number}.jpg") for number in (4467, 4466)]
        await on.until(lambda: on.line.asked == [Retry(ids=[number]) for number in numbers])


async def test_the_folder_is_opened_or_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "1")
    async with photo("4467") as on:
        await on.shows("Anna Berg/Solo")
        await on.press("o")
        await on.shows("Its folder: /tmp/lena-", "venue/People/Anna Berg/Solo (copied")


async def test_a_photo_that_is_gone_says_so() -> None:
    async with photo() as on:
        await on.shows("DSC_4467.jpg")
        await on.evening.write(removed_events.forget_event, DEFAULT_EVENT, [])
        await on.press("right")
        await on.shows("There is no such photo")


async def test_a_failed_one_on_its_way_nowhere() -> None:
    async with photo("4402") as on:
        await on.shows("it could not be looked at", "none yet", "FAILED")
        assert not {"Face", "Solo/group"} & set(on.rows[-1].split()), on.rows[-1]
        await on.press("f")
        await on.shows("It is in nobody's folder: name a face first")


async def test_a_phone_has_the_facts_without_the_picture() -> None:
    async with photo("4465", (40, 15)) as on:
        await on.shows("Mia Lindqvist", "distance 0.31")
        assert "▀▀" not in on.screen


async def test_without_colour_the_picture_is_shades() -> None:
    async with photo(look="plain") as on:
        await on.until(lambda: any(shade in on.screen for shade in "░▒▓"))


@pytest.mark.slow
async def test_photos_that_are_called_so_are_narrowed_further() -> None:
    """More than the finder holds: all of them in a list of their own."""
    async with stage() as on:
        await on.press("slash")
        await on.type("dsc")
        await on.shows("DSC_4484.jpg")
        await on.press(*["pagedown"] * 8)
        await on.shows("> All such photos")
        await on.press("enter")
        await on.shows("Photos: dsc 1 of 100+", "> DSC_4484.jpg")
        await on.press("slash")
        await on.type("4017")
        await on.shows("DSC_4017.jpg")
        await on.until(lambda: "DSC_4484" not in on.screen)
        await on.press("escape", "escape")
        await on.shows("Queue 14")


async def test_a_row_of_the_latest_ones_opens_by_tab_and_enter_and_by_mouse() -> None:
    async with stage() as on:
        await on.press("tab", "down")
        await on.shows("22:13>DSC_4467.jpg")
        await on.press("enter")
        await on.shows("DSC_4467.jpg", "2 of 60")
        await on.press("escape")
        await on.shows("Queue 14")
        await on.click("DSC_4466.jpg")
        await on.click("DSC_4466.jpg")
        await on.shows("DSC_4466.jpg", "3 of 60")


def verified(db: Db, times: list[tuple[float, int]]) -> None:
    """These photos, and no others."""
    db.execute("UPDATE event_photo SET verified_at = NULL")
    db.executemany("UPDATE event_photo SET verified_at = ? WHERE id = ?", times)


async def test_the_newest_photos_stay_in_sight_whoever_was_there_before() -> None:
    every: list[tuple[str, float, int]] = []

    async def two(evening: Evening) -> None:
        rows = await evening.read(lambda db: counts.latest(db, 60, drive=True))
        every.extend((row["name"], row["at"], row["id"]) for row in rows)
        await evening.write(verified, [one[1:] for one in every[-2:]])

    async with stage(first=two) as on:
        await on.shows(every[-1][0])
        for more in range(3, 31):
            await on.evening.write(verified, [one[1:] for one in every[-more:]])
        await on.shows(*(one[0] for one in every[-30:-26]))
        await on.press("tab", "down")
        await on.shows(f">{every[-29][0]}")
        await on.evening.write(verified, [one[1:] for one in every])
        await on.until(lambda: len(on.app.state.latest) == 60)
        await on.shows(f">{every[-29][0]}")
        await on.press("home")
        await on.shows(*(one[0] for one in every[:4]))


@pytest.mark.slow
async def test_it_says_when_it_was_taken_by_a_clock_that_is_right() -> None:
    """And what its camera's clock was, beside."""
    async with photo("4467", state="small") as on:
        number = await on.photo("DSC_4467.jpg")
        await on.evening.write(set_clock, number)
        await on.press("escape")
        await on.until(lambda: not isinstance(on.app.screen, Photo))
        await on.press("slash")
        await on.type("4467")
        await on.until(lambda: "DSC_4467" in on.screen)
        await on.press("enter")
        await on.shows("taken 2026-05-04 18:15:30", "camera's clock +12 min")


def set_clock(db: Db, number: int) -> None:
    photo = db.value("SELECT photo FROM event_photo WHERE id = ?", (number,))
    told = "UPDATE photo SET device = 'Canon EOS R6 #1', taken_at = '2026-05-04T18:27:30' WHERE id = ?"
    db.execute(told, (photo,))
    clocks.record(db, DEFAULT_EVENT, [Clock("Canon EOS R6 #1", 1, 720.0, "people")])


@pytest.mark.slow
async def test_what_happens_to_it_beneath_a_list_of_keys_is_told() -> None:
    """What came while something lay over it was not asked for when that went: it stood as it had been."""
    async with photo("4467", state="small") as on:
        number = await on.photo("DSC_4467.jpg")
        await on.shows("DSC_4467.jpg", "there")
        await on.press("question_mark")
        before = on.app.view.state.people
        await on.evening.app.service.ask(WithdrawPhotos(ids=[number]))
        await on.until(lambda: on.app.view.state.people != before)
        await on.press("escape")
        await on.shows("being removed", "Verified  --")
