"""By what an enrolment that was taken back made somebody known: it goes at night, once that cannot be done again."""

from __future__ import annotations

import errno
import json
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from agent import clock
from agent.app import Application
from agent.disk.own_folders import OwnFolders
from agent.errors import VenueError
from agent.jobs import backups, removals, retention
from agent.jobs import pictures as by_which
from agent.jobs.pictures import drop_nobodys, drop_pictures
from agent.jobs.runner import DAY
from agent.ledger import faces, superseded
from agent.model import DEFAULT_EVENT, Box, Event, EventId, PhotoId, Reference
from agent.people import intents
from agent.people.consent import today
from agent.requests.events import RemoveEvent
from agent.requests.people import ForgetPerson, RenamePerson, Undo
from agent.requests.troubles import ListTroubles
from agent.roster.decisions import Verb
from agent.settings.keys import People
from agent.workspace import Workspace
from tests.making import ENGINE, encoding, rows
from tests.people.test_restored_roster import agent_in, enroll
from tests.people.test_retention import arrives, encodings, nightly

MIAS, TOMS, MORE = (f"{who:064}" for who in (1, 2, 3))
UNLINK = Path.unlink


async def enrolled(agent: Application, picture: str) -> None:
    """Mia is, or is known better, by a picture that shows her."""
    reference = Reference(picture, Box(0, 0, 9, 9), "a.jpg")
    await agent._opened.ledger.write(faces.record_reference, reference, ENGINE, encoding(1))
    change = partial(intents.enroll, event=DEFAULT_EVENT, name="Mia", references=[reference], guests=[])
    await agent._opened.ledger.on_writer(agent._opened.roster.intend, Verb.ENROLL, change)
    agent._here.planner.forget_known()


def cut_out(workspace: Workspace) -> Path:
    """What a screen asked for."""
    cut = workspace.cache / "faces" / "a.jpg"
    cut.parent.mkdir(parents=True, exist_ok=True)
    cut.write_bytes(b"a face")
    return cut


async def is_nowhere(agent: Application) -> None:
    """Its file was taken away."""
    (row,) = rows(agent._opened.ledger, "SELECT photo FROM event_photo")
    await agent._opened.ledger.write(superseded.supersede, PhotoId(row["photo"]), 1.0)


def refuse(_: Workspace) -> None:
    raise VenueError("The disk gave an error")


def pictures(workspace: Workspace) -> list[str]:
    return sorted(one.name for one in workspace.references.iterdir())


def all_but(picture: str) -> Callable[[Path, bool], None]:
    """A disk that lets this one not be deleted."""

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if path.name == picture:
            raise PermissionError(errno.EACCES, "Permission denied")
        UNLINK(path, missing_ok)

    return unlink


