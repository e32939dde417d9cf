-- What `verify` found of a placement on Drive: nothing there any more, or what somebody changed there (`is_there`). So it
-- is until something else is done there, or a later look finds it as it was sent.
CREATE TABLE amiss_on_drive (
    placement INTEGER PRIMARY KEY REFERENCES placement (id) ON DELETE CASCADE,
    is_there INTEGER NOT NULL
) STRICT;
CREATE TRIGGER amiss_on_drive_over AFTER UPDATE OF drive, drive_id ON placement
WHEN OLD.drive = 'there' AND (NEW.drive <> 'there' OR NEW.drive_id IS NOT OLD.drive_id) BEGIN
    DELETE FROM amiss_on_drive WHERE placement = NEW.id;
END;
