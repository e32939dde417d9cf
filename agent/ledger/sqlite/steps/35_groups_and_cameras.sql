-- Two more tallies, as in step 10, and videos: a status, and the look at clocks after each photo, went through all rows.

-- Unknown faces by their group; a group is one from two on.
CREATE TABLE group_tally (cluster INTEGER PRIMARY KEY, number INTEGER NOT NULL) STRICT;
CREATE VIEW group_tally_recounted AS
    SELECT cluster, COUNT(*) AS number FROM stranger WHERE cluster IS NOT NULL GROUP BY 1;
INSERT INTO group_tally SELECT * FROM group_tally_recounted;
CREATE INDEX group_tally_several ON group_tally (cluster) WHERE number > 1;
CREATE TRIGGER group_tally_added AFTER INSERT ON stranger WHEN NEW.cluster IS NOT NULL BEGIN
    INSERT INTO group_tally VALUES (NEW.cluster, 1) ON CONFLICT DO UPDATE SET number = number + 1;
END;
CREATE TRIGGER group_tally_removed AFTER DELETE ON stranger WHEN OLD.cluster IS NOT NULL BEGIN
    DELETE FROM group_tally WHERE cluster = OLD.cluster AND number <= 1;
    UPDATE group_tally SET number = number - 1 WHERE cluster = OLD.cluster;
END;
CREATE TRIGGER group_tally_changed AFTER UPDATE OF cluster ON stranger WHEN OLD.cluster IS NOT NEW.cluster BEGIN
    DELETE FROM group_tally WHERE cluster = OLD.cluster AND number <= 1;
    UPDATE group_tally SET number = number - 1 WHERE cluster = OLD.cluster;
    INSERT INTO group_tally SELECT NEW.cluster, 1 WHERE NEW.cluster IS NOT NULL
    ON CONFLICT DO UPDATE SET number = number + 1;
END;

-- Pictures that say when they were taken, by their camera, their photographer's folder and the zone that they say ('':
-- none); of a shot's two files the one.
ALTER TABLE photo ADD COLUMN zone TEXT NOT NULL GENERATED ALWAYS AS
    (CASE WHEN substr(taken_at, 20) GLOB '*[-+]*' THEN substr(taken_at, -6) ELSE '' END) VIRTUAL;
CREATE TABLE camera_tally (
    event TEXT NOT NULL,
    device TEXT NOT NULL,
    folder TEXT NOT NULL,
    zone TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (event, device, folder, zone)
) STRICT, WITHOUT ROWID;
CREATE VIEW camera_tally_recounted AS
    SELECT ep.event, ph.device, ep.camera AS folder, ph.zone, COUNT(*) AS number
    FROM event_photo ep NOT INDEXED JOIN photo ph ON ph.id = ep.photo
    WHERE ep.twin_of IS NULL AND ep.state NOT IN ('superseded', 'withdrawn', 'moved')
    AND ph.kind = 'image' AND ph.taken_at IS NOT NULL GROUP BY 1, 2, 3, 4;
INSERT INTO camera_tally SELECT * FROM camera_tally_recounted;
CREATE VIEW camera_photos AS -- cameras as photo_clock calls them
    SELECT event, device, folder, zone, number, CASE WHEN device = '' THEN folder
    WHEN folder = '' OR instr(device, ' #') THEN device ELSE device || ', ' || folder END AS camera
    FROM camera_tally WHERE number > 0;
CREATE TRIGGER camera_tally_added AFTER INSERT ON event_photo
WHEN NEW.twin_of IS NULL AND NEW.state NOT IN ('superseded', 'withdrawn', 'moved') BEGIN
    INSERT INTO camera_tally SELECT NEW.event, ph.device, NEW.camera, ph.zone, 1 FROM photo ph
    WHERE ph.id = NEW.photo AND ph.kind = 'image' AND ph.taken_at IS NOT NULL
    ON CONFLICT DO UPDATE SET number = number + 1;
END;
CREATE TRIGGER camera_tally_removed AFTER DELETE ON event_photo
WHEN OLD.twin_of IS NULL AND OLD.state NOT IN ('superseded', 'withdrawn', 'moved') BEGIN
    INSERT INTO camera_tally SELECT OLD.event, ph.device, OLD.camera, ph.zone, 1 FROM photo ph
    WHERE ph.id = OLD.photo AND ph.kind = 'image' AND ph.taken_at IS NOT NULL
    ON CONFLICT DO UPDATE SET number = number - 1;
END;
CREATE TRIGGER camera_tally_changed AFTER UPDATE OF event, state, twin_of, camera ON event_photo
WHEN OLD.event <> NEW.event OR OLD.camera <> NEW.camera OR (OLD.twin_of IS NULL) <> (NEW.twin_of IS NULL)
OR (OLD.state IN ('superseded', 'withdrawn', 'moved')) <> (NEW.state IN ('superseded', 'withdrawn', 'moved')) BEGIN
    INSERT INTO camera_tally SELECT OLD.event, ph.device, OLD.camera, ph.zone, 1 FROM photo ph
    WHERE ph.id = OLD.photo AND ph.kind = 'image' AND ph.taken_at IS NOT NULL
    AND OLD.twin_of IS NULL AND OLD.state NOT IN ('superseded', 'withdrawn', 'moved')
    ON CONFLICT DO UPDATE SET number = number - 1;
    INSERT INTO camera_tally SELECT NEW.event, ph.device, NEW.camera, ph.zone, 1 FROM photo ph
    WHERE ph.id = NEW.photo AND ph.kind = 'image' AND ph.taken_at IS NOT NULL
    AND NEW.twin_of IS NULL AND NEW.state NOT IN ('superseded', 'withdrawn', 'moved')
    ON CONFLICT DO UPDATE SET number = number + 1;
END;
CREATE TRIGGER camera_tally_told AFTER UPDATE OF taken_at, device, kind ON photo
WHEN NEW.taken_at IS NOT OLD.taken_at OR NEW.device <> OLD.device OR NEW.kind <> OLD.kind BEGIN
    INSERT INTO camera_tally SELECT ep.event, OLD.device, ep.camera, OLD.zone, 1 FROM event_photo ep
    WHERE ep.photo = OLD.id AND OLD.kind = 'image' AND OLD.taken_at IS NOT NULL
    AND ep.twin_of IS NULL AND ep.state NOT IN ('superseded', 'withdrawn', 'moved')
    ON CONFLICT DO UPDATE SET number = number - 1;
    INSERT INTO camera_tally SELECT ep.event, NEW.device, ep.camera, NEW.zone, 1 FROM event_photo ep
    WHERE ep.photo = NEW.id AND NEW.kind = 'image' AND NEW.taken_at IS NOT NULL
    AND ep.twin_of IS NULL AND ep.state NOT IN ('superseded', 'withdrawn', 'moved')
    ON CONFLICT DO UPDATE SET number = number + 1;
END;
CREATE INDEX photo_video ON photo (id) WHERE kind = 'video';
