-- What tells the files and folders on disk that we made from any other; `disk_inode` 0: made before that was recorded.
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
