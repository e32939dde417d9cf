-- What went from an event's sources lately, for the question whether too much did.
CREATE INDEX source_file_gone ON source_file (event, done_at) WHERE state = 'gone';
