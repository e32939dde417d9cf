"""On a photo's page: a key means what stood there when it was typed, and that photo."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from monitor_pilot import Stage
from packets import click_on, decided, send
from test_tui_photo import photo
from test_tui_photo_faces import faces

from agent.errors import VenueError
from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT, PhotoState
from agent.requests.people import EnrollFace, Undo
from agent.requests.photos import ApprovePhotos, FilePhotosAs, GetPhoto, PhotoDetails, WithdrawPhotos
from tui.screens.photo import Photo
from tui.widgets.photo import company_of


def wait_for_a_yes(db: Db, photo: int) -> None:
    db.execute("UPDATE event_photo SET state = ? WHERE id = ?", (PhotoState.HELD, photo))


def shown(on: Stage) -> PhotoDetails:
    page = on.app.screen
    assert isinstance(page, Photo)
    assert page._details is not None
    return page._details


async def test_y_that_was_typed_to_copy_its_path_approves_nothing(unseen: float) -> None:
    """It was filed and sent, where its approval was taken back elsewhere in the very step in which `y` was typed."""
    async with photo("4467", state="small") as on:
        number = await on.photo("DSC_4467.jpg")
        await on.shows("DSC_4467.jpg")
        await on.evening.write(wait_for_a_yes, number)
        while shown(on)["state"] != PhotoState.HELD:
            await asyncio.sleep(0)
        send(on, "y")
        await on.shows("This is another one", "y Approve")
        assert decided(on) == []
        await asyncio.sleep(unseen)
        await on.press("y")
        await on.until(lambda: decided(on) == [ApprovePhotos(ids=[number])])


@pytest.mark.usefixtures("unseen")
async def test_f_files_no_other_way_round_than_was_seen() -> None:
    async with photo("4467", state="small") as on:
        number = await on.photo("DSC_4467.jpg")
        await on.shows("Anna Berg/Solo")
        before = company_of(shown(on))
        await on.line.agent.ask(FilePhotosAs(ids=[number], company="group"))
        while company_of(shown(on)) == before:
            await asyncio.sleep(0)
        send(on, "f")
        await on.shows("This is another one", "Anna Berg/Group")
        assert decided(on) == []


@pytest.mark.usefixtures("unseen")
@pytest.mark.parametrize("key", ["n", "e"])
async def test_a_face_that_becomes_somebody_elses_is_not_denied_to_them_nor_made_their_reference(key: str) -> None:
    async with photo("4462", state="small") as on:
        await on.press("2")
        await on.shows("> 2  Tom Becker")
        face = (await faces(on, "DSC_4462.jpg"))[1]["face_id"]
        named = EnrollFace(name="Mia Lindqvist", face=face, reference=False, event=DEFAULT_EVENT)
        await on.line.agent.ask(named)
        while shown(on)["each_face"][1]["name"] == "Tom Becker":
            await asyncio.sleep(0)
        send(on, key)
        await on.shows("This is another one", "> 2  Mia Lindqvist")
        assert decided(on) == []


@pytest.mark.usefixtures("unseen")
async def test_ones_own_f_is_turned_round_at_once() -> None:
    """It was refused, as if somebody else had filed it so."""
    async with photo("4467", state="small") as on:
        number = await on.photo("DSC_4467.jpg")
        await on.shows("Anna Berg/Solo")
        send(on, "f")
        await on.shows("Filed as a group", "Anna Berg/Group")
        await asyncio.sleep(0.2)  # no key that is held
        send(on, "f")
        await on.shows("Filed as a portrait", "Anna Berg/Solo")
        assert decided(on) == [FilePhotosAs(ids=[number], company=one) for one in ("group", "solo")]


@pytest.mark.usefixtures("unseen")
async def test_who_has_just_been_named_here_is_enrolled_by_that_face() -> None:
    """`e` was refused, as if somebody else had named it; in one packet with the name it asked for one anew."""
    async with photo("4462", state="small") as on:
        await on.press("2")
        await on.shows("> 2  Tom Becker")
        face = (await faces(on, "DSC_4462.jpg"))[1]["face_id"]
        known, enrolled = (EnrollFace(name="Zoe", face=face, reference=by, event=DEFAULT_EVENT) for by in (False, True))
        send(on, "\rZoe\r")
        await on.shows("> 2  Zoe")
        send(on, "e")
        await on.until(lambda: decided(on) == [known, enrolled])
        on.line.asked.clear()
        send(on, "\rUma\re")
        await on.until(lambda: len(decided(on)) == 2)
        assert [one.name for one in decided(on) if isinstance(one, EnrollFace)] == ["Uma", "Uma"]


@pytest.mark.usefixtures("unseen")
async def test_what_was_taken_back_here_is_decided_again_at_once() -> None:
    async with photo("4467", state="small") as on:
        number = await on.photo("DSC_4467.jpg")
        await on.shows("Anna Berg/Solo")
        send(on, "fzf")
        filed = FilePhotosAs(ids=[number], company="group")
        await on.until(lambda: decided(on) == [filed, Undo(), filed])


def slowly(on: Stage, seconds: float = 0.5) -> None:
    """What is known of a photo takes its time."""
    on.line.holds[GetPhoto] = gate = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, gate.set)


@pytest.mark.parametrize("key", ["l", "o", "y"])
async def test_keys_behind_another_photo_are_about_that_one(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`l` copied the address of the photo that stood there still, `o` opened its folder."""
    monkeypatch.setenv("SSH_CONNECTION", "1")
    async with photo("446", state="small") as on:
        await on.shows("DSC_4467.jpg", "Anna Berg/Solo")
        number, copied = await on.photo("DSC_4466.jpg"), list[str]()
        monkeypatch.setattr(on.app, "copy_to_clipboard", copied.append)
        known = await on.line.agent.ask(GetPhoto(id=number))
        slowly(on)
        await on.press("right")
        send(on, key)
        await on.shows("DSC_4466.jpg")
        await on.until(lambda: bool(copied))
        place: dict[str, Any] = known["placements"][0]
        wanted = {
            "l": f"https://drive.google.com/file/d/{place['drive_id']}/view",
            "o": str(place["path"]).rpartition("/")[0],
            "y": place["path"],
        }
        assert copied == [wanted[key]]
        assert decided(on) == []


