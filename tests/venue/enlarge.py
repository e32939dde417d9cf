"""A venue of a hundred thousand photos within minutes: a real evening's, over and over, in stores, folders and Drive.

A real agent makes the evening on the emulator: people, faces, folders. While neither runs, all rows that belong to one
of its photos are copied for another one with bytes of its own (a line of text), which lies where they say it does.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from agent.demo.guests import GUESTS
from agent.emulator.store.ids import new_id
from agent.filing import files
from agent.filing.ownership import Line, MadeLog
from tests.emulator.drive import Emulator
from tests.venue.house import House, wait_for

DEMO = Path(__file__).parents[2] / "agent" / "demo"
IN_A_FOLDER = 1000  # as cameras make them
APART = 5.0  # seconds between two photos of one picture, all before the evening
Row = dict[str, Any]


def evening(root: Path, drive: Path, photos: int) -> None:
    """A workspace with so many photos, all filed and verified, and what the emulator keeps of it. Nothing runs then."""
    with Emulator.start(drive) as emulator:
        house = House(root, emulator)
        try:
            house.start()
            for guest in GUESTS:
                portraits = [str(DEMO / "references" / name) for name in guest.references]
                assert house.run("enroll", guest.name, *portraits).returncode == 0
            for path in sorted((DEMO / "photos").iterdir()):
                house.drop(path, path.name)
            wait_for(lambda: is_over(root, house.json("status")), 300, "all is verified and looked at twice")
            assert house.stop() == 0
        finally:
            house.close()
    enlarge(root, drive, photos)


def is_over(root: Path, status: Row) -> bool:
    with closing(sqlite3.connect(root / ".venuesync" / "ledger.sqlite")) as ledger:
        (left,) = ledger.execute("SELECT COUNT(*) FROM photo WHERE second IN ('due', 'rest', 'wanted')").fetchone()
    return status["safe_to_leave"]["safe"] and not left


def enlarge(root: Path, drive: Path, photos: int) -> None:
    with opened(root / ".venuesync" / "ledger.sqlite") as ledger, opened(drive / "drive.db") as store:
        Larger(root, ledger, store).make(photos)


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """All of what is written, at its end."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA synchronous = OFF")
        db.execute("BEGIN")
        yield db
        db.execute("COMMIT")


@dataclass
class Model:
    """One photo of the evening, with all that belongs to it."""

    photo: Row
    sighting: Row
    in_event: Row
    activity: list[Row]
    faces: list[tuple[Row, dict[str, list[Row]]]]  # each with its rows in the tables of `OF_FACE`
    placements: list[tuple[Row, str, Row, list[Row]]]  # with the folder's path, the item on Drive and its changes


OF_FACE = ("assignment", "review", "stranger")


