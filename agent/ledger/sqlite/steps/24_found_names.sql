-- What a folder that was found on Drive is called there: it may have another name by now.
ALTER TABLE drive_found ADD COLUMN name TEXT;
