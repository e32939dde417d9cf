"""A backup of the people put back: done wholly or not at all, wherever that ends, and what was there is kept."""

from __future__ import annotations

import errno
import itertools
import json
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent import clock
from agent.building.opening import report
from agent.disk.atomic import write_whole
from agent.errors import UsageError, VenueError
from agent.jobs import backups
from agent.jobs.backups import Tables
from agent.ledger import Ledger
from agent.ledger.sqlite import ledger_file
from agent.model import DEFAULT_EVENT, Box, Consent, Event, EventId, Person, PersonId
from agent.people.intents import rename
from agent.roster import Roster
from agent.roster.decisions import Decisions, Draft, FaceDecision, Verb
from agent.roster.storage import Spare
from agent.workspace import Workspace, find_workspace, prepare
from tests.making import add_person, photo_row

LATE = EventId("late")


class PulledPlug(BaseException):
    pass


def withdraw(roster: Roster, sha256: str, event: EventId = DEFAULT_EVENT) -> None:
    def intend(draft: Draft) -> tuple[None, str]:
        draft.decide_photo(event, sha256, "a.jpg", lambda was: replace(was, withdrawn=not was.withdrawn))
        return None, sha256

    roster.intend(Verb.WITHDRAW, intend)


def said(roster: Roster) -> tuple[list[str], list[str]]:
    """What can be taken back, and what is withdrawn."""
    photos = [(event.id, sha256) for event in roster.events() for sha256 in "abcd"]
    out = [
        f"{event} {one}" for event, one in photos if (found := roster.photo_decision(event, one)) and found.withdrawn
    ]
    return [entry.text for entry in roster.journal()], out


@pytest.fixture
def backup(workspace: Workspace) -> Path:
    """Of when `a` and `b` were withdrawn; since then `a` is back, `c` is withdrawn, and `d` of another event."""
    roster = Roster(workspace.roster)
    roster.add_event(Event(LATE, "Late", "Late"))
    withdraw(roster, "a")
    withdraw(roster, "b")
    made = backups.back_up_people(workspace)
    assert made is not None
    for sha256, event in (("a", DEFAULT_EVENT), ("c", DEFAULT_EVENT), ("d", LATE)):
        withdraw(roster, sha256, event)
    return made


THEN = ["a", "b"], ["default a", "default b"]
SINCE = ["a", "b", "a", "c", "d"], ["default b", "default c", "late d"]


def test_all_is_as_it_was_then(backup: Path, workspace: Workspace) -> None:
    done = backups.put_back(workspace, backup)
    for _ in range(2):  # at the next start and the one after it
        roster = Roster(workspace.roster)
        assert (said(roster), roster.restored) == (THEN, True)
    kept = Path(done["kept"]) / "roster.json"
    assert said(Roster(kept)) == SINCE


