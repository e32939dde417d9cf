-- How many rows there are of each kind, kept by triggers as rows change: what screens show is not counted anew from a
-- hundred thousand rows. Of each tally `t` the view `t_recounted` says what it has to be.

-- Photos of events. `twin`: the other file of a shot; `whole`: all of it is on Drive.
CREATE TABLE photo_tally (
    event TEXT NOT NULL,
    state TEXT NOT NULL,
    twin INTEGER NOT NULL,
    whole INTEGER NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (event, state, twin, whole)
) STRICT, WITHOUT ROWID;
CREATE VIEW photo_tally_recounted AS
    SELECT event, state, twin_of IS NOT NULL AS twin, verified_at IS NOT NULL AS whole, COUNT(*) AS number
    FROM event_photo NOT INDEXED GROUP BY 1, 2, 3, 4;
INSERT INTO photo_tally SELECT * FROM photo_tally_recounted;
CREATE TRIGGER photo_tally_added AFTER INSERT ON event_photo BEGIN
    INSERT INTO photo_tally VALUES (NEW.event, NEW.state, NEW.twin_of IS NOT NULL, NEW.verified_at IS NOT NULL, 1)
    ON CONFLICT DO UPDATE SET number = number + 1;
END;
CREATE TRIGGER photo_tally_removed AFTER DELETE ON event_photo BEGIN
    UPDATE photo_tally SET number = number - 1 WHERE event = OLD.event AND state = OLD.state
    AND twin = (OLD.twin_of IS NOT NULL) AND whole = (OLD.verified_at IS NOT NULL);
END;
CREATE TRIGGER photo_tally_changed AFTER UPDATE OF event, state, twin_of, verified_at ON event_photo
WHEN OLD.event <> NEW.event OR OLD.state <> NEW.state OR (OLD.twin_of IS NULL) <> (NEW.twin_of IS NULL)
OR (OLD.verified_at IS NULL) <> (NEW.verified_at IS NULL) BEGIN
    UPDATE photo_tally SET number = number - 1 WHERE event = OLD.event AND state = OLD.state
    AND twin = (OLD.twin_of IS NOT NULL) AND whole = (OLD.verified_at IS NOT NULL);
    INSERT INTO photo_tally VALUES (NEW.event, NEW.state, NEW.twin_of IS NOT NULL, NEW.verified_at IS NOT NULL, 1)
    ON CONFLICT DO UPDATE SET number = number + 1;
END;

-- Placements.
CREATE TABLE placement_tally (
    folder INTEGER NOT NULL,
    wanted INTEGER NOT NULL,
    drive TEXT NOT NULL,
    drive_failed INTEGER NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (folder, wanted, drive, drive_failed)
) STRICT, WITHOUT ROWID;
CREATE VIEW placement_tally_recounted AS
    SELECT folder, wanted, drive, drive_failed, COUNT(*) AS number FROM placement NOT INDEXED GROUP BY 1, 2, 3, 4;
INSERT INTO placement_tally SELECT * FROM placement_tally_recounted;
CREATE TRIGGER placement_tally_added AFTER INSERT ON placement BEGIN
    INSERT INTO placement_tally VALUES (NEW.folder, NEW.wanted, NEW.drive, NEW.drive_failed, 1)
    ON CONFLICT DO UPDATE SET number = number + 1;
END;
CREATE TRIGGER placement_tally_removed AFTER DELETE ON placement BEGIN
    UPDATE placement_tally SET number = number - 1 WHERE folder = OLD.folder AND wanted = OLD.wanted
    AND drive = OLD.drive AND drive_failed = OLD.drive_failed;
END;
CREATE TRIGGER placement_tally_changed AFTER UPDATE OF folder, wanted, drive, drive_failed ON placement
WHEN OLD.folder <> NEW.folder OR OLD.wanted <> NEW.wanted OR OLD.drive <> NEW.drive
OR OLD.drive_failed <> NEW.drive_failed BEGIN
    UPDATE placement_tally SET number = number - 1 WHERE folder = OLD.folder AND wanted = OLD.wanted
    AND drive = OLD.drive AND drive_failed = OLD.drive_failed;
    INSERT INTO placement_tally VALUES (NEW.folder, NEW.wanted, NEW.drive, NEW.drive_failed, 1)
    ON CONFLICT DO UPDATE SET number = number + 1;
END;

-- Files in incoming folders.
CREATE TABLE sighting_tally (
    folder TEXT NOT NULL,
    event TEXT NOT NULL,
    state TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (folder, event, state)
) STRICT, WITHOUT ROWID;
CREATE VIEW sighting_tally_recounted AS
    SELECT folder, event, state, COUNT(*) AS number FROM sighting NOT INDEXED GROUP BY 1, 2, 3;
INSERT INTO sighting_tally SELECT * FROM sighting_tally_recounted;
CREATE TRIGGER sighting_tally_added AFTER INSERT ON sighting BEGIN
    INSERT INTO sighting_tally VALUES (NEW.folder, NEW.event, NEW.state, 1)
    ON CONFLICT DO UPDATE SET number = number + 1;
END;
CREATE TRIGGER sighting_tally_removed AFTER DELETE ON sighting BEGIN
    UPDATE sighting_tally SET number = number - 1
    WHERE folder = OLD.folder AND event = OLD.event AND state = OLD.state;
