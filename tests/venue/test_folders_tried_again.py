"""Folders on Drive of which Drive refuses something: they are tried again in their own time, and hold up no others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from agent.ledger import ours_on_drive
from agent.requests.control import Pause, Resume, Retry
from agent.requests.events import AddEvent, SetEvent
from agent.requests.people import EnrollPerson, RenamePerson
from agent.requests.troubles import ListActivity, ListTroubles
from agent.uploads import folder_upkeep
from agent.uploads import folders as making
from agent.uploads import queue as sending
from agent.workspace import Workspace
from tests.emulator.drive import Emulator
from tests.patience import within
from tests.venue.photographer import FOLDER
from tests.venue.pictures import scene, variant
from tests.venue.running import Running, an_agent, of

NEVER = 3600.0
PEOPLE = "venuesync/default/People"


@pytest.fixture
async def running(
    request: pytest.FixtureRequest, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Running]:
    """Its parameter: seconds between comparisons of all folders; else there are none."""
    monkeypatch.setenv("VENUESYNC_DRIVE__FOLDER_CHECK", str(getattr(request, "param", NEVER)))
    monkeypatch.setenv("VENUESYNC_FACES__SECOND_LOOKS", "false")  # which ring, too
    async with an_agent(workspace) as made:
        yield made


async def until(so: Callable[[], Any], seconds: float = 20) -> None:
    async with within(seconds):
        while not so():
            await asyncio.sleep(0.05)


async def enroll(running: Running, name: str, who: str) -> None:
    await running.service.ask(EnrollPerson(name=name, photos=[str(path) for path in of(who)]))


async def hassan(running: Running, emulator: Emulator) -> None:
    """He has folders on Drive, as whatever is above them has."""
    await enroll(running, "Hassan", "hassan")
    await until(lambda: {f"{PEOPLE}/Hassan/Solo", f"{PEOPLE}/Hassan/Group"} <= on_drive(emulator).keys())


async def two_at_once(running: Running) -> None:
    """Mia's and Jonas's folders are wanted, in that order, and made once their event is sent."""
    await running.service.ask(SetEvent(event="default", key="send", value="false"))
    await enroll(running, "Mia", "mia")
    await enroll(running, "Jonas", "jonas")


async def sent(running: Running) -> None:
    await running.service.ask(SetEvent(event="default", key="send", value="true"))


def on_drive(emulator: Emulator) -> dict[str, str]:
    """By its path the id of each that is not in the trash."""
    return {one["path"]: one["id"] for one in emulator.files() if not one["trashed"]}


@pytest.mark.slow
async def test_one_that_drive_did_not_let_be_renamed_is_when_its_time_has_come(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not when all folders are compared next, an hour later."""
    monkeypatch.setattr(folder_upkeep, "REFUSED", 4.0)  # by then all that rings by the rename has
    await hassan(running, emulator)
    his = on_drive(emulator)[f"{PEOPLE}/Hassan"]
    emulator.faults({"method": "files.update", "file_id": his, "reason": "insufficientFilePermissions"})
    await running.service.ask(RenamePerson(person="Hassan", name="Hasan"))
    async with within(20):
        while not (await running.service.ask(ListTroubles()))["open"]:
            await asyncio.sleep(0.05)
    await until(lambda: f"{PEOPLE}/Hasan" in on_drive(emulator))
    async with within(20):
        while (await running.service.ask(ListTroubles()))["open"]:
            await asyncio.sleep(0.05)


