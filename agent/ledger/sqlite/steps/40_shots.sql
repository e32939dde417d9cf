-- Shots in place of files: one of two files (RAW and JPEG) is one photo, and both say how far it is. `whole`: all of it
-- is on Drive; `other`: the other file's state, of several the one furthest behind, '' where there is none.
DROP TRIGGER photo_tally_added;
DROP TRIGGER photo_tally_removed;
DROP TRIGGER photo_tally_changed;
DROP VIEW photo_tally_recounted;
DROP TABLE photo_tally;
DROP INDEX event_photo_unsent_twin;
CREATE TABLE shot_tally (
    event TEXT NOT NULL,
    state TEXT NOT NULL,
    whole INTEGER NOT NULL,
    other TEXT NOT NULL,
    other_whole INTEGER NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (event, state, whole, other, other_whole)
) STRICT, WITHOUT ROWID;
CREATE VIEW shot AS -- neither sorted nor with IN of three and more: either makes a table for each row that changes
    SELECT m.id, m.event, m.state, m.verified_at IS NOT NULL AS whole,
    COALESCE(o.state, '') AS other, o.verified_at IS NOT NULL AS other_whole
    FROM event_photo m NOT INDEXED LEFT JOIN event_photo o ON o.id = (
        SELECT MIN((CASE WHEN t.state IN ('waiting', 'failed') OR t.state = 'held' THEN 0
        WHEN t.state IN ('filed', 'unsorted') AND t.verified_at IS NULL THEN 1 WHEN t.state = 'dismissed' THEN 2
        ELSE 3 END << 48) + t.id) % (1 << 48) FROM event_photo t WHERE t.twin_of = m.id
    ) WHERE m.twin_of IS NULL;
CREATE VIEW shot_tally_recounted AS
    SELECT event, state, whole, other, other_whole, COUNT(*) AS number FROM shot GROUP BY 1, 2, 3, 4, 5;
INSERT INTO shot_tally SELECT * FROM shot_tally_recounted;

-- What is written to `shot_counted` counts the shot of that main file as it is now; of another file none. Of a row that
-- changes all shots that it is in, or comes to be, are counted off before, and counted after.
CREATE VIEW shot_counted AS SELECT NULL AS id, NULL AS number;
CREATE TRIGGER shot_tally_counted INSTEAD OF INSERT ON shot_counted BEGIN
    INSERT INTO shot_tally SELECT event, state, whole, other, other_whole, NEW.number FROM shot WHERE id = NEW.id
    ON CONFLICT DO UPDATE SET number = number + excluded.number;
END;
CREATE TRIGGER shot_tally_joined BEFORE INSERT ON event_photo WHEN NEW.twin_of IS NOT NULL BEGIN
    INSERT INTO shot_counted VALUES (NEW.twin_of, -1);
END;
CREATE TRIGGER shot_tally_added AFTER INSERT ON event_photo BEGIN
    INSERT INTO shot_counted VALUES (COALESCE(NEW.twin_of, NEW.id), 1);
END;
CREATE TRIGGER shot_tally_changed_from BEFORE UPDATE OF event, state, twin_of, verified_at ON event_photo
WHEN OLD.event <> NEW.event OR OLD.state <> NEW.state OR OLD.twin_of IS NOT NEW.twin_of
OR (OLD.verified_at IS NULL) <> (NEW.verified_at IS NULL) BEGIN
    INSERT INTO shot_counted VALUES (OLD.id, -1);
    INSERT INTO shot_counted VALUES (OLD.twin_of, -1);
    INSERT INTO shot_counted VALUES (NULLIF(NEW.twin_of, OLD.twin_of), -1);
END;
CREATE TRIGGER shot_tally_changed_to AFTER UPDATE OF event, state, twin_of, verified_at ON event_photo
WHEN OLD.event <> NEW.event OR OLD.state <> NEW.state OR OLD.twin_of IS NOT NEW.twin_of
OR (OLD.verified_at IS NULL) <> (NEW.verified_at IS NULL) BEGIN
    INSERT INTO shot_counted VALUES (NEW.id, 1);
    INSERT INTO shot_counted VALUES (OLD.twin_of, 1);
    INSERT INTO shot_counted VALUES (NULLIF(NEW.twin_of, OLD.twin_of), 1);
END;
CREATE TRIGGER shot_tally_removed BEFORE DELETE ON event_photo BEGIN
    INSERT INTO shot_counted VALUES (COALESCE(OLD.twin_of, OLD.id), -1);
END;
CREATE TRIGGER shot_tally_left AFTER DELETE ON event_photo WHEN OLD.twin_of IS NOT NULL BEGIN
    INSERT INTO shot_counted VALUES (OLD.twin_of, 1);
END;
