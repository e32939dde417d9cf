"""Looking through the ledger: pages of photos, one person, single troubles."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from agent.desk.people_pages import state_of
from agent.desk.sections import entry
from agent.ledger import browse, counts, sightings
from agent.model import DriveId, EventId, Person, PersonId
from agent.people.face_pictures import reference_id
from agent.people.rows import person_row
from agent.service_browse import ActivityEntry, PersonDetails, PhotoLine, PhotoPage, PhotoQuery, TroubleRow

PAGE = 200  # rows at most


def photo_page(db: sqlite3.Connection, query: PhotoQuery) -> PhotoPage:
    """One page; `more`: there are others after it."""
    limit = max(1, min(query.get("limit", 100), PAGE))
    before = query.get("before") or browse.END
    words = query.get("words", "")
    whose = query.get("person")
    if whose:
        rows = browse.photos_of_person(db, PersonId(whose), words, before, limit + 1)
    else:
        event, state = query.get("event"), state_of(query.get("state"))
        rows = browse.photos(db, EventId(event) if event else None, state, words, before, limit + 1)
    shown = [photo_row(db, row, PersonId(whose) if whose else None) for row in rows[:limit]]
    return {"rows": shown, "more": len(rows) > limit}


def photo_row(db: sqlite3.Connection, row: sqlite3.Row, person: PersonId | None) -> PhotoLine:
    return {
        "id": row["id"],
        "event": row["event"],
        "name": row["name"],
        "state": row["state"],
        "to": counts.filed_under(db, row["id"]),
        "arrived_at": row["arrived_at"],
        "filed_at": row["filed_at"],
        "verified_at": row["verified_at"],
        "distance": browse.distance(db, row["id"], person) if person else None,
    }


def person_details(db: sqlite3.Connection, person: Person, root: Path, shared: DriveId | None) -> PersonDetails:
    folder = browse.folder_of_person(db, person.id)
    tally = counts.people(db).get(person.id, {})
    return {
        "person": person_row(person, tally, shared),
        "references": [
            {
                "name": one.name,
                "sha256": one.sha256,
                "face_id": reference_id(person.id, one.sha256),
                "learned": one.learned,
                "width": one.box.right - one.box.left,
            }
            for one in person.references
        ],
        "folder": str(root / folder["disk_path"]) if folder and folder["disk_path"] else None,
        "drive_id": folder["drive_id"] if folder and folder["drive"] == "there" else None,
        "enrolled_at": person.created_at,
    }


def trouble_rows(db: sqlite3.Connection, ids: Sequence[int]) -> list[TroubleRow]:
    return [
        {
            "id": row["id"],
            "photo": row["event_photo"],
            "subject": row["subject"],
            "detail": row["detail"],
            "remedy": row["remedy"],
            "count": row["count"],
            "first_at": row["first_at"],
            "last_at": row["last_at"],
        }
        for row in browse.troubles(db, list(ids)[:PAGE])
    ]


def activity_page(db: sqlite3.Connection, words: str, before: int | None, limit: int) -> list[ActivityEntry]:
    rows = browse.activity(db, words, before or browse.END, max(1, min(limit, PAGE)))
    return [entry(row) for row in rows]


def originals(db: sqlite3.Connection, event_photo: int) -> list[str]:
    """Where a photo lies in incoming folders, for people."""
    return [sightings.shown(sightings.from_text(path)) for path in browse.originals(db, event_photo)]
