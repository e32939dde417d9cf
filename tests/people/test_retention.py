"""What may not be kept for good goes at night, and is said a day before: consents that end, faces of nobody known."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from agent import clock
from agent.app import Application
from agent.errors import VenueError
from agent.jobs.runner import DAY
from agent.ledger import photos, superseded
from agent.ledger.faces import Encoding
from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT, Consent, Event, EventId, Mode, PersonId, PhotoId
from agent.people.consent import today
from agent.requests.consent import RecordConsent
from agent.requests.people import DenyPerson, ForgetPerson, ListPeople, MergePeople, Redo, RenamePerson, Undo
from agent.requests.troubles import ApproveHeld, ListActivity, ListTroubles
from agent.roster.decisions import Draft, Verb
from agent.settings import Settings
from agent.settings.keys import Disk, Drive, People, Time
from agent.workspace import Workspace
from tests.making import encoding, look, rows, take_in
from tests.people.test_alike import beside
from tests.people.test_restored_roster import SETTINGS, agent_in, enroll, on_disk


async def nightly(agent: Application, settings: People) -> str:
    """The night's job, as the agent has it with these settings."""
    agent._settings = Settings(drive=Drive(enabled=False), disk=Disk(keep_free=0), people=settings)
    (job,) = [one for one in agent._jobs()._jobs if one.name == "retention"]
    return await job.do()


async def arrives(agent: Application, path: Path, who: int | Encoding, days_ago: float, size: int = 100) -> None:
    path.write_bytes(f"{path.name} {who}".encode())
    ledger, face = agent._opened.ledger, encoding(who) if isinstance(who, int) else who
    photo = await ledger.write(take_in, path)
    await ledger.write(lambda db: look(PhotoId(photo), db, [face], size))
    change = "UPDATE event_photo SET arrived_at = arrived_at - ? WHERE id = ?"
    await ledger.write(lambda db: db.execute(change, (days_ago * DAY, photo)) and None)


def faces_of_nobody(db: Db) -> list[int]:
    return db.column("SELECT face FROM stranger")


def encodings(agent: Application) -> int:
    return len(rows(agent._opened.ledger, "SELECT id FROM face WHERE encoding IS NOT NULL"))


async def test_faces_of_nobody_known_go_after_so_many_days(workspace: Workspace) -> None:
    async with agent_in(workspace) as agent:
        await arrives(agent, workspace.incoming / "DSC_1.jpg", 1, 40)
        await arrives(agent, workspace.incoming / "DSC_2.jpg", 2, 40)
        await arrives(agent, workspace.incoming / "DSC_3.jpg", 3, 29.5)
        await enroll(agent, "Mia", 2)
    async with agent_in(workspace) as agent:
        before = on_disk(workspace)
        assert len(before) == 3
        unknown = await agent._opened.ledger.read(faces_of_nobody)
        assert len(unknown) == 2
        assert await nightly(agent, People()) == "0 consents ended, 0 faces let go"
        assert encodings(agent) == 3
        assert await nightly(agent, People(unknown_days=30)) == "0 consents ended, 1 face let go"
        assert encodings(agent) == 2
        assert len(await agent._opened.ledger.read(faces_of_nobody)) == 1
        lines = [line["text"] for line in await agent.service.ask(ListActivity())]
        assert "1 face of nobody known: let go tomorrow night, unless they are named" in lines
        assert "1 face of nobody known let go, after 30 days" in lines
        await agent.file_now()
        assert on_disk(workspace) == before  # their photos stay
        assert not agent._opened.roster.journal()  # nobody decided it: nothing to undo
        photo = rows(agent._opened.ledger, "SELECT photo FROM event_photo WHERE name = 'DSC_1.jpg'")[0]["photo"]
        await agent._opened.ledger.write(lambda db: look(PhotoId(photo), db, [encoding(1)]))  # looked at again
        await agent._here.planner.plan_photo(PhotoId(photo))
        assert encodings(agent) == 2
        assert await nightly(agent, People(unknown_days=30)) == "0 consents ended, 0 faces let go"


