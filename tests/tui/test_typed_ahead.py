"""What is typed faster than the screen follows: as bytes in one packet, or in two, cut at every point."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import portraits
import pytest
from evening import make
from monitor_pilot import Stage, screen, stage
from prepared import template
from textual.driver import Driver
from textual.drivers import linux_driver
from textual.widgets import Input

from agent.errors import Kind, VenueError
from agent.ledger import clocks
from agent.ledger.clocks import Clock
from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT
from agent.requests.ask import Command
from agent.requests.control import Pause, SetMetered
from agent.requests.events import ListClocks
from agent.requests.faces import ConfirmMatch, DenyMatch, GetFacePicture, IgnoreUnknown, ListUnknown, NameUnknown
from agent.requests.people import EnrollPerson, PreviewReferences, Undo
from agent.requests.photos import GetThumbnail, WithdrawPhotos
from agent.requests.troubles import ListHeld
from tests.patience import PATIENCE, within
from tui.keys.typeahead import BEGINS, HELD, TYPED_ON
from tui.screens import enroll_photos
from tui.screens.enroll import Enroll
from tui.screens.enroll_photos import Found
from tui.widgets.dialogs import Prompt

SLOWER = 4

BACK, DOWN = "\x7f", "\x1b[B"


def send(on: Stage, *packets: str) -> None:
    """As they come from the terminal, all before the screen does anything."""
    driver, parser = on.app._driver, linux_driver.XTermParser()
    assert isinstance(driver, Driver)
    for packet in packets:
        for event in parser.feed(packet):
            driver.process_message(event)


def typed(on: Stage) -> list[str]:
    """What stands in the fields of the screen."""
    return [one.value for one in on.app.screen.query(Input)]


def decided(on: Stage) -> list[Command[Any]]:
    """What was asked of the agent, but for looks at photos."""
    return [one for one in on.line.asked if not isinstance(one, PreviewReferences)]


async def small() -> Path:
    """The small evening."""
    return await asyncio.to_thread(template, "small", lambda folder: make(folder, "small"))


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
async def test_a_held_key_decides_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its repeats ignore nobody else; in a field they are letters."""
    monkeypatch.setattr("tui.keys.typeahead.HELD", 60.0)  # this machine may be slower than a held key
    async with screen("3", "Who is this?", "> Guest 07", state="small") as on:
        guest = on.person("Guest 07")
        send(on, "i" * 20)
        await on.shows("Ignored Guest 07")
        send(on, "\rddii")
        await on.until(lambda: typed(on) == ["ddii"])
        assert on.line.asked == [IgnoreUnknown(id=guest)]


