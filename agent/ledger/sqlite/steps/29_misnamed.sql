-- Files that Drive has yet to call as they are called here are counted without a look at the others.
CREATE INDEX placement_misnamed ON placement (folder)
    WHERE drive = 'there' AND wanted = 1 AND drive_failed = 0 AND drive_name IS NOT disk_name AND disk_name IS NOT NULL;
