"""What is decided about a person by a key: renamed, merged, forgotten, given out, and taken back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from packets import BACK, send
from people_screen import listed, people
from prepared import Evening

from agent.errors import AgentEnded
from agent.requests.people import (
    ForgetPerson,
    ListDecisions,
    ListPeople,
    MergePeople,
    RenamePerson,
    WeighForgetting,
)
from agent.requests.photos import ListPhotos, WithdrawPhotos
from tui.keys.typeahead import HELD
from tui.screens.people import Person


@pytest.mark.slow
async def test_rename() -> None:
    async with people(state="small") as on:
        jonas = on.person("Jonas Lindqvist")
        await on.press("down", "r")
        await on.shows("Rename Jonas Lindqvist")
        await on.type(" Holm")
        await on.press("enter")
        await on.shows("Renamed to Jonas Lindqvist Holm: 48 photos moved; z undoes it", "> Jonas Lindqvist Holm")
        assert on.line.asked == [RenamePerson(person=jonas, name="Jonas Lindqvist Holm")]


@pytest.mark.slow
async def test_enter_with_nothing_typed_says_so_and_a_name_keeps_its_dot() -> None:
    """It did nothing at all, and `Renamed to Jonas Jr` stood there."""
    async with people(state="small") as on:
        await on.press("down", "r", "ctrl+u", "space", "enter")
        await on.shows("Nothing is typed; esc leaves everything as it is.")
        assert on.line.asked == []
        await on.press("ctrl+u")
        await on.type("Jonas Jr.")
        await on.press("enter")
        await on.shows("Renamed to Jonas Jr.: 48 photos moved; z undoes it", "> Jonas Jr.")


async def test_the_name_that_they_have_is_no_decision_and_promises_no_undo() -> None:
    """`z` took back another one. A guest became a person by it, who is asked about no more."""
    async with people(state="small") as on:
        await on.press("r", "enter")
        await on.shows("Called so already: Mia Lindqvist")
        assert "undoes" not in on.screen
        guest = next(one for one in (await on.evening.app.service.ask(ListPeople())) if one["guest"])
        made = await on.evening.app.service.ask(RenamePerson(person=guest["id"], name=guest["name"]))
        assert (made["name"], made["changed"]) == (guest["name"], False)
        assert guest in await on.evening.app.service.ask(ListPeople())
        assert (await on.evening.app.service.ask(ListDecisions()))["done"] == []


@pytest.mark.slow
async def test_a_name_that_somebody_has_in_another_case_is_refused() -> None:
    async with people(state="small") as on:
        await on.press("down", "r", "ctrl+u")
        await on.type("MIA lindqvist")
        await on.press("enter")
        await on.shows("There is somebody of that name already")
        await on.press("r", "ctrl+u")
        await on.type("JONAS Lindqvist")
        await on.press("enter")
        await on.shows("Renamed to JONAS Lindqvist")


@pytest.mark.slow
async def test_merge_asks_for_a_name_that_is_known() -> None:
    async with people(state="small") as on:
        jonas, anna = on.person("Jonas Lindqvist"), on.person("Anna Berg")
        await on.press("down", "m")
        await on.shows("Jonas Lindqvist is the same person as")
        await on.type("nobody")
        await on.press("enter")
        await on.shows("Nobody is called so.")
        await on.press(*["backspace"] * 6)
        await on.type("anna")
        await on.press("tab", "enter")
        await on.shows("Merged into Anna Berg", "of 35")
        assert on.line.asked == [MergePeople(person=jonas, into=anna)]


@pytest.mark.slow
async def test_merge_is_with_whoever_had_the_name_as_it_was_asked() -> None:
    """Two names that had been mistaken for each other were set right elsewhere since: it was the other one."""
    async with people(state="small") as on:
        service, anna, mia = on.evening.app.service, on.person("Anna Berg"), on.person("Mia Lindqvist")
        await on.press("down", "m")
        await on.shows("Jonas Lindqvist is the same person as")
        for person, name in ((anna, "Nobody"), (mia, "Anna Berg"), (anna, "Mia Lindqvist")):
            await service.ask(RenamePerson(person=person, name=name))
        await on.type("anna")
        await on.press("tab", "enter")
        await on.shows("Merged into")
        left = {one["id"]: one["name"] for one in await service.ask(ListPeople())}
        assert (left[anna], left[mia]) == ("Mia Lindqvist", "Anna Berg")
        assert "Merged into Mia Lindqvist" in on.screen


async def test_where_the_agent_has_ended_a_field_says_which_keys_start_it() -> None:
    """`Press S`: in the field that was a letter."""
    async with people() as on:
        on.line.refuses[RenamePerson] = AgentEnded("No agent runs here", "it has ended", "Press S to start it again")
        await on.press("r", "x", "enter")
        await on.shows("No agent runs here: it has ended. Press esc, then S")


async def test_esc_leaves_a_rename() -> None:
    async with people() as on:
        await on.press("r", "escape")
        await on.press("down")
        assert on.line.asked == []


@pytest.mark.slow
async def test_undo_says_what_it_took_back() -> None:
    async with people(state="small") as on:
        await on.press("r")
        await on.type("x")
        await on.press("enter")
        await on.shows("z undoes it")
        await on.press("z")
        await on.shows("Undone: Mia Lindqvist renamed to Mia Lindqvistx: 57 photos moved")
        await asyncio.sleep(HELD)
        await on.press("z")
        await on.shows("Nothing to undo")
        await on.press("U")
        await on.shows("Done again: Mia Lindqvist renamed to Mia Lindqvistx: 57 photos moved")
        await asyncio.sleep(HELD)
        await on.press("U")
        await on.shows("Nothing to redo")


@pytest.mark.slow
async def test_forgetting_asks_for_the_name_and_says_what_was_searched() -> None:
    async with people(state="small") as on:
        mia = on.person("Mia Lindqvist")
        await on.press("enter")
        await on.until(lambda: isinstance(on.app.screen, Person))
        send(on, "F")
        await on.shows("Forget Mia Lindqvist  ", "for good, also on Drive; photos stay: type the name")
        weighed = WeighForgetting(person=mia)
        send(on, "Miaz\r")
        await on.shows("That is not the name: Miaz")
        assert on.line.asked == [weighed]
        send(on, "\x7f Lindqvist\r")
        await on.until(lambda: "Forgotten Mia Lindqvist: " in on.screen, 60)
        assert on.line.asked == [weighed, weighed, ForgetPerson(person=mia)]
        assert type(on.app.screen).__name__ == "People"
        await on.until(lambda: "Mia Lindqvist" not in listed(on))


async def test_whoever_is_forgotten_and_blurred_is_shown_no_more_as_before() -> None:
    """The monitor had kept the picture of the photo, and showed it until it ended."""
    async with people() as on:
        mia, album = on.person("Mia Lindqvist"), on.app.album
        photo = (await on.line.agent.ask(ListPhotos(person=mia)))["rows"][0]["id"]
        before = await album.thumbnail(photo)
        assert before is not None
        forgetting = asyncio.ensure_future(on.line.agent.ask(ForgetPerson(person=mia, blur=True)))
        await on.until(lambda: all(one["id"] != mia for one in on.app.state.people))
        assert await album.thumbnail(photo) != before
        forgetting.cancel()


@pytest.mark.slow
async def test_who_is_called_otherwise_by_the_time_that_the_name_is_typed_is_not_forgotten() -> None:
    """A guest without a name, say, whom somebody has just named: all that was held of them went, for good."""
    async with people(state="small") as on:
        mia = on.person("Mia Lindqvist")
        await on.press("F")
        await on.shows("Forget Mia Lindqvist")
        await on.evening.app.service.ask(RenamePerson(person=mia, name="Mia Berg"))
        await on.type("Mia Lindqvist")
        await on.press("enter")
        await on.shows("That is not the name: Mia Lindqvist", "Type Mia Berg to")
        await on.press("escape")
        await on.until(lambda: "Mia Berg" in listed(on))


@pytest.mark.slow
async def test_a_name_with_a_flag_in_it_is_typed_as_it_stands_there() -> None:
    """A field shows a flag by its letters, and takes it so: nothing that could be typed was that name."""
    async with people(state="small") as on:
        mia = on.person("Mia Lindqvist")
        await on.evening.app.service.ask(RenamePerson(person=mia, name="Mia\u200d 🇸🇪"))
        await on.shows("> Mia SE")
        await on.press("F")
        await on.shows("Forget Mia SE")
        await on.type("mia se")
        await on.press("enter")
        await on.until(lambda: "Forgotten Mia SE: " in on.screen, 60)


@pytest.mark.slow
async def test_what_forgetting_does_is_told_whole_on_a_phone() -> None:
    """`for good, also on Drive; photos…`: what was to be done about it was cut away."""
    async with people((40, 15), state="small") as on:
        await on.press("F")
        await on.shows("Forget Mia Lindqvist", "for good, also on Drive; photos")
        await on.shows("stay: type the name", "enter OK")
        await on.type("Jonas")
        await on.press("enter")
        await on.shows("That is not the name: Jonas.", "enter OK")


@pytest.mark.slow
async def test_how_somebody_consented_is_asked_for_and_shown() -> None:
    async with people(state="small") as on:
        await on.press("enter")
        await on.until(lambda: isinstance(on.app.screen, Person))
        send(on, "C")
        await on.shows("How did Mia Lindqvist consent?", "as: signed form")
        send(on, "signed [b]form[/b] until 2020-01-01\r")
        await on.shows("'2020-01-01' was given: that day is")
        send(on, "\x7f" * 16 + "until 2099-01-31\r")
        await on.shows("Mia Lindqvist consented: signed [b]form[/b], until 2099-01-31")
        await on.shows("Consent signed [b]form[/b], until 2099-01-31")
        send(on, "C")
        await on.shows("signed [b]form[/b], until 2099-01-31")
        await on.press("escape", "z")
        await on.shows("Undone: Consent of Mia Lindqvist recorded")
        await on.until(lambda: "signed [b]form" not in on.screen)


@pytest.mark.slow
async def test_what_guests_are_given_is_shown() -> None:
    async with people(state="small") as on:
        await on.press("G")
        await on.shows("The guests' page", "There is no page for guests", "w Write cards")
        await on.press("w")
        await on.shows("Nobody has a link")
    environ = {
        "VENUESYNC_API__LISTEN": "127.0.0.1:9",
        "VENUESYNC_GUESTS__PAGE": "true",
        "VENUESYNC_GUESTS__ADDRESS": "https://photos.example",
    }
    async with people(environ=environ) as on:
        send(on, "G")
        await on.shows("https://photos.example/guest", "▀")


@pytest.mark.slow
async def test_an_export_asks_where_to() -> None:
    async with people(state="small") as on:
        await on.press("E")
        await on.shows("Export Mia Lindqvist to", "Mia Lindqvist.zip")
        await on.press("enter")
        await on.shows("Exported Mia Lindqvist: ")
        assert (Path(on.app.view.state.status["workspace"]) / "Mia Lindqvist.zip").is_file()


async def test_the_report_is_written_beside_the_photos() -> None:
    async with people(state="small") as on:
        await on.press("N")
        await on.shows("The report is written: ")
        assert b"venuesync report of" in (Path(on.app.view.state.status["workspace"]) / "report.html").read_bytes()


@pytest.mark.slow
async def test_a_held_z_takes_back_no_more_than_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.keys.typeahead.HELD", 60.0)  # this machine may be slower than a held key

    async def decide(evening: Evening) -> None:
        for photo in range(135, 139):
            await evening.app.service.ask(WithdrawPhotos(ids=[photo]))

    async with people(state="small", first=decide) as on:
        send(on, "z" * 20)  # by a pilot, each would wait until all is at rest, and be pressed anew on a busy machine
        await on.shows("Undone: 1 photo withdrawn", "3 more can be undone")
        assert len(on.line.asked) <= 2, "once, and once as it begins again"


@pytest.mark.slow
async def test_decisions_reach_the_agent_in_the_order_of_the_keys() -> None:
    """The answer to the first takes its time; `z` behind it takes back that one, and none before."""

    async def decide(evening: Evening) -> None:
        await evening.app.service.ask(WithdrawPhotos(ids=[135]))

    async with people(state="small", first=decide) as on:
        done = lambda: [one.text for one in on.evening.roster.journal()]  # noqa: E731
        gate = on.line.holds[RenamePerson] = asyncio.Event()
        await on.press("r")
        await on.type("x")
        await on.press("enter", "z")
        assert done() == ["1 photo withdrawn"]
        gate.set()
        await on.shows("Undone: Mia Lindqvist renamed to Mia Lindqvistx")
        assert done() == ["1 photo withdrawn"]


@pytest.mark.slow
async def test_a_home_that_is_none_is_said() -> None:
    """`~Desktop/mia.zip`, with a stroke too few, was told as a fault of the monitor's."""
    async with people(state="small") as on:
        await on.press("E")
        await on.shows("Export Mia Lindqvist to")
        send(on, f"{BACK * 200}~Desktop/mia.zip\r")
        await on.shows("There is no such home: ~Desktop/mia.zip")
        await on.press("escape")
        assert on.app.fault is None
