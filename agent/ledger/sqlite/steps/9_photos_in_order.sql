-- Photos by name and by how they stand, a page at a time, without sorting all of them.
CREATE INDEX event_photo_called ON event_photo (name);
CREATE INDEX event_photo_stands ON event_photo (state);
