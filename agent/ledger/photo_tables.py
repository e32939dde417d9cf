"""Tables of photos, the faces in them, and whose they are."""

PHOTOS = """
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
    id INTEGER PRIMARY KEY,
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
    id INTEGER PRIMARY KEY,
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
    text TEXT NOT NULL,
    event_photo INTEGER -- whose line it is, where it is one photo's
) STRICT;
"""
