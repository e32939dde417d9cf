-- What a picture looks like in 64 bits, and how sharp it is: of its largest face, or, below zero, of a picture without.
ALTER TABLE photo ADD COLUMN likeness INTEGER;
ALTER TABLE photo ADD COLUMN sharpness REAL;
-- Nearly the same picture, taken within seconds: one number for all of them, which is the smallest of theirs.
ALTER TABLE photo ADD COLUMN burst INTEGER;
CREATE INDEX photo_burst ON photo (burst, sharpness) WHERE burst IS NOT NULL;
