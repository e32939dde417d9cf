"""What waits for a yes: answered where it stands, and never another than was looked at."""

from __future__ import annotations

import asyncio

import pytest
from monitor_pilot import screen, stage
from packets import decided, send
from people_screen import people
from prepared import Evening
from troubled import asked, errors, hold, look_first

from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT, PersonId
from agent.requests.photos import ApprovePhotos, WithdrawPhotos
from agent.requests.troubles import ApproveHeld, RejectHeld
from tui.keys.typeahead import HELD
from tui.widgets.errors import Causes


@pytest.mark.slow
async def test_photos_that_wait_for_a_yes_are_looked_at_and_approved_one_by_one_or_all() -> None:
    async def happen(evening: Evening) -> None:
        await evening.write(look_first)

    async with screen("5", "> 3 photos of Mia & Jonas would be filed and sent", first=happen) as on:
        await on.shows("waits for your yes")
        await on.press("enter")
        await on.shows("Waiting for your yes", "HELD")
        await on.press("enter")
        await on.shows("y Approve")
        await on.press("y")
        await on.shows("Approved ", "it is filed and sent now; z undoes it")
        await on.until(lambda: "y Approve" not in on.screen)
        assert [type(one) for one in on.line.asked] == [ApprovePhotos]
        await on.press("right", "y")
        await on.until(lambda: [type(one) for one in on.line.asked] == [ApprovePhotos] * 2)
        await on.press("escape", "escape")
        await on.shows("> 1 photo of Mia & Jonas would be filed and sent")
        await on.press("n")
        await on.shows("they are withdrawn; z undoes it")
        await on.until(lambda: "would be filed and sent" not in on.screen)


async def test_venue_says_which_photos_wait_for_a_yes() -> None:
    """`3 photos need you`, with the remedy of one that failed; `Errors 1`; `5 Errors (2)`: nothing spoke of a yes."""

    async def happen(evening: Evening) -> None:
        await evening.write(look_first)

    async with stage("small", first=happen) as on:
        await on.until(lambda: on.app.state.status is not None and on.app.state.status["photos"]["held"] == 3)
        open_ones = len(on.app.state.troubles["open"])
        await on.shows(f"Errors {open_ones + 1} ", f"5 Errors ({open_ones + 1})")
        await on.shows("  3  For your yes or no", "Press 5, then y or n")
        await on.press("5")
        await on.shows("> 3 photos of Mia & Jonas", "somebody is to look at its photos first")
        await on.shows("yes files and sends them,", "no withdraws them")


@pytest.mark.slow
async def test_two_things_that_wait_are_answered_while_the_agent_is_at_the_first_one() -> None:
    async def happen(evening: Evening) -> None:
        await evening.write(hold)
        await evening.write(look_first)

    async with screen("5", "> 120 photos", "3 photos of Mia & Jonas", first=happen) as on:
        on.line.holds[ApproveHeld] = held = asyncio.Event()
        await on.press("y", "down", "y")
        held.set()
        answers = [ApproveHeld(ids=["1"]), ApproveHeld(ids=[f"photos:{DEFAULT_EVENT}"])]
        await on.until(lambda: asked(on, ApproveHeld) == answers)


@pytest.mark.slow
@pytest.mark.parametrize(("key", "verb"), [("y", ApproveHeld), ("n", RejectHeld)])
async def test_held_things_are_answered_first(key: str, verb: type[ApproveHeld | RejectHeld]) -> None:
    async with errors(held=True) as on:
        await on.shows("> 120 photos would be taken out of folders", "their source has lost them all", "y Yes   n No")
        await on.press(key)
        await on.until(lambda: asked(on, verb) == [verb(ids=["1"])])
        await on.shows("> Photo cut short")


@pytest.mark.slow
async def test_the_mark_stays_with_what_waits_when_more_comes_before_it() -> None:
    """It went to the newcomer under the finger: `y` took 120 photos out of folders."""

    async def happen(evening: Evening) -> None:
        await evening.write(look_first)

    async with screen("5", "> 3 photos of Mia & Jonas", state="small", first=happen) as on:
        await on.evening.write(hold)
        await on.shows("120 photos would be taken out of folders", "> 3 photos of Mia & Jonas")
        await on.press("y")
        await on.until(lambda: asked(on, ApproveHeld) == [ApproveHeld(ids=[f"photos:{DEFAULT_EVENT}"])])


