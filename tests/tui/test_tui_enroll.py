"""Enrolling by keyboard, by mouse and on a phone: what is asked, and what is said about it."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import portraits
import pytest
from evening import make
from monitor_pilot import Stage, stage, unheard
from monitor_scenes import enrolled, scene
from packets import send, typed
from prepared import template
from textual.events import Paste
from textual.widgets import Input

from agent.errors import VenueError
from agent.requests.ask import Command
from agent.requests.faces import LatestFace, ListFaces
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
    return EnrollPerson(name=name, photos=[path(on, number) for number in numbers], event="default")


async def strangers(on: Stage) -> list[tuple[int, LatestFace]]:
    """Faces that somebody can be enrolled by, of nobody who is known, and where they stand."""
    known = [one.name for one in on.evening.roster.people() if not one.guest]
    rows = await on.evening.app.service.ask(ListFaces(event="default"))
    return [(at, row) for at, row in enumerate(rows) if row["verdict"]["used"] and row["name"] not in known]


@pytest.mark.slow
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


async def test_opened_before_the_agents_first_word_it_knows_who_is_known_and_what_has_arrived() -> None:
    """It is asked for a moment after the monitor stands: everybody was a new person, and no photo had arrived."""
    async with unheard("small") as (on, word):
        await on.press("e")
        await on.type("Linnea Berg")
        await on.shows("Linnea Berg", "Looking for photos.")
        word.set()
        await on.shows("known already", "More pictures of Linnea Berg", ".jpg")


@pytest.mark.slow
async def test_a_long_list_of_paths_is_taken_whole() -> None:
    """Photos dropped together with the text that an editor keeps beside one: no path is that long, and it was one."""
    async with dialog() as on:
        await on.press("tab")
        paths = [f"/cards/one/DCIM/100CANON/a-long-name-of-a-folder/IMG_{n}.CR3" for n in range(90)]
        on.app.post_message(Paste(" ".join([*paths, "/cards/one/DCIM/100CANON/IMG_1.xmp"])))
        await on.until(lambda: any(len(one.value) > 5000 for one in on.app.screen.query(Input)))


@pytest.mark.slow
async def test_everything_on_a_phone_by_enter_alone() -> None:
    async with dialog((40, 15)) as on:
        await on.type("Zoe")
        await on.press("enter")
        await on.type("2014")
        await on.press("enter", "enter")
        await on.until(lambda: verbs(on) == [enrolled_by(on, "Zoe", 14)])
        await on.shows("Done in ", "3 earlier photos matched.", "e Next guest")


@pytest.mark.slow
async def test_known_names_complete() -> None:
    async with dialog() as on:
        await on.type("lin")
        await on.press("right")
        await on.shows("Linnea Berg", "known already", "More pictures of Linnea Berg")
        await on.press("tab", "space", "enter")
        await on.until(lambda: verbs(on) == [enrolled_by(on, "Linnea Berg", 11)])


@pytest.mark.slow
async def test_known_already_is_who_is_known() -> None:
    async with dialog() as on:
        await on.type("LINNEA berg")
        await on.shows("known already")
        await on.press("enter", "space", "enter")
        await on.until(lambda: verbs(on) == [enrolled_by(on, "LINNEA berg", 11)])
        await on.until(lambda: on.app.screen._done)  # type: ignore[attr-defined]
        assert [one.name for one in on.evening.roster.people() if one.name.casefold() == "linnea berg"] == [
            "Linnea Berg"
        ]


@pytest.mark.slow
async def test_a_pattern_takes_all_it_means() -> None:
    async with dialog() as on:
        await on.type("Zoe")
        await on.press("enter")
        await on.type("Lena/*")
        await on.shows("IMG_2029.jpg") if on.app.size.height > 30 else await on.shows("IMG_2011.jpg")
        await on.until(lambda: len(on.app.screen._choice.offered) == 10)  # type: ignore[attr-defined]
        await on.press("enter")
        await on.shows("10 chosen")


@pytest.mark.slow
async def test_a_path_goes_into_folders() -> None:
    async with dialog() as on:
        await on.press("tab")
        await on.type("./L")
        await on.shows("Lena/", "tab completes")
        await on.press("tab")
        await on.shows("./Lena/", "IMG_2013.jpg")
        await on.press("down", "enter")
        await on.shows("Type a name")


@pytest.mark.slow
async def test_tab_completes_where_that_is_said_and_does_nothing_else_there() -> None:
    """Once all was completed it went to the faces, and `enter` took the first of them for whoever was typed."""
    async with dialog() as on:
        await on.press("tab")
        await on.type("./Lena/img")
        await on.shows("IMG_2013.jpg", "tab completes", "tab Complete")
        await on.press("tab")
        await on.shows("./Lena/IMG_20", "IMG_2013.jpg")
        await on.until(lambda: "tab completes" not in on.screen and "tab Complete" not in on.screen)
        await on.press("tab")
        await on.shows("./Lena/IMG_20", "IMG_2013.jpg", " enter Use it   f2 Faces")


def verbs(on: Stage) -> list[Command[Any]]:
    """What was asked that changes anything."""
    return [one for one in on.line.asked if not isinstance(one, PreviewReferences)]


@pytest.mark.slow
async def test_what_is_missing_is_said_and_nothing_is_asked() -> None:
    async with dialog() as on:
        await on.press("enter")
        await on.shows("Type a name: as it is to be shown")
        await on.type("Zoe")
        await on.press("enter", "enter")
        await on.shows("Choose a photo: space takes the marked one")
        await on.type("nothing-like-it")
        await on.press("enter")
        await on.shows("Nothing here is called so: nothing-like-it")
        assert verbs(on) == []


@pytest.mark.slow
async def test_clicks_take_photos_and_enroll() -> None:
    async with dialog() as on:
        await on.type("Zoe")
        await on.click("IMG_2013.jpg")
        await on.shows("> [x] IMG_2013.jpg", "1 chosen")
        await on.click("enter Enroll")
        await on.until(lambda: verbs(on) == [enrolled_by(on, "Zoe", 13)])


@pytest.mark.slow
async def test_an_error_is_a_sentence_and_can_be_mended() -> None:
    async with dialog() as on:
        await on.type("Zoe")
        await on.press("enter", "down", "space", "enter")
        await on.shows("Zoe was not enrolled: IMG_2012.jpg: 3 faces were found in it")
        await on.press("up", "space", "enter")
        await on.shows("1 of 2 good enough", "Done in ")


@pytest.mark.slow
async def test_the_next_guest_starts_empty() -> None:
    async with dialog() as on:
        await on.type("Zoe")
        await on.press("enter", "space", "enter")
        await on.shows("Done in ")
        await on.press("e")
        await on.shows("none chosen", "IMG_2011.jpg")
        assert "Zoe" not in on.screen


@pytest.mark.slow
async def test_the_keys_say_what_they_do_there_and_then() -> None:
    async with dialog() as on:
        await on.shows(" tab Photos   f2 Faces")
        await on.type("lin")
        await on.shows(" enter Photos   tab Complete   f2 Faces")
        await on.press("enter")
        await on.shows(" space Use or not   f2 Faces")
        await on.press("space")
        await on.shows(" enter Enroll   space Use or not   f2 Faces")
        await on.type("2013")
        await on.shows(" enter Use it   f2 Faces")
        await on.press(*["backspace"] * 4)
        await on.type("./L")
        await on.shows(" enter Go into it   tab Complete   f2 Faces")
        await on.press(*["backspace"] * 3)
        await on.type("Lena/*")
        await on.shows(" enter Use 10   f2 Faces")
        await on.press("f2")
        await on.shows(" enter Use   f2 Photos")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["", "Zoe"])
async def test_photos_that_are_dropped_are_taken(name: str) -> None:
    """In every form that terminals paste them in, wherever the cursor stands."""
    async with dialog() as on:
        one, two = Path(path(on, 11)), on.evening.workspace.incoming / "Mia's [b] 1.jpg"
        two.write_bytes(one.read_bytes())
        await on.type(name)
        forms = [
            f"{shlex.quote(str(one))} {shlex.quote(str(two))}", f"{one.as_uri()}\r\n{two.as_uri()}\r\n",
            f"file://phone{one.as_uri()[7:]} {two.as_uri()}", f"{one} {two}", f"{one}\n{two}\n",
        ]  # fmt: skip
        for form in forms:
            on.app.post_message(Paste(form))
            await on.shows("2 chosen", "[x] Mia's [b] 1.jpg", "[x] IMG_2011.jpg")
            await on.press("escape", "e")
            await on.shows("none chosen", "IMG_2011.jpg")
        on.app.post_message(Paste("/Users/lena/1.jpg"))
        await on.shows("There is no such photo on this machine: /Users/lena/1.jpg", "none chosen")
        on.app.post_message(Paste(str(one)))
        await on.shows("1 chosen")
        assert "no such photo" not in on.screen, "of another one, said beside the one that is taken"


@pytest.mark.slow
async def test_the_next_guest_while_the_agent_looks() -> None:
    """All of two guests in one packet: the second one's name is typed into the dialog that `e` opens."""
    async with dialog() as on:
        gate = on.line.holds[EnrollPerson] = asyncio.Event()
        send(on, "Zoe\r \reTom")
        await on.until(lambda: isinstance(on.app.screen, Enroll) and typed(on) == ["Tom", ""])
        assert verbs(on) == [enrolled_by(on, "Zoe", 11)]
        await on.press("escape")
        gate.set()
        await on.shows("Zoe is enrolled: ")


