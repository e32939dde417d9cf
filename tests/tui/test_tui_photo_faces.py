"""What is not right about a photo, corrected where it is seen: faces marked by numbers, and each key of theirs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from monitor_pilot import Stage
from packets import send
from test_tui_photo import photo

from agent.model import DEFAULT_EVENT
from agent.requests.ask import Command
from agent.requests.faces import IgnoreUnknown, ListUnknown
from agent.requests.people import DenyPerson, EnrollFace
from agent.requests.photos import FilePhotosAs, GetPhoto, MovePhotos, PhotoFace
from tui.keys.typeahead import HELD
from tui.pictures.picture import Picture
from tui.screens.enroll import Enroll
from tui.screens.photo import Photo
from tui.widgets.dialogs import Prompt

SIZES = [(40, 15), (80, 24), (120, 36)]


async def faces(on: Stage, name: str) -> list[PhotoFace]:
    found = await on.evening.app.service.ask(GetPhoto(id=await on.photo(name)))
    return found["each_face"]


@pytest.mark.parametrize("size", SIZES)
async def test_a_digit_marks_a_face_in_the_list_and_in_the_picture(size: tuple[int, int]) -> None:
    async with photo("4462", size) as on:
        await on.shows(
            "  1  Jonas Lindqvist", "  2  Tom Becker", "  3  Anna Berg?", f"number {await on.photo('DSC_4462.jpg')}"
        )
        await on.shows("1-9 Face")
        await on.press("2")
        await on.shows("> 2  Tom Becker", "enter Name")
        if size[0] >= 80:
            await on.until(lambda: "▀>2▀" in on.screen or "1>2▀" in on.screen)
            await on.shows("n Wrong", "e Enroll", "i Ignore")
        await on.press("3")
        await on.shows("> 3  Anna Berg?", "  2  Tom Becker")


async def test_tab_goes_from_face_to_face_and_another_photo_has_none_marked() -> None:
    async with photo("446") as on:
        await on.shows("2 of 11")
        for way, marked in (("tab", 1), ("shift+tab", len(await faces(on, "DSC_4467.jpg")))):
            await on.press(way)
            await on.shows(f"> {marked}  ")
        await on.press("right")
        await on.shows("DSC_4466.jpg", "1-9 Face")
        assert not any(">" in row[:45] for row in on.rows[4:20]), on.screen


@pytest.mark.slow
async def test_digits_are_faces_here_and_the_tabs_do_not_say_otherwise() -> None:
    async with photo("4462") as on:
        await on.shows("[Venue]", "    People  ")
        await on.press("6")
        await on.shows("No face 6: it has 3; esc goes back to where 6 is Activity")
        await on.press("9")
        await on.shows("No face 9: it has 3")
        assert isinstance(on.app.screen, Photo)
        await on.click("No face 9")
        await on.click("Activity")
        await on.shows("[6 Activity]")


@pytest.mark.slow
@pytest.mark.parametrize("key", ["enter", "n", "i"])
async def test_a_key_of_a_face_says_what_to_do_where_none_is_marked(key: str) -> None:
    async with photo("4462") as on:
        await on.shows("Tom Becker")
        await on.press(key)
        await on.shows("No face is marked: press its number first; tab goes from face to face")
    async with photo("4402") as on:
        await on.shows("it could not be looked at")
        await on.press("1", key)
        await on.shows("There is no face in it")
        assert on.line.asked == []


@pytest.mark.slow
async def test_without_a_mark_e_enrolls_as_everywhere() -> None:
    async with photo("4462") as on:
        await on.shows("Tom Becker")
        await on.press("e")
        await on.until(lambda: isinstance(on.app.screen, Enroll))


Wanted = Callable[[int, list[PhotoFace]], Command[Any]]


def deny(photo: int, faces: list[PhotoFace]) -> Command[Any]:
    tom = faces[1]
    return DenyPerson(person=str(tom["person"]), photos=[photo], faces=[tom["face_id"]], event=DEFAULT_EVENT)


def enroll(photo: int, faces: list[PhotoFace]) -> Command[Any]:
    return EnrollFace(name="Tom Becker", face=faces[1]["face_id"], event=DEFAULT_EVENT)


def named(name: str, number: int) -> Wanted:
    return lambda _, faces: EnrollFace(
        name=name, face=faces[number - 1]["face_id"], reference=False, event=DEFAULT_EVENT
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        ("2n", deny),
        ("2e", enroll),
        ("1\rmia lindqvist\r", named("mia lindqvist", 1)),
        ("2\rZoe\r", named("Zoe", 2)),
        ("3\r\r", named("Anna Berg", 3)),
    ],
    ids=["wrong", "reference", "known", "new", "asked"],
)
async def test_each_key_of_a_face_typed_at_once_asks_for_its_verb_and_is_undone(keys: str, wanted: Wanted) -> None:
    async with photo("4462", state="small") as on:
        number, before = await on.photo("DSC_4462.jpg"), await faces(on, "DSC_4462.jpg")
        send(on, keys)
        await on.until(lambda: on.line.asked == [wanted(number, before)])
        await on.shows("z undoes it")
        await on.press("z")
        await on.shows("Undone: ")
        assert await faces(on, "DSC_4462.jpg") == before


async def test_keys_behind_another_photo_wait_for_its_faces() -> None:
    """On a slow line: `right`, then a face of the one that comes, and not of the one that still stands there."""
    async with photo("446", state="small") as on:
        await on.shows("DSC_4467.jpg", "Anna Berg")
        gate = on.line.holds[GetPhoto] = asyncio.Event()
        asyncio.get_running_loop().call_later(0.3, gate.set)
        await on.press("right")
        send(on, "1n")
        first = (await faces(on, "DSC_4466.jpg"))[0]
        await on.until(lambda: len(on.line.asked) == 1)
        asked = on.line.asked[0]
        assert isinstance(asked, DenyPerson)
        assert (asked.photos, asked.faces) == ([await on.photo("DSC_4466.jpg")], [first["face_id"]])


@pytest.mark.slow
async def test_who_is_ignored_and_who_is_not_asked_about() -> None:
    async with photo("4462", state="small") as on:
        await on.shows("Tom Becker")
        await on.press("2", "i")
        await on.shows("Face 2 is named: n says that it is somebody else's")
        await on.press("3", "n")
        await on.shows("> 3  ", "z undoes it")
        await on.until(lambda: "Anna Berg?" not in on.screen)
        await asyncio.sleep(2 * HELD)
        await on.press("n")
        await on.shows("Nobody is named at face 3: enter names it")
        await on.press("i")
        await on.shows("Nobody asks about face 3: enter names it")
        row = next(row for row in await on.evening.app.service.ask(ListUnknown()) if row["name"] is None)
        on.app.pages.show_photo(row["photo_ids"], 0)
        number = row["photo_ids"][0]
        await on.shows(f"number {number}")
        shown = await on.evening.app.service.ask(GetPhoto(id=number))
        (at,) = [at for at, one in enumerate(shown["each_face"], 1) if one["unknown"] == row["id"]]
        on.line.asked.clear()
        await on.press(str(at), "i")
        await on.shows(f"Ignored face {at}: and those like it; no photo had to move; z undoes it")
        assert on.line.asked == [IgnoreUnknown(id=row["id"])]


@pytest.mark.slow
async def test_a_key_that_is_held_denies_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.keys.typeahead.HELD", 60.0)
    async with photo("4462", state="small") as on:
        send(on, "2" + "n" * 20)
        await on.shows("Face 2 is not Tom Becker: 1 photo moved")
        assert [type(one) for one in on.line.asked] == [DenyPerson]


@pytest.mark.slow
async def test_solo_or_group_and_another_event() -> None:
    async with photo("4467", state="small") as on:
        number = await on.photo("DSC_4467.jpg")
        await on.shows("Anna Berg/Solo")
        await on.press("f")
        await on.shows("Filed as a group: of everybody; z undoes it", "Anna Berg/Group")
        await on.press("z")
        await on.shows("Anna Berg/Solo")
        await on.press("M")
        await on.until(lambda: isinstance(on.app.screen, Prompt))
        await on.type("Nowhere")
        await on.press("enter")
        await on.shows("No event is called so.")
        await on.press("escape")
        other = next(one for one in on.app.state.events if one["id"] != DEFAULT_EVENT)
        await on.press("M", *("space" if c == " " else c for c in other["name"].lower()), "enter")
        await on.shows(f"Moved to {other['name']}")
        assert on.line.asked[0] == FilePhotosAs(ids=[number], company="group")
        assert on.line.asked[-1] == MovePhotos(ids=[number], event=other["id"])
        await on.press("z")
        await on.shows("Anna Berg/Solo")
    async with photo("4402", state="small") as on:
        await on.shows("it could not be looked at")
        await on.press("f")
        await on.shows("It is in nobody's folder: name a face first")


async def test_pixels_have_the_boxes_painted_and_only_the_mark_is_written_over_them() -> None:
    async with photo("4462", look="dark") as on:
        await on.shows("Tom Becker")
        kept = on.app.screen.query_one(Picture)
        sent: list[str] = []
        kept._write = sent.append  # type: ignore[method-assign]
        kept._kind, kept._made_for = "pixels", (None, kept.size, ())
        kept._make()
        await on.until(lambda: len(sent) == 1)
        await on.press("3")
        await on.shows("> 3  Anna Berg?")
        lines = [kept.render_line(y).text for y in range(kept.size.height)]
        assert [line.count(">3") for line in lines if ">" in line] == [1]
        assert len(sent) == 1, "the picture is sent once"