@pytest.mark.parametrize("key", ["y", "n", "d"])
async def test_what_is_answered_elsewhere_under_the_finger_leaves_no_answer_to_the_next_one(
    key: str, unseen: float
) -> None:
    """`y` filed and sent three photos that nobody had looked at."""

    async def happen(evening: Evening) -> None:
        await evening.write(look_first)
        await evening.write(hold)

    async with screen("5", "120 photos would be taken", state="small", first=happen) as on:
        await on.press("home")
        await on.shows("> 120 photos would be taken out of folders")
        causes = on.app.screen.query_one(Causes)
        await on.line.agent.ask(RejectHeld(ids=["1"]))
        while len([one for one in causes.entries() if one.held]) == 2:
            await asyncio.sleep(0)
        send(on, key)  # in the very step in which the other one takes its place
        await on.shows("This is another one", "> 3 photos of Mia & Jonas")
        assert on.line.asked == []
        await asyncio.sleep(unseen)
        await on.press("y")
        await on.until(lambda: asked(on, ApproveHeld) == [ApproveHeld(ids=[f"photos:{DEFAULT_EVENT}"])])


async def test_a_click_on_a_key_means_what_stood_there_as_the_key_does(unseen: float) -> None:
    async def happen(evening: Evening) -> None:
        await evening.write(look_first)
        await evening.write(hold)

    async with screen("5", "120 photos would be taken", state="small", first=happen) as on:
        await on.press("home")
        await on.shows("> 120 photos would be taken out of folders", "y Yes")
        await on.line.agent.ask(RejectHeld(ids=["1"]))
        await on.shows("> 3 photos of Mia & Jonas")
        await on.click("y Yes   n No   h Others")
        await on.shows("This is another one", "> 3 photos of Mia & Jonas")
        assert on.line.asked == []
        await asyncio.sleep(unseen)
        await on.click("y Yes   n No   h Others")
        await on.until(lambda: asked(on, ApproveHeld) == [ApproveHeld(ids=[f"photos:{DEFAULT_EVENT}"])])


@pytest.mark.slow
async def test_y_approves_the_marked_one_of_those_that_wait() -> None:
    """It did nothing in their list, which is called `Waiting for your yes`."""

    async def happen(evening: Evening) -> None:
        await evening.write(look_first)

    async with screen("5", "> 3 photos of Mia & Jonas", state="small", first=happen) as on:
        await on.press("enter")
        await on.shows("Waiting for your yes", "HELD", "y Approve")
        await on.press("down", "y")
        await on.shows("Approved ", "it is filed and sent now; z undoes it")
        await on.until(lambda: sum("HELD" in row for row in on.rows) == 2)
        await asyncio.sleep(HELD)
        send(on, "y")
        await on.until(lambda: sum("HELD" in row for row in on.rows) == 1)
        assert [type(one) for one in on.line.asked] == [ApprovePhotos] * 2


