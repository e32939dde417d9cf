"""What is typed before a question is there, and behind it: whether it is an answer."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import portraits
import pytest
from evening import make
from monitor_pilot import screen, stage
from packets import DOWN, SLOWER, decided, send, typed
from prepared import template

from agent.errors import Kind, VenueError
from agent.ledger import clocks
from agent.ledger.clocks import Clock
from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT
from agent.requests.events import ListClocks
from agent.requests.faces import NameUnknown
from agent.requests.people import EnrollPerson
from agent.requests.photos import WithdrawPhotos
from tui.keys.typeahead import TYPED_ON
from tui.widgets.dialogs import Prompt


async def small() -> Path:
    """The small evening."""
    return await asyncio.to_thread(template, "small", lambda folder: make(folder, "small"))


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
