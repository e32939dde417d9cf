"""Tables of photos that arrive through Drive: feeds, listings, syncs, what is held; and the jobs."""

SOURCES = """
-- A change feed: of the account (key ''), or of a shared drive (its id).
CREATE TABLE feed (
    key TEXT PRIMARY KEY,
    token TEXT NOT NULL,
    polled_at REAL,
    changed_at REAL -- when it last brought something
) STRICT, WITHOUT ROWID;

-- Where a source stands: its last full listing, and whether its folder can be reached.
CREATE TABLE source_state (
    source TEXT PRIMARY KEY,
    event TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'ok', 'lost')),
    detail TEXT NOT NULL DEFAULT '',
    required INTEGER NOT NULL DEFAULT 2, -- a full listing is wanted: 1 by the night's jobs, 2 at once
    listed_at REAL,
    checked_at REAL,
    last_synced_at REAL
) STRICT, WITHOUT ROWID;

-- The index of listed folders: what is a member of a source is decided against it.
CREATE TABLE source_folder (
    source TEXT NOT NULL,
    drive_id TEXT NOT NULL,
    parent TEXT, -- none: a root of the source
    via TEXT, -- the shortcut that led here
    name TEXT NOT NULL,
    depth INTEGER NOT NULL,
    PRIMARY KEY (source, drive_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX source_folder_id ON source_folder (drive_id);
CREATE INDEX source_folder_parent ON source_folder (source, parent);
CREATE INDEX source_folder_via ON source_folder (via) WHERE via IS NOT NULL;

-- Photos and videos in sources, and how far their bytes have come.
CREATE TABLE source_file (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    event TEXT NOT NULL,
    drive_id TEXT NOT NULL,
    parent TEXT NOT NULL,
    content TEXT NOT NULL, -- the file that has the bytes: itself, or a shortcut's target
    name TEXT NOT NULL,
    mime TEXT NOT NULL,
    md5 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    taken_at REAL, -- by Drive: when it was made there
    camera TEXT NOT NULL DEFAULT '',
    resource_key TEXT, -- of the content, where its link alone opens it
    state TEXT NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'done', 'failed', 'gone')),
    photo INTEGER REFERENCES photo (id),
    path TEXT, -- of the downloaded file, below .venuesync
    attempts INTEGER NOT NULL DEFAULT 0,
    next_try_at REAL NOT NULL DEFAULT 0,
    run INTEGER,
    seen_at REAL NOT NULL,
    done_at REAL,
    UNIQUE (source, drive_id)
) STRICT;
CREATE INDEX source_file_id ON source_file (drive_id);
CREATE INDEX source_file_parent ON source_file (source, parent);
CREATE INDEX source_file_due ON source_file (seen_at DESC) WHERE state = 'due';
CREATE INDEX source_file_failed ON source_file (id) WHERE state = 'failed';
CREATE INDEX source_file_photo ON source_file (photo) WHERE photo IS NOT NULL;
CREATE INDEX source_file_event ON source_file (event, state, camera, seen_at, bytes);
CREATE INDEX source_file_run ON source_file (run) WHERE run IS NOT NULL;

-- One look at an event's sources that brought something, or was asked for.
CREATE TABLE sync_run (
    id INTEGER PRIMARY KEY,
    event TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('full', 'changes')),
    began_at REAL NOT NULL,
    seconds REAL,
    found INTEGER NOT NULL DEFAULT 0,
    gone INTEGER NOT NULL DEFAULT 0,
    outcome TEXT NOT NULL DEFAULT 'running', -- running, ok, or what went wrong
    requests INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX sync_run_event ON sync_run (event, id);
CREATE INDEX sync_run_failed ON sync_run (id) WHERE outcome NOT IN ('ok', 'running', 'broken off');

-- Where Drive sends word of changes to a feed, for as long as it was asked to.
CREATE TABLE channel (
    id TEXT PRIMARY KEY,
    feed TEXT NOT NULL,
    resource TEXT NOT NULL,
    token TEXT NOT NULL,
    expires_at REAL NOT NULL
) STRICT, WITHOUT ROWID;

-- What is done now and then: when last, when next, and what came of it.
CREATE TABLE job (
    name TEXT PRIMARY KEY,
    last_at REAL,
    next_at REAL,
    outcome TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

-- Changes that nobody asked for by name and that would take much away: they wait for a yes.
CREATE TABLE held (
    id INTEGER PRIMARY KEY,
    event TEXT NOT NULL,
    kind TEXT NOT NULL,
    why TEXT NOT NULL,
    at REAL NOT NULL,
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'approved', 'rejected'))
) STRICT;
CREATE INDEX held_open ON held (id) WHERE state = 'open';
CREATE TABLE held_photo (
    held INTEGER NOT NULL REFERENCES held (id) ON DELETE CASCADE,
    event_photo INTEGER NOT NULL REFERENCES event_photo (id),
    PRIMARY KEY (held, event_photo)
) STRICT, WITHOUT ROWID;
"""

LAGGING_LISTS = """
-- Drive's version of what is known: a list that shows an earlier one says nothing new.
ALTER TABLE source_folder ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE source_file ADD COLUMN version INTEGER NOT NULL DEFAULT 0;

-- Folders that lie in no source, so that they need not be asked for again. Only a memory.
CREATE TABLE foreign_folder (
    drive_id TEXT PRIMARY KEY,
    parent TEXT,
    version INTEGER NOT NULL,
    at REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX foreign_folder_parent ON foreign_folder (parent);
CREATE INDEX foreign_folder_at ON foreign_folder (at);

-- Folders above a source's own: when one is moved, trashed or shared, Drive says nothing of the source itself.
CREATE TABLE source_above (
    source TEXT NOT NULL,
    drive_id TEXT NOT NULL,
    PRIMARY KEY (source, drive_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX source_above_id ON source_above (drive_id);

-- Folders of sources that will be listed again, as lists lag.
CREATE TABLE listing_again (
    source TEXT NOT NULL,
    folder TEXT NOT NULL,
    step INTEGER NOT NULL,
    due_at REAL NOT NULL,
    mark INTEGER NOT NULL, -- the last mark on Drive that may have been set before this was planned
    confirmed INTEGER NOT NULL DEFAULT 0, -- a list was seen that is newer than that
    PRIMARY KEY (source, folder)
) STRICT, WITHOUT ROWID;
"""

GONE_LATELY = """
CREATE INDEX source_file_gone ON source_file (event, done_at) WHERE state = 'gone';
"""

CAMERAS = """
-- Cameras are called as people call them: Cam1, not Cloud_Cam1.
UPDATE source_file SET camera = substr(camera, 7)
    WHERE camera GLOB 'Cloud_Cam[0-9]*' AND camera NOT GLOB 'Cloud_Cam*[^0-9]*';
UPDATE event_photo SET camera = substr(camera, 7)
    WHERE camera GLOB 'Cloud_Cam[0-9]*' AND camera NOT GLOB 'Cloud_Cam*[^0-9]*';
"""
