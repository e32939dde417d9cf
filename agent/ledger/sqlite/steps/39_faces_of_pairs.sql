-- The other file of a shot (RAW and JPEG) has no faces of its own: of one that was looked at before that was known, all
-- that was seen goes, as far as no event has it as a photo of its own. Should it stand for itself again, it is looked at.
DELETE FROM assignment WHERE (face, event) IN
    (SELECT f.id, ep.event FROM event_photo ep JOIN face f ON f.photo = ep.photo WHERE ep.twin_of IS NOT NULL);
DELETE FROM review WHERE (face, event) IN
    (SELECT f.id, ep.event FROM event_photo ep JOIN face f ON f.photo = ep.photo WHERE ep.twin_of IS NOT NULL);
DELETE FROM stranger WHERE (face, event) IN
    (SELECT f.id, ep.event FROM event_photo ep JOIN face f ON f.photo = ep.photo WHERE ep.twin_of IS NOT NULL);
DELETE FROM alike_face WHERE (face, event) IN
    (SELECT f.id, ep.event FROM event_photo ep JOIN face f ON f.photo = ep.photo WHERE ep.twin_of IS NOT NULL);
UPDATE photo SET looked_at = NULL, engine = NULL, second = 'none' WHERE looked_at IS NOT NULL
    AND id IN (SELECT photo FROM event_photo WHERE twin_of IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM event_photo o WHERE o.photo = photo.id AND o.twin_of IS NULL AND o.state <> 'superseded');
DELETE FROM face WHERE photo IN (SELECT photo FROM event_photo WHERE twin_of IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM event_photo o WHERE o.photo = face.photo AND o.twin_of IS NULL AND o.state <> 'superseded');
