-- What lies in Drive's trash by us may come out of it again.
DROP TRIGGER taken_otherwise;
CREATE TRIGGER taken_otherwise AFTER UPDATE OF taken ON event_photo WHEN OLD.taken <> '' AND NEW.taken <> OLD.taken BEGIN
    UPDATE placement SET retime = 1
    WHERE event_photo = NEW.id AND drive IN ('reserved', 'sending', 'there', 'trashed');
END;
