"""A link with a last day: it opens the folder until then, and nothing afterwards."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from agent.building.drive_side import DriveSide
from agent.errors import Cause, UsageError, VenueError
from agent.jobs import backups, links
from agent.ledger import troubles
from agent.model import LINK_PERMISSION, DriveId, Share
from agent.people.consent import today
from agent.requests.control import Pause, Resume
from agent.requests.events import AddEvent, RemoveEvent
from agent.requests.people import EnrollPerson, GetPerson, LinkPerson, ListPeople, MergePeople, Undo
from agent.requests.status import GetStatus
from agent.requests.troubles import ListActivity
from agent.running.topics import Topic
from agent.workspace import Workspace
from tests.emulator.drive import Emulator
from tests.patience import within
from tests.venue.running import Running, an_agent, linked, of, shared


async def test_a_folder_that_is_open_by_one_above_it_is_not_said_to_be_closed(
    running: Running, emulator: Emulator
) -> None:
    """It was said that nobody could open it any more, and anyone could: `People` was shared by hand."""
    link = await linked(running)
    assert link is not None
    folder = link.removeprefix("https://drive.google.com/drive/folders/")
    [people] = [one["id"] for one in emulator.files() if one["name"] == "People"]
    with emulator.client("their browser") as theirs:
        url = f"{emulator.url}/drive/v3/files/{people}/permissions"
        theirs.post(url, json={"type": "anyone", "role": "reader"}).raise_for_status()
        with pytest.raises(VenueError, match="can be opened still"):
            await running.service.ask(LinkPerson(person="Mia", on=False))
        assert await asyncio.to_thread(shared, emulator, folder)
        theirs.delete(f"{url}/anyoneWithLink").raise_for_status()
    assert not await asyncio.to_thread(shared, emulator, folder)
    assert await running.service.ask(LinkPerson(person="Mia", on=False)) is None


@pytest.mark.slow
async def test_a_link_is_taken_back_by_itself_after_its_last_day(running: Running, emulator: Emulator) -> None:
    link = await linked(running)
    assert link is not None
    folder = link.removeprefix("https://drive.google.com/drive/folders/")
    service, roster, ledger = running.service, running.agent._opened.roster, running.agent._opened.ledger
    [person] = await service.ask(ListPeople())
    assert (await service.ask(GetPerson(id=person["id"])))["link_until"] is None
    with pytest.raises(UsageError, match="is over"):
        await service.ask(LinkPerson(person="Mia", until="2001-01-01"))
    last = str(today() + timedelta(days=1))
    assert await service.ask(LinkPerson(person="Mia", until=last)) == link
    assert await service.ask(LinkPerson(person="Mia")) == link  # shown again: its end stays
    assert (await service.ask(GetPerson(id=person["id"])))["link_until"] == last
    running.agent._topics.publish(Topic.FOLDERS_MADE)  # it is looked at, and not over
    assert shared(emulator, folder)

    yesterday = str(today() - timedelta(days=1))
    [mia] = roster.people()
    await ledger.on_writer(roster.set_shares, mia.id, [Share(DriveId(folder), LINK_PERMISSION, ends=yesterday)])
    running.agent._topics.publish(Topic.FOLDERS_MADE)
    await running.until(lambda now: now["people"][0]["link"] is None)
    assert not shared(emulator, folder)
    assert roster.shares(mia.id) == []


@pytest.mark.slow
async def test_a_link_of_which_drive_did_not_answer_is_taken_back_soon(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One answer that did not come tells nobody that Drive is away, and so nobody that it is back: ten minutes."""
    monkeypatch.setattr(links, "AGAIN", 0.5)
    link = await linked(running)
    assert link is not None
    folder = link.removeprefix("https://drive.google.com/drive/folders/")
    roster, ledger = running.agent._opened.roster, running.agent._opened.ledger
    [mia] = roster.people()
    emulator.faults({"method": "permissions.delete", "status": 503})
    yesterday = str(today() - timedelta(days=1))
    await ledger.on_writer(roster.set_shares, mia.id, [Share(DriveId(folder), LINK_PERMISSION, ends=yesterday)])
    running.agent._topics.publish(Topic.FOLDERS_MADE)
    await running.until(lambda now: now["people"][0]["link"] is None)
    assert not shared(emulator, folder)


