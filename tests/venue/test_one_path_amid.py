"""Another photo comes to lie where one lay, while that one is found to be gone: it is not forgotten with it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent import pipeline
from agent.filing import processed, router
from agent.intake import photo_files
from agent.requests.control import Pause, Retry, Sync, Verify
from agent.requests.events import AddEvent
from agent.requests.troubles import ListActivity
from agent.workspace import Workspace
from tests.halting import Halt
from tests.patience import PATIENCE, within
from tests.venue.photographer import Photographer
from tests.venue.running import Running, an_agent, of

near = pytest.mark.parametrize("running", ["near"], indirect=True)


def put(photo: Path, path: Path) -> None:
    """Whole at once, as a program saves it."""
    beside = path.with_name(".beside")
    beside.write_bytes(photo.read_bytes())
    beside.rename(path)


async def told(running: Running) -> list[str]:
    return [one["text"] for one in await running.service.ask(ListActivity())]


async def is_not_said_to_be_gone(running: Running, filed: int) -> None:
    """Nor is it missing until a sweep finds it anew."""
    await running.until(lambda now: now["photos"]["unsorted"] == now["photos"]["verified"] == filed, 15)
    assert not [one for one in await told(running) if "taken away" in one]


@near
async def test_what_comes_while_the_one_that_lay_there_is_looked_for(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = running.incoming / "A.jpg"
    halt = Halt(monkeypatch, photo_files, "first_there")
    put(of("anna_berg")[0], path)
    assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
    with (running.incoming / "B.jpg").open("wb") as coming:  # that a file is gone is told after what came before that
        coming.write(b"\xff\xd8")
        coming.flush()
        await running.until(lambda now: now["queue"]["arriving"] == 1)
        path.unlink()
        halt.begin.set()
        assert await asyncio.to_thread(halt.done.wait, PATIENCE * 20)
        put(of("jonas_lindqvist")[0], path)
        async with within(20):
            while (await told(running)).count("A.jpg arrived") < 2:
                await asyncio.sleep(0.05)
        halt.end.set()
        await is_not_said_to_be_gone(running, 1)


@near
async def test_what_comes_while_it_is_told_that_the_one_that_lay_there_is_gone(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = running.incoming / "A.jpg"
    put(of("anna_berg")[0], path)
    await running.until(lambda now: now["photos"]["seen"] == 1 and now["safe_to_leave"]["safe"])
    looks = Halt(monkeypatch, photo_files, "first_there")
    halt = Halt(monkeypatch, pipeline, "left_bare")
    halt.begin.set()
    path.unlink()
    assert await asyncio.to_thread(halt.done.wait, PATIENCE * 20)
    put(of("jonas_lindqvist")[0], path)
    await asyncio.to_thread(looks.reached.wait, 5)  # where it is taken in before that is told
    halt.end.set()
    looks.begin.set()
    looks.end.set()
    await is_not_said_to_be_gone(running, 2)


async def test_what_comes_while_the_one_that_lay_there_is_put_away(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both can be had again of where they were put."""
    monkeypatch.setenv("VENUESYNC_INCOMING__AFTER", "move")
    halt = Halt(monkeypatch, processed, "put_away")
    halt.begin.set()
    first, second = of("anna_berg")[0], of("jonas_lindqvist")[0]
    async with an_agent(workspace) as running:
        path = running.incoming / "A.jpg"
        put(first, path)
        assert await asyncio.to_thread(halt.done.wait, PATIENCE * 20)
        put(second, path)
        async with within(20):
            while (await told(running)).count("A.jpg arrived") < 2:
                await asyncio.sleep(0.05)
        halt.end.set()
        await is_not_said_to_be_gone(running, 2)
        async with within(20):
            while path.exists():
                await asyncio.sleep(0.05)
        filed = running.incoming.parent / "Unsorted/Unknown"
        for one in filed.iterdir():
            one.unlink()
        await running.service.ask(Verify())
        await running.service.ask(Retry(all=True))
        async with within(20):
            while {one.read_bytes() for one in filed.iterdir()} != {first.read_bytes(), second.read_bytes()}:
                await asyncio.sleep(0.05)


@near
async def test_what_comes_while_the_one_that_lay_there_is_to_be_fetched_again(
    running: Running, anna: Photographer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lies in a photographer's folder, too."""
    service, here = running.service, running.agent._here
    first, second = of("anna_berg")[0], of("jonas_lindqvist")[0]
    folder = anna.folder("Anna", share=True)
    await service.ask(AddEvent(name="Wedding", sources=(folder,)))
    await service.ask(Pause(what="uploads"))
    incoming = running.incoming.parent / "Events/Wedding/Incoming"
    path = incoming / "A.jpg"
    disk = Halt(monkeypatch, here.router._work, "make_ready")
    halt = Halt(monkeypatch, router, "not_there")
    halt.begin.set()
    put(first, path)
    assert await asyncio.to_thread(disk.reached.wait, PATIENCE * 20)
    await asyncio.to_thread(anna.put, first, "A.jpg", folder)
    await service.ask(Sync())
    async with within(20):
        while not await running.agent._ledger.read(lambda db: db.has("SELECT 1 FROM source_file WHERE state = 'done'")):
            await asyncio.sleep(0.05)
    with (incoming / "B.jpg").open("wb") as coming:  # that a file is gone is told after what came before that
        coming.write(b"\xff\xd8")
        coming.flush()
        await running.until(lambda now: now["queue"]["arriving"] == 1)
        path.unlink()
        disk.begin.set()
        disk.end.set()
        assert await asyncio.to_thread(halt.done.wait, PATIENCE * 20)
        put(second, path)
        async with within(20):
            while (await told(running)).count("A.jpg arrived") < 2:
                await asyncio.sleep(0.05)
        await running.until(lambda now: now["queue"]["faces"] == 0)
        halt.end.set()
        await running.until(lambda now: now["photos"]["unsorted"] == 2)
    assert not [one for one in await told(running) if "taken away" in one]
