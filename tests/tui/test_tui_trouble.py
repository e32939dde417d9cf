"""Errors: by cause, with their photos; retried, set aside, answered; and what healed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from monitor_pilot import Stage, screen, stage
from packets import DOWN, send
from prepared import Evening
from standing import at
from troubled import DAMAGED, FACES, asked, damage, errors, hold

from agent.errors import PhotoDefect, VenueError
from agent.faces.results import COPY_AGAIN, Fault, LookError
from agent.ledger import troubles
from agent.ledger.sqlite.rows import Db
from agent.ledger.troubles import Subject
from agent.model import EventPhotoId
from agent.requests.control import Retry
from agent.requests.troubles import DismissTroubles, ListSetAside, RestoreTroubles
from tests.patience import within
from tui.keys.remedies import on_errors
from tui.pictures.picture import Picture
from tui.screens.look import Look
from tui.screens.photo import Photo
from tui.widgets.dialogs import Question
from tui.widgets.errors import Causes
from tui.widgets.troubles import OneTrouble

UP = "\x1b[A"


def fail_again(db: Db) -> None:
    error = LookError(Fault.DAMAGED, "The picture's data are damaged", COPY_AGAIN)
    for number, name in zip(FACES, DAMAGED, strict=True):
        subject = Subject(f"photo:{number}", name, event_photo=EventPhotoId(number))
        troubles.open_trouble(db, subject, error, at("22:14:07"))


def ids_of(on: Stage, title: str) -> list[int]:
    return next(one["ids"] for one in on.app.state.troubles["open"] if one["title"] == title)


async def test_causes_say_why_and_what_to_do_and_what_healed() -> None:
    async with errors() as on:
        await on.shows("Needs you 3", "> Photo cut short", "1 photo", "since 22:13", "why  DSC_4402.jpg: The file ends")
        await on.shows("do  Copy it from the card again", "File damaged in transfer", "3 photos")
        await on.shows("Healed by itself 17", "The share was away, 14 times", "over after 6 min")


@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (80, 40), (120, 36)])
async def test_why_and_do_are_whole_sentences(size: tuple[int, int]) -> None:
    async with errors(size) as on:
        await on.shows("> Photo cut short")
        for cause in on.app.state.troubles["open"]:
            await on.until(lambda cause=cause: f"> {cause['title']}" in on.screen)
            right = on.app.screen.query_one(Causes).region.right
            told = " ".join(row[:right].strip(" █") for row in on.rows)
            assert f"why  {cause['detail']}" in " ".join(told.split()).replace("why ", "why  ")
            assert on_errors(cause["remedy"]) in " ".join(told.split())
            await on.press("down")


@pytest.mark.slow
async def test_of_hundreds_of_photos_the_newest_are_listed() -> None:
    def many(db: Db) -> None:
        gone = VenueError("Drive refused a file", "the folder was removed", "Try it again")
        for number in range(1, 231):
            subject = Subject(f"photo:{number}", f"DSC_{number:05}.jpg", event_photo=EventPhotoId(number))
            troubles.open_trouble(db, subject, gone, at("22:14:00"))

    async def happen(evening: Evening) -> None:
        await evening.write(many)

    async with screen("5", "Needs you", size=(120, 36), first=happen) as on:
        await on.shows("> Drive refused a file", "230 photos", "the newest 200")
        assert "is wrong" not in on.screen
        await on.press("enter")
        await on.shows("the newest 200", "DSC_00230.jpg")


@pytest.mark.slow
async def test_x_tries_the_newest_of_the_cause_and_big_x_all_of_it() -> None:
    async with errors() as on:
        await on.shows("> Photo cut short")
        await on.press("down", "down", "x")
        await on.shows("Trying again: 1 photo: Photo damaged")
        await on.press("X")
        await on.shows("Trying again: 3 photos: Photo damaged")
        assert asked(on, Retry) == [Retry(ids=[FACES[2]]), Retry(ids=list(FACES[::-1]))]


@pytest.mark.slow
async def test_what_is_tried_again_in_vain_is_at_its_place_with_the_mark_on_it() -> None:
    async with errors() as on:
        await on.shows("> Photo cut short")
        causes = [row for row in on.rows if "since 22" in row]
        await on.press("end")
        await on.shows("> Photo damaged")
        marked = next(y for y, row in enumerate(on.rows) if row.startswith(" > "))
        await on.evening.write(troubles.heal_all, [f"photo:{number}" for number in FACES], on.clock.now)
        await on.shows("Needs you 2", "> File damaged")
        await on.evening.write(fail_again)
        await on.shows("Needs you 3", "> Photo damaged")
        await on.until(lambda: on.rows[marked].startswith(" > Photo damaged"))  # the list has its height again
        assert [row[3:20] for row in on.rows if "since 22" in row] == [row[3:20] for row in causes]


@pytest.mark.slow
async def test_one_is_set_aside_at_once_and_several_after_a_question() -> None:
    async with errors() as on:
        await on.shows("> Photo cut short")
        cut, damaged = ids_of(on, "Photo cut short"), ids_of(on, "Photo damaged")
        await on.press("d")
        await on.until(lambda: asked(on, DismissTroubles) == [DismissTroubles(ids=cut)])
        await on.shows("Needs you 2", "Set aside 1")
        await on.click("Photo damaged")
        await on.shows("> Photo damaged")
        await on.press("d")
        await on.shows("Set all 3 of “Photo damaged” aside?", "y Yes", "n No")
        await on.press("n")
        await on.until(lambda: not isinstance(on.app.screen, Question))
        await on.press("d", "y")
        await on.until(lambda: asked(on, DismissTroubles)[-1] == DismissTroubles(ids=damaged))
        await on.shows("Needs you 1", "Set aside 4")


@pytest.mark.slow
async def test_what_was_set_aside_is_listed_by_name_and_comes_back() -> None:
    async with errors(dismissed=2) as on:
        await on.shows("Set aside 2", "DSC_4483.jpg", "DSC_4482.jpg", "only on the card", "Photo damaged")
        await on.press("h", "down", "space")
        await on.until(lambda: isinstance(on.app.screen, Look) and "DSC_448" in on.rows[0])
        await on.press("escape", "b")
        await on.until(lambda: len(asked(on, RestoreTroubles)) == 1)
        await on.shows("Needs you again: DSC_448", "Set aside 1")
        other = [row["id"] for row in await on.evening.app.service.ask(ListSetAside())]
        await on.evening.app.service.ask(RestoreTroubles(ids=other))
        await on.until(lambda: "Set aside 1" not in on.screen)


@pytest.mark.slow
async def test_enter_opens_the_cause_with_its_photos() -> None:
    async with errors() as on:
        await on.shows("> Photo cut short")
        await on.press("end", "enter")
        await on.shows("> DSC_4483.jpg", "DSC_4482.jpg", "DSC_4481.jpg", "Photo damaged 3")
        await on.press("down", "enter")
        await on.until(lambda: isinstance(on.app.screen, Photo))
        await on.press("escape")
        await on.shows("> DSC_4482.jpg")
        one = await on.evening.read(
            lambda db: [row["id"] for row in troubles.opened(db) if row["subject"] == DAMAGED[1]]
        )
        await on.press("x")
        await on.until(lambda: asked(on, Retry) == [Retry(ids=[FACES[1]])])
        await on.press("d")
        await on.until(lambda: asked(on, DismissTroubles) == [DismissTroubles(ids=one)])
        await on.press("escape")
        await on.shows("Needs you 3")


@pytest.mark.slow
async def test_each_row_is_tried_and_set_aside_once_while_the_agent_is_at_another_one() -> None:
    """What was asked of a second one was dropped, and nothing was said."""
    async with errors() as on:
        await on.shows("> Photo cut short")
        await on.press("end", "enter")
        await on.shows("> DSC_4483.jpg", "DSC_4482.jpg", "DSC_4481.jpg")
        on.line.holds[Retry], on.line.holds[DismissTroubles] = asyncio.Event(), asyncio.Event()
        ids = await on.evening.read(lambda db: {row["subject"]: row["id"] for row in troubles.opened(db)})
        for key in ("x", "d"):
            await on.press(key, "down", key, "up", key)
        await on.until(lambda: len(asked(on, Retry)) == 2)
        assert asked(on, Retry) == [Retry(ids=[FACES[2]]), Retry(ids=[FACES[1]])]
        on.line.holds[DismissTroubles].set()
        await on.until(lambda: "DSC_4482.jpg" not in on.screen, 20)
        assert asked(on, DismissTroubles) == [DismissTroubles(ids=[ids[name]]) for name in DAMAGED[:0:-1]]


@pytest.mark.slow
async def test_all_that_is_brought_back_comes_back_while_the_agent_is_at_the_first_one() -> None:
    async with errors(dismissed=2) as on:
        await on.shows("Set aside 2", "DSC_4483.jpg", "DSC_4482.jpg")
        on.line.holds[RestoreTroubles] = held = asyncio.Event()
        await on.press("h", "b", "down", "b")
        held.set()
        await on.until(lambda: len(asked(on, RestoreTroubles)) == 2)


@pytest.mark.slow
async def test_a_cause_that_is_over_closes_its_page() -> None:
    async with errors() as on:
        await on.shows("> Photo cut short")
        await on.press("end", "enter")
        await on.shows("Photo damaged 3")
        await on.evening.write(troubles.heal_all, [f"photo:{number}" for number in FACES], on.clock.now)
        await on.shows("Needs you 2")


async def test_one_after_the_other_is_set_aside_without_a_pause() -> None:
    """What goes by one's own key leaves the mark to the next one, as it always did."""
    async with errors() as on:
        await on.shows("> Photo cut short")
        before = len(asked(on, DismissTroubles))
        send(on, "d")
        await on.until(lambda: len(asked(on, DismissTroubles)) == before + 1 and "> Photo cut short" not in on.screen)
        send(on, "d")
        await on.until(lambda: len(asked(on, DismissTroubles)) == before + 2 or "aside?" in on.screen)


