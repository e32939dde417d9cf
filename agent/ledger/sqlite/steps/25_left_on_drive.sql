-- What of an event lay on a Drive when the event left it, or somebody else signed in, or was on its way there: lists may
-- not show it yet when the event comes back. Of a photo where it has an `event_photo`, else the folder itself.
CREATE TABLE left_on_drive (
    drive_id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    whose TEXT NOT NULL, -- who was signed in
    event TEXT NOT NULL,
    event_photo INTEGER,
    folder INTEGER NOT NULL,
    coming INTEGER NOT NULL -- Drive has not said yet that it is there
) STRICT, WITHOUT ROWID;
