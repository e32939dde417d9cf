-- Which feed tells of a source: once another one does, or it was read without the source, the source is listed in full.
ALTER TABLE source_state ADD COLUMN told_by TEXT;
