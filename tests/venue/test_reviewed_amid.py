"""From now on photos are to be looked at first: also what has come already, and is not filed by that moment."""

from __future__ import annotations

import asyncio

import pytest

from agent.requests.control import Pause, Resume
from agent.requests.events import AddEvent, SetEvent
from agent.requests.people import Undo
from agent.requests.photos import ApprovePhotos, ListPhotos, MovePhotos, WithdrawPhotos
from agent.requests.troubles import ApproveHeld, ListHeld
from agent.workspace import Workspace
from tests.emulator.drive import Emulator
from tests.venue.running import Running, an_agent, arrive, of


async def test_what_is_not_filed_yet_as_photos_are_to_be_looked_at_first_waits_for_a_yes(
    workspace: Workspace, emulator: Emulator
) -> None:
    """It was filed and sent, and nobody had looked at it; what was filed before stays."""
    async with an_agent(workspace) as running:
        service, filed, new = running.service, of("anna_berg")[0], of("mia_lindqvist")[0]
        await arrive(running, filed)
        await service.ask(Pause(what="all"))
        (running.incoming / new.name).write_bytes(new.read_bytes())
        await running.until(lambda now: now["photos"]["waiting"] == 1)
        await service.ask(SetEvent(event="default", key="review", value="true"))
        await service.ask(Resume(what="all"))
        now = await running.until(lambda now: now["photos"]["waiting"] == 0 and now["photos"])
        assert (now["held"], now["unsorted"]) == (1, 1)
        (held,) = await service.ask(ListHeld())
        assert await on_drive(running, emulator, 1) == [filed.name]
        await service.ask(ApproveHeld(ids=[held["id"]]))
        assert await on_drive(running, emulator, 2) == sorted([filed.name, new.name])


async def test_the_first_that_is_approved_has_the_first_number(workspace: Workspace) -> None:
    """It was called after as many as had waited for a yes: 0004."""
    async with an_agent(workspace) as running:
        service = running.service
        await service.ask(SetEvent(event="default", key="review", value="true"))
        await service.ask(SetEvent(event="default", key="name_template", value="{number}"))
        await arrive(running, *(of(one)[0] for one in ("yuki_tanaka", "mia_lindqvist", "hassan_darwish")))
        rejected, *_ = (await service.ask(ListPhotos()))["rows"]
        await service.ask(WithdrawPhotos(ids=[rejected["id"]]))
        await service.ask(ApprovePhotos())
        await running.until(lambda now: now["photos"]["unsorted"] == 2)
        filed = workspace.root / "Unsorted" / "Unknown"
        assert sorted(one.name for one in filed.iterdir()) == ["0001.jpg", "0002.jpg"]


@pytest.mark.parametrize("no", ["withdrawn", "moved"])
async def test_a_no_that_is_taken_back_is_no_yes_though_nobody_had_to_look_meanwhile(
    workspace: Workspace, no: str
) -> None:
    """It was filed by the undo, as if it had been before; what was filed and taken out is filed again."""
    async with an_agent(workspace) as running:
        service, filed, new = running.service, of("anna_berg")[0], of("mia_lindqvist")[0]
        await service.ask(AddEvent(name="Gala"))

        async def say_no() -> None:
            number = (await service.ask(ListPhotos(event="default")))["rows"][0]["id"]
            verb = WithdrawPhotos(ids=[number]) if no == "withdrawn" else MovePhotos(ids=[number], event="Gala")
            await service.ask(verb)
            await running.until(lambda now: now["photos"]["waiting"] == now["photos"]["held"] == 0)

        await arrive(running, filed)
        await say_no()
        await service.ask(SetEvent(event="default", key="review", value="true"))
        await arrive(running, new)
        await say_no()
        for review in ("false", "true"):
            await service.ask(SetEvent(event="default", key="review", value=review))
            await running.until(lambda now: now["photos"]["waiting"] == 0)
        for held in ([new.name], [new.name]):
            await service.ask(Undo())
            await running.until(lambda now: now["photos"]["waiting"] == 0)
            assert [one["name"] for one in (await service.ask(ListPhotos(state="held")))["rows"]] == held
        assert [one.name for one in (workspace.root / "Unsorted" / "Unknown").iterdir()] == [filed.name]


async def on_drive(running: Running, emulator: Emulator, number: int) -> list[str]:
    """What lies there once so many are verified."""
    await running.until(lambda now: now["uploads"]["verified"] == number and now["uploads"]["queued"] == 0)
    return sorted(one["name"] for one in await asyncio.to_thread(emulator.files) if one.get("md5Checksum"))
