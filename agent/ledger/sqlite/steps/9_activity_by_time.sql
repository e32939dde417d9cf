-- What happened is read by its time, which a clock that is set or a line written later parts from its number.
CREATE INDEX activity_at ON activity (at, id);
