"""Chosen folders of a source are photographers' as any others are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.ledger import syncs
from agent.ledger.sqlite.rows import Db
from tests.changes.desk import FeedDesk
from tests.emulator.drive import Emulator
from tests.venue.photographer import Photographer


@pytest.fixture
async def desk(tmp_path: Path, emulator: Emulator) -> AsyncIterator[FeedDesk]:
    made = FeedDesk(tmp_path / "desk", emulator.url)
    yield made
    await made.close()


def cameras(db: Db) -> dict[str, str]:
    return db.pairs("SELECT name, camera FROM source_file")


def details(db: Db) -> list[str]:
    return [str(row["detail"]) for row in syncs.states(db).values()]


async def test_each_chosen_folder_names_its_camera(desk: FeedDesk, emulator: Emulator) -> None:
    """All of them were the whole's: two photographers with one model of camera were one, with one clock."""
    anna = Photographer(emulator)
    whole = anna.folder("Party", share=True)
    chosen = [anna.folder(name, whole) for name in ("Cam1", "Ben")]
    anna.put(b"\xff\xd8\xff 1", "1.jpg", chosen[0])
    anna.put(b"\xff\xd8\xff 2", "2.jpg", chosen[1])
    await desk.add_event("Wedding", whole, only=tuple(chosen))
    await desk.look()
    assert await desk.ledger.read(cameras) == {"1.jpg": "Cam1", "2.jpg": "Ben"}
    anna.rename(chosen[0], "Camera 3")
    anna.put(b"\xff\xd8\xff 3", "3.jpg", chosen[0])
    await desk.look()
    assert await desk.ledger.read(cameras) == {"1.jpg": "Cam3", "2.jpg": "Ben", "3.jpg": "Cam3"}


async def test_one_that_cannot_be_reached_is_what_is_named(desk: FeedDesk, emulator: Emulator) -> None:
    """It was said of the whole folder, which is there and is shared."""
    anna = Photographer(emulator)
    whole = anna.folder("Party", share=True)
    chosen = anna.folder("Cam1", whole)
    await desk.add_event("Wedding", whole, only=(chosen,))
    await desk.look()
    anna.trash(chosen)
    await desk.look()
    [detail] = await desk.ledger.read(details)
    assert chosen in detail and whole not in detail
