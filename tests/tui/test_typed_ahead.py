"""What is typed faster than the screen follows: as bytes in one packet, or in two, cut at every point."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from monitor_pilot import Stage, screen, stage
from packets import BACK, DOWN, decided, send, typed

from agent.requests.faces import GetFacePicture, IgnoreUnknown, ListUnknown, NameUnknown
from agent.requests.people import Undo
from agent.requests.photos import GetThumbnail
from agent.requests.troubles import ListHeld
from tests.patience import PATIENCE, within
from tui.screens import enroll_photos
from tui.screens.enroll import Enroll
from tui.screens.enroll_photos import Found


async def in_enroll(on: Stage, name: str, photos: str) -> None:
    """Until both stand there."""
    try:
        await on.until(lambda: isinstance(on.app.screen, Enroll) and typed(on) == [name, photos], 20)  # 200 keys
    except TimeoutError:
        raise AssertionError(on.screen) from None


@pytest.mark.slow
@pytest.mark.parametrize("key", "123456")
async def test_the_line_to_find_by_takes_what_follows_it(key: str) -> None:
    """`p` pauses and `e` enrolls, where they are not typed into it."""
    async with stage("live") as on:
        send(on, f"{key}/penny")
        await on.until(lambda: "penny" in typed(on))
        assert decided(on) == []


@pytest.mark.slow
async def test_a_dialog_takes_its_letters_and_edits_them_in_order() -> None:
    async with stage("live") as on:
        send(on, f"eZoxx{BACK}{BACK}e Berg\tDSC")
        await in_enroll(on, "Zoe Berg", "DSC")
        assert decided(on) == []


@pytest.mark.slow
async def test_cut_at_every_point() -> None:
    text = f"eZoxx{BACK}{BACK}e\tDSC{BACK}"
    async with stage("live") as on:
        for at in range(1, len(text)):
            send(on, text[:at])
            await asyncio.sleep(0.03)
            send(on, text[at:])
            await in_enroll(on, "Zoe", "DS")
            await on.press("escape")
            await on.until(lambda: not isinstance(on.app.screen, Enroll))
        assert decided(on) == []


@pytest.mark.slow
async def test_esc_and_the_key_behind_it_are_two_however_they_come() -> None:
    async with screen("2", "> Mia Lindqvist", state="live") as on:
        for packets in (("\x1b4",), ("\x1b", "4"), ("?\x1b4",), ("\r\x1b4",), ("eZoe\x1b4",), ("/mi\x1b\x1b4",)):
            send(on, *packets)
            await on.shows("[4 Events]")
            assert type(on.app.screen).__name__ == "Events"
            await on.press("2")
            await on.shows("> Mia Lindqvist")
        assert decided(on) == []


@pytest.mark.slow
async def test_two_hundred_at_once() -> None:
    name = "Zoe " * 49
    async with stage("live") as on:
        send(on, f"e{name}\tDSC")
        await in_enroll(on, name, "DSC")


@pytest.mark.slow
async def test_a_group_is_named_by_one_packet() -> None:
    async with screen("3", "Who is this?", "> Guest 07", state="small") as on:
        guest = on.person("Guest 07")
        send(on, "\rPenny\r")
        await on.until(lambda: on.line.asked == [NameUnknown(id=guest, name="Penny")])


@pytest.mark.slow
async def test_keys_of_three_screens_in_one_packet() -> None:
    """Away and back: the mark is where the arrows put it, on the screen that they were meant for."""
    async with screen("2", state="live") as on:
        send(on, f"1{DOWN}2{DOWN}{DOWN}?\x1b[Z")
        await on.until(lambda: on.app.screen.__class__.__name__ == "Help")
        assert decided(on) == []


@pytest.mark.slow
async def test_what_follows_an_opening_key_waits_for_the_list() -> None:
    """Of a list that is still empty `enter` opened nothing, and the name was verbs: `P` paused everything."""
    async with stage("small") as on:
        guest = on.person("Guest 07")
        send(on, "3\rPenny p\r")
        await on.until(lambda: bool(on.line.asked))
        assert on.line.asked == [NameUnknown(id=guest, name="Penny p")]


@pytest.mark.slow
async def test_keys_wait_for_a_screen_that_fills_slowly() -> None:
    """An agent that is asked by many answers late: what was typed ahead is still no verb."""
    async with stage("small") as on:
        guest = on.person("Guest 07")
        on.line.holds[ListUnknown] = held = asyncio.Event()
        send(on, "3\rPenny p\r")
        await asyncio.sleep(3)
        held.set()
        await on.until(lambda: bool(on.line.asked))
        assert on.line.asked == [NameUnknown(id=guest, name="Penny p")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("opens", "shown", "pictures"),
    [
        ("2\r", "Person", GetFacePicture),  # those they are known by
        ("2\r\r", "Photo", GetThumbnail),
        ("3 ", "Look", GetFacePicture),
    ],
)
async def test_no_key_waits_for_a_picture(opens: str, shown: str, pictures: type[Any]) -> None:
    """An agent with much to do gives pictures late; whoever has seen enough is back at once."""
    async with stage("live") as on:
        on.line.holds[pictures] = asyncio.Event()
        send(on, opens)
        await on.until(lambda: type(on.app.screen).__name__ == shown)
        await on.press("escape")
        await on.until(lambda: type(on.app.screen).__name__ != shown)


@pytest.mark.slow
async def test_what_was_typed_ahead_for_a_screen_that_does_not_come_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.keys.typeahead.PATIENCE", 1.0)
    async with stage("small") as on:
        on.line.holds[ListUnknown] = asyncio.Event()
        send(on, "3\rPenny p\r")
        async with within(10):
            while on.app.screen.__class__.__name__ != "People":
                await asyncio.sleep(0.5)
                send(on, "2")
        assert on.line.asked == []


@pytest.mark.slow
@pytest.mark.parametrize("leaves", ["q", "\x03"])
async def test_whoever_leaves_waits_for_no_agent_that_does_not_answer(leaves: str) -> None:
    """Errors waited for what is held, and the key behind `5` for Errors: half a minute."""
    async with stage("small") as on:
        on.line.holds[ListHeld] = asyncio.Event()
        send(on, f"5{leaves}")
        await on.until(lambda: not on.app.is_running)


@pytest.mark.slow
async def test_a_part_of_a_name_counts_though_the_photos_were_not_listed_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    listed, newest = threading.Event(), enroll_photos.newest

    def slowly(folders: Sequence[str]) -> list[Found]:
        assert listed.wait(PATIENCE * 30)
        return newest(folders)

    monkeypatch.setattr(enroll_photos, "newest", slowly)
    async with stage("live") as on:
        send(on, "eZoe\tDSC_448")
        await in_enroll(on, "Zoe", "DSC_448")
        await on.shows("Looking for photos.")
        await on.press("enter")
        await on.shows("Still looking for photos")
        listed.set()
        await on.shows("> [ ] DSC_4484.jpg")
        assert "DSC_4471.jpg" not in on.screen


@pytest.mark.slow
async def test_each_z_behind_a_decision_takes_one_back() -> None:
    """The first is under way still when the second comes; what came back is marked, and so it is what is meant next."""
    async with screen("3", "Who is this?", state="small") as on:
        await on.shows("in 5 groups", "> Guest 07")
        guest = on.person("Guest 07")
        send(on, "iziz")
        await on.until(lambda: len(decided(on)) == 4)
        assert decided(on) == [IgnoreUnknown(id=guest), Undo(), IgnoreUnknown(id=guest), Undo()]
        await on.shows("in 5 groups")


@pytest.mark.slow
async def test_what_came_back_before_the_undo_was_answered_is_marked() -> None:
    """The agent tells first that faces have changed: the one behind was ignored for it."""
    async with screen("3", "Who is this?", state="small") as on:
        await on.shows("in 5 groups", "> Guest 07")
        guest = on.person("Guest 07")
        await on.press("i")
        await on.shows("in 4 groups")
        on.line.late[Undo] = answered = asyncio.Event()
        send(on, "zi")
        await on.shows("in 5 groups")
        answered.set()
        await on.until(lambda: len(decided(on)) == 3)
        assert decided(on) == [IgnoreUnknown(id=guest), Undo(), IgnoreUnknown(id=guest)]


@pytest.mark.slow
async def test_what_somebody_else_took_back_at_once_is_a_question_again() -> None:
    """Listed before and after: this monitor never saw it gone, and hid it for good."""
    async with screen("3", "Who is this?", state="small") as on:
        await on.shows("in 5 groups", "> Guest 07")
        on.line.holds[ListUnknown] = held = asyncio.Event()
        await on.press("i")
        await on.shows("in 4 groups", "Ignored")
        await on.line.agent.ask(Undo())
        held.set()
        await on.shows("in 5 groups")


@pytest.mark.slow
async def test_an_undo_that_takes_long_holds_no_key_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.keys.typeahead.BROUGHT", 0.5)
    async with screen("3", "Who is this?", state="small") as on:
        await on.shows("> Guest 07")
        on.line.holds[Undo] = held = asyncio.Event()
        send(on, "iz4")
        await on.shows("[4 Events]")
        held.set()
        await on.until(lambda: len(decided(on)) == 2)


# ---- a question that opens by itself, once no key waits for it any more: what is being typed was no answer to it


# ---- a key that opens no field: the letters behind it were verbs of the screen that stayed; `w` withdrew the photo
