"""People and a person's page: what is listed, found, opened, and what every key does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from monitor_pilot import Stage, screen

from agent.errors import VenueError
from agent.service_people import PersonChange
from tui.app import HELD
from tui.screens.photo import Photo


@asynccontextmanager
async def people(size: tuple[int, int] = (80, 24)) -> AsyncGenerator[Stage]:
    async with screen("2", "People 36", "> Mia Lindqvist", size=size) as on:
        yield on


def listed(on: Stage) -> list[str]:
    """The names in sight, first the topmost."""
    return [row[3:33].strip() for row in on.rows[4:15] if row.strip()]


async def test_everybody_most_photos_first_and_the_marked_one_below() -> None:
    async with people() as on:
        assert listed(on)[:3] == ["Mia Lindqvist", "Jonas Lindqvist", "Anna Berg"]
        await on.shows("/venue/People/Mia Lindqvist", "drive.google.com/drive/folders/folder0", "148 alone, 312 with")
        await on.press("down", "down")
        await on.shows("> Anna Berg", "/venue/People/Anna Berg")


async def test_a_page_is_shown_at_a_time_and_end_shows_the_last() -> None:
    async with people() as on:
        await on.press("end")
        await on.shows("> Guest 16")
        await on.press("home")
        await on.shows("> Mia Lindqvist")
        await on.press("pagedown")
        await on.until(lambda: "> Mia" not in on.screen)


async def test_the_order_goes_round() -> None:
    async with people() as on:
        await on.press("c")
        await on.shows("by name")
        assert listed(on)[0].startswith("Alexandra Cons")
        assert listed(on)[1] == "Amara Diallo"
        await on.press("c")
        await on.shows("last seen first")
        await on.press("c")
        await on.shows("most photos first")


async def test_typing_narrows_without_accents_and_case_and_esc_shows_all() -> None:
    async with people() as on:
        await on.press("slash")
        await on.type("akesson")
        await on.shows("2 of 36")
        assert listed(on) == ["Fredrik Åkesson", "Nils Åkesson"]
        await on.press("enter", "down")
        await on.shows("> Nils Åkesson")
        await on.press("slash", "escape")
        await on.until(lambda: len(listed(on)) > 5)


async def test_finding_again_replaces_and_esc_on_the_list_ends_it() -> None:
    async with people() as on:
        await on.press("slash")
        await on.type("akesson")
        await on.press("enter", "slash")
        await on.type("nils")
        await on.press("enter")
        await on.until(lambda: listed(on) == ["Nils Åkesson"])
        await on.press("escape")
        await on.until(lambda: len(listed(on)) > 5)


async def test_nobody_is_called_so() -> None:
    async with people() as on:
        await on.press("slash")
        await on.type("zzz")
        await on.shows("Nobody is called so.")


async def test_enter_opens_a_page_of_her_own_with_her_photos_and_esc_goes_back() -> None:
    async with people() as on:
        await on.press("enter")
        await on.shows("Photos 460", "> DSC_4249.jpg", "alone", "Jonas")
        await on.press("down", "enter")
        await on.until(lambda: isinstance(on.app.screen, Photo))
        await on.press("escape", "escape")
        await on.shows("People 36", "> Mia Lindqvist")


async def test_all_her_photos_can_be_walked_through() -> None:
    async with people() as on:
        await on.press("enter")
        await on.shows("> DSC_4249.jpg")
        for _ in range(4):
            await on.press("end")
        await on.shows("> DSC_4001.jpg")


async def test_her_photos_are_found_by_name() -> None:
    async with people() as on:
        await on.press("enter")
        await on.shows("> DSC_4249.jpg")
        await on.press("slash")
        await on.type("4101")
        await on.until(lambda: "DSC_4249" not in on.screen and "DSC_4101.jpg" in on.screen)


async def test_rename() -> None:
    async with people() as on:
        await on.press("down", "r")
        await on.shows("Rename Jonas Lindqvist")
        await on.type(" Holm")
        await on.press("enter")
        await on.shows("Renamed to Jonas Lindqvist Holm: 3 photos moved; z undoes it")
        assert ("rename_person", "p1", "Jonas Lindqvist Holm", None) in on.service.asked


async def test_merge_asks_for_a_name_that_is_known() -> None:
    async with people() as on:
        await on.press("down", "m")
        await on.shows("Jonas Lindqvist is the same person as")
        await on.type("nobody")
        await on.press("enter")
        await on.shows("Nobody is called so.")
        await on.press(*["backspace"] * 6)
        await on.type("anna")
        await on.press("tab", "enter")
        await on.shows("Merged into Anna Berg")
        assert ("merge_people", "p1", "Anna Berg", None) in on.service.asked


async def test_esc_leaves_a_rename() -> None:
    async with people() as on:
        await on.press("r", "escape")
        await on.press("down")
        assert not [asked for asked in on.service.asked if asked[0] == "rename_person"]


async def test_undo_says_what_it_took_back() -> None:
    async with people() as on:
        await on.press("r")
        await on.type("x")
        await on.press("enter")
        await on.shows("z undoes it")
        await on.press("z")
        await on.shows("Undone: Mia Lindqvistx changed: 1 photo moved")
        await asyncio.sleep(HELD)
        await on.press("z")
        await on.shows("Nothing to undo")
        await on.press("U")
        await on.shows("Done again: Mia Lindqvistx changed: 1 photo moved")
        await asyncio.sleep(HELD)
        await on.press("U")
        await on.shows("Nothing to redo")


async def test_a_held_z_takes_back_no_more_than_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.app.HELD", 60.0)  # this machine may be slower than a held key
    async with people() as on:
        on.service.done = [f"number {number}" for number in range(40)]
        await on.press(*["z"] * 20)
        await on.shows("Undone: number 39")
        assert len([asked for asked in on.service.asked if asked[0] == "undo"]) <= 2, (
            "once, and once as it begins again"
        )


async def test_decisions_reach_the_agent_in_the_order_of_the_keys() -> None:
    """The answer to the first takes its time; `z` behind it takes back that one, and none before."""
    async with people() as on:
        gate = asyncio.Event()
        rename = on.service.rename_person

        async def slow(person: str, name: str, event: str | None = None) -> PersonChange:
            await gate.wait()
            return await rename(person, name, event)

        on.service.rename_person = slow  # type: ignore[method-assign]
        on.service.done = ["an enrolment"]
        await on.press("r")
        await on.type("x")
        await on.press("enter", "z")
        assert on.service.done == ["an enrolment"]
        gate.set()
        await on.shows("Undone: Mia Lindqvistx changed")
        assert on.service.done == ["an enrolment"]


async def test_l_makes_a_link_shows_its_code_and_takes_it_back() -> None:
    async with people() as on:
        await on.shows("/venue/People/Mia Lindqvist")
        await on.press("l")
        await on.shows("Link of Mia Lindqvist", "Only you can open her folder on Drive.", "l Make it")
        await on.press("l")
        await on.shows("https://drive.google.com/drive/folders/p0", "l Take it back", "▀▄")
        assert sum("█" in row for row in on.rows) > 12
        await on.press("l")
        await on.shows("Taken back: the link opens nothing any more")
        await on.press("escape")
        await on.shows("People 36")
        assert [one[1:3] for one in on.service.asked if one[0] == "link_person"] == [("p0", True), ("p0", False)]


async def test_a_link_that_cannot_be_made_says_why() -> None:
    async with people() as on:
        on.service.refusals["link_person"] = VenueError("Drive cannot be reached now", "", "Try again when it is back")
        await on.press("l", "l")
        await on.shows("Drive cannot be reached now: Try again when it is back", "l Make it")


async def test_the_folder_is_opened_or_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "1")
    async with people() as on:
        await on.shows("/venue/People/Mia Lindqvist")
        await on.press("o")
        await on.shows("Her folder: /venue/People/Mia Lindqvist (copied")


async def test_the_wide_screen_has_her_photos_beside_the_list() -> None:
    async with people((200, 60)) as on:
        await on.shows("> Mia Lindqvist", "/venue/People/Mia Lindqvist", "DSC_4249.jpg")
        await on.press("down")
        await on.shows("/venue/People/Jonas Lindqvist")


async def test_a_phone_has_names_and_counts() -> None:
    async with people((40, 15)) as on:
        assert "> Mia Lindqvist" in on.rows[4]
        assert "148" in on.rows[4]
        await on.press("enter")
        await on.shows("> DSC_4249.jpg")


async def test_by_mouse() -> None:
    async with people() as on:
        await on.click("Anna Berg")
        await on.shows("> Anna Berg")
        await on.click("Anna Berg")
        await on.shows("Photos 160")
        await on.click("esc Back")
        await on.shows("People 36")


async def test_people_follow_what_the_agent_says() -> None:
    async with people() as on:
        status = on.service.document["status"]
        other = {**status["people"][0], "id": "px", "name": "[red]x[/]\x1b]0;owned\x07", "solo": 999}
        on.service.say("status", {**status, "people": [*status["people"], other]})
        await on.shows("[red]x[/]?]0;owned?", "> Mia Lindqvist")


@pytest.mark.parametrize(("size", "page"), [((80, 24), True), ((200, 60), False)])
async def test_somebody_is_shown_by_the_pictures_she_is_known_by(size: tuple[int, int], page: bool) -> None:
    async with people(size) as on:
        if page:
            await on.press("enter")
        await on.shows("given", "142 px", "SMALL", "learned")
        await on.until(lambda: sum(row.count("▀") >= 36 for row in on.rows) >= 6)
        row = next(row for row in on.rows if "SMALL" in row)
        assert row.index("142 px") < row.index("SMALL") < row.index("learned")  # given ones first