async def test_nothing_is_left_of_it_at_night_once_it_cannot_be_done_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its picture and encoding were found by nobody: not by the night, nor as its event was removed."""
    before = workspace.state / "before-restore-20261120T000000Z"
    async with agent_in(workspace) as agent:
        ledger, roster = agent._opened.ledger, agent._opened.roster

        async def after_a_night() -> list[str]:
            """Pictures; each of them has its encoding."""
            await nightly(agent, People())
            kept = [row["sha256"] for row in rows(ledger, "SELECT sha256 FROM reference ORDER BY sha256")]
            assert pictures(workspace) == [*kept, "notes.txt"]
            return kept

        await enroll(agent, "Tom", 2)
        await enrolled(agent, MIAS)
        for one in (MIAS, TOMS):
            (workspace.references / one).write_bytes(b"a face")
        (workspace.references / "notes.txt").write_text("somebody's own")
        assert await after_a_night() == [MIAS, TOMS]
        await agent.service.ask(Undo())
        with monkeypatch.context() as patched:
            patched.setattr(by_which, "PUT_BACK", -DAY)  # no list is as young as that
            assert await after_a_night() == [MIAS, TOMS], "it can be done again"
            await agent.service.ask(RenamePerson(person="Tom", name="Tim"))
            await ledger.on_writer(roster.mark_restored)
            assert await after_a_night() == [MIAS, TOMS], "a newer list may know her"
            await ledger.on_writer(roster.confirm_restored)
        assert await after_a_night() == [MIAS, TOMS], "an earlier list may be put back"
        await ledger.on_writer(roster.drop_generations, DEFAULT_EVENT)
        before.mkdir()
        (before / "roster.json").write_text(json.dumps({"people": {"1": {"references": [{"sha256": MIAS}]}}}))
        assert await after_a_night() == [MIAS, TOMS], "so may the one that was there before"
        monkeypatch.setattr(by_which, "PUT_BACK", -DAY)
        assert await after_a_night() == [TOMS]


async def test_a_picture_that_could_not_be_deleted_goes_with_whom_it_shows(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its encoding had gone, by which it is found."""
    monkeypatch.setattr(by_which, "PUT_BACK", -DAY)
    async with agent_in(workspace) as agent:
        await enroll(agent, "Tom", 2)
        await enrolled(agent, MIAS)
        await enrolled(agent, MORE)
        for one in (MIAS, TOMS, MORE):
            (workspace.references / one).write_bytes(b"a face")
        await agent.service.ask(Undo())
        await agent.service.ask(RenamePerson(person="Tom", name="Tim"))
        with monkeypatch.context() as patched:
            patched.setattr(Path, "unlink", all_but(MORE))
            assert await nightly(agent, People()) == "0 consents ended, 0 faces let go"
        assert pictures(workspace) == [MIAS, TOMS, MORE]
        done = await agent.service.ask(ForgetPerson(person="Mia"))
        assert (done["waits"], done["searched"]["found"]) == ("", [])
        assert pictures(workspace) == [TOMS]
        assert [row["sha256"] for row in rows(agent._opened.ledger, "SELECT sha256 FROM reference")] == [TOMS]


