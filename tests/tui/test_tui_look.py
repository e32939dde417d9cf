"""`space`: what is marked, over the whole screen, from every list that shows photos or people."""

from __future__ import annotations

import pytest
from monitor_pilot import Stage, screen, stage

from tui.screens.look import Look


def painted(on: Stage) -> int:
    """Rows of the screen that are picture."""
    return sum(row.count("▀") > 10 for row in on.rows)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(40, 15), (200, 60)])
@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ("2", "Mia Lindqvist"),
        ("3", "Guest 07"),
        ("3 tab", "DSC_4464.jpg"),
        ("1 tab", "DSC_4468.jpg"),
    ],
)
async def test_space_shows_it_in_full_and_closes_it(keys: str, name: str, size: tuple[int, int]) -> None:
    async with stage("small", size) as on:
        await on.press(*keys.split())
        await on.shows(name)
        before = on.app.screen
        await on.press("space")
        await on.until(lambda: isinstance(on.app.screen, Look) and name in on.rows[0])
        await on.until(lambda: painted(on) >= size[1] - 2)
        await on.press("space")
        await on.until(lambda: on.app.screen is before)


@pytest.mark.slow
async def test_the_arrows_walk_through_the_list_beneath() -> None:
    async with screen("2", "> Mia Lindqvist", state="small") as on:
        await on.press("space", "down", "down")
        await on.until(lambda: "Anna Berg" in on.rows[0])
        await on.press("escape")
        await on.shows("> Anna Berg")


@pytest.mark.slow
async def test_of_a_file_that_cannot_be_read_there_is_no_picture() -> None:
    async with screen("5", "> Photo cut short", state="small") as on:
        await on.press("enter")
        await on.shows("> DSC_4402.jpg")
        await on.press("space")
        await on.shows("DSC_4402.jpg", "There is no picture of it", "esc Close")


async def test_without_pictures_it_says_so() -> None:
    async with screen("2", "> Mia Lindqvist", state="small", pictures="off") as on:
        await on.press("space")
        await on.shows("Mia Lindqvist", "Pictures are off here")
