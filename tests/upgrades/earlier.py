"""A workspace as an earlier program left it: an evening of four photos, laid out on disk and at an emulator.

`samples/1.sql` holds the rows of a ledger of step 1; `samples/N.sql` what a program of step N wrote besides, where it
knew more. Roster, decisions and what lay on Drive are those of the same evening. Ids were given out by the emulator,
which knows its own again.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

from agent.ledger.sqlite.schema import STEPS
from tests.emulator.drive import Emulator
from tests.venue.house import House
from tests.venue.manifest import sha256
from tests.venue.pictures import FACES

SAMPLES = Path(__file__).parent / "samples"
ROOT, SERVER = "/srv/wedding", "http://drive"  # as the samples say it
NOTES = b"of the evening\n"
REFERENCE = (FACES / "one_guest.jpg").read_bytes()
CONTENTS = [
    *(REFERENCE + b"\n%d" % number for number in (1, 3)),
    (FACES / "two_guests.jpg").read_bytes(),
    (FACES / "two_guests.jpg").read_bytes() + b"\n4",
]
BY_SHA256 = {sha256(one): one for one in CONTENTS}
BY_MD5 = {hashlib.md5(one, usedforsecurity=False).hexdigest(): one for one in CONTENTS}


def lay_out(house: House, step: int) -> None:
    """The whole evening, its ledger at that step; no agent runs."""
    lay_on_drive(house.emulator)
    state = house.root / ".venuesync"
    for name in ("roster.json", "decisions-default.json"):
        (state / name).write_text((SAMPLES / name).read_text(encoding="utf-8"), encoding="utf-8")
    write(state / "references" / sha256(REFERENCE), REFERENCE)
    with closing(sqlite3.connect(state / "ledger.sqlite", isolation_level=None)) as db:
        db.row_factory = sqlite3.Row
        write_ledger(db, step, {ROOT: str(house.root), SERVER: house.emulator.url})
        lay_on_disk(db, house.root)
    for path in (house.incoming / "card").glob("*.jpg"):
        house.expected.arrived(path)


def write_ledger(db: sqlite3.Connection, step: int, instead: Mapping[str, str]) -> None:
    for number in range(1, step + 1):
        db.executescript(STEPS[number - 1])
        sample = SAMPLES / f"{number}.sql"
        text = sample.read_text(encoding="utf-8") if sample.exists() else ""
        for before, now in instead.items():
            text = text.replace(before, now)
        db.executescript(text)
    db.execute(f"PRAGMA user_version = {step}")
    db.execute("PRAGMA journal_mode = WAL")


def lay_on_disk(db: sqlite3.Connection, root: Path) -> None:
    """Every file that the ledger knows; it is told what tells them from others, as far as it asks for that."""
    known = {str(row["name"]) for row in db.execute("SELECT name FROM pragma_table_info('placement')")}
    for row in db.execute("SELECT path, sha256 FROM sighting LEFT JOIN photo ON photo.id = photo").fetchall():
        facts = write(Path(row["path"]), BY_SHA256.get(row["sha256"], NOTES))
        db.execute(
            "UPDATE sighting SET inode = ?, mtime_ns = ? WHERE path = ?", (facts.st_ino, facts.st_mtime_ns, row["path"])
        )
    placed = (
        "SELECT p.id, f.disk_path || '/' || p.disk_name AS path, sha256 FROM placement p JOIN folder f ON f.id = folder"
        " JOIN event_photo e ON e.id = event_photo JOIN photo ON photo.id = e.photo WHERE p.disk = 'there'"
    )
    for row in db.execute(placed).fetchall():
        facts = write(root / row["path"], BY_SHA256[row["sha256"]])
        values = {"disk_inode": facts.st_ino, "disk_mtime_ns": facts.st_mtime_ns, "disk_device": facts.st_dev}
        for column in values.keys() & known:
            db.execute(f"UPDATE placement SET {column} = ? WHERE id = ?", (values[column], row["id"]))
    for (path,) in db.execute("SELECT disk_path FROM folder WHERE disk_path IS NOT NULL"):
        (root / path).mkdir(parents=True, exist_ok=True)


def write(path: Path, data: bytes) -> Any:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path.stat()


def lay_on_drive(emulator: Emulator) -> None:
    clients: dict[tuple[str, str], httpx.Client] = {}
    venue = emulator.client().get("/drive/v3/about", params={"fields": "user"}).json()["user"]["emailAddress"]
    for row in json.loads((SAMPLES / "drive.json").read_text(encoding="utf-8")):
        owner = "" if row["owner"] == venue else row["owner"]
        who = clients.setdefault((row["client"], owner), emulator.client(row["client"], owner))
        kept = {key: row[key] for key in ("id", "name", "mimeType", "appProperties") if key in row}
        meta = kept | {"parents": [row["parent"]]}
        if "md5Checksum" in row:
            send(who, meta, BY_MD5[row["md5Checksum"]])
        else:
            who.post("/drive/v3/files", json=meta).raise_for_status()
        if owner and row["parent"] == "root":
            share = {"type": "user", "role": "reader", "emailAddress": venue}
            who.post(f"/drive/v3/files/{row['id']}/permissions", json=share).raise_for_status()
        if row.get("trashed"):
            who.patch(f"/drive/v3/files/{row['id']}", json={"trashed": True}).raise_for_status()


def send(who: httpx.Client, meta: Mapping[str, Any], data: bytes) -> None:
    parts = [("application/json", json.dumps(meta).encode()), (str(meta["mimeType"]), data)]
    body = b"".join(b"--part\r\nContent-Type: " + kind.encode() + b"\r\n\r\n" + one + b"\r\n" for kind, one in parts)
    who.post(
        "/upload/drive/v3/files",
        params={"uploadType": "multipart"},
        content=body + b"--part--",
        headers={"Content-Type": "multipart/related; boundary=part"},
    ).raise_for_status()