@pytest.mark.slow
async def test_a_link_that_drive_does_not_take_back_holds_no_other_up(running: Running, emulator: Emulator) -> None:
    """All others stayed open after their last days, and nobody was told of any."""
    await linked(running)
    service, roster, ledger = running.service, running.agent._opened.roster, running.agent._opened.ledger
    await service.ask(EnrollPerson(name="Anna", photos=[str(of("anna_berg")[0])]))
    async with within(10):
        while not any(roster.shares(one.id) for one in roster.people() if one.name == "Anna"):
            with suppress(VenueError):  # until her folder is there
                await service.ask(LinkPerson(person="Anna"))
            await asyncio.sleep(0.1)
    mia, anna = sorted(roster.people(), key=lambda one: one.name, reverse=True)
    [hers], [other] = roster.shares(mia.id), roster.shares(anna.id)
    emulator.faults(
        {
            "method": "permissions.delete",
            "file_id": hers.folder,
            "reason": "insufficientFilePermissions",
            "times": None,
        }
    )
    yesterday = str(today() - timedelta(days=1))
    for one, share in ((mia, hers), (anna, other)):
        await ledger.on_writer(roster.set_shares, one.id, [replace(share, ends=yesterday)])
    running.agent._topics.publish(Topic.FOLDERS_MADE)
    await running.until(lambda _: roster.shares(anna.id) == [])
    assert not shared(emulator, other.folder) and shared(emulator, hers.folder)
    [told] = await ledger.read(troubles.opened)
    assert (told["subject"], told["title"]) == ("Mia", "No right to write into the folder of Mia")
    emulator.clear_faults()
    running.agent._topics.publish(Topic.FOLDERS_MADE)
    await running.until(lambda _: roster.shares(mia.id) == [])
    assert not shared(emulator, hers.folder)
    assert await ledger.read(troubles.opened) == []


@pytest.mark.slow
async def test_an_address_alone_is_let_in_until_its_last_day(running: Running, emulator: Emulator) -> None:
    """The link of anybody stands apart from it; a folder that was made anew is open to the same address."""
    link = await linked(running)
    assert link is not None
    folder = link.removeprefix("https://drive.google.com/drive/folders/")
    service, roster, ledger = running.service, running.agent._opened.roster, running.agent._opened.ledger
    await service.ask(LinkPerson(person="Mia", on=False))
    assert not shared(emulator, folder)
    for bad in ("mia", "Mia <mia@example.org>", "a@b.org,c@d.org"):
        with pytest.raises(UsageError):
            await service.ask(LinkPerson(person="Mia", to=bad))
    emulator.faults([{"method": "permissions.create", "status": 400, "reason": "invalidSharingRequest"}])
    with pytest.raises(VenueError, match="lets that address in nowhere"):
        await service.ask(LinkPerson(person="Mia", to="nobody@example.org"))
    last = str(today() + timedelta(days=1))
    assert await service.ask(LinkPerson(person="Mia", to="Stranger@example.org", until=last)) == link
    asked = emulator.requests()["methods"]["permissions.create"]
    await service.ask(LinkPerson(person="Mia", to="stranger@example.org"))
    assert emulator.requests()["methods"]["permissions.create"] == asked, "no second mail"
    assert shared(emulator, folder) and not shared(emulator, folder, "another@example.org")
    [person] = await service.ask(ListPeople())
    assert person["link"] is None, "nobody has a link that anyone may open"
    details = await service.ask(GetPerson(id=person["id"]))
    assert details["readers"] == [{"address": "stranger@example.org", "until": last}]

    [mia] = roster.people()
    [kept] = roster.shares(mia.id)
    await ledger.on_writer(roster.set_shares, mia.id, [replace(kept, folder=DriveId("an-old-folder"))])
    running.agent._topics.publish(Topic.FOLDERS_MADE)
    await running.until(lambda _: roster.shares(mia.id) == [kept])

    await ledger.on_writer(roster.set_shares, mia.id, [replace(kept, ends=str(today() - timedelta(days=1)))])
    running.agent._topics.publish(Topic.FOLDERS_MADE)
    await running.until(lambda _: roster.shares(mia.id) == [])
    assert not shared(emulator, folder)

    await service.ask(LinkPerson(person="Mia", to="stranger@example.org"))
    assert shared(emulator, folder)
    assert await service.ask(LinkPerson(person="Mia", on=False, to="stranger@example.org")) is None
    assert not shared(emulator, folder)


@pytest.mark.slow
async def test_a_link_of_whoever_is_somebody_else_by_now_ends_on_its_last_day(
    running: Running, emulator: Emulator
) -> None:
    """Nobody saw to it any more, and nobody could take it back."""
    service, roster, ledger = running.service, running.agent._opened.roster, running.agent._opened.ledger
    folder = (await linked(running) or "").rpartition("/")[2]
    last, yesterday = str(today() + timedelta(days=1)), str(today() - timedelta(days=1))
    await service.ask(LinkPerson(person="Mia", until=last))
    [mia] = roster.people()
    await service.ask(EnrollPerson(name="Anna", photos=[str(of("anna_berg")[0])]))
    await service.ask(MergePeople(person="Mia", into="Anna"))
    assert shared(emulator, folder)
    [kept] = roster.shares(mia.id)
    await ledger.on_writer(roster.set_shares, mia.id, [replace(kept, ends=yesterday)])
    running.agent._topics.publish(Topic.FOLDERS_MADE)
    await running.until(lambda _: roster.shares(mia.id) == [])
    assert not shared(emulator, folder)