async def test_so_does_one_that_could_not_be_deleted_with_its_event(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or at night, if it shows nobody who is known."""
    lacking = (
        "INSERT INTO sighting (path, event, folder, state, bytes, mtime_ns, inode, seen_at)"
        " VALUES ('/a', 'lacking', '/', 'skipped', 1, 1, 1, 1)"
    )
    known = "SELECT sha256 FROM reference"
    async with agent_in(workspace) as agent:
        reference = Reference(MIAS, Box(0, 0, 9, 9), "a.jpg")
        await agent._opened.ledger.write(faces.record_reference, reference, ENGINE, encoding(1))
        await agent._opened.ledger.write(lambda db: db.execute(lacking) and None)
        (workspace.references / MIAS).write_bytes(b"a face")
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", all_but(MIAS))
        async with agent_in(workspace) as agent:
            assert [row["sha256"] for row in rows(agent._opened.ledger, known)] == [MIAS]
    async with agent_in(workspace) as agent:
        await nightly(agent, People())
        assert (rows(agent._opened.ledger, known), pictures(workspace)) == ([], [])


async def test_one_that_can_never_be_deleted_is_named_once_with_what_to_do(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log said so each night, and nobody else."""
    async with agent_in(workspace) as agent:

        async def after_a_night() -> list[tuple[str, bool, str]]:
            await nightly(agent, People())
            found = (await agent.service.ask(ListTroubles()))["open"]
            return [(one["title"], str(workspace.references / MIAS) in one["detail"], one["remedy"]) for one in found]

        (workspace.references / MIAS).write_bytes(b"a face")
        named = "What is not to be kept is still here", True, "Allow this user to write there: it goes on by itself"
        with monkeypatch.context() as patched:
            patched.setattr(Path, "unlink", all_but(MIAS))
            for _ in range(2):
                assert await after_a_night() == [named]
        assert await after_a_night() == []
        assert pictures(workspace) == []


async def test_as_another_event_is_long_over_what_can_be_done_again_keeps_its_encoding(workspace: Workspace) -> None:
    """Whoever was known by it again was known by nothing."""
    day = str(today() - timedelta(days=30))
    async with agent_in(workspace) as agent:
        ledger, roster = agent._opened.ledger, agent._opened.roster
        await enrolled(agent, MIAS)
        await agent.service.ask(Undo())
        await ledger.on_writer(roster.add_event, Event(EventId("late"), "Late", "Late", ends=day, ended=True))
        await nightly(agent, People(ended_days=30))
        assert [row["sha256"] for row in rows(ledger, "SELECT sha256 FROM reference")] == [MIAS]


KNOWN = {"references": [{"sha256": MIAS}]}
DECIDED = {"decisions": {MIAS: {"sha256": MIAS, "withdrawn": True}}}
LISTS: dict[str, tuple[Any, bool]] = {
    "somebody is known by it": ({"roster.json": {"people": {"1": KNOWN}}}, True),
    "or would be by an undo": ({"roster.json": {"journal": {"1": {"people": {"p": KNOWN, "q": None}}}}}, True),
    "or done again": ({"roster.json": {"undone": {"1": {"people": {"p": KNOWN}}}}}, True),
    "it cannot be read": ([MIAS], True),
    "a decision alone names it": ({"roster.json": {"people": {}}, "decisions-default.json": DECIDED}, False),
}


@pytest.mark.parametrize(("held", "stays"), LISTS.values(), ids=LISTS)
def test_it_stays_while_a_backup_knows_somebody_by_it(workspace: Workspace, held: Any, stays: bool) -> None:
    """A photo that somebody was known by is named by what was decided of it, too: it stayed for that."""
    (workspace.references / MIAS).write_bytes(b"a face")
    workspace.backups.mkdir()
    (workspace.backups / "people-20261120T000000Z.json").write_text(json.dumps(held))
    assert drop_nobodys(workspace, [TOMS]) == ({MIAS} if stays else set[str]())
    assert pictures(workspace) == ([MIAS] if stays else [])


@pytest.mark.parametrize("at_night", [True, False], ids=["at night", "with an event"])
def test_what_was_cut_out_of_it_for_a_screen_goes_with_it(workspace: Workspace, at_night: bool) -> None:
    """It shows the face as well, and was there for ever."""
    cut = workspace.cache / "faces" / "a.jpg"
    cut.parent.mkdir()
    for one in (workspace.references / MIAS, workspace.references / TOMS, cut):
        one.write_bytes(b"a face")

    def drop(gone: str, known: list[str]) -> None:
        if at_night:
            drop_nobodys(workspace, known)
        else:
            drop_pictures(workspace, {gone} - {*known})

    drop(MIAS, [MIAS, TOMS])
    assert cut.exists(), "nobody's went"
    drop(MIAS, [TOMS])
    assert (cut.exists(), pictures(workspace)) == (False, [TOMS])


@pytest.mark.parametrize("is_there", [True, False], ids=["a photo", "a photo that has gone"])
async def test_what_was_cut_out_of_a_photo_goes_with_a_face_that_is_let_go(
    workspace: Workspace, is_there: bool
) -> None:
    """It showed them still, until somebody had looked at two thousand others."""
    async with agent_in(workspace) as agent:
        await arrives(agent, workspace.incoming / "DSC_1.jpg", 1, 40)
        if not is_there:  # before it was filed
            await is_nowhere(agent)
    async with agent_in(workspace) as agent:
        cut = cut_out(workspace)
        assert await nightly(agent, People()) == "0 consents ended, 0 faces let go"
        assert cut.exists()
        assert await nightly(agent, People(unknown_days=30)) == "0 consents ended, 1 face let go"
        assert (encodings(agent), cut.exists()) == (0, False)


async def test_a_face_on_a_photo_that_has_gone_stays_until_what_was_cut_out_of_it_can_go(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The face went first, and no later night knew that anything was cut out of it."""
    async with agent_in(workspace) as agent:
        await arrives(agent, workspace.incoming / "DSC_1.jpg", 1, 40)
        await is_nowhere(agent)
        cut = cut_out(workspace)
        with monkeypatch.context() as patched:
            patched.setattr(retention, "drop_cut", refuse)
            with pytest.raises(VenueError, match="The disk gave an error"):
                await nightly(agent, People(unknown_days=30))
        assert (encodings(agent), cut.exists()) == (1, True)
        assert await nightly(agent, People(unknown_days=30)) == "0 consents ended, 1 face let go"
        assert (encodings(agent), cut.exists()) == (0, False)


async def test_so_it_does_with_the_faces_of_an_event_that_is_removed(workspace: Workspace) -> None:
    async with agent_in(workspace) as agent:
        await agent._opened.ledger.on_writer(agent._opened.roster.add_event, Event(EventId("late"), "Late", "Late"))
        cut = cut_out(workspace)
        await agent.service.ask(RemoveEvent(event="Late"))
        assert not cut.exists()


def test_what_the_disk_refuses_of_it_keeps_nothing_else_here(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was fetched for the event stayed for good, and nobody knew of it any more."""
    fetched = [workspace.downloads / "late" / name for name in ("a.xyz", "b.xyz", "c.xyz")]
    fetched[0].parent.mkdir(parents=True)
    for one in (workspace.references / MIAS, *fetched):
        one.write_bytes(b"of no camera")
    monkeypatch.setattr(removals, "drop_cut", refuse)
    monkeypatch.setattr(Path, "unlink", all_but("b.xyz"))
    with pytest.raises(VenueError, match="The disk gave an error"):
        removals.drop_files(workspace, OwnFolders(workspace.root), {MIAS}, [(one, None) for one in fetched])
    assert (pictures(workspace), [one.name for one in fetched if one.exists()]) == ([], ["b.xyz"])


def test_a_copy_of_the_list_was_as_it_is_until_the_next_one(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is made where it has changed: the newest of a quiet month could be put back, and its pictures had gone."""
    now = clock.wall()
    copies = list[Path]()
    for days in (60, 40, 5):
        monkeypatch.setattr(clock, "wall", lambda days=days: now - days * DAY)
        copies.append(backups.new_path(workspace, backups.Kind.PEOPLE))
        copies[-1].parent.mkdir(exist_ok=True)
        copies[-1].write_text("{}")
    monkeypatch.setattr(clock, "wall", lambda: now)
    ages = dict(zip(copies, (60, 40, 5), strict=True))
    monkeypatch.setattr(by_which, "lies_since", lambda path: now - ages[path] * DAY)
    assert by_which.older_lists(workspace) == [copies[2], copies[1]]
    copies.pop().unlink()
    assert by_which.older_lists(workspace) == [copies[1]]


async def test_a_ledger_that_was_set_aside_keeps_no_face_for_good(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Put back once, or damaged: the one before had all encodings of its time, whatever was let go since."""
    face = encoding(1).astype("<f4").tobytes()
    async with agent_in(workspace) as agent:
        await arrives(agent, workspace.incoming / "DSC_1.jpg", 1, 40)
    done = backups.put_back(workspace, backups.back_up_ledger(workspace, 0))
    before = Path(done["kept"]) / "ledger.sqlite"
    damaged = workspace.state / "ledger.damaged-1.sqlite"
    damaged.write_bytes(before.read_bytes())

    def kept() -> list[Path]:
        return [one for one in (before, damaged) if one.exists() and face in one.read_bytes()]

    async with agent_in(workspace) as agent:
        await nightly(agent, People(unknown_days=30))
        assert (encodings(agent), kept()) == (0, [before, damaged]), "they may be put back still"
        with monkeypatch.context() as patched:
            patched.setattr(clock, "wall", lambda: time.time() + 15 * DAY)
            await nightly(agent, People())
            assert kept() == [before, damaged], "faces are kept for good"
            await nightly(agent, People(unknown_days=30))
            assert kept() == []
            assert not before.parent.exists()
