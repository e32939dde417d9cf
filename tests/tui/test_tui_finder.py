"""Finding by typing: whoever and whatever is meant, from every screen, in few letters."""

from __future__ import annotations

import pytest
from monitor_pilot import Stage, screen, stage, unheard
from packets import DOWN, decided, send, typed
from textual.events import Paste

from agent.errors import NoAgent
from agent.requests.control import Pause
from agent.requests.events import AddEvent, RemoveEvent
from agent.requests.people import Undo
from agent.requests.photos import ListPhotos
from tui.screens.enroll import Enroll
from tui.screens.people import Person
from tui.screens.photo import Photo
from tui.screens.photos import Search
from tui.widgets.find_bar import likeness


async def find(on: Stage, typed: str, *texts: str) -> None:
    await on.press("slash")
    await on.type(typed)
    await on.shows(*texts)


@pytest.mark.slow
@pytest.mark.parametrize("key", "135")
async def test_a_person_by_some_letters_of_the_name(key: str) -> None:
    """In any order, without accents; their page is opened."""
    async with stage("live") as on:
        await on.press(key)
        await find(on, "akess fre", "> Fredrik Åkesson", "133 photos")
        await on.press("enter")
        await on.until(lambda: isinstance(on.app.screen, Person))
        await on.shows("Fredrik Åkesson", "37 alone, 96 with others")
        await on.press("escape")
        await on.until(lambda: not isinstance(on.app.screen, Person))


async def test_letters_with_others_between() -> None:
    async with stage("live") as on:
        await find(on, "alxcst", "> Alexandra Constantinescu-…")


async def test_what_begins_so_comes_first() -> None:
    assert likeness("Anna Berg", "an") > likeness("Hanna Ek", "an") > likeness("Alexandra Nau", "anu") > 0
    assert likeness("Anna Berg", "an x") == likeness("", "an") == likeness("Anna", "") == 0


@pytest.mark.slow
async def test_an_event_is_marked_among_the_events() -> None:
    async with stage("live") as on:
        await find(on, "ceremony", "> Ceremony stream stills", "event, ")
        await on.press("enter")
        await on.shows("[4 Events]", "> Ceremony stream stills")


@pytest.mark.slow
@pytest.mark.parametrize(
    "keys",
    [("ctrl+p", *"ceremony"), ("1", "ctrl+p", *"ceremony"), ("slash", *"ceremony", "enter")],
    ids=["over it", "from elsewhere", "not among its photos"],
)
async def test_an_event_is_marked_where_photos_of_one_lie_over_them(keys: tuple[str, ...]) -> None:
    """The page of an event's photos was asked for the row, and the monitor ended; or it waited for its own end."""
    async with stage("live") as on:
        await on.press("4", "enter")
        await on.until(lambda: isinstance(on.app.screen, Search))
        await on.press(*keys)
        await on.shows("> Ceremony stream stills", "event, ")
        await on.press("enter")
        await on.until(lambda: "> Ceremony stream stills" in on.screen and len(on.app.screen_stack) == 1)


@pytest.mark.slow
async def test_an_event_is_marked_though_the_list_of_them_is_narrowed_to_others() -> None:
    """One of those had the mark, and `space` switched it off."""
    async with screen("4", "> Mia & Jonas", state="live") as on:
        await find(on, "booth", "Events 1 found")
        await on.press("enter", "2", "ctrl+p")
        await on.type("brunch")
        await on.shows("> Morning-after brunch")
        await on.press("enter")
        await on.shows("[4 Events]", "> Morning-after brunch", "  Photo booth")


@pytest.mark.slow
async def test_for_an_event_that_is_removed_meanwhile_no_other_one_is_marked() -> None:
    async with screen("4", "> Mia & Jonas", state="live") as on:
        await on.evening.app.service.ask(AddEvent(name="Gala"))
        await on.shows("Gala")
        await on.press("ctrl+p")
        await on.type("gala")
        await on.shows("> Gala")
        await on.evening.app.service.ask(RemoveEvent(event="Gala"))
        await on.until(lambda: "Gala" not in [one["name"] for one in on.app.state.events])
        send(on, "\r ")
        await on.shows("The event was removed meanwhile: Gala", "> Mia & Jonas")
        assert decided(on) == []


async def test_an_action_is_done_as_its_key_would_and_the_key_stands_beside_it() -> None:
    async with stage("live") as on:
        await find(on, "pause up", "> Pause ", "Pause uploads, or go on")
        assert " p  │" in next(row for row in on.rows if "> Pause" in row)
        await on.press("enter")
        await on.until(lambda: on.line.asked == [Pause(what="uploads")])


