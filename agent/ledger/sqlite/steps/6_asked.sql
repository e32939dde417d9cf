-- Changes that Drive was asked for and that it may still make: no answer came, or it is on its way.
CREATE TABLE asked (
    drive_id TEXT PRIMARY KEY,
    aim TEXT NOT NULL,  -- what its file or folder is to become
    at REAL NOT NULL,  -- when it was asked for or, where `lost`, when it was given up; on the steady line
    lost INTEGER NOT NULL
) STRICT;