@pytest.mark.slow
async def test_an_enrolment_is_not_taken_back_while_their_link_has_a_last_day(
    running: Running, emulator: Emulator
) -> None:
    """The link stayed open for good: nobody whom the list does not know is looked at, and it was forgotten at last."""
    service, roster, ledger = running.service, running.agent._opened.roster, running.agent._opened.ledger
    folder = (await linked(running) or "").rpartition("/")[2]
    await service.ask(LinkPerson(person="Mia", until=str(today())))
    with pytest.raises(VenueError, match="open until a day") as caught:
        await service.ask(Undo())
    assert (caught.value.cause, caught.value.detail) == (Cause.CONFLICT, f"Mia until {today()}")
    [mia] = roster.people()
    [kept] = roster.shares(mia.id)
    await ledger.on_writer(roster.set_shares, mia.id, [replace(kept, ends=str(today() - timedelta(days=1)))])
    running.agent._topics.publish(Topic.FOLDERS_MADE)
    await running.until(lambda _: roster.shares(mia.id) == [])
    await service.ask(Undo())
    assert roster.people() == [] and not shared(emulator, folder)


@pytest.mark.slow
async def test_a_share_that_drive_answers_without_naming_it_is_asked_for_again(
    running: Running, emulator: Emulator
) -> None:
    """What opens the folder could not be taken back without its id; twice is once there."""
    await linked(running)
    await running.service.ask(LinkPerson(person="Mia", on=False))
    emulator.faults([{"method": "permissions.create", "status": 200, "body": "{}", "times": 1}])
    with pytest.raises(VenueError, match="cannot be read"):
        await running.service.ask(LinkPerson(person="Mia"))
    link = None
    async with within(10):
        while link is None:
            await asyncio.sleep(0.1)
            with suppress(VenueError):  # one such answer is a line that broke: Drive counts as away for a moment
                link = await running.service.ask(LinkPerson(person="Mia"))
    folder = link.removeprefix("https://drive.google.com/drive/folders/")
    assert shared(emulator, folder)
    await running.service.ask(LinkPerson(person="Mia", on=False))
    assert not shared(emulator, folder)


@pytest.mark.slow
async def test_an_event_is_not_removed_while_somebody_is_to_be_kept_out_again(
    running: Running, emulator: Emulator
) -> None:
    """Nobody would do it then; nor is an address kept once nobody knows whose folder it was let into."""
    service, roster = running.service, running.agent._opened.roster
    await service.ask(AddEvent(name="Gala"))
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])], event="Gala"))
    link, last = None, str(today() + timedelta(days=1))
    async with within(30):
        while link is None:
            await asyncio.sleep(0.1)
            with suppress(VenueError):  # the folder is being made
                link = await service.ask(LinkPerson(person="Mia", until=last))
    folder = link.rpartition("/")[2]
    await service.ask(LinkPerson(person="Mia", to="mia@example.org"))
    with pytest.raises(UsageError, match=f"Mia until {last}"):
        await service.ask(RemoveEvent(event="Gala"))
    assert shared(emulator, folder)
    await service.ask(EnrollPerson(name="Anna", photos=[str(of("anna_berg")[0])], event="Gala"))
    await service.ask(MergePeople(person="Mia", into="Anna"))
    with pytest.raises(UsageError, match=f"Anna until {last}"):
        await service.ask(RemoveEvent(event="Gala"))
    await service.ask(LinkPerson(person="Anna", on=False))
    assert not shared(emulator, folder)
    await service.ask(RemoveEvent(event="Gala"))
    assert "mia@example.org" not in roster.path.read_text()


@pytest.mark.slow
async def test_a_link_that_drive_made_without_saying_so_is_taken_back_as_any(
    running: Running, emulator: Emulator
) -> None:
    """Whoever is told that it was not made would leave the folder open to anybody."""
    folder = (await linked(running) or "").rpartition("/")[2]
    service = running.service
    await service.ask(LinkPerson(person="Mia", on=False))
    lost = {"method": "permissions.create", "status": 503, "reason": "backendError", "after_commit": True}
    kept = {"method": "permissions.delete", "status": 503, "times": None}  # nor is it by itself, before it is looked at
    emulator.faults([lost, {"method": "permissions.create", "drop": True, "times": 30}, kept])
    with pytest.raises(VenueError):
        await service.ask(LinkPerson(person="Mia"))
    assert shared(emulator, folder)
    emulator.clear_faults()
    async with within(20):
        while shared(emulator, folder):
            await asyncio.sleep(0.1)
            with suppress(VenueError):  # Drive counts as away for a moment
                assert await service.ask(LinkPerson(person="Mia", on=False)) is None