@pytest.mark.slow
async def test_an_action_of_the_screen_acts_on_what_is_marked_there() -> None:
    async with screen("2", "> Mia Lindqvist", state="live") as on:
        await on.press("down", "ctrl+p")
        await on.type("rename")
        await on.shows("> Rename ")
        await on.press("enter")
        await on.shows("Rename Jonas Lindqvist")


async def test_a_photo_and_its_neighbours() -> None:
    async with stage("live") as on:
        await find(on, "446", "> DSC_4468.jpg", "  DSC_4467.jpg", "photo, Anna Berg")
        await on.press("down", "enter")
        await on.until(lambda: isinstance(on.app.screen, Photo))
        await on.shows("DSC_4467.jpg", "2 of 11")


async def test_enter_typed_ahead_waits_for_the_photos() -> None:
    async with stage("live") as on:
        send(on, "/dsc4467\r")
        await on.until(lambda: isinstance(on.app.screen, Photo))
        await on.shows("DSC_4467.jpg")
        assert on.line.asked == []


@pytest.mark.slow
async def test_in_a_list_it_narrows_and_once_more_looks_everywhere() -> None:
    async with screen("2", "> Mia Lindqvist", state="live") as on:
        await on.press("slash", "slash")
        await on.type("undo")
        await on.shows("> Undo ", "Take back the last decision")
        await on.press("enter")
        await on.until(lambda: on.line.asked == [Undo()])
        await find(on, "clara", "  Clara Novak")
        await on.press("ctrl+p")
        await on.shows("Find", "clara", "> Clara Novak", "61 photos")


@pytest.mark.slow
async def test_what_the_list_does_not_have_is_looked_for_everywhere() -> None:
    async with screen("2", "> Mia Lindqvist", state="live") as on:
        await find(on, "ceremony", "Nobody is called so.")
        await on.press("enter")
        await on.shows("> Ceremony stream stills")
        await on.press("escape")
        await on.shows("  Mia Lindqvist", " of 36 ─")


@pytest.mark.slow
@pytest.mark.parametrize("size", [(40, 15), (80, 24), (200, 60)])
async def test_clicks_and_what_is_not_there(size: tuple[int, int]) -> None:
    async with stage("live", size) as on:
        await find(on, "zzz", "Nothing is called so.")
        await on.press("enter")  # and nothing happens
        await on.press(*["backspace"] * 3)
        await on.type("penn")
        await on.press(*["backspace"] * 4)
        await on.type("oska")
        await on.shows("> Oskar Holm")
        await on.click("Oskar Holm")
        await on.until(lambda: isinstance(on.app.screen, Person))


async def test_without_an_agent_people_are_found_and_it_is_said_why_photos_are_not() -> None:
    async with stage("live") as on:
        on.line.refuses[ListPhotos] = NoAgent("No agent runs here")
        await find(on, "oskar", "> Oskar Holm", "No agent runs here")


async def test_a_hundred_equal_letters_are_found_at_once() -> None:
    assert likeness("e" * 1000, "e e" * 30) > 0
    assert likeness("e" * 1000, f"{'e' * 60}x") == 0


@pytest.mark.slow
async def test_arrows_and_enter_typed_ahead_count_from_what_is_typed() -> None:
    async with stage("live") as on:
        send(on, f"/holm{DOWN}{DOWN}\r")
        await on.until(lambda: isinstance(on.app.screen, Person))
        await on.shows("Ingrid Holm ─")


@pytest.mark.slow
async def test_what_is_typed_behind_enter_goes_into_the_dialog_that_opens() -> None:
    async with stage("live") as on:
        send(on, "/enroll\rZoe p\tDSC")
        await on.until(lambda: isinstance(on.app.screen, Enroll) and typed(on) == ["Zoe p", "DSC"])
        assert decided(on) == []


@pytest.mark.slow
async def test_opened_before_the_agents_first_word_it_finds_whom_that_tells_of() -> None:
    """It is asked for a moment after the monitor stands: nobody was called so, until it was closed."""
    async with unheard() as (on, word):
        await on.press("ctrl+p")
        await on.type("akess fre")
        await on.shows("Find")
        await on.press("enter")
        word.set()
        await on.until(lambda: isinstance(on.app.screen, Person))
        await on.shows("Fredrik Åkesson")


async def test_what_is_longer_than_any_name_is_called_nothing() -> None:
    """A page pasted by mistake: "q is wrong" was said of it."""
    async with stage("live") as on:
        await on.press("slash")
        on.app.post_message(Paste("b" * 900))
        await on.shows("Nothing is called so.")
        assert "wrong" not in on.screen
