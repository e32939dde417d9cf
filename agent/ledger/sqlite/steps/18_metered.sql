-- What Drive is to have of a placement once the line is not metered any more. Until then it has a small copy, `made_as`;
-- where none can be made the two are the same, and it waits.
ALTER TABLE placement ADD COLUMN owed TEXT;
CREATE INDEX placement_owed ON placement (drive, wanted_at) WHERE owed IS NOT NULL;
-- Bytes of photos that went over the line, by the day in `time.zone`; `last_at` on the steady line.
CREATE TABLE sent_on_day (
    day TEXT PRIMARY KEY, -- 2026-11-24
    bytes INTEGER NOT NULL,
    last_at REAL NOT NULL
) STRICT, WITHOUT ROWID;
