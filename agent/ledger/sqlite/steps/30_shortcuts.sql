-- What a shortcut of a source leads to tells of itself: the shortcut stays as it is.
CREATE INDEX source_file_shortcut ON source_file (content) WHERE content <> drive_id;
