-- What lies here in a photo's place, or is to: '' is the photo itself. `lies_as`: what the file of that inode is.
ALTER TABLE placement ADD COLUMN filed_as TEXT NOT NULL DEFAULT '';
ALTER TABLE placement ADD COLUMN lies_as TEXT NOT NULL DEFAULT '';
ALTER TABLE placement ADD COLUMN disk_bytes INTEGER; -- of that file; none: as many as the photo has
CREATE INDEX placement_blurred ON placement (event_photo) WHERE filed_as <> '';
ALTER TABLE rendition ADD COLUMN made_sha256 TEXT NOT NULL DEFAULT '';
-- Of what was found in a photo's place: which photo's, and what was made of it.
ALTER TABLE disk_found ADD COLUMN sha256 TEXT NOT NULL DEFAULT '';
ALTER TABLE disk_found ADD COLUMN made_as TEXT NOT NULL DEFAULT '';
CREATE INDEX disk_found_stands_for ON disk_found (sha256) WHERE sha256 <> '';
