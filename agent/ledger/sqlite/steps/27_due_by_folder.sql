-- What waits for an event of which nothing is sent, or for another account's Drive, is passed over by the index alone.
DROP INDEX placement_drive_due;
CREATE INDEX placement_drive_due ON placement (priority DESC, wanted_at DESC, id, folder) WHERE drive_due = 1;
DROP INDEX placement_drive_oldest;
CREATE INDEX placement_drive_oldest ON placement (wanted_at, id, folder) WHERE drive_due = 1;
