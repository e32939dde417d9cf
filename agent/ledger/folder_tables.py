"""Tables of what lies where, on disk and on Drive: folders, placements, ids."""

FOLDERS = """
-- Folders of ours, as a tree that is the same on disk and on Drive.
CREATE TABLE folder (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    parent INTEGER REFERENCES folder (id),
    event TEXT,
    person TEXT,
    kind TEXT NOT NULL,
    name TEXT NOT NULL, -- as people read it, on Drive
    wanted INTEGER NOT NULL DEFAULT 1,
    disk_path TEXT, -- below the workspace; none where the disk has no such folder
    disk_wanted TEXT, -- where it is to lie instead
    disk TEXT NOT NULL DEFAULT 'absent',
    disk_after REAL NOT NULL DEFAULT 0,
    drive TEXT NOT NULL DEFAULT 'absent'
        CHECK (drive IN ('absent', 'reserved', 'there', 'trashing', 'trashed')),
    drive_id TEXT,
    drive_name TEXT, -- as Drive has it by our doing
    drive_given INTEGER NOT NULL DEFAULT 0, -- somebody's own folder, which stands for ours
    drive_after REAL NOT NULL DEFAULT 0,
    rolled INTEGER NOT NULL DEFAULT 0, -- how many folders on Drive were filled to their limit before this one
    wanted_at REAL NOT NULL,
    made_at REAL
) STRICT;
CREATE INDEX folder_drive_due ON folder (id) WHERE drive <> 'there';
CREATE INDEX folder_disk_due ON folder (id) WHERE disk <> 'there';
CREATE INDEX folder_unwanted ON folder (id) WHERE wanted = 0;
CREATE INDEX folder_renamed ON folder (id) WHERE disk_wanted IS NOT NULL OR drive_name IS NOT name;
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
    drive_from TEXT, -- the folder on Drive in which the file of that id lies still, and out of which it is to be moved
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
CREATE INDEX placement_folder ON placement (folder, wanted, drive, event_photo);
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
"""

# What tells the files and folders on disk that we made from any other; `disk_inode` 0: made before that was recorded.
IDENTITIES = """
ALTER TABLE placement ADD COLUMN disk_device INTEGER;
ALTER TABLE placement ADD COLUMN disk_born_us INTEGER; -- when the file was made, in microseconds since 1970
ALTER TABLE folder ADD COLUMN disk_device INTEGER;
ALTER TABLE folder ADD COLUMN disk_inode INTEGER;
UPDATE folder SET disk_inode = 0 WHERE disk = 'there' AND disk_path IS NOT NULL;

-- Files of ours, found in their places while the ledger was rebuilt.
CREATE TABLE disk_found (
    path TEXT PRIMARY KEY,
    bytes INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    device INTEGER,
    born_us INTEGER
) STRICT, WITHOUT ROWID;
"""