async def test_faces_that_nobody_is_asked_about_go_after_so_many_days_too(workspace: Workspace) -> None:
    """Near misses that nobody answered, strangers of an event that is over, and faces too small to tell."""
    over = partial(replace, ends=str(today() - timedelta(days=7)), ended=True)
    async with agent_in(workspace) as agent:
        await enroll(agent, "Mia", 1)
        await arrives(agent, workspace.incoming / "DSC_1.jpg", 1, 40)
        await arrives(agent, workspace.incoming / "DSC_2.jpg", beside(encoding(1), 0.57, 9), 40)
        await arrives(agent, workspace.incoming / "DSC_3.jpg", 3, 40)
        await arrives(agent, workspace.incoming / "DSC_4.jpg", 4, 40, size=20)
    async with agent_in(workspace) as agent:
        ledger, before = agent._opened.ledger, on_disk(workspace)
        assert len(rows(ledger, "SELECT face FROM review")) == 1
        await ledger.on_writer(agent._opened.roster.change_event, DEFAULT_EVENT, over)
        assert await nightly(agent, People()) == "0 consents ended, 0 faces let go"
        assert await ledger.read(faces_of_nobody) == [], "the event is over: nobody is asked who they were"
        assert encodings(agent) == 4
        assert await nightly(agent, People(unknown_days=30)) == "0 consents ended, 3 faces let go"
        left = rows(ledger, "SELECT ep.name FROM face f JOIN event_photo ep USING (photo) WHERE encoding IS NOT NULL")
        assert [row["name"] for row in left] == ["DSC_1.jpg"]
        assert rows(ledger, "SELECT face FROM review") == []
        await agent.file_now()
        assert on_disk(workspace) == before


def until(person: PersonId, day: str) -> Callable[[Draft], tuple[None, str]]:
    def change(draft: Draft) -> tuple[None, str]:
        one = draft.person(person)
        assert one is not None
        draft.put(replace(one, consent=Consent("form", 1.0, day)))
        return None, "said"

    return change


async def test_a_consent_that_ends_is_named_and_forgotten_only_where_that_is_wanted(workspace: Workspace) -> None:
    async with agent_in(workspace) as agent:
        roster, ledger = agent._opened.roster, agent._opened.ledger
        mia, tom = await enroll(agent, "Mia", 1), await enroll(agent, "Tom", 2)

        async def night(**settings: str) -> list[tuple[str, str]]:
            await nightly(agent, People.model_validate(settings))
            found = await agent.service.ask(ListTroubles())
            return [(one["title"], one["detail"]) for one in found["open"]]

        assert await night() == []
        tomorrow, yesterday = str(today() + timedelta(days=1)), str(today() - timedelta(days=1))
        await ledger.on_writer(roster.intend, Verb.CONSENT, until(mia, tomorrow))
        assert await night() == [("A consent ends soon", f"Mia: {tomorrow} is its last day")]
        await ledger.on_writer(roster.intend, Verb.CONSENT, until(mia, yesterday))
        assert await night() == [("A consent has ended", f"Mia: {yesterday} was its last day")]
        assert {one["name"] for one in await agent.service.ask(ListPeople())} == {"Mia", "Tom"}
        await agent.service.ask(RecordConsent(person="Mia", how="asked again"))
        assert (await agent.service.ask(ListTroubles()))["open"] == [], "at once, and not in the night"
        assert await night() == []
        await ledger.on_writer(roster.intend, Verb.CONSENT, until(tom, yesterday))
        assert await night(consent_ended="forget") == []
        assert [one.name for one in roster.people()] == ["Mia"]


async def test_of_whoever_is_somebody_else_by_now_no_consent_is_asked_for(workspace: Workspace) -> None:
    async with agent_in(workspace) as agent:
        roster, ledger = agent._opened.roster, agent._opened.ledger
        mia, tom = await enroll(agent, "Mia", 1), await enroll(agent, "Tom", 2)
        for one, days in ((mia, -1), (tom, 100)):
            await ledger.on_writer(roster.intend, Verb.CONSENT, until(one, str(today() + timedelta(days=days))))
        await nightly(agent, People())
        assert [one["subjects"] for one in (await agent.service.ask(ListTroubles()))["open"]] == [["Mia"]]
        await agent.service.ask(MergePeople(person="Mia", into="Tom"))
        await nightly(agent, People())
        assert (await agent.service.ask(ListTroubles()))["open"] == []


