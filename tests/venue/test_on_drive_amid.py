"""What people do to files of ours on Drive while all is compared, or while one is on its way there, is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from agent.ledger import asked, recorded
from agent.requests.control import Sync, Verify
from agent.requests.people import EnrollPerson
from tests.emulator.drive import Emulator
from tests.halting import Halt, HaltAnswer
from tests.patience import PATIENCE, within
from tests.venue.photographer import Photographer, operator
from tests.venue.running import Running, arrive, of
from tests.venue.test_on_the_way import both

pytestmark = pytest.mark.parametrize("running", ["near"], indirect=True)


def sent(emulator: Emulator) -> list[str]:
    return [one["id"] for one in emulator.files() if one["mimeType"].startswith("image/")]


def put_somewhere(operator: Photographer, file: str) -> None:
    operator.move(file, operator.folder("mine"))


async def looked(running: Running, emulator: Emulator) -> None:
    """Two looks at Drive's feed have begun since: what the first one told is written down."""
    begun = emulator.requests()["methods"].get("changes.list", 0)
    async with within(20):
        while emulator.requests()["methods"].get("changes.list", 0) < begun + 2:
            await running.service.ask(Sync())
            await asyncio.sleep(0.05)


CHANGES: dict[str, Callable[[Photographer, str], None]] = {
    "trashed": Photographer.trash,
    "deleted": Photographer.delete,
    "changed": lambda operator, file: operator.replace(file, b"edited by somebody"),
}


