"""Every dialog says how it is left, on a terminal as small as a phone's, too."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from monitor_pilot import Stage, screen

from tests.conftest import sign_in_alone
from tui.first_run.sign_in import SignIn
from tui.screens.codes import Link
from tui.screens.leave import LeaveQuestion
from tui.widgets.dialogs import Dialog

SIZES = [(40, 15), (40, 24), (80, 24)]
OPENED = {  # where, and by which keys; the word that is clicked
    "find": ("1", ["slash"], "esc Close"),
    "help": ("1", ["question_mark"], "esc Close"),
    "enroll": ("1", ["e"], "esc Close"),
    "a person's link": ("2", ["l"], "esc Close"),
    "the guests' page": ("2", ["G"], "esc Close"),
    "a name": ("2", ["r"], "esc Close"),
    "forget": ("2", ["F"], "esc Close"),
    "a picture": ("3", ["space"], "esc Close"),
    "an event": ("4", ["a"], "esc Close"),
    "an interval": ("4", ["i"], "esc Close"),
    "signing in": ("1", [], "esc Close"),
    "leave": ("1", [], "esc Stay"),
}


async def left_by_a_click(on: Stage, word: str) -> None:
    await on.until(lambda: isinstance(on.app.screen, Dialog))
    top = on.app.screen
    await on.shows(word)
    assert all(len(row) <= on.app.size.width for row in on.rows)
    await on.click(word)
    await on.until(lambda: on.app.screen is not top)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", OPENED)
async def test_every_dialog_says_how_it_is_left(name: str, size: tuple[int, int]) -> None:
    at, keys, word = OPENED[name]
    with sign_in_alone() if name == "signing in" else nullcontext():
        async with screen(at, size=size) as on:
            if not keys:
                told = "14 photos are on their way to Drive, about 40 s; 2 more need you"
                on.app.push_screen(LeaveQuestion(told) if name == "leave" else SignIn(on.app))
            await on.press(*keys)
            await left_by_a_click(on, word)


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_a_page_with_a_code_names_all_its_keys(size: tuple[int, int]) -> None:
    """The way out was the last of them, and cut off."""
    async with screen("2", "Mia Lindqvist", size=size) as on:
        await on.press("l")
        await on.until(lambda: isinstance(on.app.screen, Link))
        page = on.app.screen
        assert isinstance(page, Link)
        await on.shows("l Make it", "a An address", "esc Close")
        page.address = "https://drive.google.com/drive/folders/1Ly5cmDk7NqPZ0f4w2K3xJ8sT6uVb9EaR"
        page.redraw()
        await on.shows("Link of Mia", "l Take it back", "a An address", "c Copy", "esc Close")
        await on.press("c")
        await on.shows("l Take it back", "a An address", "c Copied", "esc Close")
        await on.press("escape")
        on.app.pages.ask("Really?", "It is a long question, " * 12, lambda: None)
        await on.shows("y Yes", "n No")
