-- Everything but large contents. Times are Drive's own text (UTC, milliseconds): it sorts as the instants do.

CREATE TABLE IF NOT EXISTS items (
    seq            INTEGER PRIMARY KEY,          -- order of arrival: lists without orderBy go by it
    id             TEXT NOT NULL UNIQUE,
    name           TEXT NOT NULL,
    mime           TEXT NOT NULL,
    parent         TEXT,                         -- null: a root
    space          TEXT NOT NULL,                -- drive | appDataFolder
    drive          TEXT,                         -- the shared drive it lies in
    owner          TEXT,                         -- user id; null in shared drives
    client         TEXT NOT NULL,                -- the OAuth client that made it
    created        TEXT NOT NULL,
    modified       TEXT NOT NULL,
    modified_by    TEXT NOT NULL,
    viewed         TEXT,
    trashed        INTEGER NOT NULL,             -- itself or through a folder above
    trashed_itself INTEGER NOT NULL,
    trashed_at     TEXT,
    starred        INTEGER NOT NULL,
    version        INTEGER NOT NULL,
    size           INTEGER,                      -- null: no content (folders, shortcuts, Docs)
    md5            TEXT,
    sha1           TEXT,
    sha256         TEXT,
    revision       TEXT,
    original_name  TEXT,
    target         TEXT,                         -- shortcuts
    target_mime    TEXT,
    description    TEXT,
    properties     TEXT,                         -- {key: value}
    app_properties TEXT,                         -- {client: {key: value}}
    extra          TEXT,                         -- further writable fields, as they came
    media          TEXT                          -- imageMediaMetadata; {} no picture; null not looked at
);
CREATE INDEX IF NOT EXISTS items_by_parent ON items (parent);
CREATE INDEX IF NOT EXISTS items_by_client ON items (client);
CREATE INDEX IF NOT EXISTS items_by_name ON items (name COLLATE NOCASE);
CREATE INDEX IF NOT EXISTS items_by_created ON items (created);
CREATE INDEX IF NOT EXISTS items_by_modified ON items (modified);
CREATE INDEX IF NOT EXISTS items_by_content ON items (sha256) WHERE sha256 IS NOT NULL;
CREATE INDEX IF NOT EXISTS items_by_drive ON items (drive) WHERE drive IS NOT NULL;

-- Ids of what was deleted for good: never given out or taken again.
CREATE TABLE IF NOT EXISTS tombstones (id TEXT PRIMARY KEY) WITHOUT ROWID;

-- Contents of up to SMALL bytes; larger ones are files named by their SHA-256.
CREATE TABLE IF NOT EXISTS blobs (sha256 TEXT PRIMARY KEY, bytes BLOB NOT NULL);

-- Bytes that an account's own items take, the trash with them.
CREATE TABLE IF NOT EXISTS usage (owner TEXT PRIMARY KEY, bytes INTEGER NOT NULL) WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS usage_added AFTER INSERT ON items WHEN NEW.size > 0 AND NEW.owner IS NOT NULL BEGIN
    INSERT INTO usage VALUES (NEW.owner, NEW.size) ON CONFLICT (owner) DO UPDATE SET bytes = bytes + NEW.size;
END;
CREATE TRIGGER IF NOT EXISTS usage_removed AFTER DELETE ON items WHEN OLD.size > 0 AND OLD.owner IS NOT NULL BEGIN
    UPDATE usage SET bytes = bytes - OLD.size WHERE owner = OLD.owner;
END;
CREATE TRIGGER IF NOT EXISTS usage_changed AFTER UPDATE OF size, owner ON items
WHEN OLD.size IS NOT NEW.size OR OLD.owner IS NOT NEW.owner BEGIN
    UPDATE usage SET bytes = bytes - coalesce(OLD.size, 0) WHERE owner = OLD.owner;
    INSERT INTO usage SELECT NEW.owner, coalesce(NEW.size, 0) WHERE NEW.owner IS NOT NULL
        ON CONFLICT (owner) DO UPDATE SET bytes = bytes + coalesce(NEW.size, 0);
END;

-- Permissions given on an item itself (owners aside) …
CREATE TABLE IF NOT EXISTS permissions (
    item TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (item, id)
) WITHOUT ROWID;
-- … and what follows from them, and from those of the folders above: who may do what, the owner aside.
CREATE TABLE IF NOT EXISTS access (
    item TEXT NOT NULL, who TEXT NOT NULL,       -- a user id, or 'anyone'
    role TEXT NOT NULL, direct INTEGER NOT NULL, since TEXT, PRIMARY KEY (item, who)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS access_by_who ON access (who, item);
-- Items that a person opened with an app (the Picker): they are as good as made by it.
CREATE TABLE IF NOT EXISTS picked (client TEXT NOT NULL, item TEXT NOT NULL, PRIMARY KEY (client, item)) WITHOUT ROWID;

-- One live entry an item in each log: a user's, or a shared drive's ('drive:' and its id).
CREATE TABLE IF NOT EXISTS changes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, log TEXT NOT NULL, item TEXT NOT NULL, kind TEXT NOT NULL,  -- file | drive
    at REAL NOT NULL, removed INTEGER NOT NULL, UNIQUE (log, item)
);
CREATE INDEX IF NOT EXISTS changes_by_log ON changes (log, seq);

-- What lists still show while they lag: an item as it was before a change (present 0: it was not there yet), and when
-- that was.
CREATE TABLE IF NOT EXISTS former AS SELECT *, 0.0 AS at, 1 AS present FROM items WHERE 0;
CREATE INDEX IF NOT EXISTS former_by_id ON former (id, at);
CREATE INDEX IF NOT EXISTS former_by_time ON former (at);

-- Users, tokens, codes, sessions, channels, shared drives, settings: small things by kind and id.
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id)
) WITHOUT ROWID;
