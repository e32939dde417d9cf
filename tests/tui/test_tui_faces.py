"""Faces: groups to name and near misses to answer, by keys and by mouse."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from likeness import NEAR_MISS, SMALL, face, looks, near
from monitor_pilot import Stage, screen, stage
from picture import rows
from prepared import STARTED, Evening

from agent.errors import VenueError
from agent.ledger import matches, meta
from agent.ledger.faces import Looked, record_again
from agent.ledger.matches import Question
from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT, PersonId, PhotoId
from agent.requests.faces import ConfirmMatch, DenyMatch, GetFacePicture, IgnoreUnknown, ListReview, NameUnknown
from agent.requests.people import ForgetPerson, ListPeople, RenamePerson
from tui.keys.typeahead import HELD
from tui.pictures.picture import Picture
from tui.screens.photo import Photo


@asynccontextmanager
async def faces(**how: Any) -> AsyncGenerator[Stage]:
    async with screen("3", "Who is this?", **how) as on:
        yield on


async def questions(on: Stage) -> list[int]:
    """Their numbers, the first one asked first."""
    return [row["id"] for row in await on.evening.app.service.ask(ListReview())]


async def test_five_groups_and_one_question_as_drawn() -> None:
    async with faces() as on:
        await on.shows("1-5 of 7 groups, 68 faces, largest first", "> Guest 07  24", "last 22:13", "Guest 16   5")
        await on.shows("1 of 3 near misses", "Left  DSC_4464.jpg, 22:13", "Right Anna Berg")
        await on.shows("Distance 0.55   same to 0.50, asked to 0.60", "y Yes, Anna   n No   l Later")
        await on.until(lambda: on.rows[4].count("▀") == 70)
        await on.until(lambda: on.rows[14].startswith(" ▀▀▀▀▀▀▀▀▀▀▀▀▀▀  ▀▀▀▀▀▀▀▀▀▀▀▀▀▀  Left"))


def group_of(faces: int, on: Stage) -> str:
    """What stands below the group of so many faces: those nobody has named become guests as time goes by."""
    found = re.search(rf"(unnamed,|Guest \d+) +{faces}\b", on.screen)
    return "" if found is None else found[0]


@pytest.mark.slow
async def test_a_large_screen_shows_all_groups_in_lines_that_can_be_walked_and_named() -> None:
    async with faces(size=(120, 60)) as on:
        await on.shows("68 faces in 7 groups, largest first", "> Guest 07", "unnamed, 4 faces", "unnamed, 3 faces")
        await on.until(lambda: [row.count("▀") for row in on.rows[4:14]] == [100] * 10)
        await on.until(lambda: [row.count("▀") for row in on.rows[16:26]] == [40] * 10)
        await on.press("down")
        await on.shows("> unnamed, 4 faces")
        await on.press("enter")
        await on.type("Zoe")
        await on.shows("Name Zoe")
        assert "Name Zoe" in on.rows[27]
        await on.press("enter")
        await on.until(lambda: bool(on.line.asked))
        assert isinstance(on.line.asked[0], NameUnknown)
        await on.shows("6 groups")
        assert "> unnamed, 3 faces" in on.rows[26]


@pytest.mark.slow
@pytest.mark.parametrize(("size", "rows"), [((80, 24), 7), ((120, 36), 16), ((200, 60), 36)])
async def test_the_two_faces_of_a_near_miss_fill_the_room_that_there_is(size: tuple[int, int], rows: int) -> None:
    async with faces(size=size) as on:
        await on.shows("1 of 3 near misses")
        both = "▀" * 2 * rows + "  " + "▀" * 2 * rows
        await on.until(lambda: sum(both in row and "▀" not in row.replace(both, "") for row in on.rows) == rows)


@pytest.mark.slow
async def test_naming_takes_a_group_away_at_once_and_z_brings_it_back() -> None:
    async with faces(state="small", started=(*STARTED, "guests")) as on:
        await on.shows("> Guest 07", "unnamed, 4")
        await on.press("right", "enter")
        await on.type("Linn")
        await on.shows("Name Linn")
        await on.press("enter")
        await on.until(lambda: not group_of(4, on))
        await on.until(lambda: f"> {group_of(3, on)}" in on.screen)
        assert on.line.asked == [NameUnknown(id="c1", name="Linn")]
        await on.press("z")
        await on.shows("Undone: Linn named")
        await on.until(lambda: group_of(4, on) != "")


@pytest.mark.slow
async def test_a_known_name_completes_and_esc_leaves_the_name() -> None:
    async with faces(state="small") as on:
        guest = on.person("Guest 07")
        await on.shows("> Guest 07")
        await on.press("enter")
        await on.type("mi")
        await on.press("tab", "enter")
        await on.until(lambda: on.line.asked == [NameUnknown(id=guest, name="Mia Lindqvist")])
        await on.until(lambda: "Guest 07" not in on.screen)
        await on.press("enter", "escape", "right")
        await on.until(lambda: "> unnamed, 3" in on.screen)
        assert len(on.line.asked) == 1


@pytest.mark.slow
async def test_a_known_name_in_another_case_is_that_person() -> None:
    async with faces(state="small") as on:
        guest = on.person("Guest 07")
        await on.shows("> Guest 07")
        await on.press("enter")
        before = {one.name for one in on.evening.roster.people()}
        await on.type("mia  LINDQVIST")
        await on.press("enter")
        await on.until(lambda: on.line.asked == [NameUnknown(id=guest, name="mia  LINDQVIST")])
        await on.until(lambda: {one.name for one in on.evening.roster.people()} == before - {"Guest 07"})


@pytest.mark.slow
async def test_a_name_goes_to_whom_it_was_begun_for() -> None:
    """The group is decided elsewhere while the name is typed: the next one has its place, and not its name."""
    async with faces(state="small") as on:
        guest = on.person("Guest 07")
        await on.shows("> Guest 07")
        await on.press("enter")
        await on.type("Pen")
        asked = len(on.line.queries)
        await on.line.agent.ask(IgnoreUnknown(id=guest))
        await on.until(lambda: any(isinstance(one, ListReview) for one in on.line.queries[asked:]))
        await on.type("ny")
        await on.press("enter")
        await on.until(lambda: on.line.asked == [NameUnknown(id=guest, name="Penny")])
        await on.shows("That is not asked any more")


@pytest.mark.slow
async def test_merge_takes_only_known_names() -> None:
    async with faces(state="small") as on:
        guest, tom = on.person("Guest 07"), on.person("Tom Becker")
        await on.shows("> Guest 07")
        await on.press("m")
        await on.shows("Guest 07 is", "somebody who is known already")
        await on.type("nobody")
        await on.press("enter")
        await on.shows("Nobody is called so.")
        await on.press(*["backspace"] * 6)
        await on.type("tom b")
        await on.press("enter", "tab", "enter")
        await on.until(lambda: on.line.asked == [NameUnknown(id=guest, name=tom)])
        await on.until(lambda: "Guest 07" not in on.screen)


@pytest.mark.slow
@pytest.mark.parametrize("forgotten", [False, True], ids=["renamed", "forgotten"])
async def test_merge_is_with_whoever_was_known_as_it_was_asked(*, forgotten: bool) -> None:
    """Renamed or forgotten elsewhere since: somebody new got the name, with folders here and on Drive."""
    async with faces(state="small") as on:
        service, tom = on.evening.app.service, on.person("Tom Becker")
        await on.shows("> Guest 07")
        await on.press("m")
        await on.shows("somebody who is known already")
        await service.ask(ForgetPerson(person=tom) if forgotten else RenamePerson(person=tom, name="Thomas Becker"))
        await on.type("tom b")
        await on.press("tab", "enter")
        await on.shows("They are nobody any more" if forgotten else "Named Thomas Becker")
        names = [one["name"] for one in await service.ask(ListPeople())]
        assert "Tom Becker" not in names
        assert ("Guest 07" in names, "Thomas Becker" in names) == (forgotten, not forgotten)


@pytest.mark.slow
async def test_ignore() -> None:
    async with faces(state="small") as on:
        guest = on.person("Guest 07")
        await on.shows("> Guest 07")
        await on.press("i")
        await on.shows("Ignored Guest 07", "> unnamed, 4")
        assert on.line.asked == [IgnoreUnknown(id=guest)]


@pytest.mark.slow
async def test_the_mark_goes_back_to_a_group_that_comes_back() -> None:
    """Else `i z i z`, typed fast, ignores nobody the second time, and takes back what was decided long before."""
    async with faces(state="small") as on:
        for number in range(5, 0, -1):
            await on.shows(f"in {number} group", "> ")
            await asyncio.sleep(0.2)  # a thumb that holds the key repeats it sooner, and that is nothing
            await on.press("i")
        await on.shows("> Same person?")
        await on.press("z")
        await on.shows("in 1 group", "> Guest")
        await on.press("i")
        await on.shows("> Same person?")
        await on.press("tab", "z")
        await on.shows("in 1 group", "> Guest")


@pytest.mark.slow
async def test_what_the_agent_refuses_comes_back_with_the_reason() -> None:
    async with faces(state="small") as on:
        await on.shows("> Guest 07")
        on.line.refuses[IgnoreUnknown] = VenueError("The list of people is locked", "", "Try again")
        await on.press("i")
        await on.shows("The list of people is locked: Try again", "Guest 07")


@pytest.mark.slow
@pytest.mark.parametrize(("key", "verb"), [("y", ConfirmMatch), ("n", DenyMatch)])
@pytest.mark.parametrize("by_mouse", [False, True])
async def test_a_near_miss_is_answered_and_the_next_one_asked(
    key: str, verb: type[ConfirmMatch | DenyMatch], by_mouse: bool
) -> None:
    async with faces(state="small") as on:
        await on.shows("1 of 3 near misses", "DSC_4464.jpg")
        first, *_ = await questions(on)
        await (on.click("y Yes, Anna" if key == "y" else "n No   l") if by_mouse else on.press(key))
        await on.shows("1 of 2 near misses", "DSC_4463.jpg")
        await on.until(lambda: on.line.asked == [verb(id=first)])


def a_newer_one(db: Db, anna: PersonId) -> None:
    """Somebody on the newest photo with faces may be Anna, too."""
    row = db.execute(
        "SELECT f.id, f.photo FROM face f JOIN event_photo ep ON ep.photo = f.photo WHERE ep.event = ?"
        " ORDER BY ep.id DESC LIMIT 1",
        (DEFAULT_EVENT,),
    ).fetchone()
    matches.ask(db, DEFAULT_EVENT, row["photo"], {row["id"]: Question(anna, 0.55, "near miss")})
    meta.count_up(db, matches.CHANGES)


@pytest.mark.slow
async def test_the_near_miss_that_somebody_looks_at_stays_while_newer_ones_come() -> None:
    """It was replaced under the finger: `y` went to another one."""
    async with faces(state="small") as on:
        await on.shows("1 of 3 near misses", "Left  DSC_4464.jpg")
        first, *_ = await questions(on)
        await on.evening.write(a_newer_one, PersonId(on.person("Anna Berg")))
        await on.shows("1 of 4 near misses", "Left  DSC_4464.jpg")
        assert (await questions(on))[0] != first
        await on.press("y")
        await on.until(lambda: on.line.asked == [ConfirmMatch(id=first)])


@pytest.mark.slow
async def test_a_near_miss_that_is_taken_back_is_asked_again() -> None:
    async with faces(state="small") as on:
        await on.shows("1 of 3 near misses", "Left  DSC_4464.jpg")
        await on.press("n")
        await on.shows("Left  DSC_4463.jpg", "No, not Anna Berg")
        await on.press("z")
        await on.shows("Undone", "Left  DSC_4464.jpg")


@pytest.mark.slow
async def test_a_near_miss_shows_no_faces_until_its_own_are_here() -> None:
    """Those of the one before stood beside its words, and were answered for it."""
    async with faces(state="small") as on:
        await on.shows("1 of 3 near misses", "Left  DSC_4464.jpg")
        picture = on.app.screen.query_one("#candidate", Picture)
        await on.until(lambda: picture.shows)
        on.line.holds[GetFacePicture] = held = asyncio.Event()
        await on.press("y")
        await on.shows("Left  DSC_4463.jpg")
        await on.until(lambda: not picture.shows)
        held.set()
        await on.until(lambda: picture.shows)


@pytest.mark.slow
async def test_later_is_the_last_one_and_means_later_only_there() -> None:
    async with faces(state="small") as on:
        await on.shows("1 of 3 near misses", "DSC_4464.jpg")
        await on.press("l")
        await on.shows("DSC_4464.jpg")
        await on.press("tab", "l")
        await on.shows("> Same person?", "DSC_4463.jpg", "1 of 3 near misses")
        for miss in ("2 near misses", "1 near miss"):
            await on.press("y")
            await on.shows(f"1 of {miss}")
            await asyncio.sleep(HELD)
        await on.shows("DSC_4464.jpg", "1 of 1 near miss")


@pytest.mark.slow
async def test_enter_on_a_near_miss_opens_its_photo() -> None:
    async with faces() as on:
        await on.shows("1 of 3 near misses")
        await on.press("tab", "enter")
        await on.until(lambda: isinstance(on.app.screen, Photo))
        await on.shows("DSC_4464.jpg")
        await on.press("escape")
        await on.shows("Who is this?")


@pytest.mark.slow
async def test_why_it_is_asked_and_who_is_as_near() -> None:
    async with faces() as on:
        await on.shows("1 of 3 near misses")
        anna, priya = PersonId(on.person("Anna Berg")), PersonId(on.person("Priya Raman"))

        def one_with_a_rival(db: Db) -> None:
            asked = Question(anna, 0.55, "Priya Raman is as near", priya, 0.54)
            first, *others = matches.open_questions(db, DEFAULT_EVENT)
            matches.ask(db, DEFAULT_EVENT, first["photo"], {first["face"]: asked})
            for row in others:
                matches.ask(db, DEFAULT_EVENT, row["photo"], {})
            meta.count_up(db, matches.CHANGES)

        await on.evening.write(one_with_a_rival)
        await on.shows("Priya Raman is as near", "1 of 1 near miss")


@pytest.mark.slow
async def test_the_mark_walks_over_pages_of_groups() -> None:
    async with faces() as on:
        await on.shows("> Guest 07")
        await on.press("end")
        await on.shows("> unnamed, 3", "unnamed, 4")
        await on.until(lambda: "Guest 07" not in on.screen)
        await on.press("home")
        await on.shows("> Guest 07")


@pytest.mark.slow
async def test_a_phone_shows_one_kind_at_a_time() -> None:
    async with faces(size=(40, 15), state="small") as on:
        await on.shows("> Guest 07", "Who is this?")
        assert "Same person?" not in on.screen
        await on.press("tab")
        await on.shows("Same person?", "Anna Berg", "Distance 0.55")
        assert "Who is this?" not in on.screen
        first, *_ = await questions(on)
        await on.press("y")
        await on.until(lambda: on.line.asked == [ConfirmMatch(id=first)])


async def test_without_colour_faces_are_shades() -> None:
    async with faces(look="plain") as on:
        await on.until(lambda: any(shade in on.rows[5] for shade in "░▒▓"))
        assert "▀" not in "".join(rows(on.app)[3:9])


@pytest.mark.slow
async def test_whom_another_monitor_has_named_meanwhile_is_called_so() -> None:
    """It was "no such guest or group", and an id."""
    async with faces(state="small") as on:
        on.line.holds[NameUnknown] = gate = asyncio.Event()
        await on.press("enter")
        await on.type("Yan")
        await on.press("enter")
        await on.until(lambda: bool(on.line.asked))
        (asked,) = on.line.asked
        assert isinstance(asked, NameUnknown)
        await on.evening.app.service.ask(NameUnknown(id=asked.id, name="Zoe"))
        gate.set()
        await on.shows("They have a name already: Zoe. See who there is: press 2")


@pytest.mark.parametrize(("key", "verb"), [("y", ConfirmMatch), ("n", DenyMatch)])
async def test_what_another_monitor_answers_under_the_finger_leaves_no_answer_to_the_next_question(
    key: str, verb: type[ConfirmMatch | DenyMatch], unseen: float
) -> None:
    """The key went to a face that nobody had looked at."""
    async with faces(state="small") as on:
        await on.shows("1 of 3 near misses", "Left  DSC_4464.jpg")
        first, second, *_ = await questions(on)
        await on.evening.app.service.ask(DenyMatch(id=first))
        await on.shows("1 of 2 near misses", "Left  DSC_4463.jpg")
        await on.press(key)
        await on.shows("This is another one", "Left  DSC_4463.jpg")
        assert on.line.asked == []
        await asyncio.sleep(unseen)
        await on.press(key)
        await on.until(lambda: on.line.asked == [verb(id=second)])


async def test_whom_another_monitor_ignores_under_the_finger_leaves_nothing_to_the_next_group(unseen: float) -> None:
    """Neither `i` nor a name."""
    async with faces(state="small") as on:
        await on.shows("> Guest 07", "unnamed, 4")
        await on.evening.app.service.ask(IgnoreUnknown(id=on.person("Guest 07")))
        await on.until(lambda: "Guest 07" not in on.screen)
        await on.press("i", "enter", "Z", "i", "enter")
        await on.shows("This is another one", "> ")
        assert on.line.asked == []
        await asyncio.sleep(unseen)
        await on.press("i")
        await on.until(lambda: [type(one) for one in on.line.asked] == [IgnoreUnknown])


async def test_what_another_monitor_decided_before_this_ones_word_comes_is_said_without_a_number() -> None:
    async with faces(state="small") as on:
        first, *_ = await questions(on)
        on.line.holds[ConfirmMatch] = answered = asyncio.Event()
        await on.press("y")
        await on.until(lambda: on.line.asked == [ConfirmMatch(id=first)])
        await on.evening.app.service.ask(DenyMatch(id=first))
        answered.set()
        await on.shows("That is not asked any more: it was decided elsewhere, or has gone meanwhile")
        assert len(await questions(on)) == 2
        guest = on.person("Guest 07")
        on.line.holds[IgnoreUnknown] = ignored = asyncio.Event()
        await on.press("i")
        await on.until(lambda: on.line.asked[1:] == [IgnoreUnknown(id=guest)])
        await on.evening.app.service.ask(IgnoreUnknown(id=guest))
        ignored.set()
        await on.until(lambda: guest not in on.screen and "That is not asked any more" in on.screen)


async def test_nothing_to_decide_is_said() -> None:
    async with stage("empty") as on:
        await on.press("3")
        await on.shows("Nobody is unknown: every group of faces has a name.", "No near miss waits for an answer.")
        assert "y Yes" not in on.rows[-1]
        await on.press("tab")
        assert not {"Yes", "No", "Later", "Photo"} & set(on.rows[-1].split()), on.rows[-1]


@pytest.mark.slow
async def test_while_a_name_is_typed_the_keys_of_that_are_named() -> None:
    """`/ Find` typed a slash, and what takes the name was not there."""
    async with faces(state="small") as on:
        await on.press("enter")
        await on.until(lambda: on.rows[-1].startswith(" enter OK   tab Complete   esc Back"))
        assert "Find" not in on.rows[-1]
        await on.press("escape")
        await on.until(lambda: "/ Find" in on.rows[-1])


@pytest.mark.slow
async def test_faces_that_have_no_name_yet_are_somebody() -> None:
    async with faces(state="small") as on:
        await on.press("right")
        await on.shows("> unnamed, ")
        await on.press("m")
        await on.shows("These faces are  ", "somebody who is known already")


def near_misses(db: Db, engine: str, anna: str, count: int) -> list[PhotoId]:
    """Somebody who may be Anna stands on so many photos more, on which Anna is not."""
    rows = db.execute(
        "SELECT photo FROM event_photo ep WHERE verified_at IS NOT NULL AND id < 100 AND NOT EXISTS"
        " (SELECT 1 FROM face f JOIN assignment a ON a.face = f.id AND a.person = ? WHERE f.photo = ep.photo)"
        " ORDER BY id DESC LIMIT ?",
        (anna, count),
    )
    found = [PhotoId(row["photo"]) for row in rows]
    for number, photo in enumerate(found):
        seen = face(9, near(looks("Anna Berg"), NEAR_MISS, 5000 + number), SMALL)
        record_again(db, photo, Looked(6000, 4000, None, engine, [seen]), second=False)
    return found


@pytest.mark.slow
async def test_fifty_decisions_by_keyboard() -> None:
    """Each is one key, and none waits for the agent."""

    async def fifty(evening: Evening) -> None:
        planner = evening.planner
        anna = next(one.id for one in evening.roster.people() if one.name == "Anna Berg")
        for photo in await evening.write(near_misses, planner.engine, anna, 47):
            await planner.plan_photo(photo)

    async with stage("small", first=fifty) as on:
        await on.press("3")
        await on.shows("1 of 50 near misses")
        numbers = await questions(on)
        await on.press(*["y", "n"] * 25)
        await on.shows("No near miss waits for an answer.")
        await on.until(lambda: len(on.line.asked) == 50, 30)
        verbs = [ConfirmMatch(id=one) if n % 2 == 0 else DenyMatch(id=one) for n, one in enumerate(numbers)]
        assert on.line.asked == verbs


@pytest.mark.slow
async def test_a_name_waits_for_how_they_consented_where_that_is_required(unseen: float) -> None:
    """The mark had gone on to the next group, which got the name when it was typed once more."""
    required = {"VENUESYNC_PEOPLE__REQUIRE_CONSENT": "true"}
    async with faces(environ=required) as on:
        await on.shows("> Guest 07")
        asked = on.person("Guest 07")
        await on.press("enter")
        await on.type("Linn")
        await on.press("enter")
        await on.shows("How did Linn consent?", "as: signed form")
        await on.press("escape")
        await on.shows("people.require_consent is on", "> Guest 07")
        assert "Linn" not in [one.name for one in on.evening.roster.people()]
        await asyncio.sleep(unseen)
        await on.press("enter")
        await on.type("Linn")
        await on.press("enter")
        await on.shows("How did Linn consent?")
        await on.type("signed form")
        await on.press("enter")
        await on.until(lambda: "Linn" in [one.name for one in on.evening.roster.people()])
        (linn,) = [one for one in on.evening.roster.people() if one.name == "Linn"]
        assert linn.id == asked
        assert linn.consent is not None
        assert linn.consent.how == "signed form"


@pytest.mark.slow
async def test_a_consent_that_the_agent_refuses_stays_to_be_mended() -> None:
    """It closed, and all of it was to be typed again, the name first."""
    async with faces(environ={"VENUESYNC_PEOPLE__REQUIRE_CONSENT": "true"}) as on:
        await on.press("enter")
        await on.type("Linn")
        await on.press("enter")
        await on.shows("How did Linn consent?")
        await on.type("signed form, until 2020-01-01")
        await on.press("enter")
        await on.shows("How did Linn consent?", "'2020-01-01' was given")
        await on.press(*["backspace"] * 10)
        await on.type("2099-01-01")
        await on.press("enter")
        await on.until(lambda: "Linn" in [one.name for one in on.evening.roster.people()])
        (linn,) = [one for one in on.evening.roster.people() if one.name == "Linn"]
        assert linn.consent is not None
        assert linn.consent.until == "2099-01-01"


@pytest.mark.slow
async def test_groups_are_followed_while_photos_come_without_a_break() -> None:
    """Each change broke off the question before it: over a slow line nothing was heard until no photo came any more."""
    async with faces(state="small") as on:
        await on.until(lambda: any(isinstance(one, ListReview) for one in on.line.queries))
        before, asked = len(on.line.queries), on.line.ask

        async def slowly(request: Any) -> Any:
            await asyncio.sleep(0.3)
            return await asked(request)

        on.line.ask = slowly  # type: ignore[method-assign]
        status = on.app.state.status
        assert status is not None
        for number in range(20):
            found = {**status["faces"], "found": status["faces"]["found"] + number}
            on.evening.say("status", {**status, "faces": found})
            await on.pilot.pause(0.25)
        answered = on.line.queries[before:]
        assert any(isinstance(one, ListReview) for one in answered)
