-- However much is to be sent: what was put off, and files that stand beside others of their photo.
CREATE INDEX placement_drive_after ON placement (drive_after) WHERE drive_due = 1 AND drive_after > 0;
CREATE INDEX event_photo_unsent_twin ON event_photo (twin_of)
WHERE twin_of > 0 AND verified_at IS NULL AND state IN ('filed', 'unsorted');
