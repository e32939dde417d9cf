-- Events out of which photos were moved, without going through all photos.
CREATE INDEX event_photo_came_from ON event_photo (came_from) WHERE came_from IS NOT NULL;
