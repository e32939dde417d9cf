-- The photo was taken at another time than Drive was told.
ALTER TABLE placement ADD COLUMN retime INTEGER NOT NULL DEFAULT 0;
CREATE INDEX placement_retime ON placement (id) WHERE retime = 1;
CREATE TRIGGER taken_otherwise AFTER UPDATE OF taken ON event_photo WHEN OLD.taken <> '' AND NEW.taken <> OLD.taken BEGIN
    UPDATE placement SET retime = 1 WHERE event_photo = NEW.id AND drive IN ('reserved', 'sending', 'there');
END;
