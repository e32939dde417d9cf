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