def test_a_list_alone_leaves_what_was_decided_since_as_it_is(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It made so again what had been decided last before it; and lost what had been since, where no file had it yet."""
    roster = Roster(workspace.roster)
    withdraw(roster, "a")
    alone = tmp_path / "alone.json"
    alone.write_bytes(workspace.roster.read_bytes())

    def refused(decisions: Decisions, rows: Mapping[str, Any]) -> None:
        if any(decisions.row(key) != row for key, row in rows.items()):  # else there is nothing to write
            raise OSError(errno.ENOSPC, "No space left on device")

    withdraw(roster, "a")
    with monkeypatch.context() as patched:
        patched.setattr(Decisions, "apply", refused)
        withdraw(roster, "b")
    backups.put_back(workspace, alone)
    assert said(Roster(workspace.roster)) == (["a"], ["default b"])


def test_while_an_older_list_waits_for_its_yes_those_of_before_stay(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each hour another one took the place of the oldest, until the one that was wanted back was gone."""
    hours = itertools.count(1_800_000_000.0, 3600.0)
    monkeypatch.setattr(clock, "wall", lambda: next(hours))

    def every_hour(roster: Roster, names: str) -> None:
        for one in names:
            withdraw(roster, one)
            assert backups.back_up_people(workspace) is not None

    def kept() -> int:
        return len(backups.of_kind(workspace, backups.Kind.PEOPLE))

    roster = Roster(workspace.roster)
    every_hour(roster, "abc")
    wanted = backups.of_kind(workspace, backups.Kind.PEOPLE)
    backups.put_back(workspace, wanted[-1].path)
    roster = Roster(workspace.roster)
    assert roster.restored
    every_hour(roster, "defghijklmnopqrs")
    assert all(one.path.exists() for one in wanted)
    assert kept() == len(wanted) + backups.KEPT_PEOPLE, "of those made meanwhile the oldest went"
    roster.confirm_restored()
    every_hour(roster, "t")
    assert kept() == backups.KEPT_PEOPLE


def test_a_backup_by_a_clock_that_was_years_ahead_is_not_the_newest_for_good(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its name it was: a lost list came back as it was that night, and each newer one went as it was made."""
    roster, right = Roster(workspace.roster), clock.wall()
    years = 72 * 366 * 86400.0

    def made(name: str, at: float) -> Path:
        monkeypatch.setattr(clock, "wall", lambda: at)
        withdraw(roster, name)
        path = backups.back_up_people(workspace)
        assert path is not None and path.exists(), name
        return path

    for number in range(backups.KEPT_PEOPLE):
        made(f"ahead {number}", right + years + number)
    for number in range(3):
        last = made(f"right {number}", right + number)
        kept = backups.of_kind(workspace, backups.Kind.PEOPLE)
        assert (kept[0].path, len(kept)) == (last, backups.KEPT_PEOPLE)


def test_whoever_was_forgotten_since_stays_so(backup: Path, workspace: Workspace) -> None:
    """Their faces are nobody's, blurred or not: by an older list they would be looked at, and grouped, again."""
    roster = Roster(workspace.roster)
    faces = [FaceDecision(one, Box(1, 2, 30, 40)) for one in ("e", "f")]
    for face, blur in zip(faces, (False, True), strict=True):
        person = add_person(roster, face.sha256, DEFAULT_EVENT, face.sha256, ())
        roster.forget(person, [face], None, blur=blur)
    known = roster.forgotten_faces(DEFAULT_EVENT)
    assert [(one.sha256, one.blurred) for one in known] == [("e", False), ("f", True)]
    backups.put_back(workspace, backup)
    assert Roster(workspace.roster).forgotten_faces(DEFAULT_EVENT) == known


def test_so_does_whoever_was_forgotten_when_the_disk_was_full(
    backup: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list of people has the word alone: a backup that was put back then took it away, and they were known."""
    roster = Roster(workspace.roster)
    person = add_person(roster, "Mia", DEFAULT_EVENT, "Mia", ())

    def refused(decisions: Decisions, rows: Mapping[str, Any]) -> None:
        if any(decisions.row(key) != row for key, row in rows.items()):  # else there is nothing to write
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Decisions, "apply", refused)
        roster.forget(person, [FaceDecision("e", Box(1, 2, 30, 40))], None, blur=True)
    backups.put_back(workspace, backup)
    roster = Roster(workspace.roster)
    assert [(one.sha256, one.blurred) for one in roster.forgotten_faces(DEFAULT_EVENT)] == [("e", True)]
    assert said(roster) == THEN


def test_who_is_never_to_be_asked_about_again_is_kept_as_nobody(backup: Path, workspace: Workspace) -> None:
    """A list of before has nothing by which to tell that it is they."""
    roster = Roster(workspace.roster)
    stranger = Person(PersonId("nobody"), DEFAULT_EVENT, "", "", guest=True, ignored=True, look="engine 00", blur=True)
    roster.forget(add_person(roster, "Mia", DEFAULT_EVENT, "Mia", ()), [], stranger, blur=True)
    for _ in range(2):
        backups.put_back(workspace, backup)
        assert Roster(workspace.roster).everybody() == [stranger]


def test_a_name_that_somebody_got_since_is_one_that_they_had(workspace: Workspace) -> None:
    """Nobody else knows it any more, and it goes with them if they are forgotten."""
    roster = Roster(workspace.roster)
    add_person(roster, "Mia", DEFAULT_EVENT, "Mia", ())
    made = backups.back_up_people(workspace)
    assert made is not None
    for name in ("Maria", "Marie"):
        roster.intend(Verb.RENAME, lambda draft, name=name: rename(draft, roster.people()[0], name))
    backups.put_back(workspace, made)
    [back] = Roster(workspace.roster).people()
    assert (back.name, back.names_before) == ("Mia", ("Maria", "Marie"))


def test_a_consent_that_was_recorded_since_holds(workspace: Workspace) -> None:
    """Its last day was gone with it, and nobody heard that it was over; one of before stays where nothing was said."""
    roster = Roster(workspace.roster)
    first, last = Consent("told the helper", 1.0), Consent("signed form", 2.0, "2099-01-31")
    for name, consent in (("Mia", first), ("Tom", first), ("Ana", None)):
        person = add_person(roster, name, DEFAULT_EVENT, name, ())
        consents(roster, replace(person, consent=consent))
    made = backups.back_up_people(workspace)
    assert made is not None
    for person in roster.people():
        consents(roster, replace(person, consent=None if person.name == "Tom" else last))
    backups.put_back(workspace, made)
    assert {one.name: one.consent for one in Roster(workspace.roster).people()} == {
        "Mia": last,
        "Tom": first,
        "Ana": last,
    }


def consents(roster: Roster, person: Person) -> None:
    roster.intend(Verb.CONSENT, lambda draft: (draft.put(person), person.name))


def test_people_of_an_event_that_another_has_the_name_of_by_now_stay_away(workspace: Workspace) -> None:
    """Nobody could name them: there is no such event, and no verb about them would end well."""
    roster = Roster(workspace.roster)
    roster.add_event(Event(LATE, "Late", "Late"))
    add_person(roster, "Mia", DEFAULT_EVENT, "Mia", ())
    tom = add_person(roster, "Tom", LATE, "Tom", ())
    for person in roster.people():
        name = f"{person.name} Berg"
        roster.intend(Verb.RENAME, lambda draft, person=person, name=name: rename(draft, person, name))
    withdraw(roster, "d", LATE)
    made = backups.back_up_people(workspace)
    assert made is not None
    roster.remove_event(LATE)
    roster.add_event(Event(EventId("later"), "Late", "Late 2"))

    backups.put_back(workspace, made)
    roster = Roster(workspace.roster)
    assert [one.id for one in roster.events()] == [DEFAULT_EVENT, "later"]
    assert [one.name for one in roster.people()] == ["Mia Berg"]
    assert [entry.text for entry in roster.journal()] == ["Mia renamed to Mia Berg"]
    assert roster.person(tom.id) is None


def test_killed_on_the_way_it_is_as_before_or_as_then(
    backup: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never the decisions of one time under the list of another."""
    assert said(Roster(workspace.roster)) == SINCE
    found: list[object] = []
    for left in itertools.count():
        try:
            with monkeypatch.context() as patched:
                cut_after(left, patched)
                backups.put_back(workspace, backup)
        except PulledPlug:
            roster = Roster(workspace.roster)
            assert said(roster) == (THEN if roster.restored else SINCE)
            found.append(roster.restored)
            bring_back(workspace)
        else:
            break
    assert found[0] is False
    assert found[-1] is True
    assert len(found) > 2


def cut_after(left: int, patched: pytest.MonkeyPatch) -> None:
    steps = itertools.count()

    def step(*given: object) -> None:
        if next(steps) == left:
            raise PulledPlug
        write_whole(*given)  # type: ignore[arg-type]

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if next(steps) == left:
            raise PulledPlug
        REMOVE(path, missing_ok)

    patched.setattr(backups, "write_whole", step)
    patched.setattr(Path, "unlink", unlink)


REMOVE = Path.unlink


def bring_back(workspace: Workspace) -> None:
    """What the last one kept lies in its place again, as after five verbs."""
    last = max(workspace.state.glob("before-restore-*"), key=lambda path: path.stat().st_mtime_ns)
    for path in [*workspace.state.glob("roster.json*"), *workspace.state.glob("decisions-*")]:
        REMOVE(path)
    for path in last.iterdir():
        path.rename(workspace.state / path.name)
    last.rmdir()


def test_two_within_a_second_keep_what_was_there_apart(backup: Path, workspace: Workspace) -> None:
    kept = {backups.put_back(workspace, backup)["kept"] for _ in range(3)}
    assert len(kept) == 3


def newest(workspace: Workspace) -> Spare:
    """Where a lost file of decisions comes back from."""

    def tables(name: str) -> Tables | None:
        last = backups.of_kind(workspace, backups.Kind.PEOPLE)[0]
        return (backups.read_people(last.path) or {}).get(name)

    return tables


def test_what_was_decided_later_stays_away_though_a_newer_backup_has_it(
    backup: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file of decisions is right where nothing was decided: that of another event was taken back since."""
    monkeypatch.setattr(clock, "wall", lambda: time.time() + 60)
    assert backups.back_up_people(workspace) is not None
    withdraw(Roster(workspace.roster), "d", LATE)
    backups.put_back(workspace, backup)
    assert said(Roster(workspace.roster, newest(workspace))) == THEN


def test_a_first_decision_whose_file_could_not_follow_is_no_lost_file(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster = Roster(workspace.roster)
    roster.add_event(Event(LATE, "Late", "Late"))

    def refused(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Decisions, "apply", refused)
        withdraw(roster, "d", LATE)
    again = Roster(workspace.roster)
    assert (again.damaged, again.restored, said(again)[1]) == (None, False, ["late d"])


def another(folder: Path) -> Workspace:
    """A workspace with Zoe and a ledger, each of which could be put back elsewhere."""
    made = find_workspace(folder / "another", {})
    prepare(made)
    roster = Roster(made.roster)
    add_person(roster, "Zoe", DEFAULT_EVENT, "Zoe", ())
    with_a_photo(made, roster)
    return made


def with_a_photo(workspace: Workspace, roster: Roster) -> None:
    with closing(Ledger(workspace.ledger)) as ledger:
        ledger.open()
        ledger.submit(report, ledger, str(workspace.root), roster.workspace_id, 1.0, new=True).result()
        ledger.submit(photo_row).result()


def all_files(workspace: Workspace) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in workspace.state.rglob("*") if path.is_file()}


@pytest.mark.parametrize("left", ["both", "list", "ledger", "backup"])
@pytest.mark.parametrize("what", ["list", "backup", "ledger"])
def test_what_is_another_workspaces_is_refused(workspace: Workspace, tmp_path: Path, left: str, what: str) -> None:
    """Every photo on Drive was somebody else's by it, and was sent once more."""
    other = another(tmp_path)
    given = {"list": other.roster, "backup": backups.back_up_people(other), "ledger": other.ledger}[what]
    assert given is not None
    roster = Roster(workspace.roster)
    withdraw(roster, "a")
    with_a_photo(workspace, roster)
    backups.back_up_people(workspace)
    for file, name in ((workspace.roster, "list"), (workspace.ledger, "ledger")):
        for one in workspace.state.glob(f"{file.name}*") if left not in ("both", name) else ():
            one.unlink()
    before = all_files(workspace)
    with pytest.raises(UsageError, match="another workspace") as refused:
        backups.put_back(workspace, given)
    assert refused.value.exit_code == 2
    assert roster.workspace_id in str(refused.value)
    assert ("Zoe" if what != "ledger" else str(other.root)) in str(refused.value)
    assert all_files(workspace) == before


@pytest.mark.parametrize("here", ["nothing", "a new list", "a list that was begun anew"])
def test_where_nothing_says_whose_this_is_it_is_accepted(workspace: Workspace, tmp_path: Path, here: str) -> None:
    """As on a new machine; or from another disk, where all was lost."""
    given = another(tmp_path).roster
    if here != "nothing":
        roster = Roster(workspace.roster)
        if here == "a list that was begun anew":
            roster.mark_restored(anew=True)
            add_person(roster, "Guest 01", DEFAULT_EVENT, "Guest 01", ())
            assert backups.back_up_people(workspace) is not None
    backups.put_back(workspace, given)
    assert [one.name for one in Roster(workspace.roster).people()] == ["Zoe"]


@pytest.mark.parametrize("name", ["../config.toml", "../decisions-x.json", "config.toml", "decisions-\0.json"])
def test_a_backup_writes_no_other_file_than_the_people_are_kept_in(
    backup: Path, workspace: Workspace, name: str
) -> None:
    """One that somebody had made wrote over the settings."""
    document: dict[str, Any] = json.loads(backup.read_bytes())
    given = backup.with_name("given.json")
    given.write_text(json.dumps({**document, name: document["decisions-default.json"]}))
    settings, before = workspace.root / "config.toml", all_files(workspace)
    settings.write_text("# as it was")
    with pytest.raises(UsageError, match="This is no backup"):
        backups.put_back(workspace, given)
    assert (all_files(workspace), settings.read_text()) == (before, "# as it was")


def test_a_ledger_that_lacks_a_table_is_refused_in_words(workspace: Workspace, tmp_path: Path) -> None:
    """It was a crash report, and a folder in which nothing was kept."""
    with_a_photo(workspace, Roster(workspace.roster))
    given = tmp_path / "given.sqlite"
    ledger_file.copy_ledger(workspace.ledger, given)
    with closing(sqlite3.connect(given)) as db:
        db.execute("DROP TABLE photo")
    before = all_files(workspace)
    with pytest.raises(VenueError, match="The backup cannot be used") as refused:
        backups.put_back(workspace, given)
    assert "no such table: photo" in refused.value.detail
    assert all_files(workspace) == before
    assert not list(workspace.state.glob("before-restore-*"))