async def test_whoever_consents_again_while_the_night_is_at_work_stays(workspace: Workspace) -> None:
    async with agent_in(workspace) as agent:
        roster, ledger = agent._opened.roster, agent._opened.ledger
        mia, tom = await enroll(agent, "Mia", 1), await enroll(agent, "Tom", 2)
        for one in (mia, tom):
            await ledger.on_writer(roster.intend, Verb.CONSENT, until(one, str(today() - timedelta(days=1))))
        async with agent._here.decider.alone():
            night = asyncio.ensure_future(nightly(agent, People(consent_ended="forget")))
            await asyncio.sleep(0.5)  # it waits for its turn
            await agent.service.ask(RecordConsent(person="Mia", how="asked again"))
        assert await night == "1 consent ended, 0 faces let go"
        assert [one.name for one in roster.people()] == ["Mia"]


async def test_of_whoever_consents_again_or_is_forgotten_while_the_night_is_at_work_nothing_is_said(
    workspace: Workspace,
) -> None:
    """Others are forgotten before it is their turn, which takes a minute each."""
    async with agent_in(workspace) as agent:
        roster, ledger = agent._opened.roster, agent._opened.ledger
        for who, (name, days) in enumerate((("Mia", -1), ("Tom", -1), ("Ana", 1), ("Zoe", 1)), 1):
            one = await enroll(agent, name, who)
            await ledger.on_writer(roster.intend, Verb.CONSENT, until(one, str(today() + timedelta(days=days))))
        async with agent._here.decider.alone():
            night = asyncio.ensure_future(nightly(agent, People(consent_ended="forget")))
            await asyncio.sleep(0.5)  # it waits for its turn to forget Mia, and is at Tom after Zoe was forgotten
            forgetting = asyncio.ensure_future(agent.service.ask(ForgetPerson(person="Zoe")))
            await asyncio.sleep(0.5)
            await agent.service.ask(RecordConsent(person="Ana", how="asked again"))
        await forgetting
        assert await night == "2 consents ended, 0 faces let go"
        assert [one.name for one in roster.people()] == ["Ana"]
        assert rows(ledger, "SELECT subject FROM trouble") == []


async def test_an_event_that_goes_on_while_the_night_is_at_work_keeps_its_faces(workspace: Workspace) -> None:
    """So does a name that was given meanwhile."""
    day = today() - timedelta(days=30)
    async with agent_in(workspace) as agent:
        roster, ledger = agent._opened.roster, agent._opened.ledger
        await enroll(agent, "Mia", 1)
        await ledger.on_writer(roster.change_event, DEFAULT_EVENT, partial(replace, ends=str(day), ended=True))
        async with agent._here.decider.alone():
            night = asyncio.ensure_future(nightly(agent, People(ended_days=30)))
            await asyncio.sleep(0.5)
            await ledger.on_writer(roster.change_event, DEFAULT_EVENT, partial(replace, ends=None, ended=False))
        await night
        assert [len(one.references) for one in roster.people()] == [1]

        await ledger.on_writer(roster.change_event, DEFAULT_EVENT, partial(replace, ends=str(day), ended=True))
        async with agent._here.decider.alone():
            night = asyncio.ensure_future(nightly(agent, People(ended_days=30)))
            await asyncio.sleep(0.5)
            await agent.service.ask(RenamePerson(person="Mia", name="Maria"))
        await night
        assert [(one.name, one.references) for one in roster.people()] == [("Maria", ())]


