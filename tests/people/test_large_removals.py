"""What is of very many photos goes some at a time: whoever writes meanwhile does not wait for the last of them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from agent.app import Application
from agent.jobs import forgetting
from agent.ledger import photos, removed_events, tallies, twins, unknown_faces
from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT, Box, DriveId, Event, EventId, FolderKind, PhotoId, Source, SourceId
from agent.people.intents import FaceAt, empty
from agent.requests.events import ChangeEventSource, RemoveEvent
from agent.requests.people import ForgetPerson
from agent.roster.decisions import Draft, Verb
from agent.workspace import Workspace
from tests.making import content, encoding, folder_row, look, of, rows, want
from tests.people.test_restored_roster import agent_in, enroll

PARTY = Event(EventId("party"), "party", "party")


def noted(agent: Application, query: str) -> list[int]:
    """What that counts now, and after each commit from now on."""
    ledger = agent._opened.ledger
    found = [int(rows(ledger, query)[0][0])]
    ledger.on_change(lambda: found.append(int(rows(ledger, query)[0][0])))
    return found


def at_once(found: list[int]) -> int:
    """The most that went in one commit."""
    return max(before - after for before, after in pairwise(found))


def fill(db: Db) -> None:
    """35 photos with a face each; one is the other event's, too, and one has another file of its shot."""
    folder = folder_row(db, FolderKind.UNKNOWN, PARTY)
    for number in range(35):
        photo = photos.record_photo(db, content(b"%d" % number))
        photos.record_in_event(db, PARTY.id, photo, f"{number}.jpg", 1.0)
        look(photo, db, [encoding(number)])
        unknown_faces.record_unknown(db, PARTY.id, photo, db.column("SELECT id FROM face WHERE photo = ?", (photo,)))
        want(db, of(db, photo, PARTY.id), folder)
    photos.record_in_event(db, DEFAULT_EVENT, PhotoId(7), "6.jpg", 1.0)
    twins.join(db, of(db, PhotoId(35), PARTY.id), of(db, PhotoId(1), PARTY.id))


async def test_an_event_of_very_many_photos_is_removed_some_at_a_time(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removed_events, "SLICE", 10)
    async with agent_in(workspace) as agent:
        ledger, roster = agent._opened.ledger, agent._opened.roster
        await ledger.on_writer(roster.add_event, PARTY)
        await ledger.write(fill)
        left = noted(agent, "SELECT COUNT(*) FROM event_photo WHERE event = 'party'")
        await agent.service.ask(RemoveEvent(event="party"))
        assert (left[0], left[-1]) == (35, 0)
        assert at_once(left) <= 11, "ten, and another file of a shot"
        assert [row["photo"] for row in rows(ledger, "SELECT photo FROM face")] == [7], "the other event's"
        assert [row["event"] for row in rows(ledger, "SELECT event FROM event_photo")] == [DEFAULT_EVENT]
        assert [row["event"] for row in rows(ledger, "SELECT event FROM stranger")] == [DEFAULT_EVENT], (
            "planned at once"
        )
        assert [row["event_photo"] for row in rows(ledger, "SELECT event_photo FROM placement")] == [
            row["id"] for row in rows(ledger, "SELECT id FROM event_photo")
        ]
        assert rows(ledger, "SELECT * FROM alike_face") == []
        assert not await ledger.read(tallies.wrong)


async def test_files_of_a_source_that_is_removed_go_some_at_a_time(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removed_events, "SLICE", 10)
    known = (
        "INSERT INTO source_file (source, event, drive_id, parent, content, name, mime, md5, bytes, seen_at)"
        " VALUES ('s', 'party', ?1, 'p', ?1, 'a.jpg', 'image/jpeg', ?1, 1, 1)"
    )
    async with agent_in(workspace) as agent:
        ledger, roster = agent._opened.ledger, agent._opened.roster
        source = Source(SourceId("s"), DriveId("f"), "Cam1")
        await ledger.on_writer(roster.add_event, replace(PARTY, sources=(source,)))
        await ledger.write(lambda db: db.executemany(known, [(str(one),) for one in range(35)]) and None)
        left = noted(agent, "SELECT COUNT(*) FROM source_file")
        await agent.service.ask(ChangeEventSource(event="party", change="remove", source="s"))
        assert (left[0], left[-1]) == (35, 0)
        assert at_once(left) == 10


async def test_with_somebody_who_is_forgotten_faces_that_are_nobodys_go_some_at_a_time(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that were ever let go are looked at again then."""
    monkeypatch.setattr(forgetting, "SLICE", 10)
    async with agent_in(workspace) as agent:
        ledger, roster = agent._opened.ledger, agent._opened.roster
        await enroll(agent, "Mia", 1000)
        await ledger.write(fill)
        letting = [
            FaceAt(row["sha256"], Box(0, 0, 100, 100), "a.jpg") for row in rows(ledger, "SELECT sha256 FROM photo")
        ]

        def let_go(draft: Draft) -> tuple[None, str]:
            for one in letting:
                draft.decide_face(DEFAULT_EVENT, empty(one), lambda was: replace(was, ignored=True, forgotten=True))
            return None, "let go"

        await ledger.on_writer(roster.intend, Verb.RETENTION, let_go)
        left = noted(agent, "SELECT COUNT(*) FROM face WHERE encoding IS NOT NULL")
        await agent.service.ask(ForgetPerson(person="Mia"))
        assert (left[0], left[-1]) == (34, 0)
        assert at_once(left) <= 10
