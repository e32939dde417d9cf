"""A photo's page: its picture, who is in it, where it lies, each step's time, and every key."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from monitor_pilot import Stage, stage
from monitor_records import photo_details, well_known
from monitor_scenes import scene
from scripted_service import ScriptedService

from tui.screens.search import Search
from tui.terminal import Look


@asynccontextmanager
async def photo(size: tuple[int, int] = (80, 24), look: Look = "dark") -> AsyncGenerator[Stage]:
    """The second newest photo of all, opened from a search."""
    service = well_known(ScriptedService(scene("live")))
    async with stage("live", size, look, service=service) as on:
        await on.press("slash")
        await on.until(lambda: isinstance(on.app.screen, Search))
        await on.shows("DSC_4250.jpg")
        await on.press("enter", "down", "enter")
        await on.shows("DSC_4249.jpg", "2 of 100")
        yield on


async def test_all_that_is_known_of_it() -> None:
    async with photo() as on:
        await on.shows("Mia Lindqvist", "distance 0.31", "1 face nobody knows", "Mia Lindqvist/Group", "verified")
        await on.shows("Arrived", "after 0.6 s", "Verified", "after 6 s", "6000 x 4000, 8.2 MB, JPEG")
        await on.until(lambda: any("▀▀▀▀" in row for row in on.rows))


async def test_left_and_right_go_to_its_neighbours() -> None:
    async with photo() as on:
        await on.press("right")
        await on.shows("DSC_4248.jpg", "3 of 100")
        await on.press("left", "left", "left")
        await on.shows("DSC_4250.jpg", "1 of 100")


async def test_retry_withdraw_link_and_back() -> None:
    async with photo() as on:
        await on.press("x")
        await on.shows("Trying it again")
        await on.press("w")
        await on.shows("Withdrawn DSC_4249.jpg: out of every folder")
        await on.press("l")
        await on.shows("Its address on Drive: https://drive.google.com/file/d/file249/view (copied)")
        assert [one for one in on.service.asked if one[0] in ("retry", "withdraw")] == [
            ("retry", [249], False),
            ("withdraw", (249,)),
        ]
        await on.press("z")
        await on.shows("Undone: 1 withdrawn")
        await on.press("escape")
        await on.until(lambda: isinstance(on.app.screen, Search))


async def test_the_folder_is_opened_or_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "1")
    async with photo() as on:
        await on.press("o")
        await on.shows("Its folder: /venue/People/Mia Lindqvist/Group (copied")


async def test_a_photo_that_is_gone_says_so() -> None:
    async with photo() as on:
        del on.service.details[248]
        await on.press("right")
        await on.shows("There is no such photo")


async def test_a_failed_one_on_its_way_nowhere() -> None:
    async with photo() as on:
        on.service.details[248] = photo_details(
            248, state="failed", placements=[], people=[], faces=0, filed_at=None, verified_at=None
        )
        await on.press("right")
        await on.shows("no face in it", "none yet", "FAILED")


async def test_a_phone_has_the_facts_without_the_picture() -> None:
    async with photo((40, 15)) as on:
        await on.shows("Mia Lindqvist", "distance 0.31")
        assert "▀▀" not in on.screen


async def test_without_colour_the_picture_is_shades() -> None:
    async with photo(look="plain") as on:
        await on.until(lambda: any(shade in on.screen for shade in "░▒▓"))


async def test_searching_narrows_photos_anywhere() -> None:
    async with stage(service=well_known(ScriptedService(scene("live")))) as on:
        await on.press("slash")
        await on.type("4017")
        await on.shows("DSC_4017.jpg")
        await on.until(lambda: "DSC_4250" not in on.screen)
        await on.press("escape", "escape")
        await on.shows("Queue 14")


async def test_a_row_of_the_latest_ones_opens_by_tab_and_enter_and_by_mouse() -> None:
    service = well_known(ScriptedService(scene("live")))
    service.details = {number: photo_details(number) for number in range(440, 501)}
    async with stage(service=service) as on:
        await on.press("tab", "down")
        await on.shows("22:13>DSC_4467.jpg")
        await on.press("enter")
        await on.shows("DSC_4499.jpg", "2 of 60")
        await on.press("escape")
        await on.shows("Queue 14")
        await on.click("DSC_4466.jpg")
        await on.click("DSC_4466.jpg")
        await on.shows("DSC_4498.jpg", "3 of 60")


async def test_the_newest_photos_stay_in_sight_whoever_was_there_before() -> None:
    service = well_known(ScriptedService(scene("live")))
    every = service.document["latest"]
    service.document["latest"] = every[-2:]
    async with stage(service=service) as on:
        await on.shows(every[-1]["photo"])
        for more in range(3, 31):
            service.say("latest", every[-more:])
        await on.shows(*(one["photo"] for one in every[-30:-26]))
        await on.press("tab", "down")
        await on.shows(f">{every[-29]['photo']}")
        service.say("latest", every)
        await on.shows(f">{every[-29]['photo']}")
        await on.press("home")
        await on.shows(*(one["photo"] for one in every[:4]))
