"""The roster: what the operator meant, whole or not at all, with the last generations beside it."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.errors import UsageError
from agent.model import DEFAULT_EVENT, Box, DriveId, Event, EventId, Person, Reference, Share
from agent.people import intents
from agent.roster import Roster
from agent.roster.book import Switches
from agent.roster.decisions import Draft, Verb
from agent.roster.moves import Along
from agent.roster.storage import GENERATIONS
from tests.making import add_person, add_references

ONE = Reference("aa" * 32, Box(1, 2, 3, 4), "one.jpg")
TWO = Reference("bb" * 32, Box(5, 6, 7, 8), "two.jpg")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "roster.json"


def enrolled(roster: Roster, *names: str) -> list[Person]:
    return [add_person(roster, name, DEFAULT_EVENT, name, (ONE,)) for name in names]


def names(path: Path) -> list[str]:
    return [person.name for person in Roster(path).people()]


# ---- what it holds


def test_a_new_roster_has_an_id_and_one_event(path: Path) -> None:
    roster = Roster(path)
    assert len(roster.workspace_id) == 17
    assert [(event.id, event.name, event.folder) for event in roster.events()] == [("default", "default", "")]
    assert (roster.damaged, roster.restored, roster.switches) == (None, False, Switches())
    assert Roster(path).workspace_id == roster.workspace_id


def test_people_are_the_same_after_opening_it_again(path: Path) -> None:
    (mia,) = enrolled(Roster(path), "Mia \U0001f469‍\U0001f373 ا [/b]")
    again = Roster(path)
    assert again.people() == [mia]
    assert again.person(mia.id) == again.named(mia.name, DEFAULT_EVENT) == mia


def test_people_can_read_it(path: Path) -> None:
    enrolled(Roster(path), "Åsa")
    assert '"name": "Åsa"' in path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_reference_given_twice_is_kept_once(path: Path) -> None:
    roster = Roster(path)
    (mia,) = enrolled(roster, "Mia")
    assert add_references(roster, mia.id, (TWO, ONE, TWO)).references == (ONE, TWO)
    revision = roster.revision
    assert add_references(roster, mia.id, (TWO,)).references == (ONE, TWO)
    assert roster.revision == revision, "nothing was meant by it"
    assert Roster(path).person(mia.id) == roster.person(mia.id)


def test_an_event_is_found_by_its_id_and_name_and_else_those_there_are_are_named(path: Path) -> None:
    roster = Roster(path)
    assert roster.event("default").id == DEFAULT_EVENT
    with pytest.raises(UsageError, match="Choose one of: default"):
        roster.event("wedding")


def test_the_revision_rises_with_each_change_of_intent_and_not_with_switches(path: Path) -> None:
    roster = Roster(path)
    seen = [roster.revision]

    def then(change: Callable[[], object]) -> bool:
        change()
        seen.append(roster.revision)
        assert Roster(path).revision == roster.revision
        return seen[-1] > seen[-2]

    assert then(lambda: enrolled(roster, "Mia"))
    assert then(lambda: add_references(roster, roster.people()[0].id, (TWO,)))
    assert not then(lambda: roster.set_switches(Switches(uploads=True, since=5.0)))
    assert Roster(path).switches == Switches(uploads=True, since=5.0)
    assert then(roster.mark_restored)
    assert then(roster.confirm_restored)
    assert then(lambda: roster.raise_revision(roster.revision + 40))
    assert not then(lambda: roster.raise_revision(3)), "it never falls"


# ---- generations


def test_the_last_generations_are_kept_and_no_more(path: Path) -> None:
    roster = Roster(path)
    enrolled(roster, *"abcdefgh")
    kept = [sorted(person["name"] for person in json.loads(one.read_text())["people"].values()) for one in files(path)]
    assert [len(people) for people in kept] == [8, 7, 6, 5, 4, 3]
    assert sorted(one.name for one in path.parent.iterdir()) == [one.name for one in files(path)]


def files(path: Path) -> list[Path]:
    return [path, *(path.with_name(f"roster.json.{number}") for number in range(1, GENERATIONS + 1))]


def test_generations_are_kept_without_hard_links_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: Any, **__: Any) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    enrolled(Roster(path), "Mia", "Ana")
    assert names(path) == ["Mia", "Ana"]
    assert [one.exists() for one in files(path)] == [True] * 3 + [False] * 3


# ---- damaged


def cut(text: bytes) -> bytes:
    return text[: len(text) // 2]


def without_revision(text: bytes) -> bytes:
    return text.replace(b'"revision"', b'"revisoin"')


def with_half_a_person(text: bytes) -> bytes:
    return text.replace(b'"folder": "Ana"', b'"folda": "Ana"')


HARM: dict[str, Callable[[bytes], bytes]] = {
    "cut short": cut,
    "emptied": lambda _: b"",
    "zeros": lambda text: b"\0" * len(text),
    "garbage": lambda _: b"\xff\xfe\x00 not json",
    "a list": lambda _: b"[1, 2]",
    "another file's JSON": lambda _: b'{"workspace": {}}',
    "a row without its revision": without_revision,
    "half a person": with_half_a_person,
    "tables that are none": lambda _: b'{"workspace": 5, "events": null}',
}


@pytest.mark.parametrize("harm", HARM)
def test_a_damaged_roster_falls_back_to_the_last_good_one_and_says_so(harm: str, path: Path) -> None:
    before = Roster(path)
    enrolled(before, "Mia", "Ana")
    damaged = HARM[harm](path.read_bytes())
    path.write_bytes(damaged)
    roster = Roster(path)
    assert [person.name for person in roster.people()] == ["Mia"]
    assert roster.workspace_id == before.workspace_id
    assert roster.damaged is not None
    assert roster.damaged.read_bytes() == damaged, "kept, for whoever can make something of it"
    assert roster.restored
    again = Roster(path)
    assert (again.damaged, again.restored) == (None, True), "until the operator has confirmed"
    again.confirm_restored()
    assert not Roster(path).restored


@pytest.mark.parametrize("last", ["taken back", "done again"])
def test_by_an_older_list_nothing_is_decided_again_that_was_decided_otherwise_since(last: str, path: Path) -> None:
    """What had been put back was withdrawn once more, as that was the last thing that the older list knew of."""
    roster = Roster(path)

    def withdraw(draft: Draft) -> tuple[None, str]:
        draft.decide_photo(DEFAULT_EVENT, ONE.sha256, "one.jpg", lambda was: replace(was, withdrawn=True))
        return None, "1 photo withdrawn"

    roster.intend(Verb.WITHDRAW, withdraw)
    roster.undo()
    if last == "done again":
        roster.redo({})
    decided = roster.photo_decision(DEFAULT_EVENT, ONE.sha256)
    assert (decided is not None) == (last == "done again")
    path.write_bytes(cut(path.read_bytes()))
    for _ in range(2):  # as it is opened, and the next time
        older = Roster(path)
        assert older.restored
        assert len(older.undone()) == (last == "done again"), "it is the list of before"
        assert older.photo_decision(DEFAULT_EVENT, ONE.sha256) == decided


def test_a_copy_of_a_list_that_was_put_back_is_just_an_older_one_when_somebody_lays_it_there(path: Path) -> None:
    """Nothing had been decided since `venuesync restore` when it was made: by it the photo was withdrawn once more."""
    roster = Roster(path)

    def withdraw(draft: Draft) -> tuple[None, str]:
        draft.decide_photo(DEFAULT_EVENT, ONE.sha256, "one.jpg", lambda was: replace(was, withdrawn=True))
        return None, "1 photo withdrawn"

    roster.intend(Verb.WITHDRAW, withdraw)
    tables = json.loads(path.read_text())
    tables["workspace"]["1"]["put_back"] = True
    path.write_text(json.dumps(tables))
    planned = roster.revision + 9  # it was older than the plan when it was put back, too
    assert Roster(path, planned=planned).photo_decision(DEFAULT_EVENT, ONE.sha256) is not None
    copy = path.read_bytes()
    Roster(path).undo()
    path.write_bytes(copy)
    assert Roster(path, planned=planned).photo_decision(DEFAULT_EVENT, ONE.sha256) is None


def test_with_the_newest_generations_damaged_too_an_older_one_is_used(path: Path) -> None:
    enrolled(Roster(path), "Mia", "Ana", "Eva")
    for one in files(path)[:2]:
        one.write_bytes(b"{")
    assert names(path) == ["Mia"]


def test_a_deleted_roster_comes_back_from_its_generations(path: Path) -> None:
    enrolled(Roster(path), "Mia", "Ana")
    path.unlink()
    roster = Roster(path)
    assert [person.name for person in roster.people()] == ["Mia"]
    assert roster.damaged == path
    assert roster.restored


def test_with_nothing_good_left_a_new_one_is_begun_and_said_to_be_restored(path: Path) -> None:
    before = Roster(path)
    for one in files(path):
        if one.exists():
            one.write_bytes(b"{")
    roster = Roster(path)
    assert roster.workspace_id != before.workspace_id
    assert roster.damaged is not None
    assert roster.restored


def test_what_a_newer_program_wrote_beside_is_read_past_and_kept(path: Path) -> None:
    enrolled(Roster(path), "Mia")
    tables = json.loads(path.read_text())
    tables["people"]["1"]["pronoun"] = tables["events"]["1"]["colour"] = "new"
    tables["workspace"]["1"]["switches"]["lights"] = True
    tables["cameras"] = {"1": {"name": "A"}}
    path.write_text(json.dumps(tables))
    roster = Roster(path)
    assert roster.damaged is None
    enrolled(roster, "Ana")
    after = json.loads(path.read_text())
    assert after["people"]["1"]["pronoun"] == after["events"]["1"]["colour"] == "new"
    assert after["cameras"] == {"1": {"name": "A"}}


def test_a_file_that_cannot_be_read_is_not_taken_for_damaged(path: Path) -> None:
    enrolled(Roster(path), "Mia")
    path.rename(path.with_name("away"))
    path.mkdir()
    with pytest.raises(OSError, match="directory"):
        Roster(path)
    assert path.is_dir()


def test_whoever_was_enrolled_by_an_older_program_is_read_as_nobody_who_was_called_otherwise(path: Path) -> None:
    (mia,) = enrolled(Roster(path), "Mia")
    tables = json.loads(path.read_text())
    del tables["people"]["1"]["names_before"]
    path.write_text(json.dumps(tables))
    assert Roster(path).people() == [mia]


def test_each_name_that_somebody_had_is_kept_once_and_the_one_they_have_is_none_of_these(path: Path) -> None:
    roster = Roster(path)
    (mia,) = enrolled(roster, "Mia")

    def rename(name: str) -> None:
        roster.intend(Verb.RENAME, lambda draft: intents.rename(draft, roster.people()[0], name))

    def now() -> tuple[str, ...]:
        person = Roster(path).person(mia.id)
        assert person is not None
        return person.name, *person.names_before

    for name in ("Mio", "Mia", "Mia Berg"):
        rename(name)
    assert now() == ("Mia Berg", "Mio", "Mia")
    turned = roster.undo()
    assert turned is not None and turned.names_only
    assert now() == ("Mia", "Mio", "Mia Berg")
    roster.redo({})
    assert now() == ("Mia Berg", "Mio", "Mia")


def test_a_file_that_followed_its_shot_is_moved_by_the_very_word_that_removes_the_event(path: Path) -> None:
    """Killed between two words, it would be said of the shot alone. Both come back together."""
    roster, late, jpeg, raw = Roster(path), EventId("late"), "1" * 64, "2" * 64

    def moved() -> list[EventId | None]:
        found = [Roster(path).photo_decision(DEFAULT_EVENT, one) for one in (jpeg, raw)]
        return [None if one is None else one.moved_to for one in found]

    def move(draft: Draft) -> tuple[None, str]:
        draft.decide_photo(DEFAULT_EVENT, jpeg, "DSC_1.JPG", lambda was: replace(was, moved_to=late))
        return None, "moved"

    roster.add_event(Event(late, "Late", "Late"))
    roster.intend(Verb.MOVE, move)
    assert moved() == [late, None]
    before = roster.revision
    roster.remove_event(late, [Along(DEFAULT_EVENT, jpeg, raw, "DSC_1.NEF")])
    assert roster.revision == before + 1
    assert moved() == [late, late]
    assert [one.id for one in Roster(path).events()] == [DEFAULT_EVENT]
    assert roster.undo() is not None
    assert moved() == [None, None]


def test_what_somebody_of_another_event_is_or_was_called_is_theirs(path: Path) -> None:
    """What was decided of them could not be taken back any more."""
    roster, late = Roster(path), EventId("late")
    roster.add_event(Event(late, "Late", "Late"))
    (anna,) = enrolled(roster, "Anna")
    tom = roster.intend(Verb.ENROLL, lambda draft: intents.enroll(draft, late, "Anna", [], []))[0]
    roster.intend(Verb.RENAME, lambda draft: intents.rename(draft, tom, "Tom"))
    other = roster.intend(Verb.ENROLL, lambda draft: intents.enroll(draft, late, "Anna", [], []))[0]
    assert roster.forget(anna, [], None).names == ("Anna",)
    again = Roster(path)
    assert [(one.id, one.name, one.names_before) for one in again.people()] == [
        (tom.id, "Tom", ("Anna",)),
        (other.id, "Anna", ()),
    ]
    assert [entry.text for entry in again.journal()] == ["Anna enrolled", "Anna renamed to Tom", "Anna enrolled"]
    assert again.forget(other, [], None).names == ("Anna",)
    assert [one.names_before for one in again.people()] == [()]


def test_nobody_stays_let_in_to_the_folder_of_somebody_whose_enrolment_was_taken_back(path: Path) -> None:
    """Until then it can be done again, and is shared as it was."""
    roster = Roster(path)
    (anna,) = enrolled(roster, "Anna")
    mia = roster.intend(Verb.ENROLL, lambda draft: intents.enroll(draft, DEFAULT_EVENT, "Mia", [], []))[0]
    for one in (anna, mia):
        shares = [Share(DriveId("f"), "1"), Share(DriveId("f"), "2", f"{one.name}@example.org", "2099-01-31")]
        roster.set_shares(one.id, shares)
    roster.undo()
    assert "Mia@example.org" in path.read_text()
    roster.redo({})
    assert [one.to for one in roster.shares(mia.id)] == ["", "Mia@example.org"]
    roster.undo()
    roster.intend(Verb.RENAME, lambda draft: intents.rename(draft, anna, "Anne"))
    assert "Mia@example.org" not in path.read_text()
    assert [one.to for one in roster.shares(anna.id)] == ["", "Anna@example.org"]


def test_a_guest_who_is_known_better_since_is_known_as_before_by_an_undo_and_takes_no_decision_along(
    path: Path,
) -> None:
    """It was not about them: once they are forgotten, it can be taken back all the same."""
    roster = Roster(path)
    guest = roster.intend(
        Verb.GUESTS, lambda draft: (intents.new_person(draft, DEFAULT_EVENT, "Guest 01", [ONE], guest=True), "")
    )
    roster.intend(Verb.ENROLL, lambda draft: (intents.new_person(draft, DEFAULT_EVENT, "Mia", [TWO]), "Mia enrolled"))

    def known_better() -> None:
        roster.intend(Verb.GUESTS, lambda draft: (draft.put(intents.learned(guest, [TWO])), ""), undoable=False)

    known_better()
    assert [len(one.references) for one in roster.people()] == [2, 1]
    roster.undo()
    assert roster.people() == [guest]
    roster.redo({})
    assert [len(one.references) for one in roster.people()] == [2, 1]
    assert [one.text for one in roster.decided_about(guest)] == [""]
    roster.forget(guest, [], None)
    assert [one.text for one in roster.journal()] == ["Mia enrolled"]
    roster.undo()
    assert roster.people() == []
