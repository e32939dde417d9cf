"""Faces: groups to name and near misses to answer, by keys and by mouse."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from monitor_pilot import Stage, screen, stage
from monitor_records import review, unknown, well_known
from monitor_scenes import scene
from picture import rows
from scripted_service import ScriptedService

from agent.errors import VenueError
from tui.screens.photo import Photo
from tui.terminal import Look


@asynccontextmanager
async def faces(size: tuple[int, int] = (80, 24), look: Look = "dark") -> AsyncGenerator[Stage]:
    async with screen("3", "Who is this?", size=size, look=look) as on:
        yield on


def decided(on: Stage) -> list[tuple[object, ...]]:
    return [one for one in on.service.asked if one[0] in ("name_unknown", "ignore_unknown", "answer_review", "undo")]


async def test_five_groups_and_one_question_as_drawn() -> None:
    async with faces() as on:
        await on.shows("67 faces in 7 groups, largest first", "> Guest 07  23", "last 22:04", "Guest 16   5")
        await on.shows("1 of 3 near misses", "Left  DSC_4466.jpg, 22:11", "Right Anna Berg")
        await on.shows("Distance 0.47   same to 0.42, asked to 0.55", "y Yes, Anna   n No   l Later")
        await on.until(lambda: on.rows[4].count("▀") == 70)
        assert on.rows[14].startswith(" ▀▀▀▀▀▀▀▀▀▀▀▀▀▀  ▀▀▀▀▀▀▀▀▀▀▀▀▀▀  Left")


async def test_naming_takes_a_group_away_at_once_and_z_brings_it_back() -> None:
    async with faces() as on:
        await on.shows("> Guest 07")
        await on.press("right", "enter")
        await on.type("Linn")
        await on.shows("Name Linn")
        await on.press("enter")
        await on.until(lambda: "Guest 11" not in on.screen)
        await on.shows("> Guest 03")
        assert decided(on) == [("name_unknown", "g11", "Linn")]
        on.service.unknown_rows.insert(1, unknown(11, 15))
        await on.press("z")
        await on.shows("Undone: Linn changed", "Guest 11")


async def test_a_known_name_completes_and_esc_leaves_the_name() -> None:
    async with faces() as on:
        await on.shows("> Guest 07")
        await on.press("enter")
        await on.type("mi")
        await on.press("tab", "enter")
        await on.until(lambda: decided(on) == [("name_unknown", "g7", "Mia Lindqvist")])
        await on.press("enter", "escape", "right")
        await on.until(lambda: "> Guest 03" in on.screen)
        assert len(decided(on)) == 1


async def test_merge_takes_only_known_names() -> None:
    async with faces() as on:
        await on.shows("> Guest 07")
        await on.press("m")
        await on.shows("Guest 07 is", "somebody who is known already")
        await on.type("nobody")
        await on.press("enter")
        await on.shows("Nobody is called so.")
        await on.press(*["backspace"] * 6)
        await on.type("tom b")
        await on.press("enter", "tab", "enter")
        await on.until(lambda: decided(on) == [("name_unknown", "g7", "Tom Becker")])


async def test_ignore() -> None:
    async with faces() as on:
        await on.shows("> Guest 07")
        await on.press("i")
        await on.shows("Ignored Guest 07", "> Guest 11")
        assert decided(on) == [("ignore_unknown", "g7")]


async def test_what_the_agent_refuses_comes_back_with_the_reason() -> None:
    async with faces() as on:
        await on.shows("> Guest 07")
        on.service.refusals["ignore_unknown"] = VenueError("The list of people is locked", "", "Try again")
        await on.press("i")
        await on.shows("The list of people is locked: Try again", "Guest 07")


@pytest.mark.parametrize(("key", "yes"), [("y", True), ("n", False)])
@pytest.mark.parametrize("by_mouse", [False, True])
async def test_a_near_miss_is_answered_and_the_next_one_asked(key: str, yes: bool, by_mouse: bool) -> None:
    async with faces() as on:
        await on.shows("1 of 3 near misses")
        await (on.click(f"{key} Yes, Anna" if yes else "n No   l") if by_mouse else on.press(key))
        await on.shows("1 of 2 near misses", "DSC_4465.jpg")
        await on.until(lambda: decided(on) == [("answer_review", 6, yes)])


async def test_later_is_the_last_one_and_means_later_only_there() -> None:
    async with faces() as on:
        await on.shows("1 of 3 near misses", "DSC_4466.jpg")
        await on.press("l")
        await on.shows("DSC_4466.jpg")
        await on.press("tab", "l")
        await on.shows("> Same person?", "DSC_4465.jpg", "1 of 3 near misses")
        await on.press("y", "y")
        await on.shows("DSC_4466.jpg", "1 of 1 near miss")


async def test_enter_on_a_near_miss_opens_its_photo() -> None:
    async with faces() as on:
        await on.shows("1 of 3 near misses")
        await on.press("tab", "enter")
        await on.until(lambda: isinstance(on.app.screen, Photo))
        await on.shows("DSC_4006.jpg")
        await on.press("escape")
        await on.shows("Who is this?")


async def test_why_it_is_asked_and_who_is_as_near() -> None:
    async with faces() as on:
        on.service.review_rows = [review(9, why="Priya Raman is as near", rival="Priya Raman", rival_distance=0.46)]
        status = on.service.document["status"]
        on.service.say("status", {**status, "faces": {**status["faces"], "to_review": 1}})
        await on.shows("Priya Raman is as near", "1 of 1 near miss")


async def test_the_mark_walks_over_pages_of_groups() -> None:
    async with faces() as on:
        await on.shows("> Guest 07")
        await on.press("end")
        await on.shows("> Guest 05", "Guest 02")
        await on.until(lambda: "Guest 07" not in on.screen)
        await on.press("home")
        await on.shows("> Guest 07")


async def test_a_phone_shows_one_kind_at_a_time() -> None:
    async with faces((40, 15)) as on:
        await on.shows("> Guest 07", "Who is this?")
        assert "Same person?" not in on.screen
        await on.press("tab")
        await on.shows("Same person?", "Anna Berg", "Distance 0.47")
        assert "Who is this?" not in on.screen
        await on.press("y")
        await on.until(lambda: decided(on) == [("answer_review", 6, True)])


async def test_without_colour_faces_are_shades() -> None:
    async with faces(look="plain") as on:
        await on.until(lambda: any(shade in on.rows[5] for shade in "░▒▓"))
        assert "▀" not in "".join(rows(on.app)[3:9])


async def test_nothing_to_decide_is_said() -> None:
    async with faces() as on:
        on.service.unknown_rows, on.service.review_rows = [], []
        status = on.service.document["status"]
        on.service.say("status", {**status, "faces": {**status["faces"], "clusters": 0, "to_review": 0}})
        await on.shows("Nobody is unknown: every group of faces has a name.", "No near miss waits for an answer.")


async def test_fifty_decisions_by_keyboard() -> None:
    """Each is one key, and none waits for the agent: fifty are through in a few seconds of the machine's time."""
    service = well_known(ScriptedService(scene("live")))
    service.review_rows = [review(number) for number in range(50, 0, -1)]
    service.unknown_rows = []
    async with stage("live", service=service) as on:
        await on.press("3")
        await on.shows("1 of 50 near misses")
        began = time.monotonic()
        await on.press(*["y", "n"] * 25)
        await on.shows("No near miss waits for an answer.")
        await on.until(lambda: len(decided(on)) == 50)
        assert [one[1] for one in decided(on)] == list(range(50, 0, -1))
        assert time.monotonic() - began < 60
