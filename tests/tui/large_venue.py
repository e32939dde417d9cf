"""A venue late in the night: 20,000 photos, 500 people, 2,000 errors, as stores and files that a real agent opens.

    python -m tests.tui.large_venue FOLDER [photos people errors]

Written by the roster and by the ledger's own tables; the photos are a few bytes each, hard-linked as the router does.
"""

from __future__ import annotations

import hashlib
import random
import sys
import time
from pathlib import Path

import numpy as np

from agent.filing.plan import person_folders
from agent.ledger import Ledger, faces, folders, meta
from agent.ledger.meta import ROOT
from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT, Box, Reference
from agent.roster import Roster
from agent.workspace import Workspace, find_workspace, prepare
from tests.making import ENGINE

FIRST = ["Mia", "Jonas", "Anna", "Fredrik", "Ingrid", "Samuel", "Priya", "Tom",
         "Linnea", "Hassan", "Clara", "Oskar", "Yuki", "Greta", "Marcus", "Beatriz"]  # fmt: skip
LAST = ["Lindqvist", "Berg", "Åkesson", "Holm", "Osei", "Raman", "Becker", "Darwish",
        "Novak", "Tanaka", "Sund", "Hale", "Alves", "Diallo", "Weiss", "Ek"]  # fmt: skip
NIGHT = 6 * 3600.0  # seconds in which the photos came
CAUSES = [
    ("photo_defect", "permanent", "Photo cut short", "{} ends early", "Copy it from the card again"),
    ("permission_denied", "missing", "Drive refused a file", "{}: the folder was removed", "Press x: makes it again"),
    ("photo_defect", "permanent", "Photo damaged", "{} cannot be read", "Export it again"),
]


def make(root: Path, photos: int = 20_000, people: int = 500, errors: int = 2_000) -> Workspace:
    """The whole workspace. `errors` of the photos have failed; all others are filed and verified."""
    workspace = find_workspace(root, {})
    prepare(workspace)
    ledger = Ledger(workspace.ledger)
    ledger.open()
    roster = Roster(workspace.roster)
    crowd = enroll(roster, people)
    try:
        ledger.submit(fill, workspace, roster, crowd, photos, errors).result()
    finally:
        ledger.close()
    return workspace


def enroll(roster: Roster, count: int) -> list[str]:
    """So many people with one reference each, in one write."""
    ids: list[str] = []

    def add() -> None:
        table = roster._db.table("people")
        for number in range(count):
            name = f"{FIRST[number % 16]} {LAST[number // 16 % 16]}" + (f" {number}" if number >= 256 else "")
            ids.append(f"p{number:012x}")
            reference = Reference(hashlib.sha256(name.encode()).hexdigest(), Box(10, 10, 90, 90), "reference.jpg")
            row = {"id": ids[-1], "event": DEFAULT_EVENT, "name": name, "folder": name, "guest": number % 20 == 19}
            box = dict(zip(("left", "top", "right", "bottom"), reference.box.edges, strict=True))
            shown = {"sha256": reference.sha256, "box": box, "name": reference.name}
            table.insert({**row, "references": [shown], "created_at": time.time() - NIGHT})

    roster._change(add)
    return ids


def fill(db: Db, workspace: Workspace, roster: Roster, crowd: list[str], photos: int, errors: int) -> None:
    dice = random.Random(1)
    now = time.time()
    event = roster.events()[0]
    places: dict[str, list[tuple[int, Path]]] = {}
    looks = {one: [dice.gauss(0, 0.1) for _ in range(128)] for one in crowd}
    for person in roster.people():
        specs = person_folders(event, person)
        ids = folders.ensure(db, specs, now)
        places[person.id] = [(ids[spec.key], workspace.root / str(spec.disk_path)) for spec in specs[-2:]]
        faces.record_reference(db, person.references[0], ENGINE, np.asarray(looks[person.id], dtype=np.float32))
    for _, path in (place for two in places.values() for place in two):
        path.mkdir(parents=True, exist_ok=True)
    db.execute("UPDATE folder SET disk = 'there', drive = 'there', drive_id = 'd' || id")
    for number in range(1, photos + 1):
        photo(db, workspace, looks, places, number, now - NIGHT * (1 - number / photos), dice, number <= errors)
    meta.put(db, ROOT, str(workspace.root))
    meta.record_planned(db, roster.revision)


