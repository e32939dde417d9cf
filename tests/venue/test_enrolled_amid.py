"""Somebody is being made known while something else is done: nothing goes by what was before that."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.people import enroll
from agent.requests.people import ListPeople
from tests.halting import Halt
from tests.patience import PATIENCE, within
from tests.venue.running import Running, of

pytestmark = pytest.mark.parametrize("running", ["near"], indirect=True)


def put(photo: Path, path: Path) -> None:
    """Whole at once, as a program saves it."""
    beside = path.with_name(".beside")
    beside.write_bytes(photo.read_bytes())
    beside.rename(path)


async def until_gone(path: Path) -> None:
    async with within(20):
        while path.exists():
            await asyncio.sleep(0.05)


async def test_a_picture_that_takes_the_place_of_one_that_is_used_just_then_is_used_too(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was put away as the one that was used, and nobody was known by it."""
    folder = running.incoming.parent / "Enroll"
    halt = Halt(monkeypatch, enroll, "not_denied")
    async with within(20):
        while not folder.is_dir():
            await asyncio.sleep(0.05)
    put(of("mia_lindqvist")[0], folder / "Mia.jpg")
    assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
    put(of("mia_lindqvist")[1], folder / "Mia.jpg")
    halt.begin.set()
    halt.end.set()
    await until_gone(folder / "Mia.jpg")
    assert [(one["name"], one["references"]) for one in await running.service.ask(ListPeople())] == [("Mia", 2)]
