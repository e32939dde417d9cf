-- Photos by any three letters of their names: one that is nowhere is not looked for in all of them. Without places of the
-- letters, which the name itself tells: 13 bytes a photo.
CREATE VIRTUAL TABLE photo_name USING fts5(name, content = 'event_photo', content_rowid = 'id', tokenize = 'trigram', detail = 'none', columnsize = 0);
INSERT INTO photo_name (photo_name) VALUES ('rebuild');

CREATE TRIGGER photo_name_added AFTER INSERT ON event_photo BEGIN
    INSERT INTO photo_name (rowid, name) VALUES (NEW.id, NEW.name);
END;
CREATE TRIGGER photo_name_removed AFTER DELETE ON event_photo BEGIN
    INSERT INTO photo_name (photo_name, rowid, name) VALUES ('delete', OLD.id, OLD.name);
END;
CREATE TRIGGER photo_name_changed AFTER UPDATE OF name ON event_photo WHEN NEW.name <> OLD.name BEGIN
    INSERT INTO photo_name (photo_name, rowid, name) VALUES ('delete', OLD.id, OLD.name);
    INSERT INTO photo_name (rowid, name) VALUES (NEW.id, NEW.name);
END;