def photo(
    db: Db,
    workspace: Workspace,
    looks: dict[str, list[float]],
    places: dict[str, list[tuple[int, Path]]],
    number: int,
    at: float,
    dice: random.Random,
    failed: bool,
) -> None:
    name = f"DSC_{number:05}.jpg"
    path = workspace.incoming / f"{number // 1000:02}" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(name.encode())
    facts = path.stat()
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    db.execute(
        "INSERT INTO photo (id, sha256, md5, bytes, mime, kind, width, height, look, looked_at, engine)"
        " VALUES (?, ?, ?, ?, 'image/jpeg', 'image', 6000, 4000, ?, ?, 'dlib-onnx')",
        (number, sha256, sha256[:32], 8_000_000, "failed" if failed else "done", at + 1),
    )
    db.execute(
        "INSERT INTO sighting (path, event, folder, state, photo, bytes, mtime_ns, inode, reason, seen_at)"
        " VALUES (?, 'default', ?, 'photo', ?, ?, ?, ?, NULL, ?)",
        (str(path), str(workspace.incoming), number, facts.st_size, facts.st_mtime_ns, facts.st_ino, at),
    )
    state = "failed" if failed else "filed"
    times = (None, None, None) if failed else (at + 1, at + 2, at + 6)
    db.execute(
        "INSERT INTO event_photo"
        " (id, event, photo, name, state, arrived_at, since_at, planned_at, filed_at, verified_at)"
        " VALUES (?, 'default', ?, ?, ?, ?, ?, ?, ?, ?)",
        (number, number, name, state, at, at, *times),
    )
    db.execute(
        "INSERT INTO activity (at, kind, event, text, event_photo) VALUES (?, 'arrived', 'default', ?, ?)",
        (at, f"{name} arrived", number),
    )
    if failed:
        kind, cause, title, detail, remedy = CAUSES[number % 3]
        db.execute(
            "INSERT INTO trouble (key, kind, cause, severity, title, subject, detail, remedy, event, event_photo,"
            " first_at, last_at) VALUES (?, ?, ?, 'error', ?, ?, ?, ?, 'default', ?, ?, ?)",
            (f"photo:{number}", kind, cause, title, name, detail.format(name), remedy, number, at, at),
        )
        return
    crowd = list(looks)
    who = sorted({crowd[min(int(dice.expovariate(1 / 60)), len(crowd) - 1)] for _ in range(dice.randint(1, 3))})
    for face, person in enumerate([*who, None] if len(who) > 1 else who):
        face_id = number * 10 + face
        middle = [0.0] * 128 if person is None else looks[person]  # whoever plans anew finds the same people
        encoding = np.asarray([dice.gauss(one, 0.1 if person is None else 0.02) for one in middle], dtype=np.float32)
        db.execute(
            "INSERT INTO face (id, photo, box_left, box_top, box_right, box_bottom, score, sharpness, engine, encoding)"
            " VALUES (?, ?, 100, 100, 300, 300, 1.0, 0.8, 'dlib-onnx', ?)",
            (face_id, number, encoding.tobytes()),
        )
        if person is not None:
            db.execute("INSERT INTO assignment VALUES (?, 'default', ?, ?)", (face_id, person, dice.uniform(0.2, 0.5)))
    for person in who:
        folder, where = places[person][0 if len(who) == 1 else 1]
        target = where / name
        target.hardlink_to(path)
        db.execute(
            "INSERT INTO placement (event_photo, folder, wanted_at, disk, disk_name, disk_inode, disk_mtime_ns, drive,"
            " drive_id, drive_name, verified_at) VALUES (?, ?, ?, 'there', ?, ?, ?, 'there', ?, ?, ?)",
            (number, folder, at, name, facts.st_ino, facts.st_mtime_ns, f"f{number}-{folder}", name, at + 6),
        )


if __name__ == "__main__":
    began = time.monotonic()
    made = make(Path(sys.argv[1]), *map(int, sys.argv[2:5]))
    sys.stdout.write(f"{made.root} in {time.monotonic() - began:.0f} s\n")
