"""A router at work on a small venue: photos in Incoming, wanted in folders, and a listener that remembers."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agent.disk.own_folders import OwnFolders
from agent.faces.workers import FaceWorkers
from agent.filing.blurring import Blurring
from agent.filing.disk_work import DiskWork
from agent.filing.ownership import MadeLog
from agent.filing.router import Router
from agent.ledger import Ledger
from agent.model import EventPhotoId, FolderId, FolderKind
from agent.roster import Roster
from tests.making import contents_below, folder_row, rows, solo_and_group, take_in, want

MARK = "w1"  # the workspace's


def temporary(placement: int) -> str:
    """The name under which a placement's file is made ready."""
    return f".venuesync-{MARK}-{placement}.part"


class Venue:
    """`root` is the workspace; `said` and `stale` are what the router told."""

    def __init__(self, root: Path, ledger: Ledger, keep_free: int = 0) -> None:
        self.root = root
        self.incoming = root / "Incoming"
        self.incoming.mkdir(parents=True, exist_ok=True)
        self.ledger = ledger
        self.own = OwnFolders(root)
        work = DiskWork(
            self.own,
            MadeLog(root.parent / "made.log"),
            MARK,
            root / ".venuesync",
            root / ".venuesync/renditions",
            keep_free,
        )
        looking = FaceWorkers(1, "dlib-onnx", root / ".venuesync", root.parent / "faces.log")
        self.looking, self.roster = looking, Roster(root.parent / "roster.json")
        blurring = Blurring(
            ledger, self.roster, looking, root / ".venuesync/renditions", root / ".venuesync/thumbnails"
        )
        self.router = Router(ledger, root, work, blurring, keep_free, filed=self.filed, room=int, stale=self.stale)
        self.whole: list[EventPhotoId] = []
        self.doubted: list[str] = []
        self.unknown: FolderId = self.do(folder_row, FolderKind.UNKNOWN)
        self.no_faces: FolderId = self.do(folder_row, FolderKind.NO_FACES)
        self.solo, self.group = self.do(solo_and_group)

    def filed(self, photos: Sequence[EventPhotoId]) -> None:
        self.whole += photos

    def stale(self, paths: Sequence[Path]) -> None:
        self.doubted += [path.name for path in paths]

    def do(self, work: Any, *values: Any) -> Any:
        return self.ledger.submit(work, *values).result()

    def drop(self, name: str, data: bytes | None = None) -> EventPhotoId:
        """A photo lies in Incoming and is known."""
        path = self.incoming / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if data is not None else b"the bytes of " + os.fsencode(name))
        return self.do(take_in, path)

    def want(self, photo: EventPhotoId, *folders: FolderId) -> None:
        self.do(lambda db: want(db, photo, *folders))

    def due_now(self) -> None:
        """What was put off is due again."""
        self.do(lambda db: db.execute("UPDATE placement SET disk_after = 0"))

    async def settle(self) -> None:
        """Until the router finds nothing more to do at once."""
        while await self.router.step():
            pass

    def on_disk(self) -> dict[str, bytes]:
        """Every filed file, dot-files too."""
        return {name: what for name, what in contents_below(self.root).items() if not name.startswith("Incoming")}

    def state(self, photo: EventPhotoId) -> str:
        return str(rows(self.ledger, "SELECT state FROM event_photo WHERE id = ?", photo)[0]["state"])

    def placements(self) -> list[sqlite3.Row]:
        return rows(self.ledger, "SELECT * FROM placement ORDER BY id")

    def troubles(self) -> list[tuple[str, str]]:
        """Kind and subject of all that is open."""
        found = rows(self.ledger, "SELECT kind, subject FROM trouble WHERE state = 'open' ORDER BY id")
        return [(row["kind"], row["subject"]) for row in found]
