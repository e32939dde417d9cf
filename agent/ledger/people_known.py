"""What the ledger knows of people, events and sources: enough to make a lost list of people again.

Each of them has folders, and photos whose faces were taken for somebody; what was decided has a file of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

WORKSPACE_ID = "workspace_id"  # the fact's name

PEOPLE = (
    "SELECT person, event, name, disk_path, wanted_at FROM folder"
    " WHERE kind = 'person' AND wanted = 1 AND person IS NOT NULL ORDER BY id"
)
EVENTS = "SELECT event, name, disk_path, wanted_at FROM folder WHERE kind = 'event' AND wanted = 1 ORDER BY id"
SOURCES = (
    "SELECT s.event, s.source, f.drive_id, f.name FROM source_state s JOIN source_folder f ON f.source = s.source"
    " AND f.parent IS NULL AND f.via IS NULL ORDER BY s.source"
)
CARDS = (
    "SELECT DISTINCT event, folder FROM sighting WHERE folder <> '' AND substr(folder, 1, 6) <> 'drive:'"
    " ORDER BY event, folder"
)
FACES = (  # the likeliest first
    "SELECT a.person, ph.sha256, f.box_left, f.box_top, f.box_right, f.box_bottom, MIN(ep.name) AS name"
    " FROM assignment a JOIN face f ON f.id = a.face JOIN photo ph ON ph.id = f.photo"
    " JOIN event_photo ep ON ep.photo = ph.id AND ep.event = a.event"
    " WHERE f.encoding IS NOT NULL GROUP BY a.face, a.event ORDER BY a.person, a.distance"
)
GUESTS = "SELECT event, name, disk_path FROM folder WHERE kind = 'person'"


def people(db: sqlite3.Connection) -> list[sqlite3.Row]:
    """Whoever has folders: `person, event, name, disk_path, wanted_at`."""
    return db.execute(PEOPLE).fetchall()


def events(db: sqlite3.Connection) -> list[sqlite3.Row]:
    """`event, name, disk_path, wanted_at`; the default event's path is none."""
    return db.execute(EVENTS).fetchall()


def sources(db: sqlite3.Connection) -> list[sqlite3.Row]:
    """`event, source, drive_id, name`, the folders by which they were given."""
    return db.execute(SOURCES).fetchall()


def cards(db: sqlite3.Connection) -> list[sqlite3.Row]:
    """Folders in which photos were found: `event, folder`."""
    return db.execute(CARDS).fetchall()


def faces(db: sqlite3.Connection) -> Iterator[sqlite3.Row]:
    """Faces with whom they were taken for, each person's surest first."""
    return iter(db.execute(FACES))


def folder_names(db: sqlite3.Connection) -> list[tuple[str, str]]:
    """Event and name, of every person's folder that there ever was; under all its names."""
    return [
        (str(row["event"]), str(name))
        for row in db.execute(GUESTS)
        for name in (row["name"], str(row["disk_path"] or "").rpartition("/")[2])
    ]