@pytest.mark.slow
async def test_a_second_guest_is_asked_for_behind_the_first_one() -> None:
    """`Looking` stood there for good, and nobody was asked for."""
    async with dialog() as on:
        gate = on.line.holds[EnrollPerson] = asyncio.Event()
        await on.type("Zoe")
        await on.press("enter", "space", "enter")
        await on.shows("Looking: at 1 photo of Zoe")
        await on.press("e")
        await on.shows("none chosen", "IMG_2012.jpg")
        await on.type("Tom")
        await on.press("enter", "down", "space", "enter")
        await on.shows("Looking: at 1 photo of Tom")
        gate.set()
        await on.until(lambda: verbs(on) == [enrolled_by(on, "Zoe", 11), enrolled_by(on, "Tom", 12)], 20)
        await on.shows("Tom was not enrolled: IMG_2012.jpg: 3 faces were found in it")


@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (40, 15)])
async def test_what_becomes_of_two_guests_is_said_once_the_third_ones_dialog_is_closed(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was said beneath that dialog, and had gone by then: nobody heard that the first one is not enrolled."""
    for name in ("SECONDS", "SECONDS_BAD"):
        monkeypatch.setattr(f"tui.widgets.notice.{name}", 1.0)
    async with dialog(size) as on:
        gate = on.line.holds[EnrollPerson] = asyncio.Event()
        await on.type("Tom")
        await on.press("enter", "down", "space", "enter")
        await on.press("e")
        await on.shows("none chosen", "IMG_2011.jpg")
        await on.type("Zoe")
        await on.press("enter", "space", "enter")
        await on.press("e")
        await on.until(lambda: typed(on) == ["", ""])
        gate.set()
        await on.until(lambda: any(one.name == "Zoe" for one in on.evening.roster.people()), 20)
        await on.until(lambda: not on.app.verbs.is_at("enroll"))
        await on.pilot.pause(1.5)
        await on.press("escape")
        await on.shows("Tom was not enrolled: IMG_2012.jpg: 3")
        await on.shows("Zoe is enrolled: 3 earlier")
        await on.until(lambda: "Zoe is enrolled" not in on.screen)


@pytest.mark.slow
async def test_closed_meanwhile_the_answer_stands_above_the_keys() -> None:
    async with dialog() as on:
        gate = on.line.holds[EnrollPerson] = asyncio.Event()
        await on.type("Zoe")
        await on.press("enter", "space", "enter")
        await on.shows("Looking: at 1 photo of Zoe")
        await on.press("enter", "x")  # not asked twice, and nothing is typed
        await on.press("escape")
        gate.set()
        await on.shows("Zoe is enrolled: 3 earlier photos matched")
        assert len(verbs(on)) == 1


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
async def test_the_marked_photos_face_is_shown_with_its_verdict() -> None:
    async with dialog() as on:
        await on.press("tab", "down", "down", "down", "down")
        await on.shows("TOO SMALL", "pixels wide")
        await on.until(lambda: any(row.count("▀") >= 14 for row in on.rows))
        await on.press("up")
        await on.shows("GOOD")
        assert "TOO SMALL" in next(row for row in on.rows if "IMG_2015.jpg" in row)


@pytest.mark.slow
async def test_a_face_of_the_latest_photos_is_chosen_as_a_picture() -> None:
    async with dialog() as on:
        at, face = (await strangers(on))[0]
        await on.type("Zoe")
        await on.press("enter", "tab")
        await on.shows("DSC_4471.jpg 22:14, Mia Lindqvist", ">[ ] Mia", "[ ] BLURRED", "f2 Photos")
        await on.until(lambda: any(row.count("▀") >= 42 for row in on.rows))
        await on.press(*["right"] * at)
        await on.shows(face["verdict"]["photo"], ">[ ] GOOD")
        await on.press("space")
        await on.shows(">[x] GOOD", "1 chosen")
        await on.press("enter")
        await on.shows("1 of 1 good enough", f"[x] {face['verdict']['photo']}", "Done in ")
        assert verbs(on) == [EnrollFace(name="Zoe", face=face["face_id"], event="default")]


@pytest.mark.slow
async def test_who_is_known_is_offered_only_as_themselves() -> None:
    """By their face nobody else is enrolled, and without a name it is theirs."""
    async with dialog() as on:
        await on.press("f2")
        await on.shows(">[ ] Mia")
        await on.press("space", "enter")
        await on.shows("This is Mia Lindqvist: enter gives them one more picture", "More pictures of Mia Lindqvist")
        await on.press("tab")
        await on.press(*["backspace"] * 20)
        await on.type("Zoe")
        await on.press("f2", "enter")
        await on.shows("This is not Zoe: DSC_4471.jpg shows Mia Lindqvist")
        assert verbs(on) == []


@pytest.mark.slow
async def test_a_face_that_cannot_be_a_reference_says_why() -> None:
    async with dialog() as on:
        rows = await on.evening.app.service.ask(ListFaces())
        blurred = next(n for n, row in enumerate(rows) if row["verdict"]["verdict"] == "the face is blurred")
        await on.press("f2")
        await on.shows("f2 Photos")
        await on.press(*["right"] * blurred, "space")
        await on.shows("Not this face: the face is blurred")


@pytest.mark.slow
async def test_faces_go_with_photos_on_a_phone() -> None:
    async with dialog((40, 15)) as on:
        at, face = (await strangers(on))[0]
        await on.type("Zoe")
        await on.press("enter", "space", "f2", *["down"] * at)
        await on.shows(">[ ] GOOD")
        await on.press("space")
        await on.shows(">[x] GOOD")
        await on.press("enter")
        await on.shows("Done in")
        assert verbs(on) == [enrolled_by(on, "Zoe", 11), EnrollFace(name="Zoe", face=face["face_id"], event="default")]


@pytest.mark.slow
async def test_a_face_that_the_agent_refuses_is_a_sentence() -> None:
    async with dialog() as on:
        on.line.refuses[EnrollFace] = VenueError("That face cannot be a reference", "it is gone", "Choose another")
        at, _ = (await strangers(on))[0]
        await on.press("f2", *["right"] * at)
        await on.shows(">[ ] GOOD")
        await on.press("space", "enter")
        await on.shows("Type a name")
        await on.type("Zoe")
        await on.press("enter")
        await on.shows("That face cannot be a reference: it is gone")
