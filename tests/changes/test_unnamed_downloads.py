"""What was fetched and nothing tells of any more: it goes where a filed file has its bytes, and else stays."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from agent.disk.own_folders import OwnFolders
from agent.jobs.housekeeping import DAY, Cleanup
from agent.ledger import Ledger, meta, sightings
from agent.ledger.photos import Content
from agent.ledger.sightings import FileFacts, Sighting
from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT, EventPhotoId
from agent.workspace import Workspace
from tests.making import solo_and_group, want
from tests.venue.manifest import sha256

FILED = "People/Mia/Solo/a.jpg"


@pytest.mark.parametrize(
    ("but", "goes"),
    [
        ("", True),
        ("it has just come", False),
        ("its bytes are nowhere else", False),
        ("the filed file was removed by hand", False),
        ("it is a link", False),
        ("UPDATE sighting SET path = :path", False),
        ("UPDATE placement SET filed_as = 'original~1'", False),
        ("UPDATE event_photo SET state = 'waiting'", True),
        ("UPDATE meta SET value = '1' WHERE key = 'rebuild_disk'", False),
    ],
)
async def test_what_was_fetched_and_nothing_tells_of_goes_only_where_a_filed_file_has_it(
    ledger: Ledger, tmp_path: Path, but: str, goes: bool
) -> None:
    """As of a fetch that was killed before its photo was taken in, and whose event is gone: it lay there for good."""
    workspace = Workspace(tmp_path, tmp_path / ".venuesync")
    file, filed = workspace.downloads / "e-gone/abc-0123.jpg", tmp_path / FILED
    for one in (file, filed):
        one.parent.mkdir(parents=True)
        one.write_bytes(b"x" * 5)

    def taken_in(db: Db) -> None:
        seen = Sighting(str(tmp_path / "Incoming/a.jpg"), DEFAULT_EVENT, str(tmp_path / "Incoming"), FileFacts(5, 1, 1))
        content = Content(sha256(b"x" * 5), "m", 5, "image/jpeg", "image")
        sightings.record_photo_at(db, seen, content, 1.0, "a.jpg")
        solo, _ = solo_and_group(db)
        want(db, EventPhotoId(1), solo)
        db.execute("UPDATE placement SET disk = 'there', disk_name = 'a.jpg', disk_inode = 1, disk_mtime_ns = 1")
        db.execute("UPDATE event_photo SET state = 'filed', verified_at = 1")
        meta.put(db, "rebuild_disk", "")
        if but.startswith("UPDATE"):
            db.execute(but, {"path": str(file)} if ":path" in but else {})

    await ledger.write(taken_in)
    if but == "its bytes are nowhere else":
        file.write_bytes(b"y" * 5)
    elif but == "the filed file was removed by hand":
        filed.unlink()
    elif but == "it is a link":
        file.unlink()
        file.symlink_to(filed)
    if but != "it has just come":
        long_ago = time.time() - 2 * DAY
        os.utime(file, (long_ago, long_ago), follow_symlinks=False)
    await Cleanup(ledger, workspace, OwnFolders(tmp_path), days=7)()
    assert file.exists() is not goes
    assert filed.exists() is (but != "the filed file was removed by hand")