@pytest.mark.slow
@pytest.mark.parametrize(("key", "asked"), [("p", Pause), ("P", Pause), ("y", ConfirmMatch), ("n", DenyMatch)])
async def test_a_held_key_is_one_pause_and_one_answer(
    key: str, asked: type[Command[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.keys.typeahead.HELD", 60.0)
    async with screen("3", "1 of 3 near misses", state="small") as on:
        send(on, key * 20)
        await on.until(lambda: bool(on.line.asked))
        send(on, "2")
        await on.until(lambda: on.app.screen.__class__.__name__ == "People")
        assert [type(one) for one in on.line.asked] == [asked]


async def test_a_held_key_meters_the_line_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its repeats came and went: whether small copies were sent from then on was chance."""
    monkeypatch.setattr("tui.keys.typeahead.HELD", 60.0)
    async with stage("live") as on:
        send(on, "D" * 20)
        await on.shows("The line is metered")
        send(on, "2")
        await on.until(lambda: on.app.screen.__class__.__name__ == "People")
        assert on.line.asked == [SetMetered(), SetMetered(to="on")]


@pytest.mark.slow
@pytest.mark.parametrize("pauses", [(0.4, *[0.03] * 12), (0.4, *[0.03, 0.03, 0.2] * 4), (0.03, 0.3, 0.03)])
async def test_a_key_that_is_held_as_keyboards_repeat_it(
    pauses: tuple[float, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its repeats begin after half a second; a line that lags brings them in bursts; all slower, as machines may be.
    Keys between which this one stood still were not held ones: they are typed anew.
    """
    monkeypatch.setattr("tui.keys.typeahead.HELD", SLOWER * HELD)
    monkeypatch.setattr("tui.keys.typeahead.BEGINS", SLOWER * BEGINS)
    late = True
    while late:
        async with screen("3", "Who is this?", "> Guest 07", state="small") as on:
            guest, at = on.person("Guest 07"), [time.monotonic()]
            send(on, "i")
            for pause in pauses:
                await asyncio.sleep(SLOWER * pause)
                at.append(time.monotonic())
                send(on, "i")
            await asyncio.sleep(SLOWER * 0.3)
            gaps = [later - one for one, later in pairwise(at)]
            late = any(gap > SLOWER * (pause + 0.1) for gap, pause in zip(gaps, pauses, strict=True))
            assert late or on.line.asked == [IgnoreUnknown(id=guest)]


@pytest.mark.slow
async def test_a_key_that_is_held_while_everything_stands_still_decides_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its repeat has come in time, and is looked at late."""
    monkeypatch.setattr("tui.keys.typeahead.HELD", SLOWER * HELD)
    monkeypatch.setattr("tui.keys.typeahead.BEGINS", SLOWER * BEGINS)
    async with screen("3", "Who is this?", "> Guest 07", state="small") as on:
        guest = on.person("Guest 07")
        send(on, "i")
        await asyncio.sleep(SLOWER * 0.4)
        send(on, "i")
        await asyncio.sleep(0.1)
        repeat = threading.Timer(0.1, send, (on, "i"))
        repeat.start()
        time.sleep(SLOWER * HELD)
        repeat.join()
        await asyncio.sleep(SLOWER * 0.3)
        assert on.line.asked == [IgnoreUnknown(id=guest)]


@pytest.mark.slow
async def test_a_held_key_whose_line_stood_still_for_a_while_is_held_still() -> None:
    """What it repeated meanwhile comes at once: nobody presses a key twice as fast, and `i` ignored one guest more."""
    async with screen("3", "Who is this?", "> Guest 07", state="small") as on:
        guest = on.person("Guest 07")
        send(on, "iii")
        await on.until(lambda: bool(on.line.asked))
        await asyncio.sleep(BEGINS + 0.1)
        send(on, "iiiii")
        await asyncio.sleep(3 * HELD)
        assert on.line.asked == [IgnoreUnknown(id=guest)]
        await asyncio.sleep(BEGINS)
        send(on, "i")
        await on.until(lambda: len(on.line.asked) == 2)


@pytest.mark.slow
async def test_pressed_again_it_decides_again() -> None:
    """Also where it was a letter just before, or another key stands between."""
    async with screen("3", "Who is this?", "> Guest 07", state="small") as on:
        send(on, "\rPi\ri")
        await on.until(lambda: len(on.line.asked) == 2)
        for count in (3, 4):
            await asyncio.sleep(0.3)
            send(on, "i")
            await on.until(lambda count=count: len(on.line.asked) == count)


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


@pytest.mark.slow
async def test_what_is_typed_behind_a_name_is_how_they_consented() -> None:
    """Its letters were verbs of the screen beneath: `p` paused, `i` ignored the next guest."""
    async with screen("3", "Who is this?", state="small") as on:
        await on.shows("> Guest 07")
        guest = on.person("Guest 07")
        on.line.refuses[NameUnknown] = VenueError(
            "Nobody is made known without a consent", "", "Say how", kind=Kind.CONSENT
        )
        on.line.holds[NameUnknown] = held = asyncio.Event()
        send(on, "\rPenny\rslip of paper")
        await asyncio.sleep(0.5)
        held.set()
        await on.until(lambda: "slip of paper" in typed(on))
        assert decided(on) == [NameUnknown(id=guest, name="Penny")]


@pytest.mark.slow
async def test_a_question_that_is_there_at_once_takes_keys_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """They waited for what the name would bring, three seconds long."""
    monkeypatch.setattr("tui.keys.typeahead.BROUGHT", 30.0)
    async with screen("3", "Who is this?", "> Guest 07", state="small") as on:
        on.line.refuses[NameUnknown] = VenueError(
            "Nobody is made known without a consent", "", "Say how", kind=Kind.CONSENT
        )
        send(on, "\rPenny\rslip")
        await on.until(lambda: typed(on) == ["slip"])


def a_clock(db: Db) -> None:
    """All photos were taken by one camera, which is ahead."""
    db.execute("UPDATE photo SET device = 'Canon EOS R6 #1', taken_at = '2026-05-04T18:27:30'")
    clocks.record(db, DEFAULT_EVENT, [Clock("Canon EOS R6 #1", 1, 720.0, "people")])


@pytest.mark.slow
async def test_what_is_typed_behind_the_question_about_clocks_is_its_answer() -> None:
    """An agent far away takes its time to say which cameras there are; `p`, typed meanwhile, paused uploads."""
    async with screen("4", "> ", state="live") as on:
        await on.evening.write(a_clock)
        on.line.holds[ListClocks] = held = asyncio.Event()
        send(on, "K+0:1p")
        await asyncio.sleep(0.5)
        held.set()
        await on.until(lambda: typed(on) == ["Canon EOS R6 #1 +0:1p"])
        assert decided(on) == []


# ---- a question that opens by itself, once no key waits for it any more: what is being typed was no answer to it


@pytest.mark.slow
async def test_a_question_about_consent_takes_nothing_of_what_is_being_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a name was how somebody had consented, for good."""
    monkeypatch.setattr("tui.keys.typeahead.BROUGHT", 0.1)
    monkeypatch.setattr("tui.keys.typeahead.TYPED_ON", SLOWER * TYPED_ON)
    async with screen("3", "Who is this?", "> Guest 07", state="small") as on:
        on.line.refuses[NameUnknown] = VenueError(
            "Nobody is made known without a consent", "", "Say how", kind=Kind.CONSENT
        )
        on.line.holds[NameUnknown] = held = asyncio.Event()
        send(on, "\rPenny\r")
        await on.until(lambda: bool(decided(on)))
        send(on, "2/mi")
        await on.until(lambda: typed(on) == ["mi"])
        held.set()
        await on.until(lambda: isinstance(on.app.screen, Prompt))
        send(on, "a berg\r", "y\r")
        await asyncio.sleep(SLOWER * TYPED_ON + 0.2)
        assert typed(on) == [""]
        send(on, "slip of paper")
        await on.until(lambda: typed(on) == ["slip of paper"])
        assert [type(one) for one in decided(on)] == [NameUnknown]


@pytest.mark.slow
async def test_nor_of_what_was_typed_long_before_it_and_is_not_handed_on_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """It waited for another guest's name, behind the one about whom the question is."""
    monkeypatch.setattr("tui.keys.typeahead.BROUGHT", 1.0)
    async with screen("3", "Who is this?", "> Guest 07", state="small") as on:
        on.line.refuses[NameUnknown] = VenueError(
            "Nobody is made known without a consent", "", "Say how", kind=Kind.CONSENT
        )
        on.line.holds[NameUnknown] = held = asyncio.Event()
        send(on, "\rPenny\r")
        await on.until(lambda: bool(decided(on)))
        await asyncio.sleep(1.5)
        monkeypatch.setattr("tui.keys.typeahead.BROUGHT", 30.0)
        send(on, f"{DOWN}\rBertha\r")
        await on.until(lambda: len(on.app.verbs._running) == 2)
        send(on, "\r")
        await asyncio.sleep(TYPED_ON + 0.2)
        send(on, "Tom")
        held.set()
        await on.until(lambda: isinstance(on.app.screen, Prompt))
        send(on, "\r")
        await asyncio.sleep(TYPED_ON + 0.2)
        assert typed(on) == [""]


@pytest.mark.slow
async def test_a_question_right_behind_the_key_that_led_to_it_takes_what_is_typed() -> None:
    async with stage("small", kind="portraits", fill=partial(portraits.make, small=await small())) as on:
        on.line.refuses[EnrollPerson] = VenueError(
            "Nobody is made known without a consent", "", "Say how", kind=Kind.CONSENT
        )
        await on.press("e")
        await on.shows("IMG_2011.jpg")
        send(on, "Zoe\r \r")
        await on.until(lambda: isinstance(on.app.screen, Prompt))
        send(on, "signed form")
        await on.until(lambda: typed(on) == ["signed form"])


@pytest.mark.slow
async def test_nor_does_one_about_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.keys.typeahead.BROUGHT", 0.1)
    monkeypatch.setattr("tui.keys.typeahead.TYPED_ON", SLOWER * TYPED_ON)
    async with screen("4", "> ", state="live") as on:
        await on.evening.write(a_clock)
        on.line.holds[ListClocks] = held = asyncio.Event()
        send(on, "K")
        await on.until(lambda: any(isinstance(one, ListClocks) for one in on.line.queries))
        send(on, "/bo")
        await on.until(lambda: typed(on) == ["bo"])
        held.set()
        await on.until(lambda: isinstance(on.app.screen, Prompt))
        send(on, "oth\r")
        await asyncio.sleep(SLOWER * TYPED_ON + 0.2)
        assert typed(on) == ["Canon EOS R6 #1 "]
        assert decided(on) == []


# ---- a key that opens no field: the letters behind it were verbs of the screen that stayed; `w` withdrew the photo


@pytest.mark.slow
async def test_what_is_typed_for_a_field_that_does_not_open_is_nothing() -> None:
    """On a photo's page, with no face marked: enter, a name, enter. Typed at once, and by quick fingers."""
    async with screen("2", "Mia Lindqvist", state="small") as on:
        await on.press("enter")
        await on.shows("> ")
        await on.press("enter")
        await on.shows("1-9 Face")
        send(on, "\rwinnie f\r")
        await on.shows("No face is marked")
        for letter in "\rwin":
            send(on, letter)
            await asyncio.sleep(0.15)
        send(on, "\x1b")
        await asyncio.sleep(0.3)
        await on.shows("1-9 Face")  # esc left the field that was not there, and not the photo
        assert decided(on) == []
        send(on, "\r")
        await on.until(lambda: on.app._refused is not None)
        send(on, "1")  # as the note says, however quickly
        await on.shows("> 1")
        await asyncio.sleep(TYPED_ON)
        send(on, "w")
        await on.until(lambda: any(isinstance(one, WithdrawPhotos) for one in decided(on)))


@pytest.mark.parametrize(("key", "asks", "told"), [("3", "\r", "No face asks"), ("2", "r", "Nobody is marked")])
async def test_nor_where_nobody_is(key: str, asks: str, told: str) -> None:
    async with stage("empty") as on:
        send(on, f"{key}{asks}penny\r")
        await on.shows(told)
        await asyncio.sleep(0.3)
        assert decided(on) == []
        assert len(on.app.screen_stack) == 1
