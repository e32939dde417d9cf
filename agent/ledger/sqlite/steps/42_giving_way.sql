-- Photos in whose place another one lies by now, be it a file that was overwritten or one that is another at its source:
-- each stays until that is filed. `asked`: somebody is asked then, before it goes.
CREATE TABLE giving_way (
    event_photo INTEGER PRIMARY KEY REFERENCES event_photo (id) ON DELETE CASCADE,
    path TEXT NOT NULL, -- of the file in an incoming folder; of one of a source, 'drive:<source>/<its number>'
    instead INTEGER NOT NULL REFERENCES event_photo (id) ON DELETE CASCADE,
    asked INTEGER NOT NULL
) STRICT;
CREATE INDEX giving_way_to ON giving_way (instead);
CREATE INDEX giving_way_at ON giving_way (path);
