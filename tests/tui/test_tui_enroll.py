"""Enrolling by keyboard, by mouse and on a phone: what is asked, and what is said about it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import portraits
from evening import make
from monitor_pilot import Stage, stage
from monitor_scenes import enrolled, scene
from prepared import template

from agent.errors import VenueError
from agent.requests.ask import Command
from agent.requests.faces import ListFaces
from agent.requests.people import EnrollFace, EnrollPerson, PreviewReferences
from tui.screens.enroll import Enroll
from tui.screens.enroll_faces import by_photos, draw_result


async def ready() -> Path:
    """The small evening, which the portraits are made from."""
    return await asyncio.to_thread(template, "small", lambda folder: make(folder, "small"))


@asynccontextmanager
async def dialog(size: tuple[int, int] = (80, 24)) -> AsyncIterator[Stage]:
    small = await ready()
    fill = partial(portraits.make, small=small)
    workers = {"VENUESYNC_FACES__WORKERS": "1"}
    async with stage("small", size, kind="portraits", fill=fill, started=("publisher",), environ=workers) as on:
        await on.press("e")
        await on.shows("IMG_2011.jpg")
        yield on


def path(on: Stage, number: int) -> str:
    return str(portraits.incoming(on.evening.workspace.incoming, number))


def enrolled_by(on: Stage, name: str, *numbers: int) -> EnrollPerson:
    return EnrollPerson(name=name, photos=[path(on, number) for number in numbers])


async def test_a_name_four_photos_and_the_result() -> None:
    async with dialog() as on:
        await on.type("Zoe Park")
        await on.shows("new person")
        await on.press("enter", "space", "down", "space", "down", "space", "down", "down", "space")
        await on.shows("4 chosen", "> [x] IMG_2015.jpg")
        await on.press("enter")
        await on.shows(
            "2 of 4 good enough", "[x] IMG_2011.jpg", "GOOD", "[ ] IMG_2015.jpg", "TOO SMALL",
            "3 FACES  it has to be one", "Done in ", "People/Zoe Park made here, on Drive at once.",
            "3 earlier photos matched.",
        )  # fmt: skip
        assert verbs(on) == [enrolled_by(on, "Zoe Park", 11, 12, 13, 15)]
        await on.press("enter")
        await on.until(lambda: not isinstance(on.app.screen, Enroll))
        await on.press("2")
        await on.shows("of 37")


async def test_everything_on_a_phone_by_enter_alone() -> None:
    async with dialog((40, 15)) as on:
        await on.type("Zoe")
        await on.press("enter")
        await on.type("2014")
        await on.press("enter", "enter")
        await on.until(lambda: verbs(on) == [enrolled_by(on, "Zoe", 14)])
        await on.shows("Done in ", "3 earlier photos matched.", "e Next guest")


async def test_known_names_complete() -> None:
    async with dialog() as on:
        await on.type("lin")
        await on.press("right")
        await on.shows("Linnea Berg", "known already")
        await on.press("tab", "space", "enter")
        await on.until(lambda: verbs(on) == [enrolled_by(on, "Linnea Berg", 11)])


async def test_known_already_is_who_is_known() -> None:
    async with dialog() as on:
        await on.type("LINNEA berg")
        await on.shows("known already")
        await on.press("enter", "space", "enter")
        await on.until(lambda: verbs(on) == [enrolled_by(on, "Linnea Berg", 11)])


async def test_a_pattern_takes_all_it_means() -> None:
    async with dialog() as on:
        await on.type("Zoe")
        await on.press("enter")
        await on.type("Lena/*")
        await on.shows("IMG_2029.jpg") if on.app.size.height > 30 else await on.shows("IMG_2011.jpg")
        await on.until(lambda: len(on.app.screen._choice.offered) == 10)  # type: ignore[attr-defined]
        await on.press("enter")
        await on.shows("10 chosen")


async def test_a_path_goes_into_folders() -> None:
    async with dialog() as on:
        await on.press("tab")
        await on.type("./L")
        await on.shows("Lena/", "tab completes")
        await on.press("tab")
        await on.shows("./Lena/", "IMG_2013.jpg")
        await on.press("down", "enter")
        await on.shows("Type a name")


def verbs(on: Stage) -> list[Command[Any]]:
    """What was asked that changes anything."""
    return [one for one in on.line.asked if not isinstance(one, PreviewReferences)]


async def test_what_is_missing_is_said_and_nothing_is_asked() -> None:
    async with dialog() as on:
        await on.press("enter")
        await on.shows("Type a name: as it is to be shown")
        await on.type("Zoe")
        await on.press("enter", "enter")
        await on.shows("Choose a photo: space or enter takes the marked one")
        await on.type("nothing-like-it")
        await on.press("enter")
        await on.shows("Nothing here is called so: nothing-like-it")
        assert verbs(on) == []


async def test_clicks_take_photos_and_enroll() -> None:
    async with dialog() as on:
        await on.type("Zoe")
        await on.click("IMG_2013.jpg")
        await on.shows("> [x] IMG_2013.jpg", "1 chosen")
        await on.click("enter Enroll")
        await on.until(lambda: verbs(on) == [enrolled_by(on, "Zoe", 13)])


async def test_an_error_is_a_sentence_and_can_be_mended() -> None:
    async with dialog() as on:
        await on.type("Zoe")
        await on.press("enter", "down", "space", "enter")
        await on.shows("Zoe was not enrolled: IMG_2012.jpg: 3 faces were found in it")
        await on.press("up", "space", "enter")
        await on.shows("1 of 2 good enough", "Done in ")


async def test_the_next_guest_starts_empty() -> None:
    async with dialog() as on:
        await on.type("Zoe")
        await on.press("enter", "space", "enter")
        await on.shows("Done in ")
        await on.press("e")
        await on.shows("none chosen", "IMG_2011.jpg")
        assert "Zoe" not in on.screen


async def test_closed_meanwhile_the_answer_stands_above_the_keys() -> None:
    async with dialog() as on:
        gate = on.line.holds[EnrollPerson] = asyncio.Event()
        await on.type("Zoe")
        await on.press("enter", "space", "enter")
        await on.shows("Looking: at 1 photo of Zoe")
        await on.press("enter")  # not asked twice
        await on.press("escape")
        gate.set()
        await on.shows("Zoe is enrolled: 3 earlier photos matched")
        assert len(verbs(on)) == 1


async def test_terminal_codes_cannot_be_typed_or_pasted() -> None:
    async with dialog() as on:
        (on.evening.workspace.incoming / "a\x1b]0;owned\x07.jpg").write_bytes(b"")
        await on.press("escape", "e")
        await on.shows("IMG_2011.jpg")
        on.app.screen._field("name").value = "Zoe\x1b[31m\x07"  # type: ignore[attr-defined]
        await on.press("tab")
        await on.shows("Zoe?[31m?")
        await on.type("owned")
        await on.shows("a?]0;owned?.jpg")
        assert "\x1b" not in on.screen


async def test_keys_of_the_screen_beneath_do_nothing_while_it_is_open() -> None:
    async with dialog() as on:
        await on.type("psxq?")
        assert verbs(on) == []
        await on.shows("psxq?")
        await on.press("escape")
        await on.until(lambda: not isinstance(on.app.screen, Enroll))


def words_of(rows: list[list[tuple[str, str]]]) -> str:
    return " ".join("".join(text for text, _ in row).strip() for row in rows)


def test_the_result_promises_of_drive_only_what_is_true() -> None:
    online, offline = scene("live")["status"], scene("offline")["status"]
    off = {**offline, "drive": {**offline["drive"], "state": "disabled"}}
    assert "made here, on Drive at once." in words_of(draw_result(by_photos(enrolled()), online, 90))
    assert "made here, on Drive when it is back." in words_of(draw_result(by_photos(enrolled()), offline, 90))
    assert "made here. 37" in words_of(draw_result(by_photos(enrolled()), off, 90))  # type: ignore[arg-type]
    assert "2 more references for Linnea Berg. No earlier photo" in words_of(
        draw_result(by_photos(enrolled(0, new=False)), online, 90)
    )


async def test_the_marked_photos_face_is_shown_with_its_verdict() -> None:
    async with dialog() as on:
        await on.press("tab", "down", "down", "down", "down")
        await on.shows("TOO SMALL", "pixels wide")
        await on.until(lambda: any(row.count("▀") >= 14 for row in on.rows))
        await on.press("up")
        await on.shows("GOOD")
        assert "TOO SMALL" in next(row for row in on.rows if "IMG_2015.jpg" in row)


async def test_a_face_of_the_latest_photos_is_chosen_as_a_picture() -> None:
    async with dialog() as on:
        rows = await on.evening.app.service.ask(ListFaces())
        await on.type("Zoe")
        await on.press("enter", "tab")
        await on.shows(rows[0]["verdict"]["photo"], rows[0]["name"] or "", "[ ] GOOD", "f2 Photos")
        await on.until(lambda: any(row.count("▀") >= 42 for row in on.rows))
        await on.press("right", "right", "space")
        await on.shows(">[x] ", "1 chosen")
        await on.press("enter")
        await on.shows("1 of 1 good enough", f"[x] {rows[2]['verdict']['photo']}", "Done in ")
        assert verbs(on) == [EnrollFace(name="Zoe", face=rows[2]["face_id"])]


async def test_a_face_that_cannot_be_a_reference_says_why() -> None:
    async with dialog() as on:
        rows = await on.evening.app.service.ask(ListFaces())
        blurred = next(n for n, row in enumerate(rows) if row["verdict"]["verdict"] == "the face is blurred")
        await on.press("f2")
        await on.shows("f2 Photos")
        await on.press(*["right"] * blurred, "space")
        await on.shows("Not this face: the face is blurred")


async def test_faces_go_with_photos_on_a_phone() -> None:
    async with dialog((40, 15)) as on:
        rows = await on.evening.app.service.ask(ListFaces())
        await on.type("Zoe")
        await on.press("enter", "space", "f2")
        await on.shows(">[ ] GOOD")
        await on.press("space")
        await on.shows(">[x] GOOD")
        await on.press("enter")
        await on.shows("Done in")
        assert verbs(on) == [enrolled_by(on, "Zoe", 11), EnrollFace(name="Zoe", face=rows[0]["face_id"])]


async def test_a_face_that_the_agent_refuses_is_a_sentence() -> None:
    async with dialog() as on:
        on.line.refuses[EnrollFace] = VenueError("That face cannot be a reference", "it is gone", "Choose another")
        await on.press("f2")
        await on.shows("[ ] GOOD")
        await on.press("space", "enter")
        await on.shows("Type a name")
        await on.type("Zoe")
        await on.press("enter")
        await on.shows("That face cannot be a reference: it is gone")
