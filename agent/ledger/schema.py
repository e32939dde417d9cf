"""The ledger's tables, as numbered steps that are never changed once released.

A ledger is brought forward one step after the other, each in a transaction of its own; `user_version` counts them.
"""

from __future__ import annotations

import sqlite3

from agent.errors import VenueError

STEP_1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- One picture, by content.
CREATE TABLE photo (
    id INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE,
    md5 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    mime TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('image', 'video')),
    width INTEGER,
    height INTEGER,
    taken_at TEXT,
    look TEXT NOT NULL DEFAULT 'due' CHECK (look IN ('due', 'done', 'failed')),
    look_after REAL NOT NULL DEFAULT 0,
    looked_at REAL,
    engine TEXT
) STRICT;
CREATE INDEX photo_due ON photo (id) WHERE look = 'due';

-- A file seen in an incoming folder: what lies at a path now.
CREATE TABLE sighting (
    path TEXT PRIMARY KEY,
    event TEXT NOT NULL,
    folder TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('photo', 'skipped', 'unreadable')),
    photo INTEGER REFERENCES photo (id),
    bytes INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    reason TEXT,
    seen_at REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sighting_photo ON sighting (photo);
CREATE INDEX sighting_folder ON sighting (folder, state);
CREATE INDEX sighting_skipped ON sighting (path) WHERE state = 'skipped';

-- What is planned and counted: a photo in an event.
CREATE TABLE event_photo (
    id INTEGER PRIMARY KEY,
    event TEXT NOT NULL,
    photo INTEGER NOT NULL REFERENCES photo (id),
    name TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    arrived_at REAL NOT NULL,
    since_at REAL NOT NULL, -- from when its way to where it is wanted counts: its arrival, or a later change of plan
    planned_at REAL,
    filed_at REAL,
    verified_at REAL,
    UNIQUE (event, photo)
) STRICT;
CREATE INDEX event_photo_photo ON event_photo (photo);
CREATE INDEX event_photo_state ON event_photo (state, event);
CREATE INDEX event_photo_arrived ON event_photo (arrived_at);
CREATE INDEX event_photo_verified ON event_photo (verified_at) WHERE verified_at IS NOT NULL;
CREATE INDEX event_photo_filed ON event_photo (filed_at) WHERE filed_at IS NOT NULL;

CREATE TABLE face (
    id INTEGER PRIMARY KEY,
    photo INTEGER NOT NULL REFERENCES photo (id) ON DELETE CASCADE,
    box_left INTEGER NOT NULL,
    box_top INTEGER NOT NULL,
    box_right INTEGER NOT NULL,
    box_bottom INTEGER NOT NULL,
    score REAL NOT NULL,
    sharpness REAL NOT NULL,
    engine TEXT NOT NULL,
    encoding BLOB -- 128 float32, little-endian; none once its person was forgotten
) STRICT;
CREATE INDEX face_photo ON face (photo);

