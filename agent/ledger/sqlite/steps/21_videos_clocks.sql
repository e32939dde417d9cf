-- Of a video: its camera as its photos are called, and when it was taken as they would say it; '': as it says itself.
ALTER TABLE event_photo ADD COLUMN body TEXT NOT NULL DEFAULT '';
ALTER TABLE event_photo ADD COLUMN told TEXT NOT NULL DEFAULT '';
DROP VIEW photo_clock;
CREATE VIEW photo_clock AS SELECT ep.id, ep.event, ep.photo, COALESCE(NULLIF(ep.told, ''), ph.taken_at) AS taken_at,
    ph.gps_at, CASE WHEN ep.body <> '' THEN ep.body WHEN ph.device = '' THEN ep.camera
    WHEN ep.camera = '' OR instr(ph.device, ' #') THEN ph.device ELSE ph.device || ', ' || ep.camera END AS camera
    FROM event_photo ep JOIN photo ph ON ph.id = ep.photo;
DROP TRIGGER taken_by;
CREATE TRIGGER taken_by AFTER UPDATE OF camera, body, told ON event_photo
WHEN NEW.camera <> OLD.camera OR NEW.body <> OLD.body OR NEW.told <> OLD.told BEGIN
    UPDATE event_photo SET taken = (SELECT taken FROM photo_time WHERE id = NEW.id) WHERE id = NEW.id;
END;
