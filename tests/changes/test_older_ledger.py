"""A ledger that is not the last one: marks that the later one set on Drive say nothing of what lists show now."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from agent.ledger.sqlite import schema
from agent.ledger.sqlite.rows import Db
from agent.model import DriveId, SourceCheck
from tests.changes.desk import FeedDesk, own_folder
from tests.emulator.drive import Emulator
from tests.venue.photographer import Photographer

HOUR = 3600_000.0  # milliseconds


async def test_a_mark_of_a_later_ledger_confirms_no_list(emulator: Emulator, tmp_path: Path) -> None:
    """Its numbers were higher: a list of before was taken for one that shows all."""
    anna = Photographer(emulator)
    folder = anna.folder("Anna", share=True)
    anna.put(b"\xff\xd8\xff photo", "DSC.jpg", folder)
    desk = FeedDesk(tmp_path / "desk", emulator.url)
    event = await desk.add_event("Wedding", folder)
    await desk.make_own_folder()
    await desk.look()
    await desk.close()
    shutil.copytree(tmp_path / "desk", tmp_path / "backup")
    desk = FeedDesk(tmp_path / "desk", emulator.url)
    for _ in range(3):
        await desk.feeds.ask([event], whole=True)
        await desk.look()
    own = await desk.ledger.read(id_of_own_folder)
    await desk.close()
    desk = FeedDesk(tmp_path / "backup", emulator.url)
    await desk.ledger.write(schema.learn_anew)
    await desk.ledger.write(own_folder, own, time.time())
    emulator.lag(list_ms=1)  # from now on former states are kept
    emulator.lag(list_ms=HOUR)
    anna.put(b"\xff\xd8\xff late", "late.jpg", anna.folder("Cam1", folder))
    emulator.expire("page_tokens")
    await desk.look()
    assert len((await desk.there())[event]) == 1, "no list shows the new folder yet"
    assert [one.check for one in await desk.standings()] == [SourceCheck.LISTING_AGAIN]
    await desk.close()


def id_of_own_folder(db: Db) -> DriveId:
    return DriveId(db.value("SELECT drive_id FROM folder"))
