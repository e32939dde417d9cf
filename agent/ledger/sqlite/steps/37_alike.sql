-- Faces of an event that look alike, whosever they are: one that is hard to tell is judged together with the others.
CREATE TABLE alike (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL,
    engine TEXT NOT NULL,
    number INTEGER NOT NULL, -- faces that count, as it is now
    faces INTEGER NOT NULL, -- as it was when it was looked at last: those whose middle and spread these are
    middle BLOB NOT NULL, -- 128 float32, little-endian
    spread REAL NOT NULL -- the mean of their squared distances from it
) STRICT;
CREATE INDEX alike_event ON alike (event, engine);
CREATE TABLE alike_face (
    face INTEGER NOT NULL REFERENCES face (id) ON DELETE CASCADE,
    event TEXT NOT NULL,
    alike INTEGER NOT NULL REFERENCES alike (id) ON DELETE CASCADE,
    counts INTEGER NOT NULL, -- 0: too poor to say how the others look
    PRIMARY KEY (face, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX alike_face_alike ON alike_face (alike);
CREATE TRIGGER alike_face_left AFTER DELETE ON alike_face WHEN OLD.counts = 1 BEGIN
    UPDATE alike SET number = number - 1 WHERE id = OLD.alike;
    DELETE FROM alike WHERE id = OLD.alike AND number <= 0;
END;
INSERT INTO meta SELECT 'alike_due', '1' WHERE EXISTS (SELECT 1 FROM face);