async def test_of_an_event_that_is_long_over_nothing_is_left_to_know_a_face_by(workspace: Workspace) -> None:
    """Photos stay with whom they are, also once they are looked at again; who comes later is nobody known."""
    long_over = partial(replace, ends=str(today() - timedelta(days=30)), ended=True)
    async with agent_in(workspace) as agent:
        ledger, roster = agent._opened.ledger, agent._opened.roster
        for name, who in (("DSC_1.jpg", 1), ("DSC_2.jpg", 2), ("DSC_3.jpg", 3)):
            await arrives(agent, workspace.incoming / name, who, 31)
        await enroll(agent, "Mia", 1)
        await enroll(agent, "Tom", 2)
    async with agent_in(workspace) as agent:
        ledger, roster = agent._opened.ledger, agent._opened.roster
        before = on_disk(workspace)
        assert len([path for path in before if "People/Mia" in str(path)]) == 1
        assert await nightly(agent, People(ended_days=30)) == "0 consents ended, 0 faces let go"  # it goes on
        await ledger.on_writer(roster.change_event, DEFAULT_EVENT, long_over)
        assert await nightly(agent, People(ended_days=31, strangers_days=0)) == "0 consents ended, 0 faces let go"
        lines = [line["text"] for line in await agent.service.ask(ListActivity())]
        assert any("let go tomorrow night, as it has ended" in line for line in lines)
        assert encodings(agent) == 3
        assert len(await ledger.read(faces_of_nobody)) == 1

        assert (
            await nightly(agent, People()) == "0 consents ended, 0 faces let go"
        )  # strangers are ignored, as they are
        assert encodings(agent) == 3
        assert not await ledger.read(faces_of_nobody)

        assert await nightly(agent, People(ended_days=30)) == "0 consents ended, 3 faces let go"
        assert encodings(agent) == 0
        assert not rows(ledger, "SELECT sha256 FROM reference")
        assert [one.references for one in roster.people()] == [(), ()]
        assert not roster.journal()[2:]
        assert await nightly(agent, People(ended_days=30)) == "0 consents ended, 0 faces let go"
        await agent.file_now()
        assert on_disk(workspace) == before
    async with agent_in(workspace) as agent:
        for number in (1, 2, 3):
            photo = rows(agent._opened.ledger, f"SELECT photo FROM event_photo WHERE name = 'DSC_{number}.jpg'")[0][
                "photo"
            ]
            await agent._opened.ledger.write(
                lambda db, photo=photo, number=number: look(PhotoId(photo), db, [encoding(number)])
            )
            await agent._here.planner.plan_photo(PhotoId(photo))
        assert encodings(agent) == 0
        await arrives(agent, workspace.incoming / "DSC_4.jpg", 1, 0)
        await agent.file_now()
        after = on_disk(workspace)
        assert set(before) <= set(after)
        assert not [path for path in after if "DSC_4" in str(path) and "People" in str(path)]


@pytest.mark.parametrize("blur", [False, True], ids=["not asked about", "blurred"])
async def test_nor_is_whoever_was_never_to_be_known_again_unless_photos_that_come_show_them(
    workspace: Workspace, blur: bool
) -> None:
    """The mean of their encodings stayed for good, also where nobody is asked about anybody any more."""
    async with agent_in(workspace) as agent:
        ledger, roster = agent._opened.ledger, agent._opened.roster
        await enroll(agent, "Mia", 1)
        await agent.service.ask(ForgetPerson(person="Mia", never=True, blur=blur))
        (look,) = [one.look for one in roster.everybody()]
        for days, is_kept in ((29, True), (30, blur)):
            ends = str(today() - timedelta(days=days))
            await ledger.on_writer(roster.change_event, DEFAULT_EVENT, partial(replace, ends=ends, ended=True))
            assert await nightly(agent, People(ended_days=30)) == "0 consents ended, 0 faces let go"
            assert [one.look for one in roster.everybody()] == [look if is_kept else ""]
            assert (look.rpartition(" ")[2] in workspace.roster.read_text("utf-8")) is is_kept


async def test_no_undo_makes_anybody_known_again_by_what_was_let_go(workspace: Workspace) -> None:
    """Nor is a picture left by which they were."""
    over = partial(replace, ends=str(today() - timedelta(days=30)), ended=True)
    async with agent_in(workspace) as agent:
        ledger, roster = agent._opened.ledger, agent._opened.roster
        await enroll(agent, "Mia", 1)
        await enroll(agent, "Tom", 2)
        for who in (1, 2):
            (workspace.references / f"{who:064}").write_bytes(b"a face")
        await agent.service.ask(RenamePerson(person="Mia", name="Maria"))
        await agent.service.ask(MergePeople(person="Tom", into="Maria"))
        await agent.service.ask(Undo())
        await ledger.on_writer(roster.change_event, DEFAULT_EVENT, over)
        await nightly(agent, People(ended_days=30))
        assert not list(workspace.references.iterdir())
        assert [entry.verb for entry in (*roster.journal(), *roster.undone())] == ["rename", "merge"]
        await agent.service.ask(Redo())
        assert {one.references for one in roster.everybody()} == {()}
        for _ in range(2):
            await agent.service.ask(Undo())
            assert {one.references for one in roster.everybody()} == {()}
        assert [one.name for one in roster.people()] == ["Mia", "Tom"]


