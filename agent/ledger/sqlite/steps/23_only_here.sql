-- Of the shots of two files: `done`, of which at least one file has nothing more to be sent; `on_drive`, of which one
-- lies there, and the other is not one that stays here. Files on Drive less these are photos on Drive.
DROP TRIGGER pair_placed;
DROP TRIGGER pair_taken_out;
DROP TRIGGER pair_changed;
DROP TRIGGER pair_parted;
DROP TRIGGER pair_found;
DROP VIEW pair_tally_recounted;
DROP VIEW pair;
DROP TABLE pair_tally;
CREATE TABLE pair_tally (
    folder INTEGER PRIMARY KEY,
    number INTEGER NOT NULL,
    done INTEGER NOT NULL,
    on_drive INTEGER NOT NULL
) STRICT;
CREATE VIEW pair AS
    SELECT t.id AS twin, p.folder AS folder, p.drive IN ('there', 'removed') OR m.drive IN ('there', 'removed') AS done,
    'there' IN (p.drive, m.drive) AND 'removed' NOT IN (p.drive, m.drive) AS on_drive
    FROM event_photo t CROSS JOIN placement p ON p.event_photo = t.id AND +p.wanted = 1
    CROSS JOIN placement m ON m.event_photo = t.twin_of AND m.folder = p.folder AND +m.wanted = 1
    WHERE t.twin_of IS NOT NULL;
CREATE VIEW pair_tally_recounted AS
    SELECT folder, COUNT(*) AS number, SUM(done) AS done, SUM(on_drive) AS on_drive FROM pair GROUP BY 1;
INSERT INTO pair_tally SELECT * FROM pair_tally_recounted;

CREATE TRIGGER pair_placed AFTER INSERT ON placement WHEN NEW.wanted = 1 BEGIN
    INSERT INTO pair_tally SELECT o.folder, 1, NEW.drive IN ('there', 'removed') OR o.drive IN ('there', 'removed'),
    'there' IN (NEW.drive, o.drive) AND 'removed' NOT IN (NEW.drive, o.drive)
    FROM other_file f CROSS JOIN placement o ON o.event_photo = f.other AND o.folder = NEW.folder AND +o.wanted = 1
    WHERE f.event_photo = NEW.event_photo
    ON CONFLICT DO UPDATE SET number = number + 1, done = done + excluded.done, on_drive = on_drive + excluded.on_drive;
END;
CREATE TRIGGER pair_taken_out AFTER DELETE ON placement WHEN OLD.wanted = 1 BEGIN
    INSERT INTO pair_tally SELECT o.folder, 1, OLD.drive IN ('there', 'removed') OR o.drive IN ('there', 'removed'),
    'there' IN (OLD.drive, o.drive) AND 'removed' NOT IN (OLD.drive, o.drive)
    FROM other_file f CROSS JOIN placement o ON o.event_photo = f.other AND o.folder = OLD.folder AND +o.wanted = 1
    WHERE f.event_photo = OLD.event_photo
    ON CONFLICT DO UPDATE SET number = number - 1, done = done - excluded.done, on_drive = on_drive - excluded.on_drive;
END;
CREATE TRIGGER pair_changed AFTER UPDATE OF event_photo, folder, wanted, drive ON placement
WHEN OLD.event_photo <> NEW.event_photo OR OLD.folder <> NEW.folder OR OLD.wanted <> NEW.wanted
OR OLD.drive <> NEW.drive BEGIN
    INSERT INTO pair_tally SELECT o.folder, 1, OLD.drive IN ('there', 'removed') OR o.drive IN ('there', 'removed'),
    'there' IN (OLD.drive, o.drive) AND 'removed' NOT IN (OLD.drive, o.drive)
    FROM other_file f CROSS JOIN placement o ON o.event_photo = f.other AND o.folder = OLD.folder AND +o.wanted = 1
    WHERE OLD.wanted = 1 AND f.event_photo = OLD.event_photo
    ON CONFLICT DO UPDATE SET number = number - 1, done = done - excluded.done, on_drive = on_drive - excluded.on_drive;
    INSERT INTO pair_tally SELECT o.folder, 1, NEW.drive IN ('there', 'removed') OR o.drive IN ('there', 'removed'),
    'there' IN (NEW.drive, o.drive) AND 'removed' NOT IN (NEW.drive, o.drive)
    FROM other_file f CROSS JOIN placement o ON o.event_photo = f.other AND o.folder = NEW.folder AND +o.wanted = 1
    WHERE NEW.wanted = 1 AND f.event_photo = NEW.event_photo
    ON CONFLICT DO UPDATE SET number = number + 1, done = done + excluded.done, on_drive = on_drive + excluded.on_drive;
END;
CREATE TRIGGER pair_parted BEFORE UPDATE OF twin_of ON event_photo WHEN OLD.twin_of IS NOT NULL BEGIN
    INSERT INTO pair_tally SELECT folder, 1, done, on_drive FROM pair WHERE twin = OLD.id
    ON CONFLICT DO UPDATE SET number = number - 1, done = done - excluded.done, on_drive = on_drive - excluded.on_drive;
END;
CREATE TRIGGER pair_found AFTER UPDATE OF twin_of ON event_photo WHEN NEW.twin_of IS NOT NULL BEGIN
    INSERT INTO pair_tally SELECT folder, 1, done, on_drive FROM pair WHERE twin = NEW.id
    ON CONFLICT DO UPDATE SET number = number + 1, done = done + excluded.done, on_drive = on_drive + excluded.on_drive;
END;