@pytest.mark.slow
async def test_z_behind_what_is_brought_back_sets_it_aside_again() -> None:
    async with errors(dismissed=2) as on:
        await on.shows("Set aside 2")
        on.line.holds[RestoreTroubles] = held = asyncio.Event()
        await on.press("h", "b", "z")
        await on.until(lambda: bool(asked(on, RestoreTroubles)))
        held.set()
        await on.shows("Undone: DSC_448", "no longer set aside")


async def test_keys_that_would_do_nothing_are_not_offered() -> None:
    async with errors(held=True) as on:
        await on.shows("> 120 photos")
        assert "x Retry" not in on.rows[-1]
        assert "y Yes" in on.rows[-1]
        await on.press("down")
        await on.shows("x Retry")
        assert "y Yes" not in on.rows[-1]


TOLD = {"open_marked": "enter Open", "retry": "x Retry", "set_aside": "d Set aside", "yes": "y Yes", "no": "n No"}


async def untrue(on: Stage, key: str, until: str) -> list[str]:
    """Rows of keys that told what was not so, or not what was, while all turns of the loop were painted."""
    found: list[str] = []

    def look(*_: object) -> None:
        works = {one.binding.id for one in on.app.screen.active_bindings.values()}
        found.extend(on.rows[-1] for id, told in TOLD.items() if (told in on.rows[-1]) != (id in works))

    on.app._display = look  # type: ignore[method-assign]
    send(on, key)
    async with within(5):
        while until not in on.screen:
            await asyncio.sleep(0)
            on.app.screen._on_timer_update()
    for _ in range(50):
        await asyncio.sleep(0)
        on.app.screen._on_timer_update()
    return found


