"""Two people of one name, a guest in each of two events: told apart wherever both are seen; so are two questions."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from monitor_pilot import screen, stage
from packets import DOWN, decided, send, typed
from prepared import stores
from test_tui_typed_at_questions import a_clock

from agent.errors import VenueError
from agent.ledger import clocks, meta
from agent.ledger.clocks import Clock
from agent.ledger.sqlite.rows import Db
from agent.model import EventId, Person
from agent.people import intents
from agent.requests.events import ListClocks, SetClock
from agent.requests.people import MergePeople
from agent.roster.decisions import Draft, Verb
from agent.workspace import Workspace
from tui.keys.typeahead import TYPED_ON

BOTH = ("Guest 07, Mia & Jonas", "Guest 07, Ceremony stream stills")


def a_guest_of_another_event(workspace: Workspace, name: str = "Guest 07", *, guest: bool = True) -> None:
    def make(draft: Draft) -> tuple[Person, str]:
        return intents.new_person(draft, EventId("e1"), name, [], guest=guest), name

    with stores(workspace) as (ledger, roster):
        roster.intend(Verb.NAME, make)
        ledger.submit(meta.record_planned, roster.revision).result()


@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_in_lists_and_on_their_page(size: tuple[int, int]) -> None:
    async with stage("small", size, before=a_guest_of_another_event) as on:
        if size[0] == 200:
            await on.shows(BOTH[0], "Guest 07, Ceremony stream…")
        await on.press("2", "slash")
        await on.type("guest 07")
        await on.shows(BOTH[0], "Guest 07, ")
        assert sum("Guest 07, " in row[:40] for row in on.rows[4:]) == (3 if size[0] == 80 else 2)  # and their facts
        await on.press("enter", "home", "enter")
        await on.shows(f"{BOTH[0]} ─")


async def test_where_one_is_looked_for() -> None:
    async with stage("small", before=a_guest_of_another_event) as on:
        await on.press("slash")
        await on.type("guest 07")
        await on.shows("photos, Mia & Jonas", "0 photos, Ceremony stream stills")


@pytest.mark.slow
async def test_nobody_is_merged_with_somebody_of_another_event() -> None:
    async with stage("small", before=a_guest_of_another_event) as on:
        await on.press("slash")
        await on.type("guest 07")
        await on.shows("0 photos, Ceremony stream stills")
        await on.press("down", "enter")
        await on.shows(f"{BOTH[1]} ─")
        await on.press("m")
        await on.type("Mia Lindqvist")
        await on.press("enter")
        await on.shows("Nobody is called so.")
        assert not [one for one in on.line.asked if isinstance(one, MergePeople)]


async def test_among_the_faces_that_nobody_has_named() -> None:
    async with stage("small", before=a_guest_of_another_event) as on:
        await on.press("3")
        await on.shows("> Guest 07", "Who is this? Mia & Jonas ─")


@pytest.mark.slow
async def test_faces_are_somebody_known_of_their_own_event_alone() -> None:
    """A name of another event was offered as known, and made somebody new."""
    async with stage("small", before=partial(a_guest_of_another_event, name="Otto Ek", guest=False)) as on:
        await on.press("3")
        await on.shows("> Guest 07")
        await on.press("m")
        await on.shows("somebody who is known already")
        await on.type("Otto Ek")
        await on.press("enter")
        await on.shows("Nobody is called so.")
        await on.press("escape", "enter")
        await on.type("Ott")
        await on.until(lambda: typed(on) == ["Ott"])
        await on.press("tab")
        await on.pilot.pause(0.3)
        assert typed(on) == ["Ott"]
        assert on.line.asked == []


def a_clock_in_each(db: Db) -> None:
    a_clock(db)
    clocks.record(db, EventId("e1"), [Clock("Canon EOS R6 #1", 1, 720.0, "people")])


@pytest.mark.slow
async def test_of_two_questions_about_clocks_the_one_that_is_seen_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """They looked the same: what was typed for the one event may have been said of the other."""
    monkeypatch.setattr("tui.keys.typeahead.BROUGHT", 0.1)
    async with screen("4", "> ", state="live") as on:
        await on.evening.write(a_clock_in_each)
        on.line.refuses[SetClock] = VenueError("Not now")
        on.line.holds[ListClocks] = first = asyncio.Event()
        send(on, "K")
        await on.until(lambda: ListClocks(id="default") in on.line.queries)
        on.line.holds[ListClocks] = second = asyncio.Event()
        send(on, f"{DOWN}K")
        await on.until(lambda: ListClocks(id="e1") in on.line.queries)
        first.set()
        await on.shows("Camera and clock of Mia & Jonas")
        second.set()
        await on.shows("Camera and clock of Ceremony")
        await asyncio.sleep(TYPED_ON + 0.2)
        send(on, "+0:05\r")
        await on.shows("Not now")
        assert decided(on) == [SetClock(event="e1", camera="Canon EOS R6 #1", ahead="+0:05")]
        await on.press("escape")
        await on.shows("Camera and clock of Mia & Jonas")
        assert typed(on) == ["Canon EOS R6 #1 "]