class Larger:
    def __init__(self, root: Path, ledger: sqlite3.Connection, store: sqlite3.Connection) -> None:
        self.root, self.incoming, self.ledger, self.store = root, root / "Incoming", ledger, store
        self.made = MadeLog(root / ".venuesync" / "made.log")
        self.folders: dict[str, int] = {}
        self.inserts: dict[str, str] = {}

    def make(self, photos: int) -> None:
        models = [self.model(dict(row)) for row in self.rows(self.ledger, "SELECT * FROM event_photo")]
        lines: list[Line] = []
        for number in range(len(models), photos):
            earlier = (photos - number) // len(models) * APART
            lines += self.photo(models[number % len(models)], number, earlier)
        self.made.note(lines)
        head = self.store.execute("SELECT MAX(seq) + 1 FROM changes").fetchone()[0]
        self.ledger.execute("UPDATE feed SET token = ? WHERE key = ''", (str(head),))
        for fd in self.folders.values():
            os.close(fd)

    def rows(self, db: sqlite3.Connection, query: str, *values: object) -> list[Row]:
        return [dict(row) for row in db.execute(query, values)]

    def model(self, in_event: Row) -> Model:
        ledger, photo = self.ledger, in_event["photo"]
        faces = self.rows(ledger, "SELECT * FROM face WHERE photo = ?", photo)
        return Model(
            *self.rows(ledger, "SELECT * FROM photo WHERE id = ?", photo),
            *self.rows(ledger, "SELECT * FROM sighting WHERE photo = ?", photo),
            in_event,
            self.rows(ledger, "SELECT * FROM activity WHERE event_photo = ?", in_event["id"]),
            [(one, {table: self.of_face(table, one["id"]) for table in OF_FACE}) for one in faces],
            [
                self.placed(one)
                for one in self.rows(ledger, "SELECT * FROM placement WHERE event_photo = ?", in_event["id"])
            ],
        )

    def of_face(self, table: str, face: int) -> list[Row]:
        return self.rows(self.ledger, f"SELECT * FROM {table} WHERE face = ?", face)

    def placed(self, placement: Row) -> tuple[Row, str, Row, list[Row]]:
        (path,) = self.ledger.execute("SELECT disk_path FROM folder WHERE id = ?", (placement["folder"],)).fetchone()
        (item,) = self.rows(self.store, "SELECT * FROM items WHERE id = ?", placement["drive_id"])
        return placement, path, item, self.rows(self.store, "SELECT * FROM changes WHERE item = ?", item["id"])

    # ---- one photo more

    def photo(self, model: Model, number: int, earlier: float) -> list[Line]:
        """Returns what is to stand in the log of all that was made."""
        name = f"IMG_{number:06}.jpg"
        original = self.incoming / f"{number // IN_A_FOLDER:03}" / name
        original.parent.mkdir(exist_ok=True)
        data = f"Photo {number}\n".encode()
        original.write_bytes(data)
        found = original.stat()
        sha256, md5 = hashlib.sha256(data).hexdigest(), hashlib.md5(data).hexdigest()
        same = {"sha256": sha256, "md5": md5, "bytes": len(data)}
        taken_at = (datetime.fromisoformat(model.photo["taken_at"]) - timedelta(seconds=earlier)).isoformat()
        photo = self.add(self.ledger, "photo", model.photo, taken_at=taken_at, **same)
        facts = {"bytes": len(data), "mtime_ns": found.st_mtime_ns, "inode": found.st_ino}
        self.add(self.ledger, "sighting", model.sighting, path=str(original), photo=photo, **facts)
        at = {key: value and value - earlier for key, value in model.in_event.items() if key.endswith("_at")}
        in_event = self.add(self.ledger, "event_photo", model.in_event, photo=photo, name=name, **at)
        before = model.in_event["name"]
        for row in model.activity:
            said = row["text"].replace(before, name)
            self.add(self.ledger, "activity", row, text=said, event_photo=in_event, at=row["at"] - earlier)
        for face, belonging in model.faces:
            id = self.add(self.ledger, "face", face, photo=photo)
            for table, rows in belonging.items():
                for row in rows:
                    self.add(self.ledger, table, row, face=id)
        return list(self.place(model, in_event, name, data, same))

    def place(self, model: Model, in_event: int, name: str, data: bytes, same: Row) -> Iterator[Line]:
        first: tuple[int, str] | None = None
        for placement, path, item, changes in model.placements:
            folder = self.folder(path)
            if first is None:
                with os.fdopen(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644, dir_fd=folder), "wb") as file:
                    file.write(data)
                first = folder, name
            else:
                os.link(name, name, src_dir_fd=first[0], dst_dir_fd=folder)
            made = files.made_at(files.Spot(folder, name))
            assert made is not None
            yield Line.of(made, same["sha256"], name)
            id = new_id()
            disk = {"disk_inode": made.inode, "disk_mtime_ns": made.mtime_ns, "disk_device": made.device}
            names = {"disk_name": name, "drive_name": name, "drive_id": id, "disk_born_us": made.born_us}
            self.add(self.ledger, "placement", placement, event_photo=in_event, **disk, **names)
            tags = item["app_properties"].replace(model.photo["sha256"], same["sha256"])
            sums = {"sha256": same["sha256"], "md5": same["md5"], "sha1": hashlib.sha1(data).hexdigest()}
            content = {"size": same["bytes"], "app_properties": tags, **sums}
            self.add(self.store, "items", item, id=id, name=name, original_name=name, **content)
            for row in changes:
                self.add(self.store, "changes", row, item=id)

    def folder(self, path: str) -> int:
        if path not in self.folders:
            self.folders[path] = os.open(self.root / path, os.O_RDONLY)
        return self.folders[path]

    def add(self, db: sqlite3.Connection, table: str, row: Row, **other: object) -> int:
        """A row as that one, with some other values and a number of its own. Returns that."""
        made = {key: value for key, value in row.items() if key not in ("id", "seq")} | other
        if table not in self.inserts:
            given = {one["name"] for one in self.rows(db, f"PRAGMA table_info({table})")}  # what is reckoned is not
            made = {key: value for key, value in made.items() if key in given}
            marks = ", ".join(f":{key}" for key in made)
            self.inserts[table] = f"INSERT INTO {table} ({', '.join(made)}) VALUES ({marks})"
        return db.execute(self.inserts[table], made).lastrowid or 0
