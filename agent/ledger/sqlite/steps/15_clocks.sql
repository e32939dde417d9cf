-- The camera, by make, model and number, and when it was by the satellites, seconds UTC.
ALTER TABLE photo ADD COLUMN device TEXT NOT NULL DEFAULT '';
ALTER TABLE photo ADD COLUMN gps_at REAL;
-- When it was taken by a clock that is right, in this machine's zone: 2026-11-21T22:14:07.120. '': not known.
ALTER TABLE event_photo ADD COLUMN taken TEXT NOT NULL DEFAULT '';
CREATE INDEX event_photo_taken ON event_photo (taken, id);
CREATE INDEX event_photo_planned ON event_photo (planned_at);
-- How far each camera's clock is ahead of true time in an event, seconds.
CREATE TABLE camera_clock (
    event TEXT NOT NULL,
    camera TEXT NOT NULL,
    photos INTEGER NOT NULL,
    ahead REAL NOT NULL, -- what counts; 0 where nothing is known
    told_by TEXT NOT NULL, -- hand, gps, people, reference; '': nothing is known
    found REAL, -- what it would be without an operator's word
    sureness REAL NOT NULL DEFAULT 0, -- of what photos of the same people say: from 0.5 on it counts
    moments INTEGER NOT NULL DEFAULT 0, -- as many times they were met at once
    beside REAL, -- ahead of the clock to which all of the event are compared, as photos of the same people said
    is_base INTEGER NOT NULL DEFAULT 0, -- it is that clock
    PRIMARY KEY (event, camera)
) STRICT, WITHOUT ROWID;
-- Whose clock: the camera's where it says which it is, beside its photographer's name where others may be called so, too.
CREATE VIEW photo_clock AS SELECT ep.id, ep.event, ep.photo, ph.taken_at, ph.gps_at,
    CASE WHEN ph.device = '' THEN ep.camera WHEN ep.camera = '' OR instr(ph.device, ' #') THEN ph.device
    ELSE ph.device || ', ' || ep.camera END AS camera
    FROM event_photo ep JOIN photo ph ON ph.id = ep.photo;
CREATE VIEW photo_time AS SELECT v.id, COALESCE(strftime('%Y-%m-%dT%H:%M:%f', v.taken_at,
    CASE WHEN substr(v.taken_at, 20) GLOB '*[-+Z]*' THEN 'localtime' ELSE '+0 seconds' END,
    printf('%+.3f seconds', -COALESCE(c.ahead, 0))), '') AS taken
    FROM photo_clock v LEFT JOIN camera_clock c ON c.event = v.event AND c.camera = v.camera AND v.camera <> '';
CREATE TRIGGER taken_in_event AFTER INSERT ON event_photo BEGIN
    UPDATE event_photo SET taken = (SELECT taken FROM photo_time WHERE id = NEW.id) WHERE id = NEW.id;
END;
CREATE TRIGGER taken_by AFTER UPDATE OF camera ON event_photo WHEN NEW.camera <> OLD.camera BEGIN
    UPDATE event_photo SET taken = (SELECT taken FROM photo_time WHERE id = NEW.id) WHERE id = NEW.id;
END;
CREATE TRIGGER taken_told AFTER UPDATE OF taken_at, device ON photo
WHEN NEW.taken_at IS NOT OLD.taken_at OR NEW.device <> OLD.device BEGIN
    UPDATE event_photo SET taken = (SELECT t.taken FROM photo_time t WHERE t.id = event_photo.id) WHERE photo = NEW.id;
END;
UPDATE event_photo SET taken = (SELECT t.taken FROM photo_time t WHERE t.id = event_photo.id);
