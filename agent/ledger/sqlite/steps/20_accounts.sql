-- Whose Drive something lies on: '' is the account that all events use, else the address of another one.
ALTER TABLE folder ADD COLUMN account TEXT NOT NULL DEFAULT '';
ALTER TABLE drive_id_pool ADD COLUMN account TEXT NOT NULL DEFAULT '';
CREATE INDEX drive_id_pool_account ON drive_id_pool (account, id);
ALTER TABLE drive_found ADD COLUMN account TEXT NOT NULL DEFAULT '';

-- What one account sees above a folder another may not see: each remembers for itself.
CREATE TABLE foreign_folder_of (
    account TEXT NOT NULL DEFAULT '',
    drive_id TEXT NOT NULL,
    parent TEXT,
    version INTEGER NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (drive_id, account)
) STRICT, WITHOUT ROWID;
INSERT INTO foreign_folder_of (drive_id, parent, version, at) SELECT drive_id, parent, version, at FROM foreign_folder;
DROP TABLE foreign_folder;
ALTER TABLE foreign_folder_of RENAME TO foreign_folder;
CREATE INDEX foreign_folder_parent ON foreign_folder (parent);
CREATE INDEX foreign_folder_at ON foreign_folder (at);
