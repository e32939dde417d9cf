"""One photo with all that is known of it, and the queue's rows one by one."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

from agent.desk.browsing import originals
from agent.ledger import browse, drive_queue, faces, photos, placements
from agent.model import EventId, EventPhotoId, PhotoId
from agent.service import PhotoDetails, UploadRow


def photo_details(
    db: sqlite3.Connection, event_photo: EventPhotoId, names: Mapping[str, str], root: Path
) -> PhotoDetails | None:
    row = photos.by_id(db, event_photo)
    if row is None:
        return None
    photo, event = PhotoId(row["photo"]), EventId(row["event"])
    return {
        "id": row["id"],
        "event": event,
        "name": row["name"],
        "state": row["state"],
        "mime": row["mime"],
        "bytes": row["bytes"],
        "width": row["width"],
        "height": row["height"],
        "taken_at": row["taken_at"],
        "arrived_at": row["arrived_at"],
        "filed_at": row["filed_at"],
        "verified_at": row["verified_at"],
        "people": [person(one, names) for one in faces.assignments(db, event, photo)],
        "faces": len(faces.of_photo(db, photo)),
        "placements": [placement(one, root) for one in placements.of_photo(db, event_photo)],
        "originals": originals(db, event_photo),
        "looked_at": browse.looked_at(db, event_photo),
    }


def person(row: sqlite3.Row, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": row["person"],
        "name": names.get(row["person"], row["person"]),
        "distance": round(row["distance"], 4),
        "box": [row["box_left"], row["box_top"], row["box_right"], row["box_bottom"]],
    }


def placement(row: sqlite3.Row, root: Path) -> dict[str, Any]:
    path = None if row["disk_name"] is None else str(root / row["disk_path"] / row["disk_name"])
    return {
        "folder": row["disk_path"],
        "wanted": bool(row["wanted"]),
        "disk": row["disk"],
        "path": path,
        "drive": row["drive"],
        "drive_id": row["drive_id"],
    }


def upload_rows(db: sqlite3.Connection, active: Set[int], state: str | None) -> list[UploadRow]:
    """Wanted placements on Drive, newest first; `state`: queued, active, verified or failed."""
    rows: list[UploadRow] = []
    for row in drive_queue.rows(db):
        if row["id"] in active:
            word = "active"
        elif row["drive_failed"]:
            word = "failed"
        else:
            word = "verified" if row["drive"] in ("there", "removed") else "queued"
        if state in (None, word):
            rows.append(
                {
                    "id": row["id"],
                    "photo": row["name"],
                    "folder": row["to_whom"],
                    "state": word,
                    "attempts": row["drive_attempts"],
                    "next_try_at": row["drive_after"] or None,
                    "error": row["trouble"],
                }
            )
    return rows
