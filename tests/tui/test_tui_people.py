"""People and a person's page: what is listed, found, opened, and what every key does."""

from __future__ import annotations

import asyncio
import re

import pytest
from people_screen import listed, people

from agent.ledger import matches
from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT, PersonId
from agent.requests.people import (
    GetPerson,
    MergePeople,
    RenamePerson,
    Undo,
)
from agent.requests.photos import WithdrawPhotos
from tui.screens.people import Person
from tui.screens.photo import Photo


@pytest.mark.slow
async def test_no_two_keys_have_one_word() -> None:
    async with people(size=(200, 60)) as on:
        words = [one.split(" ", 1)[1] for one in re.split(r" {2,}", on.rows[-1].strip())]
        assert "Folder" in words
        assert len(words) == len(set(words)), words


@pytest.mark.slow
async def test_everybody_most_photos_first_and_the_marked_one_below() -> None:
    async with people() as on:
        assert listed(on)[:3] == ["Mia Lindqvist", "Jonas Lindqvist", "Anna Berg"]
        await on.shows("venue/People/Mia Lindqvist", "drive.google.com/drive/folders/folder7", "148 alone, 312 with")
        await on.press("down", "down")
        await on.shows("> Anna Berg", "venue/People/Anna Berg")


async def test_a_page_is_shown_at_a_time_and_end_shows_the_last() -> None:
    async with people() as on:
        await on.press("end")
        await on.shows("> Guest 16")
        await on.press("home")
        await on.shows("> Mia Lindqvist")
        await on.press("pagedown")
        await on.until(lambda: "> Mia" not in on.screen)


@pytest.mark.slow
async def test_the_first_photo_that_is_found_has_the_mark() -> None:
    """From far down the list it was the last one, and `enter` opened that."""
    async with people() as on:
        await on.press("enter")
        await on.shows("Photos 1 of 460")
        await on.press("end")
        await on.shows("Photos 100 of 460")
        await on.press("slash", "4", "4")
        await on.shows("  DSC_4471.jpg", "  DSC_4475.jpg")
        await on.press("enter")
        await on.shows("> DSC_4471.jpg")