@pytest.mark.slow
async def test_the_row_of_keys_goes_with_the_mark_in_one_paint() -> None:
    """It came turns of the loop later: `x Retry  d Set aside` stood there where a yes or a no was asked for."""
    async with errors(held=True) as on:
        await on.shows("> 120 photos", "y Yes")
        for key, until in (
            (DOWN, "> Photo cut"),
            (UP, "> 120"),
            (DOWN, "> Photo cut"),
            ("h", "> 21:25"),
            ("h", "> Pho"),
        ):
            assert not await untrue(on, key, until)


async def test_the_row_of_keys_goes_with_a_list_that_is_empty_and_filled_again() -> None:
    """It was drawn in a turn of the loop of its own: what was painted before it told keys of an empty list."""
    async with errors() as on:
        await on.shows("> Photo cut short")
        full = on.app.state
        on.app._follow(replace(full, troubles={**full.troubles, "open": []}), {"troubles"})
        assert "Nothing needs you." in on.screen
        assert not {"Open", "Retry", "aside"} & set(on.rows[-1].split())
        on.app._follow(full, {"troubles"})
        assert "Photo cut short" in on.screen
        assert {"Open", "Retry", "aside"} <= set(on.rows[-1].split())


@pytest.mark.slow
async def test_what_comes_back_has_the_mark_and_the_keys() -> None:
    """`d h h z` left them with the empty list of what healed: the cause was unmarked, and `d` took it all the same."""

    async def happen(evening: Evening) -> None:
        await evening.write(lambda db: db.execute("DELETE FROM trouble WHERE title <> 'Photo cut short'"))

    async with screen("5", "> Photo cut short", state="small", first=happen) as on:
        await on.press("d")
        await on.shows("Nothing needs you.", "Set aside 1", "Healed by itself nothing")
        assert "Open" not in on.rows[-1]
        await on.press("h", "h", "z")
        await on.shows("Needs you 1", "x tries the marked one again")
        await on.until(lambda: "enter Open" in on.rows[-1] and any(row.startswith(" > ") for row in on.rows))
        await on.press("enter")
        await on.until(lambda: type(on.app.screen).__name__ == "Cause")


