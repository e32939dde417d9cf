"""Every key and every click: what is asked of the agent, and what is said about it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from monitor_pilot import stage
from prepared import opened
from textual.worker import WorkerState

from agent.errors import NeedsSignIn, VenueError
from agent.model import DEFAULT_EVENT
from agent.requests.ask import Command
from agent.requests.control import Pause, Resume, Resync, Retry, SetMetered, Sync
from agent.requests.snapshot import GetSnapshot
from tui import state as states
from tui.app import Monitor
from tui.keys.typeahead import HELD
from tui.screens import catalog
from tui.screens.enroll import Enroll
from tui.state import Offers
from tui.verdict import answer
from tui.widgets.help import TASKS, Help
from tui.widgets.notice import Note, Notice

CUT = 1102  # the photo that is cut short


@pytest.mark.parametrize(
    ("key", "label", "asked"),
    [
        ("p", "p Pause", Pause(what="uploads")),
        ("P", "P Pause all", Pause(what="all")),
        ("s", "s Sync", Sync(events=[])),
        ("x", "x Retry", Retry(ids=[CUT])),
    ],
)
@pytest.mark.parametrize("by_mouse", [False, True])
async def test_verbs_by_key_and_by_mouse(key: str, label: str, asked: Command[Any], by_mouse: bool) -> None:
    async with stage("live", (120, 36)) as on:
        await (on.click(label) if by_mouse else on.press(key))
        await on.until(lambda: on.line.asked == [asked])


async def test_a_metered_line_by_one_key() -> None:
    async with stage("live", (120, 36)) as on:
        await on.press("D")
        await on.until(lambda: on.line.asked == [SetMetered(to="on")])


async def test_pause_and_go_on_by_the_same_key() -> None:
    async with stage("live") as on:
        await on.press("p")
        await on.shows("up PAUSED", "p Go on", "uploads paused")
        await asyncio.sleep(HELD)
        await on.press("p")
        await on.shows("p Pause", "14 photos on their way")
        assert on.line.asked == [Pause(what="uploads"), Resume(what="uploads")]


@pytest.mark.slow
async def test_everything_paused_goes_on_by_either_key() -> None:
    for key in ("p", "P"):
        async with stage("live") as on:
            await on.press("P")
            await on.shows("ALL PAUSED", "everything paused", "Press P to go on")
            await asyncio.sleep(2 * HELD)  # pressed again, and not held: a quick machine shows it in less than that
            await on.press(key)
            await on.until(lambda: on.line.asked[-1] == Resume(what="all"))
            await on.shows("14 photos on their way")


async def test_a_verb_in_progress_is_not_asked_twice() -> None:
    async with stage("live") as on:
        gate = on.line.holds[Sync] = asyncio.Event()
        await on.press("s", "s", "s")
        gate.set()
        await on.shows("Looking now: Mia & Jonas, Ceremony stream stills")
        assert on.line.asked == [Sync(events=[])]


async def test_the_same_verb_about_another_event_is_asked() -> None:
    async with stage("live") as on:
        on.line.holds[Resync] = asyncio.Event()
        await on.press("R", "R", "v", "R")
        await on.until(lambda: on.line.asked == [Resync(events=[DEFAULT_EVENT]), Resync(events=["e1"])])


async def test_what_a_verb_says_stands_above_the_keys_and_goes() -> None:
    async with stage("live") as on:
        await on.press("s")
        await on.shows("Looking now: Mia & Jonas, Ceremony stream stills and 3 more")
        assert on.rows[-2].startswith(" Looking now: ")
        assert "? Keys" in on.rows[-1]
        await on.click("Looking now")
        await on.until(lambda: "Looking now" not in on.screen)


async def test_an_error_is_a_title_a_reason_and_a_remedy() -> None:
    async with stage("live") as on:
        on.line.refuses[Sync] = NeedsSignIn("Sign-in expired", "[red]Google[/]\x1b ended it", "Run venuesync login")
        await on.press("s")
        await on.shows("Sign-in expired: [red]Google[/]? ended it. Press g")
        assert "venuesync login" not in on.screen


async def test_a_long_error_takes_up_to_three_rows_on_a_phone() -> None:
    async with stage("live", (40, 15)) as on:
        on.line.refuses[Retry] = VenueError("Cannot try again", "the card reader " * 20, "Put the card in again")
        await on.press("x")
        await on.shows("Cannot try again: the card reader the", "the card in again")
        assert "? Keys" in on.rows[-1]
        assert on.rows[-5] == ""
        assert on.rows[-6].startswith(" up 4.2 MB/s")


@pytest.mark.slow
async def test_retry_without_a_cause_that_can_be_tried() -> None:
    async with stage("working") as on:
        await on.press("x")
        await on.shows("Nothing to try again")
        assert on.line.asked == []


@pytest.mark.slow
async def test_help_lists_every_key_and_closes() -> None:
    async with stage("live", (200, 60)) as on:
        await on.press("question_mark")
        assert isinstance(on.app.screen, Help)
        for binding in on.app.BINDINGS:
            if binding.show:  # type: ignore[union-attr]
                await on.shows(binding.tooltip[:24])  # type: ignore[union-attr]
        await on.press("escape")
        assert not isinstance(on.app.screen, Help)
        await on.click("? Keys")
        await on.until(lambda: isinstance(on.app.screen, Help))
        await on.click("esc Close")
        await on.until(lambda: not isinstance(on.app.screen, Help))


@pytest.mark.slow
@pytest.mark.parametrize("size", [(40, 15), (80, 24), (120, 36), (200, 60)])
async def test_help_is_grouped_never_cut_and_found_by_typing(size: tuple[int, int]) -> None:
    async with stage("live", size) as on:
        await on.press("3", "question_mark")
        await on.shows("Screens", "esc Close", "Show Venue")
        if size[0] < 120:  # else what lies beneath is in sight, too
            assert "…" not in on.screen
        if size[0] >= 80:
            await on.shows("Screens", "People and faces", "1-6", "Lists")
            assert sum(name in next(row for row in on.rows if "Screens" in row) for name in TASKS) > 1  # side by side
        if size[0] >= 120:  # all of it at once
            await on.shows("arrows     The group to the left", "home end   The largest group")
        await on.type("paus")
        await on.shows("Photos and uploads", "p          Pause uploads, or go")
        assert "Enroll" not in on.screen
        await on.press(*["backspace"] * 4)
        await on.type("undo")  # as the keys row calls it
        await on.shows("z          Take back the last", "U          Do again what was")
        await on.press("question_mark")
        await on.until(lambda: not isinstance(on.app.screen, Help))


@pytest.mark.slow
async def test_beneath_a_dialog_only_the_tone_follows_and_the_rest_when_it_closes() -> None:
    async with stage("live", (120, 36)) as on:
        await on.press("question_mark")
        await on.tick(5)
        await on.pilot.pause(0.1)
        assert "22:14:07" in on.rows[0]
        await on.evening.app.service.ask(Pause(what="uploads"))
        await on.shows("22:14:12")
        on.clock.now += 5
        await on.press("escape")
        await on.shows("22:14:17")


async def test_beneath_a_dialog_the_time_goes_on_by_steps() -> None:
    """The clock stood for as long as one was open, and so did for how long Drive could not be reached."""
    async with stage("live", (120, 36)) as on:
        await on.press("question_mark")
        await on.tick(12)
        await on.shows("22:14:19")


@pytest.mark.slow
async def test_beneath_a_dialog_it_is_said_which_keys_start_the_agent_from_there() -> None:
    """`S` alone went into the field."""
    async with stage("live", (200, 60)) as on:
        on.line.break_off()
        await on.press("question_mark")
        gone = replace(on.app.view, state=states.lost(on.app.state, 0.0, ended=True), steady=1e10)
        assert answer(gone).brief == "Press esc, then S to start it again"
        await on.press("escape")
        assert answer(replace(gone, beneath=on.app.view.beneath)).brief == "Press S to start it again"


async def test_actions_are_found_by_typing() -> None:
    async with stage("live") as on:
        await on.press("ctrl+p")
        await on.shows("Enroll a guest")
        await on.type("sync")
        await on.shows("> Sync")
        await on.press("enter")
        await on.until(lambda: Sync(events=[]) in on.line.asked)


async def test_light_and_dark() -> None:
    async with stage("live") as on:
        await on.press("t")
        assert on.app.theme == "venue-light"
        await on.press("t")
        assert on.app.theme == "venue-dark"


@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
async def test_quit(key: str) -> None:
    async with stage("live") as on:
        await on.press(key)
        await on.until(lambda: not on.app.is_running)


async def test_leave_ends_it_from_a_signal_handler() -> None:
    async with stage("live") as on:
        asyncio.get_running_loop().call_soon(on.app.leave)
        await on.until(lambda: not on.app.is_running)


def test_every_binding_has_an_id_and_a_tooltip() -> None:
    for owner in (Monitor, Enroll, Help):
        for binding in owner.BINDINGS:
            assert binding.id, binding  # type: ignore[union-attr]
            assert binding.tooltip, binding  # type: ignore[union-attr]


@pytest.mark.slow
async def test_every_screen_is_reached_from_every_other_by_its_number() -> None:
    async with stage("live") as on:
        for key in "121314151623242526343536454656":
            await on.press(key)
            tab = next(tab.name for tab in catalog.TABS if tab.key == key)
            await on.shows(f"[{key} {tab}]")


@pytest.mark.parametrize("key", "123456")
async def test_a_phone_says_that_numbers_are_screens(key: str) -> None:
    async with stage("live", (40, 15)) as on:
        await on.press(key)
        await on.shows("1-6 Screens  ? Keys")
        await on.press("5")
        await on.shows("Needs you")


async def test_a_phone_says_so_where_they_are_and_not_in_a_field() -> None:
    async with stage("live", (40, 15)) as on:
        await on.press("3", "enter")
        await on.shows("  Name", "enter OK")
        assert "1-6 Screens" not in on.screen
        await on.press("escape")
        await on.shows("1-6 Screens  ? Keys")


async def test_a_tab_is_clicked_and_a_screen_stays_as_it_was_left() -> None:
    async with stage("live") as on:
        await on.click("2 People")
        await on.shows("> Mia Lindqvist")
        await on.press("down", "down", "1")
        await on.shows("Queue 14")
        await on.press("2")
        await on.shows("> Anna Berg")


def test_there_is_no_tab_without_a_screen() -> None:
    assert [tab.name for tab in catalog.TABS] == ["Venue", "People", "Faces", "Events", "Errors", "Activity"]
    assert catalog.key_of("Nowhere") == ""
    assert Offers(errors=catalog.key_of("Venue")).see_errors == "press 1"


# ---- the embedded agent


class Part:
    """An agent with one part, which fails when it is told to."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.fail = asyncio.Event()

    def start(self, spawn: Any) -> None:
        async def run() -> None:
            self.started.append("router")
            await self.fail.wait()
            raise RuntimeError("the part has a fault")

        spawn("router", run)


