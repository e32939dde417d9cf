"""A person's link: made, shown as a code, taken back; single addresses; cards for guests."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from monitor_pilot import Prepare, Stage
from packets import send
from people_screen import people
from prepared import Evening

from agent.drive.files import FOLDER_TYPE
from agent.errors import NoAgent
from agent.requests.people import GetPerson, LinkPerson, MergePeople
from tests.emulator.drive import Emulator
from tests.venue.running import shared
from tui.keys.typeahead import HELD


def folder_of_mia(emulator: Emulator) -> tuple[str, Prepare]:
    """Its id on Drive, and what makes it hers."""
    with emulator.client("venuesync") as client:
        made = str(client.post("/drive/v3/files", json={"name": "Mia", "mimeType": FOLDER_TYPE}).json()["id"])

    async def there(evening: Evening) -> None:
        await evening.write(lambda db: db.execute("UPDATE folder SET drive_id = ? WHERE drive_id = 'folder7'", (made,)))

    return made, there


@pytest.mark.slow
async def test_l_makes_a_link_shows_its_code_and_takes_it_back(emulator: Emulator) -> None:
    made, there = folder_of_mia(emulator)
    environ = {"VENUESYNC_DRIVE__ENDPOINT": emulator.url}
    async with people(first=there, environ=environ) as on:
        mia = on.person("Mia Lindqvist")
        await on.shows("venue/People/Mia Lindqvist")
        await on.press("l")
        await on.shows("Link of Mia Lindqvist", "Only you can open their folder on Drive.", "l Make it")
        await asyncio.sleep(HELD)
        await on.press("l")
        await on.shows(f"https://drive.google.com/drive/folders/{made}", "l Take it back", "▀▄")
        assert sum("█" in row for row in on.rows) > 12
        assert shared(emulator, made)
        await asyncio.sleep(HELD)
        await on.press("l")
        await on.shows("Taken back: the link opens nothing any more")
        assert not shared(emulator, made)
        await on.press("escape")
        await on.shows("of 36")
        assert on.line.asked == [LinkPerson(person=mia, on=True), LinkPerson(person=mia, on=False)]
        await on.type("la")  # at once: the address waits for its field
        await on.type("Stranger@example.org")
        await on.press("enter")
        await on.shows("Open to Stranger@example.org", "Open to stranger@example.org, and to nobody else.")
        assert shared(emulator, made)
        await on.press("a")
        await on.shows("one that is let in already is kept out again")
        await on.type("stranger@example.org")
        await on.press("enter")
        await on.shows("Closed to stranger@example.org", "Only you can open their folder on Drive.")
        assert not shared(emulator, made)


@pytest.mark.slow
async def test_a_link_is_made_though_its_page_is_closed_meanwhile(emulator: Emulator) -> None:
    """It was broken off wherever the agent was with it."""
    made, there = folder_of_mia(emulator)
    async with people(first=there, environ={"VENUESYNC_DRIVE__ENDPOINT": emulator.url}) as on:
        await on.shows("venue/People/Mia Lindqvist")
        on.line.holds[LinkPerson] = held = asyncio.Event()
        await on.press("l")
        await on.shows("l Make it")
        await asyncio.sleep(HELD)
        await on.press("l")
        await on.until(lambda: bool(on.line.asked))
        await on.press("escape")
        await on.until(lambda: len(on.app.screen_stack) == 1)
        held.set()
        await on.shows("Link of Mia Lindqvist:", made)
        assert shared(emulator, made)


async def linked(on: Stage, *, link: bool) -> None:
    """Another monitor makes it, or takes it back."""
    await on.evening.app.service.ask(LinkPerson(person=on.person("Mia Lindqvist"), on=link))


@pytest.mark.slow
async def test_a_link_that_is_taken_back_elsewhere_is_shown_to_nobody_any_more(emulator: Emulator) -> None:
    """Its code stood there for as long as the page was open, and whoever scanned it saw nothing."""
    made, there = folder_of_mia(emulator)
    async with people(first=there, environ={"VENUESYNC_DRIVE__ENDPOINT": emulator.url}) as on:
        await on.shows("venue/People/Mia Lindqvist")
        await linked(on, link=True)
        await on.press("l")
        await on.shows(made, "l Take it back", "▀▄")
        await linked(on, link=False)
        await on.shows("Only you can open their folder on Drive.", "l Make it")
        assert made not in on.screen
        await linked(on, link=True)
        await on.shows(made, "l Take it back", "▀▄")


@pytest.mark.slow
async def test_two_who_take_a_link_back_at_once_have_taken_it_back(emulator: Emulator, unseen: float) -> None:
    """The second one would make it again, as their page has just said that there is none."""
    made, there = folder_of_mia(emulator)
    async with people(first=there, environ={"VENUESYNC_DRIVE__ENDPOINT": emulator.url}) as on:
        await on.shows("venue/People/Mia Lindqvist")
        await linked(on, link=True)
        await on.press("l")
        await on.shows(made, "l Take it back")
        await linked(on, link=False)
        await on.shows("l Make it")
        send(on, "l")
        await on.shows("This is another one")
        assert on.line.asked == []
        assert not shared(emulator, made)
        await asyncio.sleep(unseen)
        await on.press("l")
        await on.shows(made, "l Take it back")


@pytest.mark.slow
async def test_the_page_of_whoever_is_forgotten_elsewhere_tells_of_no_link(emulator: Emulator) -> None:
    made, there = folder_of_mia(emulator)
    async with people(first=there, environ={"VENUESYNC_DRIVE__ENDPOINT": emulator.url}) as on:
        await on.shows("venue/People/Mia Lindqvist")
        await linked(on, link=True)
        await on.press("l")
        await on.shows(made, "l Take it back")
        await on.evening.app.service.ask(MergePeople(person=on.person("Mia Lindqvist"), into="Jonas Lindqvist"))
        await on.until(lambda: made not in on.screen)
        await on.shows("Whoever this was is one with somebody else now")


async def test_who_can_open_a_folder_is_not_said_before_the_agent_has_said_it() -> None:
    """`Only you can open` it stood there, whoever had been let in, also where nobody could be asked."""
    async with people() as on:
        on.line.refuses[GetPerson] = NoAgent("No agent runs here")
        await on.press("l")
        await on.shows("Link of Mia Lindqvist", "No agent runs here")
        assert "Only you" not in on.screen


@pytest.mark.slow
async def test_cards_of_everybody_with_a_link_are_written(emulator: Emulator) -> None:
    made, there = folder_of_mia(emulator)
    async with people(first=there, environ={"VENUESYNC_DRIVE__ENDPOINT": emulator.url}) as on:
        await on.shows("venue/People/Mia Lindqvist")
        await on.app.agent.ask(LinkPerson(person=on.person("Mia Lindqvist")))
        await on.until(lambda: any(one["link"] for one in on.app.view.state.people))
        await on.press("G", "w")
        await on.shows("Write the cards to", "cards.html")
        send(on, "\x7f" * 4 + "doc\r")
        await on.shows("Cards cannot be written so: cards.doc")
        send(on, "\x7f" * 3 + "html\r")
        await on.shows("1 card written")
        sheet = Path(on.app.view.state.status["workspace"]) / "cards.html"
        assert "Mia Lindqvist" in sheet.read_text() and made in sheet.read_text()


@pytest.mark.slow
async def test_no_card_is_written_of_a_link_that_is_taken_back_while_its_path_is_typed(emulator: Emulator) -> None:
    _, there = folder_of_mia(emulator)
    async with people(first=there, environ={"VENUESYNC_DRIVE__ENDPOINT": emulator.url}) as on:
        await on.shows("venue/People/Mia Lindqvist")
        await linked(on, link=True)
        await on.until(lambda: any(one["link"] for one in on.app.view.state.people))
        await on.press("G", "w")
        await on.shows("Write the cards to", "cards.html")
        await linked(on, link=False)
        await on.until(lambda: not any(one["link"] for one in on.app.view.state.people))
        await on.press("enter")
        await on.shows("Nobody has a link")
        assert not (Path(on.app.view.state.status["workspace"]) / "cards.html").exists()


async def test_a_link_that_cannot_be_made_says_why() -> None:
    async with people(drive=("offline", "22:10:00")) as on:
        await on.press("l")
        await asyncio.sleep(HELD)
        await on.press("l")
        await on.shows("Drive cannot be reached now: No internet. Try again when it is back", "l Make it")
