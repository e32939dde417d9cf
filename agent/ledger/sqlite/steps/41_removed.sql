-- What a person took out of its folder here is little: whether it was the last file of a photo is told without a look at
-- the others.
CREATE INDEX placement_removed ON placement (event_photo) WHERE disk = 'removed';