async def test_no_undo_keeps_a_face_again_that_was_let_go(workspace: Workspace) -> None:
    async with agent_in(workspace) as agent:
        await arrives(agent, workspace.incoming / "DSC_1.jpg", 1, 40)
        await enroll(agent, "Mia", 1)
    async with agent_in(workspace) as agent:
        ledger = agent._opened.ledger
        (photo,) = rows(ledger, "SELECT id, photo FROM event_photo")
        await agent.service.ask(DenyPerson(person="Mia", photos=[photo["id"]]))
        assert await nightly(agent, People(unknown_days=30)) == "0 consents ended, 1 face let go"
        with pytest.raises(VenueError, match="Nothing to undo"):
            await agent.service.ask(Undo())
        await ledger.write(lambda db: look(PhotoId(photo["photo"]), db, [encoding(1)]))  # looked at again
        await agent._here.planner.plan_photo(PhotoId(photo["photo"]))
        assert encodings(agent) == 0


async def test_of_two_who_are_one_the_consent_that_holds_counts(workspace: Workspace) -> None:
    """Whoever consented anew, under another name, was forgotten for good: the ended consent stayed."""
    yesterday = str(today() - timedelta(days=1))
    async with agent_in(workspace) as agent:
        roster, writer = agent._opened.roster, agent._opened.ledger.on_writer
        for mia, other in (("Mia", "Mia L"), ("Anna", "Anna B")):
            old, new = await enroll(agent, mia, len(mia)), await enroll(agent, other, len(other))
            await writer(roster.intend, Verb.CONSENT, until(old, yesterday))
            await writer(roster.intend, Verb.CONSENT, until(new, ""))
        await agent.service.ask(MergePeople(person="Mia L", into="Mia"))
        await agent.service.ask(MergePeople(person="Anna", into="Anna B"))
        assert await nightly(agent, People(consent_ended="forget")) == "0 consents ended, 0 faces let go"
        assert {one.name for one in roster.people()} == {"Mia", "Anna B"}
        assert [one.consent.until for one in roster.people() if one.consent is not None] == ["", ""]


async def test_of_two_consents_that_hold_what_was_said_last_counts(workspace: Workspace) -> None:
    async with agent_in(workspace) as agent:
        for number, name in enumerate(("Mia", "Mia L"), 1):
            await enroll(agent, name, number)
        await agent.service.ask(RecordConsent(person="Mia", how="signed form", until=str(today())))
        await agent.service.ask(RecordConsent(person="Mia L", how="asked her"))
        await agent.service.ask(MergePeople(person="Mia L", into="Mia"))
        [mia] = agent._opened.roster.people()
        assert mia.consent is not None
        assert (mia.consent.how, mia.consent.until) == ("asked her", "")


@pytest.mark.parametrize(
    ("zone", "ends"), [("Pacific/Kiritimati", "has ended"), ("Pacific/Pago_Pago", "ends soon")], ids=["over", "to come"]
)
async def test_a_last_day_is_over_where_the_event_is(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, zone: str, ends: str
) -> None:
    """A server goes by UTC, often: a link was taken back on the evening of its last day."""
    monkeypatch.setattr(clock, "wall", lambda: datetime(2026, 11, 21, 10, 30, tzinfo=UTC).timestamp())
    settings = SETTINGS.model_copy(update={"time": Time(zone=zone)})
    async with Application(workspace, settings, Mode.STOPPED, watching=False) as agent:
        mia = await enroll(agent, "Mia", 1)
        await agent._opened.ledger.on_writer(agent._opened.roster.intend, Verb.CONSENT, until(mia, "2026-11-21"))
        await nightly(agent, People())
        [told] = (await agent.service.ask(ListTroubles()))["open"]
        assert told["title"] == f"A consent {ends}"


