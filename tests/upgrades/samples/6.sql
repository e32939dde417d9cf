-- A folder was renamed, and no answer came.
INSERT INTO asked (drive_id, aim, at, lost) VALUES
('1-Ab6FRTrZEverYlJfwY97VakVoOAn6Y8', 'Ana Sá', 1795374047.0, 1);