async def test_y_behind_an_arrow_approves_only_where_it_did_so_before() -> None:
    """Typed to copy the path of the next photo, it approved that one, which waited for a yes, unseen."""
    async with photo("446", state="small") as on:
        await on.shows("DSC_4467.jpg", "Anna Berg/Solo")
        first, second = [await on.photo(f"DSC_{number}.jpg") for number in (4466, 4465)]
        for one in (first, second):
            await on.evening.write(wait_for_a_yes, one)
        slowly(on)
        await on.press("right")
        send(on, "y")
        await on.shows("DSC_4466.jpg", "Its file", "y Approve")
        assert decided(on) == []
        await asyncio.sleep(1)
        await on.press("y")
        await on.shows("Approved DSC_4466.jpg")
        slowly(on)
        await on.press("right")
        send(on, "y")
        await on.shows("Approved DSC_4465.jpg")
        assert decided(on) == [ApprovePhotos(ids=[first]), ApprovePhotos(ids=[second])]


async def test_a_click_that_waits_for_a_photo_is_about_that_one_wherever_keys_go_meanwhile() -> None:
    """The one that a key went on to was withdrawn instead."""
    async with photo("446", (160, 40), state="small") as on:
        await on.shows("DSC_4467.jpg", "w Withdraw")
        number = await on.photo("DSC_4466.jpg")
        on.line.holds[GetPhoto] = gate = asyncio.Event()
        await on.press("right")
        send(on, click_on(on, "w Withdraw"))
        await asyncio.sleep(0.2)
        send(on, "\x1b[C")
        page = on.app.screen
        assert isinstance(page, Photo)
        while page.place[0] != "4":
            await asyncio.sleep(0)
        gate.set()
        await on.shows("DSC_4465.jpg", "Withdrawn: out of every folder")
        assert decided(on) == [WithdrawPhotos(ids=[number])]


@pytest.mark.parametrize("keys", ["l", "o", "y", "f", "1", "\t", "\r", "n", "i", "Mwp\r"])
async def test_a_photo_that_the_agent_did_not_tell_of_is_not_told_about(keys: str) -> None:
    """*It is not on Drive yet*, it was said of it, *there is no folder yet*, *no face in it*; or nothing at all, and
    the letters behind `M` were verbs.
    """
    async with photo("446", state="small") as on:
        await on.shows("DSC_4467.jpg")
        on.line.refuses[GetPhoto] = VenueError("The agent does not answer", "the line broke", "Start it")
        await on.press("right")
        await on.shows("The agent does not answer")
        send(on, keys)
        await on.shows("The agent does not answer: the line broke")
        await asyncio.sleep(0.2)
        await on.shows("The agent does not answer: the line broke")
        assert decided(on) == []


@pytest.mark.parametrize("key", ["l", "n", "2", "M"])
async def test_whoever_leaves_waits_for_no_photo_that_does_not_come(key: str) -> None:
    """A key that waits for what is known of it held up `q` and ctrl+c for a minute."""
    async with photo("446", state="small") as on:
        await on.shows("DSC_4467.jpg")
        on.line.holds[GetPhoto] = asyncio.Event()
        send(on, "\x1b[C", key)
        await asyncio.sleep(0.3)
        send(on, "q")
        await on.until(lambda: not on.app.is_running)


async def test_a_photo_that_does_not_come_holds_up_no_click() -> None:
    """Behind `l`, which waits for its address, the page stood as it was, `esc Back` clicked or not."""
    async with photo("446", state="small") as on:
        await on.shows("DSC_4467.jpg", "esc Back")
        on.line.holds[GetPhoto] = asyncio.Event()
        send(on, "\x1b[C", "l")
        await asyncio.sleep(0.3)
        send(on, click_on(on, "esc Back"))
        await on.until(lambda: not isinstance(on.app.screen, Photo))


async def test_what_is_withdrawn_is_so_though_its_page_goes_before_it_is_known() -> None:
    async with photo("446", state="small") as on:
        await on.shows("DSC_4467.jpg", "esc Back")
        number = await on.photo("DSC_4466.jpg")
        on.line.holds[GetPhoto] = asyncio.Event()
        send(on, "\x1b[C", "w")
        await asyncio.sleep(0.3)
        send(on, click_on(on, "esc Back"))
        await on.shows("Withdrawn: out of every folder")
        assert decided(on) == [WithdrawPhotos(ids=[number])]


async def test_a_photo_asks_nothing_over_what_was_gone_to_meanwhile() -> None:
    async with photo("446", state="small") as on:
        await on.shows("DSC_4467.jpg")
        on.line.holds[GetPhoto] = gate = asyncio.Event()
        send(on, "\x1b[C", "M")
        await asyncio.sleep(0.3)
        send(on, click_on(on, "Errors"))
        await on.shows("Needs you")
        gate.set()
        await on.pilot.pause(0.3)
        assert type(on.app.screen).__name__ == "Errors"