async def being_sent(running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> tuple[HaltAnswer, str]:
    """Where a photo's answer is held, and its id: it lies on Drive, and nobody here knows."""
    await running.until(lambda now: now["drive"]["state"] == "online")
    await running.service.ask(Sync())
    halt = HaltAnswer(monkeypatch, running.agent._drive.queue._sender, "carry")
    await arrive(running, of("anna_berg")[0])
    async with within(20):
        await halt.done.wait()
    [file] = await asyncio.to_thread(sent, emulator)
    return halt, file


async def test_what_goes_while_all_is_compared_is_not_forgotten_by_that(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It had been listed before, and was safe again as soon as `verify` was done, for good."""
    service = running.service
    await arrive(running, of("anna_berg")[0])
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    halt = Halt(monkeypatch, recorded, "still_sent_so")
    comparing = asyncio.create_task(service.ask(Verify()))
    assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
    [file] = await asyncio.to_thread(sent, emulator)
    await asyncio.to_thread(operator(emulator).trash, file)
    await service.ask(Sync())
    await running.until(lambda now: now["safe_to_leave"]["code"] == "taken_away")
    halt.begin.set()
    halt.end.set()
    assert (await comparing)["differences"] == []
    await running.until(lambda now: now["safe_to_leave"]["code"] == "taken_away", 3)


@pytest.mark.slow
async def test_what_is_back_while_all_is_compared_is_back(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It had been missed before, and counted as deleted from then on, until all was compared once more."""
    service = running.service
    await arrive(running, of("anna_berg")[0])
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    [file] = await asyncio.to_thread(sent, emulator)
    await asyncio.to_thread(operator(emulator).trash, file)
    await service.ask(Sync())
    await running.until(lambda now: now["safe_to_leave"]["code"] == "taken_away")
    halt = Halt(monkeypatch, recorded, "still_sent_so")
    comparing = asyncio.create_task(service.ask(Verify()))
    assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
    await asyncio.to_thread(operator(emulator).trash, file, back=True)
    await service.ask(Sync())
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    halt.begin.set()
    halt.end.set()
    assert len((await comparing)["differences"]) == 1
    await running.until(lambda now: now["safe_to_leave"]["safe"], 3)


@pytest.mark.parametrize("how", ["trashed", "deleted", "changed"])
async def test_what_goes_before_the_answer_to_its_sending_is_read_is_told(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """The feed told of it while it was on its way, and never again: it was safe from the answer on."""
    halt, file = await being_sent(running, emulator, monkeypatch)
    await asyncio.to_thread(CHANGES[how], operator(emulator), file)
    await looked(running, emulator)
    halt.end.set()
    await running.until(lambda now: now["photos"]["waiting"] == 0 and now["uploads"]["active"] == 0)
    await looked(running, emulator)
    await running.until(lambda now: now["safe_to_leave"]["code"] == "taken_away", 5)


@pytest.mark.slow
async def test_what_goes_while_it_is_asked_for_as_no_answer_had_come_is_told(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Being asked for by its id, it was no more on its way than before, as the first answer was lost."""
    await arrive(running, of("jonas_lindqvist")[0])
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    [first] = await asyncio.to_thread(sent, emulator)
    emulator.faults([{"method": "files.create", "drop": True, "after_commit": True}])
    halt = HaltAnswer(monkeypatch, running.agent._drive.queue._sender, "carry")
    await arrive(running, of("anna_berg")[0])
    async with within(20):
        await halt.done.wait()
    [file] = {*await asyncio.to_thread(sent, emulator)} - {first}
    halt.done.clear()
    halt.end.set()
    await asyncio.sleep(0)
    halt.end.clear()
    async with within(20):
        await halt.done.wait()
    await asyncio.to_thread(operator(emulator).trash, file)
    await looked(running, emulator)
    halt.end.set()
    await running.until(lambda now: now["photos"]["waiting"] == 0 and now["uploads"]["active"] == 0)
    await looked(running, emulator)
    await running.until(lambda now: now["safe_to_leave"]["code"] == "taken_away", 5)


@pytest.mark.slow
async def test_what_goes_while_others_are_sent_and_its_answer_is_awaited_long_is_told(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the next one was begun it was on its way no more: nothing that late is undone by what comes behind it."""
    monkeypatch.setattr(asked, "LATE", 0.2)
    halt, file = await being_sent(running, emulator, monkeypatch)
    await asyncio.sleep(0.3)
    halt.done.clear()
    await arrive(running, of("jonas_lindqvist")[0])
    async with within(20):
        await halt.done.wait()
    await asyncio.to_thread(operator(emulator).trash, file)
    await looked(running, emulator)
    halt.end.set()
    await running.until(lambda now: now["photos"]["waiting"] == 0 and now["uploads"]["active"] == 0)
    await looked(running, emulator)
    await running.until(lambda now: now["safe_to_leave"]["code"] == "taken_away", 5)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["trashed", "deleted"])
async def test_what_goes_before_its_answer_and_before_the_feed_begins_anew_is_told(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """A feed that begins behind it tells nothing of it, and what was being sent just then was not asked for."""
    halt, file = await being_sent(running, emulator, monkeypatch)
    await asyncio.to_thread(CHANGES[how], operator(emulator), file)
    await asyncio.to_thread(emulator.expire, "page_tokens")
    await looked(running, emulator)
    halt.end.set()
    await running.until(lambda now: now["photos"]["waiting"] == 0 and now["uploads"]["active"] == 0)
    await looked(running, emulator)
    await running.until(lambda now: now["safe_to_leave"]["code"] == "taken_away", 5)


@pytest.mark.slow
async def test_what_is_filed_elsewhere_while_verify_mends_is_not_moved_back(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody had moved it out of the folder that it was to lie in then: it was put there, and counted as amiss."""
    service = running.service
    photo, *references = of("anna_berg")
    await arrive(running, photo)
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    [file] = await asyncio.to_thread(sent, emulator)
    await asyncio.to_thread(put_somewhere, operator(emulator), file)
    inspector = running.agent._drive.comparison._inspector
    halt = HaltAnswer(monkeypatch, inspector, "leave")
    mending = asyncio.create_task(service.ask(Verify(repair=True)))
    async with within(20):
        await halt.done.wait()
    await service.ask(EnrollPerson(name="Anna", photos=[str(one) for one in references]))
    hers = [f"People/Anna/Solo/{photo.name}"]
    await both(running, emulator, lambda now: now == hers)
    halt.end.set()
    await mending
    await both(running, emulator, lambda now: now == hers)
    await service.ask(Sync())
    await running.until(lambda now: now["safe_to_leave"]["safe"])
