"""Errors: by cause, with their photos; retried, set aside, answered; and what healed."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from monitor_pilot import Stage, screen, stage
from monitor_records import held, trouble_row, well_known
from monitor_scenes import at, scene, trouble
from scripted_service import ScriptedService

from agent.service_browse import AsideRow
from agent.service_snapshot import Trouble
from tests.weighing import weighed
from tui.screens.photo import Photo
from tui.screens.question import Question


def many() -> Trouble:
    return {**trouble("cut"), "title": "Photo damaged", "ids": [1, 2, 3], "photos": [1, 2, 3], "count": 3}


def healed(title: str, count: int = 1, lasted: float = 360.0) -> Trouble:
    then = at("21:25:00")
    return {**trouble("cut"), "title": title, "count": count, "first_at": then - lasted, "ended_at": then}


@asynccontextmanager
async def errors(size: tuple[int, int] = (80, 24), *, held_rows: int = 0) -> AsyncGenerator[Stage]:
    document = scene("live")
    document["troubles"]["open"].append(many())
    document["troubles"]["healed"] = [healed("No way to Drive", 14), healed("Folder of the card was gone")]
    document["status"]["held"] = held_rows
    service = well_known(ScriptedService(document))
    service.rows_of_troubles = [trouble_row(number) for number in (3, 2, 1)]
    service.held_rows = [held()] * held_rows
    async with screen("5", "Needs you", size=size, service=service) as on:
        yield on


def asked(on: Stage, *verbs: str) -> list[tuple[Any, ...]]:
    return [one for one in on.service.asked if one[0] in verbs]


async def test_causes_say_why_and_what_to_do_and_what_healed() -> None:
    async with errors() as on:
        await on.shows("Needs you 3", "> Photo cut short", "1 photo", "since 22:13", "why  DSC_4402.jpg ends early")
        await on.shows("do  Copy it from the card again", "Drive refused a file", "3 photos")
        await on.shows("Healed by itself 3", "No way to Drive, 14 times", "over after 6 min")


async def test_x_tries_the_newest_of_the_cause_and_big_x_all_of_it() -> None:
    async with errors() as on:
        await on.press("down", "down", "x")
        await on.shows("Trying again: 1 photo: Photo damaged")
        await on.press("X")
        await on.shows("Trying again: 3 photos: Photo damaged")
        assert asked(on, "retry") == [("retry", [1], False), ("retry", [1, 2, 3], False)]


async def test_one_is_set_aside_at_once_and_several_after_a_question() -> None:
    async with errors() as on:
        await on.press("d")
        await on.until(lambda: asked(on, "dismiss") == [("dismiss", [402])])
        await on.press("down", "down", "d")
        await on.shows("Set all 3 of “Photo damaged” aside?", "y Yes", "n No")
        await on.press("n")
        await on.until(lambda: not isinstance(on.app.screen, Question))
        await on.press("d", "y")
        await on.until(lambda: asked(on, "dismiss")[-1] == ("dismiss", [1, 2, 3]))


def aside(name: str, number: int) -> AsideRow:
    return {
        "id": number, "photo": number, "event": "default", "name": name, "title": "Photo cut short", "detail": "",
        "at": at("22:10:00"), "only": "card", "files": [f"/in/{name}"], "on_drive": [],
    }  # fmt: skip


async def test_what_was_set_aside_is_listed_by_name_and_comes_back() -> None:
    document = scene("live")
    document["status"]["photos"] = {**document["status"]["photos"], "dismissed": 2}
    document["status"] = weighed(document["status"])
    service = well_known(ScriptedService(document))
    service.aside_rows = [aside("DSC_7.jpg", 7), aside("DSC_8.jpg", 8)]
    async with screen("5", "Needs you", service=service) as on:
        await on.shows("Set aside 2", "DSC_7.jpg", "DSC_8.jpg", "only on the card", "Photo cut short")
        await on.press("h", "down", "b")
        await on.shows("Needs you again: DSC_8.jpg")
        assert asked(on, "restore") == [("restore", [8])]
        service.aside_rows = []
        on.service.say("status", scene("live")["status"])
        await on.until(lambda: "Set aside 2" not in on.screen)


async def test_enter_opens_the_cause_with_its_photos() -> None:
    async with errors() as on:
        await on.press("end", "enter")
        await on.shows("> DSC_3.jpg", "DSC_2.jpg", "DSC_1.jpg", "Photo damaged 3")
        await on.press("down", "x")
        await on.until(lambda: asked(on, "retry") == [("retry", [2], False)])
        await on.press("d")
        await on.until(lambda: asked(on, "dismiss") == [("dismiss", [2])])
        await on.press("enter")
        await on.until(lambda: isinstance(on.app.screen, Photo))
        await on.press("escape", "escape")
        await on.shows("Needs you 3")


async def test_a_cause_that_is_over_closes_its_page() -> None:
    async with errors() as on:
        await on.press("end", "enter")
        await on.shows("Photo damaged 3")
        section = on.service.document["troubles"]
        on.service.say("troubles", {**section, "open": section["open"][:2]})
        await on.shows("Needs you 2")


@pytest.mark.parametrize(("key", "verb"), [("y", "approve"), ("n", "reject")])
async def test_held_things_are_answered_first(key: str, verb: str) -> None:
    async with errors(held_rows=1) as on:
        await on.shows("> 120 photos would be taken out of folders", "their source has lost them all", "y Yes   n No")
        await on.press(key)
        await on.until(lambda: asked(on, verb) == [(verb, ["7"], False)])
        await on.shows("> Photo cut short")


async def test_keys_that_would_do_nothing_are_not_offered() -> None:
    async with errors(held_rows=1) as on:
        await on.shows("> 120 photos")
        assert "x Retry" not in on.rows[-1]
        assert "y Yes" in on.rows[-1]
        await on.press("down")
        await on.shows("x Retry")
        assert "y Yes" not in on.rows[-1]


async def test_h_goes_to_what_healed_and_back() -> None:
    async with errors() as on:
        await on.press("h")
        await on.shows("> 21:25  No way to Drive")
        await on.press("h")
        await on.shows("> Photo cut short")


async def test_nothing_needs_you() -> None:
    async with stage("working") as on:
        await on.press("5")
        await on.shows("Needs you none", "Nothing needs you.", "Healed by itself 3")


async def test_on_a_phone_there_is_no_why() -> None:
    async with errors((40, 15)) as on:
        await on.shows("> Photo cut short", "Copy it from the card again")
        assert "why" not in on.screen


async def test_the_wide_screen_has_the_causes_photos_beside_it() -> None:
    async with errors((200, 60)) as on:
        await on.press("end")
        await on.shows("Photo damaged 3", "DSC_2.jpg")


async def test_by_mouse() -> None:
    async with errors() as on:
        await on.click("Photo damaged")
        await on.shows("> Photo damaged")
        await on.click("X Retry all")
        await on.until(lambda: asked(on, "retry") == [("retry", [1, 2, 3], False)])


async def test_names_from_outside_are_literal() -> None:
    async with errors() as on:
        section = on.service.document["troubles"]
        evil = {**many(), "title": "[red]x[/]\x1b]0;owned\x07", "detail": "a" * 300, "remedy": "عربى [@click=app.quit]"}
        on.service.say("troubles", {**section, "open": [evil]})
        await on.shows("> [red]x[/]?]0;owned?", "[@click=app.quit]")