async def test_an_embedded_agents_parts_run_as_workers_and_their_faults_leave_the_screen_alone() -> None:
    part = Part()
    async with opened("empty") as evening, Monitor(evening.line, parts=part, look="dark").run_test() as pilot:
        app = pilot.app
        await pilot.pause(0.1)
        assert part.started == ["router"]
        worker = next(worker for worker in app.workers if worker.group == "agent")
        assert worker.name == "router"
        part.fail.set()
        await pilot.pause(0.1)
        assert worker.state is WorkerState.ERROR
        assert app.is_running


@pytest.mark.slow
async def test_a_fault_of_the_monitor_is_said_and_old_news_is_not_shown_as_new() -> None:
    async with stage("safe") as on:
        on.line.refuses[GetSnapshot] = RuntimeError("a fault")
        on.evening.lose_changes()
        await on.shows("The monitor has a fault: feed: RuntimeError: a fault")
        assert on.app.state.lost_since is not None


@pytest.mark.slow
async def test_what_was_hidden_shows_what_it_holds_now() -> None:
    """A notice that ended on a screen in the background stood in place of every later one of as many rows."""
    async with stage("live") as on:
        await on.press("2")
        on.app.say(Note("First", "one"))
        await on.shows("First: one")
        first = on.app.screen.query_one(Notice)
        await on.press("3")
        await on.shows("[3 Faces]")
        first.hush()
        await on.press("2")
        await on.shows("[2 People]")
        await on.until(lambda: not first.size)
        on.app.say(Note("Second", "two"))
        await on.shows("Second: two")
