-- Folders of somebody who is being forgotten: what lies in them on Drive is deleted for good, and so are they.
ALTER TABLE folder ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;
