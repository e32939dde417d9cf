"""Enrolling by keyboard, by mouse and on a phone: what is asked, and what is said about it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from monitor_pilot import Stage, stage
from monitor_records import latest_face, picture
from monitor_scenes import enrolled, incoming, scene
from scripted_service import ScriptedService

from agent.errors import VenueError
from agent.service_people import ReferencePreview, ReferenceVerdict
from tui.screens.enroll import Enroll
from tui.screens.enroll_asking import by_photos
from tui.screens.enroll_words import draw_result


@asynccontextmanager
async def dialog(folder: Path, size: tuple[int, int] = (80, 24), state: str = "live") -> AsyncIterator[Stage]:
    document = scene(state)
    document["folders"][0]["path"] = str(incoming(folder))
    service = ScriptedService(document)
    service.enroll_result = enrolled()
    async with stage(state, size, service=service) as on:
        await on.press("e")
        await on.shows("IMG_2011.jpg")
        yield on


def path(folder: Path, number: int) -> str:
    return str(folder / "Incoming" / ("Lena" if number % 2 else "Ravi") / f"IMG_20{number}.jpg")


async def test_a_name_two_photos_and_the_result(tmp_path: Path) -> None:
    async with dialog(tmp_path) as on:
        await on.type("Zoe Park")
        await on.shows("new person")
        await on.press("enter", "space", "down", "down", "space")
        await on.shows("2 chosen", "> [x] IMG_2013.jpg")
        await on.press("enter")
        await on.shows(
            "2 of 4 good enough", "[x] IMG_2011.jpg", "GOOD", "[ ] IMG_2017.jpg", "TOO SMALL  38 pixels",
            "3 FACES  it has to be one",
            "Done in 1.8 s: People/Linnea Berg made here, on Drive at once.", "37 earlier photos matched.",
        )  # fmt: skip
        assert on.service.asked == [("enroll", "Zoe Park", [path(tmp_path, 11), path(tmp_path, 13)], None)]
        await on.press("enter")
        await on.until(lambda: not isinstance(on.app.screen, Enroll))


async def test_everything_on_a_phone_by_enter_alone(tmp_path: Path) -> None:
    async with dialog(tmp_path, (40, 15)) as on:
        await on.type("Zoe")
        await on.press("enter")
        await on.type("2014")
        await on.press("enter", "enter")
        await on.until(lambda: on.service.asked == [("enroll", "Zoe", [path(tmp_path, 14)], None)])
        await on.shows("Done in 1.8 s: People/Linnea Berg", "37 earlier photos matched.", "e Next guest")


async def test_known_names_complete(tmp_path: Path) -> None:
    async with dialog(tmp_path) as on:
        await on.type("lin")
        await on.press("right")
        await on.shows("Linnea Berg", "known already")
        await on.press("tab", "space", "enter")
        await on.until(lambda: bool(on.service.asked))
        assert on.service.asked[0][1] == "Linnea Berg"


async def test_a_pattern_takes_all_it_means(tmp_path: Path) -> None:
    async with dialog(tmp_path) as on:
        await on.type("Zoe")
        await on.press("enter")
        await on.type("Lena/*")
        await on.shows("IMG_2029.jpg") if on.app.size.height > 30 else await on.shows("IMG_2011.jpg")
        await on.until(lambda: len(on.app.screen._choice.offered) == 10)  # type: ignore[attr-defined]
        await on.press("enter")
        await on.shows("10 chosen")


async def test_a_path_goes_into_folders(tmp_path: Path) -> None:
    async with dialog(tmp_path) as on:
        await on.press("tab")
        await on.type("./L")
        await on.shows("Lena/", "tab completes")
        await on.press("tab")
        await on.shows("./Lena/", "IMG_2013.jpg")
        await on.press("down", "enter")
        await on.shows("Type a name")


async def test_what_is_missing_is_said_and_nothing_is_asked(tmp_path: Path) -> None:
    async with dialog(tmp_path) as on:
        await on.press("enter")
        await on.shows("Type a name: as it is to be shown")
        await on.type("Zoe")
        await on.press("enter", "enter")
        await on.shows("Choose a photo: space or enter takes the marked one")
        await on.type("nothing-like-it")
        await on.press("enter")
        await on.shows("Nothing here is called so: nothing-like-it")
        assert on.service.asked == []


async def test_clicks_take_photos_and_enroll(tmp_path: Path) -> None:
    async with dialog(tmp_path) as on:
        await on.type("Zoe")
        await on.click("IMG_2012.jpg")
        await on.shows("> [x] IMG_2012.jpg", "1 chosen")
        await on.click("enter Enroll")
        await on.until(lambda: on.service.asked == [("enroll", "Zoe", [path(tmp_path, 12)], None)])


async def test_an_error_is_a_sentence_and_can_be_mended(tmp_path: Path) -> None:
    async with dialog(tmp_path) as on:
        on.service.refusals["enroll"] = VenueError(
            "No usable face", "IMG_2011.jpg shows 3 faces", "Choose a photo with only this person"
        )
        await on.type("Zoe")
        await on.press("enter", "space", "enter")
        await on.shows("No usable face: IMG_2011.jpg shows 3 faces.", "only this person")
        on.service.refusals.clear()
        await on.press("enter")
        await on.shows("Done in 1.8 s")


async def test_the_next_guest_starts_empty(tmp_path: Path) -> None:
    async with dialog(tmp_path) as on:
        await on.type("Zoe")
        await on.press("enter", "space", "enter")
        await on.shows("Done in 1.8 s")
        await on.press("e")
        await on.shows("none chosen", "IMG_2011.jpg")
        assert "Zoe" not in on.screen


async def test_closed_meanwhile_the_answer_stands_above_the_keys(tmp_path: Path) -> None:
    async with dialog(tmp_path) as on:
        on.service.enroll_gate = asyncio.Event()
        await on.type("Zoe")
        await on.press("enter", "space", "enter")
        await on.shows("Looking: at 1 photo of Zoe")
        await on.press("enter")  # not asked twice
        await on.press("escape")
        on.service.enroll_gate.set()
        await on.shows("Linnea Berg is enrolled: 37 earlier photos matched")
        assert len(on.service.asked) == 1


async def test_terminal_codes_cannot_be_typed_or_pasted(tmp_path: Path) -> None:
    (tmp_path / "Incoming").mkdir(parents=True)
    (tmp_path / "Incoming" / "a\x1b]0;owned\x07.jpg").write_bytes(b"")
    async with dialog(tmp_path) as on:
        on.app.screen._field("name").value = "Zoe\x1b[31m\x07"  # type: ignore[attr-defined]
        await on.press("tab")
        await on.shows("Zoe?[31m?")
        await on.type("owned")
        await on.shows("a?]0;owned?.jpg")
        assert "\x1b" not in on.screen


async def test_keys_of_the_screen_beneath_do_nothing_while_it_is_open(tmp_path: Path) -> None:
    async with dialog(tmp_path) as on:
        await on.type("psxq?")
        assert on.service.asked == []
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


async def test_the_marked_photos_face_is_shown_with_its_verdict(tmp_path: Path) -> None:
    async with dialog(tmp_path) as on:
        offered = on.app.screen._choice.offered  # type: ignore[attr-defined]
        small = "the face is too small: 38 pixels wide, and 40 are needed"
        on.service.previews = {
            offered[0].path: preview(offered[0].path, "good", used=True),
            offered[1].path: preview(offered[1].path, small, used=False),
        }
        await on.press("tab", "down")
        await on.shows("TOO SMALL", "38 pixels wide")
        await on.until(lambda: any(row.count("▀") >= 14 for row in on.rows))
        await on.press("up")
        await on.shows("GOOD")
        assert "TOO SMALL" in next(row for row in on.rows if offered[1].name in row)


def preview(path: str, verdict: str, *, used: bool) -> ReferencePreview:
    told: ReferenceVerdict = {"photo": Path(path).name, "used": used, "faces": 1, "verdict": verdict}
    return {"path": path, "verdict": told, "picture": base64.b64encode(picture()).decode()}


async def test_a_face_of_the_latest_photos_is_chosen_as_a_picture(tmp_path: Path) -> None:
    async with dialog(tmp_path) as on:
        on.service.face_rows = [latest_face(1, name="Mia Lindqvist"), latest_face(2), latest_face(3, "blurred")]
        on.service.pictures = {f"face{number}": picture() for number in range(1, 4)}
        await on.type("Zoe")
        await on.press("enter", "tab")
        await on.shows("DSC_4001.jpg 22:12, Mia Lindqvist", "[ ] GOOD", "[ ] BLURRED", "f2 Photos")
        await on.until(lambda: any(row.count("▀") >= 42 for row in on.rows))
        await on.press("right", "space")
        await on.shows(">[x] GOOD", "1 chosen")
        await on.press("right", "space")
        await on.shows("Not this face: blurred")
        await on.press("enter")
        await on.shows("1 of 1 good enough", "[x] DSC_4002.jpg", "Done in 0.2 s", "3 earlier photos matched.")
        assert on.service.asked == [("enroll_face", "Zoe", "face2", None)]


async def test_faces_are_rows_of_text_on_a_phone_and_go_with_photos(tmp_path: Path) -> None:
    async with dialog(tmp_path, (40, 15)) as on:
        on.service.face_rows = [latest_face(1, name="Mia Lindqvist"), latest_face(2)]
        await on.type("Zoe")
        await on.press("enter", "space", "f2")
        await on.shows(">[ ] GOOD        Mia Lindqvist")
        await on.click("DSC_4002.jpg")
        await on.shows(">[x] GOOD        DSC_4002.jpg")
        await on.press("enter")
        await on.shows("Done in")
        assert [asked[:3] for asked in on.service.asked] == [
            ("enroll", "Zoe", [path(tmp_path, 11)]), ("enroll_face", "Zoe", "face2"),
        ]  # fmt: skip


async def test_a_face_that_the_agent_refuses_is_a_sentence(tmp_path: Path) -> None:
    async with dialog(tmp_path) as on:
        on.service.face_rows = [latest_face(1)]
        on.service.refusals["enroll_face"] = VenueError(
            "That face cannot be a reference", "it is gone", "Choose another"
        )
        await on.press("f2", "space", "enter")
        await on.shows("Type a name")
        await on.type("Zoe")
        await on.press("enter")
        await on.shows("That face cannot be a reference: it is gone")