-- Who a face was taken for, in an event.
CREATE TABLE assignment (
    face INTEGER NOT NULL REFERENCES face (id) ON DELETE CASCADE,
    event TEXT NOT NULL,
    person TEXT NOT NULL,
    distance REAL NOT NULL,
    PRIMARY KEY (face, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX assignment_person ON assignment (person);

-- Encodings of the roster's reference pictures.
CREATE TABLE reference (
    person TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    engine TEXT NOT NULL,
    encoding BLOB NOT NULL,
    PRIMARY KEY (person, sha256, engine)
) STRICT, WITHOUT ROWID;

-- Folders of ours, as a tree that is the same on disk and on Drive.
CREATE TABLE folder (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    parent INTEGER REFERENCES folder (id),
    event TEXT,
    person TEXT,
    kind TEXT NOT NULL,
    name TEXT NOT NULL, -- as people read it, on Drive
    disk_path TEXT, -- below the workspace; none where the disk has no such folder
    disk TEXT NOT NULL DEFAULT 'absent',
    drive TEXT NOT NULL DEFAULT 'absent',
    drive_id TEXT,
    drive_after REAL NOT NULL DEFAULT 0,
    rolled INTEGER NOT NULL DEFAULT 0, -- how many folders on Drive were filled to their limit before this one
    wanted_at REAL NOT NULL,
    made_at REAL
) STRICT;
CREATE INDEX folder_drive_due ON folder (id) WHERE drive <> 'there';
CREATE INDEX folder_disk_due ON folder (id) WHERE disk <> 'there';
CREATE INDEX folder_person ON folder (person) WHERE person IS NOT NULL;
CREATE INDEX folder_parent ON folder (parent);

-- Folders on Drive that hold as many items as Drive allows: what is in them stays, the next go into another one.
CREATE TABLE folder_filled (
    drive_id TEXT PRIMARY KEY,
    folder INTEGER NOT NULL REFERENCES folder (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX folder_filled_folder ON folder_filled (folder);

-- This photo is wanted in this folder. What each end still has to do follows from the two columns `…_due`.
CREATE TABLE placement (
    id INTEGER PRIMARY KEY,
    event_photo INTEGER NOT NULL REFERENCES event_photo (id),
    folder INTEGER NOT NULL REFERENCES folder (id),
    wanted INTEGER NOT NULL DEFAULT 1,
    priority INTEGER NOT NULL DEFAULT 0,
    wanted_at REAL NOT NULL,
    disk TEXT NOT NULL DEFAULT 'absent' CHECK (disk IN ('absent', 'reserved', 'there', 'removed')),
    disk_name TEXT,
    disk_inode INTEGER,
    disk_mtime_ns INTEGER,
    disk_after REAL NOT NULL DEFAULT 0,
    disk_failed INTEGER NOT NULL DEFAULT 0,
    drive TEXT NOT NULL DEFAULT 'absent'
        CHECK (drive IN ('absent', 'reserved', 'sending', 'there', 'removed', 'trashed')),
    drive_id TEXT,
    drive_name TEXT, -- as it was sent; it follows the name on disk
    drive_session TEXT,
    drive_attempts INTEGER NOT NULL DEFAULT 0,
    drive_after REAL NOT NULL DEFAULT 0,
    drive_failed INTEGER NOT NULL DEFAULT 0,
    verified_at REAL,
    disk_due INTEGER NOT NULL GENERATED ALWAYS AS (
        disk_failed = 0 AND CASE wanted WHEN 1 THEN disk IN ('absent', 'reserved')
        ELSE disk IN ('reserved', 'there') END
    ) VIRTUAL,
    drive_due INTEGER NOT NULL GENERATED ALWAYS AS (
        drive_failed = 0 AND CASE wanted WHEN 1 THEN drive IN ('absent', 'reserved', 'sending', 'trashed')
        OR (drive = 'there' AND drive_name IS NOT disk_name)
        ELSE drive IN ('reserved', 'sending', 'there') END
    ) VIRTUAL,
    UNIQUE (event_photo, folder)
) STRICT;
CREATE INDEX placement_folder ON placement (folder, wanted);
CREATE INDEX placement_name ON placement (folder, disk_name COLLATE NOCASE) WHERE disk_name IS NOT NULL;
CREATE INDEX placement_disk_due ON placement (priority DESC, wanted_at DESC) WHERE disk_due = 1;
CREATE INDEX placement_drive_due ON placement (priority DESC, wanted_at DESC) WHERE drive_due = 1;
CREATE INDEX placement_drive_oldest ON placement (wanted_at) WHERE drive_due = 1;
CREATE INDEX placement_drive_id ON placement (drive_id) WHERE drive_id IS NOT NULL;
CREATE INDEX placement_state ON placement (wanted, drive, drive_failed);

-- Ids that Drive gave out for files that do not exist yet.
CREATE TABLE drive_id_pool (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

-- What Drive holds of ours, found by tag while rebuilding; taken over by the plan, emptied afterwards.
CREATE TABLE drive_found (
    number INTEGER PRIMARY KEY,
    drive_id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('folder', 'photo')),
    tag TEXT NOT NULL, -- a folder's key, or a photo's SHA-256
    parent TEXT,
    md5 TEXT
) STRICT;
CREATE INDEX drive_found_tag ON drive_found (tag, parent);

CREATE TABLE trouble (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE, -- what is in trouble: photo:12, placement:9, folder:/mnt/nas, part:router, drive
    kind TEXT NOT NULL,
    cause TEXT NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('warning', 'error')),
    title TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    remedy TEXT NOT NULL,
    event TEXT,
    event_photo INTEGER,
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'healed', 'dismissed')),
    count INTEGER NOT NULL DEFAULT 1,
    first_at REAL NOT NULL,
    last_at REAL NOT NULL,
    ended_at REAL
) STRICT;
CREATE INDEX trouble_open ON trouble (last_at) WHERE state = 'open';
CREATE INDEX trouble_ended ON trouble (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX trouble_photo ON trouble (event_photo) WHERE event_photo IS NOT NULL;

CREATE TABLE activity (
    id INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    kind TEXT NOT NULL,
    event TEXT,
    text TEXT NOT NULL
) STRICT;

CREATE TABLE job (name TEXT PRIMARY KEY, last_at REAL, next_at REAL, outcome TEXT) STRICT, WITHOUT ROWID;
"""

STEPS: tuple[str, ...] = (STEP_1,)


def migrate(db: sqlite3.Connection) -> int:
    """Bring a ledger to the newest step. Returns the step it was at.

    A ledger of a newer program is refused unharmed.
    """
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > len(STEPS):
        raise VenueError(
            "The ledger was made by a newer venuesync",
            f"it is at step {version}, this program knows {len(STEPS)}",
            "Update venuesync",
        )
    for number, step in enumerate(STEPS[version:], version + 1):
        db.executescript(f"BEGIN IMMEDIATE;\n{step}\nPRAGMA user_version = {number};\nCOMMIT;")
    return version