async def test_while_an_older_list_of_people_waits_for_its_yes_nothing_is_let_go(workspace: Workspace) -> None:
    """Whom it lacks would be nobody, and what they are known by gone for good, before anybody was asked."""
    long_over = partial(replace, ends=str(today() - timedelta(days=30)), ended=True)
    async with agent_in(workspace) as agent:
        ledger, roster = agent._opened.ledger, agent._opened.roster
        await arrives(agent, workspace.incoming / "DSC_1.jpg", 1, 40)
        await enroll(agent, "Mia", 1)
        await ledger.on_writer(roster.change_event, DEFAULT_EVENT, long_over)
        await ledger.on_writer(roster.mark_restored)
        agent._settings = SETTINGS.model_copy(update={"people": People(unknown_days=30, ended_days=30)})
        jobs = agent._jobs()
        await jobs.round()  # each is due from its setting on
        await ledger.write(lambda db: db.execute("UPDATE job SET next_at = 1.0 WHERE name = 'retention'") and None)
        for _ in range(2):
            await jobs.round()
            assert encodings(agent) == 1
            assert [(one.name, len(one.references)) for one in roster.people()] == [("Mia", 1)]
        assert await agent.service.ask(ApproveHeld(ids=["roster"])) == 1
        await jobs.round()
        assert encodings(agent) == 0
        assert [(one.name, one.references) for one in roster.people()] == [("Mia", ())]


async def test_of_a_photo_of_two_events_nothing_is_left_once_both_are_long_over(workspace: Workspace) -> None:
    """Each left its faces to the other one. While one of them goes on, they are that one's."""
    long_over = partial(replace, ends=str(today() - timedelta(days=30)), ended=True)
    party, photo = EventId("party"), workspace.root / "Events/party/Incoming/DSC_1.jpg"
    async with agent_in(workspace) as agent:
        ledger, roster = agent._opened.ledger, agent._opened.roster
        await ledger.on_writer(roster.add_event, Event(party, "party", "party"))
        await arrives(agent, workspace.incoming / "DSC_1.jpg", 1, 31)
        photo.parent.mkdir(parents=True, exist_ok=True)
        photo.write_bytes((workspace.incoming / "DSC_1.jpg").read_bytes())
        await ledger.write(take_in, photo, party)
        await enroll(agent, "Mia", 1)
    async with agent_in(workspace) as agent:
        ledger, roster = agent._opened.ledger, agent._opened.roster
        before = on_disk(workspace)
        assert len([path for path in before if "People/Mia" in path]) == 1
        await ledger.on_writer(roster.change_event, DEFAULT_EVENT, long_over)
        assert await nightly(agent, People(ended_days=30)) == "0 consents ended, 0 faces let go"
        assert encodings(agent) == 1
        await ledger.on_writer(roster.change_event, party, long_over)
        assert await nightly(agent, People(ended_days=30)) == "0 consents ended, 1 face let go"
        assert encodings(agent) == 0
        for event in (DEFAULT_EVENT, party):
            assert [one.forgotten for one in roster.forgotten_faces(event)] == [True], "no later look keeps it"
        await agent.file_now()
        assert on_disk(workspace) == before


@pytest.mark.parametrize("people", [People(unknown_days=30), People(ended_days=30)], ids=["unknown", "ended"])
async def test_of_a_photo_that_is_nowhere_any_more_nothing_is_left_to_know_a_face_by(
    workspace: Workspace, people: People
) -> None:
    """Another one took its place, say. Back again it is looked at as if it were new."""
    long_over = partial(replace, ends=str(today() - timedelta(days=30)), ended=True)
    async with agent_in(workspace) as agent:
        ledger, roster = agent._opened.ledger, agent._opened.roster
        await arrives(agent, workspace.incoming / "DSC_1.jpg", 1, 40)
        (row,) = rows(ledger, "SELECT photo FROM event_photo")
        await ledger.write(superseded.supersede, PhotoId(row["photo"]), 1.0)
        if people.ended_days:
            await ledger.on_writer(roster.change_event, DEFAULT_EVENT, long_over)
        assert await nightly(agent, People()) == "0 consents ended, 0 faces let go"
        assert encodings(agent) == 1
        assert await nightly(agent, people) == "0 consents ended, 1 face let go"
        assert encodings(agent) == 0
        await ledger.write(take_in, workspace.incoming / "DSC_1.jpg")
        assert await ledger.read(photos.look_of, PhotoId(row["photo"])) == "due"
