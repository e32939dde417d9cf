-- The name under which it is filed, where a template made one as it was placed first; '': its own.
ALTER TABLE event_photo ADD COLUMN given TEXT NOT NULL DEFAULT '';
CREATE INDEX event_photo_given ON event_photo (event, given) WHERE given <> '';
