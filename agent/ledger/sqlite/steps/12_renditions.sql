-- What Drive has, or is to have, in a photo's place: '' is the photo itself.
ALTER TABLE placement ADD COLUMN made_as TEXT NOT NULL DEFAULT '';
-- What was made of photos for that. By content: a rebuilt ledger learns of these before it meets the photos.
CREATE TABLE rendition (
    sha256 TEXT NOT NULL, -- of the photo
    made_as TEXT NOT NULL,
    md5 TEXT NOT NULL, -- of what was made
    bytes INTEGER NOT NULL,
    PRIMARY KEY (sha256, made_as)
) STRICT, WITHOUT ROWID;
