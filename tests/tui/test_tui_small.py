"""Terminals that are small, or are for a while: what is shown there, and what keys do once there is room again."""

from __future__ import annotations

import pytest
from monitor_pilot import screen, stage

from agent.requests.faces import ConfirmMatch, DenyMatch


@pytest.mark.parametrize(("key", "shown"), [("2", "> Mia Lindqvist"), ("4", "> Mia & Jonas"), ("6", "> ")])
async def test_keys_walk_the_list_again_once_there_is_room_for_it(key: str, shown: str) -> None:
    """A window that was small for a moment left the list without a mark, and arrows and enter without effect."""
    async with screen(key, shown) as on:
        await on.pilot.resize_terminal(30, 10)
        await on.until(lambda: "> " not in on.screen)
        await on.pilot.resize_terminal(80, 24)
        await on.shows(shown)
        before = next(row for row in on.rows if "> " in row)
        await on.press("down")
        await on.until(lambda: any("> " in row for row in on.rows) and before not in on.rows)


@pytest.mark.slow
async def test_the_near_miss_that_had_the_keys_has_them_again() -> None:
    async with screen("3", "1 of 3 near misses", state="small") as on:
        await on.press("tab")
        await on.shows("> Same person?")
        await on.pilot.resize_terminal(80, 8)
        await on.until(lambda: "Same person?" not in on.screen)
        await on.pilot.resize_terminal(80, 24)
        await on.shows("> Same person?")


@pytest.mark.parametrize("size", [(40, 12), (80, 12), (120, 13)])
@pytest.mark.parametrize(
    ("key", "shown"),
    [("2", "> Mia Lindqvist"), ("3", "Who is this?"), ("4", "> Mia & Jonas"), ("5", "> "), ("6", "> ")],
)
async def test_a_phone_with_its_keyboard_out_has_the_lists(key: str, shown: str, size: tuple[int, int]) -> None:
    """Of a screen of twelve rows nothing was shown but the answer, and its keys renamed, ignored and forgot unseen."""
    async with screen(key, shown, size=size) as on:
        assert "Not yet" in on.screen


@pytest.mark.parametrize("size", [(40, 12), (80, 12)])
async def test_venue_has_its_counts_and_the_first_error_in_twelve_rows(size: tuple[int, int]) -> None:
    async with stage("live", size) as on:
        await on.shows("Arriving", "Faces", "Filing", "Uploading", "Not yet", "? Keys")
        await on.until(lambda: any("cut short" in row for row in on.rows))


@pytest.mark.slow
@pytest.mark.parametrize("size", [(40, 12), (80, 12), (120, 13)])
async def test_a_phone_with_its_keyboard_out_shows_whom_its_keys_are_about(size: tuple[int, int]) -> None:
    """Of twelve rows the faces took seven: the mark and the names lay below the last one, and so did the field."""
    async with screen("3", "> Guest 07", size=size) as on:
        await on.until(lambda: sum("▀▀▀▀▀▀" in row for row in on.rows) >= 4)
        await on.press("right")
        await on.shows("  Guest 07", "> Guest 11")
        await on.press("enter")
        await on.type("Zoe")
        await on.until(lambda: any("Name Zoe" in row for row in on.rows))
        await on.press("escape", "tab")
        await on.shows("> Same person?", "Left  DSC_4464.jpg", "Right Anna Berg", "Distance 0.55")
        await on.until(lambda: sum("▀▀▀▀▀▀" in row for row in on.rows) >= 4)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(40, 15), (80, 20), (30, 10), (80, 10)])
async def test_a_near_miss_that_is_not_in_sight_is_not_answered(size: tuple[int, int]) -> None:
    """`y` and `n` on a phone, whose screen had the groups, said of somebody unseen who that is."""
    async with screen("3", "1 of 3 near misses", state="small") as on:
        await on.pilot.resize_terminal(*size)
        await on.until(lambda: "Same person?" not in on.screen)
        await on.press("y", "n")
        await on.pilot.pause(0.3)
        assert not [one for one in on.line.asked if isinstance(one, ConfirmMatch | DenyMatch)]
        await on.until(lambda: "y Yes" not in on.rows[-1])
