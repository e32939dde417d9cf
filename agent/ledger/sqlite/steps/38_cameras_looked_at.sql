-- Which camera took a photo is known from its look on. When it was taken may be known before (by Drive, by its name), and
-- its camera was called by its photographer's folder alone until then: a word about that one's clock was no longer of it.
ALTER TABLE photo ADD COLUMN named INTEGER NOT NULL GENERATED ALWAYS AS
    (device <> '' OR look <> 'due' OR looked_at IS NOT NULL) VIRTUAL;
DROP VIEW photo_clock;
CREATE VIEW photo_clock AS SELECT ep.id, ep.event, ep.photo, COALESCE(NULLIF(ep.told, ''), ph.taken_at) AS taken_at,
    ph.gps_at, CASE WHEN ep.body <> '' THEN ep.body WHEN NOT ph.named THEN '' WHEN ph.device = '' THEN ep.camera
    WHEN ep.camera = '' OR instr(ph.device, ' #') THEN ph.device ELSE ph.device || ', ' || ep.camera END AS camera
    FROM event_photo ep JOIN photo ph ON ph.id = ep.photo;
DROP TRIGGER taken_told;
CREATE TRIGGER taken_told AFTER UPDATE OF taken_at, device, look, looked_at ON photo
WHEN NEW.taken_at IS NOT OLD.taken_at OR NEW.device <> OLD.device OR NEW.named <> OLD.named BEGIN
    UPDATE event_photo SET taken = (SELECT t.taken FROM photo_time t WHERE t.id = event_photo.id) WHERE photo = NEW.id;
END;
UPDATE event_photo SET taken = (SELECT t.taken FROM photo_time t WHERE t.id = event_photo.id)
    WHERE photo IN (SELECT id FROM photo WHERE look = 'due' AND NOT named);

DROP VIEW camera_tally_recounted;
CREATE VIEW camera_tally_recounted AS
    SELECT ep.event, ph.device, ep.camera AS folder, ph.zone, COUNT(*) AS number
    FROM event_photo ep NOT INDEXED JOIN photo ph ON ph.id = ep.photo
    WHERE ep.twin_of IS NULL AND ep.state NOT IN ('superseded', 'withdrawn', 'moved')
    AND ph.kind = 'image' AND ph.taken_at IS NOT NULL AND ph.named GROUP BY 1, 2, 3, 4;
DELETE FROM camera_tally;
INSERT INTO camera_tally SELECT * FROM camera_tally_recounted;
DROP TRIGGER camera_tally_added;
CREATE TRIGGER camera_tally_added AFTER INSERT ON event_photo
WHEN NEW.twin_of IS NULL AND NEW.state NOT IN ('superseded', 'withdrawn', 'moved') BEGIN
    INSERT INTO camera_tally SELECT NEW.event, ph.device, NEW.camera, ph.zone, 1 FROM photo ph
    WHERE ph.id = NEW.photo AND ph.kind = 'image' AND ph.taken_at IS NOT NULL AND ph.named
    ON CONFLICT DO UPDATE SET number = number + 1;
END;
DROP TRIGGER camera_tally_removed;
CREATE TRIGGER camera_tally_removed AFTER DELETE ON event_photo
WHEN OLD.twin_of IS NULL AND OLD.state NOT IN ('superseded', 'withdrawn', 'moved') BEGIN
    INSERT INTO camera_tally SELECT OLD.event, ph.device, OLD.camera, ph.zone, 1 FROM photo ph
    WHERE ph.id = OLD.photo AND ph.kind = 'image' AND ph.taken_at IS NOT NULL AND ph.named
    ON CONFLICT DO UPDATE SET number = number - 1;
END;
DROP TRIGGER camera_tally_changed;
CREATE TRIGGER camera_tally_changed AFTER UPDATE OF event, state, twin_of, camera ON event_photo
WHEN OLD.event <> NEW.event OR OLD.camera <> NEW.camera OR (OLD.twin_of IS NULL) <> (NEW.twin_of IS NULL)
OR (OLD.state IN ('superseded', 'withdrawn', 'moved')) <> (NEW.state IN ('superseded', 'withdrawn', 'moved')) BEGIN
    INSERT INTO camera_tally SELECT OLD.event, ph.device, OLD.camera, ph.zone, 1 FROM photo ph
    WHERE ph.id = OLD.photo AND ph.kind = 'image' AND ph.taken_at IS NOT NULL AND ph.named
    AND OLD.twin_of IS NULL AND OLD.state NOT IN ('superseded', 'withdrawn', 'moved')
    ON CONFLICT DO UPDATE SET number = number - 1;
    INSERT INTO camera_tally SELECT NEW.event, ph.device, NEW.camera, ph.zone, 1 FROM photo ph
    WHERE ph.id = NEW.photo AND ph.kind = 'image' AND ph.taken_at IS NOT NULL AND ph.named
    AND NEW.twin_of IS NULL AND NEW.state NOT IN ('superseded', 'withdrawn', 'moved')
    ON CONFLICT DO UPDATE SET number = number + 1;
END;
DROP TRIGGER camera_tally_told;
CREATE TRIGGER camera_tally_told AFTER UPDATE OF taken_at, device, kind, look, looked_at ON photo
WHEN NEW.taken_at IS NOT OLD.taken_at OR NEW.device <> OLD.device OR NEW.kind <> OLD.kind OR NEW.named <> OLD.named BEGIN
    INSERT INTO camera_tally SELECT ep.event, OLD.device, ep.camera, OLD.zone, 1 FROM event_photo ep
    WHERE ep.photo = OLD.id AND OLD.kind = 'image' AND OLD.taken_at IS NOT NULL AND OLD.named
    AND ep.twin_of IS NULL AND ep.state NOT IN ('superseded', 'withdrawn', 'moved')
    ON CONFLICT DO UPDATE SET number = number - 1;
    INSERT INTO camera_tally SELECT ep.event, NEW.device, ep.camera, NEW.zone, 1 FROM event_photo ep
    WHERE ep.photo = NEW.id AND NEW.kind = 'image' AND NEW.taken_at IS NOT NULL AND NEW.named
    AND ep.twin_of IS NULL AND ep.state NOT IN ('superseded', 'withdrawn', 'moved')
    ON CONFLICT DO UPDATE SET number = number + 1;
END;