@pytest.mark.slow
async def test_who_becomes_one_with_somebody_is_told_that_their_link_opens_nothing(running: Running) -> None:
    """Its code may be printed: it led nowhere, and nobody said so."""
    assert await linked(running)
    await running.service.ask(EnrollPerson(name="Jonas", photos=[str(one) for one in of("jonas_lindqvist")]))
    told = "The link of Mia opens nothing any more; Jonas has none yet: make one"
    made = await running.service.ask(MergePeople(person="Mia", into="Jonas"))
    assert made["told"] == [told]
    assert told in [one["text"] for one in await running.service.ask(ListActivity())]


@pytest.mark.slow
@pytest.mark.parametrize("running", ["near"], indirect=True)
@pytest.mark.parametrize("asked_again", [False, True])
async def test_a_folder_that_was_made_anew_leaves_no_open_one_in_the_trash(
    running: Running, emulator: Emulator, asked_again: bool
) -> None:
    """Brought back by hand it was open to anyone, and `link --off` said that nobody could open it any more."""
    link = await linked(running)
    assert link is not None
    old = link.removeprefix("https://drive.google.com/drive/folders/")
    with emulator.client("their browser") as theirs:
        file = f"{emulator.url}/drive/v3/files/{old}"
        theirs.patch(file, json={"trashed": True}).raise_for_status()
        async with within(30):
            while (await running.service.ask(ListPeople()))[0]["link"] == link:
                if asked_again:
                    with suppress(VenueError):  # it is being made anew just then
                        await running.service.ask(LinkPerson(person="Mia"))
                await asyncio.sleep(0.05)
        theirs.patch(file, json={"trashed": False}).raise_for_status()
    await running.service.ask(LinkPerson(person="Mia", on=False))
    assert not shared(emulator, old)


@pytest.mark.slow
async def test_an_older_list_of_people_opens_no_folder_and_closes_none(
    workspace: Workspace, emulator: Emulator
) -> None:
    """What was opened since stayed so for good, whatever its last day, and `link --off` closed it to no address; what
    was closed since was said to be open. And what was paused went on.
    """
    last, address = str(today() + timedelta(days=1)), "stranger@example.org"
    async with an_agent(workspace) as running:
        folder = (await linked(running) or "").rpartition("/")[2]
        [mia] = await running.service.ask(ListPeople())
        made = await asyncio.to_thread(backups.back_up_people, workspace)
        await running.service.ask(LinkPerson(person="Mia", on=False))
        await running.service.ask(LinkPerson(person="Mia", to=address, until=last))
        await running.service.ask(Pause(what="all"))
    assert made is not None
    await asyncio.to_thread(backups.put_back, workspace, made)
    async with an_agent(workspace) as running:
        [now] = await running.service.ask(ListPeople())
        readers = (await running.service.ask(GetPerson(id=mia["id"])))["readers"]
        assert (now["link"], readers) == (None, [{"address": address, "until": last}])
        assert (await running.service.ask(GetStatus()))["paused"]["all"]
        await running.service.ask(Resume(what="all"))
        await running.until(lambda now: now["drive"]["state"] == "online")
        await running.service.ask(LinkPerson(person="Mia", on=False, to=address))
        assert not shared(emulator, folder)


async def test_what_drive_refuses_of_a_link_names_the_person(running: Running, emulator: Emulator) -> None:
    """Of "this file or folder" it was told, to somebody who makes links for thirty."""
    await linked(running)
    for method, on in (("create", True), ("delete", False)):
        emulator.faults([{"method": f"permissions.{method}", "reason": "insufficientFilePermissions"}])
        with pytest.raises(VenueError, match="No right to write into the folder of Mia"):
            await running.service.ask(LinkPerson(person="Mia", on=on))


async def test_a_link_that_google_calls_full_does_not_make_drive_full(running: Running, emulator: Emulator) -> None:
    """A permission takes no room: all uploads waited, and it was said that there was none."""
    await linked(running)
    emulator.faults([{"method": "permissions.create", "reason": "storageQuotaExceeded"}])
    with pytest.raises(VenueError, match=r"Rejected by Google: .*the folder of Mia: Google answered"):
        await running.service.ask(LinkPerson(person="Mia", to="stranger@example.org"))
    assert isinstance(running.agent._drive, DriveSide)
    assert running.agent._drive.lane.is_open(sending=True)
