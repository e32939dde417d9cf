-- What is AUTOINCREMENT is never given again: a number that somebody has, or work on its way, means no other row later.
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
    engine TEXT,
    -- the second look, in idle time: not decided yet, for what a quick look left, the slower one, done, not needed
    second TEXT NOT NULL DEFAULT 'due' CHECK (second IN ('due', 'rest', 'wanted', 'done', 'none'))
) STRICT;
CREATE INDEX photo_due ON photo (id) WHERE look = 'due';
CREATE INDEX photo_second ON photo (second, id) WHERE look = 'done' AND kind = 'image';
CREATE INDEX photo_engine ON photo (engine) WHERE engine IS NOT NULL;
CREATE INDEX photo_taken ON photo (taken_at) WHERE taken_at IS NOT NULL;

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
CREATE INDEX sighting_seen ON sighting (folder, seen_at);
CREATE INDEX sighting_skipped ON sighting (path) WHERE state = 'skipped';

-- What is planned and counted: a photo in an event.
CREATE TABLE event_photo (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL,
    photo INTEGER NOT NULL REFERENCES photo (id),
    name TEXT NOT NULL,
    twin_of INTEGER REFERENCES event_photo (id), -- the other file of the same shot (RAW and JPEG), which has the faces
    camera TEXT NOT NULL DEFAULT '', -- or photographer, by the name of its folder
    came_from TEXT, -- the event out of which an operator moved it into this one
    state TEXT NOT NULL DEFAULT 'waiting',
    arrived_at REAL NOT NULL,
    since_at REAL NOT NULL, -- from when its way to where it is wanted counts: its arrival, or a later change of plan
    planned_at REAL,
    filed_at REAL,
    verified_at REAL,
    UNIQUE (event, photo)
) STRICT;
CREATE INDEX photo_md5 ON photo (md5);
CREATE INDEX event_photo_photo ON event_photo (photo);
CREATE INDEX event_photo_name ON event_photo (event, name);
CREATE INDEX event_photo_twin ON event_photo (twin_of) WHERE twin_of IS NOT NULL;
CREATE INDEX event_photo_state ON event_photo (state, event, twin_of);
CREATE INDEX event_photo_arrived ON event_photo (arrived_at);
CREATE INDEX event_photo_verified ON event_photo (verified_at) WHERE verified_at IS NOT NULL;
CREATE INDEX event_photo_filed ON event_photo (filed_at) WHERE filed_at IS NOT NULL;

CREATE TABLE face (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    photo INTEGER NOT NULL REFERENCES photo (id) ON DELETE CASCADE,
    box_left INTEGER NOT NULL,
    box_top INTEGER NOT NULL,
    box_right INTEGER NOT NULL,
    box_bottom INTEGER NOT NULL,
    score REAL NOT NULL,
    sharpness REAL NOT NULL,
    yaw REAL NOT NULL DEFAULT 0,
    light REAL NOT NULL DEFAULT 128,
    contrast REAL NOT NULL DEFAULT 50,
    found INTEGER NOT NULL DEFAULT 1, -- by the first look, or the second
    engine TEXT NOT NULL,
    encoding BLOB -- 128 float32, little-endian; none once its person was forgotten
) STRICT;
CREATE INDEX face_photo ON face (photo);
CREATE INDEX face_second ON face (photo) WHERE found = 2;

-- Who a face was taken for, in an event.
CREATE TABLE assignment (
    face INTEGER NOT NULL REFERENCES face (id) ON DELETE CASCADE,
    event TEXT NOT NULL,
    person TEXT NOT NULL,
    distance REAL NOT NULL,
    PRIMARY KEY (face, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX assignment_person ON assignment (person);

-- Faces that somebody is to be asked about: a near miss, or one that may be two people.
CREATE TABLE review (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given again: an answer to an old question is none to a new one
    face INTEGER NOT NULL REFERENCES face (id) ON DELETE CASCADE,
    event TEXT NOT NULL,
    person TEXT NOT NULL,
    distance REAL NOT NULL,
    why TEXT NOT NULL,
    rival TEXT,
    rival_distance REAL,
    reference TEXT, -- the picture of that person that is nearest, by its SHA-256
    UNIQUE (face, event)
) STRICT;
CREATE INDEX review_event ON review (event, id);

-- Faces of nobody known, and which of them belong together.
CREATE TABLE cluster (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL
) STRICT;
CREATE INDEX cluster_event ON cluster (event);
CREATE TABLE stranger (
    face INTEGER NOT NULL REFERENCES face (id) ON DELETE CASCADE,
    event TEXT NOT NULL,
    cluster INTEGER REFERENCES cluster (id), -- none: not looked at yet
    PRIMARY KEY (face, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX stranger_cluster ON stranger (cluster) WHERE cluster IS NOT NULL;
CREATE INDEX stranger_event ON stranger (event, cluster);

-- Encodings of the roster's reference pictures.
CREATE TABLE reference (
    sha256 TEXT NOT NULL,
    box TEXT NOT NULL, -- which of the picture's faces: left,top,right,bottom
    engine TEXT NOT NULL,
    encoding BLOB NOT NULL,
    PRIMARY KEY (sha256, box, engine)
) STRICT, WITHOUT ROWID;

CREATE TABLE trouble (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
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
    text TEXT NOT NULL,
    event_photo INTEGER -- whose line it is, where it is one photo's
) STRICT;

-- Folders of ours, as a tree that is the same on disk and on Drive.
CREATE TABLE folder (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
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
    id INTEGER PRIMARY KEY AUTOINCREMENT,
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
    id INTEGER PRIMARY KEY AUTOINCREMENT,
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
    id INTEGER PRIMARY KEY AUTOINCREMENT,
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