END;
CREATE TRIGGER sighting_tally_changed AFTER UPDATE OF folder, event, state ON sighting
WHEN OLD.folder <> NEW.folder OR OLD.event <> NEW.event OR OLD.state <> NEW.state BEGIN
    UPDATE sighting_tally SET number = number - 1
    WHERE folder = OLD.folder AND event = OLD.event AND state = OLD.state;
    INSERT INTO sighting_tally VALUES (NEW.folder, NEW.event, NEW.state, 1)
    ON CONFLICT DO UPDATE SET number = number + 1;
END;

-- Pictures that were looked at, by how their second look stands.
CREATE TABLE look_tally (second TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE VIEW look_tally_recounted AS
    SELECT second, COUNT(*) AS number FROM photo NOT INDEXED WHERE look = 'done' AND kind = 'image' GROUP BY 1;
INSERT INTO look_tally SELECT * FROM look_tally_recounted;
CREATE TRIGGER look_tally_added AFTER INSERT ON photo WHEN NEW.look = 'done' AND NEW.kind = 'image' BEGIN
    INSERT INTO look_tally VALUES (NEW.second, 1) ON CONFLICT DO UPDATE SET number = number + 1;
END;
CREATE TRIGGER look_tally_removed AFTER DELETE ON photo WHEN OLD.look = 'done' AND OLD.kind = 'image' BEGIN
    UPDATE look_tally SET number = number - 1 WHERE second = OLD.second;
END;
CREATE TRIGGER look_tally_changed_from AFTER UPDATE OF look, kind, second ON photo
WHEN OLD.look = 'done' AND OLD.kind = 'image' BEGIN
    UPDATE look_tally SET number = number - 1 WHERE second = OLD.second;
END;
CREATE TRIGGER look_tally_changed_to AFTER UPDATE OF look, kind, second ON photo
WHEN NEW.look = 'done' AND NEW.kind = 'image' BEGIN
    INSERT INTO look_tally VALUES (NEW.second, 1) ON CONFLICT DO UPDATE SET number = number + 1;
END;

-- Faces, by the look that found them; and those that were taken for somebody, in whatever event, as found by look 0.
CREATE TABLE face_tally (found INTEGER PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE VIEW face_tally_recounted AS
    SELECT found, COUNT(*) AS number FROM face NOT INDEXED GROUP BY 1
    UNION ALL SELECT 0, COUNT(*) FROM (SELECT DISTINCT face FROM assignment);
INSERT INTO face_tally SELECT * FROM face_tally_recounted;
CREATE TRIGGER face_tally_added AFTER INSERT ON face BEGIN
    INSERT INTO face_tally VALUES (NEW.found, 1) ON CONFLICT DO UPDATE SET number = number + 1;
END;
CREATE TRIGGER face_tally_removed AFTER DELETE ON face BEGIN
    UPDATE face_tally SET number = number - 1 WHERE found = OLD.found;
END;
CREATE TRIGGER face_tally_changed AFTER UPDATE OF found ON face WHEN OLD.found <> NEW.found BEGIN
    UPDATE face_tally SET number = number - 1 WHERE found = OLD.found;
    INSERT INTO face_tally VALUES (NEW.found, 1) ON CONFLICT DO UPDATE SET number = number + 1;
END;
CREATE TRIGGER face_tally_known AFTER INSERT ON assignment
WHEN NOT EXISTS (SELECT 1 FROM assignment WHERE face = NEW.face AND event <> NEW.event) BEGIN
    INSERT INTO face_tally VALUES (0, 1) ON CONFLICT DO UPDATE SET number = number + 1;
END;
CREATE TRIGGER face_tally_unknown AFTER DELETE ON assignment
WHEN NOT EXISTS (SELECT 1 FROM assignment WHERE face = OLD.face) BEGIN
    UPDATE face_tally SET number = number - 1 WHERE found = 0;
END;

-- Photos and videos in sources.
CREATE TABLE source_tally (
    event TEXT NOT NULL,
    state TEXT NOT NULL,
    camera TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (event, state, camera)
) STRICT, WITHOUT ROWID;
CREATE VIEW source_tally_recounted AS
    SELECT event, state, camera, COUNT(*) AS number FROM source_file NOT INDEXED GROUP BY 1, 2, 3;
INSERT INTO source_tally SELECT * FROM source_tally_recounted;
CREATE TRIGGER source_tally_added AFTER INSERT ON source_file BEGIN
    INSERT INTO source_tally VALUES (NEW.event, NEW.state, NEW.camera, 1)
    ON CONFLICT DO UPDATE SET number = number + 1;
END;
CREATE TRIGGER source_tally_removed AFTER DELETE ON source_file BEGIN
    UPDATE source_tally SET number = number - 1
    WHERE event = OLD.event AND state = OLD.state AND camera = OLD.camera;
END;
CREATE TRIGGER source_tally_changed AFTER UPDATE OF event, state, camera ON source_file
WHEN OLD.event <> NEW.event OR OLD.state <> NEW.state OR OLD.camera <> NEW.camera BEGIN
    UPDATE source_tally SET number = number - 1
    WHERE event = OLD.event AND state = OLD.state AND camera = OLD.camera;
    INSERT INTO source_tally VALUES (NEW.event, NEW.state, NEW.camera, 1)
    ON CONFLICT DO UPDATE SET number = number + 1;
END;
CREATE INDEX source_file_seen ON source_file (seen_at, event, state, bytes);

-- What there is little of once all is done: filed and not on Drive, faces that are in no group yet.
CREATE INDEX event_photo_unsent ON event_photo (since_at) WHERE verified_at IS NULL AND state IN ('filed', 'unsorted');
CREATE INDEX stranger_new ON stranger (event) WHERE cluster IS NULL;
