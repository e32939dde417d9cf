-- Photos that left an event left behind whom their faces were taken for there: three made a guest, where there were two.
DELETE FROM assignment WHERE (face, event) IN (
    SELECT f.id, ep.event FROM event_photo ep JOIN face f ON f.photo = ep.photo WHERE ep.state = 'superseded'
);
DELETE FROM review WHERE (face, event) IN (
    SELECT f.id, ep.event FROM event_photo ep JOIN face f ON f.photo = ep.photo WHERE ep.state = 'superseded'
);
DELETE FROM stranger WHERE (face, event) IN (
    SELECT f.id, ep.event FROM event_photo ep JOIN face f ON f.photo = ep.photo WHERE ep.state = 'superseded'
);