@pytest.mark.parametrize("key", ["y", "o"])
async def test_a_folder_that_is_not_told_yet_is_not_called_none(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`There is no folder yet`, it said of whoever had just been marked."""
    monkeypatch.setenv("SSH_CONNECTION", "far away")
    async with people() as on:
        await on.shows("venue/People/Mia Lindqvist")
        on.line.late[GetPerson] = told = asyncio.Event()
        await on.press("down", key)
        await on.until(lambda: on.app.verbs.is_at("copy" if key == "y" else "open"))
        told.set()
        await on.shows("Their folder:", "venue/People/Jonas Lindqvist (copied")
        assert on.app.clipboard.endswith("venue/People/Jonas Lindqvist")


@pytest.mark.slow
async def test_the_order_goes_round() -> None:
    async with people() as on:
        await on.press("c")
        await on.shows("by name")
        assert listed(on)[0].startswith("Alexandra Cons")
        assert listed(on)[1] == "Amara Diallo"
        for said in ("most alone first", "most with others first", "most to send first", "last seen first"):
            await on.press("c")
            await on.shows(f"Order: {said}")
        assert listed(on)[0] == "Mia Lindqvist"
        await on.press("c", "c")
        await on.shows("Order: most photos first", "People 1 of 36 ")
        await on.click("Refs")
        await on.shows("Order: fewest references first")
        await on.click("Group")
        await on.shows("Order: most with others first")


async def test_the_heads_stand_above_their_columns_where_the_list_is_narrow() -> None:
    async with people(size=(120, 36)) as on:
        assert on.rows[3].strip().startswith("People 1 of 36 ")
        heads, mia = on.rows[3], on.rows[4]
        assert heads.index("Last seen") + len("Last seen") == mia.index("22:14:03") + len("22:14:03")


async def test_a_long_list_says_where_it_is_and_ends_without_blanks() -> None:
    async with people() as on:
        await on.shows("People 1 of 36")
        await on.press("end")
        await on.shows("People 36 of 36", "> Guest 16")
        rows = on.rows[3 + 1 : 3 + 12]
        assert all(row.strip(" █") for row in rows)
        assert [row.rstrip().endswith("█") for row in rows][-3:] == [True] * 3
        await on.pilot.click(offset=(78, 4))
        await on.shows("> Mia Lindqvist", "People 1 of 36")


@pytest.mark.slow
async def test_typing_narrows_without_accents_and_case_and_esc_shows_all() -> None:
    async with people() as on:
        await on.press("slash")
        await on.type("akesson")
        await on.shows("2 found")
        assert listed(on) == ["Fredrik Åkesson", "Nils Åkesson"]
        await on.press("enter", "down")
        await on.shows("> Nils Åkesson")
        await on.press("slash", "escape")
        await on.until(lambda: len(listed(on)) > 5)


async def test_from_far_down_the_first_that_is_found_is_marked() -> None:
    """The last one was, as far down as the mark had stood among all, and enter opened that."""
    async with people() as on:
        await on.press("end", "slash")
        await on.type("akesson")
        await on.press("enter")
        await on.shows("People 2 found", "> Fredrik Åkesson")


@pytest.mark.slow
async def test_finding_again_replaces_and_esc_on_the_list_ends_it() -> None:
    async with people() as on:
        await on.press("slash")
        await on.type("akesson")
        await on.press("enter", "slash")
        await on.type("nils")
        await on.press("enter")
        await on.until(lambda: listed(on) == ["Nils Åkesson"])
        await on.press("escape")
        await on.until(lambda: len(listed(on)) > 5)


@pytest.mark.slow
async def test_nobody_is_called_so() -> None:
    async with people() as on:
        await on.press("slash")
        await on.type("zzz")
        await on.shows("Nobody is called so.")


@pytest.mark.slow
async def test_enter_opens_a_page_of_their_own_with_their_photos_and_esc_goes_back() -> None:
    async with people() as on:
        await on.press("enter")
        await on.shows("Photos 1 of 460", "> DSC_4471.jpg", "alone", "Jonas")
        await on.press("down", "enter")
        await on.until(lambda: isinstance(on.app.screen, Photo))
        await on.press("escape", "escape")
        await on.shows("People 1 of 36", "> Mia Lindqvist")


@pytest.mark.slow
async def test_a_photo_with_strangers_is_not_called_alone_and_the_distance_has_a_head() -> None:
    """It lay in Group, and the head counted it so; nothing said what 0.31 was."""

    def with_a_stranger(db: Db) -> None:
        folder = "SELECT id FROM folder WHERE person = ? AND kind = 'person'"
        db.execute(
            "DELETE FROM placement WHERE event_photo = (SELECT event_photo FROM placement p JOIN folder f"
            f" ON f.id = p.folder WHERE f.kind = 'group' AND f.parent = ({folder}) ORDER BY p.event_photo DESC LIMIT 1)"
            f" AND folder NOT IN (SELECT id FROM folder WHERE parent = ({folder}))",
            (mia, mia),
        )

    async with people() as on:
        mia = on.person("Mia Lindqvist")
        await on.press("enter")
        await on.shows("> DSC_4471.jpg", "alone")
        await on.evening.write(with_a_stranger)
        await on.press("escape", "enter")
        await on.shows("with others")
        head = next(row for row in on.rows if row.startswith(" Photos 1 of 460"))
        line = next(row for row in on.rows if "with others" in row and "DSC" in row)
        assert re.search(r"Distance State +Arrived", head), head
        assert re.search(r"with others +0\.\d\d", line), line
        assert line[: head.index(" State")].rstrip() == line[: head.index("State")].rstrip()


@pytest.mark.slow
async def test_all_their_photos_can_be_walked_through() -> None:
    async with people() as on:
        await on.press("enter")
        await on.shows("> DSC_4471.jpg")
        oldest = await on.evening.read(
            matches.photos_of_person, DEFAULT_EVENT, PersonId(on.person("Mia Lindqvist")), -1
        )
        for _ in range(6):
            await on.press("end")
        await on.shows(f"> DSC_{3300 + oldest[-1]}.jpg")


@pytest.mark.slow
async def test_their_photos_are_found_by_name() -> None:
    async with people() as on:
        await on.press("enter")
        await on.shows("> DSC_4471.jpg")
        await on.press("slash")
        await on.type("4457")
        await on.until(lambda: "DSC_4468" not in on.screen and "DSC_4457.jpg" in on.screen)


async def test_the_folder_is_opened_or_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "1")
    async with people() as on:
        await on.shows("venue/People/Mia Lindqvist")
        await on.press("o")
        await on.shows("venue/People/Mia Lindqvist (copied")


@pytest.mark.slow
async def test_the_wide_screen_has_their_photos_beside_the_list() -> None:
    async with people((200, 60)) as on:
        await on.shows("> Mia Lindqvist", "venue/People/Mia Lindqvist", "DSC_4471.jpg")
        await on.press("down")
        await on.shows("venue/People/Jonas Lindqvist")


async def test_a_page_on_a_phone_says_how_many_of_their_photos_are_on_drive() -> None:
    """`460 of…`, above three empty rows."""
    async with people((40, 20)) as on:
        await on.press("enter")
        await on.shows("Photos 1 of 460", "Photos  148 alone, 312 with others;")
        await on.shows("457 of 460 on Drive, all in", "about")


@pytest.mark.slow
async def test_a_phone_has_names_and_counts() -> None:
    async with people((40, 15)) as on:
        assert "> Mia Lindqvist" in on.rows[4]
        assert "148" in on.rows[4]
        await on.press("enter")
        await on.shows("> DSC_4471.jpg")


@pytest.mark.slow
async def test_by_mouse() -> None:
    async with people() as on:
        await on.click("Anna Berg")
        await on.shows("> Anna Berg")
        await on.click("Anna Berg")
        await on.shows("of 160")
        await on.click("esc Back")
        await on.shows("of 36")


async def test_people_follow_what_the_agent_says() -> None:
    async with people(state="small") as on:
        name = "[red]x[/]\x1b]0;owned\x07"
        await on.evening.app.service.ask(RenamePerson(person="Anna Berg", name=name))
        await on.shows("[red]x[/]?]0;owned?", "> Mia Lindqvist")


@pytest.mark.slow
@pytest.mark.parametrize(("size", "page"), [((80, 24), True), ((200, 60), False)])
async def test_somebody_is_shown_by_the_pictures_they_are_known_by(size: tuple[int, int], page: bool) -> None:
    async with people(size) as on:
        if page:
            await on.press("enter")
        await on.shows("given", "142 px", "SMALL", "learned")
        await on.until(lambda: sum(row.count("▀") >= 36 for row in on.rows) >= 6)
        row = next(row for row in on.rows if "SMALL" in row)
        assert row.index("142 px") < row.index("SMALL") < row.index("learned")  # given ones first


def first_in_the_queue(db: Db, person: PersonId) -> None:
    db.execute("UPDATE placement SET priority = 9 WHERE folder IN (SELECT id FROM folder WHERE person = ?)", (person,))


@pytest.mark.slow
async def test_how_long_it_takes_until_all_of_theirs_are_on_drive() -> None:
    async with people() as on:
        await on.shows("457 of 460 on Drive, all in about 40 s")
        await on.evening.write(first_in_the_queue, on.person("Anna Berg"))
        await on.press("down", "down")
        await on.shows("> Anna Berg", "158 of 160 on Drive, all in about 15 s")
        await on.press("down")
        await on.shows("> Fredrik Åkesson", "133 of 133 on Drive")
        assert "all in" not in on.screen


@pytest.mark.slow
async def test_nothing_is_foretold_while_nothing_is_sent() -> None:
    async with people(state="paused") as on:
        await on.shows(" on Drive", "with others; ")
        assert "all in" not in on.screen


@pytest.mark.slow
async def test_photos_that_come_or_go_meanwhile_are_followed() -> None:
    """The list held what it was opened with for as long as it stood there, below a count that went on."""
    async with people(state="small") as on:
        await on.press("enter")
        await on.shows("> DSC_4471.jpg", "of 57")
        newest = await on.photo("DSC_4471.jpg")
        await on.evening.app.service.ask(WithdrawPhotos(ids=[newest]))
        await on.until(lambda: "DSC_4471.jpg" not in on.screen and "1 of 56" in on.screen)
        await on.press("question_mark")
        await on.evening.app.service.ask(Undo())
        await on.press("escape")
        await on.shows("> DSC_4471.jpg", "1 of 57")


@pytest.mark.slow
async def test_the_page_of_somebody_who_is_gone_says_so() -> None:
    """Merged on another screen: folder, photos and counts of before stood there for good, and keys went to nobody."""
    async with people(state="small") as on:
        jonas = on.person("Jonas Lindqvist")
        await on.press("down", "enter")
        await on.shows("venue/People/Jonas Lindqvist", "Photos 1 of 48")
        await on.evening.app.service.ask(MergePeople(person=jonas, into="Anna Berg"))
        await on.shows("Not here any more", "with somebody else now, was taken back or forgotten", "Photos 0")
        assert "Jonas Lindqvist" not in on.screen
        for key in ("r", "l", "o", "F"):
            await on.press(key)
            await on.shows("Nobody is marked")
        assert isinstance(on.app.screen, Person)
        await on.evening.app.service.ask(Undo())
        await on.shows("venue/People/Jonas Lindqvist", "Photos 1 of 48")