async def test_what_healed_has_no_keys_of_what_needs_somebody() -> None:
    async with errors() as on:
        await on.press("h")
        await on.shows("> 21:25  The share was away")
        await on.until(lambda: not {"Open", "Retry", "aside"} & set(on.rows[-1].split()))
        await on.press("d")
        await on.pilot.pause(0.3)
        assert not asked(on, DismissTroubles)


async def test_h_goes_to_what_healed_and_back() -> None:
    async with errors() as on:
        await on.press("h")
        await on.shows("> 21:25  The share was away")
        await on.press("h")
        await on.shows("> Photo cut short")


async def test_nothing_needs_you() -> None:
    async with stage("working") as on:
        await on.press("5")
        await on.shows("Needs you none", "Nothing needs you.", "Healed by itself 3")


async def test_on_a_phone_there_is_no_why() -> None:
    async with errors((40, 15)) as on:
        await on.shows("> Photo cut short", "Copy it from the card again")
        assert "why" not in on.screen


@pytest.mark.slow
async def test_the_wide_screen_has_the_causes_photos_beside_it() -> None:
    async with errors((200, 60)) as on:
        await on.shows("> Photo cut short")
        await on.press("end")
        await on.shows("Photo damaged 3", "DSC_4482.jpg")


@pytest.mark.slow
@pytest.mark.parametrize("size", [(120, 36), (200, 60)], ids=str)
async def test_beside_the_causes_the_marked_error_is_told_in_whole(size: tuple[int, int]) -> None:
    async with errors(size) as on:
        await on.shows("> Photo cut short")
        await on.press("end", "tab", "tab", "down")
        beside = on.app.screen.query_one(OneTrouble)
        await on.until(lambda: beside.query_one(Picture).shows)
        told = " ".join(row[beside.region.x :].strip() for row in on.rows[beside.region.y :])
        assert "DSC_4482.jpg" in told
        assert "why  The picture's data are damaged" in told
        assert "do  Copy it from the card again" in told
        assert "since  22:0" in told


@pytest.mark.slow
async def test_by_mouse() -> None:
    async with errors() as on:
        await on.click("Photo damaged")
        await on.shows("> Photo damaged")
        await on.click("X Retry all")
        await on.until(lambda: asked(on, Retry) == [Retry(ids=list(FACES[::-1]))])


async def test_names_from_outside_are_literal() -> None:
    async with errors() as on:
        evil = PhotoDefect("[red]x[/]\x1b]0;owned\x07", "a" * 300, "عربى [@click=app.quit]")
        await on.evening.write(troubles.open_trouble, Subject("made:1", "x"), evil, on.clock.now + 1)
        await on.shows("[red]x[/]?]0;owned?")
        await on.press("home")
        await on.shows("> [red]x[/]?]0;owned?", "[@click=app.quit]")


@pytest.mark.slow
async def test_what_waits_and_what_is_set_aside_are_asked_for_again_when_the_agent_is_back() -> None:
    """Where the screen was opened while it was away, they never came: their counts had not changed."""

    async def happen(evening: Evening) -> None:
        await evening.write(damage)
        await evening.write(hold)
        ids = await evening.read(lambda db: [row["id"] for row in troubles.opened(db) if row["subject"] in DAMAGED])
        await evening.app.service.ask(DismissTroubles(ids=ids[:2]))

    async with stage(first=happen) as on:
        on.line.break_off()
        await on.press("5")
        await on.shows("Needs you", "Set aside 0")
        on.line.mend()
        await on.until(lambda: "their source has lost them all" in on.screen and "DSC_4482.jpg" in on.screen, 20)


@pytest.mark.slow
async def test_what_was_set_aside_is_not_said_to_have_never_failed() -> None:
    """Nor does its page offer neighbours that it has not."""
    async with errors(dismissed=1) as on:
        await on.shows("Set aside 1")
        await on.press("h", "enter")
        await on.shows(" number ", "set aside", "x Retry")
        assert "left Previous" not in on.screen
        await on.press("x")
        await on.shows("It is set aside: b on Errors brings it back")
