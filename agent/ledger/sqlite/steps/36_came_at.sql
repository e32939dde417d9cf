-- Since when a photo is here, on the steady line: who came last is looked at first, whoever is taken in after it.
ALTER TABLE photo ADD COLUMN came_at REAL NOT NULL DEFAULT 0;
DROP INDEX photo_due;
CREATE INDEX photo_due ON photo (kind, came_at) WHERE look = 'due';