@pytest.mark.slow
async def test_the_last_word_about_a_photo_holds_where_it_is_the_first_one_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The agent is at the first one still, and the third was taken for that: what was withdrawn was filed and sent."""
    monkeypatch.setattr("tui.keys.typeahead.BROUGHT", 0.1)

    async def happen(evening: Evening) -> None:
        await evening.write(look_first)

    async with screen("5", "> 3 photos of Mia & Jonas", state="small", first=happen) as on:
        await on.press("enter")
        await on.shows("Waiting for your yes", "HELD")
        await on.press("enter")
        await on.shows("y Approve")
        on.line.holds[WithdrawPhotos] = held = asyncio.Event()
        await on.press("w")
        await on.until(lambda: bool(on.line.asked))
        await on.press("y", "w")
        held.set()
        verbs = [WithdrawPhotos, ApprovePhotos, WithdrawPhotos]
        await on.until(lambda: [type(one) for one in on.line.asked] == verbs)


@pytest.mark.slow
async def test_z_behind_an_answer_takes_back_that_one() -> None:
    async def happen(evening: Evening) -> None:
        await evening.write(look_first)
        await evening.app.service.ask(WithdrawPhotos(ids=[135]))

    async with screen("5", "> 3 photos of Mia & Jonas", state="small", first=happen) as on:
        on.line.holds[RejectHeld] = held = asyncio.Event()
        await on.press("n", "z")
        await on.until(lambda: bool(asked(on, RejectHeld)))
        held.set()
        await on.shows("That cannot be brought back: DSC_4332.jpg, DSC_4331.jpg, DSC_4333.jpg")  # they are nowhere here


@pytest.mark.parametrize(("key", "verb"), [("y", ApproveHeld), ("n", RejectHeld)])
async def test_what_somebody_else_has_answered_is_not_said_to_happen(
    key: str, verb: type[ApproveHeld | RejectHeld]
) -> None:
    async with errors(held=True) as on:
        await on.shows("> 120 photos would be taken out of folders")
        on.line.holds[verb] = held = asyncio.Event()
        await on.press(key)
        await on.until(lambda: bool(asked(on, verb)))
        await on.line.agent.ask(RejectHeld(ids=["1"]))
        held.set()
        await on.shows("It was answered already: 120 photos would be taken out of folders")


async def test_y_on_a_person_approves_what_waits_of_them_and_of_nobody_else(unseen: float) -> None:
    """And copies the path of their folder again once nothing waits."""
    async with people() as on:
        mia = on.person("Mia Lindqvist")
        assert "y Approve" not in on.rows[-1]
        await on.evening.write(look_first_at, mia)
        await on.shows("y Approve")
        await asyncio.sleep(unseen)
        await on.press("y")
        await on.shows("Approved 2 photos of Mia Lindqvist", "z undoes it")
        assert decided(on) == [ApprovePhotos(person=mia)]
        await on.until(lambda: on.app.state.status is not None and on.app.state.status["photos"]["held"] == 1)
        await asyncio.sleep(HELD)
        await on.press("y")
        await on.shows("No photo of Mia Lindqvist waits for your yes")
        await on.line.agent.ask(ApprovePhotos(event=DEFAULT_EVENT))
        await on.until(lambda: "y Approve" not in on.rows[-1])
        await asyncio.sleep(HELD)
        await on.press("y")
        await on.shows("Their folder")


async def test_y_that_was_typed_to_copy_a_path_approves_nothing_that_begins_to_wait_meanwhile(unseen: float) -> None:
    async with people() as on:
        mia = on.person("Mia Lindqvist")
        await on.evening.write(look_first_at, mia)
        while on.app.state.status is None or not on.app.state.status["photos"]["held"]:
            await asyncio.sleep(0)
        send(on, "y")  # in the very step in which it becomes another key
        await on.shows("This is another one", "y Approve")
        assert decided(on) == []
        await asyncio.sleep(unseen)
        await on.press("y")
        await on.until(lambda: decided(on) == [ApprovePhotos(person=mia)])


def look_first_at(db: Db, person: PersonId) -> None:
    """Two photos of theirs wait for a yes, and one that they are not on."""
    theirs = "SELECT 1 FROM face f JOIN assignment a ON a.face = f.id WHERE f.photo = ep.photo AND a.person = ?"
    for where, number in ((f"EXISTS ({theirs})", 2), (f"NOT EXISTS ({theirs})", 1)):
        chosen = db.column(
            f"SELECT ep.id FROM event_photo ep WHERE ep.event = ? AND ep.state = 'filed' AND {where} LIMIT ?",
            (DEFAULT_EVENT, person, number),
        )
        db.executemany("UPDATE event_photo SET state = 'held' WHERE id = ?", [(one,) for one in chosen])


@pytest.mark.parametrize("key", ["d", "x", "y"])
async def test_a_key_about_a_cause_is_told_that_something_that_waits_has_come_before_it(key: str) -> None:
    """It did nothing, unsaid; and `y` would have said yes to what nobody had looked at."""
    async with errors() as on:
        await on.shows("> Photo cut short")
        causes = on.app.screen.query_one(Causes)
        await on.evening.write(hold)
        while not causes.held:
            await asyncio.sleep(0)
        send(on, key)  # in the very step in which it takes the first place
        await on.shows("This is another one", "> 120 photos would be taken out of folders")
        assert on.line.asked == []
