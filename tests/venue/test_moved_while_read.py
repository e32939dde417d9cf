"""A folder that is moved from one event's Incoming into another's while a photo in it is read: it is the other's."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from agent.intake import reading
from agent.requests.events import AddEvent, ListEvents
from tests.patience import PATIENCE
from tests.venue.pictures import scene
from tests.venue.running import Running


async def test_it_is_filed_where_it_lies_in_the_end_and_nowhere_else(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, moved, read = threading.Event(), threading.Event(), reading._read

    def slowly(fd: int, name: str) -> object:
        if not begun.is_set():
            begun.set()
            assert moved.wait(PATIENCE * 20)
        return read(fd, name)

    await running.service.ask(AddEvent(name="Late"))
    monkeypatch.setattr(reading, "_read", slowly)
    late = running.incoming.parent / "Events/Late"
    card = tmp_path / "card"
    card.mkdir()
    scene(tmp_path / "a.jpg", 1).rename(card / "DSC_1.jpg")
    card.rename(running.incoming / "card")
    assert await asyncio.to_thread(begun.wait, 20)
    (running.incoming / "card").rename(late / "Incoming/card")
    await asyncio.sleep(4.0)
    moved.set()
    await running.until(lambda now: now["safe_to_leave"]["safe"], 60)
    root = running.incoming.parent
    assert sorted(str(one.relative_to(root)) for one in root.rglob("DSC_*")) == [
        "Events/Late/Incoming/card/DSC_1.jpg",
        "Events/Late/Unsorted/No Faces/DSC_1.jpg",
    ]
    assert {one["name"]: one["photos"] for one in await running.service.ask(ListEvents())} == {"default": 0, "Late": 1}