@pytest.mark.slow
@pytest.mark.parametrize("reason", ["badRequest", "notFound"])
@pytest.mark.parametrize("running", [1.0], indirect=True)
async def test_all_are_compared_while_one_cannot_be_made(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    """Whenever somebody looked that one was due, and nothing else was looked at; `notFound` of what lies in a folder
    that is there.
    """
    monkeypatch.setattr(making, "RETRY_AFTER", 0.3)
    scene(running.incoming / "DSC_1.jpg", 1)
    await running.until(lambda now: now["photos"]["verified"] == 1)
    emulator.faults({"method": "files.create", "reason": reason, "times": None})
    await enroll(running, "Hassan", "hassan")
    await asyncio.sleep(2)  # by then all that rings by that has
    with emulator.client("browser") as client:
        gone = on_drive(emulator)["venuesync/default/Unsorted/No Faces"]
        client.patch(f"/drive/v3/files/{gone}", json={"trashed": True}).raise_for_status()
    async with within(6):
        while not [one for one in await running.service.ask(ListActivity()) if "removed on Drive" in one["text"]]:
            await asyncio.sleep(0.05)


@pytest.mark.slow
@pytest.mark.parametrize("running", [1.0], indirect=True)
async def test_one_whose_time_has_come_waits_for_no_comparison_that_drive_refuses(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It rested with that, for up to five minutes."""
    monkeypatch.setattr(making, "RETRY_AFTER", NEVER)
    monkeypatch.setattr(folder_upkeep, "REFUSED", 4.0)  # by then all that rings by the rename has
    await hassan(running, emulator)
    his = on_drive(emulator)[f"{PEOPLE}/Hassan"]
    emulator.faults(
        [
            {"method": "files.list", "reason": "badRequest", "times": None},
            {"method": "files.update", "file_id": his, "reason": "insufficientFilePermissions"},
        ]
    )
    await running.service.ask(RenamePerson(person="Hassan", name="Hasan"))
    await until(lambda: f"{PEOPLE}/Hasan" in on_drive(emulator))


@pytest.mark.slow
async def test_those_that_are_there_are_renamed_while_drive_refuses_the_look_at_what_another_is_to_lie_in(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All waited with that one, and nobody was told of it."""
    monkeypatch.setattr(making, "RETRY_AFTER", NEVER)
    await hassan(running, emulator)
    people = on_drive(emulator)[PEOPLE]
    emulator.faults(
        [
            {"method": "files.create", "reason": "notFound", "times": None},
            {"method": "files.get", "file_id": people, "reason": "insufficientFilePermissions", "times": None},
        ]
    )
    await enroll(running, "Mia", "mia")
    async with within(20):
        while not (await running.service.ask(ListTroubles()))["open"]:
            await asyncio.sleep(0.05)
    await running.service.ask(RenamePerson(person="Hassan", name="Hasan"))
    await until(lambda: f"{PEOPLE}/Hasan" in on_drive(emulator))


@pytest.mark.slow
@pytest.mark.parametrize("running", [1.0], indirect=True)
async def test_one_that_is_gone_is_made_again_while_drive_refuses_the_look_at_another(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison ended there each time: whatever came behind it was never missed."""
    monkeypatch.setattr(making, "RETRY_AFTER", 0.3)  # one may come when the first is in the trash, and the other is not
    scene(running.incoming / "DSC_1.jpg", 1)
    await running.until(lambda now: now["photos"]["verified"] == 1)
    await hassan(running, emulator)
    first, gone = on_drive(emulator)["venuesync/default/Unsorted/No Faces"], on_drive(emulator)[f"{PEOPLE}/Hassan"]
    emulator.faults({"method": "files.get", "file_id": first, "reason": "insufficientFilePermissions", "times": None})
    with emulator.client("browser") as client:
        for one in (first, gone):
            client.patch(f"/drive/v3/files/{one}", json={"trashed": True}).raise_for_status()
    await until(lambda: on_drive(emulator).get(f"{PEOPLE}/Hassan") not in (None, gone))


@pytest.mark.slow
async def test_those_behind_one_that_cannot_be_made_are_made(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few go at a time, after Google asked to slow down: the same ones were tried each time."""
    await hassan(running, emulator)
    await two_at_once(running)
    monkeypatch.setattr(making, "MOST", 1)
    monkeypatch.setattr(making, "RETRY_AFTER", NEVER)
    emulator.faults({"method": "files.create", "reason": "badRequest"})
    await sent(running)
    await until(lambda: f"{PEOPLE}/Jonas/Group" in on_drive(emulator))
    assert f"{PEOPLE}/Mia" not in on_drive(emulator)


@pytest.mark.slow
async def test_one_that_is_refused_each_time_is_asked_for_less_soon_each_time_until_somebody_says_retry(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each quarter of a minute, all night; Drive counts each."""
    await hassan(running, emulator)
    monkeypatch.setattr(making, "RETRY_AFTER", 0.2)
    emulator.forget_requests()
    emulator.faults({"method": "files.create", "reason": "badRequest", "times": None})
    await enroll(running, "Mia", "mia")
    async with within(20):
        while not (await running.service.ask(ListTroubles()))["open"]:
            await asyncio.sleep(0.05)
    await until(lambda: emulator.requests()["methods"]["files.create"] >= 2)
    await asyncio.sleep(6)  # thirty times as long
    assert 2 <= emulator.requests()["methods"]["files.create"] <= 8
    monkeypatch.setattr(making, "RETRY_AFTER", NEVER)
    emulator.forget_requests()
    await running.service.ask(Retry(all=True))
    await until(lambda: emulator.requests()["methods"].get("files.create"))
    emulator.clear_faults()
    async with within(20):
        while f"{PEOPLE}/Mia/Solo" not in on_drive(emulator):
            await running.service.ask(Retry(all=True))
            await asyncio.sleep(0.2)


@pytest.mark.slow
@pytest.mark.parametrize("reason", ["fileIdInUse", "generatedIdNotSupported"])
async def test_one_that_is_refused_under_each_id_is_asked_for_less_soon_and_told(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    """Under another id it was at once, each time, as fast as Drive answered; and nobody was told."""
    await hassan(running, emulator)
    monkeypatch.setattr(making, "RETRY_AFTER", NEVER)
    emulator.forget_requests()
    emulator.faults({"method": "files.create", "reason": reason, "times": None})
    await enroll(running, "Mia", "mia")
    async with within(20):
        while not (await running.service.ask(ListTroubles()))["open"]:
            await asyncio.sleep(0.05)
    assert emulator.requests()["methods"]["files.create"] == 2, "once more at once, then in its own time"
    emulator.clear_faults()
    await running.service.ask(Retry(all=True))
    await until(lambda: f"{PEOPLE}/Mia/Solo" in on_drive(emulator))
    async with within(20):
        while (await running.service.ask(ListTroubles()))["open"]:
            await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_those_that_are_there_are_renamed_while_drive_gives_no_ids_for_others(
    running: Running, emulator: Emulator
) -> None:
    """Nothing was looked after that was there, for as long as one was to be made; and once it gives some, that is."""
    await hassan(running, emulator)
    emulator.faults({"method": "files.generateIds", "reason": "badRequest", "times": None})
    await running.agent._ledger.write(ours_on_drive.empty_pool, "")
    await enroll(running, "Mia", "mia")
    await until(lambda: emulator.requests()["statuses"].get("400"))
    await running.service.ask(RenamePerson(person="Hassan", name="Hasan"))
    await until(lambda: f"{PEOPLE}/Hasan" in on_drive(emulator))
    assert f"{PEOPLE}/Mia" not in on_drive(emulator)
    emulator.clear_faults()
    await running.service.ask(Retry(all=True))
    await until(lambda: f"{PEOPLE}/Mia/Solo" in on_drive(emulator))


@pytest.mark.slow
@pytest.mark.parametrize("method", ["files.generateIds", "files.create"])
async def test_one_that_drive_refuses_just_as_somebody_says_retry_is_made_at_once(
    workspace: Workspace, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """That was forgotten, as the answer came after it: it was made a quarter of a minute later."""
    monkeypatch.setenv("VENUESYNC_DRIVE__FOLDER_CHECK", str(NEVER))
    monkeypatch.setenv("VENUESYNC_FACES__SECOND_LOOKS", "false")  # which ring, too
    monkeypatch.setattr(making, "RETRY_AFTER", NEVER)
    async with an_agent(workspace) as running:
        await hassan(running, emulator)
        await running.agent._ledger.write(ours_on_drive.empty_pool, "")
        emulator.forget_requests()
        emulator.faults({"method": method, "reason": "badRequest", "delay_ms": 3000})
        await enroll(running, "Mia", "mia")
        await until(lambda: emulator.requests()["methods"].get(method))
        await running.service.ask(Retry(all=True))
        await until(lambda: f"{PEOPLE}/Mia/Solo" in on_drive(emulator))


async def test_one_that_drive_does_not_let_be_renamed_just_as_somebody_says_retry_is_at_once(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was a minute later."""
    monkeypatch.setattr(folder_upkeep, "REFUSED", NEVER)
    await hassan(running, emulator)
    his = on_drive(emulator)[f"{PEOPLE}/Hassan"]
    emulator.forget_requests()
    refused = {"reason": "insufficientFilePermissions", "delay_ms": 3000}
    emulator.faults({"method": "files.update", "file_id": his, **refused})
    await running.service.ask(RenamePerson(person="Hassan", name="Hasan"))
    await until(lambda: emulator.requests()["methods"].get("files.update"))
    await running.service.ask(Retry(all=True))
    await until(lambda: f"{PEOPLE}/Hasan" in on_drive(emulator))


@pytest.mark.slow
async def test_what_waits_for_one_goes_there_though_drive_does_not_say_what_became_of_another(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody was told of those that were made with it: uploads looked seconds later, links after up to ten minutes."""
    monkeypatch.setattr(sending, "LOOK_ANYWAY", NEVER)
    monkeypatch.setattr(making, "RETRY_AFTER", NEVER)
    variant(of("mia")[0], running.incoming / "A.jpg", 1)
    await until(lambda: "venuesync/default/Unsorted/Unknown/A.jpg" in on_drive(emulator))
    await running.until(lambda now: now["photos"]["verified"] == 1)
    await hassan(running, emulator)
    await two_at_once(running)
    await until((running.incoming.parent / "People/Mia/Solo/A.jpg").exists)
    # Mia and Jonas; then three of theirs in one request, and the fourth's parent is said not to be there.
    emulator.faults(
        [
            {"method": "files.create", "delay_ms": 3000, "times": 2},
            {"method": "files.create", "skip": 3, "reason": "notFound", "times": None},
        ]
    )
    await sent(running)
    await until(lambda: f"{PEOPLE}/Jonas" in on_drive(emulator))
    jonas = on_drive(emulator)[f"{PEOPLE}/Jonas"]
    emulator.faults({"method": "files.get", "file_id": jonas, "reason": "insufficientFilePermissions", "times": None})
    await until(lambda: f"{PEOPLE}/Mia/Solo/A.jpg" in on_drive(emulator), 10)
    assert f"{PEOPLE}/Jonas/Group" not in on_drive(emulator)


@pytest.mark.slow
async def test_an_operators_own_folder_that_is_chosen_no_more_as_it_is_looked_at_is_not_taken_for_ours(
    workspace: Workspace, emulator: Emulator
) -> None:
    """Its event was filed there for good; and once that was removed, the folder could go to the trash."""
    emulator.grant("drive")
    with emulator.client("browser") as client:
        theirs = client.post("/drive/v3/files", json={"name": "Theirs", "mimeType": FOLDER}).json()["id"]
    async with an_agent(workspace) as running:
        await hassan(running, emulator)
        await running.service.ask(Pause(what="all"))
        await running.service.ask(AddEvent(name="Gala", destination=theirs))
        await running.service.ask(EnrollPerson(name="Mia", photos=[str(of("mia")[0])], event="Gala"))
        emulator.forget_requests()
        emulator.faults({"method": "files.get", "file_id": theirs, "delay_ms": 3000, "times": None})
        await running.service.ask(Resume(what="all"))
        await until(lambda: emulator.requests()["methods"].get("files.get"))
        await running.service.ask(SetEvent(event="Gala", key="destination", value=""))
        emulator.clear_faults()
        await until(lambda: "venuesync/Gala" in on_drive(emulator))
